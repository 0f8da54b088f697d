"""Quartiers: interest of a NPNRU one, bounds of a contour; evidence of where a project stands."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BORNES = ("ouest", "sud", "est", "nord")
INTERET = "interet IS NULL OR (kind = 'NPNRU' AND interet IN ('national','regional'))"


def upgrade() -> None:
    """Complete the quartiers, then create the evidence."""
    completer_territoire()
    creer_preuve_territoire()


def downgrade() -> None:
    """The reverse."""
    op.drop_table("preuve_territoire")
    with op.batch_alter_table("territoire") as table:
        table.drop_constraint("ck_territoire_interet", type_="check")
        table.drop_constraint("ck_territoire_bornes", type_="check")
        for colonne in (*BORNES, "interet"):
            table.drop_column(colonne)


def completer_territoire() -> None:
    """New columns of territoire; SQLite copies the table to take the checks."""
    with op.batch_alter_table("territoire") as table:
        table.add_column(sa.Column("interet", sa.String(length=10), nullable=True))
        for colonne in BORNES:
            table.add_column(sa.Column(colonne, sa.Integer(), nullable=True))
        table.create_check_constraint("ck_territoire_interet", INTERET)
        table.create_check_constraint("ck_territoire_bornes", "ouest <= est AND sud <= nord")


def creer_preuve_territoire() -> None:
    """Table preuve_territoire."""
    op.create_table(
        "preuve_territoire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=True),
        sa.Column("millesime", sa.Integer(), nullable=True),
        sa.Column("designe", sa.Boolean(), nullable=False),
        sa.Column("longitude", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Integer(), nullable=True),
        sa.Column("dedans", sa.Boolean(), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("empreinte", sa.String(length=64), nullable=True),
        sa.Column("verifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name="ck_preuve_territoire_point"),
        sa.CheckConstraint("(dedans IS NULL) = (distance_m IS NULL)", name="ck_preuve_territoire_mesure"),
        sa.CheckConstraint("distance_m >= 0", name="ck_preuve_territoire_distance"),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_preuve_territoire_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preuve_territoire")),
        sa.UniqueConstraint(
            "dossier_id",
            "verifie_le",
            "code",
            "kind",
            "millesime",
            name=op.f("uq_preuve_territoire_dossier_id_verifie_le_code_kind_millesime"),
        ),
    )
    op.create_index(op.f("ix_preuve_territoire_dossier_id"), "preuve_territoire", ["dossier_id"], unique=False)
