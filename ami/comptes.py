"""The ledger of each enveloppe: every movement of money in its order, with what it leaves, balanced to the centime."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from typing import Final

from sqlmodel import Session, col, select

from ami.erreurs import Refus
from ami.libelles import libelles_des_aides
from ami.models import Campagne, Convention, Dossier, Engagement, Enveloppe, Liberation, Structure, Versement
from ami.reglements import reglement_de
from ami.sujets import identifiant
from notifications.formats import montant as en_francais

ZERO: Final = Decimal("0.00")
ORDRE: Final = ("Engagement", "Versement", "Reversement", "Libération")  # within one instant
MOTIFS: Final = {
    "acompte": "Acompte",
    "intermediaire": "Versement intermédiaire",
    "solde": "Solde",
    "unique": "Versement unique",
    "reversement": "Trop-perçu rendu",
}


@dataclass(frozen=True)
class Ecriture:
    """One movement: what it adds to what is engaged and to what is paid (euros, negative when it takes back)."""

    instant: datetime
    genre: str
    dossier: str
    motif: str
    reference: str  # of the convention it is made under, "" before there is one
    engage: Decimal = ZERO
    verse: Decimal = ZERO


@dataclass(frozen=True)
class Compte:
    """An enveloppe with its movements and, after each, what is engaged, paid and left."""

    nature: str
    financeur: str
    siret: str
    dote: Decimal
    ecritures: Sequence[Ecriture]

    @property
    def engages(self) -> list[Decimal]:
        """What is engaged after each movement."""
        return list(accumulate(e.engage for e in self.ecritures))

    @property
    def verses(self) -> list[Decimal]:
        """What is paid, net of what came back, after each movement."""
        return list(accumulate(e.verse for e in self.ecritures))

    def somme(self, genre: str) -> Decimal:
        """All the movements of a kind, without their sign."""
        return sum((abs(e.engage + e.verse) for e in self.ecritures if e.genre == genre), ZERO)

    @property
    def disponible(self) -> Decimal:
        """What may still be engaged."""
        return self.dote - (self.engages or [ZERO])[-1]


@dataclass(frozen=True)
class _Lus:
    """The money of a campagne as read: by enveloppe, by engagement, by dossier and nature."""

    engagements: dict[int, list[tuple[Engagement, Dossier]]]
    versements: dict[int, list[Versement]]
    liberations: dict[int, list[Liberation]]
    references: dict[tuple[int, str], str]


def comptes_de(session: Session, campagne: Campagne) -> list[Compte]:
    """The ledgers of a campagne, by nature then financeur.

    Raises:
        Refus: a sum of movements is not the counter the engine keeps; names each one, and no ledger is given.
    """
    libelles = libelles_des_aides(reglement_de(session, identifiant(campagne)).reglement)
    requete = (
        select(Enveloppe, Structure)
        .join(Structure, col(Structure.id) == col(Enveloppe.financeur_id))
        .where(Enveloppe.campagne_id == campagne.id)
        .order_by(col(Enveloppe.nature), col(Structure.nom), col(Enveloppe.id))
    )
    faux: list[str] = []
    lus = _lire(session, campagne)
    comptes = [_compte(lus, e, financeur, libelles[e.nature], faux) for e, financeur in session.exec(requete).all()]
    if faux:
        raise Refus(
            "Les comptes ne tombent pas juste, aucun fichier n'est écrit. " + " ".join(faux) + " Conservez la base en "
            "l'état et prévenez la personne qui l'administre : une ligne a été changée hors du produit."
        )
    return comptes


def _lire(session: Session, campagne: Campagne) -> _Lus:
    """All the money of a campagne, in as many queries as there are tables."""
    siennes = select(Enveloppe.id).where(Enveloppe.campagne_id == campagne.id).scalar_subquery()
    engages = select(Engagement, Dossier).join(Dossier, col(Dossier.id) == col(Engagement.dossier_id))
    lus = _Lus({}, {}, {}, {})
    for engagement, dossier in session.exec(
        engages.where(col(Engagement.enveloppe_id).in_(siennes)).order_by(col(Engagement.id))
    ):
        lus.engagements.setdefault(engagement.enveloppe_id, []).append((engagement, dossier))
    ids = select(Engagement.id).where(col(Engagement.enveloppe_id).in_(siennes)).scalar_subquery()
    versements = select(Versement).where(col(Versement.engagement_id).in_(ids)).order_by(col(Versement.id))
    for versement in session.exec(versements):
        lus.versements.setdefault(versement.engagement_id, []).append(versement)
    liberations = select(Liberation).where(col(Liberation.engagement_id).in_(ids)).order_by(col(Liberation.id))
    for part in session.exec(liberations):
        lus.liberations.setdefault(part.engagement_id, []).append(part)
    qui = select(Engagement.dossier_id).where(col(Engagement.enveloppe_id).in_(siennes)).scalar_subquery()
    for convention in session.exec(select(Convention).where(col(Convention.dossier_id).in_(qui))):
        lus.references[convention.dossier_id, convention.nature] = convention.reference
    return lus


def _compte(lus: _Lus, enveloppe: Enveloppe, financeur: Structure, libelle: str, faux: list[str]) -> Compte:
    ecritures: list[Ecriture] = []
    for engagement, dossier in lus.engagements.get(identifiant(enveloppe), []):
        siennes = _ecritures(lus, engagement, dossier)
        faux += _ecarts(engagement, dossier, siennes)
        ecritures += siennes
    ecritures.sort(key=lambda e: (e.instant, ORDRE.index(e.genre), e.dossier))
    compte = Compte(libelle, financeur.nom, financeur.siret or "", enveloppe.montant, ecritures)
    net = sum((e.engage for e in ecritures), ZERO)
    if net != enveloppe.engage_net:
        nom = f"{libelle} de {financeur.nom}"
        faux.append(f"{nom} : {en_francais(net)} par les mouvements, {en_francais(enveloppe.engage_net)} au compteur.")
    return compte


def _ecritures(lus: _Lus, engagement: Engagement, dossier: Dossier) -> list[Ecriture]:
    """The movements of one engagement."""
    reference = lus.references.get((engagement.dossier_id, engagement.nature), "")
    versements = lus.versements.get(identifiant(engagement), [])
    liberations = lus.liberations.get(identifiant(engagement), [])
    numero = dossier.numero
    return [
        Ecriture(engagement.engage_le, "Engagement", numero, "Aide accordée", reference, engage=engagement.engage),
        *(
            Ecriture(
                v.ordonne_le,
                "Reversement" if v.montant < ZERO else "Versement",
                numero,
                MOTIFS[v.motif],
                reference,
                verse=v.montant,
            )
            for v in versements
        ),
        *(
            Ecriture(
                part.libere_le, "Libération", numero, "Somme rendue à l'enveloppe", reference, engage=-part.montant
            )
            for part in liberations
        ),
    ]


def _ecarts(engagement: Engagement, dossier: Dossier, ecritures: Iterable[Ecriture]) -> list[str]:
    """Where the movements of an engagement do not make its counters."""
    lues = list(ecritures)
    paires = (
        ("versé", "Versement", engagement.paye),
        ("reversé", "Reversement", engagement.reverse),
        ("libéré", "Libération", engagement.libere),
    )
    return [
        f"{dossier.numero}, {mot} : {en_francais(somme)} par les mouvements, {en_francais(compteur)} au compteur."
        for mot, genre, compteur in paires
        if (somme := sum((abs(e.engage + e.verse) for e in lues if e.genre == genre), ZERO)) != compteur
    ]
