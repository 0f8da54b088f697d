"""Column types shared by every table: instants and money.

They exist because both databases would otherwise let a wrong value in: SQLite keeps whatever text it is
given, and a float euro is already wrong before it is stored.
"""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, Dialect
from sqlalchemy.types import TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database, microseconds kept.

    PostgreSQL stores TIMESTAMPTZ. SQLite stores fixed-width text (`2026-03-03 22:59:00.000000`), so that
    comparing text in SQL compares instants. Raises `ValueError` on a naive datetime.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into UTC; SQLite gets it without its offset, which its text form ignores."""
        if value is None:
            return None
        if not isinstance(value, datetime) or value.utcoffset() is None:
            raise ValueError(f"Un instant doit porter son fuseau horaire : {value!r}.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back an aware UTC instant, whatever the time zone of the database session."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def en_centimes(montant: Decimal | int) -> int:
    """Convert euros to whole centimes.

    Raises `TypeError` on a float (or bool) and `ValueError` on more than two decimals or a non-finite value.
    """
    if isinstance(montant, bool) or not isinstance(montant, Decimal | int):
        raise TypeError(f"Un montant est un Decimal en euros, pas {type(montant).__name__} : {montant!r}.")
    decimal = Decimal(montant)
    if not decimal.is_finite():
        raise ValueError(f"Montant illisible : {montant!r}.")
    centimes = decimal.scaleb(2)
    if centimes != centimes.to_integral_value():
        raise ValueError(f"Un montant s'arrête au centime : {montant} € a plus de deux décimales.")
    return int(centimes)


def en_euros(centimes: int | Decimal) -> Decimal:
    """Convert whole centimes to euros with exactly two decimals."""
    return Decimal(int(centimes)).scaleb(-2)


class Euros(TypeDecorator[Decimal]):
    """Money: Decimal euros in Python, BIGINT centimes in the database.

    A whole `int` is accepted as euros so that `montant > 0` and `coalesce(sum(montant), 0)` read naturally.
    Raises as `en_centimes` does.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Euros to centimes."""
        return None if value is None else en_centimes(value)

    def process_result_value(self, value: int | Decimal | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Centimes to euros; PostgreSQL hands a SUM of BIGINT back as a numeric."""
        return None if value is None else en_euros(value)
