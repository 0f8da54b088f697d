"""Sessions of the comité: convened, moved, cancelled; who sat where, on what, and what each said or all agreed on."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

COLONNES = ("sieges", "ordre_du_jour", "revision", "annulee_le", "annulation")
AVANT = ["comite_id", "dossier_id", "membre"]
APRES = ["comite_id", "dossier_id", "acte", "membre"]


def upgrade() -> None:
    """Add what a session keeps; a vote is on an act, since one session may examine a dossier twice."""
    op.add_column("comite", sa.Column("sieges", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("comite", sa.Column("ordre_du_jour", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("comite", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("comite", sa.Column("annulee_le", sa.DateTime(timezone=True), nullable=True))
    op.add_column("comite", sa.Column("annulation", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("vote") as lot:
        lot.add_column(sa.Column("acte", sa.String(length=40), nullable=False, server_default=""))
        lot.drop_constraint(op.f("uq_vote_comite_id_dossier_id_membre"), type_="unique")
        lot.create_unique_constraint(op.f("uq_vote_comite_id_dossier_id_acte_membre"), APRES)
    creer_consensus()


# A session that examined a dossier twice has two votes of one seat; before, only one was kept: the last.
DERNIERS = """
    DELETE FROM vote WHERE EXISTS (
        SELECT 1 FROM vote AS suivant
        WHERE suivant.comite_id = vote.comite_id AND suivant.dossier_id = vote.dossier_id
            AND suivant.membre = vote.membre
            AND (suivant.note_le > vote.note_le OR (suivant.note_le = vote.note_le AND suivant.id > vote.id))
    )
"""


def downgrade() -> None:
    """Drop them; of two votes of one seat on a dossier, the last is kept."""
    op.drop_table("consensus")
    op.execute(DERNIERS)
    with op.batch_alter_table("vote") as lot:
        lot.drop_constraint(op.f("uq_vote_comite_id_dossier_id_acte_membre"), type_="unique")
        lot.create_unique_constraint(op.f("uq_vote_comite_id_dossier_id_membre"), AVANT)
        lot.drop_column("acte")
    for colonne in reversed(COLONNES):
        op.drop_column("comite", colonne)


def creer_consensus() -> None:
    """Table consensus."""
    op.create_table(
        "consensus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comite_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("acte", sa.String(length=40), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("note_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comite_id"], ["comite.id"], name=op.f("fk_consensus_comite_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_consensus_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consensus")),
        sa.UniqueConstraint("comite_id", "dossier_id", "acte", name=op.f("uq_consensus_comite_id_dossier_id_acte")),
    )
    op.create_index(op.f("ix_consensus_comite_id"), "consensus", ["comite_id"], unique=False)
    op.create_index(op.f("ix_consensus_dossier_id"), "consensus", ["dossier_id"], unique=False)
