"""Reminders: each once, the one that matters and not the burst, several to one person in one courriel.

Level-triggered: a run looks at what is due now and was not issued, whatever happened to the runs before it.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from ami.contexte import construire
from ami.destinataires import destinataire_de, destinataire_suivi, portee, resoudre
from ami.erreurs import ErreurMetier
from ami.faits import expediteur_de, faits_de_base, pieces_attendues
from ami.incidents import ecarter, refermer
from ami.interets import due_par_un_interesse, signaler, tenus_par_le_role
from ami.models import Campagne, Echeance, Personne, RelanceEmise, SujetBase
from ami.pannes import passager, raison_de
from ami.reglements import reglement_de
from ami.sujets import SYSTEME, Sujet, charger_sujet, dossier_de, identifiant
from notifications.adresses import AdresseInvalide
from notifications.catalogue import FaitInvalide
from notifications.outbox import enqueue
from notifications.render import CourrielPret, Destinataire, Expediteur, clef_de, render
from rules.calendrier import instants_relance, jour_legal
from rules.modele import EcheanceRegle, Reglement, Relance

logger = logging.getLogger(__name__)

ORIGINE: Final = "relances"
ENVOYEE: Final = "envoyee"
PASSEE: Final = "passee"
GROUPE: Final = "relances_groupees"
# How long a reminder that no other follows stays worth sending.
UTILE: Final = timedelta(days=7)


# What a reminder that cannot be written or addressed says by itself.
PREVUES: Final = (ErreurMetier, FaitInvalide, AdresseInvalide)


@dataclass(frozen=True)
class EchecRelance:
    """A reminder that could not be written or addressed; nothing is kept of it, the next run tries again."""

    sujet: Sujet
    echeance_id: int
    raison: str


@dataclass(frozen=True)
class BilanRelances:
    """What a run did: reminders issued, passed over, courriels enqueued (staff's copies included), failures."""

    envoyees: int = 0
    passees: int = 0
    courriels: int = 0
    echecs: list[EchecRelance] = field(default_factory=list)


@dataclass(frozen=True)
class Due:
    """The reminder of one échéance that matters now, with those it makes useless."""

    echeance: Echeance
    regle: EcheanceRegle
    relance: Relance
    prevue_a: datetime
    expire_a: datetime
    depassees: list[tuple[Relance, datetime]]

    @property
    def sujet(self) -> Sujet:
        """What the échéance is about."""
        return Sujet(self.echeance.sujet_kind, self.echeance.sujet_id)


@dataclass(frozen=True)
class Rappel:
    """A reminder with its facts and the persons it is for."""

    due: Due
    dossier_numero: str
    faits: dict[str, Any]
    destinataires: list[Destinataire]
    prets: dict[str, CourrielPret]  # the reminder's own message, by recipient


def emettre_relances(session: Session, campagne: Campagne, maintenant: datetime) -> BilanRelances:
    """Enqueue every reminder of a campagne that is due and was not issued. Does not commit.

    Run again at the same instant or later, it issues nothing twice. A reminder that fails, whatever the reason, is
    listed in `echecs` and does not stop the others; only trouble of the database goes up. An evaluator who has an
    interest in the dossier is not reminded of it: staff is told that they still hold it.

    Raises:
        Introuvable, ReglementRefuse: the campagne's règlement cannot be read.
    """
    reglement = reglement_de(session, identifiant(campagne)).reglement
    expediteur = expediteur_de(campagne, reglement)
    echecs: list[EchecRelance] = []
    rappels: list[Rappel] = []
    passees = 0
    emises = relances_emises(session, campagne)
    for echeance in _ouvertes(session, campagne):
        echec = _echec(echeance)
        try:
            due = _due(reglement, echeance, emises.get(identifiant(echeance), {}), maintenant)
            if due is None:
                continue
            with session.begin_nested():
                rappel, depassees = _traiter(session, reglement, due, campagne, expediteur, maintenant)
        except Exception as erreur:
            if passager(erreur):
                raise
            echecs.append(replace(echec, raison=_raison(echec, erreur)))
            continue
        passees += depassees
        rappels += [rappel] if rappel is not None else []
    courriels = list(_pour_les_personnes(rappels, expediteur, maintenant))
    enregistres = sum(enqueue(session, courriel, maintenant) for courriel in courriels)
    refermer(session, {r.due.sujet for r in rappels}, origine=ORIGINE, maintenant=maintenant)
    for echec in echecs:
        ecarter(session, echec.sujet, echec.raison, origine=ORIGINE, maintenant=maintenant)
    signaler(session, campagne, maintenant)
    session.flush()
    return BilanRelances(len(rappels), passees, enregistres, echecs)


def _traiter(
    session: Session,
    reglement: Reglement,
    due: Due,
    campagne: Campagne,
    expediteur: Expediteur,
    maintenant: datetime,
) -> tuple[Rappel | None, int]:
    """One reminder, whole or not at all (the caller's savepoint): what to send, and how many it passes over."""
    ouverte = _encore_ouverte(session, reglement, due.echeance)
    if not ouverte or due_par_un_interesse(session, _sujet(session, due.echeance), due.echeance):
        return None, 0
    rappel = _preparer(session, reglement, due, campagne, expediteur, maintenant)
    depassees = _passer(session, due, maintenant)
    reservee = _reserver(session, due.echeance, due.relance.code, ENVOYEE, due.prevue_a, maintenant)
    return rappel if reservee else None, depassees


def _raison(echec: EchecRelance, erreur: Exception) -> str:
    """Why a reminder is set aside; what nobody foresaw is told to the operator as well."""
    if isinstance(erreur, PREVUES):
        return str(erreur)
    logger.error("reminder of échéance %d of %s set aside", echec.echeance_id, echec.sujet, exc_info=erreur)
    return raison_de(erreur)


def _ouvertes(session: Session, campagne: Campagne) -> Sequence[Echeance]:
    return session.exec(
        select(Echeance)
        .where(Echeance.campagne_id == campagne.id, col(Echeance.fermee_le).is_(None))
        .order_by(col(Echeance.id))
    ).all()


def relances_emises(session: Session, campagne: Campagne) -> dict[int, dict[str, datetime]]:
    """Reminders already issued or passed over, by échéance."""
    requete = (
        select(RelanceEmise)
        .join(Echeance, col(Echeance.id) == col(RelanceEmise.echeance_id))
        .where(Echeance.campagne_id == campagne.id, col(Echeance.fermee_le).is_(None))
    )
    par_echeance: dict[int, dict[str, datetime]] = {}
    for emise in session.exec(requete):
        par_echeance.setdefault(emise.echeance_id, {})[emise.code] = emise.prevue_a
    return par_echeance


def prochaine_relance(
    regle: EcheanceRegle, echeance: Echeance, emises: Iterable[str], maintenant: datetime
) -> datetime | None:
    """When the next reminder of an échéance leaves; one whose instant has come without being issued leaves now, with
    the next run; None when none is left."""
    calendrier = [(relance, a) for relance, a in _calendrier(regle, echeance) if a > echeance.ouverte_le]
    venues = [relance for relance, a in calendrier if a <= maintenant]
    if venues and venues[-1].code not in emises:
        return maintenant
    return next((a for _, a in calendrier if a > maintenant), None)


def _calendrier(regle: EcheanceRegle, echeance: Echeance) -> list[tuple[Relance, datetime]]:
    """The reminders of an échéance with their instants, in order."""
    prevues = ((relance, instants_relance(relance, echeance.due_a)) for relance in regle.relances)
    return sorted(prevues, key=lambda prevue: prevue[1])


def _due(reglement: Reglement, echeance: Echeance, emises: dict[str, datetime], maintenant: datetime) -> Due | None:
    """The last reminder whose instant has come, unless it was issued; those before it are passed over.

    One whose instant came before the échéance was even opened never mattered.
    """
    regle = reglement.echeance_par_code[echeance.code]
    calendrier = _calendrier(regle, echeance)
    venues = [(r, a) for r, a in calendrier if echeance.ouverte_le < a <= maintenant]
    if not venues or venues[-1][0].code in emises:
        return None
    relance, prevue_a = venues[-1]
    suivantes = [a for _, a in calendrier if a > maintenant]
    return Due(
        echeance=echeance,
        regle=regle,
        relance=relance,
        prevue_a=prevue_a,
        expire_a=suivantes[0] if suivantes else maintenant + UTILE,
        depassees=[(r, a) for r, a in venues[:-1] if r.code not in emises],
    )


def _encore_ouverte(session: Session, reglement: Reglement, echeance: Echeance) -> bool:
    """Lock the échéance against the act that would close it, and look again; a sujet at its end is left in peace."""
    relue = session.exec(
        select(Echeance).where(Echeance.id == echeance.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if relue.fermee_le is not None:
        return False
    ligne = _sujet(session, relue)
    etat = reglement.workflow(relue.sujet_kind).etat_par_code.get(ligne.etat or "")
    return etat is not None and not etat.final


def _sujet(session: Session, echeance: Echeance) -> SujetBase:
    return charger_sujet(session, Sujet(echeance.sujet_kind, echeance.sujet_id))


def _preparer(
    session: Session,
    reglement: Reglement,
    due: Due,
    campagne: Campagne,
    expediteur: Expediteur,
    maintenant: datetime,
) -> Rappel:
    """Everything a reminder needs, rendered before anything is written: what cannot be said is not marked as said."""
    ligne = _sujet(session, due.echeance)
    dossier = dossier_de(session, ligne)
    contexte = construire(
        session, ligne, reglement, acteur=SYSTEME, donnees={}, maintenant=maintenant, acte=due.echeance.acte
    )
    faits = {
        **faits_de_base(session, dossier, reglement, maintenant),
        "echeance": due.echeance.due_a,
        "echeance_libelle": due.regle.libelle,
        "pieces": pieces_attendues(contexte),
    }
    destinataires = [destinataire_de(p) for p in _debiteurs(session, ligne, due, maintenant)]
    if not destinataires:
        raise ErreurMetier(
            f"Personne à relancer pour « {due.regle.libelle} » du dossier {dossier.numero} : habilitez quelqu'un."
        )
    # Staff read along, grouped like anyone else: a morning of reminders is one courriel in their mailbox.
    suivi = destinataire_suivi(campagne, reglement) if _copiee(reglement, due) else None
    if suivi is not None:
        destinataires.append(suivi)
    prets = {d.ref: _rendre_seul(due, faits, d, expediteur, maintenant) for d in destinataires}
    return Rappel(due, dossier.numero, faits, destinataires, prets)


def _debiteurs(session: Session, ligne: SujetBase, due: Due, maintenant: datetime) -> Sequence[Personne]:
    """Those the reminder names, or those who owe the act; what is owed by one person is not told to their peers."""
    ou = portee(session, ligne, SYSTEME, maintenant)
    debiteur = session.get(Personne, due.echeance.personne_id) if due.echeance.personne_id is not None else None
    if not due.relance.destinataires:
        return [debiteur] if debiteur is not None else tenus_par_le_role(ou, due.echeance.role)
    groupes = [resoudre([mot], ou) for mot in due.relance.destinataires]
    retenus = [[debiteur] if debiteur is not None and debiteur in groupe else groupe for groupe in groupes]
    return list({identifiant(p): p for groupe in retenus for p in groupe}.values())


def _rendre_seul(
    due: Due, faits: dict[str, Any], destinataire: Destinataire, expediteur: Expediteur, maintenant: datetime
) -> CourrielPret:
    cause = _cause("relance", due)
    return render(
        due.relance.message,
        faits,
        destinataire,
        expediteur=expediteur,
        clef=clef_de(cause, due.relance.message, destinataire.ref),
        cause=cause,
        maintenant=maintenant,
        expire_a=due.expire_a,
    )


def _pour_les_personnes(
    rappels: Iterable[Rappel], expediteur: Expediteur, maintenant: datetime
) -> Iterator[CourrielPret]:
    """One courriel per person: the reminder itself when there is one, a grouped one when there are several."""
    par_personne: dict[str, list[tuple[Rappel, Destinataire]]] = {}
    for rappel in rappels:
        for destinataire in rappel.destinataires:
            par_personne.setdefault(destinataire.ref, []).append((rappel, destinataire))
    for ref, recus in par_personne.items():
        if len(recus) == 1:
            yield recus[0][0].prets[ref]
        else:
            yield _rendre_groupe([rappel for rappel, _ in recus], recus[0][1], expediteur, maintenant)


def _rendre_groupe(
    rappels: Sequence[Rappel], destinataire: Destinataire, expediteur: Expediteur, maintenant: datetime
) -> CourrielPret:
    """Several reminders in one; each goes out once, so the first one names the courriel for good."""
    premier = rappels[0]
    cause = _cause("relances", premier.due)
    items = [
        {"libelle": r.due.regle.libelle, "dossier_numero": r.dossier_numero, "echeance": r.due.echeance.due_a}
        for r in rappels
    ]
    return render(
        GROUPE,
        {**premier.faits, "items": items},
        destinataire,
        expediteur=expediteur,
        clef=clef_de(cause, GROUPE, destinataire.ref),
        cause=cause,
        maintenant=maintenant,
        # Dropped only when no line is worth reading any more.
        expire_a=max(r.due.expire_a for r in rappels),
    )


def _copiee(reglement: Reglement, due: Due) -> bool:
    """True when staff get their own copy of this reminder."""
    copie = reglement.copie_suivi
    return copie.active and due.relance.message not in copie.sauf


def _cause(prefixe: str, due: Due) -> str:
    """Identifiers and an ISO date: the same reminder has the same cause for ever."""
    return f"{prefixe}:{due.echeance.id}:{due.relance.code}:{jour_legal(due.prevue_a).isoformat()}"


def _passer(session: Session, due: Due, maintenant: datetime) -> int:
    """Mark the reminders a later one makes useless; how many were."""
    return sum(
        _reserver(session, due.echeance, relance.code, PASSEE, prevue_a, maintenant)
        for relance, prevue_a in due.depassees
    )


def _reserver(
    session: Session, echeance: Echeance, code: str, issue: str, prevue_a: datetime, maintenant: datetime
) -> bool:
    """Claim one reminder; False when another run has it. Two runs at once never both issue it."""
    valeurs = {
        "echeance_id": echeance.id,
        "code": code,
        "issue": issue,
        "prevue_a": prevue_a,
        "emise_le": maintenant,
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    requete = (
        insert(RelanceEmise)
        .values(**valeurs)
        .on_conflict_do_nothing(index_elements=["echeance_id", "code"])
        .returning(col(RelanceEmise.id))
    )
    return session.execute(requete).scalar_one_or_none() is not None


def _echec(echeance: Echeance) -> EchecRelance:
    """Named before anything is tried: after a rollback the row itself may be gone."""
    return EchecRelance(Sujet(echeance.sujet_kind, echeance.sujet_id), identifiant(echeance), "")
