"""The commands of a selection, end to end: ranked, proposed, kept, chosen by the comité, and a departure explained."""

import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from ami.agir import agir
from ami.erreurs import Refus
from ami.models import Affectation, Comite, Dossier, Enveloppe, Note, Personne, ScoreFige
from ami.sujets import Acteur, Sujet, identifiant
from notifications.database import create_engine_for
from tests.support.ligne import Ami, ligne_de_commande
from tests.usecases.monde import JOUR, Monde, planter

NOTES = (Decimal(5), Decimal(4), Decimal(2))


@pytest.fixture
def ami(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    """`ami` in an empty folder, its base migrated."""
    monkeypatch.chdir(tmp_path)
    commande = ligne_de_commande(capsys)
    assert commande("base", "migrer").code == 0
    return commande


def evaluer(monde: Monde, numero: str, valeur: Decimal) -> None:
    """One more dossier, noted the same by two evaluators on every critère."""
    dossier = monde.dossier("evalue", numero=numero)
    grille = monde.reglement.grille
    assert grille is not None
    for _ in range(2):
        affectation = monde.affecter(dossier, monde.personne("evaluateur"), "rendue")
        for critere in grille.criteres:
            monde.session.add(Note(affectation_id=identifiant(affectation), critere=critere.code, valeur=valeur))
    total = int(valeur * 20 * 1000)
    monde.session.add(
        ScoreFige(dossier_id=identifiant(dossier), total_millieme=total, eliminatoires=0, evaluations=2, fige_le=JOUR)
    )
    monde.session.flush()


@pytest.fixture
def campagne(ami: Ami, tmp_path: Path) -> Path:
    """Three dossiers noted 100, 80 and 40, one place, money for two."""
    with Session(create_engine_for(f"sqlite:///{tmp_path}/donnees/ami.db"), expire_on_commit=False) as session:
        monde = planter(session)
        monde.campagne.places = 1
        monde.session.add(monde.campagne)
        for rang, valeur in enumerate(NOTES, 1):
            evaluer(monde, f"ES26-000{rang}", valeur)
        session.add(
            Enveloppe(
                campagne_id=identifiant(monde.campagne),
                financeur_id=identifiant(monde.financeur),
                nature="aide_projet",
                montant=Decimal(30_000),
            )
        )
        assert monde.reglement.comite is not None
        membres = list(monde.reglement.comite.membres)
        session.add(
            Comite(
                campagne_id=identifiant(monde.campagne),
                code="c1",
                tenue_le=JOUR,
                lieu="Paris",
                membres=membres,
                presents=membres,
            )
        )
        session.commit()
    return tmp_path


def test_les_dossiers_sont_classes_et_le_premier_propose(ami: Ami, campagne: Path) -> None:
    classement = ami("selection", "classement", "essai")
    assert classement.code == 0
    for rang, note in (1, "100/100"), (2, "80/100"), (3, "40/100"):
        assert f"│ {rang} │ ES26-000{rang} │ {note}" in classement.dit
    for methode in ("rang", "optimum"):
        dit = ami("selection", "proposer", "essai", "--methode", methode).dit
        assert "1 retenu(s)" in dit
        assert "15 000,00 €" in dit
        assert "Total : 100 points" in dit
    assert "2 retenu(s)" in ami("selection", "proposer", "essai", "--places", "2").dit


def test_un_desaccord_entre_evaluateurs_se_lit_sous_le_classement(ami: Ami, campagne: Path) -> None:
    assert "Désaccord" not in ami("selection", "classement", "essai").dit
    with Session(create_engine_for(f"sqlite:///{campagne}/donnees/ami.db")) as session:
        premiere, *_ = session.exec(select(Affectation.id).order_by(col(Affectation.id))).all()
        for note in session.exec(select(Note).where(Note.affectation_id == premiere)):
            note.valeur = Decimal(3)
            session.add(note)
        session.commit()
    assert "Désaccord : 40 points séparent les évaluateurs de ES26-0001." in (
        ami("selection", "classement", "essai").dit
    )


def test_deux_dossiers_de_meme_note_sont_departages_a_voix_haute(ami: Ami, campagne: Path) -> None:
    with Session(create_engine_for(f"sqlite:///{campagne}/donnees/ami.db")) as session:
        for note in session.exec(select(Note).where(Note.valeur == NOTES[1])):
            note.valeur = NOTES[0]
            session.add(note)
        session.commit()
    dit = ami("selection", "classement", "essai").dit  # a narrow table cuts the sentence into lines
    assert "départagé" in dit
    assert "le numéro" in dit


def test_un_scenario_se_garde_se_compare_et_devient_la_proposition(ami: Ami, campagne: Path) -> None:
    assert ami("selection", "proposer", "essai", "--enregistrer", "strict").code == 0
    assert ami("selection", "proposer", "essai", "--places", "2", "--enregistrer", "large").code == 0
    assert "Entrent : ES26-0002." in ami("selection", "comparer", "essai", "strict", "large").dit
    assert ami("selection", "choisir", "essai", "strict", "--comite", "c1").code == 0
    assert "choisi par le comité" in ami("selection", "scenarios", "essai").dit
    refait = ami("selection", "proposer", "essai", "--enregistrer", "strict")
    assert refait.code == 1
    assert "celui du comité" in refait.erreur


def deliberer(base: Path, numero: str, decision: str, ecart: str = "") -> None:
    """The comité decides of a dossier, from the proposal it chose."""
    with Session(create_engine_for(f"sqlite:///{base}/donnees/ami.db"), expire_on_commit=False) as session:
        seance = session.get_one(Comite, 1)
        donnees = {"decision": decision, "motif": "Après débat.", "comite": seance.id, "ecart": ecart}
        if decision == "laureat":
            donnees["montant_accorde"] = "15000.00"
        dossier = session.exec(select(Dossier).where(Dossier.numero == numero)).one()
        agent = session.exec(select(Personne).where(Personne.courriel == "noa@example.org")).one()
        sujet, acteur = Sujet("dossier", identifiant(dossier)), Acteur("agent", agent.id)
        agir(session, "deliberer", sujet, donnees, acteur=acteur, maintenant=JOUR)
        session.commit()


def test_s_ecarter_de_la_proposition_demande_une_raison_par_dossier(ami: Ami, campagne: Path) -> None:
    ami("selection", "proposer", "essai", "--enregistrer", "strict")
    ami("selection", "choisir", "essai", "strict", "--comite", "c1")
    with pytest.raises(Refus, match="ne retient pas ce dossier : écrivez la raison"):
        deliberer(campagne, "ES26-0002", "laureat")
    with pytest.raises(Refus, match="retient ce dossier : écrivez la raison"):
        deliberer(campagne, "ES26-0001", "non_retenu")
    deliberer(campagne, "ES26-0001", "laureat")
    deliberer(campagne, "ES26-0003", "non_retenu")
    deliberer(campagne, "ES26-0002", "laureat", "Le premier quartier a déjà un démonstrateur.")


def test_la_preuve_se_recalcule_depuis_son_seul_fichier(ami: Ami, campagne: Path) -> None:
    ami("selection", "proposer", "essai", "--enregistrer", "strict")
    assert ami("pack", "ecrire", "essai", "--vers", "preuve.zip", "--tirages", "400").code == 0
    verifie = ami("pack", "verifier", "preuve.zip")
    assert verifie.code == 0
    assert "Identique" in verifie.dit
    assert "à 10 points près (400 tirages, poids à 20 % près)" in verifie.dit
    assert "Reçu tel quel : notes, demandes" in verifie.dit
    assert "Non recalculé" in verifie.dit
    assert "selection.csv, selection.xlsx." in verifie.dit
    with zipfile.ZipFile("preuve.zip") as archive:
        assert {"selection.xlsx", "selection.csv", "seances.json"} <= set(archive.namelist())
    for tirages in ("399", "10001"):
        refus = ami("pack", "ecrire", "essai", "--vers", "preuve.zip", "--tirages", tirages)
        assert (refus.code, "entre 400 et 10000" in refus.erreur) == (1, True)
    (campagne / "pv:1.pdf").write_bytes(b"%PDF")
    deux_points = ami("pack", "ecrire", "essai", "--vers", "preuve.zip", "--joindre", "pv:1.pdf")
    assert (deux_points.code, "ni deux-points" in deux_points.erreur) == (1, True)
    absent = ami("pack", "ecrire", "essai", "--vers", "preuve.zip", "--joindre", "pv.pdf")
    assert (absent.code, "« pv.pdf » n'existe pas" in absent.erreur) == (1, True)


def test_les_exports_vont_dans_le_dossier_des_reglages(
    ami: Ami, campagne: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMI_DOSSIER_EXPORTS", str(campagne / "pour-le-financeur"))
    assert ami("exporter", "selection", "essai").code == 0
    assert len(list((campagne / "pour-le-financeur").glob("selection-essai-*"))) == 2
