"""Tables of the outbox: the courriel, its events, and the pause of the queue.

They know nothing of dossiers: `cause` and `destinataire_ref` are opaque strings of the caller.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from notifications.columns import UTCDateTime


class EtatCourriel(StrEnum):
    """Where a courriel stands.

    `en_cours` is leased by a dispatcher; `incertain` means the connection was lost after the message body
    went out, the one case SMTP cannot decide (RFC 1047).
    """

    A_ENVOYER = "a_envoyer"
    EN_COURS = "en_cours"
    ENVOYE = "envoye"
    INCERTAIN = "incertain"
    ECHEC = "echec"
    ABANDONNE = "abandonne"


class Politique(StrEnum):
    """What to do when uncertain: `prudente` waits for a person, `renvoyer` sends the same bytes again."""

    PRUDENTE = "prudente"
    RENVOYER = "renvoyer"


def _parmi(colonne: str, valeurs: type[StrEnum]) -> str:
    liste = ", ".join(f"'{valeur}'" for valeur in valeurs)
    return f"{colonne} IN ({liste})"


class Courriel(SQLModel, table=True):
    """One mail to one address, frozen as it will leave (kernel: table courriel)."""

    __tablename__ = "courriel"
    __table_args__ = (
        UniqueConstraint("clef", name="uq_courriel_clef"),
        UniqueConstraint("message_id", name="uq_courriel_message_id"),
        CheckConstraint(_parmi("etat", EtatCourriel), name="ck_courriel_etat"),
        CheckConstraint(_parmi("politique", Politique), name="ck_courriel_politique"),
        CheckConstraint("tentatives >= 0", name="ck_courriel_tentatives"),
        CheckConstraint(
            "(etat = 'en_cours') = (bail_jeton IS NOT NULL AND bail_fin IS NOT NULL)", name="ck_courriel_bail"
        ),
        CheckConstraint("etat <> 'incertain' OR marque_a IS NOT NULL", name="ck_courriel_incertain_marque"),
        # The dispatcher's question: what may leave now, the people waiting at a screen first.
        Index("ix_courriel_a_prendre", "etat", "priorite", "essai_a"),
        Index("ix_courriel_bail_fin", "etat", "bail_fin"),
        Index("ix_courriel_cause", "cause"),
        Index("ix_courriel_destinataire_ref", "destinataire_ref"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clef: str = Field(sa_column=Column(String(300), nullable=False))
    """Deduplication key: identifiers and ISO dates only, never an address."""
    cause: str = Field(sa_column=Column(String(200), nullable=False))
    message: str = Field(sa_column=Column(String(60), nullable=False))
    destinataire: str = Field(sa_column=Column(String(320), nullable=False))
    """Envelope recipient, ASCII."""
    destinataire_ref: str = Field(sa_column=Column(String(100), nullable=False))
    expediteur: str = Field(sa_column=Column(String(320), nullable=False))
    """Envelope sender: where bounces go."""
    objet: str = Field(sa_column=Column(String(400), nullable=False))
    octets: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The whole message, byte for byte as sent; emptied when a masked one is over or a person is erased."""
    message_id: str = Field(sa_column=Column(String(250), nullable=False))
    cree_a: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    du_a: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    essai_a: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    """Not before this instant: `du_a` at first, later after each back-off."""
    expire_a: datetime | None = Field(default=None, sa_column=Column(UTCDateTime, nullable=True))
    priorite: int = Field(default=1, nullable=False)
    """0: someone is waiting for it at a screen; 1: ordinary."""
    etat: str = Field(default=EtatCourriel.A_ENVOYER, sa_column=Column(String(20), nullable=False))
    tentatives: int = Field(default=0, nullable=False)
    bail_jeton: str | None = Field(default=None, sa_column=Column(String(40), nullable=True))
    bail_fin: datetime | None = Field(default=None, sa_column=Column(UTCDateTime, nullable=True))
    marque_a: datetime | None = Field(default=None, sa_column=Column(UTCDateTime, nullable=True))
    """Committed just before the body goes out: from here on, a crash leaves a doubt."""
    envoye_a: datetime | None = Field(default=None, sa_column=Column(UTCDateTime, nullable=True))
    reponse: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    """Last answer of the server, or the reason of the failure."""
    masque: bool = Field(default=False, nullable=False)
    """The body holds a secret (sign-in link): never shown to staff, and wiped when it is over."""
    politique: str = Field(default=Politique.PRUDENTE, sa_column=Column(String(20), nullable=False))


class CourrielEvenement(SQLModel, table=True):
    """What happened to a courriel, or to the queue when `courriel_id` is null. Only ever added to."""

    __tablename__ = "courriel_evenement"
    __table_args__ = (
        Index("ix_courriel_evenement_courriel_id", "courriel_id", "instant"),
        Index("ix_courriel_evenement_kind", "kind", "instant"),
    )

    id: int | None = Field(default=None, primary_key=True)
    courriel_id: int | None = Field(
        default=None,
        sa_column=Column(
            ForeignKey("courriel.id", name="fk_courriel_evenement_courriel", ondelete="RESTRICT"),
            nullable=True,
        ),
    )
    instant: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    kind: str = Field(sa_column=Column(String(40), nullable=False))
    detail: str = Field(default="", sa_column=Column(Text, nullable=False))


class CourrielPause(SQLModel, table=True):
    """The queue is paused: at most one row. Kept in the database so that every dispatcher sees it."""

    __tablename__ = "courriel_pause"
    __table_args__ = (CheckConstraint("id = 1", name="ck_courriel_pause_unique"),)

    id: int = Field(default=1, primary_key=True)
    raison: str = Field(sa_column=Column(Text, nullable=False))
    depuis: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    jusqu_a: datetime | None = Field(default=None, sa_column=Column(UTCDateTime, nullable=True))
    """When one message may probe the server again; null waits for a person."""
