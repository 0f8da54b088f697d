"""Who may act on what: the one place that answers."""

from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from ami.erreurs import Introuvable
from ami.models import Affectation, Habilitation, SujetBase
from ami.sujets import SYSTEME, Acteur, dossier_de, identifiant


def verifier_habilitation(session: Session, ligne: SujetBase, acteur: Acteur, maintenant: datetime) -> None:
    """A person acts in a role held today on this dossier or its campagne; an evaluator, on dossiers given to them.

    Raises:
        Introuvable: the same answer whether the dossier exists or not.
    """
    if acteur == SYSTEME:
        return
    dossier = dossier_de(session, ligne)
    habilite = session.exec(
        select(Habilitation).where(
            Habilitation.personne_id == acteur.personne_id,
            Habilitation.role == acteur.role,
            or_(col(Habilitation.dossier_id) == dossier.id, col(Habilitation.campagne_id) == dossier.campagne_id),
            Habilitation.depuis <= maintenant,
            or_(col(Habilitation.jusqu_a).is_(None), col(Habilitation.jusqu_a) > maintenant),
        )
    ).first()
    if habilite is None or not _dossier_confie(session, identifiant(dossier), acteur):
        raise Introuvable("Ce dossier n'existe pas, ou il ne vous est pas accessible.")


def _dossier_confie(session: Session, dossier_id: int, acteur: Acteur) -> bool:
    if acteur.role != "evaluateur":
        return True
    requete = select(Affectation).where(
        Affectation.dossier_id == dossier_id,
        Affectation.personne_id == acteur.personne_id,
        Affectation.statut != "deportee",
    )
    return session.exec(requete).first() is not None
