"""Sessions of the committee: set, moved, cancelled, and who sat. Nothing commits here.

The members are the seats the règlement names; a person who holds the role on the campagne may hold one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from ami.convocations import convier, decommander, inscrits, membres_a_prevenir
from ami.erreurs import DonneesInvalides, Introuvable
from ami.models import Campagne, Comite, Consensus, Deliberation, Dossier, ExamenParticipation, Personne, Vote
from ami.presences import a_siege
from ami.sujets import identifiant
from rules.modele import Reglement
from rules.vocabulaire import Acte

NOTIFICATION: Final[Acte] = "notifier"
# What a dossier that waits for a session may do next; a co-investment is looked at when it is asked, not awaited.
ATTENDUS: Final[frozenset[Acte]] = frozenset({"selectionner", "deliberer", "convoquer"})


def trouver_seance(session: Session, code: str) -> Comite:
    """A session by its code, which is unique over all campagnes.

    Raises:
        Introuvable: none of that code.
    """
    comite = session.exec(select(Comite).where(Comite.code == code)).first()
    if comite is None:
        raise Introuvable(f"Aucun comité « {code} » : convoquez-le d'abord, ou voyez « ami comite lister CAMPAGNE ».")
    return comite


def convoquer(
    session: Session,
    campagne: Campagne,
    reglement: Reglement,
    *,
    code: str,
    tenue_le: datetime,
    lieu: str,
    maintenant: datetime,
    dossiers: Sequence[Dossier] | None = None,
) -> tuple[Comite, list[Personne]]:
    """Set a session and call its members; the agenda is every dossier that waits for it, unless some are named.

    Raises:
        DonneesInvalides: the code is taken, the règlement has no committee, or a dossier is of another campagne.
    """
    if reglement.comite is None:
        raise DonneesInvalides("Le règlement de cette campagne ne prévoit pas de comité.")
    if session.exec(select(Comite).where(Comite.code == code)).first() is not None:
        raise DonneesInvalides(f"Le comité « {code} » existe déjà : choisissez un autre code.")
    ailleurs = [d.numero for d in dossiers or () if d.campagne_id != campagne.id]
    if ailleurs:
        raise DonneesInvalides(f"D'une autre campagne que {campagne.code} : {', '.join(ailleurs)}.")
    attendent = en_attente(session, campagne, reglement) if dossiers is None else dossiers
    comite = Comite(
        campagne_id=identifiant(campagne),
        code=code,
        tenue_le=tenue_le,
        lieu=lieu,
        membres=list(reglement.comite.membres),
        ordre_du_jour=[identifiant(dossier) for dossier in attendent],
    )
    session.add(comite)
    session.flush()
    return comite, convier(session, comite, reglement, maintenant)


def deplacer(
    session: Session, comite: Comite, reglement: Reglement, *, tenue_le: datetime, lieu: str, maintenant: datetime
) -> list[Personne]:
    """Give a session another date or place, and call its members again; the same ones change nothing.

    Who had signed the sheet of the day it was to be signs again.

    Raises:
        DonneesInvalides: it was cancelled, or it has sat: something was voted or decided.
    """
    exiger_tenable(comite)
    if a_tenu(session, comite):
        raise DonneesInvalides(f"Le comité {comite.code} a déjà siégé : sa date ne change plus.")
    if (comite.tenue_le, comite.lieu) == (tenue_le, lieu):
        return []
    comite.tenue_le, comite.lieu, comite.revision = tenue_le, lieu, comite.revision + 1
    comite.presents, comite.sieges = [], {}
    session.flush()
    return convier(session, comite, reglement, maintenant)


def annuler(
    session: Session, comite: Comite, reglement: Reglement, *, motif: str, maintenant: datetime
) -> list[Personne]:
    """Cancel a session, and tell its members.

    Raises:
        DonneesInvalides: it is cancelled already, or it has sat.
    """
    exiger_tenable(comite)
    if a_tenu(session, comite):
        raise DonneesInvalides(f"Le comité {comite.code} a déjà siégé : il ne s'annule plus.")
    # A diary only lets go of an entry for a later revision of it.
    comite.annulee_le, comite.annulation, comite.revision = maintenant, motif, comite.revision + 1
    session.flush()
    return decommander(session, comite, reglement, maintenant)


def emarger(session: Session, comite: Comite, sieges: Mapping[str, Personne | None], maintenant: datetime) -> None:
    """Note which seats are held, and by whom when it is known. A seat held by nobody in particular does not vote.

    Raises:
        DonneesInvalides: the session is to come, not a seat, someone who is not a member or holds two seats, a seat
            that voted is left out, or the session has decided: its decisions were taken by those noted then.
    """
    exiger_reunie(comite, maintenant)
    if a_decide(session, comite):
        raise DonneesInvalides(f"Le comité {comite.code} a déjà décidé : sa feuille de présence ne change plus.")
    inconnus = [siege for siege in sieges if siege not in comite.membres]
    if inconnus:
        raise DonneesInvalides(f"Pas membre du comité : {', '.join(inconnus)}. Membres : {', '.join(comite.membres)}.")
    occupants = {siege: personne for siege, personne in sieges.items() if personne is not None}
    membres = {personne.id for personne in membres_a_prevenir(session, comite, maintenant)}
    etrangers = [p.nom_complet for p in occupants.values() if p.id not in membres]
    if etrangers:
        raise DonneesInvalides(
            f"Sans le rôle membre_comite sur cette campagne : {', '.join(etrangers)}. Donnez-leur ce rôle "
            "(ami importer personnes), ou notez le siège sans nommer personne : il ne votera pas."
        )
    if len({p.id for p in occupants.values()}) != len(occupants):
        raise DonneesInvalides("Une même personne ne peut pas tenir deux sièges.")
    _garder_les_votants(session, comite, occupants)
    comite.presents = [siege for siege in comite.membres if siege in sieges]
    comite.sieges = {siege: identifiant(p) for siege, p in occupants.items()}
    session.flush()


def exiger_tenable(comite: Comite) -> None:
    """Nothing happens in a session that was cancelled.

    Raises:
        DonneesInvalides: it was.
    """
    if comite.annulee_le is not None:
        raise DonneesInvalides(f"La séance {comite.code} a été annulée : convoquez-en une autre.")


def exiger_reunie(comite: Comite, maintenant: datetime) -> None:
    """Nobody signs in, votes nor agrees before the day of the session.

    Raises:
        DonneesInvalides: it was cancelled, or it is to come.
    """
    exiger_tenable(comite)
    if not a_siege(comite, maintenant):
        raise DonneesInvalides(
            f"Le comité {comite.code} ne s'est pas encore réuni : les présences et les votes se notent le jour de la "
            "séance, ou après."
        )


def a_tenu(session: Session, comite: Comite) -> bool:
    """True once something was voted, agreed or decided."""
    return a_decide(session, comite) or any(_existe(session, table, comite) for table in (Vote, Consensus))


def a_decide(session: Session, comite: Comite) -> bool:
    """True once something was decided."""
    return any(_existe(session, table, comite) for table in (Deliberation, ExamenParticipation))


def _existe(
    session: Session, table: type[Vote | Consensus | Deliberation | ExamenParticipation], comite: Comite
) -> bool:
    return session.exec(select(table.id).where(table.comite_id == comite.id).limit(1)).first() is not None


def en_attente(session: Session, campagne: Campagne, reglement: Reglement) -> list[Dossier]:
    """Dossiers whose next act may be the comité's, and about which nothing is decided yet, by number."""
    workflow = reglement.workflow("dossier")
    etats = [
        etat.code
        for etat in workflow.etats
        if (actes := {t.acte for t in workflow.depuis(etat.code)}) & ATTENDUS and NOTIFICATION not in actes
    ]
    requete = select(Dossier).where(Dossier.campagne_id == campagne.id, col(Dossier.etat).in_(etats))
    return list(session.exec(requete.order_by(col(Dossier.numero))))


def sans_decision(session: Session, comite: Comite) -> list[Dossier]:
    """Dossiers of the agenda about which the session decided nothing."""
    decides: set[int] = set()
    for table in (Deliberation, ExamenParticipation):
        decides |= set(session.exec(select(table.dossier_id).where(table.comite_id == comite.id)))
    return [dossier for dossier in inscrits(session, comite) if identifiant(dossier) not in decides]


def _garder_les_votants(session: Session, comite: Comite, occupants: Mapping[str, Personne]) -> None:
    """The record of a vote cannot lose its voter."""
    votants = set(session.exec(select(Vote.membre).where(Vote.comite_id == comite.id)))
    perdus = [s for s in votants if s not in occupants or comite.sieges.get(s) != occupants[s].id]
    if perdus:
        raise DonneesInvalides(f"A déjà voté : {', '.join(sorted(perdus))}. Le siège garde son occupant.")
