"""The selection the comité starts from, read without computing anything: guards ask for it at every act."""

from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from ami.choix.donnees import Proposition
from ami.choix.pack import Scenario
from ami.models import Dossier, ScenarioSelection
from notifications.columns import en_centimes


def relire(ligne: ScenarioSelection) -> Scenario:
    """A scenario as plain values."""
    return Scenario.model_validate(
        {
            "nom": ligne.nom,
            "regles": ligne.regles,
            "proposition": ligne.proposition,
            "choisi": ligne.choisi_le is not None,
        }
    )


def proposition_pour(session: Session, dossier: Dossier) -> dict[str, Any]:
    """What the selection chosen by the comité says of a dossier, as expressions see it."""
    choisie = _choisie(session, dossier)
    if choisie is None:
        return {"existe": False, "retenu": False, "montant": 0}
    aides = {r.dossier: r.montant for r in choisie.retenus}
    aide = aides.get(dossier.numero, Decimal(0))
    return {"existe": True, "retenu": dossier.numero in aides, "montant": en_centimes(aide)}


def parts_pour(session: Session, dossier: Dossier) -> dict[str, Decimal]:
    """Which enveloppe pays what for a dossier, in the selection chosen by the comité; nothing when it has no say."""
    choisie = _choisie(session, dossier)
    retenus = choisie.retenus if choisie is not None else ()
    return next((r.parts for r in retenus if r.dossier == dossier.numero), {})


def _choisie(session: Session, dossier: Dossier) -> Proposition | None:
    requete = select(ScenarioSelection).where(
        ScenarioSelection.campagne_id == dossier.campagne_id, col(ScenarioSelection.choisi_le).is_not(None)
    )
    choisi = session.exec(requete).first()
    return relire(choisi).proposition if choisi is not None else None
