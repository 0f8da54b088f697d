"""Texts that people will read: not blank, no character that hides or replaces another, an address one can write to."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from rules.blocs import Bloc
from rules.defauts import Defaut
from rules.examen import Examen, Verification

_ADMIS: Final = frozenset("\n\t")
# Controls, invisible marks (reading order, zero width), private use, unassigned: nothing one would type on purpose.
_CACHES: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_REMPLACEMENT: Final = "\ufffd"
# « é » read in the wrong encoding, twice: Ã©, â€™…
_MAL_DECODE: Final = re.compile("Ã[\u0080-\u00bf]|â€[\u0080-\u2122]")
_ADRESSE: Final = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")


def textes_lisibles(examen: Examen) -> Iterator[Defaut]:
    """Every text says something, in characters one can see."""
    for chemin, texte in _textes(examen):
        nom = chemin.rpartition(".")[2] if not chemin.rpartition(".")[2].isdigit() else chemin.split(".")[-2]
        if not texte.strip():
            yield examen.erreur(chemin, f"« {nom} » est vide", "Écrivez-y un texte, ou retirez cette rubrique.")
        # Most texts are plain: only the others are looked at letter by letter.
        douteux = "" if texte.isprintable() else texte
        cache = next((c for c in douteux if c not in _ADMIS and unicodedata.category(c) in _CACHES), None)
        if cache is not None or _REMPLACEMENT in texte:
            raison = (
                f"« {nom} » contient un caractère invisible ou de remplacement (U+{ord(cache or _REMPLACEMENT):04X})"
            )
            yield examen.erreur(chemin, raison, "Retapez ce passage : un caractère s’y cache ou y a été perdu.")
        if trouve := _MAL_DECODE.search(texte):
            raison = f"« {nom} » contient « {trouve.group()} » : ce texte a été lu dans un mauvais encodage"
            yield examen.avertissement(chemin, raison, "Retapez les lettres accentuées, enregistrez en UTF-8.")


def _textes(examen: Examen) -> Iterator[tuple[str, str]]:
    for chemin, bloc in examen.blocs:
        for nom, valeur in _champs(bloc):
            base = f"{chemin}.{nom}" if chemin else nom
            if isinstance(valeur, str):
                yield base, valeur
            elif isinstance(valeur, list):
                yield from ((f"{base}.{rang}", e) for rang, e in enumerate(valeur) if isinstance(e, str))


def _champs(bloc: Bloc) -> Iterator[tuple[str, object]]:
    return ((nom, getattr(bloc, nom)) for nom in type(bloc).model_fields)


def contact_joignable(examen: Examen) -> Iterator[Defaut]:
    """People are told to write to an address that is one."""
    contact = examen.reglement.programme.organisme.contact
    if not _ADRESSE.match(contact):
        raison = f"« {contact} » n’est pas une adresse de courriel"
        yield examen.erreur("programme.organisme.contact", raison, "Écrivez par exemple « contact@example.org ».")


VERIFICATIONS: Final[tuple[Verification, ...]] = (textes_lisibles, contact_joignable)
