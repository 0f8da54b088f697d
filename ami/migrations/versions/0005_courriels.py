"""The outbox: courriels, their events, the pause of the queue."""

import sqlalchemy as sa
from alembic import op

from ami.migrations.ajout_seul import interdire_modification, permettre_modification

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, parents first."""
    creer_courriel()
    creer_courriel_pause()
    creer_courriel_evenement()
    interdire_modification(op.get_bind(), "courriel_evenement")


def downgrade() -> None:
    """Drop the tables, children first."""
    permettre_modification(op.get_bind(), "courriel_evenement")
    for table in (
        "courriel_evenement",
        "courriel_pause",
        "courriel",
    ):
        op.drop_table(table)


def creer_courriel() -> None:
    """Table courriel."""
    op.create_table(
        "courriel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clef", sa.String(length=300), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("message", sa.String(length=60), nullable=False),
        sa.Column("destinataire", sa.String(length=320), nullable=False),
        sa.Column("destinataire_ref", sa.String(length=100), nullable=False),
        sa.Column("expediteur", sa.String(length=320), nullable=False),
        sa.Column("objet", sa.String(length=400), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("cree_a", sa.DateTime(timezone=True), nullable=False),
        sa.Column("du_a", sa.DateTime(timezone=True), nullable=False),
        sa.Column("essai_a", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_a", sa.DateTime(timezone=True), nullable=True),
        sa.Column("priorite", sa.Integer(), nullable=False),
        sa.Column("etat", sa.String(length=20), nullable=False),
        sa.Column("tentatives", sa.Integer(), nullable=False),
        sa.Column("bail_jeton", sa.String(length=40), nullable=True),
        sa.Column("bail_fin", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marque_a", sa.DateTime(timezone=True), nullable=True),
        sa.Column("envoye_a", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reponse", sa.Text(), nullable=True),
        sa.Column("masque", sa.Boolean(), nullable=False),
        sa.Column("politique", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "(etat = 'en_cours') = (bail_jeton IS NOT NULL AND bail_fin IS NOT NULL)", name="ck_courriel_bail"
        ),
        sa.CheckConstraint("etat <> 'incertain' OR marque_a IS NOT NULL", name="ck_courriel_incertain_marque"),
        sa.CheckConstraint(
            "etat IN ('a_envoyer', 'en_cours', 'envoye', 'incertain', 'echec', 'abandonne')", name="ck_courriel_etat"
        ),
        sa.CheckConstraint("politique IN ('prudente', 'renvoyer')", name="ck_courriel_politique"),
        sa.CheckConstraint("tentatives >= 0", name="ck_courriel_tentatives"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courriel")),
        sa.UniqueConstraint("clef", name="uq_courriel_clef"),
        sa.UniqueConstraint("message_id", name="uq_courriel_message_id"),
    )
    op.create_index("ix_courriel_a_prendre", "courriel", ["etat", "priorite", "essai_a"], unique=False)
    op.create_index("ix_courriel_bail_fin", "courriel", ["etat", "bail_fin"], unique=False)
    op.create_index("ix_courriel_cause", "courriel", ["cause"], unique=False)
    op.create_index("ix_courriel_destinataire_ref", "courriel", ["destinataire_ref"], unique=False)


def creer_courriel_pause() -> None:
    """Table courriel_pause."""
    op.create_table(
        "courriel_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("raison", sa.Text(), nullable=False),
        sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name="ck_courriel_pause_unique"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courriel_pause")),
    )


def creer_courriel_evenement() -> None:
    """Table courriel_evenement."""
    op.create_table(
        "courriel_evenement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("courriel_id", sa.Integer(), nullable=True),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["courriel_id"], ["courriel.id"], name="fk_courriel_evenement_courriel", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courriel_evenement")),
    )
    op.create_index("ix_courriel_evenement_courriel_id", "courriel_evenement", ["courriel_id", "instant"], unique=False)
    op.create_index("ix_courriel_evenement_kind", "courriel_evenement", ["kind", "instant"], unique=False)
