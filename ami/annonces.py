"""Telling what a session decided: seen beforehand, letter by letter, then told in one act. Nothing commits here.

The preview is the act itself, done and undone: what it shows is what will leave.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from ami.agir import agir
from ami.courriers import est_une_lettre, lettre
from ami.destinataires import habilitees_sur
from ami.erreurs import ErreurMetier, Introuvable, Refus
from ami.habilitations import AGENT
from ami.models import Campagne, Comite, Courriel, Deliberation, Dossier
from ami.reglements import reglement_de
from ami.seances import NOTIFICATION, exiger_tenable
from ami.sujets import Acteur, Mouvement, Sujet, identifiant
from notifications.catalogue import FaitInvalide


@dataclass(frozen=True)
class CourrielPrevu:
    """A courriel as it would leave; `lettre` is the same on paper (PDF), when it is a decision and papers are asked."""

    message: str
    destinataire: str
    objet: str
    octets: bytes
    lettre: bytes | None = None


@dataclass(frozen=True)
class Annonce:
    """What notifying a dossier would do: its courriels, or why it cannot be notified (French)."""

    numero: str
    titre: str
    decision: str
    courriels: tuple[CourrielPrevu, ...] = ()
    empechement: str | None = None


def decisions_de(session: Session, comite: Comite) -> list[tuple[Dossier, Deliberation]]:
    """The last word of a session on each dossier it decided, by number: not of one another session decided since."""
    requete = (
        select(Dossier, Deliberation)
        .join(Deliberation, col(Deliberation.dossier_id) == col(Dossier.id))
        .where(Dossier.campagne_id == comite.campagne_id)
        .order_by(col(Deliberation.id))
    )
    dernieres = {dossier.numero: (dossier, deliberation) for dossier, deliberation in session.exec(requete)}
    return [couple for _, couple in sorted(dernieres.items()) if couple[1].comite_id == comite.id]


def a_notifier(session: Session, comite: Comite) -> list[tuple[Dossier, Deliberation]]:
    """Decisions of the session that wait to be told: those already told, or given up since, are not among them.

    Raises:
        DonneesInvalides: the session was cancelled.
    """
    exiger_tenable(comite)
    workflow = reglement_de(session, comite.campagne_id).reglement.workflow("dossier")
    return [
        (dossier, deliberation)
        for dossier, deliberation in decisions_de(session, comite)
        if any(t.acte == NOTIFICATION for t in workflow.depuis(dossier.etat))
    ]


def notifier_seance(session: Session, comite: Comite, acteur: Acteur, maintenant: datetime) -> list[Mouvement]:
    """Tell every decision of a session, all or none; what was told already is not told again.

    Raises:
        Refus: names the dossier that stops everything, and why. The edge undoes the others.
        Introuvable: this person is no agent of the campagne.
    """
    mouvements = []
    for dossier, _ in a_notifier(session, comite):
        try:
            mouvements.append(_notifier(session, dossier, acteur, maintenant))
        except Introuvable:
            raise  # who may not act learns no number
        except (ErreurMetier, FaitInvalide) as erreur:
            constats = erreur.constats if isinstance(erreur, Refus) else ()
            raise Refus(
                f"Le dossier {dossier.numero} arrête la notification, et rien n'est parti. {_raison(erreur)}", constats
            ) from erreur
    return mouvements


def apercevoir(
    session: Session, comite: Comite, acteur: Acteur, maintenant: datetime, *, lettres: bool = False
) -> list[Annonce]:
    """What notifying the session would send, dossier after dossier as it would be done; leaves nothing behind.

    A dossier that cannot be notified says why, and the others are shown as if it were set aside. `lettres` sets each
    decision on paper too, as `ami documents lettre` will.
    """
    essai = session.begin_nested()
    try:
        return [_annonce(session, *couple, acteur, maintenant, lettres) for couple in a_notifier(session, comite)]
    finally:
        essai.rollback()
        session.expire_all()  # états are written by plain UPDATEs, which a rollback does not undo in memory


def agent_par_defaut(session: Session, comite: Comite, maintenant: datetime) -> Acteur:
    """In whose name decisions are shown when nobody is named: the first agent of the campagne.

    Raises:
        Introuvable: it has none.
    """
    campagne = session.get_one(Campagne, comite.campagne_id)
    agents = habilitees_sur(session, campagne, AGENT, maintenant)
    if not agents:
        raise Introuvable(f"La campagne {campagne.code} n'a aucun agent : donnez ce rôle à une personne.")
    return Acteur(AGENT, agents[0].id)


def _annonce(
    session: Session, dossier: Dossier, deliberation: Deliberation, acteur: Acteur, maintenant: datetime, lettres: bool
) -> Annonce:
    dit = (dossier.numero, dossier.titre, deliberation.decision)
    try:
        # Kept until the whole preview is undone: the place this one takes is taken for those that follow.
        with session.begin_nested():
            mouvement = _notifier(session, dossier, acteur, maintenant)
    except Introuvable:
        raise
    except (ErreurMetier, FaitInvalide) as erreur:
        session.expire_all()
        return Annonce(*dit, empechement=_raison(erreur))
    return Annonce(*dit, courriels=tuple(_courriels(session, dossier, mouvement, lettres)))


def _notifier(session: Session, dossier: Dossier, acteur: Acteur, maintenant: datetime) -> Mouvement:
    sujet = Sujet("dossier", identifiant(dossier))
    return agir(session, NOTIFICATION, sujet, {}, acteur=acteur, maintenant=maintenant)


def _courriels(session: Session, dossier: Dossier, mouvement: Mouvement, lettres: bool) -> Iterator[CourrielPrevu]:
    cause = f"{mouvement.sujet}:{mouvement.seq}:{mouvement.transition}"
    lignes: Sequence[Courriel] = session.exec(
        select(Courriel).where(Courriel.cause == cause).order_by(col(Courriel.id))
    ).all()
    for ligne in lignes:
        papier = _papier(session, dossier, ligne) if lettres and est_une_lettre(ligne) else None
        yield CourrielPrevu(ligne.message, ligne.destinataire, ligne.objet, ligne.octets, papier)


def _papier(session: Session, dossier: Dossier, courriel: Courriel) -> bytes:
    emission = lettre(session, dossier, courriel)
    return emission.mettre_en_page(emission.reference)


def _raison(erreur: Exception) -> str:
    return erreur.message if isinstance(erreur, ErreurMetier) else str(erreur)
