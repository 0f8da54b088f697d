"""An import killed in the middle, by SIGKILL and on real processes: nothing half-imported, and a second run completes.

The unit is the line: a person comes with all their roles, or not at all. Asked for all or nothing, it is the file.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, select

from ami.imports import Mode
from ami.imports_recettes import RECETTES
from ami.models import Habilitation, Personne
from tests.support.sources import RACINE

from .outils import planter

LOT = RECETTES["personnes"].lot
LIGNES = 3 * LOT + 7
DEJA = 5  # the persons of the small world


@pytest.fixture
def fichier(tmp_path: Path) -> Path:
    """Persons with two roles each."""
    lignes = [f"Anne{_lettres(rang)};Martin;anne{rang}@example.org;agent, evaluateur" for rang in range(LIGNES)]
    chemin = tmp_path / "personnes.csv"
    chemin.write_text("\n".join(["prenom;nom;courriel;roles", *lignes]), encoding="utf-8")
    return chemin


def _lettres(rang: int) -> str:
    return "".join(chr(97 + int(chiffre)) for chiffre in str(rang))


def lancer(engine: Engine, fichier: Path, mode: str, ligne: int) -> "subprocess.Popen[bytes]":
    adresse = engine.url.render_as_string(hide_password=False)
    commande = [sys.executable, "-m", "tests.support.importeur", adresse, str(fichier), mode, str(ligne)]
    chemins = os.pathsep.join(filter(None, [str(RACINE), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(commande, env={**os.environ, "PYTHONPATH": chemins}, cwd=RACINE, stdout=subprocess.PIPE)


def tuer_a_la_ligne(engine: Engine, fichier: Path, mode: str, ligne: int) -> None:
    with lancer(engine, fichier, mode, ligne) as importeur:
        assert importeur.stdout is not None
        assert importeur.stdout.readline() == b"pret\n"
        importeur.send_signal(signal.SIGKILL)


def importes(engine: Engine) -> tuple[int, int]:
    """Persons imported, and those of them who have their two roles."""
    with Session(engine) as session:
        nouvelles = select(Personne.id).where(Personne.nom == "Martin", Personne.prenom != "Anne")
        roles = (
            select(Habilitation.personne_id)
            .where(Habilitation.personne_id.in_(nouvelles))  # type: ignore[attr-defined]
            .group_by(Habilitation.personne_id)  # type: ignore[arg-type]
            .having(func.count() == 2)
        )
        return len(session.exec(nouvelles).all()), len(session.exec(roles).all())


@pytest.mark.lent
@pytest.mark.parametrize(("mode", "gardees"), [("tout_ou_rien", 0), ("bonnes_lignes", LOT)])
def test_un_import_tue_ne_laisse_rien_a_moitie_et_le_suivant_complete(
    engine: Engine, fichier: Path, mode: Mode, gardees: int
) -> None:
    with Session(engine) as session:
        planter(session)
        session.commit()
    # Two lots are written when the process says it is there, and the second one is not committed yet.
    tuer_a_la_ligne(engine, fichier, mode, 2 * LOT)
    assert importes(engine) == (gardees, gardees)
    with lancer(engine, fichier, mode, LIGNES * 2) as importeur:
        assert importeur.wait(timeout=120) == 0
    assert importes(engine) == (LIGNES, LIGNES)
    with Session(engine) as session:
        courriels = session.exec(select(Personne.courriel)).all()
        assert len(courriels) == len(set(courriels)) == LIGNES + DEJA
        assert session.exec(select(func.count()).select_from(Habilitation)).one() == 2 * LIGNES + DEJA
