"""Where the demonstration keeps everything it writes, and the settings that send the real engine there."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ami.settings import Settings

SMTP = "127.0.0.1"
GARDIEN = "gardien.journal@reseau-habitat.example.org"
EXPEDITEUR = "ami@reseau-habitat.example.org"


@dataclass(frozen=True)
class Atelier:
    """The folder of a demonstration. All paths are below it; erasing it erases everything."""

    dossier: Path

    @property
    def base(self) -> str:
        """The address of the database, as the setting AMI_BASE takes it."""
        return f"sqlite:///{self.dossier.as_posix()}/ami.db"

    @property
    def boite(self) -> Path:
        """The Maildir in which the local SMTP server lays what it receives."""
        return self.dossier / "courriels"

    @property
    def exports(self) -> Path:
        """Where the workbooks are written."""
        return self.dossier / "exports"

    @property
    def sceaux(self) -> Path:
        """Where the seals of the journal are kept."""
        return self.dossier / "sceaux"

    @property
    def pieces(self) -> Path:
        """The store of the pièces."""
        return self.dossier / "pieces"

    @property
    def apercus(self) -> Path:
        """What notifying each session would send, as previewed."""
        return self.dossier / "apercus"

    def papiers(self, prefixe: str) -> Path:
        """The PDFs of a campagne: conventions, avenants, letters, minutes."""
        return self.dossier / "papiers" / prefixe

    def proces_verbal(self, prefixe: str, comite: str) -> Path:
        """The minutes of a session."""
        return self.papiers(prefixe) / f"proces-verbal-{comite}.pdf"

    def pack(self, campagne: str) -> Path:
        """What proves a selection."""
        return self.exports / f"pack-{campagne}.zip"

    @property
    def prefect(self) -> Path:
        """Prefect's own folder."""
        return self.dossier / "prefect"

    @property
    def journal_prefect(self) -> Path:
        """What its server says."""
        return self.prefect / "serveur.log"

    @property
    def panne(self) -> Path:
        """Where what stopped a play is told whole."""
        return self.dossier / "panne.txt"

    @property
    def _marques(self) -> Path:
        return self.dossier / "etapes.json"

    def etapes_faites(self) -> set[datetime]:
        """Instants whose flows have all run: they are not run again."""
        if not self._marques.exists():
            return set()
        return {datetime.fromisoformat(texte) for texte in json.loads(self._marques.read_text(encoding="utf-8"))}

    def marquer(self, etape: datetime) -> None:
        """Remember that the flows of an instant have all run. A kill before this only runs them again."""
        faits = sorted({*self.etapes_faites(), etape})
        provisoire = self._marques.with_suffix(".tmp")
        provisoire.write_text(json.dumps([instant.isoformat() for instant in faits], indent=1), encoding="utf-8")
        provisoire.replace(self._marques)

    def environnement(self, port_smtp: int, api: str) -> dict[str, str]:
        """The settings of the engine and of Prefect, for the process that plays: nothing outside the folder."""
        return {
            **sans_reglages(os.environ),
            "AMI_BASE": self.base,
            "AMI_DOSSIER_PIECES": str(self.pieces),
            "AMI_DOSSIER_SCEAUX": str(self.sceaux),
            "AMI_DOSSIER_EXPORTS": str(self.exports),
            "AMI_COURRIEL_HOTE": SMTP,
            "AMI_COURRIEL_PORT": str(port_smtp),
            "AMI_COURRIEL_TLS": "aucun",
            "AMI_COURRIEL_EXPEDITEUR": EXPEDITEUR,
            "AMI_SCEAU_COURRIEL": GARDIEN,
            "AMI_PREFECT_API_URL": api,
            "PREFECT_API_URL": api,
            **self.environnement_prefect(),
        }

    def environnement_prefect(self) -> dict[str, str]:
        """Prefect's own settings: its folder apart, nothing sent home, few words."""
        return {
            "PREFECT_HOME": str(self.prefect.resolve()),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            "PREFECT_CLI_PROMPT": "false",
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
            "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
            "PYTHONUNBUFFERED": "1",
        }


def sans_reglages(environnement: Mapping[str, str]) -> dict[str, str]:
    """The environment without the settings of another installation."""
    return {nom: valeur for nom, valeur in environnement.items() if not nom.startswith(("AMI_", "PREFECT_"))}


def reglages(atelier: Atelier, port_smtp: int) -> Settings:
    """The same settings as a value, for who plays without processes."""
    return Settings(
        _env_file=None,
        base=atelier.base,
        dossier_pieces=atelier.pieces,
        dossier_sceaux=atelier.sceaux,
        dossier_exports=atelier.exports,
        courriel_hote=SMTP,
        courriel_port=port_smtp,
        courriel_tls="aucun",
        courriel_expediteur=EXPEDITEUR,
        sceau_courriel=GARDIEN,
    )
