"""Asking a Prefect that is too busy to answer at once: a real HTTP server that says so, then answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ami.declencheur import DeploiementInconnu, PrefectAbsent, declencher


@contextmanager
def _serveur(*codes: int) -> Iterator[tuple[str, list[str]]]:
    """A server that answers those codes one after the other; its address, and what it was asked."""
    restants, demandes = iter(codes), []

    class Reponse(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            demandes.append(self.path)
            self.send_error(next(restants))

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    serveur = HTTPServer(("127.0.0.1", 0), Reponse)
    fil = threading.Thread(target=serveur.serve_forever)
    fil.start()
    try:
        yield f"http://127.0.0.1:{serveur.server_port}/api", demandes
    finally:
        serveur.shutdown()
        fil.join()
        serveur.server_close()


def test_un_prefect_surcharge_est_redemande() -> None:
    with _serveur(503, 429, 404) as (adresse, demandes), pytest.raises(DeploiementInconnu):
        declencher("balayage/balayage", {}, api_url=adresse, attendre=False)
    assert demandes == ["/api/deployments/name/balayage/balayage"] * 3


def test_un_prefect_qui_refuse_est_dit_sans_insister() -> None:
    with _serveur(401) as (adresse, demandes), pytest.raises(PrefectAbsent, match=r"refuse la demande \(401"):
        declencher("balayage/balayage", {}, api_url=adresse, attendre=False)
    assert len(demandes) == 1
