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
# PLAIN first, since every server that offers it understands it, and our settings never let it travel in the clear.
_MECANISMES = ("plain", "login", "cram-md5")
_MECANISME_REFUSE = {504, 534, 538}
"""RFC 4954 §6: this way of signing in is not the right one; says nothing of the password."""
_SIGNATURE_EXIGEE = 530
"""RFC 4954 §6: no mail from someone who has not signed in."""


class TransportSmtp:
    """Opens connections to the configured server."""

    idempotent = False

    def __init__(self, reglages: ReglagesCourriel) -> None:
        self._reglages = reglages

    async def ouvrir(self) -> Liaison:
        """Connect, protect, sign in. Raises `Injoignable` or `AuthentificationRefusee`."""
        client = self._client()
        try:
            await self._raccorder(client)
        except (*_ERREURS_RESEAU, ValueError) as erreur:
            raise _explication(erreur) from erreur
        return LiaisonSmtp(client, self._reglages)

    async def _raccorder(self, client: SMTP) -> None:
        """Connect and sign in; nothing stays open when that fails, or is given up."""
        try:
            await client.connect()
            await self._signer(client)
        except BaseException:
            client.close()
            raise

    async def _signer(self, client: SMTP) -> None:
        """Sign in, with one AUTH: the library tries a wrong password once per mechanism, which servers count.

        Raises `SMTPAuthenticationError` on a refusal, `SMTPNotSupported` when the server offers no way we know.
        """
        utilisateur, mot_de_passe = self._reglages.user, self._reglages.password
        if utilisateur is None:
            return
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        secret = mot_de_passe.get_secret_value() if mot_de_passe else ""
        signatures = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
        refus: SMTPException = SMTPNotSupported("aucune méthode d'authentification commune")
        for nom in _MECANISMES:
            if nom not in client.supported_auth_methods:
                continue
            try:
                await signatures[nom](utilisateur, secret)
            except SMTPAuthenticationError as erreur:
                if erreur.code not in _MECANISME_REFUSE:
                    raise
                refus = erreur
            else:
                return
        raise refus

    def _client(self) -> SMTP:
        reglages = self._reglages
        return SMTP(
            hostname=reglages.host,
            port=reglages.port,
            use_tls=reglages.tls is Tls.TLS,
            start_tls=reglages.tls is Tls.STARTTLS,
            validate_certs=reglages.verifier_certificat,
            local_hostname=reglages.nom_local,
            timeout=reglages.timeout_connexion,
        )


def _explication(erreur: Exception) -> Exception:
    """A wrong password or setting is for a person to mend; anything else may pass by itself.

    454 is a server that cannot check the password now (RFC 4954 §6).
    """
    match erreur:
        case SMTPAuthenticationError(code=code) if not 400 <= code < 500:
            return AuthentificationRefusee(f"{code} {erreur.message}")
        case SMTPAuthenticationError(code=code):
            return Injoignable(f"{code} {erreur.message}")
        case SMTPNotSupported():
            return AuthentificationRefusee(f"le serveur ne propose pas ce qui est demandé ({erreur})")
        case _:
            return Injoignable(f"{type(erreur).__name__} : {erreur}")


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
            await self._emetteur(envoi)
            await self._commande(b"RCPT", f"TO:<{envoi.destinataire}>".encode("ascii"))
            await self._commande(b"DATA", attendu=354)
        except Refus:
            await self._oublier()
            raise

    async def _emetteur(self, envoi: Envoi) -> None:
        """MAIL. A server that wants a signature first would refuse each mail for good: that is about us, not them."""
        try:
            await self._commande(b"MAIL", f"FROM:<{envoi.expediteur}>".encode("ascii"))
        except Refus as refus:
            if refus.code == _SIGNATURE_EXIGEE:
                raise AuthentificationRefusee(str(refus)) from refus
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
