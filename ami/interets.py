"""Evaluators who still hold a dossier they may no longer judge: nobody reminds them of it, and staff is told once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from ami.conflits import conflits_de_chacun, en_conflit, sans_conflit
from ami.destinataires import Portee, personnes_du_role
from ami.habilitations import EVALUATEUR
from ami.incidents import ecarter, refermer
from ami.models import Affectation, Campagne, Dossier, Echeance, Incident, Personne, ScoreFige, SujetBase
from ami.sujets import Sujet, dossier_de, identifiant
from ami.vivier import DEMANDEE, RENDUE

ORIGINE: Final = "interets"


def due_par_un_interesse(session: Session, ligne: SujetBase, echeance: Echeance) -> bool:
    """True when the one person who owes this evaluation has an interest in the dossier: it is not to be asked again."""
    if echeance.role != EVALUATEUR or echeance.personne_id is None:
        return False
    personne = session.get_one(Personne, echeance.personne_id)
    return en_conflit(session, dossier_de(session, ligne), personne) is not None


def tenus_par_le_role(ou: Portee, role: str) -> Sequence[Personne]:
    """Who holds the role; of evaluators, those who may judge this dossier."""
    personnes = personnes_du_role(ou, role)
    return sans_conflit(ou.session, ou.dossier, personnes) if role == EVALUATEUR else personnes


def signaler(session: Session, campagne: Campagne, maintenant: datetime) -> None:
    """Note the dossiers held by somebody in conflict, each once, and close those given up since. Does not commit."""
    raisons = _raisons(session, campagne)
    ouverts = _ouverts(session, campagne)
    for sujet, raison in raisons.items():
        if ouverts.get(sujet) != raison:
            ecarter(session, sujet, raison, origine=ORIGINE, maintenant=maintenant)
    refermer(session, ouverts.keys() - raisons.keys(), origine=ORIGINE, maintenant=maintenant)


def _raisons(session: Session, campagne: Campagne) -> dict[Sujet, str]:
    """What to tell staff of each dossier whose score may still change."""
    couples = session.exec(
        select(Dossier, Personne)
        .join(Affectation, col(Affectation.dossier_id) == col(Dossier.id))
        .join(Personne, col(Personne.id) == col(Affectation.personne_id))
        .where(
            Dossier.campagne_id == campagne.id,
            col(Affectation.statut).in_((DEMANDEE, RENDUE)),
            col(Dossier.id).not_in(select(ScoreFige.dossier_id)),
        )
        .order_by(col(Dossier.numero), col(Personne.id))
    ).all()
    dossiers = list({identifiant(d): d for d, _ in couples}.values())
    trouves = conflits_de_chacun(session, dossiers, list({identifiant(p): p for _, p in couples}.values()))
    phrases: dict[Sujet, list[str]] = defaultdict(list)
    for dossier, personne in couples:
        motif = trouves[identifiant(dossier)].get(identifiant(personne))
        if motif is not None:
            phrases[Sujet("dossier", identifiant(dossier))].append(_phrase(dossier, personne, motif))
    return {sujet: " ".join(dites) for sujet, dites in phrases.items()}


def _phrase(dossier: Dossier, personne: Personne, motif: str) -> str:
    return (
        f"Ce dossier est confié à {personne.nom_complet} alors que {motif}. Demandez-lui de se déporter "
        f"(ami agir {dossier.numero} se_deporter) : plus aucun rappel ne lui est envoyé."
    )


def _ouverts(session: Session, campagne: Campagne) -> dict[Sujet, str]:
    """What staff was told already, and is not settled."""
    requete = select(Incident.sujet_id, Incident.raison).where(
        Incident.sujet_kind == "dossier",
        Incident.origine == ORIGINE,
        col(Incident.resolu_le).is_(None),
        col(Incident.sujet_id).in_(select(Dossier.id).where(Dossier.campagne_id == campagne.id)),
    )
    return {Sujet("dossier", sujet_id): raison for sujet_id, raison in session.exec(requete)}
