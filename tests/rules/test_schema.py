"""The drawing and the tables show the whole règlement."""

from rules.chargement import charger_texte
from rules.modele import Reglement
from rules.schema import dessiner, tableau
from rules.table import couples_declares, couples_non_declares, transitions_non_declarees
from rules.vocabulaire import ACTES, ACTES_CREATEURS
from tests.rules.support import habitat, planter

REGLEMENT: Reglement = habitat().reglement


def test_the_drawing_holds_every_etat_phase_and_move() -> None:
    dessin = dessiner(REGLEMENT)
    assert dessin.count("stateDiagram-v2") == len(REGLEMENT.sujets)
    for phase in REGLEMENT.phases:
        assert f'state "{phase.libelle}" as phase_{phase.code} {{' in dessin
    for workflow in REGLEMENT.sujets.values():
        for etat in workflow.etats:
            assert f'state "{etat.libelle}" as {etat.code}\n' in dessin
        for transition in workflow.transitions:
            for depart in transition.de or ["[*]"]:
                assert f"{depart} --> {transition.vers or depart} : " in dessin


def test_labels_hold_nothing_mermaid_would_read_as_its_own() -> None:
    texte = planter("libelle: Fermer la liste complémentaire\n", "libelle: 'Fermer : la \"liste\" ; enfin'\n")
    dessin = dessiner(charger_texte(texte, "essai.yaml").reglement)
    assert "liste_complementaire --> non_retenu : Fermer  - la 'liste' , enfin (automatique)" in dessin


def test_the_text_table_has_a_line_per_transition() -> None:
    lignes = tableau(REGLEMENT).splitlines()
    transitions = sum(len(workflow.transitions) for workflow in REGLEMENT.sujets.values())
    entetes = 3 * len(REGLEMENT.sujets)
    assert len([ligne for ligne in lignes if ligne]) == transitions + entetes
    assert "Recevable" in tableau(REGLEMENT)
    assert "automatique" in tableau(REGLEMENT)


def test_declared_and_undeclared_couples_share_out_the_whole_table() -> None:
    for kind, workflow in REGLEMENT.sujets.items():
        declares = {c for c in couples_declares(REGLEMENT, kind) if c[0] is not None}
        refuses = set(couples_non_declares(REGLEMENT, kind))
        assert declares.isdisjoint(refuses)
        assert len(declares) + len(refuses) == len(workflow.etats) * (len(ACTES) - len(ACTES_CREATEURS))


def test_a_transition_is_refused_from_every_etat_it_does_not_start_from() -> None:
    refuses = set(transitions_non_declarees(REGLEMENT, "dossier"))
    assert ("brouillon", "verser_solde") in refuses
    assert (None, "deposer_candidature") in refuses
    assert ("brouillon", "deposer_candidature") not in refuses
