"""An evaluation asked beyond those the grille wants, because the others disagree.

A column with a default, never a copied table: SQLite would empty those that point to it on the way.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every evaluation asked so far was one the grille wanted."""
    op.add_column("affectation", sa.Column("supplementaire", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Forget which evaluations were further ones."""
    op.drop_column("affectation", "supplementaire")
