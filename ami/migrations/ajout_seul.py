"""Tables that are only ever added to: triggers refuse UPDATE, DELETE and TRUNCATE on both databases.

The journal is proof; a line that code or a hurried operator could rewrite would prove nothing (kernel §3).
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, inspect, text

GESTES = ("UPDATE", "DELETE")


def interdire_modification(connexion: Connection, table: str) -> None:
    """Create the triggers, once the table has its keys. `table` is one of our own names, never an input."""
    if connexion.dialect.name == "postgresql":
        ordres = _postgresql(table)
    else:
        ordres = [*_sqlite(table), _sqlite_sans_remplacement(table, _cles(connexion, table))]
    for ordre in ordres:
        connexion.execute(text(ordre))


def permettre_modification(connexion: Connection, table: str) -> None:
    """Drop what dropping the table leaves behind (PostgreSQL's function)."""
    if connexion.dialect.name == "postgresql":
        connexion.execute(text(f"DROP FUNCTION IF EXISTS {table}_ajout_seul() CASCADE"))


def _sqlite(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_sans_{geste.lower()} BEFORE {geste} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_refus(table)}'); END"
        for geste in GESTES
    ]


def _sqlite_sans_remplacement(table: str, cles: Iterable[Sequence[str]]) -> str:
    """REPLACE removes the line in its way without firing the triggers on DELETE: it is stopped before.

    An identifier left to SQLite is -1 at that point, and an absent key is null: neither is ever found.
    """
    egales = (" AND ".join(f"{nom} = NEW.{nom}" for nom in cle) for cle in cles)
    prises = [f"EXISTS (SELECT 1 FROM {table} WHERE {egale})" for egale in egales]  # noqa: S608 - our own names
    return (
        f"CREATE TRIGGER {table}_sans_remplacement BEFORE INSERT ON {table} WHEN {' OR '.join(prises)} "
        f"BEGIN SELECT RAISE(ABORT, '{_refus(table)}'); END"
    )


def _cles(connexion: Connection, table: str) -> list[list[str]]:
    """The columns of each key a line may be replaced by: the primary one and the unique ones."""
    vue = inspect(connexion)
    uniques = [unicite["column_names"] for unicite in vue.get_unique_constraints(table)]
    return [vue.get_pk_constraint(table)["constrained_columns"], *uniques]


def _postgresql(table: str) -> list[str]:
    fonction = f"{table}_ajout_seul"
    return [
        f"CREATE FUNCTION {fonction}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_refus(table)}'; END $$",
        f"CREATE TRIGGER {table}_sans_modification BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {fonction}()",
        f"CREATE TRIGGER {table}_sans_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {fonction}()",
    ]


def _refus(table: str) -> str:
    return f"La table {table} ne se modifie pas : on y ajoute seulement."
