"""The facts of the messages about what surrounds a dossier (see `ami.faits`): avis, revues, partners, avenants."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session, col, select

from ami.avis import SENS
from ami.models import Comite, Dossier, Structure
from ami.partenariat import partenaires_de
from notifications.columns import en_euros
from notifications.formats import nombre
from rules.calendrier import PARIS
from rules.modele import IndicateurRegle, Reglement

Faits = dict[str, Any]
ZERO: Final = Decimal(0)
# A member of the comité is called once to a session, not once per dossier.
PAR_SEANCE: Final = frozenset({"convocation_comite"})


def faits_autour(
    session: Session, dossier: Dossier, reglement: Reglement, donnees: Mapping[str, Any], contexte: Mapping[str, Any]
) -> Faits:
    """What the data of an act add to its messages; a fact not given is absent.

    `contexte` is that of the move: what was engaged before an avenant frees the difference.
    """
    return {
        "avis_sens": SENS.get(str(donnees.get("sens", ""))),
        "reserves": _lignes(donnees.get("reserves")),
        "conditions": _lignes(donnees.get("conditions")),
        "revue_prochaine": _a_minuit(donnees.get("prochaine_le")),
        "capital": donnees.get("capital"),
        "indicateurs": _indicateurs(reglement, donnees.get("valeurs")),
        "dossiers": _dossiers(session, dossier) if _convoque(donnees) else None,
        **_avenant(donnees, contexte),
        **_depenses(donnees),
        **_partenaires(session, dossier, donnees),
    }


def cause_de_seance(session: Session, message: str, donnees: Mapping[str, Any]) -> str | None:
    """What causes a message said once per session of the comité, whatever the number of dossiers called to it."""
    if message not in PAR_SEANCE or not _convoque(donnees):
        return None
    return cause_convocation(session.get_one(Comite, donnees["comite"]))


def cause_convocation(comite: Comite) -> str:
    """The cause of a convocation: a new one for each new date or place, so that it is told again, and once."""
    return f"comite:{comite.id}" + (f":{comite.revision}" if comite.revision > 1 else "")


def seance(comite: Comite) -> Faits:
    """When and where, and the name under which diaries keep it."""
    return {
        "comite_date": comite.tenue_le,
        "comite_lieu": comite.lieu,
        "seance": f"comite-{comite.id}",
        "seance_revision": comite.revision,
    }


def _convoque(donnees: Mapping[str, Any]) -> bool:
    """True for the data of a convocation: a session, and a word."""
    return {"comite", "message"} <= set(donnees)


def _dossiers(session: Session, dossier: Dossier) -> list[str]:
    """The dossiers of the campagne that wait for the same session."""
    requete = select(Dossier).where(Dossier.campagne_id == dossier.campagne_id, Dossier.etat == dossier.etat)
    return [f"{d.numero} – {d.titre}" for d in session.exec(requete.order_by(col(Dossier.id)))]


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
