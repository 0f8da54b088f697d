"""De minimis: the public aids one structure had lately, in every campagne kept here and as it declares them."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlmodel import Session, col, or_, select

from ami.beneficiaires import aide_de, beneficiaire_de
from ami.models import Dossier, Engagement, Partenaire, Structure
from ami.reglements import reglement_de
from notifications.columns import en_centimes
from rules.calendrier import ajouter_mois, instant_legal, jour_legal
from rules.modele import Minimis, Reglement
from rules.vocabulaire import NATURES

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
    engage = _engage(session, structure, regle, instant_legal(debut, "00:00:00"))
    return {"concerne": True, "compte": en_centimes(engage + _declare(dossier, structure, regle))}


def _engage(session: Session, structure: Structure, regle: Minimis, depuis: datetime) -> Decimal:
    """What was engaged for a structure since then and neither freed nor given back, whatever the campagne."""
    partenaire = select(Partenaire.dossier_id).where(Partenaire.structure_id == structure.id)
    requete = (
        select(Engagement, Dossier)
        .join(Dossier, col(Dossier.id) == col(Engagement.dossier_id))
        .where(col(Engagement.engage_le) >= depuis, col(Engagement.nature).in_(regle.natures))
        .where(
            or_(
                col(Dossier.porteur_id) == structure.id,
                col(Dossier.accompagnateur_id) == structure.id,
                col(Dossier.id).in_(partenaire),
            )
        )
    )
    total = Decimal(0)
    for engagement, autre in session.exec(requete).all():
        aide = aide_de(reglement_de(session, autre.campagne_id).reglement, engagement.nature)
        if aide is not None and beneficiaire_de(session, autre, aide) == structure.id:
            total += engagement.engage - engagement.libere - engagement.reverse
    return total


def _declare(dossier: Dossier, structure: Structure, regle: Minimis) -> Decimal:
    """What the porteur says it had from others; nobody declares for another structure."""
    declare = dossier.reponses.get(regle.declaration or "") if structure.id == dossier.porteur_id else None
    return Decimal(str(declare or 0))
