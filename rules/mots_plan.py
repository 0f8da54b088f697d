"""The words of the financing plan, of what staff asked for, and of the de minimis count (see `rules.mots_contexte`)."""

from typing import Final

from rules.mot import Mot, compte
from rules.mots_listes import NATURES


def _minimis(aide: str) -> dict[str, Mot]:
    """The words of the de minimis count for one nature of aid; `aide` is « l’aide à l’étude »."""
    return {
        "concerne": Mot(
            "l’application de la règle de minimis",
            "f",
            oui=f"la règle de minimis concerne le bénéficiaire de {aide}",
            non=f"la règle de minimis ne concerne pas le bénéficiaire de {aide}",
        ),
        "compte": Mot(f"les aides de minimis déjà comptées pour le bénéficiaire de {aide}", "fp"),
    }


PLAN: Final[dict[str, Mot]] = {
    "plan.lignes": compte(
        "le nombre de lignes du plan de financement",
        "le plan de financement n’est pas déposé",
        "le plan de financement est déposé",
    ),
    "plan.base": Mot(
        "la base du plan de financement (HT ou TTC)",
        "f",
        est="le plan de financement est établi {}",
        nest="le plan de financement n’est pas établi {}",
        valeurs="bases",
    ),
    "plan.aides_publiques": Mot("les aides publiques du plan de financement", "fp"),
    "plan.autofinancement": Mot("l’autofinancement du plan de financement"),
    "plan.acquis": Mot("les ressources acquises du plan de financement", "fp"),
    "plan.sollicite": Mot("les ressources sollicitées et non encore acquises du plan de financement", "fp"),
    "plan.cout_eligible": Mot("le coût éligible du plan de financement"),
    "plan.sans_statut": Mot(
        "les financeurs dont on ne sait pas si l’aide est sollicitée ou acquise",
        "mp",
        elements="des financeurs dont on ne sait pas si l’aide est sollicitée ou acquise",
        oui="un financeur au moins n’est dit ni sollicité ni acquis",
        non="chaque financeur est dit sollicité ou acquis",
    ),
    "plan.en_nature_emplois": Mot("les emplois en nature du plan de financement", "mp"),
    "plan.en_nature_ressources": Mot("les ressources en nature du plan de financement", "fp"),
    "demandes.en_attente": compte(
        "le nombre de pièces et de réponses demandées et attendues",
        "tout ce qui a été demandé est arrivé",
        "une pièce ou une réponse demandée au moins est attendue",
    ),
    "demandes.en_attente_libelles": Mot(
        "les pièces et réponses demandées et attendues",
        "fp",
        elements="des pièces et réponses demandées",
        oui="une pièce ou une réponse demandée au moins est attendue",
        non="tout ce qui a été demandé est arrivé",
    ),
    **{f"minimis.{nature}.{champ}": mot for nature, nom in NATURES.items() for champ, mot in _minimis(nom).items()},
}
