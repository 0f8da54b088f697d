"""Reading YAML 1.2 from people: safe types only, bounded, each value with its line.

Values are built here, so that a duplicated key, an alias bomb or a number that would become a float is refused with
the line it stands on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from rules.yaml_noeuds import Noeud, YamlRefuse, composer

__all__ = ["NOEUDS_MAX", "TAILLE_MAX", "Document", "YamlRefuse", "lire"]

TAILLE_MAX: Final = 512 * 1024  # bytes; the real files are under 100 kB
NOEUDS_MAX: Final = 50_000  # values once aliases are expanded
# The core schema of YAML 1.2: « oui », « on », « 12:30 » and dates are texts.
_RIENS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEENS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_ENTIER: Final = re.compile(r"^[-+]?[0-9]{1,18}$")
_DECIMAL: Final = re.compile(r"^[-+]?(?:[0-9]{1,15}\.[0-9]{0,15}|\.[0-9]{1,15})$")
_NOMBRE_REFUSE: Final = re.compile(
    r"^(?:[-+]?[0-9]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0x[0-9a-fA-F]+|0o[0-7]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


@dataclass
class Document:
    """The value read and the line of each path (`echeances.2.delai.jours`)."""

    valeur: Any = None
    lignes: dict[str, int] = field(default_factory=dict)


def lire(texte: str) -> Document:
    """Read one document.

    Raises:
        YamlRefuse: syntax, duplicated key, tag, anchor abuse, depth, size, several documents, nothing at all.
    """
    if len(texte.encode()) > TAILLE_MAX:
        remede = "Un règlement est un texte lisible : retirez ce qui n’en est pas."
        raise YamlRefuse(1, "", f"le fichier dépasse {TAILLE_MAX // 1024} kio", remede)
    racine = composer(texte.removeprefix("\ufeff"))
    if racine is None:
        raise YamlRefuse(1, "", "le fichier est vide", "Écrivez-y un règlement, ou partez d’un règlement existant.")
    document = Document()
    document.valeur = _Constructeur(document.lignes).construire(racine, (), racine.ligne)
    return document


@dataclass
class _Constructeur:
    """Builds the values, counting them so that aliases cannot multiply without end."""

    lignes: dict[str, int]
    vus: int = 0

    def construire(self, noeud: Noeud, chemin: tuple[str, ...], ligne: int) -> Any:
        self.vus += 1
        texte_chemin = ".".join(chemin)
        if self.vus > NOEUDS_MAX:
            remede = "Réduisez les alias (*nom) et les listes."
            raise YamlRefuse(ligne, texte_chemin, "le document est trop grand une fois déplié", remede)
        self.lignes[texte_chemin] = ligne
        if noeud.genre == "dictionnaire":
            return self._dictionnaire(noeud, chemin)
        if noeud.genre == "liste":
            enfants = enumerate(noeud.enfants)
            return [self.construire(enfant, (*chemin, str(rang)), enfant.ligne) for rang, enfant in enfants]
        return _scalaire(noeud, texte_chemin)

    def _dictionnaire(self, noeud: Noeud, chemin: tuple[str, ...]) -> dict[str, Any]:
        resultat: dict[str, Any] = {}
        for clef, valeur, ligne in _paires(noeud, chemin):
            if clef in resultat:
                remede = "Gardez une seule des deux écritures."
                raise YamlRefuse(ligne, ".".join((*chemin, clef)), f"la clé « {clef} » est écrite deux fois", remede)
            resultat[clef] = self.construire(valeur, (*chemin, clef), ligne)
        return resultat


def _paires(noeud: Noeud, chemin: tuple[str, ...]) -> Iterator[tuple[str, Noeud, int]]:
    for clef, valeur in zip(noeud.enfants[::2], noeud.enfants[1::2], strict=True):
        if clef.genre != "texte" or clef.texte == "<<":
            raise YamlRefuse(
                clef.ligne, ".".join(chemin), "une clé n’est pas un simple mot", "Écrivez « mot: valeur »."
            )
        yield clef.texte, valeur, clef.ligne


def _scalaire(noeud: Noeud, chemin: str) -> Any:
    """A text, or what an unquoted word means; a decimal is read from its digits, never through a float."""
    brut = noeud.texte
    if not noeud.simple:
        return brut
    if brut in _RIENS:
        return None
    if brut in _BOOLEENS:
        return _BOOLEENS[brut]
    if _ENTIER.match(brut):
        return int(brut)
    if _DECIMAL.match(brut):
        return Decimal(brut)
    if _NOMBRE_REFUSE.match(brut):
        remede = "Écrivez-le en chiffres, avec un point pour la virgule, ou mettez ce texte entre guillemets."
        raise YamlRefuse(noeud.ligne, chemin, f"« {brut} » n’est pas un nombre lisible", remede)
    return brut
