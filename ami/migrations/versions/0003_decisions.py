"""Evaluations, committees, conventions and every euro."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, parents first."""
    creer_comite()
    creer_affectation()
    creer_convention()
    creer_deliberation()
    creer_deport()
    creer_engagement()
    creer_score_fige()
    creer_note()
    creer_versement()


def downgrade() -> None:
    """Drop the tables, children first."""
    for table in (
        "versement",
        "note",
        "score_fige",
        "engagement",
        "deport",
        "deliberation",
        "convention",
        "affectation",
        "comite",
    ):
        op.drop_table(table)


def creer_comite() -> None:
    """Table comite."""
    op.create_table(
        "comite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("tenue_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lieu", sa.String(length=200), nullable=False),
        sa.Column("membres", sa.JSON(), nullable=False),
        sa.Column("presents", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campagne_id"], ["campagne.id"], name=op.f("fk_comite_campagne_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comite")),
        sa.UniqueConstraint("code", name=op.f("uq_comite_code")),
    )
    op.create_index(op.f("ix_comite_campagne_id"), "comite", ["campagne_id"], unique=False)


def creer_affectation() -> None:
    """Table affectation."""
    op.create_table(
        "affectation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("personne_id", sa.Integer(), nullable=False),
        sa.Column("statut", sa.String(length=10), nullable=False),
        sa.Column("demandee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rendue_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("statut IN ('demandee','rendue','deportee','close')", name="ck_affectation_statut"),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_affectation_dossier_id")),
        sa.ForeignKeyConstraint(["personne_id"], ["personne.id"], name=op.f("fk_affectation_personne_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affectation")),
        sa.UniqueConstraint("dossier_id", "personne_id", name=op.f("uq_affectation_dossier_id_personne_id")),
    )
    op.create_index(op.f("ix_affectation_dossier_id"), "affectation", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_affectation_personne_id"), "affectation", ["personne_id"], unique=False)


def creer_convention() -> None:
    """Table convention."""
    op.create_table(
        "convention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(length=30), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("signee_le", sa.Date(), nullable=False),
        sa.Column("montant", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_convention_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convention")),
        sa.UniqueConstraint("dossier_id", "nature", name=op.f("uq_convention_dossier_id_nature")),
    )
    op.create_index(op.f("ix_convention_dossier_id"), "convention", ["dossier_id"], unique=False)


def creer_deliberation() -> None:
    """Table deliberation."""
    op.create_table(
        "deliberation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("comite_id", sa.Integer(), nullable=True),
        sa.Column("acte", sa.String(length=40), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("montant_accorde", sa.BigInteger(), nullable=False),
        sa.Column("decide_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rang >= 0", name="ck_deliberation_rang"),
        sa.ForeignKeyConstraint(["comite_id"], ["comite.id"], name=op.f("fk_deliberation_comite_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_deliberation_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliberation")),
    )
    op.create_index(op.f("ix_deliberation_dossier_id"), "deliberation", ["dossier_id"], unique=False)


def creer_deport() -> None:
    """Table deport."""
    op.create_table(
        "deport",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("personne_id", sa.Integer(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("declare_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_deport_dossier_id")),
        sa.ForeignKeyConstraint(["personne_id"], ["personne.id"], name=op.f("fk_deport_personne_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deport")),
        sa.UniqueConstraint("dossier_id", "personne_id", name=op.f("uq_deport_dossier_id_personne_id")),
    )
    op.create_index(op.f("ix_deport_dossier_id"), "deport", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_deport_personne_id"), "deport", ["personne_id"], unique=False)


def creer_engagement() -> None:
    """Table engagement."""
    op.create_table(
        "engagement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enveloppe_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(length=30), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("engage", sa.BigInteger(), nullable=False),
        sa.Column("paye", sa.BigInteger(), nullable=False),
        sa.Column("libere", sa.BigInteger(), nullable=False),
        sa.Column("reverse", sa.BigInteger(), nullable=False),
        sa.Column("a_reverser", sa.BigInteger(), nullable=False),
        sa.Column("engage_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "engage > 0 AND paye >= 0 AND libere >= 0 AND reverse >= 0 AND a_reverser >= 0", name="ck_engagement_signes"
        ),
        sa.CheckConstraint("paye - reverse + libere <= engage", name="ck_engagement_solde"),
        sa.CheckConstraint("reverse + a_reverser <= paye", name="ck_engagement_reversement"),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_engagement_dossier_id")),
        sa.ForeignKeyConstraint(["enveloppe_id"], ["enveloppe.id"], name=op.f("fk_engagement_enveloppe_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagement")),
        sa.UniqueConstraint(
            "dossier_id", "enveloppe_id", "rang", name=op.f("uq_engagement_dossier_id_enveloppe_id_rang")
        ),
    )
    op.create_index(op.f("ix_engagement_dossier_id"), "engagement", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_engagement_enveloppe_id"), "engagement", ["enveloppe_id"], unique=False)


def creer_score_fige() -> None:
    """Table score_fige."""
    op.create_table(
        "score_fige",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("total_millieme", sa.Integer(), nullable=False),
        sa.Column("eliminatoires", sa.Integer(), nullable=False),
        sa.Column("evaluations", sa.Integer(), nullable=False),
        sa.Column("fige_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_score_fige_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_fige")),
        sa.UniqueConstraint("dossier_id", name=op.f("uq_score_fige_dossier_id")),
    )


def creer_note() -> None:
    """Table note."""
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("affectation_id", sa.Integer(), nullable=False),
        sa.Column("critere", sa.String(length=60), nullable=False),
        sa.Column("valeur", sa.BigInteger(), nullable=True),
        sa.Column("commentaire", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["affectation_id"], ["affectation.id"], name=op.f("fk_note_affectation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("affectation_id", "critere", name=op.f("uq_note_affectation_id_critere")),
    )
    op.create_index(op.f("ix_note_affectation_id"), "note", ["affectation_id"], unique=False)


def creer_versement() -> None:
    """Table versement."""
    op.create_table(
        "versement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("sujet_version", sa.Integer(), nullable=False),
        sa.Column("motif", sa.String(length=20), nullable=False),
        sa.Column("montant", sa.BigInteger(), nullable=False),
        sa.Column("ordonne_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(motif = 'reversement') = (montant < 0) AND montant <> 0", name="ck_versement_sens"),
        sa.CheckConstraint("motif IN ('acompte','intermediaire','solde','reversement')", name="ck_versement_motif"),
        sa.ForeignKeyConstraint(["engagement_id"], ["engagement.id"], name=op.f("fk_versement_engagement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versement")),
        sa.UniqueConstraint("engagement_id", "sujet_version", name=op.f("uq_versement_engagement_id_sujet_version")),
    )
    op.create_index(op.f("ix_versement_engagement_id"), "versement", ["engagement_id"], unique=False)
