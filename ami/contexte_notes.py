"""What expressions read of the evaluations of a dossier (`notes` in `rules.contexte.CONTEXTE`)."""

from datetime import datetime
from typing import Any, Final

from sqlmodel import Session

from ami.affectations import evaluateur_libre
from ami.choix.notes import MILLIEMES
from ami.models import Dossier
from ami.scores import calculer_score
from rules.modele import Grille

_HORS_D_ATTEINTE: Final = MILLIEMES  # no two scores can be further apart
_SANS_GRILLE: Final[dict[str, Any]] = {
    "attendues": 0,
    "rendues": 0,
    "total": 0,
    "eliminatoires": 0,
    "ecart": 0,
    "ecart_max": _HORS_D_ATTEINTE,
    "supplementaires": 0,
    "en_conflit": 0,
    "a_departager": False,
}


def lire_notes(session: Session, dossier: Dossier, grille: Grille | None, maintenant: datetime) -> dict[str, Any]:
    """Scores and counts; who else could read the dossier is looked for only when the notes disagree."""
    if grille is None:
        return _SANS_GRILLE
    score, borne = calculer_score(session, dossier, grille), ecart_admis(grille)
    return {
        "attendues": score.attendues,
        "rendues": score.rendues,
        "total": score.total_millieme,
        "eliminatoires": score.eliminatoires,
        "ecart": score.ecart_millieme,
        "ecart_max": borne,
        "supplementaires": score.supplementaires,
        "en_conflit": score.en_conflit,
        "a_departager": score.ecart_millieme > borne
        and score.supplementaires == 0
        and evaluateur_libre(session, dossier, maintenant),
    }


def ecart_admis(grille: Grille) -> int:
    """The bound of the grille, in thousandths of a point; out of reach when it has none."""
    return int(grille.ecart_max * 1000) if grille.ecart_max is not None else _HORS_D_ATTEINTE
