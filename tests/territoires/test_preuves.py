"""Where a candidature's point stands: checked when it comes in, kept as evidence, judged by the règlement."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from ami.agir import agir, avancer
from ami.contexte import construire
from ami.erreurs import DonneesInvalides
from ami.geometrie import empreinte
from ami.imports_geojson import importer_contours
from ami.models import ConstatLigne, Dossier, DossierTerritoire, PreuveTerritoire, Territoire
from ami.preuves import derniere_preuve
from ami.sujets import SYSTEME, Acteur, charger_sujet, identifiant, sujet_de
from tests.usecases.monde import JOUR, Monde, planter

from .conftest import EXTRAIT, moities

DEDANS = {"longitude": "1.4012", "latitude": "43.5700"}
A_CENT_TRENTE_HUIT_METRES = {"longitude": "1.4012", "latitude": "43.5789"}
TOUT_PRES = {"longitude": "1.4012", "latitude": "43.5763"}  # 23 m
REPONSES = {"presentation": "Douze logements", "nombre_logements": 12, "adresse": "Rue de Kiev"}
GARDE = "point_dans_le_quartier"


@pytest.fixture
def monde(session: Session) -> Monde:
    """The world of the use cases, with six real quartiers and their contours."""
    monde = planter(session)
    monde.accompagnateur.adhesions = ["RAHP"]
    importer_contours(session, EXTRAIT)
    return monde


def candidature(point: dict[str, str] | None) -> dict[str, Any]:
    """What a candidature says."""
    reponses = REPONSES | ({"point": point} if point else {})
    return {"reponses": reponses, "cout_prevu": "6400.00", "montant_demande": "5000.00"}


def deposer(monde: Monde, point: dict[str, str] | None, *, codes: tuple[str, ...] = ("QP031007",)) -> Dossier:
    """Open a dossier and deposit its candidature, as its porteur does."""
    porteur = Acteur("porteur", identifiant(monde.contact))
    ouverture: dict[str, Any] = {
        "titre": "Les Terrasses", "territoires": list(codes), "porteur": monde.porteur.id,
        "contact": monde.contact.id, "accompagnateur": monde.accompagnateur.id,
    }  # fmt: skip
    sujet = agir(
        monde.session, "ouvrir_dossier", None, ouverture,
        acteur=porteur, maintenant=JOUR, campagne_id=identifiant(monde.campagne),
    ).sujet  # fmt: skip
    agir(monde.session, "deposer_candidature", sujet, candidature(point), acteur=porteur, maintenant=JOUR)
    dossier = charger_sujet(monde.session, sujet)
    assert isinstance(dossier, Dossier)
    return dossier


def territoire_vu(monde: Monde, dossier: Dossier) -> dict[str, Any]:
    """What an expression of the règlement sees."""
    contexte = construire(
        monde.session, dossier, monde.reglement, acteur=SYSTEME, donnees={}, maintenant=JOUR + timedelta(days=1)
    )
    vu: dict[str, Any] = contexte["territoire"]
    return vu


def preuves(monde: Monde, dossier: Dossier) -> list[PreuveTerritoire]:
    return derniere_preuve(monde.session, identifiant(dossier))


def test_un_point_dans_le_quartier_laisse_une_preuve_complete(monde: Monde) -> None:
    dossier = deposer(monde, DEDANS)
    (preuve,) = preuves(monde, dossier)
    quartier = monde.session.exec(select(Territoire).where(Territoire.code == "QP031007")).one()
    assert (preuve.code, preuve.kind, preuve.millesime, preuve.designe) == ("QP031007", "QPV", 2015, True)
    assert (preuve.longitude, preuve.latitude) == (1_401_200, 43_570_000)
    assert (preuve.dedans, preuve.verifie_le) == (True, JOUR)
    assert (preuve.distance_m or 0) > 0
    assert preuve.empreinte == empreinte(quartier.contour or {})
    vu = territoire_vu(monde, dossier)
    assert (vu["point_donne"], vu["point_verifie"], vu["point_dedans"], vu["distance_m"]) == (True, True, True, 0)
    assert vu["millesimes"] == ["2015"]


def test_un_point_hors_du_quartier_rend_la_candidature_irrecevable_en_montrant_la_distance(monde: Monde) -> None:
    dossier = deposer(monde, A_CENT_TRENTE_HUIT_METRES)
    mouvements = avancer(monde.session, sujet_de(dossier), JOUR + timedelta(hours=1))
    assert [m.vers for m in mouvements] == ["irrecevable"]
    (constat,) = [c for c in mouvements[0].constats if c.regle == GARDE]
    assert (constat.satisfait, constat.article) == (False, "art. 4.1")
    assert (constat.valeur, constat.seuil) == ("138 mètres", "50 mètres")
    assert "hors du quartier, à 138 mètres de son bord ; l’écart admis est de 50 mètres" in constat.raison
    garde = monde.session.exec(select(ConstatLigne).where(ConstatLigne.regle == GARDE)).all()
    assert [(ligne.valeur, ligne.seuil) for ligne in garde] == [("138 mètres", "50 mètres")]


@pytest.mark.parametrize(
    "point", [None, DEDANS, TOUT_PRES], ids=["sans point", "dedans", "à moins de cinquante mètres"]
)
def test_sans_point_ou_dans_la_tolerance_la_candidature_suit_son_cours(
    monde: Monde, point: dict[str, str] | None
) -> None:
    dossier = deposer(monde, point)
    avancer(monde.session, sujet_de(dossier), JOUR + timedelta(hours=1))
    assert dossier.etat == "a_completer"  # pièces are missing, nothing else
    assert territoire_vu(monde, dossier)["point_donne"] is (point is not None)


def test_un_point_dont_le_quartier_n_a_pas_de_contour_n_est_ni_dedans_ni_dehors(monde: Monde) -> None:
    sans_contour = Territoire(code="QP031011", millesime=2015, kind="QPV", nom="Les Izards", commune="Toulouse")
    monde.session.add(sans_contour)
    dossier = deposer(monde, A_CENT_TRENTE_HUIT_METRES, codes=("QP031011",))
    (preuve,) = preuves(monde, dossier)
    assert (preuve.dedans, preuve.distance_m, preuve.empreinte) == (None, None, None)
    assert territoire_vu(monde, dossier)["point_verifie"] is False
    avancer(monde.session, sujet_de(dossier), JOUR + timedelta(hours=1))
    assert dossier.etat == "a_completer"


def test_un_code_inconnu_laisse_la_preuve_qu_aucune_liste_ne_le_connaissait(monde: Monde) -> None:
    dossier = monde.dossier("projet_identifie")
    monde.session.add(DossierTerritoire(dossier_id=identifiant(dossier), code="QP031099"))
    monde.faire("deposer_candidature", dossier, candidature(None), monde.contact, "porteur")
    (preuve,) = preuves(monde, dossier)
    assert (preuve.code, preuve.kind, preuve.millesime, preuve.longitude) == ("QP031099", None, None, None)


def test_completer_par_un_point_fait_revoir_le_lieu_et_garde_la_premiere_preuve(monde: Monde) -> None:
    dossier = deposer(monde, None)
    plus_tard = JOUR + timedelta(days=2)
    for point, attendu in ((A_CENT_TRENTE_HUIT_METRES, (False, 138)), (DEDANS, (True, 0))):
        monde.faire("completer", dossier, {"reponses": {"point": point}}, monde.contact, "porteur", plus_tard)
        vu = territoire_vu(monde, dossier)
        assert (vu["point_dedans"], vu["distance_m"]) == attendu
    instants = select(PreuveTerritoire.verifie_le).where(PreuveTerritoire.dossier_id == dossier.id)
    # Two checks at one instant are one: the second took the place of the first.
    assert sorted(monde.session.exec(instants).all()) == [JOUR, plus_tard]


def test_un_point_hors_de_france_est_refuse_en_nommant_la_question(monde: Monde) -> None:
    with pytest.raises(DonneesInvalides, match=r"« Emplacement sur la carte » : .*inversées"):
        deposer(monde, {"longitude": "43.57", "latitude": "1.40"})


def test_un_dossier_qui_ne_nomme_aucun_quartier_recoit_celui_de_son_point(monde: Monde, liste_2024: Path) -> None:
    importer_contours(monde.session, liste_2024)
    # A zone the règlement is not open to, on the same ground and in a later list, does not count.
    ancien = monde.session.exec(select(Territoire).where(Territoire.code == "QP031007")).one()
    zone = {"code": "ZONE1", "millesime": 2030, "kind": "autre"}
    monde.session.add(Territoire(**{**ancien.model_dump(exclude={"id"}), **zone}))
    dossier = deposer(monde, DEDANS, codes=())
    codes = monde.session.exec(select(DossierTerritoire.code).where(DossierTerritoire.dossier_id == dossier.id)).all()
    assert codes == ["QN03107I"]  # the latest list
    assert [(p.code, p.designe, p.dedans) for p in preuves(monde, dossier)] == [
        ("QN03107I", True, True),
        ("QP031007", False, True),
        ("ZONE1", False, True),
    ]
    assert territoire_vu(monde, dossier)["connus"] is True


def test_le_quartier_ou_tombe_le_point_est_note_meme_si_le_dossier_en_nomme_un_autre(monde: Monde) -> None:
    point = moities("QP031008")[0].representative_point()
    dossier = deposer(monde, {"longitude": f"{point.x:.6f}", "latitude": f"{point.y:.6f}"})
    assert {(p.code, p.designe, p.dedans) for p in preuves(monde, dossier)} == {
        ("QP031007", True, False),
        ("QP031008", False, True),
    }
    assert territoire_vu(monde, dossier)["point_dedans"] is False


def test_l_interet_du_npnru_est_vu_du_reglement(monde: Monde) -> None:
    monde.session.add(
        Territoire(code="QP031007", millesime=2015, kind="NPNRU", nom="M", commune="T", interet="national")
    )
    vu = territoire_vu(monde, deposer(monde, None))
    assert (vu["kinds"], vu["interets"]) == (["NPNRU", "QPV"], ["national"])


def test_la_liste_la_plus_recente_qui_a_un_contour_fait_foi(monde: Monde) -> None:
    ancien = monde.session.exec(select(Territoire).where(Territoire.code == "QP031007")).one()
    ailleurs = monde.session.exec(select(Territoire).where(Territoire.code == "QP031008")).one()
    connu: dict[str, Any] = {"code": "QP031007", "kind": "QPV", "nom": "Grand Mirail", "commune": "Toulouse"}
    bornes = ailleurs.model_dump(include={"contour", "ouest", "sud", "est", "nord"})
    monde.session.add_all([Territoire(millesime=2020, **connu, **bornes), Territoire(millesime=2022, **connu)])
    dossier = deposer(monde, DEDANS)
    assert [(p.millesime, p.designe, p.dedans) for p in preuves(monde, dossier)] == [
        (2015, False, True),
        (2020, True, False),
        (2022, False, None),
    ]
    assert ancien.contour != ailleurs.contour
    assert territoire_vu(monde, dossier)["point_dedans"] is False


def test_une_liste_plus_recente_ne_change_rien_a_ce_qui_a_ete_constate(monde: Monde, liste_2024: Path) -> None:
    dossier = deposer(monde, DEDANS)
    avant = territoire_vu(monde, dossier)
    importer_contours(monde.session, liste_2024)
    assert territoire_vu(monde, dossier) == avant
