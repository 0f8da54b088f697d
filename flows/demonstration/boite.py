"""Reading the Maildir the local SMTP server fills: what was received, counted by Message-ID."""

from collections import Counter
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from pathlib import Path


def recus(boite: Path) -> Counter[str]:
    """How many times each Message-ID was received."""
    lecteur = BytesHeaderParser()
    comptes: Counter[str] = Counter()
    for chemin in fichiers(boite):
        with chemin.open("rb") as flux:
            comptes[str(lecteur.parse(flux)["Message-ID"]).strip()] += 1
    return comptes


def fichiers(boite: Path) -> Iterator[Path]:
    """The messages, those a mail reader has already shown included, oldest name first."""
    for dossier in ("cur", "new"):
        yield from sorted((boite / dossier).glob("*"))
