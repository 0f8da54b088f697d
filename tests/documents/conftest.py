"""A dossier of either programme standing where a paper is due, on a database of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.conventions import convention
from ami.emission import Emis, Emission, emettre
from ami.magasin import Magasin
from ami.models import Dossier, Structure
from tests.support.recit import Scene, instant, jouer, lire, planter
from tests.support.recit_modele import DECORS
from tests.usecases.monde import Monde
from tests.usecases.monde import planter as planter_monde

LE = "20/12/2026 10:00"
PDF_SIGNE = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass
class Bureau:
    """The staff's desk: the base, the store, and the dossier on it."""

    engine: Engine
    magasin: Magasin
    scene: Scene
    numero: int
    le: datetime

    def dossier(self, session: Session) -> Dossier:
        """The dossier, in that session."""
        return session.get_one(Dossier, self.numero)

    def emettre(self, composer: Callable[[Session, Dossier], Emission]) -> Emis:
        """Issue a paper and commit, as the command does."""
        with Session(self.engine, expire_on_commit=False) as session:
            dossier = self.dossier(session)
            emis = emettre(session, self.magasin, dossier, composer(session, dossier), self.le)
            session.commit()
        return emis

    def convention(self, nature: str) -> Emis:
        """Issue the convention of one nature."""
        return self.emettre(lambda session, dossier: convention(session, dossier, nature, self.le))

    def contenu(self, nature: str) -> dict[str, Any]:
        """What that convention says."""
        with Session(self.engine) as session:
            return dict(convention(session, self.dossier(session), nature, self.le).contenu)


def bureau(engine: Engine, tmp_path: Path, decor: str, etat: str, *, le: str = LE) -> Bureau:
    """A dossier of a décor led to an état, its structures with a SIRET."""
    fichier = tmp_path / "recit.yaml"
    fichier.write_text(
        f"titre: Un papier\ndecor: {DECORS / decor}.yaml\n"
        f"histoire:\n  - {{le: {le}, coulisse: jardins, jusqu_a: {etat}}}\n",
        encoding="utf-8",
    )
    recit = lire(fichier)
    scene = planter(engine, tmp_path / "pieces", recit)
    assert list(jouer(scene, recit))
    with Session(engine) as session:
        for rang, structure in enumerate(session.exec(select(Structure))):
            structure.siret = f"{100_000_000 + rang}00019"
            session.add(structure)
        session.commit()
    return Bureau(engine, Magasin(tmp_path / "pieces"), scene, scene.sujets["jardins"].id, instant(le))


@pytest.fixture
def signe(tmp_path: Path) -> Path:
    """A file signed by everybody."""
    chemin = tmp_path / "signe.pdf"
    chemin.write_bytes(PDF_SIGNE)
    return chemin


@pytest.fixture
def monde(engine_sqlite: Engine) -> Iterator[Monde]:
    """The small world of the use cases."""
    with Session(engine_sqlite, expire_on_commit=False) as session:
        yield planter_monde(session)
