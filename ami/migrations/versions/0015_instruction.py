"""What the instruction keeps: things asked for, reserves of an avis, eligible uses of money, what a constat stops."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, then add the columns with a default: SQLite would copy a table otherwise."""
    op.create_table(
        "demande_piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.Column("demandee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demandee_par", sa.Integer(), nullable=True),
        sa.Column("avant_le", sa.Date(), nullable=False),
        sa.Column("repondue_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reponse", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["demandee_par"], ["personne.id"], name=op.f("fk_demande_piece_demandee_par")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_demande_piece_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demande_piece")),
    )
    op.create_index(op.f("ix_demande_piece_dossier_id"), "demande_piece", ["dossier_id"], unique=False)
    op.add_column("avis", sa.Column("reserves", sa.Text(), nullable=False, server_default=""))
    op.add_column("ligne_plan", sa.Column("eligible", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("constat", sa.Column("defaut", sa.String(length=15), nullable=False, server_default="bloquant"))


def downgrade() -> None:
    """Drop the columns, then the table."""
    op.drop_column("constat", "defaut")
    op.drop_column("ligne_plan", "eligible")
    op.drop_column("avis", "reserves")
    op.drop_table("demande_piece")
