"""Settings of one installation: environment variables `AMI_*`, or the `.env` file of the current folder.

The defaults run on one machine with nothing installed: SQLite, files under `donnees/`, mail kept in a local Maildir.
"""

from pathlib import Path
from typing import Literal

from pydantic import AnyHttpUrl, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from notifications.render import Expediteur
from notifications.settings import ReglagesCourriel, Tls

DONNEES = Path("donnees")
DEPLOIEMENTS = Path(__file__).resolve().parents[1] / "deployments" / "deploiements.yaml"


class Settings(BaseSettings):
    """Every setting, its default and what it is for. Descriptions are read by operators: French."""

    model_config = SettingsConfigDict(env_prefix="AMI_", env_file=".env", env_file_encoding="utf-8", extra="ignore")

    base: str = Field(
        default=f"sqlite:///{DONNEES}/ami.db",
        description="Adresse de la base : sqlite:///chemin ou postgresql://utilisateur:mot_de_passe@hote/base.",
    )
    dossier_pieces: Path = Field(default=DONNEES / "pieces", description="Dossier où sont rangées les pièces reçues.")
    dossier_sceaux: Path = Field(
        default=DONNEES / "sceaux",
        description="Dossier où le sceau quotidien du journal est écrit, hors de la base. À copier ailleurs.",
    )
    dossier_exports: Path = Field(default=DONNEES / "exports", description="Dossier où les exports sont écrits.")
    lien_base: str | None = Field(
        default=None, description="Adresse publique du portail, pour les liens des courriels (aucun lien sans elle)."
    )
    journal_niveau: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Niveau des messages techniques : DEBUG, INFO, WARNING ou ERROR."
    )
    par: str | None = Field(
        default=None,
        description="Adresse de la seule personne au nom de qui l'installation est ouverte (sauf rôle agent).",
    )
    role: str | None = Field(
        default=None, description="Rôle dans lequel elle lit, quand la commande ne le dit pas ; va avec AMI_PAR."
    )
    debug: bool = Field(default=False, description="Montre la trace technique d'une erreur de la commande « ami ».")

    courriel_hote: str | None = Field(
        default=None, description="Serveur SMTP. Sans lui, les courriels sont rangés dans courriel_maildir."
    )
    courriel_port: int = Field(default=587, ge=1, le=65535, description="Port du serveur SMTP.")
    courriel_tls: Tls = Field(
        default=Tls.STARTTLS, description="Protection de la connexion SMTP : aucun, starttls ou tls."
    )
    courriel_utilisateur: str | None = Field(default=None, description="Identifiant auprès du serveur SMTP.")
    courriel_mot_de_passe: SecretStr | None = Field(default=None, description="Mot de passe du serveur SMTP.")
    courriel_maildir: Path = Field(
        default=DONNEES / "courriels",
        description="Boîte Maildir locale, lisible, employée quand aucun serveur n'est donné.",
    )
    courriel_expediteur: str = Field(
        default="ami@example.org", description="Adresse d'expédition des courriels (et de retour des non-remis)."
    )
    courriel_expediteur_nom: str = Field(
        default="Appels à manifestation d'intérêt", description="Nom montré à côté de l'adresse d'expédition."
    )
    courriel_reponse_a: str | None = Field(
        default=None, description="Adresse de réponse ; à défaut, celle de l'organisme du règlement."
    )
    courriel_delai_point: float = Field(
        default=600,
        gt=0,
        description="Secondes d'attente de la réponse du serveur après le point final (600 au moins en production).",
    )
    courriel_delai: float = Field(default=120, gt=0, description="Secondes d'attente de toute autre réponse SMTP.")
    courriel_bail: float = Field(
        default=300, gt=0, description="Secondes pendant lesquelles un courriel pris par un expéditeur lui est réservé."
    )
    courriel_delai_arret: float = Field(
        default=20, ge=0, description="À l'arrêt, secondes laissées à un courriel en cours de remise pour se terminer."
    )
    courriel_connexions: int = Field(default=2, ge=1, le=20, description="Connexions SMTP ouvertes en même temps.")
    courriel_scrutation: float = Field(
        default=2, gt=0, description="Secondes entre deux regards de l'expéditeur permanent sur la file."
    )
    sceau_courriel: str | None = Field(
        default=None, description="Adresse qui reçoit le sceau quotidien du journal ; aucune par défaut."
    )

    prefect_api_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("http://127.0.0.1:4200/api"), description="Adresse de l'API de Prefect."
    )
    dossier_prefect: Path = Field(
        default=DONNEES / "prefect", description="Dossier du Prefect embarqué : sa base, à part de la nôtre."
    )
    deploiements: Path = Field(
        default=DEPLOIEMENTS, description="Fichier des flux et de leurs horaires ; celui du produit par défaut."
    )

    def expediteur(self, reponse_a: str | None = None) -> Expediteur:
        """Who mails come from; answers go to `reponse_a` unless the installation says otherwise."""
        return Expediteur(
            adresse=self.courriel_expediteur,
            nom=self.courriel_expediteur_nom,
            reponse_a=self.courriel_reponse_a or reponse_a,
        )

    def reglages_courriel(self) -> ReglagesCourriel:
        """The transport's settings. Raises `ValueError` when a password would leave in clear."""
        return ReglagesCourriel(
            host=self.courriel_hote,
            port=self.courriel_port,
            tls=self.courriel_tls,
            user=self.courriel_utilisateur,
            password=self.courriel_mot_de_passe,
            dossier=self.courriel_maildir,
            connexions=self.courriel_connexions,
            timeout_commande=self.courriel_delai,
            timeout_apres_point=self.courriel_delai_point,
            bail_secondes=self.courriel_bail,
            sommeil=self.courriel_scrutation,
            delai_arret=self.courriel_delai_arret,
        )
