"""What the demonstration reached, compared with what it announced: dossiers, courriels, euros, journal."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from ami.database import session_lecture
from ami.journal import verifier
from ami.models import Campagne, Courriel, Dossier, Engagement, Enveloppe, Journal, Versement
from ami.queries import (
    CompteEtat,
    MontantEnveloppe,
    compter_par_etat,
    incidents_ouverts,
    lister_dossiers,
    montants_par_enveloppe,
)
from ami.regards import OPERATEUR
from ami.reglements import reglement_de
from ami.sceaux import lire_sceaux, verifier_sceaux
from ami.sujets import identifiant
from flows.demonstration.atelier import Atelier
from flows.demonstration.boite import recus
from flows.demonstration.histoire import Recit
from flows.demonstration.jeu import Jeu
from flows.demonstration.livrables import Livrables
from notifications.catalogue import CATALOGUE
from notifications.models import EtatCourriel

ZERO: Final = Decimal(0)


@dataclass
class CompteMessage:
    """One message: enqueued by the engine, received by the SMTP server, dropped because their time had passed."""

    libelle: str
    enregistres: int = 0
    recus: int = 0
    expires: int = 0


@dataclass(frozen=True)
class TableauCampagne:
    """The final picture of one campagne and its files; `a_suivre` is the number of a dossier worth looking at."""

    recit: Recit
    nom: str
    etats: list[CompteEtat]
    enveloppes: list[MontantEnveloppe]
    issues: Mapping[str, int]
    a_suivre: str
    livrables: Livrables


@dataclass(frozen=True)
class Tableau:
    """The final picture, and everything that differs from what was announced (French sentences)."""

    campagnes: list[TableauCampagne]
    messages: list[CompteMessage]
    journal: int
    sceaux: int
    ecarts: list[str] = field(default_factory=list)


def dresser(engine: Engine, jeux: Iterable[Jeu], atelier: Atelier, livrables: Mapping[str, Livrables]) -> Tableau:
    """Look at everything: the database, the mailbox, the seals, the files delivered (by campagne)."""
    arrives, sceaux = recus(atelier.boite), lire_sceaux(atelier.sceaux)
    numeros = [(jeu.decor, jeu.numeros()) for jeu in jeux]
    with session_lecture(engine) as session:
        campagnes = [(session.get_one(Campagne, decor.campagne_id), decor.recit, n) for decor, n in numeros]
        courriels = session.exec(select(Courriel).order_by(col(Courriel.message))).all()
        ecarts = [
            *(e for campagne, recit, n in campagnes for e in _ecarts_dossiers(session, campagne, recit, n)),
            *_ecarts_courriels(courriels, arrives),
            *(e for campagne, _, _ in campagnes for e in _ecarts_argent(session, campagne)),
            *(f"Journal, {a.sujet}, ligne {a.seq} : {a.raison}" for a in verifier(session)),
            *(f"Sceau, {a.sujet}, ligne {a.seq} : {a.raison}" for a in verifier_sceaux(session, sceaux)),
            *(ecart for fichiers in livrables.values() for ecart in fichiers.ecarts),
            *(f"Dossier mis de côté, {i.nom} : {i.raison}" for i in incidents_ouverts(session, OPERATEUR)),
        ]
        return Tableau(
            campagnes=[_dresser_une(session, *une, livrables[une[1].code]) for une in campagnes],
            messages=_messages(courriels, arrives),
            journal=session.exec(select(func.count()).select_from(Journal)).one(),
            sceaux=len(sceaux),
            ecarts=ecarts,
        )


def _dresser_une(
    session: Session, campagne: Campagne, recit: Recit, numeros: Mapping[str, str], livrables: Livrables
) -> TableauCampagne:
    etats = compter_par_etat(session, OPERATEUR, campagne)
    return TableauCampagne(
        recit=recit,
        nom=campagne.nom,
        etats=etats,
        enveloppes=montants_par_enveloppe(session, OPERATEUR, campagne),
        issues=Counter(dossier.issue for dossier in recit.dossiers),
        a_suivre=_a_suivre(recit, numeros, etats),
        livrables=livrables,
    )


def _a_suivre(recit: Recit, numeros: Mapping[str, str], etats: list[CompteEtat]) -> str:
    """Of the dossiers somebody is still awaited for, the one with the longest story (of all, when none is)."""
    attendus = {compte.etat for compte in etats if compte.attend is not None}
    vivants = [dossier for dossier in recit.dossiers if dossier.attendu in attendus]
    return numeros[max(vivants or recit.dossiers, key=lambda dossier: len(dossier.lignes)).code]


def _ecarts_dossiers(session: Session, campagne: Campagne, recit: Recit, numeros: Mapping[str, str]) -> Iterator[str]:
    """Dossiers that did not end where their story says, and those nobody announced."""
    obtenus = {resume.numero: resume for resume in lister_dossiers(session, OPERATEUR, campagne)}
    for dossier in recit.dossiers:
        resume = obtenus.pop(numeros.get(dossier.code, ""), None)
        if resume is None:
            yield f"{dossier.titre} : le dossier n'a jamais été ouvert."
        elif resume.etat != dossier.attendu:
            yield f"{resume.numero}, {dossier.titre} : « {resume.etat} » au lieu de « {dossier.attendu} »."
    yield from (f"{numero} : dossier que personne n'attendait." for numero in obtenus)


def _ecarts_courriels(courriels: Sequence[Courriel], arrives: Counter[str]) -> Iterator[str]:
    """Sent means received once, dropped means never received, and no third way is left at the end."""
    restants = Counter(arrives)
    for courriel in courriels:
        nombre = restants.pop(courriel.message_id, 0)
        attendus = {EtatCourriel.ENVOYE.value: 1, EtatCourriel.ABANDONNE.value: 0}
        if courriel.etat not in attendus:
            reponse = courriel.reponse or "sans réponse"
            yield f"Courriel n° {courriel.id} ({courriel.message}) : resté « {courriel.etat} », {reponse}."
        elif nombre != attendus[courriel.etat]:
            yield f"Courriel n° {courriel.id} ({courriel.message}) : {courriel.etat}, mais reçu {nombre} fois."
    yield from (f"Le serveur a reçu un message que personne n'a enregistré : {inconnu}." for inconnu in restants)


def _ecarts_argent(session: Session, campagne: Campagne) -> Iterator[str]:
    """Every euro is somewhere: paid, returned, freed, or still owed by a dossier that is not at its end."""
    engagements = session.exec(
        select(Engagement, Dossier)
        .join(Dossier, col(Dossier.id) == col(Engagement.dossier_id))
        .where(Dossier.campagne_id == campagne.id)
    ).all()
    finaux = _etats_finaux(session, campagne)
    net: dict[int, Decimal] = {}
    for engagement, dossier in engagements:
        reste = engagement.engage - engagement.libere - engagement.paye + engagement.reverse
        net[engagement.enveloppe_id] = net.get(engagement.enveloppe_id, ZERO) + engagement.engage - engagement.libere
        if reste < ZERO or (dossier.etat in finaux and (reste or engagement.a_reverser)):
            yield f"{dossier.numero} est terminé et il reste {reste} € engagés ou {engagement.a_reverser} € à reverser."
        if _verse(session, engagement) != engagement.paye - engagement.reverse:
            yield f"{dossier.numero} : les versements ne font pas {engagement.paye - engagement.reverse} €."
    for enveloppe in session.exec(select(Enveloppe).where(Enveloppe.campagne_id == campagne.id)):
        engage = net.get(identifiant(enveloppe), ZERO)
        if enveloppe.engage_net != engage:
            yield f"Enveloppe n° {enveloppe.id} : {enveloppe.engage_net} € au compteur, {engage} € engagés."


def _etats_finaux(session: Session, campagne: Campagne) -> set[str]:
    workflow = reglement_de(session, identifiant(campagne)).reglement.workflow("dossier")
    return {etat.code for etat in workflow.etats if etat.final}


def _verse(session: Session, engagement: Engagement) -> Decimal:
    montants = session.exec(select(col(Versement.montant)).where(Versement.engagement_id == engagement.id)).all()
    return sum(montants, ZERO)


def _messages(courriels: Sequence[Courriel], arrives: Counter[str]) -> list[CompteMessage]:
    """In the order of a dossier's life; messages never used are left out."""
    comptes = {code: CompteMessage(str(message.libelle)) for code, message in CATALOGUE.items()}
    for courriel in courriels:
        compte = comptes[courriel.message]
        compte.enregistres += 1
        compte.recus += arrives[courriel.message_id]
        compte.expires += courriel.etat == EtatCourriel.ABANDONNE.value
    return [compte for compte in comptes.values() if compte.enregistres]
