"""`ami comite` from the convocation to the minutes, as docs/agents.md tells it."""

import csv
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from ami.commandes import comite as commandes_comite
from ami.commandes import comite_decisions
from ami.models import Courriel, Vote
from notifications.apercu import texte_de
from notifications.database import create_engine_for
from tests.support.ligne import Ami, ligne_de_commande
from tests.usecases.monde import planter
from tests.usecases.seance import SOIR, TENUE, VEILLE, doter, evalue

AGENT = ("--par", "noa@example.org")
SIEGES = ("ANCT", "RAHP", "Fondation Abbé Pierre")


@pytest.fixture
def ami(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    """`ami` in a folder whose base holds two evaluated dossiers and three members; the clock is the session's."""
    monkeypatch.chdir(tmp_path)
    commande = ligne_de_commande(capsys)
    assert commande("base", "migrer").code == 0
    with Session(create_engine_for(f"sqlite:///{tmp_path}/donnees/ami.db"), expire_on_commit=False) as session:
        monde = planter(session)
        for rang in (1, 2):
            evalue(monde, numero=f"ES26-000{rang}")
        for siege in SIEGES:
            monde.personne("membre_comite").courriel = f"{siege[:4].lower()}@example.org"
        doter(monde)
        session.commit()
    monkeypatch.setattr(commandes_comite, "maintenant", lambda: VEILLE)
    monkeypatch.setattr("ami.commandes.agir.maintenant", lambda: TENUE)
    monkeypatch.setattr(comite_decisions, "maintenant", lambda: SOIR)
    return commande


def deliberer(ami: Ami, dossier: str, decision: str, base: Path) -> str:
    donnees = base / "decision.yaml"
    donnees.write_text(
        f"decision: {decision}\nmotif: Après débat.\ncomite: c1\nmontant_accorde: '15000.00'\n", encoding="utf-8"
    )
    issue = ami("agir", dossier, "deliberer", *AGENT, "--role", "agent", "--donnees", donnees)
    return issue.dit + issue.erreur


def test_un_comite_se_tient_par_les_commandes(ami: Ami, tmp_path: Path) -> None:
    convoque = ami("comite", "convoquer", "essai", "c1", "--le", f"{TENUE:%Y-%m-%dT%H:%M}", "--lieu", "Lyon")
    assert "Ordre du jour : ES26-0001, ES26-0002. 3 personne(s) convoquée(s)." in convoque.dit
    assert "prévenue(s)" in ami("comite", "deplacer", "c1", "--le", f"{TENUE:%Y-%m-%dT10:00}").dit
    assis = ami("comite", "emarger", "c1", "ANCT=anct@example.org", "RAHP=rahp@example.org", "Fondation Abbé Pierre")
    assert "3 présent(s) sur 5" in assis.dit

    assert ami("comite", "voter", "c1", "ES26-0001", "--decision", "laureat", "--consensus").dit.endswith("Adopté.")
    assert "delibere" in deliberer(ami, "ES26-0001", "laureat", tmp_path)
    sorti = ami("comite", "deporter", "c1", "RAHP", "ES26-0002", "--motif", "Conseil du porteur")
    assert "2 membre(s) en décident" in sorti.dit
    vote = ami("comite", "voter", "c1", "ES26-0002", "ANCT=pour", "--decision", "laureat")
    assert (vote.code, "il en faut 3" in vote.erreur) == (1, True)
    assert "il en faut 3" in deliberer(ami, "ES26-0002", "laureat", tmp_path)
    montre = ami("comite", "montrer", "c1").dit
    assert "consensus" in montre
    assert "RAHP : Conseil" in montre

    vu = ami("comite", "apercu", "c1", "--vers", "apercu")
    assert "1 décision(s) à notifier" in vu.dit
    with (tmp_path / "apercu" / "sommaire.csv").open(encoding="utf-8-sig") as sommaire:
        lignes = list(csv.DictReader(sommaire, delimiter=";"))
    base = create_engine_for(f"sqlite:///{tmp_path}/donnees/ami.db")
    with Session(base) as session:
        avant = list(session.exec(select(Courriel.id)))
    for commande in ("apercu", "notifier"):
        etranger = ami("comite", commande, "c1", "--par", "anct@example.org").erreur
        assert ("accessible" in etranger, "ES26" in etranger) == (True, False)
    assert "ES26-0001" in ami("comite", "notifier", "c1", *AGENT).dit
    with Session(base) as session:
        assert session.exec(select(Vote)).all() == []
        partis = session.exec(select(Courriel).where(col(Courriel.id).not_in(avant)).order_by(col(Courriel.id))).all()
    fichiers = [tmp_path / "apercu" / ligne["fichier"] for ligne in lignes]
    assert [fichier.read_bytes() for fichier in fichiers] == [c.octets for c in partis]
    assert [f.with_suffix(".txt").read_text("utf-8") for f in fichiers] == [texte_de(c.octets) for c in partis]
    apercues = [f.with_suffix(".pdf").read_bytes() for f in fichiers if f.with_suffix(".pdf").exists()]
    assert len(apercues) == len([c for c in partis if c.message == "laureat" and c.destinataire_ref.startswith("p")])
    assert ami("documents", "lettre", "ES26-0001", "--vers", "lettre.pdf").code == 0
    assert (tmp_path / "lettre.pdf").read_bytes() == apercues[0]
    assert "rien à notifier" in ami("comite", "notifier", "c1", *AGENT).dit

    assert ami("comite", "proces-verbal", "c1", "--vers", "pv.pdf").code == 0
    assert (tmp_path / "pv.pdf").read_bytes().startswith(b"%PDF")
    assert "déjà siégé" in ami("comite", "annuler", "c1", "--motif", "Trop tard").erreur
