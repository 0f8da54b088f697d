"""Templates to text: one source per message, two editions (text and HTML) that cannot drift apart.

A message template says what is said; the blocks it uses (`p`, `liste`, `encart`…) exist once for each edition.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notifications import formats, textes
from notifications.catalogue import Message

DOSSIER = Path(__file__).parent / "templates"
BLOCS = ("p", "fort", "titre", "liste", "encart", "citation", "bouton")
OBJET_MAX = 140
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


@dataclass(frozen=True)
class Editions:
    """The same message as a subject line, as text and as HTML."""

    objet: str
    texte: str
    html: str


def editer(message: Message) -> Editions:
    """Write a message out; deterministic. Raises `jinja2.UndefinedError` on a name the payload doesn't hold."""
    contexte: dict[str, object] = {nom: getattr(message, nom) for nom in type(message).model_fields}
    objet = _objet(message.code, contexte)
    contexte["objet"] = objet
    return Editions(objet, _texte(message.code, contexte), _html(message.code, contexte))


def _objet(code: str, contexte: dict[str, object]) -> str:
    modele = _environnement("texte").get_template(f"{code}.j2")
    blocs = modele.blocks["objet"](modele.new_context(contexte))
    objet = textes.typographie(textes.ligne("".join(blocs)))
    return objet if len(objet) <= OBJET_MAX else objet[: OBJET_MAX - 1].rstrip() + "…"


def _texte(code: str, contexte: dict[str, object]) -> str:
    brut = _environnement("texte").get_template(f"{code}.j2").render(contexte)
    lignes = [ligne.rstrip() for ligne in textes.typographie(brut).split("\n")]
    gardees = [une for i, une in enumerate(lignes) if une or (i and lignes[i - 1])]
    return "\n".join(gardees).strip("\n") + "\n"


def _html(code: str, contexte: dict[str, object]) -> str:
    brut = _environnement("html").get_template(f"{code}.j2").render(contexte)
    tete, separateur, corps = brut.partition("<body>")
    return _INLINER.inline(tete + separateur + textes.typographie(corps))


@cache
def _environnement(edition: str) -> Environment:
    """The Jinja2 environment of an edition: `texte` or `html` (the only one that escapes)."""
    environnement = Environment(
        loader=FileSystemLoader([DOSSIER / edition, DOSSIER / "message"]),
        undefined=StrictUndefined,
        # The text edition is no markup: escaping it would print « &amp; ».
        autoescape=edition == "html",  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environnement.filters.update(
        montant=formats.montant,
        note=formats.note,
        jour=formats.jour,
        jour_court=formats.jour_court,
        instant=formats.instant,
        instant_precis=formats.instant_precis,
        propre=textes.propre,
        ligne=textes.ligne,
        minuscule=textes.minuscule,
        paragraphe=textes.paragraphe,
        puce=textes.puce,
        retrait=textes.retrait,
    )
    blocs = environnement.get_template("blocs.j2").module
    environnement.globals.update({nom: getattr(blocs, nom) for nom in BLOCS})
    return environnement
