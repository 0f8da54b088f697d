"""One run of the dispatcher: a few workers, each with its connection, over one local queue of leases."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import InterfaceError, OperationalError

from notifications.baux import Bail, Baux
from notifications.envoi import Bilan, Guichet, Postier
from notifications.pause import Pause
from notifications.settings import ReglagesCourriel
from notifications.transport import AuthentificationRefusee, Injoignable, Liaison, Transport

_journal = logging.getLogger(__name__)


class Tournee:
    """Runs workers until nothing is due, or until told to stop when `resident`."""

    def __init__(
        self,
        *,
        baux: Baux,
        pause: Pause,
        guichet: Guichet,
        postier: Postier,
        transport: Transport,
        reglages: ReglagesCourriel,
        horloge: Callable[[], datetime],
        stop: asyncio.Event,
        resident: bool,
    ) -> None:
        self._baux = baux
        self._pause = pause
        self._guichet = guichet
        self._postier = postier
        self._transport = transport
        self._reglages = reglages
        self._horloge = horloge
        self._stop = stop
        self._resident = resident
        self._file: deque[Bail] = deque()
        self._prise = asyncio.Lock()
        self._porte = asyncio.Lock()
        self._ouvertes = 0
        self._sonde = False
        self._fermee_jusqu_a = float("-inf")
        self._pannes = 0
        self._base_perdue = False
        self.bilan = Bilan()

    async def courir(self) -> Bilan:
        """Run the workers to their end, then give back what was leased and not sent."""
        ouvriers = [asyncio.create_task(self._ouvrier()) for _ in range(self._reglages.connexions)]
        arret = asyncio.create_task(self._laisser_finir(ouvriers))
        try:
            resultats = await asyncio.gather(*ouvriers, return_exceptions=True)
        except asyncio.CancelledError:
            for ouvrier in ouvriers:
                ouvrier.cancel()
            await asyncio.gather(*ouvriers, return_exceptions=True)
            raise
        finally:
            arret.cancel()
            self._rendre_file()
        for resultat in resultats:
            if isinstance(resultat, BaseException) and not isinstance(resultat, asyncio.CancelledError):
                raise resultat
        return self.bilan

    async def _laisser_finir(self, ouvriers: list["asyncio.Task[None]"]) -> None:
        """Once asked to stop, leave the mails in flight some time, then cut them short."""
        await self._stop.wait()
        await asyncio.wait(ouvriers, timeout=self._reglages.delai_arret)
        for ouvrier in ouvriers:
            ouvrier.cancel()

    async def _ouvrier(self) -> None:
        """One worker: bursts of mails over one connection; a resident one rests between bursts."""
        while not self._stop.is_set():
            try:
                repos = await self._salve()
                self._retrouver_la_base()
            except Exception as erreur:
                # A resident worker outlives a database that goes away; its leases expire by themselves.
                if not self._resident:
                    raise
                self._raconter(erreur)
                repos = self._reglages.sommeil
            if not self._resident:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), repos)

    def _raconter(self, erreur: Exception) -> None:
        """A database away is told once, however long; what nobody foresaw, each time and whole."""
        if not isinstance(erreur, OperationalError | InterfaceError):
            _journal.error("Envoi des courriels interrompu, nouvel essai dans un instant", exc_info=erreur)
        elif not self._base_perdue:
            self._base_perdue = True
            raison = (str(erreur.orig).splitlines() or [""])[0]
            essai = f"Nouvel essai toutes les {self._reglages.sommeil:g} s"
            _journal.error("Base de données injoignable, l'envoi des courriels attend. %s. %s", essai, raison)

    def _retrouver_la_base(self) -> None:
        if self._base_perdue:
            self._base_perdue = False
            _journal.warning("Base de données retrouvée, l'envoi des courriels reprend.")

    async def _salve(self) -> float:
        """Send until nothing is due; returns how long to rest, in seconds."""
        liaison: Liaison | None = None
        try:
            while (bail := await self._suivant()) is not None:
                envoi = await self._postier.charger(bail, self.bilan)
                if envoi is None:
                    continue
                try:
                    liaison = await self._raccorder(bail, liaison)
                except asyncio.CancelledError:
                    self._baux.rendre([bail])
                    raise
                if liaison is None:
                    return self._reglages.attente_serveur
                await self._postier.poster(bail, envoi, liaison, self.bilan)
                if self._sonde:
                    await self._lever_pause()
        except AuthentificationRefusee as erreur:
            await self._mettre_en_pause(str(erreur))
            return self._reglages.attente_serveur
        finally:
            if liaison is not None:
                self._ouvertes -= 1
                await liaison.fermer()
        return self._reglages.sommeil

    async def _raccorder(self, bail: Bail, liaison: Liaison | None) -> Liaison | None:
        """The connection to use: the same while it holds, a new one otherwise, None when there is none to have."""
        if liaison is not None and liaison.ouverte:
            return liaison
        if liaison is not None:
            self._ouvertes -= 1
        async with self._porte:
            nouvelle = None if self._fermee() else await self._ouvrir()
        if nouvelle is None:
            self._baux.rendre([bail])
            if not self._ouvertes:
                self._rendre_file()
        return nouvelle

    async def _suivant(self) -> Bail | None:
        """Next leased mail, or None when nothing is due, the queue is paused or the dispatcher stops."""
        async with self._prise:
            while not self._stop.is_set():
                if not self._file and not await self._remplir():
                    return None
                bail = self._file.popleft()
                if bail.fin > self._horloge():
                    return bail
                self.bilan.perdus += 1  # Too late for this one: housekeeping takes it back.
        return None

    async def _remplir(self) -> bool:
        """Look at the outbox; lease a lot if something is due."""
        maintenant = self._horloge()
        if asyncio.get_running_loop().time() < self._fermee_jusqu_a and not self._ouvertes:
            return False
        if not await self._guichet.demander(self._baux.a_faire, maintenant):
            return False
        lot = await self._permis(maintenant)
        if not lot:
            return False
        menage = await self._guichet.demander(self._baux.ranger, maintenant)
        self.bilan.recuperes += menage.recuperes
        self.bilan.incertains += menage.incertains
        self.bilan.abandonnes += menage.abandonnes
        self._file.extend(await self._guichet.demander(self._baux.prendre, maintenant, lot))
        return bool(self._file)

    async def _permis(self, maintenant: datetime) -> int:
        """How many mails may be leased: a full lot, none during a pause, one to probe the server."""
        self.bilan.en_pause = await self._guichet.demander(self._pause.active)
        if self.bilan.en_pause is None:
            return self._reglages.lot
        permise = await self._guichet.demander(self._pause.sonder, maintenant)
        # The probe of another worker may be under way: only its own outcome ends it.
        self._sonde = self._sonde or permise
        return int(permise)

    async def _ouvrir(self) -> Liaison | None:
        """Open a connection. One worker at a time does it, so that a refused password is tried once, not N times."""
        try:
            liaison = await self._transport.ouvrir()
        except Injoignable as erreur:
            self._constater_panne(str(erreur))
            return None
        except AuthentificationRefusee as erreur:
            await self._mettre_en_pause(str(erreur))
            return None
        self.bilan.injoignable = None
        self._pannes = 0
        self._ouvertes += 1
        return liaison

    def _fermee(self) -> bool:
        """Whether a worker already found the door shut: the others don't knock again."""
        en_pause = self.bilan.en_pause is not None and not self._sonde
        panne = not self._ouvertes and asyncio.get_running_loop().time() < self._fermee_jusqu_a
        return en_pause or panne

    def _constater_panne(self, raison: str) -> None:
        """Knock less and less often, whatever the outage lasts; nothing is held against the mails."""
        reglages = self._reglages
        delai = min(reglages.attente_serveur_max, reglages.attente_serveur * 2 ** min(self._pannes, 20))
        self._pannes += 1
        suite = f" Prochain essai dans {delai:g} s." if self._resident else ""
        _journal.warning("Serveur de courriel injoignable : %s.%s", raison, suite)
        self.bilan.injoignable = raison
        self._sonde = False
        # A little less than what was said: a worker that rests just as long must not find the door still shut.
        ferme = delai * 0.9 if self._resident else float("inf")
        self._fermee_jusqu_a = asyncio.get_running_loop().time() + ferme

    async def _mettre_en_pause(self, raison: str) -> None:
        """One alert (the event of the first to pause), then silence: no storm of attempts."""
        explication = f"Le serveur refuse l'authentification : {raison}. Vérifiez l'identifiant et le mot de passe."
        self.bilan.en_pause = explication
        self._sonde = False
        if await self._guichet.demander(self._pause.poser, explication, self._horloge()):
            _journal.error("File des courriels en pause. %s", explication)
        self._rendre_file()

    async def _lever_pause(self) -> None:
        """The probe's mail was treated like any other: whoever we are, the server takes our mails again."""
        self._sonde = False
        # Not while another worker looks: it would report the pause as it was before.
        async with self._prise:
            await self._guichet.demander(self._pause.lever, self._horloge())
            self.bilan.en_pause = None

    def _rendre_file(self) -> None:
        """Give back leased mails nobody has started."""
        if self._file:
            self._baux.rendre(self._file)
            self._file.clear()
