"""Ballots that nothing erases: numbered, each vote and agreement kept with the instant it was replaced.

A decision names the ballot that adopted it; those taken before had one at most.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

UNICITES = {
    "vote": ("uq_vote_comite_id_dossier_id_acte_membre", ["comite_id", "dossier_id", "acte", "membre"]),
    "consensus": ("uq_consensus_comite_id_dossier_id_acte", ["comite_id", "dossier_id", "acte"]),
}
DECISIONS = {"deliberation": "deliberation.acte", "examen_participation": "'examiner_participation'"}


def upgrade() -> None:
    """One line in force by seat (or by session), any number before it; then name the ballot of each decision."""
    for table, (unicite, colonnes) in UNICITES.items():
        with op.batch_alter_table(table) as lot:
            lot.add_column(sa.Column("tour", sa.Integer(), nullable=False, server_default="1"))
            lot.add_column(sa.Column("remplace_le", sa.DateTime(timezone=True), nullable=True))
            lot.drop_constraint(op.f(unicite), type_="unique")
        en_vigueur = sa.text("remplace_le IS NULL")
        op.create_index(
            f"uq_{table}_en_vigueur",
            table,
            colonnes,
            unique=True,
            sqlite_where=en_vigueur,
            postgresql_where=en_vigueur,
        )
    for table, acte in DECISIONS.items():
        op.add_column(table, sa.Column("tour", sa.Integer(), nullable=True))
        for dit in UNICITES:
            op.execute(
                f"UPDATE {table} SET tour = 1 WHERE EXISTS (SELECT 1 FROM {dit} WHERE {dit}.comite_id = "  # noqa: S608 -- our own names
                f"{table}.comite_id AND {dit}.dossier_id = {table}.dossier_id AND {dit}.acte = {acte})"
            )


def downgrade() -> None:
    """Keep what was in force, as before."""
    for table in DECISIONS:
        op.drop_column(table, "tour")
    for table, (unicite, colonnes) in UNICITES.items():
        op.execute(f"DELETE FROM {table} WHERE remplace_le IS NOT NULL")  # noqa: S608 -- our own names
        op.drop_index(f"uq_{table}_en_vigueur", table_name=table)
        with op.batch_alter_table(table) as lot:
            lot.drop_column("remplace_le")
            lot.drop_column("tour")
            lot.create_unique_constraint(op.f(unicite), colonnes)
