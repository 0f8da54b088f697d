"""Why the engine moved a sujet by itself: the conditions that made an automatic transition due, each as a constat.

The contrôles such a transition counts have their own constats (`rules.evaluation.raisons_transition`); what is left is
the rest of its `quand`: places free, evaluations given, a delay that ended. Each is kept with what was found.
"""

from collections.abc import Iterator
from contextlib import suppress

from rules.affichage import afficher
from rules.arbre import Chemin, HorsDuParler, Noeud, Non, Operation, Valeur, ecrire, lire_arbre, parcourir
from rules.evaluation import Constat, Contexte, terme_des_echeances
from rules.expressions import EvaluationImpossible, compile_expression, vrai
from rules.francais import capitaliser, en_ligne
from rules.modele import Reglement, Transition
from rules.mots import Traducteur


def motifs_transition(reglement: Reglement, transition: Transition, contexte: Contexte) -> list[Constat]:
    """The conditions met that made an automatic transition due; none for an act, which a person decides."""
    if not transition.automatique or transition.quand is None:
        return []
    try:
        arbre = lire_arbre(transition.quand)
    except HorsDuParler:
        return []
    traducteur = Traducteur(reglement)
    conditions = dict.fromkeys(_remplies(arbre, contexte))
    return [
        _constat(traducteur, transition, rang, noeud, contexte)
        for rang, noeud in enumerate((noeud for noeud in conditions if not _compte_un_controle(noeud)), start=1)
    ]


def _remplies(noeud: Noeud, contexte: Contexte) -> Iterator[Noeud]:
    """The simple conditions that hold: every term of an « and », the terms of an « or » that are true."""
    if isinstance(noeud, Operation) and noeud.signe == "&&":
        for terme in noeud.termes:
            yield from _remplies(terme, contexte)
    elif isinstance(noeud, Operation) and noeud.signe == "||":
        for terme in noeud.termes:
            if _vrai(terme, contexte):
                yield from _remplies(terme, contexte)
    else:
        yield noeud


def _vrai(noeud: Noeud, contexte: Contexte) -> bool:
    try:
        return vrai(ecrire(noeud), contexte)
    except EvaluationImpossible:
        return False  # the other term of the « or » is what made it due


def _compte_un_controle(noeud: Noeud) -> bool:
    return any(isinstance(n, Chemin) and n.noms[0] == "controles" for n in parcourir(noeud))


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
    terme = terme_des_echeances(ecrire(noeud), contexte)
    if terme:
        return afficher(contexte["maintenant"], "date"), terme
    if isinstance(noeud, Operation) and len(noeud.termes) == 2 and noeud.signe != "in":
        gauche, droite = noeud.termes
        unite = _unite(traducteur, gauche) or _unite(traducteur, droite)
        return _montrer(gauche, unite, contexte), _montrer(droite, unite, contexte)
    lu = noeud.terme if isinstance(noeud, Non) else noeud
    return (_montrer(lu, "", contexte), "") if isinstance(lu, Chemin) else ("", "")


def _unite(traducteur: Traducteur, noeud: Noeud) -> str:
    if isinstance(noeud, Valeur):
        return ""
    with suppress(HorsDuParler):
        return traducteur.terme(noeud).unite
    return ""


def _montrer(noeud: Noeud, unite: str, contexte: Contexte) -> str:
    try:
        return afficher(compile_expression(ecrire(noeud)).evaluer(contexte), unite or None)
    except EvaluationImpossible:
        return ""
