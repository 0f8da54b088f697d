"""`ami comite` and `ami piece`: what staff and porteurs do between two acts."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.models import Comite, Dossier, Piece
from notifications.database import create_engine_for
from tests.noyau.conftest import Lieu, ouvrir
from tests.support.ligne import Ami, ligne_de_commande
from tests.support.parcours import PDF, mener_jusqu_a


@pytest.fixture
def ami(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    monkeypatch.chdir(tmp_path)
    commande = ligne_de_commande(capsys)
    commande("base", "migrer")
    return commande


@pytest.fixture
def lieu(ami: Ami, tmp_path: Path) -> Lieu:
    engine: Engine = create_engine_for(f"sqlite:///{tmp_path}/donnees/ami.db")
    return ouvrir(engine, tmp_path / "donnees" / "pieces")


SEANCE = ("hp-2026", "selection-2")
PROCHAINE = ("--le", "2099-12-08T14:00", "--lieu", "Paris")  # to come, whatever the day these tests run
PASSEE = ("--le", "2020-12-08T14:00", "--lieu", "Paris")  # nobody signs in before the day


def test_a_session_is_set_and_its_presents_are_noted(ami: Ami, lieu: Lieu) -> None:
    assert ami("comite", "convoquer", *SEANCE, *PASSEE).code == 0
    issue = ami("comite", "emarger", "selection-2", "RAHP", "ANCT")
    assert "2 présent(s) sur 5" in issue.dit
    assert "2/5" in ami("comite", "lister", "hp-2026").dit
    with Session(lieu.engine) as session:
        assert session.exec(select(Comite)).one().presents == ["RAHP", "ANCT"]


@pytest.mark.parametrize(
    ("presents", "raison"),
    [(["ANCT", "ANCT"], "deux fois"), (["Quelqu'un"], "Pas membre du comité")],
)
def test_presents_are_members_each_once(ami: Ami, lieu: Lieu, presents: list[str], raison: str) -> None:
    ami("comite", "convoquer", *SEANCE, *PASSEE)
    issue = ami("comite", "emarger", "selection-2", *presents)
    assert issue.code == 1
    assert raison in issue.erreur


def test_a_code_taken_or_unknown_is_refused(ami: Ami, lieu: Lieu) -> None:
    convoquer = ("comite", "convoquer", *SEANCE, *PROCHAINE)
    assert ami(*convoquer).code == 0
    assert "existe déjà" in ami(*convoquer).erreur
    assert "convoquez-le d'abord" in ami("comite", "emarger", "autre", "ANCT").erreur


@pytest.fixture
def numero(lieu: Lieu) -> str:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    with Session(lieu.engine) as session:
        return session.get_one(Dossier, sujet.id).numero


def joindre(ami: Ami, numero: str, fichier: Path, par: str = "porteur@example.org") -> tuple[int, str]:
    issue = ami("piece", "joindre", numero, "deliberation", str(fichier), "--par", par, "--role", "porteur")
    return issue.code, issue.dit + issue.erreur


def test_a_piece_is_laid_once_by_who_may(ami: Ami, lieu: Lieu, numero: str, tmp_path: Path) -> None:
    fichier = tmp_path / "deliberation.pdf"
    fichier.write_bytes(PDF)
    assert joindre(ami, numero, fichier)[0] == 0
    assert joindre(ami, numero, fichier)[0] == 0
    with Session(lieu.engine) as session:
        assert session.exec(select(Piece.code)).all() == ["deliberation"]
    assert "deliberation.pdf" in ami("piece", "lister", numero).dit


def test_someone_elses_dossier_takes_no_piece(ami: Ami, lieu: Lieu, numero: str, tmp_path: Path) -> None:
    fichier = tmp_path / "deliberation.pdf"
    fichier.write_bytes(PDF)
    code, dit = joindre(ami, numero, fichier, par="evaluateur1@example.org")
    assert (code, "accessible" in dit) == (1, True)
    with Session(lieu.engine) as session:
        assert session.exec(select(Piece)).all() == []


def test_a_page_named_pdf_is_refused(ami: Ami, lieu: Lieu, numero: str, tmp_path: Path) -> None:
    fichier = tmp_path / "deliberation.pdf"
    fichier.write_bytes(b"<html><body>bonjour</body></html>")
    code, dit = joindre(ami, numero, fichier)
    assert code == 1
    assert "pdf" in dit.lower()


def test_people_are_named_as_people_type_them(ami: Ami, lieu: Lieu, tmp_path: Path) -> None:
    donnees = tmp_path / "dossier.yaml"
    donnees.write_text(
        "titre: La cour commune\nterritoires: [QP031007]\nporteur: collectivité fictive\n"
        "contact: Porteur@example.org\naccompagnateur: Atelier fictif\n",
        encoding="utf-8",
    )
    agent = ("--par", "AGENT@example.org", "--role", "agent")
    issue = ami("agir", "nouveau", "ouvrir_dossier", *agent, "--campagne", "hp-2026", "--donnees", donnees)
    assert (issue.code, issue.erreur) == (0, "")
    with Session(lieu.engine) as session:
        dossier = session.exec(select(Dossier)).one()
        assert (dossier.titre, dossier.porteur_id, dossier.accompagnateur_id) == ("La cour commune", 2, 3)


@pytest.mark.parametrize(
    ("contenu", "raison"),
    [
        (b"porteur: Personne de ce nom\ntitre: Essai\n", "donnez son SIRET"),
        ("titre: été".encode("latin-1"), "UTF-8"),
        (b"a: &a [x]\nb: *a\nb: 2\n", "deux fois"),
        (b"- une liste\n", "nom: valeur"),
    ],
)
def test_data_that_cannot_be_read_are_refused_in_french(
    ami: Ami, lieu: Lieu, tmp_path: Path, contenu: bytes, raison: str
) -> None:
    donnees = tmp_path / "donnees.yaml"
    donnees.write_bytes(contenu)
    agent = ("--par", "agent@example.org", "--role", "agent")
    issue = ami("agir", "nouveau", "ouvrir_dossier", *agent, "--campagne", "hp-2026", "--donnees", donnees)
    assert issue.code == 1
    assert raison in issue.erreur
