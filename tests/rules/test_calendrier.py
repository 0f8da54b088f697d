"""Legal time: working days, delays and reminders in Paris."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendrier import (
    PARIS,
    ajouter_jours_ouvres,
    ajouter_mois,
    instant_echeance,
    instant_legal,
    instants_relance,
    jour_legal,
    jour_ouvre,
)
from rules.modele import Delai, Relance

JOURS = st.dates(date(2024, 1, 1), date(2035, 12, 31))
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def paris(annee: int, mois: int, jour: int, heure: int = 0, minute: int = 0, seconde: int = 0) -> datetime:
    return datetime(annee, mois, jour, heure, minute, seconde, tzinfo=PARIS)


def relance(*, jours: int | None = None, jours_ouvres: int | None = None) -> Relance:
    return Relance(code="rappel", message="rappel", jours=jours, jours_ouvres=jours_ouvres)


@pytest.mark.parametrize(
    ("jour", "ouvre"),
    [
        (date(2026, 3, 30), True),
        (date(2026, 3, 29), False),
        (date(2026, 4, 6), False),  # lundi de Pâques
        (date(2026, 5, 14), False),  # Ascension
        (date(2026, 5, 25), False),  # lundi de Pentecôte
        (date(2026, 7, 14), False),
        (date(2027, 11, 1), False),
        (date(2026, 12, 24), True),
    ],
)
def test_working_days_are_those_of_metropole(jour: date, ouvre: bool) -> None:
    assert jour_ouvre(jour) is ouvre


def test_twenty_one_days_after_the_30th_of_march_is_the_20th_of_april_at_the_end_of_the_day() -> None:
    due = instant_echeance(Delai(jours=21), paris(2026, 3, 30, 10))
    assert due.astimezone(PARIS) == paris(2026, 4, 20, 23, 59, 59)
    assert due == datetime(2026, 4, 20, 21, 59, 59, tzinfo=UTC)


def test_a_compte_rendu_due_on_the_26th_of_february_is_reminded_on_the_19th_at_nine() -> None:
    due = instant_legal(date(2026, 2, 26), "23:59:59")
    assert instants_relance(relance(jours=-7), due) == paris(2026, 2, 19, 9)


def test_an_evaluation_due_on_the_23rd_of_november_is_reminded_five_working_days_before_and_one_after() -> None:
    due = instant_legal(date(2026, 11, 23), "23:59:59")
    assert instants_relance(relance(jours_ouvres=-5), due) == paris(2026, 11, 16, 9)
    assert instants_relance(relance(jours_ouvres=1), due) == paris(2026, 11, 24, 9)


def test_a_reminder_on_a_day_off_is_advanced_before_the_due_day_and_put_back_after() -> None:
    avant = instants_relance(relance(jours=-30), instant_legal(date(2027, 12, 1), "23:59:59"))
    assert avant == paris(2027, 10, 29, 9)  # 1 November 2027 is a Monday and a holiday
    apres = instants_relance(relance(jours=3), instant_legal(date(2026, 4, 30), "23:59:59"))
    assert apres == paris(2026, 5, 4, 9)  # 3 May 2026 is a Sunday


def test_months_are_clipped_to_the_last_day() -> None:
    assert ajouter_mois(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert ajouter_mois(date(2027, 12, 31), 2) == date(2028, 2, 29)
    assert ajouter_mois(date(2026, 5, 12), 12) == date(2027, 5, 12)


def test_a_day_in_paris_is_not_a_day_in_utc() -> None:
    assert jour_legal(datetime(2026, 3, 30, 22, 30, tzinfo=UTC)) == date(2026, 3, 31)


@pytest.mark.parametrize("nuit", [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)])
def test_daylight_saving_nights_keep_the_hours_of_the_clock(nuit: date) -> None:
    for jour in (nuit - timedelta(days=1), nuit, nuit + timedelta(days=1)):
        assert instant_legal(jour, "23:59:59").astimezone(PARIS) == datetime(
            jour.year, jour.month, jour.day, 23, 59, 59, tzinfo=PARIS
        )
    due = instant_echeance(Delai(jours=1), instant_legal(nuit - timedelta(days=1), "12:00:00"))
    assert jour_legal(due) == nuit


def test_an_hour_said_twice_is_the_second_and_an_hour_skipped_is_an_hour_later() -> None:
    assert instant_legal(date(2026, 10, 25), "02:30:00") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert instant_legal(date(2026, 3, 29), "02:30:00") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("delai", [Delai(), Delai(jours=1, mois=1)])
def test_a_delay_without_exactly_one_unit_is_refused(delai: Delai) -> None:
    with pytest.raises(ValueError, match="exactement une unité"):
        instant_echeance(delai, datetime(2026, 1, 1, tzinfo=UTC))


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="fuseau"):
        instant_echeance(Delai(jours=1), datetime(2026, 1, 1))


@given(JOURS, st.integers(-40, 40))
def test_working_days_added_are_working_days_counted(jour: date, nombre: int) -> None:
    arrivee = ajouter_jours_ouvres(jour, nombre)
    debut, fin = sorted((jour, arrivee))
    jours = [debut + timedelta(days=n) for n in range((fin - debut).days + 1)]
    comptes = sum(jour_ouvre(j) for j in jours if j != jour)
    assert comptes == abs(nombre)
    assert nombre == 0 or jour_ouvre(arrivee)


@given(INSTANTS, st.integers(1, 400))
def test_a_delay_in_days_ends_that_many_legal_days_later_at_the_last_second(depart: datetime, jours: int) -> None:
    due = instant_echeance(Delai(jours=jours), depart).astimezone(PARIS)
    assert due.date() - jour_legal(depart) == timedelta(days=jours)
    assert (due.hour, due.minute, due.second) == (23, 59, 59)


@given(JOURS, st.integers(-60, 60).filter(bool))
def test_a_reminder_leaves_on_a_working_day_at_nine_on_the_right_side_of_its_date(jour: date, jours: int) -> None:
    depart = instants_relance(relance(jours=jours), instant_legal(jour, "23:59:59")).astimezone(PARIS)
    vise = jour + timedelta(days=jours)
    assert jour_ouvre(depart.date())
    assert (depart.hour, depart.minute) == (9, 0)
    assert depart.date() <= vise if jours < 0 else depart.date() >= vise
