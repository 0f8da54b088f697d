"""Files written for people: whole or not at all."""

from pathlib import Path


def remplacer(chemin: Path, contenu: bytes) -> None:
    """Write beside, then rename: nobody opens half a file. The folder is created if need be.

    Raises:
        OSError: the place cannot be written; nothing is left there.
    """
    chemin.parent.mkdir(parents=True, exist_ok=True)
    provisoire = chemin.with_name(f".{chemin.name}.partiel")
    try:
        provisoire.write_bytes(contenu)
        provisoire.replace(chemin)
    finally:
        provisoire.unlink(missing_ok=True)
