"""The local SMTP server of the demonstration: every message it accepts is on disk before it says so."""

import asyncio
import mailbox
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ATTENTE = 10.0  # seconds the server may take to listen


class _Depot:
    """Lays each message in a Maildir, then answers 250: what is counted there is what was received."""

    def __init__(self, boite: Path) -> None:
        self._boite = mailbox.Maildir(boite, create=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - aiosmtpd's name
        """Keep the message."""
        contenu = envelope.content
        brut = contenu if isinstance(contenu, bytes) else str(contenu or "").encode()
        # In a thread: the disk must not keep the other connection waiting.
        await asyncio.to_thread(self._boite.add, brut)
        return "250 2.0.0 recu"


class ServeurCourriel:
    """A server on loopback, on a port of its own, running as long as the `with` block."""

    def __init__(self, boite: Path, hote: str) -> None:
        self.port = port_libre(hote)
        self._controleur = Controller(_Depot(boite), hostname=hote, port=self.port, ready_timeout=ATTENTE)

    def __enter__(self) -> Self:
        self._controleur.start()
        return self

    def __exit__(
        self, genre: type[BaseException] | None, erreur: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controleur.stop()


def port_libre(hote: str) -> int:
    """A port nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as prise:
        prise.bind((hote, 0))
        return int(prise.getsockname()[1])
