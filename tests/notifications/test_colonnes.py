"""Instants and money come back as they went in, on both databases, and compare in SQL."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, func, insert, select
from sqlalchemy.exc import StatementError

from notifications.columns import Euros, UTCDateTime, en_centimes, en_euros
from notifications.database import avertissement_sqlite, create_engine_for, lecture_seule

METADATA = MetaData()
ESSAI = Table(
    "essai_colonnes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("instant", UTCDateTime),
    Column("montant", Euros),
)


@pytest.fixture
def table(engine: Engine) -> Engine:
    METADATA.create_all(engine)
    return engine


def test_un_instant_revient_en_utc_a_la_microseconde(table: Engine) -> None:
    paris = datetime(2026, 3, 29, 3, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    with table.begin() as connexion:
        connexion.execute(insert(ESSAI).values(instant=paris))
        rendu = connexion.execute(select(ESSAI.c.instant)).scalar_one()
    assert rendu == paris
    assert rendu.tzinfo is UTC
    assert rendu.microsecond == 123456


def test_les_instants_se_comparent_en_sql_comme_des_instants(table: Engine) -> None:
    base = datetime(2026, 1, 1, tzinfo=UTC)
    ecarts = [timedelta(microseconds=1), timedelta(0), timedelta(seconds=1), timedelta(days=400)]
    with table.begin() as connexion:
        for ecart in ecarts:
            connexion.execute(insert(ESSAI).values(instant=base + ecart))
        autre_fuseau = base.astimezone(timezone(timedelta(hours=-7)))
        apres = connexion.execute(select(func.count()).where(ESSAI.c.instant > autre_fuseau)).scalar_one()
        tries = connexion.execute(select(ESSAI.c.instant).order_by(ESSAI.c.instant)).scalars().all()
    assert apres == 3
    assert list(tries) == sorted(base + ecart for ecart in ecarts)


def test_un_instant_sans_fuseau_est_refuse(table: Engine) -> None:
    with table.begin() as connexion, pytest.raises(StatementError, match="fuseau"):
        connexion.execute(insert(ESSAI).values(instant=datetime(2026, 1, 1)))


def test_les_euros_reviennent_et_se_somment_au_centime(table: Engine) -> None:
    montants = [Decimal("0.10"), Decimal("0.20"), Decimal("2187.5"), Decimal("-600")]
    with table.begin() as connexion:
        for montant in montants:
            connexion.execute(insert(ESSAI).values(montant=montant))
        somme = connexion.execute(select(func.sum(ESSAI.c.montant))).scalar_one()
        positifs = connexion.execute(select(func.count()).where(ESSAI.c.montant > 0)).scalar_one()
    assert somme == Decimal("1587.80")
    assert str(somme) == "1587.80"
    assert positifs == 3


@pytest.mark.parametrize("faux", [0.1, "12", True, Decimal("0.001"), Decimal("NaN"), Decimal("Infinity")])
def test_ce_qui_n_est_pas_un_montant_exact_est_refuse(faux: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        en_centimes(faux)  # type: ignore[arg-type]


@given(st.integers(min_value=-(2**60), max_value=2**60))
def test_centimes_et_euros_sont_deux_ecritures_du_meme_montant(centimes: int) -> None:
    assert en_centimes(en_euros(centimes)) == centimes


def test_une_base_inconnue_est_refusee_en_francais() -> None:
    with pytest.raises(ValueError, match="Base de données inconnue"):
        create_engine_for("mysql://localhost/ami")


def test_un_lecteur_sqlite_n_attend_pas_un_ecrivain(engine_sqlite: Engine) -> None:
    with engine_sqlite.begin() as ecrivain:
        ecrivain.exec_driver_sql("CREATE TABLE essai_verrou (a)")
        with lecture_seule(engine_sqlite).connect() as lecteur:
            assert lecteur.exec_driver_sql("SELECT count(*) FROM courriel").scalar_one() == 0


def test_sqlite_est_regle_pour_garder_ce_qui_est_valide(engine_sqlite: Engine) -> None:
    with engine_sqlite.connect() as connexion:
        reglages = [
            connexion.exec_driver_sql(f"PRAGMA {nom}").scalar_one()
            for nom in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert reglages == ["wal", 2, 1, 30000]


@pytest.mark.parametrize(
    ("version", "saine"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 52, 0), True),
    ],
)
def test_le_defaut_du_journal_wal_est_signale(version: tuple[int, int, int], saine: bool) -> None:
    assert (avertissement_sqlite(version) is None) is saine
