"""A campagne of the real règlement, with the people a dossier needs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from ami.campagnes import ajouter_enveloppe, ouvrir_campagne
from ami.models import Structure
from rules.chargement import charger
from tests.support.parcours import Marche, peupler

PARIS = ZoneInfo("Europe/Paris")
REGLEMENT = Path(__file__).parents[2] / "rules" / "habitat_participatif_2026.yaml"
OUVERTURE = datetime(2026, 1, 5, tzinfo=PARIS)
JOUR = datetime(2026, 3, 30, 10, 0, tzinfo=PARIS)


@dataclass
class Lieu:
    """An opened campagne and the persons of it."""

    engine: Engine
    pieces: Path
    campagne_id: int
    personnes: dict[str, int]

    def marche(self, le: datetime = JOUR) -> Marche:
        """Somebody ready to walk a dossier."""
        qui = self.personnes
        return Marche(
            self.engine, self.pieces, self.campagne_id, qui["porteur"], qui["accompagnateur"], qui["agent"], le
        )


def ouvrir(engine: Engine, pieces: Path) -> Lieu:
    """Open the campagne and commit."""
    with Session(engine, expire_on_commit=False) as session:
        campagne = ouvrir_campagne(
            session,
            code="hp-2026",
            nom="Campagne 2026",
            prefixe="HP26",
            charge=charger(REGLEMENT),
            convention_reattribution="Convention d'essai",
            ouverture=OUVERTURE,
            cloture=datetime(2026, 6, 30, 23, 59, tzinfo=PARIS),
            fin=None,
            places=3,
            courriel_suivi="suivi@example.org",
            maintenant=OUVERTURE,
        )
        financeur = Structure(nom="Agence fictive", kind="financeur")
        session.add(financeur)
        session.flush()
        for nature in ("aide_etude", "aide_projet"):
            ajouter_enveloppe(session, campagne, financeur, nature, Decimal(40_000))
        personnes = peupler(session, campagne, OUVERTURE)
        session.commit()
        return Lieu(engine, pieces, campagne.id or 0, personnes)


@pytest.fixture
def lieu(engine: Engine, tmp_path: Path) -> Lieu:
    return ouvrir(engine, tmp_path / "pieces")
