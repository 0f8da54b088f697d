"""The plan of a campagne: every dossier ready gets the readers the grille wants; conflicts are read in bulk."""

from sqlalchemy import event

from ami.conflits import conflits, conflits_de_chacun
from ami.models import Deport, DossierTerritoire, Interet, Partenaire, Structure, Territoire
from ami.profils import definir_profil
from ami.repartition import enregistrer_plan, repartir_campagne
from ami.sujets import identifiant
from ami.vivier import prevues
from tests.usecases.monde import JOUR, Monde, structure


def test_le_plan_est_le_plus_apte_des_plus_egaux_sans_conflit_ni_depassement(monde: Monde) -> None:
    bretagne = structure(monde.session, "Collectivité lointaine", "collectivite", "Bretagne")
    dossiers = [monde.dossier("etude_validee") for _ in range(3)]
    loin = monde.dossier("etude_validee", porteur_id=bretagne.id)
    occitans = [monde.personne("evaluateur", structure(monde.session, f"S{i}", "association")) for i in range(3)]
    breton, discret = monde.personne("evaluateur"), monde.personne("evaluateur")
    definir_profil(monde.session, breton, regions=["bretagne"])
    definir_profil(monde.session, discret, charge_max=1)
    monde.affecter(monde.dossier(), discret)
    monde.session.add(
        Interet(personne_id=identifiant(occitans[0]), structure_id=bretagne.id, motif="Élu", declare_le=JOUR)
    )
    monde.session.flush()
    plan = repartir_campagne(monde.session, monde.campagne, JOUR)
    assert discret not in [p for lecteurs in plan.lecteurs.values() for p in lecteurs]
    assert plan.lecteurs[loin.numero] == [occitans[1], occitans[2], breton]
    assert {len(lecteurs) for lecteurs in plan.lecteurs.values()} == {3}
    assert {charge.apres for charge in plan.charges} == {1, 3}
    # Three dossiers of Occitanie: seven readings by Occitans of the nine; Bretagne by its own.
    assert plan.aptitude == 7 + 1
    assert plan.prouvee
    dossiers[0].version += 1  # moved while the plan was computed
    enregistrer_plan(monde.session, monde.campagne, plan, JOUR)
    gardes = prevues(monde.session, identifiant(monde.campagne))
    assert {prevue.dossier_id for prevue in gardes} == {d.id for d in (*dossiers[1:], loin)}
    assert sum(prevue.aptitude for prevue in gardes) == plan.aptitude - sum(
        plan.points[identifiant(dossiers[0]), identifiant(p)] for p in plan.lecteurs[dossiers[0].numero]
    )


def test_les_conflits_lus_ensemble_sont_ceux_lus_un_a_un_en_un_nombre_fixe_de_questions(monde: Monde) -> None:
    session = monde.session
    session.add(Territoire(code="QP031007", kind="QPV", nom="Mirail", commune="Toulouse", millesime=2015))
    voisine = structure(session, "Association du coin", "association")
    session.get_one(Structure, voisine.id).commune = "TOULOUSE"
    gens = [monde.personne("evaluateur", liee) for liee in (monde.porteur, monde.accompagnateur, voisine, None, None)]
    dossiers = [monde.dossier() for _ in range(4)]
    session.add(DossierTerritoire(dossier_id=identifiant(dossiers[0]), code="QP031007"))
    parti = {"dossier_id": identifiant(dossiers[1]), "personne_id": identifiant(gens[3])}
    session.add(Deport(**parti, motif="x", declare_le=JOUR))
    session.add(Interet(personne_id=identifiant(gens[4]), commune="toulouse", motif="x", declare_le=JOUR))
    dossiers[2].porteur_id = voisine.id
    session.add(
        Partenaire(dossier_id=identifiant(dossiers[3]), structure_id=identifiant(voisine), qualite="partenaire")
    )
    monde.habiliter(gens[3], "porteur", dossier=dossiers[3])
    session.flush()
    un_a_un = {identifiant(d): conflits(session, d, gens) for d in dossiers}
    assert [set(trouves) for trouves in un_a_un.values()] == [
        {gens[0].id, gens[1].id, gens[2].id, gens[4].id},
        {gens[0].id, gens[1].id, gens[3].id},
        {gens[1].id, gens[2].id},
        {gens[0].id, gens[1].id, gens[2].id, gens[3].id},
    ]
    posees: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: posees.append(a[2]))
    assert conflits_de_chacun(session, dossiers, gens) == un_a_un
    pour_quatre = len(posees)
    conflits(session, dossiers[0], gens)
    assert len(posees) == 2 * pour_quatre
