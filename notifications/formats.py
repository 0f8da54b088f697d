"""How instants, money and marks read in French (Babel, fr_FR); instants are shown in Paris legal time."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

PARIS = ZoneInfo("Europe/Paris")
LOCALE = "fr_FR"
INSECABLE = "\u00a0"


def montant(valeur: Decimal) -> str:
    """Money: « 1 234,50 € »."""
    return format_currency(valeur, "EUR", locale=LOCALE)


def note(valeur: Decimal) -> str:
    """A mark out of 100: « 71,3/100 »."""
    return f"{format_decimal(valeur, '0.##', locale=LOCALE)}/100"


def nombre(valeur: Decimal) -> str:
    """A plain number: « 1 234,5 »."""
    return format_decimal(valeur, "#,##0.##", locale=LOCALE)


def jour(valeur: date | datetime) -> str:
    """A day: « lundi 3 mars 2026 »; the first of a month is « 1er »."""
    return _premier(format_date(_local(valeur), "EEEE d MMMM y", locale=LOCALE))


def jour_court(valeur: date | datetime) -> str:
    """A day for a subject line: « 3 mars 2026 »."""
    return _premier(format_date(_local(valeur), "d MMMM y", locale=LOCALE))


def instant(valeur: datetime) -> str:
    """An instant in Paris legal time: « lundi 3 mars 2026 à 23 h 59 »."""
    return f"{jour(valeur)} à {_heure(valeur)}"


def instant_precis(valeur: datetime) -> str:
    """An instant to the second, for receipts: « … à 23 h 59 min 58 s (heure de Paris, UTC+1) »."""
    local = _aware(valeur).astimezone(PARIS)
    # « +0200 » to « +2 »: legal time in France is a whole number of hours from UTC.
    decalage = int(f"{local:%z}") // 100
    secondes = f"{INSECABLE}min{INSECABLE}{local.second:02d}{INSECABLE}s"
    return f"{instant(valeur)}{secondes} (heure de Paris, UTC+{decalage})"


def _heure(valeur: datetime) -> str:
    local = _aware(valeur).astimezone(PARIS)
    return f"{local.hour}{INSECABLE}h{INSECABLE}{local.minute:02d}"


def _aware(valeur: datetime) -> datetime:
    if valeur.utcoffset() is None:
        raise ValueError(f"Un instant doit porter son fuseau horaire : {valeur!r}.")
    return valeur


def _local(valeur: date | datetime) -> date:
    return _aware(valeur).astimezone(PARIS).date() if isinstance(valeur, datetime) else valeur


def _premier(texte: str) -> str:
    """Write the first day of a month as French does."""
    mots = texte.split(" ")
    return " ".join("1er" if mot == "1" else mot for mot in mots)
