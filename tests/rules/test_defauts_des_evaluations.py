"""Defects of what a règlement says of evaluations: further ones, re-opened ones, what fits an evaluator."""

import pytest

from tests.rules.cas import Cas, controler

CAS = [
    Cas(
        "supplémentaire sans écart admis",
        "  ecart_max: 25  # points entre évaluateurs ; au-delà, un de plus est sollicité\n",
        "",
        "{effet: demander_evaluations, lesquelles: supplementaire}",
        "la grille ne dit pas à partir de quel écart",
    ),
    Cas(
        "écart admis sans effet",
        "{effet: demander_evaluations, lesquelles: supplementaire}",
        "{effet: demander_evaluations}",
        "  ecart_max: 25",
        "rien ne demande d’évaluation supplémentaire",
        "avertissement",
    ),
    Cas(
        "supplémentaire demandée sans fin",
        "notes.ecart > notes.ecart_max && notes.supplementaires == 0",
        "notes.ecart > notes.ecart_max",
        "code: demander_evaluation_supplementaire",
        "elle se répéterait sans fin",
    ),
    Cas(
        "remplacement demandé sans fin",
        "quand: notes.en_conflit > 0",
        "quand: notes.attendues > 0",
        "code: remplacer_evaluateur",
        "elle se répéterait sans fin",
    ),
    Cas(
        "rouverte par un autre acte",
        "          - {effet: demander_evaluations}\n          - {effet: ouvrir_echeance, echeance: evaluation}\n"
        "          - {effet: courriel, message: deport_confirme",
        "          - {effet: demander_evaluations, lesquelles: rouverte}  # ici\n"
        "          - {effet: ouvrir_echeance, echeance: evaluation}\n"
        "          - {effet: courriel, message: deport_confirme",
        "# ici",
        "seul l’acte « rouvrir_evaluation » désigne une évaluation à rouvrir",
    ),
    Cas(
        "compétences lues dans un texte libre",
        "affectation: {points_competence: 2,",
        "affectation: {competences: [presentation], points_competence: 2,",
        "competences: [presentation]",
        "la question de type choix « presentation » n’existe pas",
    ),
]


@pytest.mark.parametrize("cas", CAS, ids=str)
def test_the_defect_is_named_on_its_line_with_a_remedy(cas: Cas) -> None:
    controler(cas)
