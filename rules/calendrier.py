"""Legal time: working days of métropole, due instants and reminders, in Europe/Paris whatever the clocks do.

Days are counted on the calendar of Paris, then turned into a UTC instant: a delay that crosses a daylight-saving
night still ends at 23:59:59 there.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from rules.modele import Delai, Relance

PARIS = ZoneInfo("Europe/Paris")
_SAMEDI = 5


@lru_cache(maxsize=256)
def jours_feries(annee: int) -> frozenset[date]:
    """Public holidays of métropole that year (Code du travail, article L3133-1)."""
    return frozenset(holidays.country_holidays("FR", years=annee))


def jour_ouvre(jour: date) -> bool:
    """True on Monday to Friday, public holidays excepted."""
    return jour.weekday() < _SAMEDI and jour not in jours_feries(jour.year)


def ajouter_jours_ouvres(jour: date, nombre: int) -> date:
    """The date `nombre` working days after `jour` (before it when negative); 0 gives `jour` itself."""
    pas = timedelta(days=1 if nombre > 0 else -1)
    restants = abs(nombre)
    while restants:
        jour += pas
        restants -= jour_ouvre(jour)
    return jour


def ajouter_mois(jour: date, nombre: int) -> date:
    """The same day `nombre` months later, clipped to the month's last day (31 January + 1 month: 28 February)."""
    rang = jour.year * 12 + jour.month - 1 + nombre
    annee, mois = divmod(rang, 12)
    dernier = calendar.monthrange(annee, mois + 1)[1]
    return date(annee, mois + 1, min(jour.day, dernier))


def jour_legal(instant: datetime) -> date:
    """The date it is in Paris at an instant.

    Raises:
        ValueError: the instant bears no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("un instant sans fuseau horaire n’a pas de date légale")
    return instant.astimezone(PARIS).date()


def instant_legal(jour: date, heure: str) -> datetime:
    """The UTC instant of an hour (`HH:MM:SS`) of a day in Paris.

    An hour said twice on an October night is the second one, so nobody loses an hour; an hour that a March night
    skips is the instant it would have been, an hour later on the clock.
    """
    moment = time.fromisoformat(heure).replace(fold=1)
    local = datetime.combine(jour, moment, tzinfo=PARIS)
    existe = local.astimezone(UTC).astimezone(PARIS).replace(tzinfo=None) == local.replace(tzinfo=None)
    return (local if existe else local.replace(fold=0)).astimezone(UTC)


def instant_echeance(delai: Delai, depart: datetime) -> datetime:
    """The UTC instant a delay that starts at `depart` is over: end of the last day in Paris, unless `heure` differs.

    Raises:
        ValueError: `depart` bears no time zone, or the delay does not have exactly one unit.
    """
    jour = jour_legal(depart)
    unites = [unite for unite in (delai.jours, delai.jours_ouvres, delai.mois) if unite is not None]
    if len(unites) != 1:
        raise ValueError("un délai a exactement une unité : jours, jours_ouvres ou mois")
    if delai.jours is not None:
        jour += timedelta(days=delai.jours)
    elif delai.jours_ouvres is not None:
        jour = ajouter_jours_ouvres(jour, delai.jours_ouvres)
    elif delai.mois is not None:
        jour = ajouter_mois(jour, delai.mois)
    return instant_legal(jour, delai.heure)


def instants_relance(relance: Relance, due: datetime) -> datetime:
    """The UTC instant a reminder leaves, counted from the due day.

    One that falls on a day off is advanced to the working day before when it comes before the due day (or on it), and
    put back to the next one when it comes after: nobody is reminded later than promised before, nor on a Sunday after.

    Raises:
        ValueError: `due` bears no time zone, or the reminder does not have exactly one unit.
    """
    if (relance.jours is None) == (relance.jours_ouvres is None):
        raise ValueError("une relance a exactement une unité : jours ou jours_ouvres")
    depart = jour_legal(due)
    if relance.jours is not None:
        sens = 1 if relance.jours > 0 else -1
        jour = depart + timedelta(days=relance.jours)
    else:
        nombre = relance.jours_ouvres or 0
        sens = 1 if nombre > 0 else -1
        jour = ajouter_jours_ouvres(depart, nombre)
    if not jour_ouvre(jour):
        jour = ajouter_jours_ouvres(jour, sens)
    return instant_legal(jour, relance.heure)
