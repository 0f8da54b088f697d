"""Selections imagined for a campagne: kept with the rules they were made under, compared, one chosen by the comité."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from ami.choix.classement import classer
from ami.choix.donnees import Proposition, ReglesSelection
from ami.choix.optimum import SelectionImpossible, optimiser
from ami.choix.pack import Donnees, Scenario, canonique, empreinte
from ami.choix.selection import selectionner_par_rang
from ami.erreurs import DonneesInvalides, Introuvable
from ami.models import Campagne, Comite, Dossier, ScenarioSelection, ScoreFige
from ami.regards import OPERATEUR, Regard, exiger_ensemble
from ami.sujets import identifiant


@dataclass(frozen=True)
class Comparaison:
    """What a second selection changes to a first; `points` and `euros` are its totals less those of the first."""

    entrent: tuple[str, ...]
    sortent: tuple[str, ...]
    aide_changee: tuple[str, ...]
    points: Decimal
    euros: Decimal


def proposer(donnees: Donnees, regles: ReglesSelection, methode: str) -> Proposition:
    """A selection under some rules.

    Raises:
        DonneesInvalides: no selection meets them; says which cannot be met.
    """
    classement = classer(donnees.bareme, donnees.candidats, donnees.notations)
    if methode == "rang":
        return selectionner_par_rang(classement, donnees.candidats, regles)
    try:
        return optimiser(classement, donnees.candidats, regles)
    except SelectionImpossible as impossible:
        raise DonneesInvalides(str(impossible)) from impossible


def enregistrer(
    session: Session, campagne: Campagne, scenario: Scenario, donnees: Donnees, maintenant: datetime
) -> ScenarioSelection:
    """Keep a scenario; one of the same name is replaced, unless the comité chose it. Does not commit.

    Raises:
        DonneesInvalides: the comité chose that one already.
    """
    ligne = _trouve(session, campagne, scenario.nom) or ScenarioSelection(
        campagne_id=identifiant(campagne),
        nom=scenario.nom,
        regles={},
        proposition={},
        donnees_empreinte="",
        cree_le=maintenant,
    )
    if ligne.choisi_le is not None:
        raise DonneesInvalides(f"Le scénario « {scenario.nom} » est celui du comité : donnez un autre nom.")
    ligne.regles = scenario.regles.model_dump(mode="json")
    ligne.proposition = scenario.proposition.model_dump(mode="json")
    ligne.donnees_empreinte, ligne.cree_le = empreinte_de(donnees), maintenant
    session.add(ligne)
    session.flush()
    return ligne


def choisir(session: Session, campagne: Campagne, nom: str, comite: Comite, maintenant: datetime) -> ScenarioSelection:
    """The comité takes a scenario as its proposal; it replaces the one chosen before. Does not commit.

    Raises:
        Introuvable: no scenario of that name.
        DonneesInvalides: the session is of another campagne.
    """
    if comite.campagne_id != campagne.id:
        raise DonneesInvalides(f"Le comité {comite.code} n'est pas de la campagne {campagne.code}.")
    ligne = trouver(session, OPERATEUR, campagne, nom)
    for autre in lister(session, OPERATEUR, campagne):
        autre.choisi_le, autre.comite_id = None, None
    ligne.choisi_le, ligne.comite_id = maintenant, comite.id
    session.flush()
    return ligne


def lister(session: Session, regard: Regard, campagne: Campagne) -> Sequence[ScenarioSelection]:
    """The scenarios of a campagne, oldest first, for who may read every dossier scored.

    Raises:
        Introuvable: one of them may not be read, or the role sees no ranking.
    """
    notes = select(Dossier).where(Dossier.campagne_id == campagne.id, col(Dossier.id).in_(select(ScoreFige.dossier_id)))
    exiger_ensemble(session, regard, campagne, session.exec(notes))
    requete = select(ScenarioSelection).where(ScenarioSelection.campagne_id == campagne.id)
    return session.exec(requete.order_by(col(ScenarioSelection.id))).all()


def trouver(session: Session, regard: Regard, campagne: Campagne, nom: str) -> ScenarioSelection:
    """A scenario by its name.

    Raises:
        Introuvable: none of that name (says which exist), or one of its dossiers may not be read.
    """
    toutes = lister(session, regard, campagne)
    ligne = _trouve(session, campagne, nom)
    if ligne is None:
        connus = ", ".join(f"« {s.nom} »" for s in toutes) or "aucun"
        raise Introuvable(f"Aucun scénario « {nom} » dans cette campagne. Scénarios enregistrés : {connus}.")
    return ligne


def comparer(avant: Proposition, apres: Proposition) -> Comparaison:
    """What the second selection changes to the first."""
    aides_avant = {r.dossier: r.montant for r in avant.retenus}
    aides_apres = {r.dossier: r.montant for r in apres.retenus}
    communs = aides_avant.keys() & aides_apres.keys()
    return Comparaison(
        entrent=tuple(sorted(aides_apres.keys() - aides_avant.keys())),
        sortent=tuple(sorted(aides_avant.keys() - aides_apres.keys())),
        aide_changee=tuple(sorted(d for d in communs if aides_avant[d] != aides_apres[d])),
        points=apres.total_notes - avant.total_notes,
        euros=apres.total_montants - avant.total_montants,
    )


def empreinte_de(donnees: Donnees) -> str:
    """What a scenario was computed from, but for the instant: it is stale once this changes."""
    return empreinte(canonique(donnees.model_dump(mode="json", exclude={"arretee_a"})))


def _trouve(session: Session, campagne: Campagne, nom: str) -> ScenarioSelection | None:
    requete = select(ScenarioSelection).where(
        ScenarioSelection.campagne_id == campagne.id, ScenarioSelection.nom == nom
    )
    return session.exec(requete).first()
