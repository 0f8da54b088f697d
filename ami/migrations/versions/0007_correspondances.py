"""Which columns of which files were said to be which fields."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "correspondance_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("colonnes", sa.JSON(), nullable=False),
        sa.Column("memorisee_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correspondance_import")),
        sa.UniqueConstraint("kind", "empreinte", name=op.f("uq_correspondance_import_kind_empreinte")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("correspondance_import")
