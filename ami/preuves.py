"""The evidence of where a dossier's project stands, read back: what guards and reports look at.

A check is kept as it was made, on the lists of its day: a later list changes no dossier by itself.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, func, select

from ami.models import PreuveTerritoire
from rules.modele import Champ, Reglement


def question_du_point(reglement: Reglement, reponses: Mapping[str, Any]) -> Champ | None:
    """The first question of type `point` that has an answer, in the order of the règlement's forms."""
    champs = (champ for formulaire in reglement.formulaires.values() for champ in formulaire.champs)
    return next((champ for champ in champs if champ.type == "point" and reponses.get(champ.code)), None)


def point_donne(reglement: Reglement, reponses: Mapping[str, Any]) -> tuple[Decimal, Decimal] | None:
    """Longitude and latitude (degrees) of the place a dossier gives, or None."""
    question = question_du_point(reglement, reponses)
    if question is None:
        return None
    reponse = reponses[question.code]
    return Decimal(reponse["longitude"]), Decimal(reponse["latitude"])


def derniere_preuve(session: Session, dossier_id: int) -> list[PreuveTerritoire]:
    """The rows of the last check of a dossier's place, by code; empty when it was never checked."""
    derniere = select(func.max(PreuveTerritoire.verifie_le)).where(PreuveTerritoire.dossier_id == dossier_id)
    requete = (
        select(PreuveTerritoire)
        .where(
            PreuveTerritoire.dossier_id == dossier_id,
            col(PreuveTerritoire.verifie_le) == derniere.scalar_subquery(),
        )
        .order_by(col(PreuveTerritoire.code), col(PreuveTerritoire.id))
    )
    return list(session.exec(requete).all())


def mesurees(preuves: Sequence[PreuveTerritoire]) -> list[PreuveTerritoire]:
    """The rows that measured the point against a quartier the dossier designates."""
    return [preuve for preuve in preuves if preuve.designe and preuve.dedans is not None]


def distance_au_quartier(preuves: Sequence[PreuveTerritoire]) -> int:
    """Metres between the point and the nearest designated quartier: 0 inside one of them, or when none was measured."""
    return min((0 if p.dedans else p.distance_m or 0 for p in mesurees(preuves)), default=0)
