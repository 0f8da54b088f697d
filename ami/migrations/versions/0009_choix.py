"""What prepares a choice: profiles, interests, planned readings, scenarios, votes, departures, documents.

Columns are added with a default, never by copying a table others point to: SQLite would empty it on the way.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "interet",
    "profil_evaluateur",
    "affectation_prevue",
    "deport_comite",
    "document_emis",
    "scenario_selection",
    "vote",
)


def upgrade() -> None:
    """Create the tables, then add the columns."""
    creer_interet()
    creer_profil_evaluateur()
    creer_affectation_prevue()
    creer_deport_comite()
    creer_document_emis()
    creer_scenario_selection()
    creer_vote()
    op.add_column("enveloppe", sa.Column("reserve_champ", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("enveloppe", sa.Column("reserve_valeur", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("deliberation", sa.Column("ecart", sa.Text(), nullable=False, server_default=""))
    op.add_column("dossier", sa.Column("base_plan", sa.String(length=3), nullable=False, server_default=""))
    op.add_column("ligne_plan", sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop the columns, then the tables, children first."""
    op.drop_column("ligne_plan", "public")
    op.drop_column("dossier", "base_plan")
    op.drop_column("deliberation", "ecart")
    op.drop_column("enveloppe", "reserve_valeur")
    op.drop_column("enveloppe", "reserve_champ")
    for table in reversed(TABLES):
        op.drop_table(table)


def creer_interet() -> None:
    """Table interet."""
    op.create_table(
        "interet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("personne_id", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=True),
        sa.Column("commune", sa.String(length=200), nullable=True),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("declare_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(structure_id IS NULL) <> (commune IS NULL)", name="ck_interet_objet"),
        sa.ForeignKeyConstraint(["personne_id"], ["personne.id"], name=op.f("fk_interet_personne_id")),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_interet_structure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interet")),
        sa.UniqueConstraint(
            "personne_id", "structure_id", "commune", name=op.f("uq_interet_personne_id_structure_id_commune")
        ),
    )
    op.create_index(op.f("ix_interet_personne_id"), "interet", ["personne_id"], unique=False)


def creer_profil_evaluateur() -> None:
    """Table profil_evaluateur."""
    op.create_table(
        "profil_evaluateur",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("personne_id", sa.Integer(), nullable=False),
        sa.Column("competences", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("charge_max", sa.Integer(), nullable=True),
        sa.CheckConstraint("charge_max IS NULL OR charge_max >= 0", name="ck_profil_evaluateur_charge"),
        sa.ForeignKeyConstraint(["personne_id"], ["personne.id"], name=op.f("fk_profil_evaluateur_personne_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profil_evaluateur")),
        sa.UniqueConstraint("personne_id", name=op.f("uq_profil_evaluateur_personne_id")),
    )


def creer_affectation_prevue() -> None:
    """Table affectation_prevue."""
    op.create_table(
        "affectation_prevue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("personne_id", sa.Integer(), nullable=False),
        sa.Column("aptitude", sa.Integer(), nullable=False),
        sa.Column("prevue_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_affectation_prevue_dossier_id")),
        sa.ForeignKeyConstraint(["personne_id"], ["personne.id"], name=op.f("fk_affectation_prevue_personne_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affectation_prevue")),
        sa.UniqueConstraint("dossier_id", "personne_id", name=op.f("uq_affectation_prevue_dossier_id_personne_id")),
    )
    op.create_index(op.f("ix_affectation_prevue_dossier_id"), "affectation_prevue", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_affectation_prevue_personne_id"), "affectation_prevue", ["personne_id"], unique=False)


def creer_deport_comite() -> None:
    """Table deport_comite."""
    op.create_table(
        "deport_comite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comite_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("membre", sa.String(length=200), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("note_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comite_id"], ["comite.id"], name=op.f("fk_deport_comite_comite_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_deport_comite_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deport_comite")),
        sa.UniqueConstraint(
            "comite_id", "dossier_id", "membre", name=op.f("uq_deport_comite_comite_id_dossier_id_membre")
        ),
    )
    op.create_index(op.f("ix_deport_comite_comite_id"), "deport_comite", ["comite_id"], unique=False)
    op.create_index(op.f("ix_deport_comite_dossier_id"), "deport_comite", ["dossier_id"], unique=False)


def creer_document_emis() -> None:
    """Table document_emis."""
    op.create_table(
        "document_emis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=True),
        sa.Column("comite_id", sa.Integer(), nullable=True),
        sa.Column("genre", sa.String(length=30), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("emis_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signe_empreinte", sa.String(length=64), nullable=True),
        sa.Column("signe_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["comite_id"], ["comite.id"], name=op.f("fk_document_emis_comite_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_document_emis_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_emis")),
        sa.UniqueConstraint("genre", "reference", name=op.f("uq_document_emis_genre_reference")),
    )
    op.create_index(op.f("ix_document_emis_comite_id"), "document_emis", ["comite_id"], unique=False)
    op.create_index(op.f("ix_document_emis_dossier_id"), "document_emis", ["dossier_id"], unique=False)


def creer_scenario_selection() -> None:
    """Table scenario_selection."""
    op.create_table(
        "scenario_selection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=80), nullable=False),
        sa.Column("regles", sa.JSON(), nullable=False),
        sa.Column("proposition", sa.JSON(), nullable=False),
        sa.Column("donnees_empreinte", sa.String(length=64), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("choisi_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comite_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["campagne_id"], ["campagne.id"], name=op.f("fk_scenario_selection_campagne_id")),
        sa.ForeignKeyConstraint(["comite_id"], ["comite.id"], name=op.f("fk_scenario_selection_comite_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_selection")),
        sa.UniqueConstraint("campagne_id", "nom", name=op.f("uq_scenario_selection_campagne_id_nom")),
    )
    op.create_index(op.f("ix_scenario_selection_campagne_id"), "scenario_selection", ["campagne_id"], unique=False)


def creer_vote() -> None:
    """Table vote."""
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comite_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("membre", sa.String(length=200), nullable=False),
        sa.Column("sens", sa.String(length=10), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("note_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sens IN ('pour','contre','abstention')", name="ck_vote_sens"),
        sa.ForeignKeyConstraint(["comite_id"], ["comite.id"], name=op.f("fk_vote_comite_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_vote_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote")),
        sa.UniqueConstraint("comite_id", "dossier_id", "membre", name=op.f("uq_vote_comite_id_dossier_id_membre")),
    )
    op.create_index(op.f("ix_vote_comite_id"), "vote", ["comite_id"], unique=False)
    op.create_index(op.f("ix_vote_dossier_id"), "vote", ["dossier_id"], unique=False)
