"""Why the engine moved a sujet by itself: the conditions that made an automatic transition due, each as a constat.

The contrôles such a transition counts have their own constats (`rules.evaluation.raisons_transition`); what is left is
the rest of its `quand`: places free, evaluations given, a delay that ended. Each is kept with what was found.
"""

from collections.abc import Iterator
from contextlib import suppress

from rules.affichage import afficher
from rules.arbre_cel import Binaire, ExpressionIllisible, Litteral, Noeud, Nom, Unaire, arbre, chemin_de, parcourir
from rules.evaluation import Constat, Contexte, terme_des_echeances
from rules.expressions import EvaluationImpossible, compile_expression, vrai
from rules.francais import capitaliser, en_ligne
from rules.modele import Reglement, Transition
from rules.mot import HorsDuParler
from rules.mots import Traducteur


def motifs_transition(reglement: Reglement, transition: Transition, contexte: Contexte) -> list[Constat]:
    """The conditions met that made an automatic transition due; none for an act, which a person decides."""
    if not transition.automatique or transition.quand is None:
        return []
    try:
        racine = arbre(transition.quand)
    except ExpressionIllisible:
        return []
    traducteur = Traducteur(reglement)
    conditions = dict.fromkeys(_remplies(racine, contexte))
    return [
        _constat(traducteur, transition, rang, noeud, contexte)
        for rang, noeud in enumerate((noeud for noeud in conditions if not _compte_un_controle(noeud)), start=1)
    ]


def _remplies(noeud: Noeud, contexte: Contexte) -> Iterator[Noeud]:
    """The simple conditions that hold: every term of an « and », the terms of an « or » that are true."""
    match noeud:
        case Binaire("&&", gauche, droite):
            yield from _remplies(gauche, contexte)
            yield from _remplies(droite, contexte)
        case Binaire("||", gauche, droite):
            for terme in (gauche, droite):
                if _vrai(terme, contexte):
                    yield from _remplies(terme, contexte)
        case _:
            yield noeud


def _vrai(noeud: Noeud, contexte: Contexte) -> bool:
    try:
        return vrai(str(noeud), contexte)
    except EvaluationImpossible:
        return False  # the other term of the « or » is what made it due


def _compte_un_controle(noeud: Noeud) -> bool:
    return any(isinstance(n, Nom) and n.nom == "controles" for n in parcourir(noeud))


def _constat(traducteur: Traducteur, transition: Transition, rang: int, noeud: Noeud, contexte: Contexte) -> Constat:
    valeur, seuil = _trouves(traducteur, noeud, contexte)
    return Constat(
        regle=f"condition_{rang}",
        libelle=_dire(traducteur, transition, noeud),
        article=transition.article,
        satisfait=True,
        valeur=valeur,
        seuil=seuil,
        raison="",
    )


def _dire(traducteur: Traducteur, transition: Transition, noeud: Noeud) -> str:
    """The condition in words; the transition's own label when it has none."""
    try:
        return capitaliser(en_ligne(traducteur.clause(noeud)))
    except HorsDuParler:
        return transition.libelle


def _trouves(traducteur: Traducteur, noeud: Noeud, contexte: Contexte) -> tuple[str, str]:
    """What was found and what it was compared with; for a delay, the day it is and the day it ended."""
    terme = terme_des_echeances(str(noeud), contexte)
    if terme:
        return afficher(contexte["maintenant"], "date"), terme
    if isinstance(noeud, Binaire) and noeud.operateur != "in":
        unite = _unite(traducteur, noeud.gauche) or _unite(traducteur, noeud.droite)
        return _montrer(noeud.gauche, unite, contexte), _montrer(noeud.droite, unite, contexte)
    lu = noeud.operande if isinstance(noeud, Unaire) and noeud.operateur == "!" else noeud
    return ("", "") if chemin_de(lu) is None else (_montrer(lu, "", contexte), "")


def _unite(traducteur: Traducteur, noeud: Noeud) -> str:
    if isinstance(noeud, Litteral):
        return ""
    with suppress(HorsDuParler):
        return traducteur.terme(noeud).unite
    return ""


def _montrer(noeud: Noeud, unite: str, contexte: Contexte) -> str:
    try:
        return afficher(compile_expression(str(noeud)).evaluer(contexte), unite or None)
    except EvaluationImpossible:
        return ""
