"""What a document issued says, in short: nature, amount, and the hash of its content."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; documents kept before say nothing of themselves."""
    op.add_column("document_emis", sa.Column("donnees", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("document_emis", "donnees")
