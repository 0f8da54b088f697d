"""Who is to read what in a campagne: every dossier ready for evaluation gets its evaluators at once, exactly.

The plan engages nobody: it is what the start of each evaluation takes up, as far as each person is then still free.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from ami.affectations import clef, deja_demandes, lecteur, recrire_le_plan
from ami.choix.affectation import Demande, Repartition, RepartitionImpossible, repartir
from ami.choix.solveur import SolveurMuet
from ami.contexte import construire
from ami.erreurs import DonneesInvalides, Refus
from ami.models import Affectation, Campagne, Dossier, Personne
from ami.reglements import reglement_de
from ami.sujets import Acteur, identifiant
from ami.vivier import DEPORTEE, Couple, Vivier, aptitudes, charges, lire_vivier, prevues
from rules.evaluation import est_due, evaluer_transition
from rules.modele import Grille, Reglement, Transition
from rules.vocabulaire import Acte

LANCER: Final[Acte] = "lancer_evaluation"


@dataclass(frozen=True)
class Charge:
    """What a person read before the plan, and reads with it."""

    personne: Personne
    avant: int
    apres: int


@dataclass(frozen=True)
class PlanDeLecture:
    """A plan: the readers of each dossier, by number; what it is worth, and whether nothing does better.

    `versions` are those of the dossiers it was made from.
    """

    lecteurs: dict[str, list[Personne]]
    versions: dict[str, int]
    charges: list[Charge]
    points: dict[Couple, int]
    aptitude: int
    ecart: int
    prouvee: bool


def repartir_campagne(session: Session, campagne: Campagne, maintenant: datetime) -> PlanDeLecture:
    """The best plan for every dossier of the campagne that waits for its evaluators; nothing is written.

    Raises:
        DonneesInvalides: the règlement has no grille.
        Refus: no plan exists; the message names the dossiers, or says what lacks.
    """
    reglement = reglement_de(session, identifiant(campagne)).reglement
    if reglement.grille is None:
        raise DonneesInvalides(f"Le règlement de la campagne {campagne.code} n'a pas de grille : rien ne s'y évalue.")
    attendus = _qui_attendent(session, campagne, reglement, reglement.grille, maintenant)
    vivier = lire_vivier(session, list(attendus.values()), maintenant)
    points = aptitudes(session, reglement.grille, list(attendus.values()), vivier)
    deja = charges(session, identifiant(campagne))
    trouvee = _resoudre(session, attendus, reglement.grille, vivier, points, deja)
    return _lire(trouvee, attendus, vivier, points, deja)


def enregistrer_plan(session: Session, campagne: Campagne, plan: PlanDeLecture, maintenant: datetime) -> None:
    """Keep a plan instead of the former one; what both say keeps its row.

    A plan takes time to compute: a dossier that moved meanwhile is left out of it.
    """
    requete = select(Dossier).where(col(Dossier.numero).in_(list(plan.lecteurs)))
    ids = {d.numero: identifiant(d) for d in session.exec(requete) if d.version == plan.versions[d.numero]}
    voulus = {(i, identifiant(personne)) for numero, i in ids.items() for personne in plan.lecteurs[numero]}
    recrire_le_plan(session, prevues(session, identifiant(campagne)), voulus, plan.points, maintenant)


def _qui_attendent(
    session: Session, campagne: Campagne, reglement: Reglement, grille: Grille, maintenant: datetime
) -> dict[str, Dossier]:
    """By number, the dossiers whose evaluation may start now and who lack evaluators."""
    transitions = [t for t in reglement.workflow("dossier").transitions if t.acte == LANCER]
    departs = {etat for t in transitions for etat in t.de}
    requete = select(Dossier).where(Dossier.campagne_id == campagne.id, col(Dossier.etat).in_(departs))
    dossiers = list(session.exec(requete.order_by(col(Dossier.numero))))
    lus = _lecteurs_actuels(session, dossiers)
    return {
        d.numero: d
        for d in dossiers
        if lus[identifiant(d)] < grille.evaluateurs_par_dossier
        and any(_possible(session, d, reglement, t, maintenant) for t in transitions if d.etat in t.de)
    }


def _possible(
    session: Session, dossier: Dossier, reglement: Reglement, transition: Transition, maintenant: datetime
) -> bool:
    """True when a transition could be taken now, by somebody of its first role."""
    acteur = Acteur(transition.roles[0], None)
    contexte = construire(
        session, dossier, reglement, acteur=acteur, donnees={}, maintenant=maintenant, acte=transition.acte
    )
    constats = evaluer_transition(reglement, transition, contexte) if est_due(transition, contexte) else None
    return constats is not None and all(constat.satisfait for constat in constats)


def _lecteurs_actuels(session: Session, dossiers: Sequence[Dossier]) -> Counter[int]:
    """How many evaluators each dossier has, those of a former round included: they are asked again first."""
    requete = select(Affectation.dossier_id).where(
        col(Affectation.dossier_id).in_([d.id for d in dossiers]), Affectation.statut != DEPORTEE
    )
    return Counter(session.exec(requete))


def _resoudre(
    session: Session,
    attendus: Mapping[str, Dossier],
    grille: Grille,
    vivier: Vivier,
    points: Mapping[Couple, int],
    deja: Mapping[int, int],
) -> Repartition:
    dossiers = list(attendus.values())
    numeros = {identifiant(d): d.numero for d in dossiers}
    lus = _lecteurs_actuels(session, dossiers)
    exclus = {(numeros[d], clef(p)) for d, ecartes in vivier.ecartes.items() for p in ecartes}
    exclus |= {(numeros[d], clef(p)) for d, p in deja_demandes(session, dossiers)}
    try:
        return repartir(
            [Demande(dossier=n, nombre=grille.evaluateurs_par_dossier - lus[d]) for d, n in numeros.items()],
            [lecteur(p, deja, vivier) for p in vivier.personnes],
            {(numeros[d], clef(p)): valeur for (d, p), valeur in points.items()},
            exclus,
        )
    except RepartitionImpossible as impossible:
        raise Refus(str(impossible)) from impossible
    except SolveurMuet as muet:
        raise Refus(
            "Le calcul n'a pas abouti dans le temps accordé. Recommencez quand la machine est moins chargée ; "
            "l'évaluation de chaque dossier peut aussi être lancée sans plan."
        ) from muet


def _lire(
    trouvee: Repartition,
    attendus: Mapping[str, Dossier],
    vivier: Vivier,
    points: dict[Couple, int],
    deja: Mapping[int, int],
) -> PlanDeLecture:
    lecteurs: dict[str, list[Personne]] = {numero: [] for numero in attendus}
    for numero, evaluateur in sorted(trouvee.paires):
        lecteurs[numero].append(vivier.personnes[int(evaluateur)])
    return PlanDeLecture(
        lecteurs=lecteurs,
        versions={numero: dossier.version for numero, dossier in attendus.items()},
        charges=[Charge(p, deja.get(i, 0), trouvee.charges[clef(i)]) for i, p in vivier.personnes.items()],
        points=points,
        aptitude=trouvee.aptitude,
        ecart=trouvee.ecart,
        prouvee=trouvee.prouvee,
    )
