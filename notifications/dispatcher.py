"""The dispatcher: leases what is due, sends it, records how it ended. Several may run at once.

One mail: lease, announce (MAIL, RCPT, DATA), commit the mark, body, record. Before the mark, whatever goes
wrong the mail was not accepted and leaves later; after it, only the server's answer tells.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from notifications.baux import Baux
from notifications.envoi import Bilan, Guichet, Postier
from notifications.maildir import TransportMaildir
from notifications.pause import Pause
from notifications.settings import ReglagesCourriel
from notifications.smtp import TransportSmtp
from notifications.tournee import Tournee
from notifications.transport import Transport

__all__ = ["Bilan", "Dispatcher", "transport_pour"]


def transport_pour(reglages: ReglagesCourriel) -> Transport:
    """SMTP when a host is set, a local Maildir otherwise."""
    return TransportSmtp(reglages) if reglages.host else TransportMaildir(reglages)


class Dispatcher:
    """Sends the outbox of one database through one transport.

    `horloge` gives the current instant (aware), `hasard` spreads the retries. `passer` is for schedules and
    simulations, `veiller` for a resident process; leases let both run at once.
    """

    def __init__(
        self,
        engine: Engine,
        reglages: ReglagesCourriel,
        horloge: Callable[[], datetime],
        hasard: random.Random,
        transport: Transport | None = None,
    ) -> None:
        self._engine = engine
        self._reglages = reglages
        self._horloge = horloge
        self._hasard = hasard
        self._transport = transport or transport_pour(reglages)

    def passer(self, maintenant: datetime) -> Bilan:
        """Send all that is due at `maintenant`, until nothing is. Must not be called from a running event loop."""
        return asyncio.run(self.passer_async(maintenant))

    async def passer_async(self, maintenant: datetime, stop: asyncio.Event | None = None) -> Bilan:
        """Same as `passer`, inside an event loop. Time starts at `maintenant` and then runs as `horloge` does."""
        decalage = maintenant - self._horloge()
        tournee = self._tournee(lambda: self._horloge() + decalage, stop or asyncio.Event(), resident=False)
        return await tournee.courir()

    async def veiller(self, stop: asyncio.Event) -> Bilan:
        """Send mails as they fall due, until `stop` is set; nothing stays leased afterwards.

        The mail in flight gets `delai_arret` seconds to finish. A database or a server that goes away is
        waited for.
        """
        return await self._tournee(self._horloge, stop, resident=True).courir()

    def _tournee(self, horloge: Callable[[], datetime], stop: asyncio.Event, *, resident: bool) -> Tournee:
        reglages = self._reglages
        baux = Baux(
            self._engine,
            duree=timedelta(seconds=reglages.bail_secondes),
            duree_corps=timedelta(seconds=reglages.timeout_apres_point + reglages.marge_bail),
            idempotent=self._transport.idempotent,
            tentatives_max=reglages.tentatives_max,
        )
        guichet = Guichet(1 if self._engine.dialect.name == "sqlite" else reglages.connexions)
        return Tournee(
            baux=baux,
            pause=Pause(self._engine, timedelta(seconds=reglages.pause_authentification)),
            guichet=guichet,
            postier=Postier(baux, guichet, reglages, horloge, self._hasard),
            transport=self._transport,
            reglages=reglages,
            horloge=horloge,
            stop=stop,
            resident=resident,
        )
