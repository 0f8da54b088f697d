"""Tables that are only ever added to: triggers refuse UPDATE, DELETE and TRUNCATE on both databases.

The journal is proof; a line that code or a hurried operator could rewrite would prove nothing (kernel §3).
"""

from sqlalchemy import Connection, text

GESTES = ("UPDATE", "DELETE")


def interdire_modification(connexion: Connection, table: str) -> None:
    """Create the triggers. `table` is one of our own names, never an input."""
    creer = _postgresql if connexion.dialect.name == "postgresql" else _sqlite
    for ordre in creer(table):
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
