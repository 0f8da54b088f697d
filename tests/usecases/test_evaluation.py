"""Evaluators: drafts, final notes, what the grille admits, and withdrawing."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from ami.erreurs import DonneesInvalides, Introuvable, Refus
from ami.models import Deport, Note, ScoreFige
from ami.sujets import identifiant
from tests.usecases.monde import JOUR, Monde


def notes(monde: Monde, valeur: str = "3", **autres: dict[str, object]) -> dict[str, object]:
    assert monde.reglement.grille is not None
    return {**{c.code: {"valeur": valeur} for c in monde.reglement.grille.criteres}, **autres}


def test_un_brouillon_peut_etre_partiel_et_se_finit_en_deux_fois(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    affectation = monde.affecter(dossier, eva)
    toutes = notes(monde)
    premiere, *reste = toutes
    monde.faire("noter", dossier, {"notes": {premiere: {"valeur": "1"}}}, eva, "evaluateur")
    assert affectation.statut == "demandee"
    with pytest.raises(DonneesInvalides, match="il reste à noter"):
        monde.faire("noter", dossier, {"notes": {premiere: {"valeur": "2"}}, "final": True}, eva, "evaluateur")
    monde.faire("noter", dossier, {"notes": {c: toutes[c] for c in reste}, "final": True}, eva, "evaluateur")
    assert (affectation.statut, affectation.rendue_le) == ("rendue", JOUR)
    lues = {n.critere: n.valeur for n in monde.session.exec(select(Note))}
    assert lues == {premiere: Decimal(1), **dict.fromkeys(reste, Decimal(3))}


def test_une_evaluation_rendue_ne_se_modifie_plus(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    monde.affecter(dossier, eva)
    monde.faire("noter", dossier, {"notes": notes(monde), "final": True}, eva, "evaluateur")
    with pytest.raises(Refus, match="déjà rendue"):
        monde.faire("noter", dossier, {"notes": notes(monde)}, eva, "evaluateur")


def test_une_evaluation_rouverte_redevient_le_brouillon_de_son_auteur(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    affectation = monde.affecter(dossier, eva)
    rouvrir = {"evaluateur": eva.id, "motif": "Deux critères intervertis"}
    with pytest.raises(Introuvable, match="n'évalue pas ce dossier"):
        monde.faire("rouvrir_evaluation", dossier, {**rouvrir, "evaluateur": monde.agent.id}, monde.agent, "agent")
    with pytest.raises(Refus, match="pas encore rendu"):
        monde.faire("rouvrir_evaluation", dossier, rouvrir, monde.agent, "agent")
    monde.faire("noter", dossier, {"notes": notes(monde), "final": True}, eva, "evaluateur")
    monde.faire("rouvrir_evaluation", dossier, rouvrir, monde.agent, "agent")
    assert (affectation.statut, affectation.rendue_le) == ("demandee", None)
    monde.faire("noter", dossier, {"notes": {"mixite": {"valeur": "4"}}, "final": True}, eva, "evaluateur")
    valeurs = sorted(n.valeur or 0 for n in monde.session.exec(select(Note)))
    assert (valeurs[-2:], affectation.statut) == ([Decimal(3), Decimal(4)], "rendue")
    monde.session.add(
        ScoreFige(dossier_id=identifiant(dossier), total_millieme=1, eliminatoires=0, evaluations=1, fige_le=JOUR)
    )
    monde.session.flush()
    with pytest.raises(Refus, match="est arrêtée"):
        monde.faire("rouvrir_evaluation", dossier, rouvrir, monde.agent, "agent")


def test_une_evaluation_ne_revient_pas_a_qui_a_depuis_un_interet(monde_leger: Monde) -> None:
    dossier, eva = monde_leger.dossier(), monde_leger.personne("evaluateur")
    monde_leger.affecter(dossier, eva, "rendue")
    eva.structure_id = monde_leger.porteur.id
    monde_leger.session.flush()
    with pytest.raises(Refus, match="sa structure porte ce dossier"):
        monde_leger.faire(
            "rouvrir_evaluation", dossier, {"evaluateur": eva.id, "motif": "x"}, monde_leger.agent, "agent"
        )


@pytest.mark.parametrize(
    ("mauvaise", "raison"),
    [
        ({"mixite": {"valeur": "5.5"}}, "comprise entre 0 et 5"),
        ({"mixite": {"valeur": "-1"}}, "comprise entre 0 et 5"),
        ({"mixite": {"valeur": "3.123"}}, "mixite"),
        ({"mixite": {}}, "une valeur"),
        ({"mixite": {"valeur": "3", "na": True}}, "une valeur"),
        ({"beaute": {"valeur": "3"}}, "n'est pas un critère"),
        ({"mixite": {"valeur": "5"}}, "commentaire"),
        ({"mixite": {"valeur": "0"}}, "commentaire"),
    ],
)
def test_une_note_fautive_est_refusee(monde_leger: Monde, mauvaise: dict[str, Any], raison: str) -> None:
    dossier, eva = monde_leger.dossier(), monde_leger.personne("evaluateur")
    monde_leger.affecter(dossier, eva)
    with pytest.raises(DonneesInvalides, match=raison):
        monde_leger.faire("noter", dossier, {"notes": notes(monde_leger, **mauvaise), "final": True}, eva, "evaluateur")


def test_un_brouillon_ne_dispense_pas_d_expliquer_une_note_extreme(monde_leger: Monde) -> None:
    dossier, eva = monde_leger.dossier(), monde_leger.personne("evaluateur")
    affectation = monde_leger.affecter(dossier, eva)
    brouillon = {"notes": notes(monde_leger, mixite={"valeur": "0"})}
    monde_leger.faire("noter", dossier, brouillon, eva, "evaluateur")
    with pytest.raises(DonneesInvalides, match=r"une note de 0 s'explique"):
        monde_leger.faire("noter", dossier, {"notes": {}, "final": True}, eva, "evaluateur")
    explique = {"mixite": {"valeur": "0", "commentaire": "Rien n'en est dit."}}
    monde_leger.faire("noter", dossier, {"notes": explique, "final": True}, eva, "evaluateur")
    assert affectation.statut == "rendue"


def test_une_note_extreme_commentee_est_admise(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    affectation = monde.affecter(dossier, eva)
    extreme = notes(monde, mixite={"valeur": "5", "commentaire": "Exemplaire."})
    monde.faire("noter", dossier, {"notes": extreme, "final": True}, eva, "evaluateur")
    assert affectation.statut == "rendue"


@pytest.mark.parametrize(("regle", "admis"), [("redistribuer", True), ("zero", True), ("interdit", False)])
def test_non_applicable_n_est_admis_que_si_la_grille_l_admet(monde_leger: Monde, regle: str, admis: bool) -> None:
    dossier, eva = monde_leger.dossier(), monde_leger.personne("evaluateur")
    monde_leger.affecter(dossier, eva)
    assert monde_leger.reglement.grille is not None
    grille = monde_leger.reglement.grille.model_copy(update={"non_applicable": regle})
    reglement = monde_leger.reglement.model_copy(update={"grille": grille})
    donnees = {"notes": {"mixite": {"na": True}}}
    if admis:
        monde_leger.faire("noter", dossier, donnees, eva, "evaluateur", reglement=reglement)
        assert monde_leger.session.exec(select(Note)).one().valeur is None
    else:
        with pytest.raises(DonneesInvalides, match="non applicable"):
            monde_leger.faire("noter", dossier, donnees, eva, "evaluateur", reglement=reglement)


def test_le_dossier_d_un_autre_n_existe_pas_pour_un_evaluateur(monde: Monde) -> None:
    with pytest.raises(Introuvable):
        monde.faire("noter", monde.dossier(), {"notes": {}}, monde.personne("evaluateur"), "evaluateur")


def test_un_evaluateur_devenu_interesse_ne_note_plus(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    monde.affecter(dossier, eva)
    eva.structure_id = monde.porteur.id
    monde.session.flush()
    with pytest.raises(Refus, match="déportez-vous"):
        monde.faire("noter", dossier, {"notes": notes(monde)}, eva, "evaluateur")


def test_se_deporter_ferme_l_affectation_pour_de_bon(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    affectation = monde.affecter(dossier, eva)
    monde.faire("se_deporter", dossier, {"motif": "J'ai conseillé ce projet."}, eva, "evaluateur")
    assert affectation.statut == "deportee"
    assert monde.session.exec(select(Deport)).one().motif == "J'ai conseillé ce projet."
    for acte, donnees in (("noter", {"notes": {}}), ("se_deporter", {"motif": "encore"})):
        with pytest.raises(Introuvable):
            monde.faire(acte, dossier, donnees, eva, "evaluateur")
