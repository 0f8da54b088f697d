"""What the dispatcher asks of a transport: announce a mail, then hand over its body, in two steps.

Two steps, because the mark is committed between them: once the body may have gone out, nobody can tell
by looking at our own side whether the mail was received.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Envoi:
    """A mail on its way: what the transport needs to know."""

    id: int
    clef: str
    message: str
    expediteur: str
    destinataire: str
    octets: bytes
    du_a: datetime
    tentatives: int
    renvoyable: bool
    """Whether the same bytes may leave again when nobody knows if they arrived."""


class Refus(Exception):
    """The server said no: `code` 4xx is temporary, 5xx final."""

    def __init__(self, code: int, texte: str) -> None:
        super().__init__(f"{code} {texte}")
        self.code = code

    @property
    def temporaire(self) -> bool:
        """Whether trying later makes sense."""
        return 400 <= self.code < 500


class Coupure(Exception):
    """The connection was lost, or went silent, while a mail was in flight."""


class CorpsRetenu(Coupure):
    """The connection was lost before the first byte of the body: not accepted, for sure."""


class Injoignable(Exception):
    """The server cannot be reached, or won't talk to us for now."""


class AuthentificationRefusee(Exception):
    """The server refuses the user name or the password: trying again only makes it worse."""


class Liaison(Protocol):
    """One open connection, used for several mails."""

    @property
    def ouverte(self) -> bool:
        """Whether another mail may be announced on it."""
        ...

    async def annoncer(self, envoi: Envoi) -> None:
        """Bring the transport to the point where the body can go out.

        Raises `Refus` or `Coupure`: in both cases the mail was not accepted, for sure; or
        `AuthentificationRefusee` when the server takes no mail at all from someone who has not signed in.
        """
        ...

    async def livrer(self, envoi: Envoi) -> str:
        """Send the body and return the server's answer.

        Raises `Refus` or `CorpsRetenu` (not accepted, for sure), or another `Coupure` (nobody knows).
        """
        ...

    async def fermer(self) -> None:
        """Say goodbye; never raises: what was accepted stays accepted."""
        ...

    def couper(self) -> None:
        """Drop the connection at once."""
        ...


class Transport(Protocol):
    """A way out for mails."""

    @property
    def idempotent(self) -> bool:
        """Whether handing the same mail over twice leaves one copy."""
        ...

    async def ouvrir(self) -> Liaison:
        """Open a connection; raises `Injoignable` or `AuthentificationRefusee`."""
        ...
