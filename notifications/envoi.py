"""One mail through one connection: every way it can end, and what is recorded for each."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from notifications.baux import Bail, Baux, Illisible
from notifications.models import EtatCourriel
from notifications.settings import ReglagesCourriel
from notifications.transport import AuthentificationRefusee, CorpsRetenu, Coupure, Envoi, Liaison, Refus

_journal = logging.getLogger(__name__)
_T = TypeVar("_T")
ESSAIS_MINIMAUX = 3


@dataclass
class Bilan:
    """What a pass did, for people: numbers of mails, and why it stopped early if it did."""

    envoyes: int = 0
    reportes: int = 0
    echecs: int = 0
    incertains: int = 0
    abandonnes: int = 0
    recuperes: int = 0
    perdus: int = 0
    en_pause: str | None = None
    injoignable: str | None = None

    def compter(self, etat: EtatCourriel) -> None:
        """Add one mail that ended in `etat`."""
        match etat:
            case EtatCourriel.ENVOYE:
                self.envoyes += 1
            case EtatCourriel.ECHEC:
                self.echecs += 1
            case EtatCourriel.INCERTAIN:
                self.incertains += 1
            case EtatCourriel.A_ENVOYER:
                self.reportes += 1
            case _:
                raise ValueError(f"Aucun envoi ne finit dans l'état {etat}.")


class Guichet:
    """Database calls of a dispatcher, made in threads so that a busy database never stops the network.

    On SQLite they go one at a time: its writers would only wait for each other, and by sleeping.
    """

    def __init__(self, simultanes: int) -> None:
        self._places = asyncio.Semaphore(simultanes)

    async def demander(self, appel: Callable[..., _T], *arguments: object) -> _T:
        """Run `appel(*arguments)`. When cancelled, waits for its transaction to end: no half-known outcome."""
        async with self._places:
            tache = asyncio.ensure_future(asyncio.to_thread(appel, *arguments))
            try:
                return await asyncio.shield(tache)
            except asyncio.CancelledError:
                await asyncio.wait([tache])
                raise

    async def insister(self, appel: Callable[[], _T], *, limite: float) -> _T:
        """The same, through a database that goes away for up to `limite` seconds: the answer is precious."""
        boucle = asyncio.get_running_loop()
        fin, delai = boucle.time() + limite, 0.2
        while True:
            try:
                return await self.demander(appel)
            except (OperationalError, InterfaceError):
                if boucle.time() >= fin:
                    raise
                await asyncio.sleep(delai)
                delai = min(delai * 2, 5.0)


class Postier:
    """Sends one leased mail and records the outcome."""

    def __init__(
        self,
        baux: Baux,
        guichet: Guichet,
        reglages: ReglagesCourriel,
        horloge: Callable[[], datetime],
        hasard: random.Random,
    ) -> None:
        self._baux = baux
        self._guichet = guichet
        self._reglages = reglages
        self._horloge = horloge
        self._hasard = hasard

    async def charger(self, bail: Bail, bilan: Bilan) -> Envoi | None:
        """Read the mail; a poison row is set aside as a failure, with its reason (fault 14)."""
        try:
            return await self._guichet.demander(self._baux.charger, bail)
        except Illisible as erreur:
            await self._conclure(bail, EtatCourriel.ECHEC, f"mis de côté : {erreur}", bilan)
            return None

    async def poster(self, bail: Bail, envoi: Envoi, liaison: Liaison, bilan: Bilan) -> None:
        """Announce, mark, deliver, record. Cancelled (stop): gives back before the mark, doubts after it.

        Raises `AuthentificationRefusee` when the server wants us to sign in first: the mail is given back.
        """
        try:
            if not await self._annoncer(bail, envoi, liaison, bilan):
                return
            if not await self._marquer(bail, liaison):
                # The server waits for a body that is not ours to send any more.
                liaison.couper()
                bilan.perdus += 1
                return
        except asyncio.CancelledError:
            liaison.couper()
            self._baux.rendre([bail], corps_retenu=True)
            raise
        try:
            await self._livrer(bail, envoi, liaison, bilan)
        except asyncio.CancelledError:
            liaison.couper()
            self._baux.conclure(bail, EtatCourriel.INCERTAIN, self._horloge(), "arrêt pendant l'envoi")
            raise

    async def _annoncer(self, bail: Bail, envoi: Envoi, liaison: Liaison, bilan: Bilan) -> bool:
        try:
            await liaison.annoncer(envoi)
        except Refus as refus:
            await self._refuse(bail, envoi, refus, bilan, compter=True)
        except Coupure as coupure:
            await self._reessayer(bail, envoi, f"connexion perdue : {coupure}", bilan, compter=True)
        except AuthentificationRefusee:
            # Our settings are at fault, not this mail: nothing is counted against it.
            await self._guichet.demander(self._baux.rendre, [bail])
            raise
        except ValueError as erreur:
            liaison.couper()
            await self._conclure(bail, EtatCourriel.ECHEC, f"mis de côté : {erreur}", bilan)
        except Exception as erreur:
            # Whatever it is, the body did not go out; the count of attempts bounds the repetition.
            liaison.couper()
            _journal.exception("Courriel %s : panne imprévue avant l'envoi", envoi.clef)
            await self._reessayer(bail, envoi, f"{type(erreur).__name__} : {erreur}", bilan, compter=True)
        else:
            return True
        return False

    async def _marquer(self, bail: Bail, liaison: Liaison) -> bool:
        """The mark, through a database that goes away: given up, it might stand and leave a doubt about nothing."""
        try:
            return await self._enregistrer(lambda: self._baux.marquer(bail, self._horloge()))
        except (OperationalError, InterfaceError):
            # Nothing polite can be said to a server that waits for a body.
            liaison.couper()
            raise

    async def _livrer(self, bail: Bail, envoi: Envoi, liaison: Liaison, bilan: Bilan) -> None:
        try:
            reponse = await liaison.livrer(envoi)
        except Refus as refus:
            await self._refuse(bail, envoi, refus, bilan, compter=False)
        except CorpsRetenu as coupure:
            await self._reessayer(bail, envoi, f"connexion perdue : {coupure}", bilan, compter=False)
        except Coupure as coupure:
            await self._douter(bail, envoi, f"connexion perdue après l'envoi du texte : {coupure}", bilan)
        except Exception as erreur:
            liaison.couper()
            _journal.exception("Courriel %s : panne imprévue pendant l'envoi", envoi.clef)
            await self._douter(bail, envoi, f"{type(erreur).__name__} : {erreur}", bilan)
        else:
            await self._conclure(bail, EtatCourriel.ENVOYE, reponse, bilan)

    async def _refuse(self, bail: Bail, envoi: Envoi, refus: Refus, bilan: Bilan, *, compter: bool) -> None:
        """4xx: later; anything else: a visible failure at once."""
        if refus.temporaire:
            await self._reessayer(bail, envoi, str(refus), bilan, compter=compter)
        else:
            await self._conclure(bail, EtatCourriel.ECHEC, str(refus), bilan)

    async def _reessayer(self, bail: Bail, envoi: Envoi, raison: str, bilan: Bilan, *, compter: bool) -> None:
        """Not accepted, for sure: later, unless it has lasted too long, which is a failure people must see."""
        if self._trop(envoi):
            abandon = f"{raison} (abandon après {envoi.tentatives + 1} tentatives)"
            await self._conclure(bail, EtatCourriel.ECHEC, abandon, bilan)
        else:
            await self._reporter(bail, envoi, raison, bilan, compter=compter)

    def _trop(self, envoi: Envoi) -> bool:
        """Whether the attempt under way was the last one a mail is given.

        Age alone decides nothing: after a week's outage of ours, each mail still gets a few honest attempts.
        """
        essais = envoi.tentatives + 1
        trop_vieux = self._horloge() - envoi.du_a > timedelta(seconds=self._reglages.age_max)
        return essais >= self._reglages.tentatives_max or (trop_vieux and essais >= ESSAIS_MINIMAUX)

    async def _douter(self, bail: Bail, envoi: Envoi, raison: str, bilan: Bilan) -> None:
        """Nobody knows: a person decides, unless this message may be sent twice, and was not too often already."""
        if envoi.renvoyable and not self._trop(envoi):
            await self._reporter(bail, envoi, raison, bilan, compter=False)
        else:
            await self._conclure(bail, EtatCourriel.INCERTAIN, raison, bilan)

    async def _reporter(self, bail: Bail, envoi: Envoi, raison: str, bilan: Bilan, *, compter: bool) -> None:
        maintenant = self._horloge()
        essai_a = maintenant + self.attente(envoi.tentatives)

        def report() -> bool:
            return self._baux.reporter(bail, essai_a, maintenant, raison, compter=compter)

        self._noter(await self._enregistrer(report), EtatCourriel.A_ENVOYER, bilan)

    async def _conclure(self, bail: Bail, etat: EtatCourriel, reponse: str, bilan: Bilan) -> None:
        def conclusion() -> bool:
            return self._baux.conclure(bail, etat, self._horloge(), reponse)

        self._noter(await self._enregistrer(conclusion), etat, bilan)

    def _enregistrer(self, appel: Callable[[], bool]) -> Awaitable[bool]:
        """What is written here exists nowhere else: keep trying for as long as the lease lasts."""
        return self._guichet.insister(appel, limite=self._reglages.bail_secondes)

    def attente(self, tentatives: int) -> timedelta:
        """Back-off: doubles each time up to a ceiling, spread by half either way so that a batch disperses."""
        reglages = self._reglages
        base = min(reglages.attente_max, reglages.attente_min * 2 ** min(tentatives, 20))
        return timedelta(seconds=base * self._hasard.uniform(0.5, 1.5))

    @staticmethod
    def _noter(tenu: bool, etat: EtatCourriel, bilan: Bilan) -> None:
        if tenu:
            bilan.compter(etat)
        else:
            bilan.perdus += 1
