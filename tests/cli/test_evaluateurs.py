"""`ami evaluateurs`: staff describe the pool, see it, and plan who reads what."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.commandes.commun import console
from ami.models import Affectation, AffectationPrevue, Personne
from notifications.database import create_engine_for
from tests.support.ligne import Ami, ligne_de_commande
from tests.usecases.monde import Monde, planter


@pytest.fixture
def ami(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console, "width", 250)  # read once, when the console is made
    commande = ligne_de_commande(capsys)
    commande("base", "migrer")
    return commande


@pytest.fixture
def monde(ami: Ami, tmp_path: Path) -> Iterator[Monde]:
    engine: Engine = create_engine_for(f"sqlite:///{tmp_path}/donnees/ami.db")
    with Session(engine, expire_on_commit=False) as session:
        plante = planter(session)
        session.commit()
        yield plante


def plans(monde: Monde) -> list[tuple[int | None, int, int]]:
    """What the base keeps, read and let go: a transaction left open would lock the command out."""
    monde.session.rollback()
    lus = [(p.id, p.dossier_id, p.personne_id) for p in monde.session.exec(select(AffectationPrevue))]
    monde.session.rollback()
    return lus


def gens(monde: Monde, combien: int) -> list[Personne]:
    trouves = [monde.personne("evaluateur") for _ in range(combien)]
    monde.session.commit()
    return trouves


def test_ce_qu_un_evaluateur_sait_accepte_et_declare_se_voit_dans_la_liste(ami: Ami, monde: Monde) -> None:
    eva, autre = gens(monde, 2)
    confie = monde.dossier()
    monde.affecter(confie, eva)
    monde.session.commit()
    options = ("--competence", "montage", "--competence", "Montage", "--region", "Occitanie", "--charge", 4)
    assert "compétences montage ; régions Occitanie ; accepte 4 dossier(s) au plus" in (
        ami("evaluateurs", "profil", eva.courriel, *options).dit
    )
    assert "accepte autant de dossiers qu'il faut" in (
        ami("evaluateurs", "profil", eva.courriel, "--sans-limite", "--sans-region").dit
    )
    ici = ("evaluateurs", "interet", eva.courriel, "--structure", "commune de valmont")
    assert "dites en quelques mots" in ami(*ici).erreur
    declare = ami(*ici, "--motif", "Son frère y travaille").dit
    assert f"le dossier {confie.numero} lui est confié alors que" in declare
    assert "déjà déclaré" in ami(*ici, "--motif", "Encore").erreur
    ami("evaluateurs", "interet", autre.courriel, "--commune", "Valmont", "--motif", "Y habite")
    liste = ami("evaluateurs", "lister", "essai").dit
    assert "montage │ – │ 1 │ 0 │ – │ Commune de Valmont (Son frère y travaille)" in liste
    assert "commune de Valmont (Y habite)" in liste
    assert "Intérêts déclarés par" in ami(*ici, "--retirer").dit
    assert "rien à retirer" in ami(*ici, "--retirer").erreur


def test_le_plan_se_calcule_se_garde_et_dit_pourquoi_il_est_impossible(ami: Ami, monde: Monde) -> None:
    assert "Aucun dossier n'attend d'évaluateurs" in ami("evaluateurs", "repartir", "essai").dit
    eva, autre, *_ = gens(monde, 4)
    adresse = eva.courriel
    dossiers = [monde.dossier("etude_validee") for _ in range(4)]
    monde.dossier("etude_en_cours")
    monde.session.commit()
    a_lire, court = [d.id or 0 for d in dossiers], dossiers[1].numero
    essai = ami("evaluateurs", "repartir", "essai").dit
    assert "4 dossier(s) à lire" in essai
    assert "Écart des charges : 0. Preuve : aucune autre répartition ne fait mieux. Plan non gardé" in essai
    assert plans(monde) == []
    assert ami("evaluateurs", "repartir", "essai", "--enregistrer").dit.endswith("Plan gardé.")
    gardes = plans(monde)
    assert sorted(d for _, d, _ in gardes) == sorted(a_lire * 3)
    ami("evaluateurs", "repartir", "essai", "--enregistrer")
    assert plans(monde) == gardes
    ami("evaluateurs", "interet", adresse, "--structure", "Commune de Valmont", "--motif", "Y fut élu")
    monde.habiliter(autre, "porteur", dossier=dossiers[1])
    monde.session.commit()
    refus = ami("evaluateurs", "repartir", "essai", "--enregistrer")
    assert refus.code == 1
    assert f"Trop peu d'évaluateurs sans conflit d'intérêts pour : {court} (2 sur 3)" in refus.erreur
    assert plans(monde) == gardes
    assert monde.session.exec(select(Affectation)).all() == []
