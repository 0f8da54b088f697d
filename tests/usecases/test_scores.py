"""The score of a dossier, against an independent computation in plain Python."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from ami.choix.notes import Notes, criteres_eliminatoires, ecart_millieme, moyennes_par_critere, total_millieme
from ami.desaccords import interets_tardifs
from ami.effets import clore_evaluations
from ami.models import Deport, Dossier, Note, ScoreFige
from ami.scores import calculer_score
from ami.sujets import identifiant
from rules.modele import Critere, Grille
from tests.usecases.monde import JOUR, Monde

REGLES = st.sampled_from(["redistribuer", "zero", "interdit"])


@st.composite
def grilles(tirer: st.DrawFn) -> Grille:
    poids = tirer(st.lists(st.integers(1, 40), min_size=1, max_size=6))
    minimum = tirer(st.sampled_from([Decimal(0), Decimal(1)]))
    return Grille(
        note_min=minimum,
        note_max=tirer(st.sampled_from([Decimal(4), Decimal(5), Decimal(20)])),
        criteres=[
            Critere(code=f"c{rang}", libelle=f"Critère {rang}", poids=Decimal(p), eliminatoire_sous=Decimal(2))
            for rang, p in enumerate(poids)
        ],
        non_applicable=tirer(st.sampled_from(["redistribuer", "zero"])),
        evaluateurs_par_dossier=3,
        evaluations_minimales=2,
    )


@st.composite
def jugements(tirer: st.DrawFn) -> tuple[Grille, list[Notes]]:
    grille = tirer(grilles())
    note = st.decimals(grille.note_min, grille.note_max, places=2) | st.none()
    codes = [critere.code for critere in grille.criteres]
    return grille, tirer(st.lists(st.fixed_dictionaries(dict.fromkeys(codes, note)), max_size=4))


def a_la_main(grille: Grille, notations: list[Notes]) -> int:
    """The same score the long way: 60 significant digits, weights shared again one by one."""
    with localcontext() as contexte:
        contexte.prec = 60
        gardes: list[tuple[Decimal, Decimal]] = []
        for critere in grille.criteres:
            notes = [notation[critere.code] for notation in notations]
            if grille.non_applicable == "zero":
                notes = [grille.note_min if n is None else n for n in notes]
            donnees = [n for n in notes if n is not None]
            if donnees:
                gardes.append((critere.poids, sum(donnees, Decimal(0)) / len(donnees)))
        retenu = sum((poids for poids, _ in gardes), Decimal(0))
        total = Decimal(0)
        for poids, moyenne in gardes:
            part = poids / retenu * 100
            total += part * (moyenne - grille.note_min) / (grille.note_max - grille.note_min)
        # The fortieth digit is far below any half thousandth these notes can reach, and above the error of division.
        return int(round(total * 1000, 40).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@given(jugements())
def test_le_score_est_celui_d_un_calcul_independant(jugement: tuple[Grille, list[Notes]]) -> None:
    grille, notations = jugement
    assert total_millieme(moyennes_par_critere(notations, grille), grille) == a_la_main(grille, notations)


@given(jugements(), st.randoms(use_true_random=False))
def test_l_ordre_des_evaluateurs_et_des_criteres_ne_change_rien(
    jugement: tuple[Grille, list[Notes]], hasard: object
) -> None:
    grille, notations = jugement
    avant = total_millieme(moyennes_par_critere(notations, grille), grille)
    melange, criteres = list(notations), list(grille.criteres)
    hasard.shuffle(melange)  # type: ignore[attr-defined]
    hasard.shuffle(criteres)  # type: ignore[attr-defined]
    autre = grille.model_copy(update={"criteres": criteres})
    assert total_millieme(moyennes_par_critere(melange, autre), autre) == avant


@given(jugements())
def test_le_score_reste_entre_zero_et_cent(jugement: tuple[Grille, list[Notes]]) -> None:
    grille, notations = jugement
    assert 0 <= total_millieme(moyennes_par_critere(notations, grille), grille) <= 100_000


@given(grilles(), REGLES)
def test_la_meilleure_note_partout_donne_cent(grille: Grille, regle: str) -> None:
    grille = grille.model_copy(update={"non_applicable": regle})
    parfaite = {critere.code: grille.note_max for critere in grille.criteres}
    assert total_millieme(moyennes_par_critere([parfaite, parfaite], grille), grille) == 100_000


def grille_simple(**options: object) -> Grille:
    base: dict[str, object] = {
        "criteres": [
            Critere(code="a", libelle="A", poids=Decimal(75), eliminatoire_sous=Decimal(2)),
            Critere(code="b", libelle="B", poids=Decimal(25)),
        ],
        "non_applicable": "redistribuer",
        "evaluateurs_par_dossier": 3,
        "evaluations_minimales": 2,
    }
    return Grille.model_validate({**base, **options})


@pytest.mark.parametrize(("regle", "attendu"), [("redistribuer", 80_000), ("zero", 60_000)])
def test_un_critere_non_applicable_suit_la_regle_de_la_grille(regle: str, attendu: int) -> None:
    grille = grille_simple(non_applicable=regle)
    notations: list[Notes] = [{"a": Decimal(4), "b": None}]
    assert total_millieme(moyennes_par_critere(notations, grille), grille) == attendu


def test_un_critere_est_eliminatoire_strictement_sous_sa_barre() -> None:
    grille = grille_simple()
    juste: list[Notes] = [{"a": Decimal(1), "b": Decimal(0)}, {"a": Decimal(3), "b": Decimal(0)}]
    dessous: list[Notes] = [{"a": Decimal("1.99"), "b": Decimal(5)}]
    assert criteres_eliminatoires(moyennes_par_critere(juste, grille), grille) == []
    assert criteres_eliminatoires(moyennes_par_critere(dessous, grille), grille) == ["a"]


@pytest.mark.parametrize(("haute", "attendu"), [("0.04", 31), ("0.02", 16), ("0.01", 8)])
def test_le_demi_millieme_s_arrondit_vers_le_haut(haute: str, attendu: int) -> None:
    """Means of 0.02, 0.01 and 0.005 out of 64: exactly 31.25, 15.625 and 7.8125 thousandths of a point."""
    grille = grille_simple(criteres=[Critere(code="a", libelle="A", poids=Decimal(100))], note_max=Decimal(64))
    notations: list[Notes] = [{"a": Decimal(haute)}, {"a": Decimal(0)}]
    assert total_millieme(moyennes_par_critere(notations, grille), grille) == attendu


def test_un_demi_millieme_exact_monte_toujours() -> None:
    """12.5 thousandths go to 13 and 37.5 to 38; half-to-even would give 12 for the first."""
    grille = grille_simple(criteres=[Critere(code="a", libelle="A", poids=Decimal(100))], note_max=Decimal(80))
    for note, attendu in (("0.01", 13), ("0.03", 38)):
        assert total_millieme(moyennes_par_critere([{"a": Decimal(note)}], grille), grille) == attendu


def noter(monde: Monde, dossier: Dossier, statut: str, valeur: str) -> None:
    affectation = monde.affecter(dossier, monde.personne("evaluateur"), statut)
    for critere in monde.reglement.grille.criteres:  # type: ignore[union-attr]
        monde.session.add(Note(affectation_id=identifiant(affectation), critere=critere.code, valeur=Decimal(valeur)))
    monde.session.flush()


def test_seules_les_evaluations_rendues_comptent(monde: Monde) -> None:
    dossier = monde.dossier()
    assert monde.reglement.grille is not None
    noter(monde, dossier, "rendue", "4")
    noter(monde, dossier, "rendue", "3")
    noter(monde, dossier, "demandee", "0")
    noter(monde, dossier, "deportee", "0")
    score = calculer_score(monde.session, dossier, monde.reglement.grille)
    assert (score.total_millieme, score.rendues, score.attendues, score.eliminatoires) == (70_000, 2, 3, 0)


def test_un_dossier_sans_evaluation_n_en_attend_aucune(monde: Monde) -> None:
    assert monde.reglement.grille is not None
    score = calculer_score(monde.session, monde.dossier(), monde.reglement.grille)
    assert (score.total_millieme, score.rendues, score.attendues) == (0, 0, 0)


def test_on_attend_le_minimum_meme_si_trop_d_evaluateurs_se_sont_deportes(monde: Monde) -> None:
    dossier = monde.dossier()
    assert monde.reglement.grille is not None
    noter(monde, dossier, "rendue", "5")
    noter(monde, dossier, "deportee", "5")
    score = calculer_score(monde.session, dossier, monde.reglement.grille)
    assert score.attendues == monde.reglement.grille.evaluations_minimales > score.rendues


@given(jugements())
def test_l_ecart_est_entre_la_plus_haute_et_la_plus_basse_des_notes_de_chacun(un: tuple[Grille, list[Notes]]) -> None:
    grille, notations = un
    notees = [n for n in notations if grille.non_applicable == "zero" or any(v is not None for v in n.values())]
    chacun = [a_la_main(grille, [notation]) for notation in notees]
    assert ecart_millieme(notations, grille) == (max(chacun) - min(chacun) if chacun else 0)


def test_les_notes_de_qui_a_un_interet_ne_comptent_pas_et_la_note_arretee_ne_change_plus(monde_leger: Monde) -> None:
    session, grille, dossier = monde_leger.session, monde_leger.reglement.grille, monde_leger.dossier("en_evaluation")
    assert grille is not None
    gens = [monde_leger.personne("evaluateur") for _ in range(3)]
    lues = [monde_leger.affecter(dossier, qui, "rendue") for qui in gens]
    for affectation, valeur in zip(lues, (2, 3, 5), strict=True):
        for critere in grille.criteres:
            session.add(Note(affectation_id=identifiant(affectation), critere=critere.code, valeur=Decimal(valeur)))
    gens[2].structure_id = monde_leger.porteur.id
    session.flush()
    score = calculer_score(session, dossier, grille)
    assert (score.total_millieme, score.rendues, score.attendues, score.en_conflit) == (50_000, 2, 2, 1)
    assert score.ecart_millieme == 20_000

    # A règlement that replaces nobody still freezes the score without them, and it stays what it was that day.
    clore_evaluations(session, monde_leger.reglement, dossier, JOUR)
    assert [affectation.statut for affectation in lues] == ["rendue", "rendue", "deportee"]
    assert "sa structure porte ce dossier" in session.exec(select(Deport.motif)).one()
    assert interets_tardifs(session, monde_leger.campagne, [dossier.numero]) == {}
    gens[0].structure_id, gens[2].structure_id = monde_leger.porteur.id, None
    session.flush()
    apres = calculer_score(session, dossier, grille)
    assert (apres.total_millieme, apres.rendues) == (50_000, 2)
    assert session.exec(select(ScoreFige.total_millieme)).one() == 50_000
    tardifs = interets_tardifs(session, monde_leger.campagne, [dossier.numero])
    assert tardifs == {dossier.numero: ["sa structure porte ce dossier"]}
