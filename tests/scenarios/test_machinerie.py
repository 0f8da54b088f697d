"""What a story cannot get away with: leaving out what happens, or announcing what does not."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.recit import jouer, lire, planter
from tests.support.recit_modele import DECORS, RecitInvalide, lire_yaml, valider

DECOR = DECORS / "habitat_participatif.yaml"
RETENU: dict[str, Any] = {
    "le": "28/04/2026 16:00",
    "acte": "selectionner",
    "par": "agente",
    "dossier": "voisins",
    "donnees": {"decision": "retenu", "motif": "Projet mûr", "montant_accorde": "4000.00"},
    "etat": "retenu_etude",
    "journal": ["retenir_etude"],
    "courriels": {"selection_retenu": ["bailleresse", "accompagnatrice", "suivi"]},
    "argent": {"aide_etude": {"engage": 4000}},
}


def recit(*lignes: dict[str, Any]) -> dict[str, Any]:
    """A story of one dossier already recevable, and what is told of it."""
    coulisse = {"le": "20/04/2026", "coulisse": "voisins", "jusqu_a": "recevable"}
    return {**lire_yaml(DECOR), "titre": "Essai", "histoire": [coulisse, *deepcopy(lignes)]}


def raconter(engine: Engine, tmp_path: Path, *lignes: dict[str, Any]) -> None:
    lu = valider(recit(*lignes), "essai")
    for _ in jouer(planter(engine, tmp_path / "pieces", lu), lu):
        pass


def test_what_is_told_in_full_passes(engine_sqlite: Engine, tmp_path: Path) -> None:
    lettre = {"selection_retenu": ["Montant accordé : 4 000,00 €", "pas: 5 000"]}
    raconter(engine_sqlite, tmp_path, {**RETENU, "lettres": lettre})


@pytest.mark.parametrize("rubrique", ["etat", "journal", "courriels", "argent"])
def test_what_happens_and_is_not_told_fails(engine_sqlite: Engine, tmp_path: Path, rubrique: str) -> None:
    """No check can be left out: a line that says nothing of its courriels says that none left."""
    muette = {clef: valeur for clef, valeur in RETENU.items() if clef != rubrique}
    with pytest.raises(AssertionError, match=r"ligne 2 \(28/04/2026 16:00, voisins\) : selectionner"):
        raconter(engine_sqlite, tmp_path, muette)


@pytest.mark.parametrize(
    ("rubrique", "valeur"),
    [
        ("etat", "etude_en_cours"),
        ("journal", ["retenir_etude", "signer_convention_etude"]),
        ("courriels", {"selection_retenu": ["bailleresse", "accompagnatrice", "suivi", "financeuse"]}),
        ("argent", {"aide_etude": {"engage": 4000, "paye": "0.01"}}),
        ("refus", "l'enveloppe ne suffit pas"),
        ("lettres", {"selection_retenu": ["Montant accordé : 4 000,01 €"]}),
        ("lettres", {"selection_retenu": ["pas: Montant accordé : 4 000,00 €"]}),
        ("lettres", {"selection_liste": ["liste"]}),
        ("aussi", {"voisines": {"etat": "recevable"}}),
    ],
)
def test_what_is_told_and_does_not_happen_fails(
    engine_sqlite: Engine, tmp_path: Path, rubrique: str, valeur: object
) -> None:
    with pytest.raises(AssertionError, match="ligne 2"):
        raconter(engine_sqlite, tmp_path, {**RETENU, rubrique: valeur})


def test_minutes_that_do_not_say_what_is_told_fail(engine_sqlite: Engine, tmp_path: Path) -> None:
    sieges = {"RAHP": None, "ANCT": None, "Habitat Participatif France": None}
    seance: list[dict[str, Any]] = [
        {"le": "21/04/2026 10:00", "convoquer": {"seance": "s-1", "tenue_le": "28/04/2026 14:00"}},
        {"le": "28/04/2026 14:00", "emarger": {"seance": "s-1", "sieges": sieges}},
        {"le": "28/04/2026 15:00", "voter": {"seance": "s-1", "decision": "retenu", "voix": {"RAHP": "pour"}},
         "dossier": "voisins", "refus": "Personne n'est nommé au siège RAHP"},
    ]  # fmt: skip
    minutes = {"le": "29/04/2026", "proces_verbal": {"seance": "s-1", "dit": ["3 membres sur 5", "Lauréat"]}}
    with pytest.raises(AssertionError, match="procès-verbal, « Lauréat »"):
        raconter(engine_sqlite, tmp_path, *seance, minutes)


def test_what_moves_elsewhere_is_told_as_well(engine_sqlite: Engine, tmp_path: Path) -> None:
    depose = {"le": "20/04/2026", "coulisse": "autre", "jusqu_a": "brouillon"}
    with pytest.raises(AssertionError, match=r"états, attendu"):
        raconter(engine_sqlite, tmp_path, depose, {**RETENU, "aussi": {"autre": {"etat": "recevable"}}})


@pytest.mark.parametrize(
    ("defaut", "raison"),
    [
        ({"couriels": {}}, "« couriels » n’existe pas ici"),
        ({"par": None}, "un acte ou une pièce a un auteur"),
        ({"acte": None}, "il ne se passe rien"),
        ({"dossier": None, "acte": None, "relances": True}, "l'état de quoi"),
        ({"notifier": "s-1"}, "une ligne, une chose : séparez selectionner, notifier"),
        ({"jusqu_a": "clos"}, "« coulisse » et « jusqu_a » vont ensemble"),
        ({"coulisse": "a", "jusqu_a": "clos"}, "une coulisse n'annonce rien ; retirez acte, argent"),
    ],
)
def test_a_line_that_says_something_else_is_refused(defaut: dict[str, Any], raison: str) -> None:
    with pytest.raises(RecitInvalide, match=raison) as refus:
        valider(recit({**RETENU, **defaut}), "essai.yaml")
    assert "essai.yaml, histoire.2" in str(refus.value)


def test_a_story_without_a_line_is_refused() -> None:
    with pytest.raises(RecitInvalide, match="trop courte"):
        valider({**recit(), "histoire": []}, "essai.yaml")


def test_an_unknown_decor_is_named(tmp_path: Path) -> None:
    fichier = tmp_path / "essai.yaml"
    fichier.write_text("titre: Essai\ndecor: nulle_part.yaml\nhistoire: []\n", encoding="utf-8")
    with pytest.raises(RecitInvalide, match=r"« nulle_part\.yaml » n'existe pas"):
        lire(fichier)


@pytest.mark.parametrize(
    ("ligne", "raison"),
    [
        ({**RETENU, "par": "personne"}, "personne ne s'appelle ainsi"),
        ({**RETENU, "donnees": {"comite": "@inconnu"}}, "« @inconnu » ne désigne rien"),
    ],
)
def test_somebody_who_is_not_in_the_story_is_named(
    engine_sqlite: Engine, tmp_path: Path, ligne: dict[str, Any], raison: str
) -> None:
    with pytest.raises(RecitInvalide, match=raison):
        raconter(engine_sqlite, tmp_path, ligne)


def test_a_shortcut_that_does_not_exist_lists_those_that_do(engine_sqlite: Engine, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"aucun raccourci vers « lune » ; le décor connaît .*recevable"):
        raconter(engine_sqlite, tmp_path, {"le": "21/04/2026", "coulisse": "autre", "jusqu_a": "lune"})


@pytest.mark.parametrize("decor", sorted(DECORS.glob("*.yaml")), ids=lambda chemin: chemin.stem)
def test_every_shortcut_of_a_decor_leads_where_it_says(engine_sqlite: Engine, tmp_path: Path, decor: Path) -> None:
    """The last of each way is walked: those it passes by are walked with it."""
    document = lire_yaml(decor)
    depuis = {raccourci.get("depuis") for raccourci in document["raccourcis"].values()}
    bouts = [etat for etat in document["raccourcis"] if etat not in depuis]
    histoire = [{"le": "20/04/2026", "coulisse": f"vers_{etat}", "jusqu_a": etat} for etat in bouts]
    lu = valider({**document, "titre": "Essai", "histoire": histoire}, decor.name)
    assert bouts
    assert len(list(jouer(planter(engine_sqlite, tmp_path / "pieces", lu), lu))) == len(bouts)


def test_a_role_nobody_holds_is_named(engine_sqlite: Engine, tmp_path: Path) -> None:
    sans_agent = recit({**RETENU, "par": "bailleresse"})
    del sans_agent["personnes"]["agente"]
    sans_agent["histoire"][0]["jusqu_a"] = "liste_etude"
    lu = valider(sans_agent, "essai")
    with pytest.raises(AssertionError, match="un raccourci fait agir « agent », et personne ne tient ce rôle"):
        list(jouer(planter(engine_sqlite, tmp_path / "pieces", lu), lu))


def test_a_figure_may_be_tried_without_touching_the_file(engine_sqlite: Engine, tmp_path: Path) -> None:
    """« Et si le plafond était de 4 500 € ? »"""
    accorde = {**RETENU["donnees"], "montant_accorde": "4800.00"}
    refusee = {**RETENU, "donnees": accorde, "refus": "dépasse le plafond de 4 500,00 €"}
    for issue in ("etat", "journal", "courriels", "argent"):
        del refusee[issue]
    lu = valider({**recit(refusee), "parametres": {"plafond_etude": 4500}}, "essai")
    assert len(list(jouer(planter(engine_sqlite, tmp_path / "pieces", lu), lu))) == 2


def test_a_figure_the_reglement_does_not_have_is_named(engine_sqlite: Engine, tmp_path: Path) -> None:
    lu = valider({**recit(), "parametres": {"plafond_lune": 1}}, "essai")
    with pytest.raises(RecitInvalide, match="n'a pas ce chiffre"):
        planter(engine_sqlite, tmp_path / "pieces", lu)
