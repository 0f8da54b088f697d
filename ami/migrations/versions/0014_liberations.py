"""When money went back to its enveloppe: a row per libération, so that ledgers are dated line by line.

What was freed before keeps its sum, dated by the last move of its dossier: the journal does not hold amounts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, then write what was freed already."""
    op.create_table(
        "liberation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("sujet_version", sa.Integer(), nullable=False),
        sa.Column("montant", sa.BigInteger(), nullable=False),
        sa.Column("libere_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("montant > 0", name="ck_liberation_montant"),
        sa.ForeignKeyConstraint(["engagement_id"], ["engagement.id"], name="fk_liberation_engagement_id"),
        sa.PrimaryKeyConstraint("id", name="pk_liberation"),
    )
    op.create_index("ix_liberation_engagement_id", "liberation", ["engagement_id"])
    op.execute(
        "INSERT INTO liberation (engagement_id, sujet_version, montant, libere_le) "
        "SELECT e.id, d.version, e.libere, COALESCE(d.etat_depuis, e.engage_le) "
        "FROM engagement e JOIN dossier d ON d.id = e.dossier_id WHERE e.libere > 0"
    )


def downgrade() -> None:
    """Drop the table: the sums stay on the engagements."""
    op.drop_index("ix_liberation_engagement_id", table_name="liberation")
    op.drop_table("liberation")
