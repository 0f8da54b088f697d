"""Reads for screens and exports: counts, lists, money, what is awaited. Nothing here writes.

Each takes the `Regard` of who looks: lines they may not read are left out, counts and sums are for those who see them.

Words shown (états, phases) come from the règlement the campagne pins; money is Decimal euros.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func
from sqlmodel import Session, col, select

from ami.alertes import compter_alertes
from ami.enveloppes import dire_reserve
from ami.erreurs import INACCESSIBLE, Introuvable
from ami.libelles import libelles_des_aides
from ami.models import (
    Campagne,
    Courriel,
    Dossier,
    DossierTerritoire,
    Engagement,
    Enveloppe,
    Incident,
    Structure,
    Territoire,
)
from ami.queries_echeances import EcheanceOuverte, echeances_ouvertes
from ami.regards import Regard, exiger_operateur, exiger_vue, lisibles, peut_lire
from ami.reglements import reglement_de
from ami.sujets import TABLES, identifiant
from rules.modele import Etat, Reglement

__all__ = [
    "CompteCourriel",
    "CompteEtat",
    "ComptePhase",
    "EcheanceOuverte",
    "IncidentOuvert",
    "MontantEnveloppe",
    "ResumeDossier",
    "compter_courriels",
    "compter_par_etat",
    "compter_par_phase",
    "echeances_ouvertes",
    "incidents_ouverts",
    "lister_campagnes",
    "lister_dossiers",
    "montants_par_enveloppe",
    "quartiers_des_dossiers",
    "trouver_dossier",
]

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class CompteEtat:
    """How many dossiers are in an état, with the words the règlement gives it."""

    phase: str
    phase_libelle: str
    etat: str
    libelle: str
    attend: str | None
    nombre: int


@dataclass(frozen=True)
class ComptePhase:
    """How many dossiers are in a phase."""

    phase: str
    libelle: str
    nombre: int


@dataclass(frozen=True)
class ResumeDossier:
    """A dossier on a list. `attend` is the role that owes the next act, `depuis` the instant of the last change."""

    id: int
    numero: str
    titre: str
    porteur: str
    accompagnateur: str
    quartiers: tuple[str, ...]
    communes: tuple[str, ...]
    etat: str
    etat_libelle: str
    phase: str
    attend: str | None
    depuis: datetime
    rang: int
    a_regarder: int = 0  # warnings of the règlement that stand; for those who run the campagne


@dataclass(frozen=True)
class CompteCourriel:
    """How many courriels of a message are in an état of the outbox."""

    message: str
    etat: str
    nombre: int


@dataclass(frozen=True)
class MontantEnveloppe:
    """The money of one enveloppe. `engage` is what still is: sums freed or returned went back to `disponible`."""

    financeur: str
    nature: str
    nature_libelle: str
    montant: Decimal
    engage: Decimal
    paye: Decimal
    reverse: Decimal
    libere: Decimal
    disponible: Decimal
    reserve: str = ""  # which dossiers alone may draw on it, as people read it


@dataclass(frozen=True)
class IncidentOuvert:
    """A sujet a sweep set aside, not settled yet."""

    nom: str
    origine: str
    raison: str
    vu_le: datetime
    fois: int


def trouver_dossier(session: Session, regard: Regard, numero: str) -> Dossier:
    """Find a dossier by the number people say, whatever its capitals.

    Raises:
        Introuvable: none of that number, or not for this person: the same answer, but to the operator.
    """
    dossier = session.exec(select(Dossier).where(Dossier.numero == numero.strip().upper())).first()
    if dossier is not None and peut_lire(session, regard, dossier):
        return dossier
    if regard.operateur:
        raise Introuvable(f"Aucun dossier ne porte le numéro « {numero} ». Voyez « ami dossiers lister ».")
    raise Introuvable(INACCESSIBLE)


def lister_campagnes(session: Session, regard: Regard) -> list[tuple[Campagne, int]]:
    """Every campagne with its number of dossiers (those one may read), in the order they were opened."""
    nombres = Counter(d.campagne_id for d in lisibles(session, regard, session.exec(select(Dossier))))
    campagnes = session.exec(select(Campagne).order_by(col(Campagne.id)))
    return [(campagne, nombres[identifiant(campagne)]) for campagne in campagnes]


def compter_par_etat(session: Session, regard: Regard, campagne: Campagne) -> list[CompteEtat]:
    """Dossiers of a campagne by état, in the règlement's order, those without any included."""
    exiger_vue(session, regard, campagne, "comptes")
    reglement = _reglement(session, campagne)
    requete = select(Dossier.etat, func.count()).where(Dossier.campagne_id == campagne.id).group_by(col(Dossier.etat))
    nombres = dict(session.exec(requete).all())
    phases = _phases(reglement)
    return [
        CompteEtat(e.phase or "", phases.get(e.phase or "", ""), e.code, e.libelle, e.attend, nombres.get(e.code, 0))
        for e in reglement.workflow("dossier").etats
    ]


def compter_par_phase(session: Session, regard: Regard, campagne: Campagne) -> list[ComptePhase]:
    """Dossiers of a campagne by phase, in the règlement's order; états without a phase are counted last, under ""."""
    comptes = compter_par_etat(session, regard, campagne)
    phases = _phases(_reglement(session, campagne))
    if any(not compte.phase for compte in comptes):
        phases[""] = "Hors phase"
    return [
        ComptePhase(code, libelle, sum(c.nombre for c in comptes if c.phase == code))
        for code, libelle in phases.items()
    ]


def lister_dossiers(
    session: Session, regard: Regard, campagne: Campagne, *, etat: str | None = None, phase: str | None = None
) -> list[ResumeDossier]:
    """The dossiers of a campagne one may read, by number; all, or those of an état or a phase (règlement's codes)."""
    workflow = _reglement(session, campagne).workflow("dossier")
    codes = [e.code for e in workflow.etats if etat in (None, e.code) and phase in (None, e.phase)]
    requete = (
        select(Dossier)
        .where(Dossier.campagne_id == campagne.id, col(Dossier.etat).in_(codes))
        .order_by(col(Dossier.numero))
    )
    dossiers = lisibles(session, regard, session.exec(requete))
    noms = _noms_structures(session, dossiers)
    lieux = quartiers_des_dossiers(session, campagne)
    signales = compter_alertes(session, [identifiant(d) for d in dossiers]) if regard.voit("conduite") else {}
    return [
        _resume(d, workflow.etat_par_code[d.etat or ""], noms, lieux.get(identifiant(d), []), signales)
        for d in dossiers
    ]


def quartiers_des_dossiers(session: Session, campagne: Campagne) -> dict[int, list[tuple[str, str]]]:
    """For each dossier of a campagne, the codes of its quartiers with their communes ("" when no list knows them)."""
    requete = (
        select(DossierTerritoire.dossier_id, DossierTerritoire.code, func.max(col(Territoire.commune)))
        .join(Dossier, col(Dossier.id) == col(DossierTerritoire.dossier_id))
        .outerjoin(Territoire, col(Territoire.code) == col(DossierTerritoire.code))
        .where(Dossier.campagne_id == campagne.id)
        .group_by(col(DossierTerritoire.dossier_id), col(DossierTerritoire.code))
        .order_by(col(DossierTerritoire.dossier_id), col(DossierTerritoire.code))
    )
    lieux: dict[int, list[tuple[str, str]]] = {}
    for dossier_id, code, commune in session.exec(requete).all():
        lieux.setdefault(dossier_id, []).append((code, commune or ""))
    return lieux


def compter_courriels(session: Session, regard: Regard) -> list[CompteCourriel]:
    """Courriels of the outbox by message and état, in the order of the messages' names; for the operator."""
    exiger_operateur(regard)
    requete = (
        select(Courriel.message, Courriel.etat, func.count())
        .group_by(col(Courriel.message), col(Courriel.etat))
        .order_by(col(Courriel.message), col(Courriel.etat))
    )
    return [CompteCourriel(*ligne) for ligne in session.exec(requete).all()]


def montants_par_enveloppe(session: Session, regard: Regard, campagne: Campagne) -> list[MontantEnveloppe]:
    """The money of a campagne, enveloppe by enveloppe."""
    exiger_vue(session, regard, campagne, "comptes")
    libelles = libelles_des_aides(_reglement(session, campagne))
    requete = (
        select(Enveloppe, Structure.nom)
        .join(Structure, col(Structure.id) == col(Enveloppe.financeur_id))
        .where(Enveloppe.campagne_id == campagne.id)
        .order_by(col(Enveloppe.nature), col(Structure.nom))
    )
    sommes = _sommes_engagees(session, campagne)
    return [
        _montant(enveloppe, financeur, libelles[enveloppe.nature], sommes)
        for enveloppe, financeur in session.exec(requete).all()
    ]


def incidents_ouverts(session: Session, regard: Regard) -> list[IncidentOuvert]:
    """What the sweeps set aside and nobody settled, the latest first; for the operator."""
    exiger_operateur(regard)
    requete = select(Incident).where(col(Incident.resolu_le).is_(None)).order_by(col(Incident.vu_le).desc())
    return [
        IncidentOuvert(_nom_du_sujet(session, i.sujet_kind, i.sujet_id), i.origine, i.raison, i.vu_le, i.fois)
        for i in session.exec(requete).all()
    ]


def _reglement(session: Session, campagne: Campagne) -> Reglement:
    return reglement_de(session, identifiant(campagne)).reglement


def _phases(reglement: Reglement) -> dict[str, str]:
    return {phase.code: phase.libelle for phase in reglement.phases}


def _noms_structures(session: Session, dossiers: Sequence[Dossier]) -> dict[int | None, str]:
    ids = {d.porteur_id for d in dossiers} | {d.accompagnateur_id for d in dossiers}
    requete = select(Structure.id, Structure.nom).where(col(Structure.id).in_([i for i in ids if i is not None]))
    return dict(session.exec(requete).all())


def _resume(
    dossier: Dossier,
    etat: Etat,
    noms: dict[int | None, str],
    lieux: Sequence[tuple[str, str]],
    signales: Mapping[int, int],
) -> ResumeDossier:
    return ResumeDossier(
        id=identifiant(dossier),
        numero=dossier.numero,
        titre=dossier.titre,
        porteur=noms.get(dossier.porteur_id, ""),
        accompagnateur=noms.get(dossier.accompagnateur_id, ""),
        quartiers=tuple(code for code, _ in lieux),
        communes=tuple(dict.fromkeys(commune for _, commune in lieux if commune)),
        etat=etat.code,
        etat_libelle=etat.libelle,
        phase=etat.phase or "",
        attend=etat.attend,
        depuis=dossier.etat_depuis or dossier.cree_le,
        rang=dossier.rang,
        a_regarder=signales.get(identifiant(dossier), 0),
    )


def _sommes_engagees(session: Session, campagne: Campagne) -> dict[int, tuple[Decimal, Decimal, Decimal]]:
    """For each enveloppe: paid, returned, freed."""
    requete = (
        select(
            Engagement.enveloppe_id,
            func.sum(col(Engagement.paye)),
            func.sum(col(Engagement.reverse)),
            func.sum(col(Engagement.libere)),
        )
        .join(Enveloppe, col(Enveloppe.id) == col(Engagement.enveloppe_id))
        .where(Enveloppe.campagne_id == campagne.id)
        .group_by(col(Engagement.enveloppe_id))
    )
    return {enveloppe: (paye, reverse, libere) for enveloppe, paye, reverse, libere in session.exec(requete).all()}


def _montant(
    enveloppe: Enveloppe, financeur: str, libelle: str, sommes: dict[int, tuple[Decimal, Decimal, Decimal]]
) -> MontantEnveloppe:
    paye, reverse, libere = sommes.get(identifiant(enveloppe), (ZERO, ZERO, ZERO))
    return MontantEnveloppe(
        financeur=financeur,
        nature=enveloppe.nature,
        nature_libelle=libelle,
        montant=enveloppe.montant,
        engage=enveloppe.engage_net,
        paye=paye,
        reverse=reverse,
        libere=libere,
        disponible=enveloppe.montant - enveloppe.engage_net,
        reserve=dire_reserve(enveloppe),
    )


def _nom_du_sujet(session: Session, kind: str, sujet_id: int) -> str:
    ligne = session.get(TABLES[kind], sujet_id)
    return ligne.numero if isinstance(ligne, Dossier) else f"{kind} n° {sujet_id}"
