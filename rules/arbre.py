"""The tree of an expression, so that it can be said in words.

The CEL library compiles and evaluates but keeps its tree to itself; this reads the same text (already accepted by it)
into the few shapes the règlements use. Anything beyond is refused by name, and whoever wanted words falls back on the
guard's own label.
"""

import json
from ast import literal_eval
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rules.jetons import Jeton, decouper

_DOUBLES: Final = frozenset({"&&", "||", "==", "!=", "<=", ">="})
_COMPARAISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_CONSTANTES: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


class HorsDuParler(ValueError):
    """The expression has a shape nobody taught us to say; `str()` names it (French)."""


@dataclass(frozen=True)
class Valeur:
    """A literal: text, integer, true, false, null."""

    valeur: str | int | bool | None


@dataclass(frozen=True)
class Chemin:
    """A name of the context, e.g. `dossier.cout_prevu`, or a variable bound by a comprehension."""

    noms: tuple[str, ...]

    @property
    def texte(self) -> str:
        """The dotted form."""
        return ".".join(self.noms)


@dataclass(frozen=True)
class Liste:
    """A list written in the expression."""

    elements: tuple["Noeud", ...]


@dataclass(frozen=True)
class Appel:
    """A function, or a method of `sur`: `size(x)`, `x.all(k, …)`."""

    fonction: str
    arguments: tuple["Noeud", ...]
    sur: "Noeud | None" = None


@dataclass(frozen=True)
class Operation:
    """An operator and its terms; `&&` and `||` have two or more, the others two."""

    signe: str
    termes: tuple["Noeud", ...]


@dataclass(frozen=True)
class Non:
    """The negation of a condition."""

    terme: "Noeud"


@dataclass(frozen=True)
class Choix:
    """`si ? alors : sinon`."""

    si: "Noeud"
    alors: "Noeud"
    sinon: "Noeud"


Noeud = Valeur | Chemin | Liste | Appel | Operation | Non | Choix
_Niveau = Callable[[], Noeud]


@lru_cache(maxsize=4096)
def lire_arbre(source: str) -> Noeud:
    """The tree of an expression the engine accepts.

    Raises:
        HorsDuParler: a map, an index by a computed key, or a text that is no expression.
    """
    lecteur = _Lecteur(_regrouper(decouper(source)))
    noeud = lecteur.choix()
    if lecteur.texte:
        raise HorsDuParler(f"« {lecteur.texte} » n’est pas attendu ici")
    return noeud


def _regrouper(jetons: list[Jeton]) -> list[Jeton]:
    """Join the operators written with two signs."""
    groupes: list[Jeton] = []
    for jeton in jetons:
        if groupes and groupes[-1].genre == "signe" and groupes[-1].texte + jeton.texte in _DOUBLES:
            groupes[-1] = Jeton("signe", groupes[-1].texte + jeton.texte)
        else:
            groupes.append(jeton)
    return groupes


class _Lecteur:
    """A recursive descent over the tokens, one method per level of precedence of the CEL grammar."""

    def __init__(self, jetons: list[Jeton]) -> None:
        self._jetons = jetons
        self._position = 0

    @property
    def texte(self) -> str:
        """The token under the eyes, "" at the end."""
        return self._jetons[self._position].texte if self._position < len(self._jetons) else ""

    def choix(self) -> Noeud:
        si = self._chaine("||", self._et)
        if not self._avaler("?"):
            return si
        alors = self._chaine("||", self._et)
        self._exiger(":")
        return Choix(si, alors, self.choix())

    def _et(self) -> Noeud:
        return self._chaine("&&", self._comparaison)

    def _chaine(self, signe: str, suivant: _Niveau) -> Noeud:
        termes = [suivant()]
        while self._avaler(signe):
            termes.append(suivant())
        return termes[0] if len(termes) == 1 else Operation(signe, tuple(termes))

    def _comparaison(self) -> Noeud:
        return self._binaire(_COMPARAISONS, self._somme)

    def _somme(self) -> Noeud:
        return self._binaire(frozenset("+-"), self._produit)

    def _produit(self) -> Noeud:
        return self._binaire(frozenset("*/%"), self._unaire)

    def _binaire(self, signes: frozenset[str], suivant: _Niveau) -> Noeud:
        noeud = suivant()
        while self.texte in signes:
            signe = self._prendre().texte
            noeud = Operation(signe, (noeud, suivant()))
        return noeud

    def _unaire(self) -> Noeud:
        if self._avaler("!"):
            return Non(self._unaire())
        if self._avaler("-"):
            return _oppose(self._unaire())
        return self._membre()

    def _membre(self) -> Noeud:
        noeud = self._primaire()
        while self.texte in {".", "["}:
            noeud = self._index(noeud) if self._avaler("[") else self._point(noeud)
        return noeud

    def _point(self, noeud: Noeud) -> Noeud:
        self._exiger(".")
        nom = self._prendre().texte
        if self._avaler("("):
            return Appel(nom, self._jusqu_a(")"), noeud)
        return _champ(noeud, nom)

    def _index(self, noeud: Noeud) -> Noeud:
        clef = self.choix()
        self._exiger("]")
        if isinstance(clef, Valeur) and isinstance(clef.valeur, str):
            return _champ(noeud, clef.valeur)
        raise HorsDuParler("un élément pris par son rang n’a pas de mots")

    def _primaire(self) -> Noeud:
        if self._avaler("("):
            noeud = self.choix()
            self._exiger(")")
            return noeud
        if self._avaler("["):
            return Liste(self._jusqu_a("]"))
        jeton = self._prendre()
        if jeton.genre == "chaine":
            return Valeur(str(literal_eval(jeton.texte)))
        if jeton.genre == "nombre":
            return Valeur(int(jeton.texte.rstrip("uU"), 0))
        if jeton.genre != "nom":
            raise HorsDuParler(f"« {jeton.texte} » n’a pas de mots")
        if jeton.texte in _CONSTANTES:
            return Valeur(_CONSTANTES[jeton.texte])
        return Appel(jeton.texte, self._jusqu_a(")")) if self._avaler("(") else Chemin((jeton.texte,))

    def _jusqu_a(self, fin: str) -> tuple[Noeud, ...]:
        elements: list[Noeud] = []
        while not self._avaler(fin):
            elements.append(self.choix())
            if self.texte != fin:
                self._exiger(",")
        return tuple(elements)

    def _prendre(self) -> Jeton:
        if not self.texte:
            raise HorsDuParler("l’expression s’arrête trop tôt")
        self._position += 1
        return self._jetons[self._position - 1]

    def _avaler(self, texte: str) -> bool:
        present = self.texte == texte
        self._position += present
        return present

    def _exiger(self, texte: str) -> None:
        if not self._avaler(texte):
            raise HorsDuParler(f"« {texte} » est attendu avant « {self.texte or 'la fin'} »")


def _champ(noeud: Noeud, nom: str) -> Noeud:
    if isinstance(noeud, Chemin):
        return Chemin((*noeud.noms, nom))
    raise HorsDuParler(f"le champ « {nom} » d’une valeur calculée n’a pas de mots")


def _oppose(terme: Noeud) -> Noeud:
    if isinstance(terme, Valeur) and isinstance(terme.valeur, int):
        return Valeur(-terme.valeur)
    return Operation("-", (Valeur(0), terme))


def parcourir(noeud: Noeud) -> Iterator[Noeud]:
    """A node, then everything under it."""
    yield noeud
    for enfant in _enfants(noeud):
        yield from parcourir(enfant)


def _enfants(noeud: Noeud) -> tuple[Noeud, ...]:
    match noeud:
        case Liste(elements=enfants) | Operation(termes=enfants):
            return enfants
        case Appel():
            return (*noeud.arguments, *((noeud.sur,) if noeud.sur is not None else ()))
        case Non():
            return (noeud.terme,)
        case Choix():
            return (noeud.si, noeud.alors, noeud.sinon)
    return ()


def ecrire(noeud: Noeud) -> str:
    """The text of a node, bracketed wherever it could be read otherwise: what `lire_arbre` reads back as the same."""
    match noeud:
        case Valeur():
            return _ecrire_valeur(noeud.valeur)
        case Chemin():
            dit = noeud.texte
        case Liste():
            dit = f"[{', '.join(map(ecrire, noeud.elements))}]"
        case Appel():
            sur = f"{ecrire(noeud.sur)}." if noeud.sur is not None else ""
            dit = f"{sur}{noeud.fonction}({', '.join(map(ecrire, noeud.arguments))})"
        case Operation():
            dit = f"({f' {noeud.signe} '.join(map(ecrire, noeud.termes))})"
        case Non():
            dit = f"!{ecrire(noeud.terme)}"
        case Choix():
            dit = f"({ecrire(noeud.si)} ? {ecrire(noeud.alors)} : {ecrire(noeud.sinon)})"
    return dit


def _ecrire_valeur(valeur: str | int | bool | None) -> str:
    if isinstance(valeur, str):
        return json.dumps(valeur, ensure_ascii=False)
    if isinstance(valeur, bool) or valeur is None:
        return next(mot for mot, constante in _CONSTANTES.items() if constante is valeur)
    return str(valeur)
