"""French put together: contractions, agreements, enumerations, conditions read as a sentence or as a list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_CONTRACTIONS: Final = {"de": {"le ": "du ", "les ": "des "}, "à": {"le ": "au ", "les ": "aux "}}


@dataclass(frozen=True)
class Groupe:
    """Several conditions: all of them hold (`tous`), or at least one."""

    tous: bool
    parties: tuple["Phrase", ...]


Phrase = str | Groupe
"""A condition in words: a clause without final stop, or a group of them."""


def de(nom: str) -> str:
    """« de » before a noun and its article: « du coût », « de l’aide », « des sommes », « d’un avis »."""
    return _contracter("de", nom)


def a(nom: str) -> str:
    """« à » before a noun and its article: « au coût », « à l’aide », « aux sommes »."""
    return _contracter("à", nom)


def _contracter(preposition: str, nom: str) -> str:
    for article, contracte in _CONTRACTIONS[preposition].items():
        if nom.startswith(article):
            return contracte + nom.removeprefix(article)
    if preposition == "de" and nom.startswith(("un ", "une ")):
        return f"d’{nom}"
    return f"{preposition} {nom}"


def accorder(adjectif: str, accord: str) -> str:
    """An adjective in the masculine singular, agreed with `m`, `f`, `mp` or `fp`."""
    if accord == "mp" and adjectif.endswith("al"):
        return adjectif[:-1] + "ux"
    if "f" in accord:
        adjectif = {"nul": "nulle", "positif": "positive", "négatif": "négative"}.get(adjectif, adjectif + "e")
    return adjectif + ("s" if "p" in accord else "")


def est(accord: str, *, oui: bool = True) -> str:
    """« est » or « sont », or the contrary."""
    if oui:
        return "sont" if "p" in accord else "est"
    return "ne sont pas" if "p" in accord else "n’est pas"


def enumerer(mots: Sequence[str], liaison: str) -> str:
    """« a, b et c »; `liaison` is the last link: et, ou, ni."""
    if len(mots) < 2:
        return "".join(mots)
    return f"{', '.join(mots[:-1])} {liaison} {mots[-1]}"


def decapiter(texte: str) -> str:
    """The first letter in lower case, unless the word is an acronym or a proper name in capitals."""
    premier = texte.split(" ", 1)[0]
    acronyme = len(premier) > 1 and premier[1].isupper()
    return texte if acronyme else texte[:1].lower() + texte[1:]


def fermer(nom: str) -> str:
    """A comma after a noun that holds one outside of its brackets, so that what follows is not read with its end."""
    hors_parentheses, profondeur = "", 0
    for signe in nom:
        profondeur += (signe == "(") - (signe == ")")
        hors_parentheses += signe if profondeur == 0 else ""
    return f"{nom}," if ", " in hors_parentheses else nom


def capitaliser(texte: str) -> str:
    """The first letter in upper case, the rest untouched."""
    return texte[:1].upper() + texte[1:]


def guillemets(texte: str) -> str:
    """Between French quotation marks."""
    return f"« {texte} »"


def grouper(parties: Iterable[Phrase], *, tous: bool) -> Phrase:
    """Conditions that all hold (or one at least); groups of the same kind melt together, one alone stays itself."""
    plates: dict[Phrase, None] = {}
    for partie in parties:
        meme = isinstance(partie, Groupe) and partie.tous == tous
        for element in partie.parties if isinstance(partie, Groupe) and meme else (partie,):
            plates[element] = None
    uniques = tuple(plates)
    return uniques[0] if len(uniques) == 1 else Groupe(tous, uniques)


def en_ligne(phrase: Phrase) -> str:
    """A condition as one sentence, without final stop."""
    if isinstance(phrase, str):
        return phrase
    if phrase.tous:
        liaison = ", et " if any(isinstance(partie, Groupe) for partie in phrase.parties) else " et "
        return _relier([en_ligne(partie) for partie in phrase.parties], liaison)
    choix = [
        f"soit à la fois {en_ligne(partie)}" if isinstance(partie, Groupe) else f"soit {partie}"
        for partie in phrase.parties
    ]
    return ", ".join(choix)


def _relier(parties: Sequence[str], liaison: str) -> str:
    return liaison.join([", ".join(parties[:-1]), parties[-1]])
