"""Asking Prefect for a run, by name, and following it. Only makes a sweep run sooner: without it, the next one does.

Speaks to Prefect's HTTP API directly: its client takes seconds to import, which every `ami` command would pay.
"""

import base64
import json
import os
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.error import HTTPError, URLError
from uuid import uuid4

from ami.erreurs import ErreurMetier

DELAI: Final = 5.0  # seconds for one answer of the API
PAS: Final = 1.0  # seconds between two looks at a run
PATIENCE: Final = 300.0  # seconds before following is given up (the run goes on)
REPRISES: Final = (0.5, 1.0, 2.0, 4.0)  # seconds before asking again a server that says it is too busy
OCCUPE: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})
PRISE: Final = 60.0  # seconds before a run nobody has taken is left to itself

# Prefect's state types, in words.
ETATS: Final[Mapping[str, str]] = {
    "SCHEDULED": "en attente d'un exécutant",
    "PENDING": "en préparation",
    "RUNNING": "en cours",
    "COMPLETED": "terminé",
    "FAILED": "en échec",
    "CRASHED": "interrompu",
    "CANCELLED": "annulé",
    "CANCELLING": "en cours d'annulation",
    "PAUSED": "en pause",
}
ATTENTE: Final = "SCHEDULED"
FINIS: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
Appel = Callable[[str, str, object], Any]


class PrefectAbsent(ErreurMetier):
    """The Prefect API cannot be reached, or does not answer as it should."""


class DeploiementInconnu(PrefectAbsent):
    """Prefect answers, but knows no deployment of that name: the flows are not served."""


@dataclass(frozen=True)
class IssueDeclenchement:
    """A run that was asked for: its name, where it stands in words, whether it ended (well), and its report."""

    nom: str
    etat: str
    termine: bool
    reussi: bool
    rapport: str = ""


def declencher(
    deploiement: str,
    parametres: Mapping[str, object],
    *,
    api_url: str,
    attendre: bool,
    clef: str | None = None,
    suivre: Callable[[str], None] = lambda _etat: None,
    patience: float = PATIENCE,
) -> IssueDeclenchement:
    """Ask for a run of `deploiement` (flow/deployment) and, if `attendre`, follow it for `patience` seconds at most.

    A run that nobody takes within a minute (no `flows.servir` at work) is followed no longer; it stays asked for.

    `suivre` is told each new état. The same `clef` twice asks for one run.

    Raises:
        PrefectAbsent: nothing answers at `api_url`.
        DeploiementInconnu: no such deployment.
    """

    def appeler(methode: str, chemin: str, corps: object = None) -> Any:
        return _appeler(api_url, methode, chemin, corps)

    trouve = appeler("GET", "/deployments/name/" + urllib.parse.quote(deploiement))
    if trouve is None:
        raise DeploiementInconnu(
            f"Prefect ne connaît pas le flux « {deploiement} » : « ami serve » (ou « python -m flows.servir ») "
            "n'a pas encore tourné avec cette installation."
        )
    # The key makes the request safe to repeat: one run, even if an answer was lost.
    clef = clef or uuid4().hex
    demande = {"parameters": dict(parametres), "state": {"type": ATTENTE}, "idempotency_key": clef}
    passage = appeler("POST", f"/deployments/{trouve['id']}/create_flow_run", demande)
    if attendre:
        passage = _suivre(appeler, passage, suivre, patience)
    return _issue(appeler, passage)


def _suivre(appeler: Appel, passage: dict[str, Any], suivre: Callable[[str], None], patience: float) -> dict[str, Any]:
    debut, dernier = time.monotonic(), ""
    while (ecoule := time.monotonic() - debut) < patience:
        etat = passage["state"]["type"]
        if etat != dernier:
            suivre(ETATS.get(etat, etat))
            dernier = etat
        if etat in FINIS or (etat == ATTENTE and ecoule > PRISE):
            break
        time.sleep(PAS)
        passage = appeler("GET", f"/flow_runs/{passage['id']}", None)
    return passage


def _issue(appeler: Appel, passage: dict[str, Any]) -> IssueDeclenchement:
    etat = passage["state"]["type"]
    termine = etat in FINIS
    return IssueDeclenchement(
        nom=passage["name"],
        etat=ETATS.get(etat, etat),
        termine=termine,
        reussi=etat == "COMPLETED",
        rapport=_rapport(appeler, passage["id"]) if termine else "",
    )


def _rapport(appeler: Appel, passage_id: str) -> str:
    """What the run published for staff."""
    filtre = {"artifacts": {"flow_run_id": {"any_": [passage_id]}, "type": {"any_": ["markdown"]}}, "sort": "KEY_ASC"}
    artefacts = appeler("POST", "/artifacts/filter", filtre)
    return "\n".join(str(artefact["data"]) for artefact in artefacts)


def _appeler(api_url: str, methode: str, chemin: str, corps: object) -> Any:
    """One request, asked again a few times to a busy server; None when what it names does not exist."""
    requete = urllib.request.Request(  # noqa: S310 - the setting is a checked http address
        api_url.rstrip("/") + chemin,
        method=methode,
        data=None if corps is None else json.dumps(corps).encode(),
        headers={"Content-Type": "application/json", **_identification()},
    )
    pauses = iter(REPRISES)
    while True:
        try:
            return _envoyer(requete)
        except (URLError, OSError, ValueError) as erreur:
            occupe = isinstance(erreur, HTTPError) and erreur.code in OCCUPE
            pause = next(pauses, None) if occupe else None
            if pause is None:
                raise _absent(api_url, erreur) from erreur
            time.sleep(pause)


def _envoyer(requete: urllib.request.Request) -> Any:
    try:
        with urllib.request.urlopen(requete, timeout=DELAI) as reponse:  # noqa: S310 - idem
            return json.load(reponse)
    except HTTPError as erreur:
        if erreur.code == HTTPStatus.NOT_FOUND:
            return None
        raise


def _absent(api_url: str, erreur: Exception) -> PrefectAbsent:
    if isinstance(erreur, HTTPError):
        return PrefectAbsent(f"Prefect refuse la demande ({erreur.code} {erreur.reason}) à {api_url}.")
    return PrefectAbsent(f"Prefect ne répond pas à {api_url}.")


def _identification() -> dict[str, str]:
    """Prefect's own ways to protect its API, given by its own variables."""
    if clef := os.environ.get("PREFECT_API_KEY"):
        return {"Authorization": f"Bearer {clef}"}
    if duo := os.environ.get("PREFECT_API_AUTH_STRING"):
        return {"Authorization": "Basic " + base64.b64encode(duo.encode()).decode()}
    return {}
