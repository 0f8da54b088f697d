"""The facts of the messages about what surrounds a dossier (see `ami.faits`): avis, revues, partners, avenants."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session

from ami.avis import SENS
from ami.models import Dossier, Structure
from ami.partenariat import partenaires_de
from notifications.columns import en_euros
from notifications.formats import nombre
from rules.calendrier import PARIS
from rules.modele import IndicateurRegle, Reglement

Faits = dict[str, Any]
ZERO: Final = Decimal(0)


def faits_autour(
    session: Session, dossier: Dossier, reglement: Reglement, donnees: Mapping[str, Any], contexte: Mapping[str, Any]
) -> Faits:
    """What the data of an act add to its messages; a fact not given is absent.

    `contexte` is that of the move: what was engaged before an avenant frees the difference.
    """
    return {
        "avis_sens": SENS.get(str(donnees.get("sens", ""))),
        "conditions": _lignes(donnees.get("conditions")),
        "revue_prochaine": _a_minuit(donnees.get("prochaine_le")),
        "capital": donnees.get("capital"),
        "indicateurs": _indicateurs(reglement, donnees.get("valeurs")),
        **_avenant(donnees, contexte),
        **_depenses(donnees),
        **_partenaires(session, dossier, donnees),
    }


def _lignes(texte: object) -> list[str] | None:
    return [ligne.strip() for ligne in str(texte).splitlines() if ligne.strip()] if texte else None


def _a_minuit(jour: object) -> datetime | None:
    return datetime.combine(jour, time(), tzinfo=PARIS) if isinstance(jour, date) else None


def _avenant(donnees: Mapping[str, Any], contexte: Mapping[str, Any]) -> Faits:
    """An avenant has an end; nothing else that an act brings does."""
    if "fin" not in donnees:
        return {}
    budget = contexte["budget"][donnees["nature"]]
    return {
        "avenant_reference": donnees["reference"],
        "avenant_fin": donnees["fin"],
        "montant_nouveau": donnees["montant"],
        "montant_precedent": en_euros(budget["engage"] - budget["libere"]),
    }


def _depenses(donnees: Mapping[str, Any]) -> Faits:
    return {"depenses": donnees["montant"]} if "commentaire" in donnees and "montant" in donnees else {}


def _partenaires(session: Session, dossier: Dossier, donnees: Mapping[str, Any]) -> Faits:
    noms = {p.structure_id: session.get_one(Structure, p.structure_id).nom for p in partenaires_de(session, dossier)}
    return {"partenaires": list(noms.values()) or None, "partenaire_nom": noms.get(donnees.get("structure", 0))}


def _indicateurs(reglement: Reglement, valeurs: Mapping[str, Decimal] | None) -> list[str] | None:
    """« Label : value unit », in the règlement's order."""
    if not valeurs:
        return None
    return [_indicateur(regle, valeurs[regle.code]) for regle in reglement.indicateurs if regle.code in valeurs]


def _indicateur(regle: IndicateurRegle, valeur: Decimal) -> str:
    return f"{regle.libelle} : {nombre(valeur)} {regle.unite}"
