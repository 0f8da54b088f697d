"""Who evaluates what: evenly, reproducibly, and never with an interest in the dossier."""

from decimal import Decimal

import pytest
from sqlmodel import col, select

from ami.affectations import affecter_evaluateurs, demander_supplementaire, evaluateur_libre
from ami.conflits import en_conflit
from ami.erreurs import Refus
from ami.models import (
    Affectation,
    AffectationPrevue,
    Deport,
    Dossier,
    Enveloppe,
    LignePlan,
    Partenaire,
    Personne,
    ScoreFige,
)
from ami.profils import definir_profil
from ami.sujets import identifiant
from ami.vivier import charges
from rules.modele import Grille
from tests.usecases.monde import JOUR, Monde, structure


def grille(monde: Monde) -> Grille:
    assert monde.reglement.grille is not None
    return monde.reglement.grille


def demander(monde: Monde, dossier: Dossier) -> list[int]:
    return [identifiant(p) for p in affecter_evaluateurs(monde.session, dossier, grille(monde), JOUR)]


def evaluateurs(monde: Monde, combien: int) -> list[Personne]:
    return [monde.personne("evaluateur") for _ in range(combien)]


def test_un_dossier_recoit_les_evaluateurs_que_veut_la_grille(monde: Monde) -> None:
    evaluateurs(monde, 5)
    dossier = monde.dossier()
    assert len(demander(monde, dossier)) == grille(monde).evaluateurs_par_dossier
    assert demander(monde, dossier) == []


def test_les_dossiers_se_partagent_egalement(monde: Monde) -> None:
    evaluateurs(monde, 4)
    for _ in range(8):
        demander(monde, monde.dossier())
    charges = [a.personne_id for a in monde.session.exec(select(Affectation))]
    assert sorted(charges.count(p) for p in set(charges)) == [6, 6, 6, 6]


def test_a_charge_egale_le_plus_apte_puis_le_premier_inscrit(monde: Monde) -> None:
    lointains = [
        monde.personne("evaluateur", structure(monde.session, f"Loin {rang}", "association", "Bretagne"))
        for rang in range(4)
    ]
    proche = monde.personne("evaluateur", structure(monde.session, "Près", "association", "Occitanie"))
    regle = grille(monde).affectation.model_copy(update={"competences": ["axe"], "points_competence": 5})
    choisie = grille(monde).model_copy(update={"affectation": regle})
    definir_profil(monde.session, lointains[3], competences=["Énergie et climat"])
    dossier = monde.dossier(reponses={"axe": "energie, et climat"})
    demandes = affecter_evaluateurs(monde.session, dossier, choisie, JOUR)
    assert demandes == [lointains[0], lointains[3], proche]


def test_chacun_lit_au_plus_ce_qu_il_accepte(monde: Monde) -> None:
    premier, *autres = evaluateurs(monde, 4)
    definir_profil(monde.session, premier, charge_max=1)
    assert identifiant(premier) in demander(monde, monde.dossier())
    assert demander(monde, monde.dossier()) == [identifiant(p) for p in autres]
    definir_profil(monde.session, autres[0], charge_max=1)
    with pytest.raises(Refus, match="la charge qu'ils acceptent"):
        demander(monde, monde.dossier())


def test_personne_en_conflit_n_est_choisi(monde: Monde) -> None:
    dossier = monde.dossier()
    monde.session.add(
        Enveloppe(
            campagne_id=identifiant(monde.campagne),
            financeur_id=identifiant(monde.financeur),
            nature="aide_etude",
            montant=Decimal(1),
        )
    )
    banque = structure(monde.session, "Banque du Coin", "financeur")
    monde.session.add(
        LignePlan(
            dossier_id=identifiant(dossier),
            sens="ressource",
            libelle="Prêt",
            montant=Decimal(1),
            financeur="Banque du Coin",
            statut="sollicite",
        )
    )
    associee = structure(monde.session, "Jeune Pousse", "entreprise")
    monde.session.add(
        Partenaire(dossier_id=identifiant(dossier), structure_id=identifiant(associee), qualite="partenaire")
    )
    for liee in (monde.porteur, monde.accompagnateur, monde.financeur, banque, associee):
        assert en_conflit(monde.session, dossier, monde.personne("evaluateur", liee)), liee.nom
    role = monde.personne("evaluateur")
    monde.habiliter(role, "porteur", dossier=dossier)
    deporte = monde.personne("evaluateur")
    monde.session.add(
        Deport(dossier_id=identifiant(dossier), personne_id=identifiant(deporte), motif="Ami", declare_le=JOUR)
    )
    monde.session.flush()
    libres = evaluateurs(monde, 3)
    assert demander(monde, dossier) == [p.id for p in libres]
    assert not evaluateur_libre(monde.session, dossier, JOUR)


def test_une_habilitation_finie_ne_compte_plus(monde: Monde) -> None:
    ancien = monde.personne()
    habilitation = monde.habiliter(ancien, "evaluateur")
    habilitation.jusqu_a = JOUR
    monde.session.flush()
    assert not evaluateur_libre(monde.session, monde.dossier(), JOUR)


def test_un_vivier_trop_petit_est_un_refus_qui_dit_quoi_faire(monde: Monde) -> None:
    evaluateurs(monde, 2)
    dossier = monde.dossier()
    with pytest.raises(Refus, match="Habilitez d'autres évaluateurs"):
        demander(monde, dossier)
    assert monde.session.exec(select(Affectation)).all() == []


def test_un_deport_est_remplace_par_quelqu_un_d_autre(monde: Monde) -> None:
    evaluateurs(monde, 4)
    dossier = monde.dossier()
    premiers = demander(monde, dossier)
    parti = monde.session.get_one(Personne, premiers[0])
    monde.faire("se_deporter", dossier, {"motif": "Ancien collègue"}, parti, "evaluateur")
    remplacants = demander(monde, dossier)
    assert len(remplacants) == 1
    assert remplacants[0] not in premiers


def test_un_deport_reste_possible_quand_personne_ne_peut_remplacer(monde: Monde) -> None:
    evaluateurs(monde, 3)
    dossier = monde.dossier()
    parti = monde.session.get_one(Personne, demander(monde, dossier)[0])
    monde.faire("se_deporter", dossier, {"motif": "Ancien collègue"}, parti, "evaluateur")
    assert demander(monde, dossier) == []


def test_un_second_tour_redemande_les_memes_evaluateurs_et_oublie_le_score(monde: Monde) -> None:
    evaluateurs(monde, 4)
    dossier = monde.dossier()
    premiers = demander(monde, dossier)
    for affectation in monde.session.exec(select(Affectation).order_by(col(Affectation.id))):
        affectation.statut, affectation.rendue_le = "rendue", JOUR
    monde.session.add(
        ScoreFige(dossier_id=identifiant(dossier), total_millieme=1, eliminatoires=0, evaluations=3, fige_le=JOUR)
    )
    monde.session.flush()
    assert demander(monde, dossier) == premiers
    assert monde.session.exec(select(ScoreFige)).all() == []
    assert {a.statut for a in monde.session.exec(select(Affectation))} == {"demandee"}
    assert demander(monde, dossier) == []


def test_au_second_tour_un_evaluateur_devenu_interesse_est_remplace(monde: Monde) -> None:
    evaluateurs(monde, 4)
    dossier = monde.dossier()
    premiers = demander(monde, dossier)
    monde.session.add(
        ScoreFige(dossier_id=identifiant(dossier), total_millieme=1, eliminatoires=0, evaluations=3, fige_le=JOUR)
    )
    monde.session.get_one(Personne, premiers[0]).structure_id = monde.porteur.id
    monde.session.flush()
    seconds = demander(monde, dossier)
    assert premiers[0] not in seconds
    assert len(seconds) == 3


# --- the plan, déports, further evaluations ---------------------------------------------------------------------------


def prevoir(monde: Monde, dossier: Dossier, *personnes: Personne) -> None:
    for personne in personnes:
        monde.session.add(
            AffectationPrevue(dossier_id=identifiant(dossier), personne_id=identifiant(personne), prevue_le=JOUR)
        )
    monde.session.flush()


def plan(monde: Monde, dossier: Dossier) -> list[int]:
    requete = select(AffectationPrevue.personne_id).where(AffectationPrevue.dossier_id == dossier.id)
    return sorted(monde.session.exec(requete))


def test_le_lancement_suit_le_plan_sauf_pour_qui_n_est_plus_libre(monde: Monde) -> None:
    gens = evaluateurs(monde, 6)
    dossier = monde.dossier()
    prevoir(monde, dossier, gens[3], gens[4], gens[5])
    monde.session.add(
        Deport(dossier_id=identifiant(dossier), personne_id=identifiant(gens[4]), motif="Ami", declare_le=JOUR)
    )
    monde.session.flush()
    assert demander(monde, dossier) == [gens[3].id, gens[5].id, gens[0].id]
    assert plan(monde, dossier) == []


def test_un_deport_ne_deplace_du_plan_des_autres_que_ce_qu_il_faut(monde: Monde) -> None:
    """Only a full evaluator can replace: one planned reading passes to somebody else, the others stay."""
    gens = evaluateurs(monde, 5)
    lance, second, tiers = monde.dossier(), monde.dossier(), monde.dossier()
    for personne in gens[:3]:
        monde.affecter(lance, personne)
    monde.habiliter(gens[4], "porteur", dossier=lance)  # in conflict there, free elsewhere
    prevoir(monde, second, gens[0], gens[3])
    prevoir(monde, tiers, gens[0], gens[1])
    definir_profil(monde.session, gens[3], charge_max=1)
    monde.faire("se_deporter", lance, {"motif": "Ancien collègue"}, gens[2], "evaluateur")
    assert demander(monde, lance) == [gens[3].id]
    apres = plan(monde, second)
    assert gens[0].id in apres
    assert gens[3].id not in apres
    assert len(apres) == 2
    assert plan(monde, tiers) == [gens[0].id, gens[1].id]


def test_l_evaluateur_supplementaire_s_ajoute_et_son_deport_le_remplace_a_la_demande(monde: Monde) -> None:
    evaluateurs(monde, 6)
    dossier = monde.dossier()
    premiers = demander(monde, dossier)
    (de_plus,) = demander_supplementaire(monde.session, dossier, grille(monde), JOUR)
    assert de_plus.id not in premiers
    parti = monde.session.get_one(Personne, premiers[0])
    monde.faire("se_deporter", dossier, {"motif": "Ancien collègue"}, parti, "evaluateur")
    assert len(demander(monde, dossier)) == 1  # the further one takes nobody's place
    monde.faire("se_deporter", dossier, {"motif": "Ancien collègue"}, de_plus, "evaluateur")
    assert demander(monde, dossier) == []  # the three the grille wants are there
    assert len(demander_supplementaire(monde.session, dossier, grille(monde), JOUR)) == 1
    assert not evaluateur_libre(monde.session, dossier, JOUR)
    assert demander_supplementaire(monde.session, dossier, grille(monde), JOUR) == []
    deportes = {parti.id, de_plus.id}
    assert charges(monde.session, identifiant(monde.campagne)).keys().isdisjoint(deportes)
    # A new round asks those who noted, all of them as the evaluators of the dossier.
    ici = identifiant(dossier)
    monde.session.add(ScoreFige(dossier_id=ici, total_millieme=1, eliminatoires=0, evaluations=4, fige_le=JOUR))
    monde.session.flush()
    assert len(demander(monde, dossier)) == 4
    siennes = monde.session.exec(select(Affectation).where(Affectation.dossier_id == dossier.id)).all()
    assert {(a.statut, a.supplementaire) for a in siennes if a.personne_id not in deportes} == {("demandee", False)}
