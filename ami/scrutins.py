"""What happens in the room for one dossier: a member leaves, each votes, or all agree. Nothing commits here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from ami.actes import ACTES, Cadre
from ami.agir import choisir, valider
from ami.convocations import confirmer_deport
from ami.erreurs import DonneesInvalides, Refus
from ami.models import (
    Campagne,
    Comite,
    Consensus,
    Deliberation,
    DeportComite,
    Dossier,
    ExamenParticipation,
    Personne,
    Vote,
)
from ami.presences import deports_pour, exiger_quorum
from ami.reglements import reglement_de
from ami.seances import exiger_tenable
from ami.sujets import Acteur, identifiant
from ami.votes import ACTES_DE_COMITE, SENS, Scrutin, scrutin
from rules.modele import Reglement
from rules.vocabulaire import Role

AGENT: Role = "agent"


@dataclass(frozen=True)
class Examen:
    """A dossier before a session: under which règlement, when, and the act its decision will be."""

    session: Session
    comite: Comite
    dossier: Dossier
    reglement: Reglement
    acte: str
    maintenant: datetime


def examiner(
    session: Session, comite: Comite, dossier: Dossier, maintenant: datetime, acte: str | None = None
) -> Examen:
    """Take a dossier before a session; the act is the one it waits for, unless it is named.

    Raises:
        DonneesInvalides: another campagne, a cancelled session, or nothing of a comité is possible now on this dossier.
        Refus: too few members judge this dossier.
    """
    exiger_tenable(comite)
    if dossier.campagne_id != comite.campagne_id:
        raise DonneesInvalides(f"Le dossier {dossier.numero} n'est pas de la campagne du comité {comite.code}.")
    reglement = reglement_de(session, dossier.campagne_id).reglement
    possibles = [t.acte for t in reglement.workflow("dossier").depuis(dossier.etat) if t.acte in ACTES_DE_COMITE]
    actes = list(dict.fromkeys(possibles))
    if acte not in actes and not (acte is None and len(actes) == 1):
        attendus = f"Actes possibles : {', '.join(actes)} (--acte)." if actes else "Il n'attend rien du comité."
        raise DonneesInvalides(f"Dossier {dossier.numero} : dites sur quoi le comité se prononce. {attendus}")
    choisi = acte or str(actes[0])
    if _deja_decide(session, comite, dossier, choisi):
        raise DonneesInvalides(f"Le comité {comite.code} a déjà décidé du dossier {dossier.numero} : tout est dit.")
    exiger_quorum(session, comite, dossier, reglement)
    return Examen(session, comite, dossier, reglement, choisi, maintenant)


def voter(examen: Examen, decision: str, votes: Mapping[str, str]) -> Scrutin:
    """Keep the votes on a decision; each may change until the session decides. One on another decision starts afresh.

    Raises:
        DonneesInvalides: a word that is no vote, no such decision here, or a seat held by nobody in particular.
        Refus: a member who is away, or who does not judge this dossier.
    """
    _exiger_decision(examen, decision)
    for siege, sens in votes.items():
        if sens not in SENS:
            raise DonneesInvalides(f"« {sens} » n'est pas un vote : écrivez {', '.join(SENS)}.")
        _exiger_votant(examen, siege)
    _oublier_accord(examen)
    _oublier_votes(examen, sauf=decision)
    for siege, sens in votes.items():
        _noter_vote(examen, decision, siege, sens)
    examen.session.flush()
    return _scrutin(examen)


def accorder(examen: Examen, decision: str) -> Scrutin:
    """Keep that everybody present agrees on a decision; votes noted before are forgotten.

    Raises:
        DonneesInvalides: no such decision here.
    """
    _exiger_decision(examen, decision)
    _oublier_accord(examen)
    _oublier_votes(examen)
    examen.session.add(Consensus(**_clef(examen), decision=decision, note_le=examen.maintenant))
    examen.session.flush()
    return _scrutin(examen)


def deporter(session: Session, comite: Comite, siege: str, dossier: Dossier, motif: str, maintenant: datetime) -> None:
    """A member leaves the room for a dossier: their vote on it is forgotten, and who holds the seat is told.

    Raises:
        DonneesInvalides: not a seat, another campagne, a cancelled session, noted already, or decided already.
    """
    exiger_tenable(comite)
    if siege not in comite.membres:
        raise DonneesInvalides(f"Pas membre du comité : {siege}. Membres : {', '.join(comite.membres)}.")
    if dossier.campagne_id != comite.campagne_id:
        raise DonneesInvalides(f"Le dossier {dossier.numero} n'est pas de la campagne du comité {comite.code}.")
    ici: dict[str, Any] = {"comite_id": identifiant(comite), "dossier_id": identifiant(dossier), "membre": siege}
    if session.exec(select(DeportComite).filter_by(**ici)).first() is not None:
        raise DonneesInvalides(f"Le déport de {siege} pour le dossier {dossier.numero} est déjà noté.")
    if any(_deja_decide(session, comite, dossier, acte) for acte in ACTES_DE_COMITE):
        raise DonneesInvalides(f"Le comité {comite.code} a déjà décidé du dossier {dossier.numero} : tout est dit.")
    for vote in session.exec(select(Vote).filter_by(**ici)):
        session.delete(vote)
    session.add(DeportComite(**ici, motif=motif, note_le=maintenant))
    session.flush()
    if siege in comite.sieges:
        personne = session.get_one(Personne, comite.sieges[siege])
        reglement = reglement_de(session, dossier.campagne_id).reglement
        confirmer_deport(session, comite, dossier, personne, reglement, maintenant)


def _exiger_decision(examen: Examen, decision: str) -> None:
    """The decision is one that the règlement opens here: whether it may be taken is for the act itself."""
    enregistre = ACTES[examen.acte]
    donnees = valider(enregistre, {"decision": decision, "motif": decision, "comite": identifiant(examen.comite)})
    campagne = examen.session.get_one(Campagne, examen.dossier.campagne_id)
    cadre = Cadre(examen.session, Acteur(AGENT), examen.maintenant, campagne, examen.reglement)
    try:
        choisir(examen.session, cadre, examen.dossier, examen.acte, donnees.model_dump())
    except Refus as refus:
        raise DonneesInvalides(
            f"« {decision} » n'est pas une décision possible pour le dossier {examen.dossier.numero} : "
            "voyez celles que nomme le règlement."
        ) from refus


def _exiger_votant(examen: Examen, siege: str) -> None:
    comite, numero = examen.comite, examen.dossier.numero
    if siege not in comite.membres:
        raise DonneesInvalides(f"Pas membre du comité : {siege}. Membres : {', '.join(comite.membres)}.")
    if siege not in comite.presents:
        raise Refus(f"{siege} n'a pas siégé au comité {comite.code} : un absent ne vote pas.")
    motif = deports_pour(examen.session, comite, examen.dossier, examen.reglement).get(siege)
    if motif is not None:
        raise Refus(f"{siege} ne prend pas part au dossier {numero} : {motif}.")
    if siege not in comite.sieges:
        raise DonneesInvalides(
            f"Personne n'est nommé au siège {siege} : notez qui le tient (ami comite emarger) pour qu'il vote."
        )


def _clef(examen: Examen) -> dict[str, Any]:
    return {
        "comite_id": identifiant(examen.comite),
        "dossier_id": identifiant(examen.dossier),
        "acte": examen.acte,
    }


def _noter_vote(examen: Examen, decision: str, siege: str, sens: str) -> None:
    vote = examen.session.exec(select(Vote).filter_by(**_clef(examen), membre=siege)).first()
    vote = vote or Vote(**_clef(examen), membre=siege, sens=sens, decision=decision, note_le=examen.maintenant)
    vote.sens, vote.note_le = sens, examen.maintenant
    examen.session.add(vote)


def _oublier_votes(examen: Examen, *, sauf: str | None = None) -> None:
    for vote in examen.session.exec(select(Vote).filter_by(**_clef(examen))):
        if vote.decision != sauf:
            examen.session.delete(vote)
    examen.session.flush()


def _oublier_accord(examen: Examen) -> None:
    examen.session.execute(delete(Consensus).filter_by(**_clef(examen)))


def _scrutin(examen: Examen) -> Scrutin:
    trouve = scrutin(examen.session, examen.comite, examen.dossier, examen.acte, examen.reglement)
    return trouve or Scrutin("")


def _deja_decide(session: Session, comite: Comite, dossier: Dossier, acte: str) -> bool:
    """True once this session has decided of the dossier by this act."""
    if acte == "examiner_participation":
        requete = select(ExamenParticipation.id).where(
            ExamenParticipation.comite_id == comite.id, ExamenParticipation.dossier_id == dossier.id
        )
        return session.exec(requete).first() is not None
    decidee = select(Deliberation.id).where(
        Deliberation.comite_id == comite.id, Deliberation.dossier_id == dossier.id, col(Deliberation.acte) == acte
    )
    return session.exec(decidee).first() is not None
