"""Find the headings of a table made by people: under a title, on one line or on two with merged groups."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ami.imports_champs import cle
from ami.imports_lignes import LigneLue, montrable

LIGNES_REGARDEES: Final = 30  # titles, dates and logos stand above the headings, but not for pages


@dataclass(frozen=True)
class Entetes:
    """The headings found: their names, the number of the last line that holds them, and of how many lines."""

    noms: list[str]
    ligne: int
    lignes: int
    au_dessus: list[int]  # numbers of the lines above, titles and the like
    reconnues: bool = True  # at least one of the names is a known heading


def trouver_entetes(lignes: Sequence[LigneLue], connues: Collection[str]) -> Entetes | None:
    """The line (or the two lines) that names most known columns; without any, the first that looks like names.

    `connues` are reduced headings. None when no line holds anything.
    """
    lisibles = [ligne for ligne in lignes if ligne.refus is None and not ligne.vide]
    if not lisibles:
        return None
    seules = [(_score(_noms(ligne), connues), [ligne]) for ligne in lisibles]
    doubles = [
        (_score(joindre(haut, bas), connues), [haut, bas])
        for haut, bas in pairwise(lisibles)
        if bas.numero == haut.numero + 1
    ]
    meilleur, choisies = max(seules + doubles, key=lambda paire: (paire[0], -len(paire[1])))
    if meilleur <= 0:
        choisies = [next((ligne for ligne in lisibles if _ressemble(ligne)), lisibles[0])]
    noms = joindre(*choisies) if len(choisies) == 2 else _noms(choisies[0])
    au_dessus = [ligne.numero for ligne in lisibles if ligne.numero < choisies[0].numero]
    return Entetes(noms, choisies[-1].numero, len(choisies), au_dessus, meilleur > 0)


def joindre(haut: LigneLue, bas: LigneLue) -> list[str]:
    """Headings on two lines: the lower name where there is one, the upper elsewhere; the group is added to a name
    that comes twice (« Contact Nom », « Structure Nom »)."""
    groupes = _etendre(_noms(haut))
    precis = _noms(bas)
    largeur = max(len(groupes), len(precis))
    groupes += groupes[-1:] * (largeur - len(groupes))
    precis += [""] * (largeur - len(precis))
    seuls = _noms(haut) + [""] * (largeur - len(_noms(haut)))
    reduits = [cle(nom) for nom in precis]
    return _sans_fin_vide(
        [
            f"{groupe} {nom}".strip() if nom and reduits.count(cle(nom)) > 1 else nom or seul
            for groupe, nom, seul in zip(groupes, precis, seuls, strict=True)
        ]
    )


def _noms(ligne: LigneLue) -> list[str]:
    return _sans_fin_vide([montrable(" ".join(cellule.split())) for cellule in ligne.cellules])


def _sans_fin_vide(noms: list[str]) -> list[str]:
    while noms and not noms[-1]:
        noms.pop()
    return noms


def _etendre(noms: list[str]) -> list[str]:
    """A merged cell names its group once: the columns after it belong to it, up to the next name."""
    etendus: list[str] = []
    for nom in noms:
        etendus.append(nom or (etendus[-1] if etendus else ""))
    return etendus


def _score(noms: list[str], connues: Collection[str]) -> int:
    """Known headings; one written twice tells nothing, and counts against the line."""
    reduits = Counter(cle(nom) for nom in noms if nom)
    reconnus = sum(nombre == 1 and nom in connues for nom, nombre in reduits.items())
    return 2 * reconnus - (max(reduits.values(), default=1) > 1)


def _ressemble(ligne: LigneLue) -> bool:
    """Two names at least, or the only column of the file."""
    return sum(bool(nom) for nom in _noms(ligne)) > 1
