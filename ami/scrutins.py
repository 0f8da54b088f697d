"""What happens in the room for one dossier: a member leaves, each votes, or all agree. Nothing commits here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from ami.actes import ACTES, Cadre
from ami.agir import choisir, valider
from ami.convocations import confirmer_deport, membres_a_prevenir
from ami.erreurs import DonneesInvalides, Refus
from ami.habilitations import AGENT
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
from ami.presences import deports_pour, exiger_quorum, presents_pour
from ami.reglements import reglement_de
from ami.seances import exiger_reunie, exiger_tenable
from ami.sujets import Acteur, identifiant
from ami.votes import ACTES_DE_COMITE, SENS, Scrutin, scrutin, scrutins
from rules.modele import Reglement


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
        DonneesInvalides: another campagne, a session cancelled or to come, or nothing of a comité is possible on this
            dossier now.
        Refus: too few members judge this dossier.
    """
    exiger_reunie(comite, maintenant)
    if dossier.campagne_id != comite.campagne_id:
        raise DonneesInvalides(f"Le dossier {dossier.numero} n'est pas de la campagne du comité {comite.code}.")
    reglement = reglement_de(session, dossier.campagne_id).reglement
    possibles = [t.acte for t in reglement.workflow("dossier").depuis(dossier.etat) if t.acte in ACTES_DE_COMITE]
    actes = list(dict.fromkeys(possibles))
    if acte not in actes and not (acte is None and len(actes) == 1):
        attendus = f"Actes possibles : {', '.join(actes)} (--acte)." if actes else "Il n'attend rien du comité."
        raise DonneesInvalides(f"Dossier {dossier.numero} : dites sur quoi le comité se prononce. {attendus}")
    exiger_quorum(session, comite, dossier, reglement)
    return Examen(session, comite, dossier, reglement, acte or str(actes[0]), maintenant)


def voter(examen: Examen, decision: str, votes: Mapping[str, str]) -> Scrutin:
    """Keep the votes on a decision; each may change until the session decides. One on another decision starts afresh.

    Nothing is erased: what is replaced stays, and the minutes tell it.

    Raises:
        DonneesInvalides: a word that is no vote, no such decision here, decided already, or a seat held by nobody.
        Refus: a member who is away, who does not judge this dossier, or no longer has the role.
    """
    _exiger_decision(examen, decision)
    _exiger_ouvert(examen, decision)
    for siege, sens in votes.items():
        if sens not in SENS:
            raise DonneesInvalides(f"« {sens} » n'est pas un vote : écrivez {', '.join(SENS)}.")
        _exiger_votant(examen, siege)
    tour = _tour_de_vote(examen, decision)
    for siege, sens in votes.items():
        _noter_vote(examen, decision, tour, siege, sens)
    examen.session.flush()
    return _scrutin(examen)


def accorder(examen: Examen, decision: str) -> Scrutin:
    """Keep that everybody present agrees on a decision; the votes noted before are told in the minutes.

    Raises:
        DonneesInvalides: no such decision here, or decided already.
        Refus: somebody voted against it: they say themselves that they changed their mind.
    """
    _exiger_decision(examen, decision)
    _exiger_ouvert(examen, decision)
    _exiger_sans_opposition(examen, decision)
    if examen.session.exec(select(Consensus).filter_by(**_clef(examen), decision=decision, remplace_le=None)).first():
        return _scrutin(examen)
    tour = _tour_suivant(examen)
    examen.session.add(Consensus(**_clef(examen), tour=tour, decision=decision, note_le=examen.maintenant))
    examen.session.flush()
    return _scrutin(examen)


def deporter(session: Session, comite: Comite, siege: str, dossier: Dossier, motif: str, maintenant: datetime) -> None:
    """A member leaves the room for a dossier: their vote on it no longer counts, and who holds the seat is told.

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
    if any(_derniere_decision(session, comite, dossier, acte) for acte in ACTES_DE_COMITE):
        raise _tout_est_dit(comite, dossier)
    for vote in session.exec(select(Vote).filter_by(**ici, remplace_le=None)):
        vote.remplace_le = maintenant
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
    if comite.sieges[siege] not in {p.id for p in membres_a_prevenir(examen.session, comite, examen.maintenant)}:
        raise Refus(f"{siege} : qui tient ce siège n'a plus le rôle membre_comite sur cette campagne, et ne vote pas.")


def _clef(examen: Examen) -> dict[str, Any]:
    return {
        "comite_id": identifiant(examen.comite),
        "dossier_id": identifiant(examen.dossier),
        "acte": examen.acte,
    }


def _exiger_ouvert(examen: Examen, decision: str) -> None:
    """Once decided, a decision is not voted again; another one may be put to the vote, which reopens the first."""
    decidee = _derniere_decision(examen.session, examen.comite, examen.dossier, examen.acte)
    if decidee is None or decidee.decision != decision:
        return
    dernier = scrutin(examen.session, examen.comite, examen.dossier, examen.acte, examen.reglement)
    if dernier is None or dernier.tour == decidee.tour:
        raise _tout_est_dit(examen.comite, examen.dossier)


def _tout_est_dit(comite: Comite, dossier: Dossier) -> DonneesInvalides:
    return DonneesInvalides(f"Le comité {comite.code} a déjà décidé du dossier {dossier.numero} : tout est dit.")


def _exiger_sans_opposition(examen: Examen, decision: str) -> None:
    """No agreement of all while the last ballot on this very decision has somebody against it."""
    dits = [s for s in _scrutins(examen) if s.decision == decision]
    opposes = [siege for siege, sens in (dits[-1].votes if dits else ()) if sens == "contre"]
    if opposes:
        raise Refus(
            f"Le dossier {examen.dossier.numero} n'a pas de consensus sur « {decision} » : {len(opposes)} vote(s) "
            f"contre ({', '.join(opposes)}). Qui a changé d'avis le dit par un nouveau vote (ami comite voter)."
        )


def _noter_vote(examen: Examen, decision: str, tour: int, siege: str, sens: str) -> None:
    ancien = examen.session.exec(select(Vote).filter_by(**_clef(examen), membre=siege, remplace_le=None)).first()
    if ancien is not None:
        if ancien.sens == sens:
            return
        ancien.remplace_le = examen.maintenant
        examen.session.flush()  # before the new line: one vote of a seat is in force at a time
    vote = Vote(**_clef(examen), tour=tour, membre=siege, sens=sens, decision=decision, note_le=examen.maintenant)
    examen.session.add(vote)


def _tour_de_vote(examen: Examen, decision: str) -> int:
    """The ballot under way when it is on this decision; else a new one, which follows whatever was said."""
    en_cours = examen.session.exec(select(Vote).filter_by(**_clef(examen), remplace_le=None)).first()
    if en_cours is not None and en_cours.decision == decision:
        return en_cours.tour
    return _tour_suivant(examen)


def _tour_suivant(examen: Examen) -> int:
    """Close what was said so far, and number what follows."""
    for table in (Vote, Consensus):
        for ligne in examen.session.exec(select(table).filter_by(**_clef(examen), remplace_le=None)):
            ligne.remplace_le = examen.maintenant
    examen.session.flush()
    return max((s.tour for s in _scrutins(examen)), default=0) + 1


def _scrutins(examen: Examen) -> list[Scrutin]:
    juges = presents_pour(examen.session, examen.comite, examen.dossier, examen.reglement)
    return scrutins(examen.session, examen.comite, examen.dossier, examen.acte, examen.reglement, juges)


def _scrutin(examen: Examen) -> Scrutin:
    trouve = scrutin(examen.session, examen.comite, examen.dossier, examen.acte, examen.reglement)
    return trouve or Scrutin("")


def _derniere_decision(
    session: Session, comite: Comite, dossier: Dossier, acte: str
) -> Deliberation | ExamenParticipation | None:
    """What this session last decided of the dossier by this act."""
    if acte == "examiner_participation":
        requete = select(ExamenParticipation).where(
            ExamenParticipation.comite_id == comite.id, ExamenParticipation.dossier_id == dossier.id
        )
        return session.exec(requete.order_by(col(ExamenParticipation.id).desc())).first()
    decidees = select(Deliberation).where(
        Deliberation.comite_id == comite.id, Deliberation.dossier_id == dossier.id, col(Deliberation.acte) == acte
    )
    return session.exec(decidees.order_by(col(Deliberation.id).desc())).first()
