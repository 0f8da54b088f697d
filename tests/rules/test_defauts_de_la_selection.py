"""The selection and the tie-breaks: defects planted in the règlement shipped."""

import pytest

from tests.rules.cas import Cas, controler

SELECTION = '  article: "art. 8.2"\n  hypothese: true\n\ncomite:'
CAS = [
    Cas(
        "critère de départage inconnu",
        "critere: emancipation}",
        "critere: emancipatoin}",
        "critere: emancipatoin",
        "le critère « emancipatoin » n’existe pas",
    ),
    Cas(
        "départage sans critère",
        "{selon: note_critere, critere: emancipation}",
        "{selon: note_critere}",
        "{selon: note_critere}",
        "ne dit pas lequel",
    ),
    Cas(
        "critère pour rien",
        "{selon: depot}",
        "{selon: depot, critere: mixite}",
        "{selon: depot, critere",
        "ne regarde aucun critère",
    ),
    Cas(
        "note requise inconnue",
        "  seuil: seuil_laureat\n  montant",
        "  seuil: seuil_laureta\n  montant",
        "seuil: seuil_laureta",
        "« seuil_laureta » n’existe pas",
    ),
    Cas(
        "note requise en euros",
        "  seuil: seuil_laureat\n  montant",
        "  seuil: plafond_projet\n  montant",
        "  seuil: plafond_projet\n",
        "« plafond_projet » n’existe pas",
    ),
    Cas(
        "montant d’un paramètre inconnu",
        "  montant: parametres.plafond_projet\n",
        "  montant: parametres.plafond_projte\n",
        "plafond_projte",
        "plafond_projte",
    ),
    Cas(
        "montant qui est un texte",
        "  montant: parametres.plafond_projet\n",
        "  montant: dossier.numero\n",
        "  montant: dossier.numero",
        "l’expression doit donner",
    ),
    Cas(
        "aide non déclarée",
        "selection:\n  nature: aide_projet\n",
        "selection:\n  nature: participation\n",
        "  nature: participation",
        "l’aide « participation » n’existe pas",
    ),
    Cas(
        "axe sans question",
        SELECTION,
        SELECTION.replace("  hypothese", "  axe: theme\n  hypothese"),
        "axe: theme",
        "la question « theme » n’existe pas",
    ),
    Cas(
        "plancher sans réduction",
        SELECTION,
        SELECTION.replace("  hypothese", "  plancher: 0.5\n  hypothese"),
        "plancher: 0.5",
        "aucune aide ne peut être réduite",
    ),
    Cas(
        "quota par axe sans axe",
        SELECTION,
        SELECTION.replace(
            "  hypothese", "  quotas: [{code: q, libelle: Q, champ: axe, minimum: 1, article: x}]\n  hypothese"
        ),
        "quotas: [",
        "ne dit pas où l’axe se lit",
    ),
    Cas(
        "quota qui ne demande rien",
        SELECTION,
        SELECTION.replace("  hypothese", "  quotas: [{code: q, libelle: Q, champ: region, article: x}]\n  hypothese"),
        "quotas: [",
        "le quota « q » ne demande rien",
    ),
    Cas(
        "quota intenable",
        SELECTION,
        SELECTION.replace(
            "  hypothese",
            "  quotas: [{code: q, libelle: Q, champ: region, part_min: 0.6, part_max: 0.5, article: x}]\n  hypothese",
        ),
        "quotas: [",
        "demande plus qu’il n’admet",
    ),
]


@pytest.mark.parametrize("cas", CAS, ids=str)
def test_a_planted_defect_is_named_on_its_line(cas: Cas) -> None:
    controler(cas)
