"""Forms: what a règlement asks is what an act must answer, kept as plain exact values."""

import pytest
from pydantic import ValidationError

from ami import agir  # noqa: F401  # fills the registry of acts
from ami.actes import ACTES
from ami.erreurs import DonneesInvalides
from ami.formulaires import reponses_pour_expressions, valider_corrections, valider_reponses
from ami.phrases import raison
from rules.modele import Champ, Formulaire, Reglement
from tests.usecases.monde import reglement_reel


def reglement(*champs: dict[str, object]) -> Reglement:
    formulaire = Formulaire(
        libelle="Essai", acte="deposer_candidature", champs=[Champ.model_validate(c) for c in champs]
    )
    return reglement_reel().reglement.model_copy(update={"formulaires": {"essai": formulaire}})


def champ(type_: str, **options: object) -> dict[str, object]:
    return {"code": "q", "libelle": "La question", "type": type_, **options}


@pytest.mark.parametrize(
    ("question", "reponse", "gardee"),
    [
        (champ("texte"), "  Les Terrasses ", "Les Terrasses"),
        (champ("texte_long"), "un\r\ndeux", "un\ndeux"),
        (champ("entier"), "12", 12),
        (champ("euros"), "1234.50", "1234.50"),
        (champ("taux"), "0.78", "0.78"),
        (champ("date"), "2026-03-30", "2026-03-30"),
        (champ("choix", choix=["à trouver", "identifié"]), "identifié", "identifié"),
        (champ("booleen"), True, True),
        (champ("point"), {"latitude": "43.5800", "longitude": "1.4"}, {"latitude": "43.5800", "longitude": "1.4"}),
    ],
)
def test_chaque_type_de_question_garde_sa_reponse(question: dict[str, object], reponse: object, gardee: object) -> None:
    assert valider_reponses(reglement(question), "deposer_candidature", {"q": reponse}) == {"q": gardee}


@pytest.mark.parametrize(
    ("question", "reponse", "raison"),
    [
        (champ("texte"), "a\nBcc: tous@example.org", "une ligne"),
        (champ("texte"), "a\u2028b", "une ligne"),
        (champ("texte", longueur_max=3), "abcd", "dépasse 3 caractères"),
        (champ("texte_long"), "a\0b", "caractère de contrôle"),
        (champ("entier"), "douze", "nombre entier"),
        (champ("entier"), True, "nombre entier"),
        (champ("euros"), "12.345", "pas plus de 2 décimales"),
        (champ("euros"), 0.1, "reste exact"),
        (champ("euros"), "-1", "au moins 0"),
        (champ("taux"), "1.2", "au plus 1"),
        (champ("date"), "29/02/2027", "2026-03-30"),
        (champ("choix", choix=["oui", "non"]), "peut-être", "choisissez parmi"),
        (champ("booleen"), "peut-être", "oui ou par non"),
        (champ("point"), {"latitude": "91", "longitude": "0"}, "au plus 90"),
    ],
)
def test_une_mauvaise_reponse_est_refusee_en_nommant_la_question(
    question: dict[str, object], reponse: object, raison: str
) -> None:
    with pytest.raises(DonneesInvalides) as refus:
        valider_reponses(reglement(question), "deposer_candidature", {"q": reponse})
    assert "« La question » (q)" in refus.value.message
    assert raison in refus.value.message


@pytest.mark.parametrize("vide", [{}, {"q": None}, {"q": "   "}])
def test_une_reponse_obligatoire_ne_peut_pas_manquer(vide: dict[str, object]) -> None:
    with pytest.raises(DonneesInvalides, match="une réponse est demandée"):
        valider_reponses(reglement(champ("texte")), "deposer_candidature", vide)


def test_une_reponse_facultative_peut_manquer() -> None:
    facultative = reglement(champ("texte", obligatoire=False))
    assert valider_reponses(facultative, "deposer_candidature", {"q": ""}) == {}


def test_une_question_inconnue_est_refusee() -> None:
    with pytest.raises(DonneesInvalides, match="pas posée ici"):
        valider_reponses(reglement(champ("texte")), "deposer_candidature", {"q": "a", "etat": "laureat"})


def test_une_correction_ne_repond_qu_a_ce_qu_elle_corrige() -> None:
    deux = reglement(champ("texte"), {"code": "r", "libelle": "Autre", "type": "entier"})
    assert valider_corrections(deux, {"r": 3}) == {"r": 3}
    with pytest.raises(DonneesInvalides, match="nombre entier"):
        valider_corrections(deux, {"r": "trois"})


def test_les_expressions_voient_des_nombres_exacts() -> None:
    questions = reglement(champ("euros"), {"code": "t", "libelle": "T", "type": "taux"})
    vues = reponses_pour_expressions(questions, {"q": "1234.50", "t": "0.785"})
    assert (str(vues["q"]), vues["t"]) == ("1234.50", 785)


FAUX: list[object] = [None, "x", -1, 1.5, True, [], {}, "2026-13-40", "a\nb", "9" * 400, ["x"] * 60, "NaN"]


@pytest.mark.parametrize("acte", sorted(ACTES))
def test_aucune_erreur_de_saisie_n_est_dite_en_anglais(acte: str) -> None:
    """Every field of every act, given every kind of nonsense."""
    schema = ACTES[acte].schema
    for champ in (*schema.model_fields, "inconnu"):
        for valeur in FAUX:
            try:
                schema.model_validate({champ: valeur})
            except ValidationError as erreur:
                for defaut in erreur.errors():
                    dite = raison(defaut)
                    assert dite != defaut["msg"]
                    assert "Input" not in dite
                    assert "should" not in dite
                    # The catch-all is for what nobody foresaw, not for what is listed here.
                    assert "forme attendue" not in dite, defaut
