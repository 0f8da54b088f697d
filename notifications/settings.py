"""Settings of the transport. Built by the application from its own settings: nothing here reads the environment."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

TENTATIVES_MAX = 60
_LOCAUX = {"localhost", "127.0.0.1", "::1"}


class Tls(StrEnum):
    """How the connection is protected: not at all (loopback only), by STARTTLS, or by TLS from the first byte."""

    AUCUN = "aucun"
    STARTTLS = "starttls"
    TLS = "tls"


class ReglagesCourriel(BaseModel):
    """How mail leaves. Durations are in seconds.

    With no `host`, mails are written to the Maildir at `dossier` instead, for a person to read.
    """

    model_config = ConfigDict(frozen=True)

    host: str | None = None
    port: int = Field(default=587, ge=1, le=65535)
    tls: Tls = Tls.STARTTLS
    verifier_certificat: bool = True
    user: str | None = None
    password: SecretStr | None = None
    nom_local: str | None = None
    """Name given in EHLO; the machine's own name by default."""
    dossier: Path = Path("courriels")

    connexions: int = Field(default=2, ge=1, le=50)
    lot: int = Field(default=20, ge=1, le=1000)
    """Mails leased at a time."""
    timeout_connexion: float = Field(default=30.0, gt=0)
    timeout_commande: float = Field(default=120.0, gt=0)
    timeout_apres_point: float = Field(default=600.0, gt=0)
    """After the final dot (RFC 5321 §4.5.3.2.6 asks for ten minutes): giving up sooner doubles mails."""
    bail_secondes: float = Field(default=300.0, gt=0)
    """A lease not renewed within this delay is taken back from its dispatcher."""
    marge_bail: float = Field(default=30.0, ge=0)
    """Added to `timeout_apres_point` for the lease of a mail whose body is going out."""

    attente_min: float = Field(default=60.0, gt=0)
    """First delay after a temporary refusal (4xx); doubles each time."""
    attente_max: float = Field(default=4 * 3600.0, gt=0)
    age_max: float = Field(default=5 * 86400.0, gt=0)
    """A mail still not accepted this long after it was due is a visible failure (RFC 5321 §4.5.4.1: 4-5 days)."""
    tentatives_max: int = Field(default=TENTATIVES_MAX, ge=1)
    """The same after so many attempts; one that may be sent twice becomes uncertain after so many doubts."""
    pause_authentification: float = Field(default=900.0, gt=0)
    """After a refused password: one probe each time this delay is over."""
    sommeil: float = Field(default=2.0, gt=0)
    """Pause between two looks at the outbox."""
    attente_serveur: float = Field(default=30.0, gt=0)
    """First pause of the resident dispatcher when the server cannot be reached; doubles each time."""
    attente_serveur_max: float = Field(default=300.0, gt=0)
    """Ceiling of that pause: at most so long after its return, a server is found again."""
    delai_arret: float = Field(default=20.0, ge=0)
    """On SIGTERM, how long a mail in flight may still finish."""

    @model_validator(mode="after")
    def _pas_de_mot_de_passe_en_clair(self) -> Self:
        if self.password and self.host and self.host not in _LOCAUX and self.tls is Tls.AUCUN:
            raise ValueError(
                f"Le mot de passe partirait en clair vers {self.host} : choisissez « starttls » ou « tls »."
            )
        return self
