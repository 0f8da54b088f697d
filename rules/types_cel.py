"""What type an expression gives, read from its tree and the documented types of the context; and what does not fit.

Amounts (centimes), rates (per thousand), scores (thousandths of a point) and plain counts are all integers for the
engine, which would compare them without a word: here each keeps its unit. A number written as such, or a product, bears
no unit and goes with any.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import singledispatch
from typing import Final

from rules.arbre_cel import (
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
)
from rules.contexte import LIBRE, Schema
from rules.defauts import Gravite
from rules.signatures_cel import SIGNATURES, Signature


@dataclass(frozen=True)
class Type:
    """A type; `element` is that of a list's elements, `champs` what a part of the context holds."""

    genre: str
    element: "Type | None" = None
    champs: "Mapping[str, str | Schema] | None" = field(default=None, compare=False)

    @property
    def famille(self) -> str:
        """What can be compared together, units aside."""
        return "nombre" if self.genre in _UNITES else self.genre


@dataclass(frozen=True)
class Malaise:
    """What does not fit in an expression."""

    gravite: Gravite
    raison: str
    remede: str


_UNITES: Final = frozenset({"nombre", "entier", "centimes", "millieme", "points"})
_LIBRE: Final = Type(LIBRE)
_BOOLEEN: Final = Type("booleen")
_NOMBRE: Final = Type("nombre")  # a number of no unit
_TEXTE: Final = Type("texte")
NOMS: Final = {
    "entier": "un nombre",
    "nombre": "un nombre",
    "centimes": "un montant en centimes",
    "millieme": "un taux en millièmes",
    "points": "une note en millièmes de point",
    "texte": "un texte",
    "booleen": "vrai ou faux",
    "instant": "une date",
    "duree": "une durée",
    "liste": "une liste",
    "dictionnaire": "un dictionnaire",
    "rubrique": "une rubrique entière",
    "nul": "null",
    LIBRE: "une valeur",
}
# `CONTEXTE` calls this thousandths like a rate; it is out of 100 points, and never compared with a rate.
_NOTES: Final = frozenset({"notes.total", "notes.ecart", "notes.ecart_max"})
_ORDONNES: Final = frozenset({"nombre", "texte", "instant", "duree"})
_SOMMES: Final[dict[tuple[str, str, str], Type]] = {
    ("+", "texte", "texte"): _TEXTE,
    ("+", "instant", "duree"): Type("instant"),
    ("+", "duree", "instant"): Type("instant"),
    ("+", "duree", "duree"): Type("duree"),
    ("-", "instant", "duree"): Type("instant"),
    ("-", "instant", "instant"): Type("duree"),
    ("-", "duree", "duree"): Type("duree"),
}


def inferer(noeud: Noeud, schema: Schema) -> tuple[Type, list[Malaise]]:
    """The type of an expression over a context of that schema, and everything that does not fit in it."""
    typeur = _Typeur(schema)
    return typeur.lire(noeud), typeur.malaises


@dataclass
class _Typeur:
    schema: Schema
    variables: dict[str, Type] = field(default_factory=dict)
    malaises: list[Malaise] = field(default_factory=list)

    def lire(self, noeud: Noeud) -> Type:
        """The type of a node; what does not fit in it is kept."""
        return _lire(noeud, self)

    def signaler(self, raison: str, remede: str, gravite: Gravite = "erreur") -> None:
        """Keep what does not fit, once."""
        malaise = Malaise(gravite, raison, remede)
        if malaise not in self.malaises:
            self.malaises.append(malaise)

    def exiger(self, noeud: Noeud, *familles: str) -> Type:
        """The type of a node that must be of one of these families."""
        obtenu = self.lire(noeud)
        if obtenu.famille not in {*familles, LIBRE}:
            attendu = " ou ".join(NOMS[famille] for famille in familles if famille != "dictionnaire")
            que = "que " if attendu.startswith("vrai") else "qu’"
            raison = f"« {noeud} » est {NOMS[obtenu.genre]}, alors {que}{attendu} est attendu ici"
            self.signaler(raison, _REMEDES.get(obtenu.genre, "Corrigez ce champ, ou l’opération."))
        return obtenu

    def meme_unite(self, gauche: Noeud, droite: Noeud, a: Type, b: Type) -> Type:
        """The unit two numbers share; a warning when each has its own."""
        if a.genre in {"nombre", LIBRE}:
            return b
        if b.genre in {"nombre", LIBRE} or a.genre == b.genre:
            return a
        raison = f"« {gauche} » est {NOMS[a.genre]}, « {droite} » {NOMS[b.genre]} : les unités diffèrent"
        self.signaler(raison, "Comparez ou combinez des grandeurs de même unité.", "avertissement")
        return _NOMBRE


@singledispatch
def _lire(noeud: Noeud, typeur: _Typeur) -> Type:
    """One rule per kind of node."""
    raise NotImplementedError(f"{type(noeud).__name__}, {typeur}")


_REMEDES: Final = {
    "rubrique": "Choisissez un champ de cette rubrique.",
    "nul": "Écrivez has(…) pour savoir si c’est dit.",
}


_LITTERAUX: Final = {bool: _BOOLEEN, str: _TEXTE, int: _NOMBRE, Decimal: _NOMBRE, type(None): Type("nul")}


@_lire.register
def _litteral(noeud: Litteral, _: _Typeur) -> Type:
    return _LITTERAUX.get(type(noeud.valeur), _LIBRE)


@_lire.register
def _nom(noeud: Nom, typeur: _Typeur) -> Type:
    liee = typeur.variables.get(noeud.nom)
    return liee or _du_schema(typeur.schema.get(noeud.nom, LIBRE), noeud.nom)


@_lire.register
def _champ(noeud: Champ, typeur: _Typeur) -> Type:
    parent = typeur.lire(noeud.objet)
    chemin = chemin_de(noeud) or ""
    if chemin in _NOTES:
        return Type("points")
    return _du_schema((parent.champs or {}).get(noeud.nom, LIBRE), chemin)


def _du_schema(declare: "str | Schema", chemin: str) -> Type:
    """The type declared for a path; lists of the context hold texts (codes, names), those of an act hold anything."""
    if isinstance(declare, dict):
        return Type("rubrique", champs=declare)
    if declare == "liste":
        return Type("liste", _LIBRE if chemin.startswith("donnees.") else _TEXTE)
    return Type(declare)


@_lire.register
def _indice(noeud: Indice, typeur: _Typeur) -> Type:
    typeur.lire(noeud.indice)
    return typeur.exiger(noeud.objet, "liste", "dictionnaire").element or _LIBRE


@_lire.register
def _unaire(noeud: Unaire, typeur: _Typeur) -> Type:
    if noeud.operateur == "!":
        typeur.exiger(noeud.operande, "booleen")
        return _BOOLEEN
    return typeur.exiger(noeud.operande, "nombre")


@_lire.register
def _binaire(noeud: Binaire, typeur: _Typeur) -> Type:
    if noeud.operateur in {"&&", "||"}:
        typeur.exiger(noeud.gauche, "booleen")
        typeur.exiger(noeud.droite, "booleen")
        return _BOOLEEN
    if noeud.operateur == "in":
        return _appartenance(typeur, noeud)
    if noeud.operateur in {"+", "-"}:
        return _somme(typeur, noeud)
    if noeud.operateur in {"*", "/", "%"}:
        typeur.exiger(noeud.gauche, "nombre")
        typeur.exiger(noeud.droite, "nombre")
        return _NOMBRE  # a product has the unit of neither side
    return _comparaison(typeur, noeud)


def _comparaison(typeur: _Typeur, noeud: Binaire) -> Type:
    a, b = typeur.lire(noeud.gauche), typeur.lire(noeud.droite)
    if _absence(noeud.gauche, noeud.droite) and noeud.operateur in {"==", "!="}:
        return _BOOLEEN
    if LIBRE in {a.famille, b.famille}:
        return _BOOLEEN
    if a.famille != b.famille or "rubrique" in {a.genre, b.genre}:
        raison = (
            f"« {noeud.gauche} » est {NOMS[a.genre]}, « {noeud.droite} » {NOMS[b.genre]} : "
            "ces valeurs ne sont pas de même type, on ne peut pas les comparer"
        )
        remede = _REMEDES.get(a.genre) or _REMEDES.get(b.genre) or "Comparez deux valeurs de même type."
        typeur.signaler(raison, remede)
    elif a.famille == "nombre":
        typeur.meme_unite(noeud.gauche, noeud.droite, a, b)
    elif noeud.operateur not in {"==", "!="} and a.famille not in _ORDONNES:
        raison = f"« {noeud.gauche} » est {NOMS[a.genre]} : on ne peut dire que égal (==) ou différent (!=)"
        typeur.signaler(raison, "Écrivez la condition autrement.")
    return _BOOLEEN


def _absence(gauche: Noeud, droite: Noeud) -> bool:
    """True for `donnees.x == ""`: what the person did not say is an empty text, whatever its type."""
    chemins = [chemin_de(noeud) or "" for noeud in (gauche, droite)]
    return Litteral("") in {gauche, droite} and any(chemin.startswith("donnees.") for chemin in chemins)


def _appartenance(typeur: _Typeur, noeud: Binaire) -> Type:
    cherche, collection = typeur.lire(noeud.gauche), typeur.exiger(noeud.droite, "liste", "dictionnaire")
    element = collection.element or _LIBRE
    if LIBRE not in {cherche.famille, element.famille} and cherche.famille != element.famille:
        raison = (
            f"« {noeud.gauche} » est {NOMS[cherche.genre]}, chaque élément de « {noeud.droite} » est "
            f"{NOMS[element.genre]} : ces valeurs ne sont pas de même type"
        )
        typeur.signaler(raison, "Cherchez dans cette liste une valeur de même type.")
    return _BOOLEEN


def _somme(typeur: _Typeur, noeud: Binaire) -> Type:
    a, b = typeur.lire(noeud.gauche), typeur.lire(noeud.droite)
    if a.famille == b.famille == "nombre":
        return typeur.meme_unite(noeud.gauche, noeud.droite, a, b)
    if a.genre == b.genre == "liste" and noeud.operateur == "+":
        return a
    if LIBRE in {a.famille, b.famille}:
        return _LIBRE
    resultat = _SOMMES.get((noeud.operateur, a.famille, b.famille))
    if resultat is None:
        verbe = "ajouter" if noeud.operateur == "+" else "soustraire"
        raison = (
            f"« {noeud.gauche} » est {NOMS[a.genre]}, « {noeud.droite} » {NOMS[b.genre]} : on ne peut pas les {verbe}"
        )
        typeur.signaler(raison, "Le calcul ne se fait qu’entre nombres, ou entre une date et une durée.")
    return resultat or _LIBRE


@_lire.register
def _choix(noeud: Choix, typeur: _Typeur) -> Type:
    typeur.exiger(noeud.condition, "booleen")
    oui, non = typeur.lire(noeud.oui), typeur.lire(noeud.non)
    if oui.famille == non.famille == "nombre":
        return typeur.meme_unite(noeud.oui, noeud.non, oui, non)
    return oui if oui == non else _LIBRE


@_lire.register
def _liste(noeud: Liste, typeur: _Typeur) -> Type:
    elements = [typeur.lire(element) for element in noeud.elements]
    pareils = {element.famille for element in elements}
    return Type("liste", elements[0] if len(pareils) == 1 else _LIBRE)


@_lire.register
def _dictionnaire(noeud: Dictionnaire, typeur: _Typeur) -> Type:
    for clef, valeur in noeud.paires:
        typeur.lire(clef)
        typeur.lire(valeur)
    return Type("dictionnaire")


@_lire.register
def _macro(noeud: Macro, typeur: _Typeur) -> Type:
    collection = typeur.exiger(noeud.cible, "liste", "dictionnaire")
    avant = dict(typeur.variables)
    typeur.variables[noeud.variable] = collection.element or _LIBRE
    conditions = noeud.corps if noeud.nom != "map" else noeud.corps[:-1]
    for condition in conditions:
        typeur.exiger(condition, "booleen")
    valeur = typeur.lire(noeud.corps[-1]) if noeud.nom == "map" else _BOOLEEN
    typeur.variables = avant
    if noeud.nom == "filter":
        return collection
    return Type("liste", valeur) if noeud.nom == "map" else _BOOLEEN


@_lire.register
def _appel(noeud: Appel, typeur: _Typeur) -> Type:
    arguments = (*([noeud.cible] if noeud.cible is not None else []), *noeud.arguments)
    signature = SIGNATURES.get(noeud.fonction)
    if signature is None:
        for argument in arguments:
            typeur.lire(argument)
        return _LIBRE
    if not signature.minimum <= len(arguments) <= len(signature.arguments):
        raison = f"« {noeud.fonction} » attend {_compte(signature)}, on lui en donne {len(arguments)}"
        typeur.signaler(raison, f"Écrivez {signature.exemple}.")
        return Type(signature.resultat)
    types = [
        typeur.exiger(argument, *familles) for argument, familles in zip(arguments, signature.arguments, strict=False)
    ]
    if noeud.fonction in _PARTICULIERES:
        return _PARTICULIERES[noeud.fonction](typeur, arguments, types)
    return Type(signature.resultat)


def _compte(signature: Signature) -> str:
    return f"{signature.minimum} valeur{'s' if signature.minimum > 1 else ''}"


def _extreme(typeur: _Typeur, arguments: tuple[Noeud, ...], types: list[Type]) -> Type:
    return typeur.meme_unite(arguments[0], arguments[1], types[0], types[1])


def _proportion(typeur: _Typeur, arguments: tuple[Noeud, ...], types: list[Type]) -> Type:
    """A share keeps the unit of what is shared; a rate is per thousand."""
    _, numerateur, denominateur = arguments
    if types[1].genre == "millieme" and isinstance(denominateur, Litteral) and denominateur.valeur != 1000:
        raison = f"« {numerateur} » est un taux en millièmes, mais il est divisé par {denominateur}"
        typeur.signaler(raison, "Divisez un taux par 1000.", "avertissement")
    elif not isinstance(denominateur, Litteral):
        typeur.meme_unite(numerateur, denominateur, types[1], types[2])
    return types[0]


_PARTICULIERES: Final[dict[str, Callable[[_Typeur, tuple[Noeud, ...], list[Type]], Type]]] = {
    "min": _extreme,
    "max": _extreme,
    "proportion": _proportion,
}
