"""Can two conditions hold at once? A small prover over the trees of expressions, sound and not complete.

A condition is put into cases: it holds when every atom of one case holds. Two conditions exclude each other when no
case of the first goes with a case of the second: complementary comparisons, the same thing equal to two constants,
something and its contrary, disjoint intervals of integers. What cannot be shown is said to be possible, never the other
way round.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from rules.arbre_cel import Appel, Binaire, Choix, Liste, Litteral, Noeud, Unaire, chemin_de

CAS_MAX: Final = 64  # cases of one condition, beyond which nothing is proved
Constante = str | int | bool
_RELATIONS: Final = {"<": "<", "<=": "<=", ">": ">", ">=": "=>", "==": "=", "!=": "<>"}
_MIROIR: Final = str.maketrans("<>", "><")
_TOUTES, _EGAL, _DIFFERENT = frozenset("<=>"), frozenset("="), frozenset("<>")


class TropDeCas(ValueError):
    """The condition has too many cases to be reasoned about."""


@dataclass(frozen=True)
class Atome:
    """`sujet` stands to `autre` (a constant, or the text of an expression) in one of the `relations` (`<=>`)."""

    sujet: str
    autre: Constante
    relations: frozenset[str]
    constante: bool


CasUn = frozenset[Atome]
Cas = tuple[CasUn, ...]
JAMAIS: Final[Cas] = ()
TOUJOURS: Final[Cas] = (frozenset(),)


@dataclass(frozen=True)
class Connu:
    """What is known beyond the texts: values of paths, and what it means that a count is nil or not."""

    valeurs: Mapping[str, Constante] = field(default_factory=dict)
    comptes: Mapping[str, tuple[Cas, Cas]] = field(default_factory=dict)


def cas_de(noeud: Noeud, *, vrai: bool = True, connu: Connu | None = None) -> Cas:
    """The cases in which a condition is true (or false).

    Raises:
        TropDeCas: there are more of them than can be reasoned about.
    """
    return _Conditions(connu or Connu()).cas(noeud, vrai)


def et(*conditions: Cas) -> Cas:
    """All of them at once; cases that contradict themselves are dropped.

    Raises:
        TropDeCas: there are too many cases.
    """
    resultat = TOUJOURS
    for condition in conditions:
        if len(resultat) * len(condition) > CAS_MAX:
            raise TropDeCas
        unions = {gauche | droite for gauche, droite in product(resultat, condition)}
        resultat = tuple(cas for cas in unions if possible(cas))
    return resultat


def ou(*conditions: Cas) -> Cas:
    """One of them at least.

    Raises:
        TropDeCas: there are too many cases.
    """
    resultat = tuple({cas for condition in conditions for cas in condition})
    if len(resultat) > CAS_MAX:
        raise TropDeCas
    return resultat


def disjointes(une: Cas, autre: Cas) -> bool:
    """True when the two conditions are shown never to hold at once."""
    return not any(possible(a | b) for a, b in product(une, autre))


def possible(cas: CasUn) -> bool:
    """False when the atoms of a case are shown to contradict one another."""
    paires: dict[tuple[str, Constante], frozenset[str]] = {}
    entiers: dict[str, dict[int, frozenset[str]]] = {}
    textes: dict[str, dict[str, frozenset[str]]] = {}
    for atome in cas:
        clef = (atome.sujet, f"{type(atome.autre).__name__}:{atome.autre}:{atome.constante}")
        paires[clef] = paires.get(clef, _TOUTES) & atome.relations
        if not paires[clef]:
            return False
        if atome.constante and isinstance(atome.autre, int) and not isinstance(atome.autre, bool):
            entiers.setdefault(atome.sujet, {})[atome.autre] = paires[clef]
        elif atome.constante and isinstance(atome.autre, str):
            textes.setdefault(atome.sujet, {})[atome.autre] = paires[clef]
    return all(map(_intervalle_possible, entiers.values())) and all(map(_texte_possible, textes.values()))


def _intervalle_possible(bornes: Mapping[int, frozenset[str]]) -> bool:
    """Is there an integer that stands so to each of these?"""
    candidats = {voisin for borne in bornes for voisin in (borne - 1, borne, borne + 1)}
    return any(all(_relation(n, borne) in relations for borne, relations in bornes.items()) for n in candidats)


def _texte_possible(bornes: Mapping[str, frozenset[str]]) -> bool:
    """A text equal to one constant stands to the others as that one does; anything else is possible."""
    egaux = [texte for texte, relations in bornes.items() if relations == _EGAL]
    return all(_relation(egal, texte) in relations for egal in egaux for texte, relations in bornes.items())


def _relation(gauche: Any, droite: Any) -> str:
    """How two constants of one type stand to each other."""
    return "=" if gauche == droite else "<" if gauche < droite else ">"


@dataclass(frozen=True)
class _Conditions:
    connu: Connu

    def cas(self, noeud: Noeud, vrai: bool) -> Cas:
        match noeud:
            case Litteral(valeur=bool() as valeur):
                return TOUJOURS if valeur is vrai else JAMAIS
            case Unaire(operateur="!", operande=operande):
                return self.cas(operande, not vrai)
            case Choix(condition=condition, oui=oui, non=non):
                si = et(self.cas(condition, True), self.cas(oui, vrai))
                return ou(si, et(self.cas(condition, False), self.cas(non, vrai)))
            case Binaire():
                return self._operation(noeud, vrai)
            case _:
                return _entier(noeud, vrai)

    def _operation(self, noeud: Binaire, vrai: bool) -> Cas:
        match noeud:
            case Binaire(operateur="&&" | "||" as operateur, gauche=gauche, droite=droite):
                ensemble = (operateur == "&&") is vrai
                return (et if ensemble else ou)(self.cas(gauche, vrai), self.cas(droite, vrai))
            case Binaire(operateur="in", gauche=gauche, droite=Liste(elements=elements)):
                egalites = [self._comparer(Binaire("==", gauche, element), vrai) for element in elements]
                return ou(*egalites) if vrai else et(*egalites)
            case Binaire(operateur=operateur) if operateur in _RELATIONS:
                extreme = _sans_extreme(noeud)
                return self._comparer(noeud, vrai) if extreme is None else self._operation(extreme, vrai)
            case _:
                return _entier(noeud, vrai)

    def _comparer(self, noeud: Binaire, vrai: bool) -> Cas:
        relations = frozenset(_RELATIONS[noeud.operateur])
        relations = relations if vrai else _TOUTES - relations
        gauche, droite = self._constante(noeud.gauche), self._constante(noeud.droite)
        if isinstance(droite, bool) and relations in {_EGAL, _DIFFERENT}:
            return self.cas(noeud.gauche, droite is (relations == _EGAL))
        if gauche is not None and droite is not None:
            comparables = type(gauche) is type(droite)
            connue = TOUJOURS if comparables and _relation(gauche, droite) in relations else JAMAIS
            return connue if comparables else _entier(noeud, vrai)
        if gauche is not None:
            return self._atome(noeud.droite, gauche, _miroir(relations))
        if droite is not None:
            return self._atome(noeud.gauche, droite, relations)
        sujet, autre = str(noeud.gauche), str(noeud.droite)
        if sujet > autre:
            sujet, autre, relations = autre, sujet, _miroir(relations)
        return _un(Atome(sujet, autre, relations, False))

    def _constante(self, noeud: Noeud) -> Constante | None:
        if isinstance(noeud, Litteral) and isinstance(noeud.valeur, str | int):
            return noeud.valeur
        return self.connu.valeurs.get(chemin_de(noeud) or "")

    def _atome(self, noeud: Noeud, autre: Constante, relations: frozenset[str]) -> Cas:
        """One comparison with a constant, with what it implies when the subject counts something."""
        atome = _un(Atome(str(noeud), autre, relations, True))
        compte = self.connu.comptes.get(chemin_de(noeud) or "")
        if compte is None or not isinstance(autre, int):
            return atome
        nul, positif = compte
        if _relation(0, autre) not in relations:
            return et(atome, positif)
        # 0 fits; when neither 1 nor what is beyond does, the count is nil.
        seul = autre <= 1 and ">" not in relations and _relation(1, autre) not in relations
        return et(atome, nul) if seul else atome


def _sans_extreme(noeud: Binaire) -> Binaire | None:
    """`min(a, b) >= c` is `a >= c && b >= c`; `min(a, b) < c` is `a < c || b < c`; `max` the other way round."""
    match noeud:
        case Binaire(droite=Appel(fonction="min" | "max")):
            noeud = Binaire(noeud.operateur.translate(_MIROIR), noeud.droite, noeud.gauche)
    match noeud:
        case Binaire(
            operateur="<" | "<=" | ">" | ">=" as operateur,
            gauche=Appel(fonction="min" | "max" as fonction, cible=None, arguments=(a, b)),
            droite=droite,
        ):
            tous = (fonction == "min") is (operateur in {">", ">="})
            return Binaire("&&" if tous else "||", Binaire(operateur, a, droite), Binaire(operateur, b, droite))
    return None


def _un(atome: Atome) -> Cas:
    return (frozenset({atome}),)


def _entier(noeud: Noeud, vrai: bool) -> Cas:
    """A condition taken whole: it holds, or it does not."""
    return _un(Atome(str(noeud), True, _EGAL if vrai else _DIFFERENT, True))


def _miroir(relations: Iterable[str]) -> frozenset[str]:
    return frozenset(relation.translate(_MIROIR) for relation in relations)
