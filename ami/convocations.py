"""Telling the members of a comité that it meets, meets otherwise, or does not meet. Enqueues, never commits."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from ami.destinataires import destinataire_de, destinataire_suivi, habilitees_sur
from ami.faits import expediteur_de, faits_de_base
from ami.faits_accompagnement import Faits, cause_convocation, seance
from ami.habilitations import exclusions
from ami.models import Campagne, Comite, Dossier, Personne
from ami.sujets import Acteur
from notifications.outbox import enqueue
from notifications.render import Destinataire, clef_de, render
from rules.modele import Reglement
from rules.vocabulaire import Role

CONVOCATION = "convocation_comite"
ANNULATION = "comite_annule"
DEPORT = "deport_confirme"
MEMBRE: Role = "membre_comite"


def membres_a_prevenir(session: Session, comite: Comite, maintenant: datetime) -> list[Personne]:
    """The persons who hold the role on the campagne today."""
    return habilitees_sur(session, session.get_one(Campagne, comite.campagne_id), MEMBRE, maintenant)


def convier(session: Session, comite: Comite, reglement: Reglement, maintenant: datetime) -> list[Personne]:
    """Call the members to a session to come; nobody is called to one that is past. Each is told once per date.

    A member reads the agenda to say what they have a link with: what they are known to have one with is not on it.
    """
    if comite.tenue_le < maintenant:
        return []
    ordre_du_jour = inscrits(session, comite)

    def faits(membre: Personne | None) -> Faits:
        tus = exclusions(session, ordre_du_jour, Acteur(MEMBRE, membre.id)) if membre is not None else {}
        return {"dossiers": [f"{d.numero} – {d.titre}" for d in ordre_du_jour if d.id not in tus]}

    return _ecrire_a_tous(session, comite, reglement, CONVOCATION, faits, maintenant)


def decommander(session: Session, comite: Comite, reglement: Reglement, maintenant: datetime) -> list[Personne]:
    """Tell the members that the session will not be held, unless its hour is past."""
    if comite.tenue_le < maintenant:
        return []
    faits = {"commentaire": comite.annulation}
    return _ecrire_a_tous(session, comite, reglement, ANNULATION, lambda _: faits, maintenant)


def confirmer_deport(
    session: Session, comite: Comite, dossier: Dossier, personne: Personne, reglement: Reglement, maintenant: datetime
) -> None:
    """Confirm to a member that they take no part in a dossier."""
    faits = faits_de_base(session, dossier, reglement, maintenant) | {"evaluateur_nom": personne.nom_complet}
    cause = f"comite:{comite.id}:dossier:{dossier.id}:deport"
    _ecrire(session, comite, reglement, DEPORT, faits, destinataire_de(personne), cause, maintenant)


def inscrits(session: Session, comite: Comite) -> list[Dossier]:
    """The dossiers on the agenda, by number."""
    requete = select(Dossier).where(col(Dossier.id).in_(comite.ordre_du_jour))
    return list(session.exec(requete.order_by(col(Dossier.numero))))


def _ecrire_a_tous(
    session: Session,
    comite: Comite,
    reglement: Reglement,
    message: str,
    faits: Callable[[Personne | None], Faits],
    maintenant: datetime,
) -> list[Personne]:
    """Write to each member what is for them, and to staff's own box (nobody's) the whole."""
    campagne = session.get_one(Campagne, comite.campagne_id)
    personnes = membres_a_prevenir(session, comite, maintenant)
    destinataires = [(destinataire_de(personne), faits(personne)) for personne in personnes]
    suivi = destinataire_suivi(campagne, reglement)
    if (
        suivi is not None
        and destinataires
        and reglement.copie_suivi.active
        and message not in reglement.copie_suivi.sauf
    ):
        destinataires.append((suivi, faits(None)))
    communs = _faits(campagne, comite, reglement)
    for qui, siens in destinataires:
        _ecrire(session, comite, reglement, message, communs | siens, qui, cause_convocation(comite), maintenant)
    return personnes


def _ecrire(
    session: Session,
    comite: Comite,
    reglement: Reglement,
    message: str,
    faits: Mapping[str, object],
    destinataire: Destinataire,
    cause: str,
    maintenant: datetime,
) -> None:
    campagne = session.get_one(Campagne, comite.campagne_id)
    pret = render(
        message,
        faits,
        destinataire,
        expediteur=expediteur_de(campagne, reglement),
        clef=clef_de(cause, message, destinataire.ref),
        cause=cause,
        maintenant=maintenant,
        # Once the session is over, its convocation is of no use to anybody.
        expire_a=comite.tenue_le if message in (CONVOCATION, ANNULATION) else None,
    )
    enqueue(session, pret, maintenant)


def _faits(campagne: Campagne, comite: Comite, reglement: Reglement) -> Faits:
    organisme = reglement.programme.organisme
    return {
        "campagne_nom": campagne.nom,
        "programme_nom": reglement.programme.nom,
        "organisme_nom": organisme.nom,
        "organisme_contact": organisme.contact,
        "mention_donnees": reglement.mention_donnees,
        **seance(comite),
    }
