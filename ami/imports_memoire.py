"""The keys of the lines already read, kept out of memory: a file of a million lines has a million of them."""

import sqlite3
from types import TracebackType


class ClefsVues:
    """Which line first had a key: a private temporary SQLite database, which spills to disk and goes when closed."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.execute("PRAGMA journal_mode=OFF")
        self._base.execute("CREATE TABLE vue (clef TEXT PRIMARY KEY, ligne INTEGER) WITHOUT ROWID")
        self._base.execute("BEGIN")  # never committed: nothing is to be kept

    def __enter__(self) -> "ClefsVues":
        return self

    def __exit__(
        self, genre: type[BaseException] | None, erreur: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def premiere(self, clef: str, ligne: int) -> int:
        """The line that first had this key: this one, when none had."""
        trouvee = self._base.execute("SELECT ligne FROM vue WHERE clef = ?", (clef,)).fetchone()
        if trouvee is not None:
            return int(trouvee[0])
        self._base.execute("INSERT INTO vue VALUES (?, ?)", (clef, ligne))
        return ligne
