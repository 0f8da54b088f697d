"""Words for codes that several screens, files and papers show: said once, so that they are the same everywhere."""

from typing import Final

from rules.francais import capitaliser
from rules.modele import Reglement

# What a nature of aid is called when the règlement gives it no name.
_NATURES: Final = {
    "aide_etude": "Aide à l'étude",
    "aide_projet": "Aide au projet",
    "participation": "Participation",
}
STATUTS_PLAN: Final = {"sollicite": "sollicité", "acquis": "acquis"}


def libelles_des_aides(reglement: Reglement) -> dict[str, str]:
    """What each nature of aid is called."""
    return _NATURES | {aide.nature: aide.libelle for aide in reglement.aides}


def decision_en_mots(reglement: Reglement, decision: str) -> str:
    """A decision is often an état of the règlement, and has its name; otherwise its code is said as words."""
    etat = reglement.workflow("dossier").etat_par_code.get(decision)
    return etat.libelle if etat is not None else capitaliser(decision.replace("_", " "))
