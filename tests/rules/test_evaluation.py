"""Guards become constats that a person can read."""

from datetime import UTC, datetime

import pytest

from rules.affichage import afficher
from rules.evaluation import (
    contexte_controles,
    controles_cites,
    echeance_du_delai,
    est_due,
    evaluer_garde,
    evaluer_transition,
    parametres_contexte,
    raisons_transition,
)
from rules.expressions import EvaluationImpossible
from rules.modele import Delai, Garde
from tests.rules.support import contexte, habitat

REGLEMENT = habitat().reglement
TRANSITIONS = REGLEMENT.workflow("dossier").transition_par_code
FINE, INSECABLE = "\u202f", "\u00a0"


def complet(**remplacements: object) -> dict[str, object]:
    """A context with the paramètres and contrôles of the règlement."""
    valeurs = contexte(parametres=parametres_contexte(REGLEMENT), **remplacements)
    valeurs["controles"] = contexte_controles(REGLEMENT, valeurs)
    return valeurs


def test_a_sound_candidature_is_recevable() -> None:
    valeurs = complet()
    assert est_due(TRANSITIONS["declarer_recevable"], valeurs)
    assert not est_due(TRANSITIONS["declarer_irrecevable"], valeurs)
    constats = evaluer_transition(REGLEMENT, TRANSITIONS["declarer_recevable"], valeurs)
    assert [c.regle for c in constats] == [g.code for g in REGLEMENT.controles["recevabilite"]]
    assert all(c.satisfait and not c.raison for c in constats)


def test_a_missing_letter_is_asked_for_and_named() -> None:
    valeurs = complet(
        pieces={
            "manquantes": ["lettre_bailleur"],
            "manquantes_libelles": ["Lettre d’engagement du bailleur"],
            "deposees": [],
        }
    )
    demander = TRANSITIONS["demander_pieces"]
    assert est_due(demander, valeurs)
    assert [c.raison for c in raisons_transition(REGLEMENT, demander, valeurs)] == [
        "Il manque : Lettre d’engagement du bailleur."
    ]


def test_a_rate_over_the_maximum_is_irrecevable_with_the_rate_found_and_the_threshold() -> None:
    valeurs = complet(dossier__taux_demande=801)
    assert est_due(TRANSITIONS["declarer_irrecevable"], valeurs)
    constats = raisons_transition(REGLEMENT, TRANSITIONS["declarer_irrecevable"], valeurs)
    assert [(c.regle, c.article, c.valeur, c.seuil, c.defaut) for c in constats] == [
        ("taux_aide_etude", "art. 6.1", f"80,1{INSECABLE}%", f"80{INSECABLE}%", "bloquant")
    ]
    assert "80,1" in constats[0].raison


@pytest.mark.parametrize(
    ("verifie", "distance", "satisfait", "valeur"),
    [
        (False, 0, True, "non renseigné"),  # no point, or no contour to measure it against
        (True, 0, True, "0 mètre"),
        (True, 50, True, "50 mètres"),
        (True, 51, False, "51 mètres"),
    ],
)
def test_a_point_is_held_against_the_quartier_only_when_it_was_measured_outside(
    verifie: bool, distance: int, satisfait: bool, valeur: str
) -> None:
    garde = next(g for g in REGLEMENT.controles["recevabilite"] if g.code == "point_dans_le_quartier")
    vu = contexte(
        parametres=parametres_contexte(REGLEMENT),
        territoire__point_verifie=verifie,
        territoire__distance_m=distance,
    )
    constat = evaluer_garde(garde, vu)
    assert (constat.satisfait, constat.valeur, constat.seuil) == (satisfait, valeur, "50 mètres")
    assert constat.defaut == "bloquant"


def test_an_amount_over_the_ceiling_is_told_in_euros() -> None:
    garde = next(g for g in REGLEMENT.controles["recevabilite"] if g.code == "plafond_aide_etude")
    constat = evaluer_garde(garde, complet(dossier__montant_demande=5_000_01))
    assert not constat.satisfait
    assert (constat.valeur, constat.seuil) == (f"5{FINE}000,01{INSECABLE}€", f"5{FINE}000,00{INSECABLE}€")
    assert constat.raison == f"L’aide demandée ({constat.valeur}) dépasse le plafond de {constat.seuil}."


def test_a_controle_is_evaluated_only_when_it_is_read() -> None:
    valeurs = complet(territoire={})
    assert est_due(TRANSITIONS["fermer_liste"], valeurs) is False
    with pytest.raises(EvaluationImpossible, match=r"territoire"):
        est_due(TRANSITIONS["declarer_recevable"], valeurs)


def test_a_value_nobody_gave_does_not_hide_the_constat() -> None:
    garde = Garde(
        code="g", libelle="G", article="1", si="has(donnees.x)", raison="Reçu : {valeur}.", valeur="donnees.x"
    )
    constat = evaluer_garde(garde, contexte())
    assert constat.raison == "Reçu : non renseigné."


def test_the_controles_a_transition_leans_on_are_found() -> None:
    assert controles_cites(TRANSITIONS["declarer_recevable"]) == ["recevabilite"]
    assert controles_cites(TRANSITIONS["constater_pieces_absentes"]) == ["delai_pieces"]
    assert controles_cites(TRANSITIONS["accepter_place"]) == ["delai_place"]
    assert controles_cites(TRANSITIONS["notifier_rejet"]) == []


def test_a_delay_starts_where_the_reglement_says() -> None:
    maintenant = datetime(2026, 1, 20, 9, tzinfo=UTC)
    valeurs = contexte(donnees={"date": datetime(2026, 2, 12, 17, tzinfo=UTC)})
    compte_rendu = REGLEMENT.echeance_par_code["compte_rendu"].delai
    assert echeance_du_delai(compte_rendu, valeurs, maintenant) == datetime(2026, 2, 26, 22, 59, 59, tzinfo=UTC)
    assert echeance_du_delai(Delai(jours=1), valeurs, maintenant) == datetime(2026, 1, 21, 22, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("valeur", "unite", "attendu"),
    [
        (5_000_00, "euros", f"5{FINE}000,00{INSECABLE}€"),
        (800, "taux", f"80{INSECABLE}%"),
        (71_300, "points", "71,3 / 100"),
        (1, "jours", "1 jour"),
        (3, "jours_ouvres", "3 jours ouvrés"),
        (12, "mois", "12 mois"),
        (4, "nombre", "4"),
        (["a", "b"], "liste", "a, b"),
        ([], "liste", "aucun"),
        (datetime(2026, 4, 20, 21, 59, 59, tzinfo=UTC), "date", "20 avril 2026"),
        (datetime(2026, 3, 2, 13, 5, tzinfo=UTC), "date", "2 mars 2026 à 14 h 05"),
        (True, None, "oui"),
        ("", "texte", "non renseigné"),
    ],
)
def test_values_are_shown_as_a_person_reads_them(valeur: object, unite: str | None, attendu: str) -> None:
    assert afficher(valeur, unite) == attendu
