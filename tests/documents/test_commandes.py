"""`ami documents`: issue, list, sign, from the command line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from ami.models import Dossier
from rules.calendrier import jour_legal
from tests.documents.conftest import Bureau, bureau
from tests.support.ligne import Ami, ligne_de_commande


@pytest.fixture
def desk(engine_sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMI_BASE", str(engine_sqlite.url))
    monkeypatch.setenv("AMI_DOSSIER_PIECES", str(tmp_path / "pieces"))
    return bureau(engine_sqlite, tmp_path, "habitat_participatif", "laureat", le="20/06/2026 10:00")


@pytest.fixture
def ami(capsys: pytest.CaptureFixture[str]) -> Ami:
    return ligne_de_commande(capsys)


def test_a_convention_goes_out_comes_back_signed_and_is_listed(desk: Bureau, ami: Ami, signe: Path) -> None:
    with Session(desk.engine) as session:
        numero = session.get_one(Dossier, desk.numero).numero
    sortie = Path("convention.pdf")
    assert "aucune aide « participation »" in ami(
        "documents", "convention", numero, "--nature", "participation", "--vers", sortie
    ).erreur.replace("n'a pas d'aide", "aucune aide")
    assert not sortie.exists()
    commande = ("documents", "convention", numero, "--nature", "aide_projet", "--vers", sortie)
    assert f"{numero}-C2" in ami(*commande).dit
    octets = sortie.read_bytes()
    assert "octet pour octet" in ami(*commande).dit
    assert sortie.read_bytes() == octets
    lettre = ami("documents", "lettre", numero, "--vers", "lettre.pdf")
    assert "projet lauréat" in lettre.dit
    assert "--message selection_retenu" in lettre.dit
    retour = ("--fichier", signe, "--le", f"{jour_legal(datetime.now(UTC)):%d/%m/%Y}", "--par", "agente@example.org")
    assert ami("documents", "signer", numero, *retour).erreur.startswith("Dites ce qui est signé")
    assert "n'a pas d'exemplaire signé" in ami(*commande, "--signe").erreur
    assert "15 000,00 €" in ami("documents", "signer", numero, "--nature", "aide_projet", *retour).dit
    assert "déjà émis et signé" in ami(*commande).dit
    assert sortie.read_bytes() == octets
    assert "exemplaire signé" in ami(*commande, "--signe").dit
    assert sortie.read_bytes() == signe.read_bytes()
    liste = ami("documents", "lister", numero).dit
    for mot in ("Projet lauréat", "signé, fichier", "sans fichier", "Étude"):
        assert mot in liste
