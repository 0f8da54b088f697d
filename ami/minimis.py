"""De minimis: the public aids one enterprise had lately, in every campagne kept here and as it declares them.

An enterprise is its SIREN: an aid to one of its establishments counts for all of them.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlmodel import Session, col, or_, select

from ami.beneficiaires import aide_de, beneficiaire_de
from ami.models import Dossier, Engagement, Partenaire, Structure
from ami.reglements import reglement_de
from ami.sujets import identifiant
from notifications.columns import en_centimes
from rules.calendrier import ajouter_mois, instant_legal, jour_legal
from rules.modele import Minimis, Reglement
from rules.vocabulaire import NATURES

SIREN: Final = 9  # the first digits of a SIRET
SANS_OBJET: Final = {"concerne": False, "compte": 0}
Comptes = dict[str, dict[str, bool | int]]


def minimis(session: Session, dossier: Dossier, reglement: Reglement, maintenant: datetime) -> Comptes:
    """For each nature of aid, whether the rule concerns its beneficiary, and what it already counts (centimes)."""
    return {nature: _compte(session, dossier, reglement, nature, maintenant) for nature in NATURES}


def _compte(
    session: Session, dossier: Dossier, reglement: Reglement, nature: str, maintenant: datetime
) -> dict[str, bool | int]:
    regle, aide = reglement.minimis, aide_de(reglement, nature)
    if regle is None or aide is None or nature not in regle.natures:
        return SANS_OBJET
    structure_id = beneficiaire_de(session, dossier, aide)
    structure = session.get(Structure, structure_id) if structure_id is not None else None
    if structure is None or structure.kind in regle.hors:
        return SANS_OBJET
    debut = ajouter_mois(jour_legal(maintenant), -reglement.parametres[regle.duree].entier)
    entreprise = _entreprise(session, structure)
    engage = _engage(session, entreprise, regle, instant_legal(debut, "00:00:00"))
    return {"concerne": True, "compte": en_centimes(engage + _declare(dossier, entreprise, regle))}


def _entreprise(session: Session, structure: Structure) -> set[int]:
    """The structures of one enterprise: those whose SIRET has the same SIREN."""
    siret = structure.siret or ""
    if len(siret) < SIREN:
        return {identifiant(structure)}
    requete = select(Structure.id).where(col(Structure.siret).startswith(siret[:SIREN], autoescape=True))
    return {identifiant(structure), *(i for i in session.exec(requete) if i is not None)}


def _engage(session: Session, entreprise: set[int], regle: Minimis, depuis: datetime) -> Decimal:
    """What was engaged for an enterprise since then and neither freed nor given back, whatever the campagne."""
    partenaire = select(Partenaire.dossier_id).where(col(Partenaire.structure_id).in_(entreprise))
    requete = (
        select(Engagement, Dossier)
        .join(Dossier, col(Dossier.id) == col(Engagement.dossier_id))
        .where(col(Engagement.engage_le) >= depuis, col(Engagement.nature).in_(regle.natures))
        .where(
            or_(
                col(Dossier.porteur_id).in_(entreprise),
                col(Dossier.accompagnateur_id).in_(entreprise),
                col(Dossier.id).in_(partenaire),
            )
        )
    )
    total = Decimal(0)
    for engagement, autre in session.exec(requete).all():
        aide = aide_de(reglement_de(session, autre.campagne_id).reglement, engagement.nature)
        if aide is not None and beneficiaire_de(session, autre, aide) in entreprise:
            total += engagement.engage - engagement.libere - engagement.reverse
    return total


def _declare(dossier: Dossier, entreprise: set[int], regle: Minimis) -> Decimal:
    """What the porteur says it had from others; nobody declares for another enterprise."""
    declare = dossier.reponses.get(regle.declaration or "") if dossier.porteur_id in entreprise else None
    return Decimal(str(declare or 0))
