"""An automatic move keeps what made it due: each condition met, with what was found."""

from datetime import UTC, datetime
from typing import Any

from rules.evaluation import contexte_controles, echeances_regardees, parametres_contexte, raisons_transition
from rules.motifs import motifs_transition
from tests.rules.support import contexte, habitat

REGLEMENT = habitat().reglement
TERME = datetime(2026, 5, 5, 21, 59, 59, tzinfo=UTC)


def motifs(code: str, **remplacements: Any) -> list[tuple[str, str, str]]:
    valeurs = contexte(parametres=parametres_contexte(REGLEMENT), **remplacements)
    transition = REGLEMENT.workflow("dossier").transition_par_code[code]
    trouves = motifs_transition(REGLEMENT, transition, valeurs)
    assert all(constat.satisfait and constat.article == transition.article for constat in trouves)
    return [(c.libelle, simple(c.valeur), simple(c.seuil)) for c in trouves]


def simple(texte: str) -> str:
    return texte.replace("\u202f", " ").replace("\xa0", " ")


def test_a_place_offered_says_which_place_rank_and_money() -> None:
    assert motifs(
        "proposer_place",
        dossier__rang=3,
        dossier__montant_accorde=15_000_00,
        campagne__prochain_rang=3,
        campagne__places_libres=1,
    ) == [
        ("Une place au moins est libre", "1", "0"),
        (
            "Le rang donné au dossier par le comité est égal au premier rang en attente dans la liste",
            "3",
            "3",
        ),
        (
            "La date de fin de la campagne n’est pas passée",
            "30 mars 2026 à 11 h 00",
            "1er janvier 2028 à 1 h 00",
        ),
        ("Un montant est accordé au dossier", "15 000,00 €", "0,00 €"),
        (
            "Le montant accordé au dossier est inférieur ou égal au montant disponible pour ce dossier dans "
            "l’enveloppe de l’aide au projet",
            "15 000,00 €",
            "100 000,00 €",
        ),
    ]


def test_no_end_set_is_said_so() -> None:
    jamais = datetime(9999, 12, 31, tzinfo=UTC)
    trouves = motifs("proposer_place", dossier__rang=1, campagne__prochain_rang=1, campagne__fin=jamais)
    assert trouves[2][2] == "sans limite"


def test_of_an_alternative_only_what_is_true_is_kept() -> None:
    notes = {"notes__attendues": 3, "notes__rendues": 2}
    closes = motifs(
        "clore_evaluation",
        echeances={"ouvertes": ["evaluation"], "depassees": ["evaluation"], "termes": {"evaluation": TERME}},
        **notes,
    )
    assert closes == [
        ("Une évaluation au moins est rendue", "2", "0"),
        ("Aucune évaluation supplémentaire n’est à demander", "non", ""),
        (
            "Le nombre d’évaluations rendues est supérieur ou égal à 2 "
            "(évaluations rendues sans lesquelles la note n’est pas arrêtée)",
            "2",
            "2",
        ),
        ("L’échéance « Évaluation du dossier » est dépassée", "30 mars 2026 à 11 h 00", "5 mai 2026"),
        ("L’échéance « Évaluation supplémentaire du dossier » n’est pas ouverte", "", ""),
    ]


def test_an_act_of_a_person_has_no_motif_and_a_counted_controle_has_its_own_constats() -> None:
    assert motifs("instruire_recevable", donnees={"decision": "recevable"}) == []
    assert motifs("declarer_irrecevable") == []


def test_a_missed_delay_gives_its_day_as_the_threshold() -> None:
    valeurs = contexte(
        echeances={"depassees": ["pieces_ultime"], "termes": {"pieces_ultime": TERME}},
        pieces={"manquantes_libelles": ["Budget"], "manquantes": ["budget_previsionnel"]},
    )
    valeurs["controles"] = contexte_controles(REGLEMENT, valeurs)
    transition = REGLEMENT.workflow("dossier").transition_par_code["constater_pieces_absentes"]
    (constat,) = raisons_transition(REGLEMENT, transition, valeurs)
    assert (constat.valeur, constat.seuil) == ("Budget", "5 mai 2026")
    assert constat.raison == (
        "Les compléments demandés (Budget) ne sont pas parvenus dans le dernier délai, qui courait jusqu’au 5 mai 2026."
    )


def test_the_echeances_an_expression_looks_at_are_seen_wherever_they_stand() -> None:
    assert echeances_regardees('a > 0 && !("x" in echeances.depassees)') == ("x",)
    assert echeances_regardees('"x" in echeances.ouvertes') == ()
