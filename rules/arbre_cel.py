"""The syntax tree of a CEL expression: what the règlements' expressions say, for whoever reads them without computing.

The engine compiles and evaluates but shows no tree. This is a small parser of the whole expression grammar (operators,
members, calls, macros, literals), used by the checker and by whatever explains a condition to a person. It says nothing
of names and types, and accepts a little more than the engine does: an expression is always compiled first.

    arbre("dossier.rang > 0")  ->  Binaire(">", Champ(Nom("dossier"), "rang"), Litteral(0))
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from rules.noeuds_cel import (
    FORCES,
    Appel,
    Binaire,
    Champ,
    Choix,
    Dictionnaire,
    Indice,
    Liste,
    Litteral,
    Macro,
    Noeud,
    Nom,
    Unaire,
    chemin_de,
    enfants,
    parcourir,
)

__all__ = [
    "Appel",
    "Binaire",
    "Champ",
    "Choix",
    "Dictionnaire",
    "ExpressionIllisible",
    "Indice",
    "Liste",
    "Litteral",
    "Macro",
    "Noeud",
    "Nom",
    "Unaire",
    "arbre",
    "chemin_de",
    "enfants",
    "parcourir",
]

PROFONDEUR_MAX: Final = 100  # levels of nesting; real expressions have about ten
MACROS: Final = frozenset({"all", "exists", "exists_one", "map", "filter"})
_JETON: Final = re.compile(
    r"""
    (?P<vide>\s+|//[^\n]*)
  | (?P<chaine>[rRbB]{0,2}(?:\"\"\"(?:\\[\s\S]|[^\\])*?\"\"\"|'''(?:\\[\s\S]|[^\\])*?'''
      |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<nombre>0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[uU]?)
  | (?P<nom>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<signe>&&|\|\||[=!<>]=|\S)
    """,
    re.VERBOSE,
)
_ECHAPPEMENT: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))")
_LETTRES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CONSTANTES: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


class ExpressionIllisible(ValueError):
    """The text is no expression, or is nested beyond reason; the message is French."""


@dataclass(frozen=True)
class Jeton:
    """One token: `genre` is `chaine`, `nombre`, `nom` or `signe`."""

    genre: str
    texte: str


def decouper(source: str) -> list[Jeton]:
    """The tokens of an expression, blanks and comments left out."""
    jetons = (Jeton(m.lastgroup or "", m.group()) for m in _JETON.finditer(source))
    return [jeton for jeton in jetons if jeton.genre != "vide"]


@lru_cache(maxsize=4096)
def arbre(source: str) -> Noeud:
    """The tree of an expression; the same text is read once.

    Raises:
        ExpressionIllisible: the text is no expression, or is nested too deep.
    """
    lecteur = _Lecteur(decouper(source))
    racine = lecteur.expression()
    if lecteur.position < len(lecteur.jetons):
        raise ExpressionIllisible(f"« {lecteur.texte()} » n’est pas attendu ici")
    niveau, profondeur = [racine], 0
    while niveau:
        niveau, profondeur = [enfant for noeud in niveau for enfant in enfants(noeud)], profondeur + 1
        _borner(profondeur)
    return racine


def _borner(profondeur: int) -> None:
    if profondeur > PROFONDEUR_MAX:
        raise ExpressionIllisible("l’expression est trop longue ou trop imbriquée : partagez-la entre plusieurs gardes")


@dataclass
class _Lecteur:
    """Precedence climbing over the tokens."""

    jetons: list[Jeton]
    position: int = 0
    niveau: int = 0

    def texte(self, avance: int = 0) -> str:
        """The text of a token to come; nothing at the end."""
        place = self.position + avance
        return self.jetons[place].texte if place < len(self.jetons) else ""

    def expression(self) -> Noeud:
        self.niveau += 1
        _borner(self.niveau)
        noeud = self._binaire(0)
        if self._prendre("?"):
            oui = self.expression()
            self._exiger(":")
            noeud = Choix(noeud, oui, self.expression())
        self.niveau -= 1
        return noeud

    def _binaire(self, force_min: int) -> Noeud:
        gauche = self._unaire()
        while (force := FORCES.get(self.texte(), 0)) > force_min:
            operateur = self._suivant().texte
            gauche = Binaire(operateur, gauche, self._binaire(force))
        return gauche

    def _unaire(self) -> Noeud:
        signes: list[str] = []
        while self.texte() in {"!", "-"}:
            signe = self._suivant().texte
            # The engine reads two signs in a row as none, whatever they bear on; so do we.
            if signes[-1:] == [signe]:
                signes.pop()
            else:
                signes.append(signe)
        noeud = self._suites(self._primaire())
        for signe in reversed(signes):
            noeud = _opposer(signe, noeud)
        return noeud

    def _suites(self, noeud: Noeud) -> Noeud:
        """Members, calls and indices that follow."""
        while self.texte() in {".", "["}:
            if self._suivant().texte == "[":
                indice = self.expression()
                self._exiger("]")
                cle = indice.valeur if isinstance(indice, Litteral) else None
                noeud = Champ(noeud, cle) if isinstance(cle, str) else Indice(noeud, indice)
            else:
                nom = self._nom()
                noeud = self._appel(nom, noeud) if self.texte() == "(" else Champ(noeud, nom)
        return noeud

    def _primaire(self) -> Noeud:
        jeton = self._suivant()
        if jeton.genre == "nom":
            return self._mot(jeton.texte)
        if jeton.genre in _LITTERAUX:
            return Litteral(_LITTERAUX[jeton.genre](jeton.texte))
        return self._groupe(jeton.texte)

    def _mot(self, mot: str) -> Noeud:
        if mot in _CONSTANTES:
            return Litteral(_CONSTANTES[mot])
        return self._appel(mot, None) if self.texte() == "(" else Nom(mot)

    def _groupe(self, ouvrant: str) -> Noeud:
        if ouvrant == "(":
            noeud = self.expression()
            self._exiger(")")
            return noeud
        if ouvrant == "[":
            return Liste(tuple(self._elements("]")))
        if ouvrant == "{":
            return self._dictionnaire()
        raise ExpressionIllisible(f"« {ouvrant} » n’est pas attendu ici")

    def _appel(self, nom: str, cible: Noeud | None) -> Noeud:
        self._exiger("(")
        arguments = tuple(self._elements(")"))
        if nom in MACROS and cible is not None and len(arguments) > 1 and isinstance(arguments[0], Nom):
            return Macro(nom, cible, arguments[0].nom, arguments[1:])
        return Appel(nom, cible, arguments)

    def _elements(self, fin: str) -> Iterator[Noeud]:
        while not self._prendre(fin):
            yield self.expression()
            if self.texte() != fin:
                self._exiger(",")

    def _dictionnaire(self) -> Dictionnaire:
        paires: list[tuple[Noeud, Noeud]] = []
        while not self._prendre("}"):
            clef = self.expression()
            self._exiger(":")
            paires.append((clef, self.expression()))
            if self.texte() != "}":
                self._exiger(",")
        return Dictionnaire(tuple(paires))

    def _suivant(self) -> Jeton:
        if self.position >= len(self.jetons):
            raise ExpressionIllisible("l’expression n’est pas finie")
        self.position += 1
        return self.jetons[self.position - 1]

    def _nom(self) -> str:
        jeton = self._suivant()
        if jeton.genre != "nom":
            raise ExpressionIllisible(f"un nom est attendu, et non « {jeton.texte} »")
        return jeton.texte

    def _prendre(self, texte: str) -> bool:
        trouve = self.texte() == texte
        self.position += trouve
        return trouve

    def _exiger(self, texte: str) -> None:
        if not self._prendre(texte):
            raise ExpressionIllisible(f"« {texte} » est attendu" + (f" avant « {self.texte()} »" * bool(self.texte())))


def _opposer(signe: str, noeud: Noeud) -> Noeud:
    """A negative number is one literal; anything else is an operation."""
    valeur = noeud.valeur if isinstance(noeud, Litteral) else None
    if signe == "-" and isinstance(valeur, int | Decimal) and not isinstance(valeur, bool) and valeur >= 0:
        return Litteral(-valeur)
    return Unaire(signe, noeud)


def _nombre(texte: str) -> int | Decimal:
    chiffres = texte.rstrip("uU")
    if chiffres[:2].lower() == "0x":
        return int(chiffres, 16)
    return int(chiffres) if chiffres.isdigit() else Decimal(chiffres)


def _chaine(texte: str) -> str | bytes:
    prefixe, reste = re.match(r"^([rRbB]{0,2})(.*)$", texte, re.DOTALL).groups()  # type: ignore[union-attr]
    bord = 3 if reste[:3] in {'"""', "'''"} else 1
    corps = reste[bord:-bord]
    valeur = corps if "r" in prefixe.lower() else _ECHAPPEMENT.sub(_deplier, corps)
    return valeur.encode() if "b" in prefixe.lower() else valeur


def _deplier(trouve: re.Match[str]) -> str:
    *codes, lettre = trouve.groups()
    if lettre is not None:
        return _LETTRES.get(lettre, lettre)
    return chr(next(int(code, 8 if rang == 3 else 16) for rang, code in enumerate(codes) if code is not None))


_LITTERAUX: Final[dict[str, Callable[[str], int | Decimal | str | bytes]]] = {"nombre": _nombre, "chaine": _chaine}
