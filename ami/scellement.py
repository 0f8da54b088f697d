"""Seal the journal for the day: in the database, in a file outside it, and by mail when an address is set."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlmodel import Session

from ami.sceaux import SceauExterne, ecrire_sceau, jour_scelle, lire_sceau, sceller
from ami.settings import Settings
from notifications.outbox import enqueue
from notifications.render import Destinataire, clef_de, render

MESSAGE: Final = "sceau_journal"
MENTION: Final = (
    "Message technique adressé à l'exploitant de la plateforme. Il ne contient que des identifiants et des empreintes, "
    "aucune donnée personnelle."
)


@dataclass(frozen=True)
class JourScelle:
    """What was sealed: the day, the Merkle root, the number of chains, and the file kept outside."""

    jour: str
    racine: str
    nombre: int
    fichier: Path


def sceller_jour(session: Session, settings: Settings, maintenant: datetime) -> JourScelle | None:
    """Seal the day once; None when it already is. Does not commit.

    The file is written before the commit: a crash in between leaves a true seal outside, which the next call takes
    up as it is, whereas the other order could leave a sealed day without its file.
    """
    deja = lire_sceau(settings.dossier_sceaux, jour_scelle(maintenant))
    externe = sceller(session, maintenant, deja)
    if externe is None:
        return None
    fichier = ecrire_sceau(settings.dossier_sceaux, externe)
    if settings.sceau_courriel:
        _enregistrer_courriel(session, settings, settings.sceau_courriel, externe, maintenant)
    return JourScelle(externe["jour"], externe["racine"], externe["nombre"], fichier)


def _enregistrer_courriel(
    session: Session, settings: Settings, adresse: str, externe: SceauExterne, maintenant: datetime
) -> None:
    cause = f"sceau:{externe['jour']}"
    faits = {
        "organisme_nom": settings.courriel_expediteur_nom,
        "organisme_contact": settings.courriel_reponse_a or settings.courriel_expediteur,
        "mention_donnees": MENTION,
        "commentaire": _resume(externe),
    }
    pret = render(
        MESSAGE,
        faits,
        Destinataire(adresse, "Gardien du journal", "sceau"),
        expediteur=settings.expediteur(),
        clef=clef_de(cause, MESSAGE, "sceau"),
        cause=cause,
        maintenant=maintenant,
    )
    enqueue(session, pret, maintenant)


def _resume(externe: SceauExterne) -> str:
    """The seal without its heads: the root proves them all."""
    return json.dumps({nom: valeur for nom, valeur in externe.items() if nom != "tetes"}, ensure_ascii=False)
