"""The nodes of an expression's tree, and how to walk them; `rules.arbre_cel` reads a text into one.

`str(noeud)` writes a node back, with only the parentheses it needs.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

# How tightly each operator binds its two sides; all are read from left to right.
FORCES: Final = {
    "||": 2,
    "&&": 3,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "%"), 6),
}
_CHOIX, _UNAIRE, _MEMBRE = 1, 7, 8
_NOM: Final = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


@dataclass(frozen=True)
class Litteral:
    """A value written as such: text, integer, boolean, `null`, bytes; a number with a point is a Decimal."""

    valeur: str | int | bool | bytes | Decimal | None

    def __str__(self) -> str:
        """As written; texts borrow the escapes of JSON, which are those of CEL."""
        if isinstance(self.valeur, bytes):
            return "b" + json.dumps(self.valeur.decode(errors="replace"), ensure_ascii=False)
        return str(self.valeur) if isinstance(self.valeur, Decimal) else json.dumps(self.valeur, ensure_ascii=False)


@dataclass(frozen=True)
class Nom:
    """A root of the context, or the variable of a macro."""

    nom: str

    def __str__(self) -> str:
        """The name."""
        return self.nom


@dataclass(frozen=True)
class Champ:
    """A member: `objet.nom`, also written `objet["nom"]`."""

    objet: "Noeud"
    nom: str

    def __str__(self) -> str:
        """With a point, unless the key is no name."""
        suite = f".{self.nom}" if _NOM.match(self.nom) else f"[{json.dumps(self.nom, ensure_ascii=False)}]"
        return f"{_dans(self.objet, _MEMBRE)}{suite}"


@dataclass(frozen=True)
class Indice:
    """An element by its computed place: `objet[indice]`."""

    objet: "Noeud"
    indice: "Noeud"

    def __str__(self) -> str:
        """Between square brackets."""
        return f"{_dans(self.objet, _MEMBRE)}[{self.indice}]"


@dataclass(frozen=True)
class Appel:
    """A call: `fonction(arguments)`, or `cible.fonction(arguments)`."""

    fonction: str
    cible: "Noeud | None"
    arguments: tuple["Noeud", ...]

    def __str__(self) -> str:
        """The target, if any, the name and the arguments."""
        devant = "" if self.cible is None else f"{_dans(self.cible, _MEMBRE)}."
        return f"{devant}{self.fonction}({_suite(self.arguments)})"


@dataclass(frozen=True)
class Macro:
    """A walk over a collection, `cible.nom(variable, corps)`; `map` may have two bodies, a filter and a value."""

    nom: str
    cible: "Noeud"
    variable: str
    corps: tuple["Noeud", ...]

    def __str__(self) -> str:
        """The collection, the macro, its variable and its bodies."""
        return f"{_dans(self.cible, _MEMBRE)}.{self.nom}({self.variable}, {_suite(self.corps)})"


@dataclass(frozen=True)
class Unaire:
    """`!operande` or `-operande`."""

    operateur: str
    operande: "Noeud"

    def __str__(self) -> str:
        """The sign, then what it bears on."""
        return f"{self.operateur}{_dans(self.operande, _UNAIRE)}"


@dataclass(frozen=True)
class Binaire:
    """`gauche operateur droite`, the operator as written: `&&`, `||`, `==`, `in`, `+`…"""

    operateur: str
    gauche: "Noeud"
    droite: "Noeud"

    def __str__(self) -> str:
        """Left, operator, right."""
        force = FORCES[self.operateur]
        return f"{_dans(self.gauche, force - 1)} {self.operateur} {_dans(self.droite, force)}"


@dataclass(frozen=True)
class Choix:
    """`condition ? oui : non`."""

    condition: "Noeud"
    oui: "Noeud"
    non: "Noeud"

    def __str__(self) -> str:
        """The question and its two answers."""
        return f"{_dans(self.condition, _CHOIX)} ? {self.oui} : {self.non}"


@dataclass(frozen=True)
class Liste:
    """`[a, b]`."""

    elements: tuple["Noeud", ...]

    def __str__(self) -> str:
        """Between square brackets."""
        return f"[{_suite(self.elements)}]"


@dataclass(frozen=True)
class Dictionnaire:
    """`{clef: valeur}`."""

    paires: tuple[tuple["Noeud", "Noeud"], ...]

    def __str__(self) -> str:
        """Between braces."""
        return "{" + ", ".join(f"{clef}: {valeur}" for clef, valeur in self.paires) + "}"


Noeud = Litteral | Nom | Champ | Indice | Appel | Macro | Unaire | Binaire | Choix | Liste | Dictionnaire


def _suite(noeuds: Iterable[Noeud]) -> str:
    return ", ".join(map(str, noeuds))


def _dans(noeud: Noeud, force: int) -> str:
    """A node written inside an operator of that strength: in parentheses when it binds no tighter."""
    if isinstance(noeud, Binaire):
        sienne = FORCES[noeud.operateur]
    else:
        sienne = {Choix: _CHOIX, Unaire: _UNAIRE}.get(type(noeud), _MEMBRE + 1)
    return f"({noeud})" if sienne <= force else str(noeud)


def enfants(noeud: Noeud) -> Iterator[Noeud]:
    """The nodes directly under a node, in the order they are written."""
    return _noeuds(vars(noeud).values())


def _noeuds(valeurs: Iterable[object]) -> Iterator[Noeud]:
    for valeur in valeurs:
        if isinstance(valeur, tuple):
            yield from _noeuds(valeur)
        elif isinstance(valeur, Noeud):
            yield valeur


def parcourir(noeud: Noeud) -> Iterator[Noeud]:
    """A node and everything under it, from the outside in."""
    yield noeud
    for enfant in enfants(noeud):
        yield from parcourir(enfant)


def chemin_de(noeud: Noeud) -> str | None:
    """The dotted path a node spells (`budget.aide_etude.paye`); None when it is anything else."""
    match noeud:
        case Nom(nom=nom):
            return nom
        case Champ(objet=objet, nom=nom):
            parent = chemin_de(objet)
            return None if parent is None else f"{parent}.{nom}"
        case _:
            return None
