"""SMTP by aiosmtplib: connections are reused, each mail has one recipient."""

import re
import ssl
from contextlib import suppress

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPResponseException
from aiosmtplib.errors import SMTPNotSupported

from notifications.settings import ReglagesCourriel, Tls
from notifications.transport import AuthentificationRefusee, CorpsRetenu, Coupure, Envoi, Injoignable, Liaison, Refus

_POINT_EN_TETE = re.compile(rb"(?m)^\.")
_ERREURS_RESEAU = (SMTPException, OSError, TimeoutError, ssl.SSLError)


class TransportSmtp:
    """Opens connections to the configured server."""

    idempotent = False

    def __init__(self, reglages: ReglagesCourriel) -> None:
        self._reglages = reglages

    async def ouvrir(self) -> Liaison:
        """Connect, protect, sign in. Raises `Injoignable` or `AuthentificationRefusee`."""
        client = self._client()
        try:
            await client.connect()
        except SMTPAuthenticationError as erreur:
            raise _signature_refusee(erreur) from erreur
        except SMTPNotSupported as erreur:
            raise AuthentificationRefusee(f"le serveur ne propose pas ce qui est demandé ({erreur})") from erreur
        except (*_ERREURS_RESEAU, ValueError) as erreur:
            raise Injoignable(f"{type(erreur).__name__} : {erreur}") from erreur
        return LiaisonSmtp(client, self._reglages)

    def _client(self) -> SMTP:
        reglages = self._reglages
        return SMTP(
            hostname=reglages.host,
            port=reglages.port,
            use_tls=reglages.tls is Tls.TLS,
            start_tls=reglages.tls is Tls.STARTTLS,
            validate_certs=reglages.verifier_certificat,
            username=reglages.user,
            password=reglages.password.get_secret_value() if reglages.password else None,
            local_hostname=reglages.nom_local,
            timeout=reglages.timeout_connexion,
        )


def _signature_refusee(erreur: SMTPAuthenticationError) -> Exception:
    """454 is a server that cannot check the password now (RFC 4954 §6); anything else is a wrong one."""
    if 400 <= erreur.code < 500:
        return Injoignable(f"{erreur.code} {erreur.message}")
    return AuthentificationRefusee(f"{erreur.code} {erreur.message}")


class LiaisonSmtp:
    """One connection. The DATA command and the body are apart, so that the mark fits between them."""

    def __init__(self, client: SMTP, reglages: ReglagesCourriel) -> None:
        self._client = client
        self._reglages = reglages

    @property
    def ouverte(self) -> bool:
        """False once the server or the network dropped it."""
        return self._client.is_connected

    async def annoncer(self, envoi: Envoi) -> None:
        """MAIL, RCPT, DATA up to the server's 354."""
        try:
            if self._client.is_ehlo_or_helo_needed:
                await self._client.ehlo()
            await self._commande(b"MAIL", f"FROM:<{envoi.expediteur}>".encode("ascii"))
            await self._commande(b"RCPT", f"TO:<{envoi.destinataire}>".encode("ascii"))
            await self._commande(b"DATA", attendu=354)
        except Refus:
            await self._oublier()
            raise

    async def livrer(self, envoi: Envoi) -> str:
        """The body and its final dot; waits long for the answer, since giving up early doubles mails."""
        protocole = self._client.protocol
        if protocole is None or not protocole.is_connected:
            self.couper()
            raise CorpsRetenu("le serveur a raccroché avant le texte")
        try:
            protocole.write(_POINT_EN_TETE.sub(b"..", envoi.octets) + b".\r\n")
            reponse = await protocole.read_response(timeout=self._reglages.timeout_apres_point)
        except SMTPResponseException as erreur:
            self.couper()
            raise Coupure(f"réponse illisible : {erreur.message}") from erreur
        except _ERREURS_RESEAU as erreur:
            self.couper()
            raise Coupure(f"{type(erreur).__name__} : {erreur}") from erreur
        if reponse.code == 421:
            self.couper()
        if 200 <= reponse.code < 300:
            return f"{reponse.code} {reponse.message}"
        raise Refus(reponse.code, reponse.message)

    async def fermer(self) -> None:
        """QUIT; a server that fails here has already taken the mails (fault 6)."""
        with suppress(*_ERREURS_RESEAU):
            await self._client.quit(timeout=min(5.0, self._reglages.timeout_commande))
        self.couper()

    def couper(self) -> None:
        """Close the socket at once."""
        self._client.close()

    async def _commande(self, *mots: bytes, attendu: int = 250) -> None:
        try:
            reponse = await self._client.execute_command(*mots, timeout=self._reglages.timeout_commande)
        except SMTPResponseException as erreur:
            self.couper()
            raise Coupure(f"réponse illisible : {erreur.message}") from erreur
        except _ERREURS_RESEAU as erreur:
            self.couper()
            raise Coupure(f"{type(erreur).__name__} : {erreur}") from erreur
        if reponse.code != attendu and not (attendu == 250 and 250 <= reponse.code < 260):
            raise Refus(reponse.code, reponse.message)

    async def _oublier(self) -> None:
        """RSET after a refusal, so that the next mail starts clean; a lost connection is replaced later."""
        if not self.ouverte:
            return
        try:
            await self._client.rset()
        except _ERREURS_RESEAU:
            self.couper()
