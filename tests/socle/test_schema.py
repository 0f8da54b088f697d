"""The migrated schema is the one the models describe, and the append-only tables hold."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, Table, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, select

from ami.database import (
    configuration_alembic,
    migrer,
    revision_actuelle,
    revision_attendue,
    session_ecriture,
    session_lecture,
)
from ami.models import Comite, CourrielEvenement, Journal, Structure, Vote
from ami.sujets import identifiant
from notifications.database import create_engine_for
from tests.support.bases import ServeurPostgres
from tests.usecases.monde import planter

INSTANT = datetime(2026, 3, 3, 22, 59, tzinfo=UTC)


def test_les_migrations_donnent_exactement_le_schema_des_modeles(engine: Engine) -> None:
    with engine.connect() as connexion:
        differences = compare_metadata(MigrationContext.configure(connexion), SQLModel.metadata)
    assert differences == []


@pytest.mark.parametrize("table", SQLModel.metadata.sorted_tables, ids=lambda table: table.name)
def test_chaque_controle_declare_existe_dans_la_base(engine_sqlite: Engine, table: Table) -> None:
    """Alembic does not compare CHECK constraints, and they are what makes wrong data impossible."""
    declares = {str(c.name): str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)}
    presents = {str(c["name"]): c["sqltext"] for c in inspect(engine_sqlite).get_check_constraints(table.name)}
    assert presents == declares


def test_la_base_migree_est_a_la_revision_attendue(engine: Engine) -> None:
    assert revision_actuelle(engine) == revision_attendue() is not None


def test_migrer_deux_fois_ne_change_rien(engine: Engine) -> None:
    migrer(engine)
    assert revision_actuelle(engine) == revision_attendue()


def test_la_descente_garde_le_dernier_vote_d_un_siege_puis_rend_une_base_vide(engine: Engine) -> None:
    with Session(engine) as session:
        monde = planter(session)
        comite = Comite(campagne_id=identifiant(monde.campagne), code="c1", tenue_le=INSTANT, lieu="Lyon")
        session.add(comite)
        session.flush()
        ou = (identifiant(comite), identifiant(monde.dossier()))
        for heure, acte in enumerate(("deliberer", "selectionner")):  # one session may examine a dossier twice
            le = INSTANT.replace(hour=20 - heure)
            vote = Vote(comite_id=ou[0], dossier_id=ou[1], membre="Réseau", sens="pour", decision=acte, note_le=le)
            vote.acte = acte
            session.add(vote)
        session.commit()
    with engine.begin() as connexion:
        command.downgrade(configuration_alembic(connexion), "0010")
        assert connexion.execute(text("SELECT decision FROM vote")).scalars().all() == ["deliberer"]
        command.upgrade(configuration_alembic(connexion), "head")
    with engine.begin() as connexion:
        command.downgrade(configuration_alembic(connexion), "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrer(engine)
    assert "journal" in inspect(engine).get_table_names()


def test_une_base_neuve_n_a_pas_de_revision(postgres: ServeurPostgres) -> None:
    url = postgres.creer(migree=False)
    engine = create_engine_for(url)
    assert revision_actuelle(engine) is None
    engine.dispose()
    postgres.supprimer(url)


def _ligne_de_journal() -> Journal:
    return Journal(
        sujet_kind="dossier", sujet_id=1, seq=1, instant=INSTANT, acteur_role="systeme", transition="t", vers="e",
        constats_empreinte="0", donnees_empreinte="0", precedent="0", empreinte="1", clef="k1",
    )  # fmt: skip


def _remplir(session: Session) -> None:
    session.add(_ligne_de_journal())
    session.add(CourrielEvenement(instant=INSTANT, kind="pause", detail="essai"))
    session.commit()


@pytest.mark.parametrize("table", ["journal", "courriel_evenement"])
@pytest.mark.parametrize("ordre", ["UPDATE {} SET instant = instant", "DELETE FROM {}", "TRUNCATE {}"])
def test_personne_ne_reecrit_ce_qui_ne_fait_que_s_ajouter(
    engine: Engine, session: Session, table: str, ordre: str
) -> None:
    if ordre.startswith("TRUNCATE") and engine.dialect.name == "sqlite":
        ordre = "DELETE FROM {}"  # SQLite has no TRUNCATE
    _remplir(session)
    with pytest.raises(DBAPIError, match="on y ajoute seulement"):
        session.execute(text(ordre.format(table)))
    session.rollback()
    assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 1


REMPLACEMENTS = {
    "journal, par son numéro": "INSERT {} INTO journal SELECT id, 'dossier', 9, 9, instant, acteur_id, acteur_role, "
    "'autre', de, vers, constats_empreinte, donnees_empreinte, 'k9', precedent, empreinte FROM journal {}",
    "journal, par son rang": "INSERT {} INTO journal SELECT 9, sujet_kind, sujet_id, seq, instant, acteur_id, "
    "acteur_role, 'autre', de, vers, constats_empreinte, donnees_empreinte, 'k9', precedent, empreinte FROM journal {}",
    "journal, par sa clef": "INSERT {} INTO journal SELECT 9, 'dossier', 9, 9, instant, acteur_id, acteur_role, "
    "'autre', de, vers, constats_empreinte, donnees_empreinte, clef, precedent, empreinte FROM journal {}",
    "événement, par son numéro": "INSERT {} INTO courriel_evenement SELECT id, courriel_id, instant, 'autre', detail "
    "FROM courriel_evenement {}",
}
CONFLITS = {
    "journal, par son numéro": "(id) DO UPDATE SET transition = 'autre'",
    "journal, par son rang": "(sujet_kind, sujet_id, seq) DO UPDATE SET transition = 'autre'",
    "journal, par sa clef": "(clef) DO UPDATE SET transition = 'autre'",
    "événement, par son numéro": "(id) DO UPDATE SET kind = 'autre'",
}


@pytest.mark.parametrize("quoi", REMPLACEMENTS)
@pytest.mark.parametrize("forme", ["REPLACE", "ON CONFLICT"])
def test_personne_ne_remplace_une_ligne_en_en_ajoutant_une(
    engine: Engine, session: Session, quoi: str, forme: str
) -> None:
    """SQLite's REPLACE deletes without firing the triggers on DELETE; PostgreSQL only has ON CONFLICT DO UPDATE."""
    par_conflit = forme == "ON CONFLICT" or engine.dialect.name == "postgresql"
    avant, apres = ("", f"WHERE true ON CONFLICT {CONFLITS[quoi]}") if par_conflit else ("OR REPLACE", "")
    _remplir(session)
    with pytest.raises(DBAPIError, match="on y ajoute seulement"):
        session.execute(text(REMPLACEMENTS[quoi].format(avant, apres)))
    session.rollback()
    assert [ligne.transition for ligne in session.exec(select(Journal))] == ["t"]
    assert [evenement.kind for evenement in session.exec(select(CourrielEvenement))] == ["pause"]


def test_une_session_d_ecriture_ne_garde_rien_sans_commit(engine: Engine) -> None:
    with session_ecriture(engine) as session:
        session.add(Structure(nom="Régie du Grand Clos", kind="association"))
        session.flush()
    with session_lecture(engine) as session:
        assert session.execute(text("SELECT count(*) FROM structure")).scalar() == 0


def test_une_lecture_n_attend_pas_une_ecriture_en_cours(engine: Engine) -> None:
    with session_ecriture(engine) as ecrit, session_lecture(engine) as lit:
        ecrit.add(Structure(nom="Régie du Grand Clos", kind="association"))
        ecrit.flush()
        assert lit.execute(text("SELECT count(*) FROM structure")).scalar() == 0
