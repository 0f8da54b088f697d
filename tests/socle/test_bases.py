"""The databases lent to the tests: one given back is as new, or is not lent again."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from ami.models import Campagne, Personne
from notifications.database import create_engine_for
from tests.support.bases import ServeurPostgres, serveur_postgres
from tests.usecases.monde import planter


@pytest.fixture(scope="module")
def a_part() -> Iterator[ServeurPostgres]:
    """A server nobody else borrows from."""
    with serveur_postgres() as serveur:
        yield serveur


def emprunter(serveur: ServeurPostgres) -> tuple[Engine, int]:
    """A database, with its identity: a name changes, an oid does not."""
    engine = create_engine_for(serveur.creer())
    with engine.connect() as connexion:
        oid = connexion.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    return engine, oid


def rendre(serveur: ServeurPostgres, engine: Engine) -> None:
    engine.dispose()
    serveur.rendre(engine.url)


def test_une_base_rendue_pleine_est_pretee_vide_et_ses_numeros_repartent(a_part: ServeurPostgres) -> None:
    vues = []
    for _ in range(2):
        engine, oid = emprunter(a_part)
        with Session(engine) as session:
            assert [*session.exec(select(Campagne)), *session.exec(select(Personne))] == []
            vues.append((oid, planter(session).campagne.id))
            session.commit()
        rendre(a_part, engine)
    assert vues[0] == vues[1], "la même base, et le même premier numéro"


def test_qui_reste_connecte_est_renvoye_et_ne_la_retrouve_pas(a_part: ServeurPostgres) -> None:
    engine, oid = emprunter(a_part)
    with engine.connect() as attarde:
        attarde.execute(text("SELECT id FROM campagne FOR UPDATE"))
        a_part.rendre(engine.url)
        attarde.invalidate()
    engine.dispose()
    with pytest.raises(Exception, match="does not exist"):
        engine.connect()
    suivante, meme = emprunter(a_part)
    assert meme == oid
    rendre(a_part, suivante)


@pytest.mark.parametrize(
    "ordre",
    [
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "CREATE TABLE de_trop (a integer)",
        "ALTER TABLE campagne ALTER COLUMN nom DROP NOT NULL",
        "DROP INDEX IF EXISTS ix_journal_instant; CREATE INDEX de_trop ON journal (instant)",
        "UPDATE alembic_version SET version_num = 'autre'",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''8MB''', current_database()); END $$",
    ],
)
def test_une_base_dont_plus_que_les_lignes_a_change_n_est_plus_pretee(a_part: ServeurPostgres, ordre: str) -> None:
    engine, oid = emprunter(a_part)
    with engine.begin() as connexion:
        connexion.execute(text(ordre))
    rendre(a_part, engine)
    suivante, autre = emprunter(a_part)
    assert autre != oid
    rendre(a_part, suivante)
