"""What a règlement says of a dossier: guards evaluated into constats a person can read.

A false `quand` chooses another transition and refuses nothing; a false guard is a refusal, with its reason.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Final, Literal

from rules.affichage import afficher, afficher_instant
from rules.arbre_cel import Binaire, ExpressionIllisible, Litteral, arbre, chemin_de, parcourir
from rules.calendrier import instant_echeance
from rules.expressions import EvaluationImpossible, compile_expression, instant, vrai
from rules.modele import Delai, Garde, Reglement, Transition

Contexte = Mapping[str, object]
Defaillance = Literal["bloquant", "completable", "avertissement"]
_DEPASSEES: Final = "echeances.depassees"


@dataclass(frozen=True)
class Constat:
    """The outcome of one guard: rule, article, value found, threshold; `raison` is empty when it is satisfied.

    The threshold of a guard that looks at a delay is, unless the règlement computes another, the day it ended.
    """

    regle: str
    libelle: str
    article: str
    satisfait: bool
    valeur: str
    seuil: str
    raison: str
    defaut: Defaillance = "bloquant"

    @property
    def passe(self) -> bool:
        """True when it stops nothing: satisfied, or a mere warning."""
        return self.satisfait or self.defaut == "avertissement"


def evaluer_garde(garde: Garde, contexte: Contexte) -> Constat:
    """Evaluate one guard.

    Raises:
        ExpressionInvalide, EvaluationImpossible: the règlement looks at something the context does not hold.
    """
    satisfait = vrai(garde.si, contexte)
    valeur = _montrer(garde.valeur, garde, contexte)
    seuil = _montrer(garde.seuil, garde, contexte) or terme_des_echeances(garde.si, contexte)
    return Constat(
        regle=garde.code,
        libelle=garde.libelle,
        article=garde.article,
        satisfait=satisfait,
        valeur=valeur,
        seuil=seuil,
        raison="" if satisfait else remplir_raison(garde.raison, valeur, seuil),
        defaut=garde.defaut,
    )


def _montrer(source: str | None, garde: Garde, contexte: Contexte) -> str:
    """The value or threshold shown; what the person has not given yet is said so, it does not hide the constat."""
    if source is None:
        return ""
    try:
        return afficher(compile_expression(source).evaluer(contexte), garde.unite)
    except EvaluationImpossible:
        return afficher(None, garde.unite)


@lru_cache(maxsize=4096)
def echeances_regardees(source: str) -> tuple[str, ...]:
    """The échéances an expression looks for among those overdue (`"pieces" in echeances.depassees`)."""
    if "echeances" not in source:
        return ()
    try:
        noeuds = list(parcourir(arbre(source)))
    except ExpressionIllisible:
        return ()
    return tuple(
        str(noeud.gauche.valeur)
        for noeud in noeuds
        if isinstance(noeud, Binaire)
        and noeud.operateur == "in"
        and isinstance(noeud.gauche, Litteral)
        and chemin_de(noeud.droite) == _DEPASSEES
    )


def terme_des_echeances(source: str, contexte: Contexte) -> str:
    """When the échéances an expression looks at fall due, "" when none is open: the threshold of a delay."""
    codes = echeances_regardees(source)
    echeances = contexte.get("echeances") if codes else None
    termes = echeances.get("termes", {}) if isinstance(echeances, Mapping) else {}
    dus = [termes[code] for code in codes if code in termes]
    return afficher_instant(min(dus)) if dus else ""


def remplir_raison(raison: str, valeur: str, seuil: str) -> str:
    """The reason with `{valeur}` and `{seuil}` filled; other braces are left as they are."""
    return raison.replace("{valeur}", valeur).replace("{seuil}", seuil)


def evaluer_transition(reglement: Reglement, transition: Transition, contexte: Contexte) -> list[Constat]:
    """The constats of a transition: those of its contrôle, then its own guards, in the file's order.

    Raises:
        ExpressionInvalide, EvaluationImpossible: as `evaluer_garde`.
    """
    controle = reglement.controles[transition.controle] if transition.controle else []
    return [evaluer_garde(garde, contexte) for garde in (*controle, *transition.gardes)]


def est_due(transition: Transition, contexte: Contexte) -> bool:
    """True when the transition is the one to take (`quand`); one without `quand` always is.

    Raises:
        ExpressionInvalide, EvaluationImpossible: as `evaluer_garde`.
    """
    return transition.quand is None or vrai(transition.quand, contexte)


def controles_cites(transition: Transition) -> list[str]:
    """The contrôles a transition leans on: its own, then those its `quand` counts."""
    cites = [transition.controle] if transition.controle else []
    chemins = compile_expression(transition.quand).chemins() if transition.quand else []
    for chemin in chemins:
        morceaux = chemin.split(".")
        if morceaux[0] == "controles" and len(morceaux) > 1 and morceaux[1] not in cites:
            cites.append(morceaux[1])
    return cites


def raisons_transition(reglement: Reglement, transition: Transition, contexte: Contexte) -> list[Constat]:
    """The unmet guards that explain why this transition was taken: what its letter must quote.

    A refusal such as an irrecevabilité fires because a contrôle is not satisfied; these are that contrôle's constats. A
    warning explains no decision.
    """
    gardes = [garde for nom in controles_cites(transition) for garde in reglement.controles.get(nom, [])]
    constats = [evaluer_garde(garde, contexte) for garde in gardes]
    return [constat for constat in constats if not constat.passe]


class Comptes(Mapping[str, int]):
    """Unmet guards of one contrôle, counted when asked for."""

    def __init__(self, evaluer: Callable[[], list[Constat]]) -> None:
        """Keep how to evaluate the contrôle."""
        self._evaluer = evaluer
        self._comptes: dict[str, int] | None = None

    def _compter(self) -> dict[str, int]:
        if self._comptes is None:
            defauts = [constat.defaut for constat in self._evaluer() if not constat.satisfait]
            self._comptes = {
                "bloquants": defauts.count("bloquant"),
                "completables": defauts.count("completable"),
            }
        return self._comptes

    def __getitem__(self, clef: str) -> int:
        """The number of unmet guards of a kind: `bloquants` or `completables`."""
        return self._compter()[clef]

    def __iter__(self) -> Iterator[str]:
        """The kinds counted."""
        return iter(("bloquants", "completables"))

    def __len__(self) -> int:
        """Two kinds are counted."""
        return 2


def contexte_controles(reglement: Reglement, contexte: Contexte) -> dict[str, Mapping[str, int]]:
    """What `controles.<nom>.bloquants` and `.completables` read, evaluated over `contexte` only when asked for.

    Put the result in the same context: `contexte["controles"] = contexte_controles(reglement, contexte)`. Evaluating on
    demand keeps a dossier that has not answered the form yet free of rules that look at its answers.
    """
    return {nom: Comptes(partial(_constats, gardes, contexte)) for nom, gardes in reglement.controles.items()}


def _constats(gardes: list[Garde], contexte: Contexte) -> list[Constat]:
    return [evaluer_garde(garde, contexte) for garde in gardes]


def parametres_contexte(reglement: Reglement) -> dict[str, int]:
    """What `parametres.<code>` reads: centimes, per thousand, thousandths of a point, or plain counts."""
    return {code: parametre.entier for code, parametre in reglement.parametres.items()}


def echeance_du_delai(delai: Delai, contexte: Contexte, maintenant: datetime) -> datetime:
    """The UTC due instant of a delay: counted from `a_partir_de` when it is given, else from the act (`maintenant`).

    Raises:
        ExpressionInvalide, EvaluationImpossible: `a_partir_de` gives no instant.
    """
    depart = instant(delai.a_partir_de, contexte) if delai.a_partir_de else maintenant
    return instant_echeance(delai, depart)
