"""The commands that explain: the page of a règlement, why a dossier is where it is, who owes what."""

import json
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session

from ami.agir import agir, avancer
from ami.models import DemandePiece
from ami.sujets import Acteur, Sujet
from notifications.database import create_engine_for
from tests.support.ligne import Ami, ligne_de_commande
from tests.support.sources import RACINE
from tests.usecases.candidature import deposer
from tests.usecases.monde import JOUR, planter

REGLEMENT = RACINE / "rules" / "habitat_participatif_2026.yaml"


@pytest.fixture
def ami(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    """`ami` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return ligne_de_commande(capsys)


def test_la_page_d_un_reglement_s_ecrit_ou_l_on_dit(ami: Ami, tmp_path: Path) -> None:
    assert "habitat_participatif_2026.html" in ami("reglement", "page", REGLEMENT).dit
    assert ami("reglement", "page", REGLEMENT, "--sortie", "relecture/page.html").code == 0
    assert (tmp_path / "relecture" / "page.html").read_bytes() == (
        tmp_path / "habitat_participatif_2026.html"
    ).read_bytes()
    assert sorted(chemin.name for chemin in (tmp_path / "relecture").iterdir()) == ["page.html"]


def test_un_reglement_faux_n_a_pas_de_page(ami: Ami, tmp_path: Path) -> None:
    faux = tmp_path / "faux.yaml"
    faux.write_text(REGLEMENT.read_text("utf-8").replace("vers: recevable\n", "vers: recevabl\n", 1), "utf-8")
    sortie = ami("reglement", "page", faux)
    assert sortie.code == 1
    assert "« recevabl »" in sortie.erreur
    assert not (tmp_path / "faux.html").exists()


def test_une_place_ou_l_on_ne_peut_pas_ecrire_est_dite_sans_rien_laisser(ami: Ami, tmp_path: Path) -> None:
    (tmp_path / "dossier").mkdir()
    assert ami("reglement", "page", REGLEMENT, "--sortie", "dossier").code == 3
    assert sorted(chemin.name for chemin in tmp_path.iterdir()) == ["dossier"]
    assert ami("reglement", "page", "absent.yaml").code == 1


@pytest.fixture
def irrecevable(ami: Ami, tmp_path: Path) -> Sujet:
    """A campagne with one dossier refused by the engine, and a réclamation on it."""
    assert ami("base", "migrer").code == 0
    with Session(create_engine_for(f"sqlite:///{tmp_path}/donnees/ami.db"), expire_on_commit=False) as session:
        monde = planter(session)
        sujet = deposer(monde, aide="6000.00")
        avancer(session, sujet, JOUR)
        reclamation = {"objet": "[Plafond]", "texte": "Je conteste.", "dossier": sujet.id}
        porteur = Acteur("porteur", monde.contact.id)
        agir(session, "reclamer", None, reclamation, acteur=porteur, maintenant=JOUR, campagne_id=monde.campagne.id)
        session.commit()
        return sujet


def test_pourquoi_dit_le_present_puis_le_passe_avec_ce_qui_a_ete_trouve(ami: Ami, irrecevable: Sujet) -> None:
    dit = ami("pourquoi", "es26-0001", "--le", "03/04/2026").dit
    assert "Irrecevable (Sensibilisation), depuis le lundi 30 mars 2026 (4 jours)" in dit
    assert "Réclamation : reclamation:1 « [Plafond] », réclamation reçue" in dit
    assert (
        "30/03/2026 10:00 Déposer la candidature (Brouillon → Candidature déposée), par Alix Porteur (porteur)" in dit
    )
    assert "Déclarer irrecevable (Candidature déposée → Irrecevable), par le moteur" in dit
    assert "dépasse le plafond de 5 000,00 €. (trouvé : 6 000,00 € ; seuil : 5 000,00 €) art. 6.1" in dit
    assert "Les candidatures sont ouvertes" not in dit
    assert "Les candidatures sont ouvertes" in ami("pourquoi", "ES26-0001", "--complet").dit
    assert "Ce qui s'est passé" not in ami("pourquoi", "ES26-0001", "--sans-passe").dit


def test_l_instruction_se_voit_avec_ce_qui_tarde(ami: Ami, irrecevable: Sujet, tmp_path: Path) -> None:
    assert "Rien n'a été demandé. Aucun avis n'a été demandé." in ami("instruction", "voir", "ES26-0001").dit
    with Session(create_engine_for(f"sqlite:///{tmp_path}/donnees/ami.db")) as session:
        session.add(
            DemandePiece(dossier_id=irrecevable.id, texte="À qui ?", demandee_le=JOUR, avant_le=date(2026, 4, 10))
        )
        session.commit()
    dit = ami("instruction", "voir", "ES26-0001", "--le", "11/04/2026").dit
    assert "À qui ? │ 10/04/2026 │ attendu (en retard)" in dit
    assert "Objectifs du projet │ pas encore déposée" in dit
    assert "ES26-9999" in ami("instruction", "voir", "ES26-9999").erreur


def test_pourquoi_en_json_se_relit(ami: Ami, irrecevable: Sujet) -> None:
    lu = json.loads(ami("pourquoi", "ES26-0001", "--json").dit)
    assert (lu["etat"], lu["passe"][-1]["code"]) == ("Irrecevable", "declarer_irrecevable")
    assert lu["passe"][-1]["constats"][0]["article"] == "art. 6.1"
    assert lu["passe"][-1]["instant"] == "2026-03-30T10:00:00+02:00"


def test_pourquoi_connait_une_reclamation_et_refuse_ce_qui_n_existe_pas(ami: Ami, irrecevable: Sujet) -> None:
    dit = ami("pourquoi", "reclamation:1").dit
    assert "ES26-0001, réclamation n° 1 [Plafond]" in dit
    assert "Répondre à la réclamation → Réclamation traitée, par l’équipe de l’organisme" in dit
    for faux in ("reclamation:9", "ES26-9999", "dossier:1"):
        sortie = ami("pourquoi", faux)
        assert sortie.code == 1
        assert faux in sortie.erreur


def test_attentes_dit_qui_doit_quoi_et_l_ecrit(ami: Ami, irrecevable: Sujet, tmp_path: Path) -> None:
    sortie = ami("attentes", "--campagne", "essai", "--le", "01/06/2026", "--csv", "suivi/attentes.csv")
    assert sortie.code == 0
    assert "Noa Agent │ 1 │ 1 │ 2 jours │ 63 jours" in sortie.dit
    assert "ES26-0001, réclamation n° 1" in (tmp_path / "suivi" / "attentes.csv").read_text("utf-8-sig")
    assert ami("attentes", "--campagne", "essai", "--du-role", "porteur").dit == "Rien n'est attendu."
    assert "Noa Agent" in ami("attentes", "--campagne", "essai", "--personne", "NOA@example.org").dit


@pytest.mark.parametrize(
    ("arguments", "code", "phrase"),
    [
        (["--campagne", "inconnue"], 1, "« inconnue »"),
        (["--campagne", "essai", "--du-role", "gens"], 1, "Le rôle « gens » n'existe pas."),
        (["--campagne", "essai", "--personne", "x@example.org"], 1, "Aucune personne n'a l'adresse x@example.org"),
        (["--campagne", "essai", "--le", "32/01/2026"], 2, "32/01/2026"),
        ([], 2, "--campagne"),
    ],
)
def test_attentes_mal_demandees_sont_refusees(
    ami: Ami, irrecevable: Sujet, arguments: list[str], code: int, phrase: str
) -> None:
    sortie = ami("attentes", *arguments)
    assert sortie.code == code
    assert phrase in sortie.erreur
