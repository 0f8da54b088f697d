"""How values found and thresholds are shown to people: French amounts, rates, scores, dates and lists."""

from datetime import MAXYEAR, UTC, datetime
from decimal import Decimal

from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal, format_percent

from rules.calendrier import PARIS

_LANGUE = "fr_FR"
_ABSENT = "non renseigné"
_NOMS_UNITES = {"jours": "jour", "jours_ouvres": "jour ouvré", "mois": "mois", "metres": "mètre"}
_SANS_LIMITE = "sans limite"


def afficher(valeur: object, unite: str | None) -> str:
    """A value as a person reads it.

    `unite` is that of a garde: `euros` (given in centimes), `taux` (per thousand), `points` (thousandths),
    `jours`, `jours_ouvres`, `mois`, `metres`, `nombre`, `texte`, `liste`, `date`; without unit the value's own type
    decides.
    """
    if valeur is None or valeur == "":
        return _ABSENT
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, datetime):
        return afficher_instant(valeur)
    if isinstance(valeur, list | tuple):
        return ", ".join(afficher(element, None) for element in valeur) or "aucun"
    if isinstance(valeur, int):
        return _nombre(valeur, unite)
    return str(valeur)


def _nombre(valeur: int, unite: str | None) -> str:
    if unite == "euros":
        return str(format_currency(Decimal(valeur) / 100, "EUR", locale=_LANGUE))
    if unite == "taux":
        return str(format_percent(Decimal(valeur) / 1000, "#,##0.#\u00a0%", locale=_LANGUE))
    if unite == "points":
        return f"{format_decimal(Decimal(valeur) / 1000, '0.###', locale=_LANGUE)} / 100"
    return _compte(valeur, _NOMS_UNITES.get(unite or ""))


def _compte(valeur: int, nom: str | None) -> str:
    nombre = str(format_decimal(valeur, locale=_LANGUE))
    if nom is None:
        return nombre
    pluriel = " ".join(mot if mot.endswith("s") else f"{mot}s" for mot in nom.split())
    return f"{nombre} {pluriel if abs(valeur) > 1 else nom}"


def afficher_instant(instant: datetime) -> str:
    """A UTC instant as a legal date; midnight and the day's last second are just the day; the last year is no limit."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    local = aware.astimezone(PARIS)
    if local.year == MAXYEAR:
        return _SANS_LIMITE
    forme = "d MMMM y"
    if (local.hour, local.minute, local.second) not in {(0, 0, 0), (23, 59, 59)}:
        forme += " 'à' H 'h' mm"
    dit = str(format_datetime(local, forme, tzinfo=PARIS, locale=_LANGUE))
    return f"1er{dit[1:]}" if local.day == 1 else dit
