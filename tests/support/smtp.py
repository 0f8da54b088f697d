"""A counting SMTP server with faults, run as a process of its own so that nothing else can kill it or slow it.

Each message is written to an append-only file, flushed, before it is acknowledged: what this file holds is
what was received. Faults are read from a JSON file before each decision, so that a test may change them.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any, AnyStr, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Recu:
    """One message the server received and recorded."""

    message_id: str
    de: str
    a: str
    octets: bytes

    @property
    def message(self) -> Message:
        """The parsed message."""
        return message_from_bytes(self.octets, policy=default)


class ServeurSmtp:
    """Handle on the server's process. `fautes` replaces all faults at once."""

    def __init__(self, dossier: Path, port: int = 0, certificat: Path | None = None, *, tls: bool = False) -> None:
        """`certificat`: PEM file (key and certificate) for STARTTLS, or for TLS from the first byte when `tls`."""
        dossier.mkdir(parents=True, exist_ok=True)
        self._journal = dossier / "recus.jsonl"
        self._fautes = dossier / "fautes.json"
        self._journal.touch()
        self.fautes()
        self.port = port or _port_libre()
        self._options = ["--certificat", str(certificat)] if certificat else []
        self._options += ["--tls"] if tls else []
        self._processus: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.demarrer()
        return self

    def __exit__(self, *_: object) -> None:
        self.arreter()

    def demarrer(self) -> None:
        """Start (or start again, on the same port) and wait until it listens."""
        commande = [sys.executable, __file__, str(self.port), str(self._journal), str(self._fautes)]
        commande += self._options
        self._processus = subprocess.Popen(commande, stdout=subprocess.PIPE, text=True)
        assert self._processus.stdout is not None
        assert self._processus.stdout.readline() == "pret\n"

    def remettre_a_neuf(self) -> None:
        """Forget what was received and all faults; start again if it was stopped."""
        self.fautes()
        os.truncate(self._journal, 0)
        if self._processus is None:
            self.demarrer()

    def arreter(self) -> None:
        """Kill it: open connections are cut."""
        if self._processus is not None:
            self._processus.kill()
            self._processus.wait()
            if self._processus.stdout is not None:
                self._processus.stdout.close()
            self._processus = None

    def fautes(self, **fautes: Any) -> None:
        """Set the faults; see `Fautes` for their names."""
        provisoire = self._fautes.with_suffix(".tmp")
        provisoire.write_text(json.dumps(fautes))
        provisoire.replace(self._fautes)

    def recus(self) -> list[Recu]:
        """All that was received, in order."""
        return [
            Recu(ligne["message_id"], ligne["de"], ligne["a"], bytes.fromhex(ligne["octets"]))
            for ligne in self._lignes()
            if "message_id" in ligne
        ]

    def comptes(self) -> Counter[str]:
        """Number of copies received, by Message-ID."""
        return Counter(ligne["message_id"] for ligne in self._lignes() if "message_id" in ligne)

    def nombre_recu(self) -> int:
        """How many messages were received so far; cheap enough to be asked often."""
        return self._journal.read_bytes().count(b'"message_id"')

    def evenements(self, nom: str) -> int:
        """Number of times something happened: `connexion`, `auth_refusee`, `auth_acceptee`, `rcpt`, `data`."""
        return sum(1 for ligne in self._lignes() if ligne.get("evenement") == nom)

    def attendre(self, nom: str, nombre: int = 1, delai: float = 30.0) -> None:
        """Wait until something happened `nombre` times (`recu` counts messages)."""
        fin = time.monotonic() + delai
        while time.monotonic() < fin:
            vu = sum(self.comptes().values()) if nom == "recu" else self.evenements(nom)
            if vu >= nombre:
                return
            time.sleep(0.02)
        raise AssertionError(f"{nom} n'est pas arrivé {nombre} fois en {delai} s")

    def _lignes(self) -> list[dict[str, Any]]:
        texte = self._journal.read_text()
        return [json.loads(ligne) for ligne in texte.splitlines() if ligne.endswith("}")]


class PortMuet:
    """What is left of a server that is ill: connections are taken and counted, nobody ever says a word.

    `raccroche`: they are closed at once.
    """

    def __init__(self, port: int, *, raccroche: bool = False) -> None:
        self.nombre = 0
        self._raccroche = raccroche
        self._gardees: list[socket.socket] = []
        self._prise = socket.create_server(("127.0.0.1", port))
        self._fil = threading.Thread(target=self._accepter, daemon=True)

    def __enter__(self) -> Self:
        self._fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that waits in accept() is woken by a shutdown, not by a close.
        self._prise.shutdown(socket.SHUT_RDWR)
        self._fil.join()
        for prise in (self._prise, *self._gardees):
            prise.close()

    def _accepter(self) -> None:
        with suppress(OSError):
            while True:
                visiteur, _ = self._prise.accept()
                self.nombre += 1
                if self._raccroche:
                    visiteur.close()
                else:
                    self._gardees.append(visiteur)


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


class Fautes:
    """The faults, by name, as read at each decision.

    attente_rcpt: seconds before the answer to RCPT; coupe_rcpt: RCPT cuts. delai_250: seconds before the answer to the
    body. raccroche: the connection is closed right after the 354.
    refus: address to [code, times] at RCPT (times -1: always). refus_tous: [code, times] for each address.
    refus_data: code answered to each body. ferme_apres: after that many messages on a connection, 421 and close.
    coupe: {"avant": n, "apres": n} next bodies after which the connection is cut, before or after recording;
    coupe_hasard: [probability before, probability after]. quit_echoue: QUIT cuts. mot_de_passe: required password.
    """

    def __init__(self, fichier: Path) -> None:
        self._fichier = fichier
        self._version: tuple[int, int] = (0, 0)
        self._valeurs: dict[str, Any] = {}
        self._refus: Counter[str] = Counter()
        self._coupes: Counter[str] = Counter()
        self._hasard = random.Random(7)

    def __getitem__(self, nom: str) -> Any:
        etat = self._fichier.stat()
        if (etat.st_mtime_ns, etat.st_ino) != self._version:
            self._version = (etat.st_mtime_ns, etat.st_ino)
            self._valeurs = json.loads(self._fichier.read_text())
            self._refus.clear()
            self._coupes.clear()
        return self._valeurs.get(nom)

    def refus(self, adresse: str) -> int | None:
        """Code to refuse this recipient with, if any."""
        for regle in ((self["refus"] or {}).get(adresse), self["refus_tous"]):
            if regle is None:
                continue
            code, fois = regle
            if fois < 0 or self._refus[adresse] < fois:
                self._refus[adresse] += 1
                return int(code)
        return None

    def coupe(self, quand: str) -> bool:
        """Whether to cut the connection now."""
        probabilites = self["coupe_hasard"]
        if probabilites and self._hasard.random() < probabilites[quand == "apres"]:
            return True
        nombre = (self["coupe"] or {}).get(quand, 0)
        if self._coupes[quand] < nombre:
            self._coupes[quand] += 1
            return True
        return False


class Journal:
    """The append-only file."""

    def __init__(self, chemin: Path) -> None:
        self._fd = os.open(chemin, os.O_APPEND | os.O_WRONLY)

    def ecrire(self, **ligne: Any) -> None:
        """One line, handed to the system in one call: a kill of this process keeps it whole."""
        os.write(self._fd, (json.dumps(ligne) + "\n").encode())


def couper(server: SMTP, *, poliment: bool = False) -> None:
    """End the connection: what was said is sent first, or not."""
    transport = server.transport
    assert isinstance(transport, asyncio.Transport)
    if poliment:
        transport.close()
    else:
        transport.abort()


class Traitement:
    """aiosmtpd hooks."""

    def __init__(self, journal: Journal, fautes: Fautes) -> None:
        self._journal = journal
        self._fautes = fautes

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """421 after so many messages on one connection."""
        limite = self._fautes["ferme_apres"]
        if limite is not None and getattr(session, "deja", 0) >= limite:
            await server.push("421 au revoir")
            couper(server, poliment=True)
            return "421 au revoir"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """4xx or 5xx for an address."""
        self._journal.ecrire(evenement="rcpt", adresse=address)
        await asyncio.sleep(self._fautes["attente_rcpt"] or 0)
        if self._fautes["coupe_rcpt"]:
            couper(server)
        if code := self._fautes.refus(address):
            # Servers often write the address back.
            return f"{code} <{address}> pas maintenant" if code < 500 else f"{code} <{address}> boite inconnue"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Record, then answer; or cut before, or after."""
        self._journal.ecrire(evenement="data")
        if self._fautes.coupe("avant"):
            self._journal.ecrire(evenement="coupe")
            couper(server)
            return "451 coupe"
        if code := self._fautes["refus_data"]:
            return f"{code} texte refuse"
        contenu = envelope.original_content or b""
        identifiant = str(message_from_bytes(contenu)["Message-ID"])
        for adresse in envelope.rcpt_tos:
            self._journal.ecrire(message_id=identifiant, de=envelope.mail_from, a=adresse, octets=contenu.hex())
        session.deja = getattr(session, "deja", 0) + 1  # type: ignore[attr-defined]
        if self._fautes.coupe("apres"):
            self._journal.ecrire(evenement="coupe")
            couper(server)
            return "250 coupe"
        await asyncio.sleep(self._fautes["delai_250"] or 0)
        return "250 recu"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """QUIT that fails: the connection is cut."""
        if self._fautes["quit_echoue"]:
            couper(server)
        return "221 au revoir"


class Serveur(SMTP):
    """aiosmtpd, able to hang up where it offers no hook."""

    fautes: Fautes

    async def push(self, status: AnyStr) -> None:
        """The answer, and nothing after the 354 when told so."""
        await super().push(status)
        texte = status if isinstance(status, str) else status.decode()
        if texte.startswith("354") and self.fautes["raccroche"] and self.transport is not None:
            self.transport.close()


def _contexte(certificat: Path | None) -> ssl.SSLContext | None:
    if certificat is None:
        return None
    contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexte.load_cert_chain(certificat)
    return contexte


async def servir(port: int, journal: Journal, fautes: Fautes, contexte: ssl.SSLContext | None, *, tls: bool) -> None:
    """Listen for ever."""

    def verifier(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: LoginPassword
    ) -> AuthResult:
        bon = auth_data.password.decode() == fautes["mot_de_passe"]
        journal.ecrire(evenement="auth_acceptee" if bon else "auth_refusee")
        return AuthResult(success=bon, handled=bon)

    def connexion() -> SMTP:
        journal.ecrire(evenement="connexion")
        exige = fautes["mot_de_passe"] is not None
        # On loopback, in a test: the password may travel in the clear.
        warnings.simplefilter("ignore")
        serveur = Serveur(
            Traitement(journal, fautes),
            hostname="smtp.example.org",
            authenticator=verifier,
            auth_required=exige,
            auth_require_tls=False,
            tls_context=None if tls else contexte,
            require_starttls=contexte is not None and not tls,
        )
        serveur.fautes = fautes
        return serveur

    serveur = await asyncio.get_running_loop().create_server(
        connexion, "127.0.0.1", port, ssl=contexte if tls else None
    )
    print("pret", flush=True)
    async with serveur:
        await serveur.serve_forever()


if __name__ == "__main__":
    lecteur = argparse.ArgumentParser()
    lecteur.add_argument("port", type=int)
    lecteur.add_argument("journal", type=Path)
    lecteur.add_argument("fautes", type=Path)
    lecteur.add_argument("--certificat", type=Path)
    lecteur.add_argument("--tls", action="store_true")
    options = lecteur.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(
            servir(
                options.port,
                Journal(options.journal),
                Fautes(options.fautes),
                _contexte(options.certificat),
                tls=options.tls,
            )
        )
