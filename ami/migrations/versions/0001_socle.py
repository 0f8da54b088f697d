"""Persons, structures, territories, règlements and campagnes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, parents first."""
    creer_structure()
    creer_territoire()
    creer_version_reglement()
    creer_campagne()
    creer_personne()
    creer_enveloppe()


def downgrade() -> None:
    """Drop the tables, children first."""
    for table in (
        "enveloppe",
        "personne",
        "campagne",
        "version_reglement",
        "territoire",
        "structure",
    ):
        op.drop_table(table)


def creer_structure() -> None:
    """Table structure."""
    op.create_table(
        "structure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=True),
        sa.Column("rna", sa.String(length=10), nullable=True),
        sa.Column("adhesions", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=True),
        sa.Column("commune", sa.String(length=120), nullable=True),
        sa.Column("iban", sa.String(length=34), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_structure")),
        sa.UniqueConstraint("siret", name=op.f("uq_structure_siret")),
    )
    op.create_index(op.f("ix_structure_nom"), "structure", ["nom"], unique=False)


def creer_territoire() -> None:
    """Table territoire."""
    op.create_table(
        "territoire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("millesime", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("nom", sa.String(length=200), nullable=False),
        sa.Column("commune", sa.String(length=200), nullable=False),
        sa.Column("departement", sa.String(length=3), nullable=True),
        sa.Column("region", sa.String(length=80), nullable=True),
        sa.Column("contour", sa.JSON(), nullable=True),
        sa.CheckConstraint("kind IN ('QPV','NPNRU','autre')", name="ck_territoire_kind"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territoire")),
        sa.UniqueConstraint("code", "millesime", "kind", name=op.f("uq_territoire_code_millesime_kind")),
    )
    op.create_index(op.f("ix_territoire_code"), "territoire", ["code"], unique=False)


def creer_version_reglement() -> None:
    """Table version_reglement."""
    op.create_table(
        "version_reglement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.Column("charge_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_reglement")),
        sa.UniqueConstraint("empreinte", name=op.f("uq_version_reglement_empreinte")),
    )
    op.create_index(op.f("ix_version_reglement_programme"), "version_reglement", ["programme"], unique=False)


def creer_campagne() -> None:
    """Table campagne."""
    op.create_table(
        "campagne",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("nom", sa.String(length=200), nullable=False),
        sa.Column("version_reglement_id", sa.Integer(), nullable=False),
        sa.Column("ouverture", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cloture", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fin", sa.DateTime(timezone=True), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("prefixe", sa.String(length=12), nullable=False),
        sa.Column("compteur", sa.Integer(), nullable=False),
        sa.Column("courriel_suivi", sa.String(length=254), nullable=True),
        sa.Column("courriel_expediteur", sa.String(length=254), nullable=True),
        sa.Column("convention_reattribution", sa.String(length=200), nullable=True),
        sa.CheckConstraint("cloture > ouverture", name="ck_campagne_dates"),
        sa.CheckConstraint("places >= 0 AND compteur >= 0", name="ck_campagne_compteurs"),
        sa.ForeignKeyConstraint(
            ["version_reglement_id"], ["version_reglement.id"], name=op.f("fk_campagne_version_reglement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campagne")),
        sa.UniqueConstraint("code", name=op.f("uq_campagne_code")),
        sa.UniqueConstraint("prefixe", name=op.f("uq_campagne_prefixe")),
    )


def creer_personne() -> None:
    """Table personne."""
    op.create_table(
        "personne",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prenom", sa.String(length=80), nullable=False),
        sa.Column("nom", sa.String(length=80), nullable=False),
        sa.Column("courriel", sa.String(length=254), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_personne_structure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personne")),
        sa.UniqueConstraint("courriel", name=op.f("uq_personne_courriel")),
    )
    op.create_index(op.f("ix_personne_structure_id"), "personne", ["structure_id"], unique=False)


def creer_enveloppe() -> None:
    """Table enveloppe."""
    op.create_table(
        "enveloppe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(length=30), nullable=False),
        sa.Column("montant", sa.BigInteger(), nullable=False),
        sa.Column("engage_net", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("montant >= 0 AND engage_net >= 0 AND engage_net <= montant", name="ck_enveloppe_solde"),
        sa.ForeignKeyConstraint(["campagne_id"], ["campagne.id"], name=op.f("fk_enveloppe_campagne_id")),
        sa.ForeignKeyConstraint(["financeur_id"], ["structure.id"], name=op.f("fk_enveloppe_financeur_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enveloppe")),
        sa.UniqueConstraint(
            "campagne_id", "nature", "financeur_id", name=op.f("uq_enveloppe_campagne_id_nature_financeur_id")
        ),
    )
    op.create_index(op.f("ix_enveloppe_campagne_id"), "enveloppe", ["campagne_id"], unique=False)
