"""What a word of the vocabulary is made of, and what is raised where there is none."""

from dataclasses import dataclass


class HorsDuParler(ValueError):
    """The expression has a shape nobody taught us to say; `str()` names it (French)."""


@dataclass(frozen=True)
class Mot:
    """How a value is said.

    - `nom`: with its article; `accord`: m, f, mp or fp.
    - `unite`: how its numbers are shown, when the type of the context does not tell (per thousand: `taux`, `points`).
    - `oui`, `non`: whole clauses for true or above zero or filled in, and for the contrary.
    - `est`, `nest`: whole clauses with `{}`, for a text equal to something, or different from it.
    - `contient`, `sans`: whole clauses with `{}`, for a list that holds something, or does not.
    - `elements`: how the members of a list are called, after « chacun »: « des quartiers désignés ».
    - `valeurs`: the table (`rules.mots_listes.VALEURS`, or a list of the règlement) that gives words to its texts.
    """

    nom: str
    accord: str = "m"
    unite: str = ""
    oui: str = ""
    non: str = ""
    est: str = ""
    nest: str = ""
    contient: str = ""
    sans: str = ""
    elements: str = ""
    valeurs: str = ""


def compte(nom: str, rien: str, un: str) -> Mot:
    """A count: how it is called, and what none and one at least are said."""
    return Mot(nom, oui=un, non=rien)
