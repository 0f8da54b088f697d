"""Dossiers and what is laid in them; who may do what on them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, parents first."""
    creer_dossier()
    creer_action_sensibilisation()
    creer_dossier_territoire()
    creer_etude()
    creer_habilitation()
    creer_ligne_plan()
    creer_piece()
    creer_invite()
    creer_volet_etude()


def downgrade() -> None:
    """Drop the tables, children first."""
    for table in (
        "volet_etude",
        "invite",
        "piece",
        "ligne_plan",
        "habilitation",
        "etude",
        "dossier_territoire",
        "action_sensibilisation",
        "dossier",
    ):
        op.drop_table(table)


def creer_dossier() -> None:
    """Table dossier."""
    op.create_table(
        "dossier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("etat", sa.String(length=60), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("etat_depuis", sa.DateTime(timezone=True), nullable=True),
        sa.Column("numero", sa.String(length=24), nullable=False),
        sa.Column("titre", sa.String(length=200), nullable=False),
        sa.Column("porteur_id", sa.Integer(), nullable=True),
        sa.Column("accompagnateur_id", sa.Integer(), nullable=True),
        sa.Column("reponses", sa.JSON(), nullable=False),
        sa.Column("cout_prevu", sa.BigInteger(), nullable=False),
        sa.Column("montant_demande", sa.BigInteger(), nullable=False),
        sa.Column("montant_accorde", sa.BigInteger(), nullable=False),
        sa.Column("depenses_reelles", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(version = 0) = (etat IS NULL)", name="ck_dossier_etat_version"),
        sa.CheckConstraint(
            "cout_prevu >= 0 AND montant_demande >= 0 AND montant_accorde >= 0", name="ck_dossier_montants"
        ),
        sa.ForeignKeyConstraint(["accompagnateur_id"], ["structure.id"], name=op.f("fk_dossier_accompagnateur_id")),
        sa.ForeignKeyConstraint(["campagne_id"], ["campagne.id"], name=op.f("fk_dossier_campagne_id")),
        sa.ForeignKeyConstraint(["porteur_id"], ["structure.id"], name=op.f("fk_dossier_porteur_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("numero", name=op.f("uq_dossier_numero")),
    )
    op.create_index(op.f("ix_dossier_accompagnateur_id"), "dossier", ["accompagnateur_id"], unique=False)
    op.create_index(op.f("ix_dossier_campagne_id"), "dossier", ["campagne_id"], unique=False)
    op.create_index(op.f("ix_dossier_etat"), "dossier", ["etat"], unique=False)
    op.create_index(op.f("ix_dossier_porteur_id"), "dossier", ["porteur_id"], unique=False)


def creer_action_sensibilisation() -> None:
    """Table action_sensibilisation."""
    op.create_table(
        "action_sensibilisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("prevue_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lieu", sa.String(length=200), nullable=False),
        sa.Column("publics", sa.JSON(), nullable=False),
        sa.Column("cout_prevu", sa.BigInteger(), nullable=False),
        sa.Column("realisee_le", sa.Date(), nullable=True),
        sa.Column("presence", sa.JSON(), nullable=False),
        sa.Column("compte_rendu", sa.Text(), nullable=True),
        sa.Column("cout_reel", sa.BigInteger(), nullable=True),
        sa.Column("projets", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_action_sensibilisation_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_sensibilisation")),
    )
    op.create_index(
        op.f("ix_action_sensibilisation_dossier_id"), "action_sensibilisation", ["dossier_id"], unique=False
    )


def creer_dossier_territoire() -> None:
    """Table dossier_territoire."""
    op.create_table(
        "dossier_territoire",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_territoire_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", "code", name=op.f("pk_dossier_territoire")),
    )


def creer_etude() -> None:
    """Table etude."""
    op.create_table(
        "etude",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("cout_reel", sa.BigInteger(), nullable=False),
        sa.Column("deposee_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_etude_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_etude")),
        sa.UniqueConstraint("dossier_id", name=op.f("uq_etude_dossier_id")),
    )


def creer_habilitation() -> None:
    """Table habilitation."""
    op.create_table(
        "habilitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("personne_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=True),
        sa.Column("dossier_id", sa.Integer(), nullable=True),
        sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('porteur','accompagnateur','agent','evaluateur','membre_comite','financeur')",
            name="ck_habilitation_role",
        ),
        sa.CheckConstraint("(campagne_id IS NULL) <> (dossier_id IS NULL)", name="ck_habilitation_portee"),
        sa.ForeignKeyConstraint(["campagne_id"], ["campagne.id"], name=op.f("fk_habilitation_campagne_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_habilitation_dossier_id")),
        sa.ForeignKeyConstraint(["personne_id"], ["personne.id"], name=op.f("fk_habilitation_personne_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_habilitation")),
    )
    op.create_index(op.f("ix_habilitation_campagne_id"), "habilitation", ["campagne_id"], unique=False)
    op.create_index(op.f("ix_habilitation_dossier_id"), "habilitation", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_habilitation_personne_id"), "habilitation", ["personne_id"], unique=False)
    op.create_index("ux_habilitation_campagne", "habilitation", ["personne_id", "role", "campagne_id"], unique=True)
    op.create_index("ux_habilitation_dossier", "habilitation", ["personne_id", "role", "dossier_id"], unique=True)


def creer_ligne_plan() -> None:
    """Table ligne_plan."""
    op.create_table(
        "ligne_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("sens", sa.String(length=10), nullable=False),
        sa.Column("libelle", sa.String(length=200), nullable=False),
        sa.Column("montant", sa.BigInteger(), nullable=False),
        sa.Column("financeur", sa.String(length=200), nullable=True),
        sa.Column("statut", sa.String(length=10), nullable=False),
        sa.Column("en_nature", sa.Boolean(), nullable=False),
        sa.CheckConstraint("sens IN ('emploi','ressource')", name="ck_ligne_plan_sens"),
        sa.CheckConstraint("statut IN ('','sollicite','acquis')", name="ck_ligne_plan_statut"),
        sa.CheckConstraint("montant >= 0", name="ck_ligne_plan_montant"),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_ligne_plan_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne_plan")),
    )
    op.create_index(op.f("ix_ligne_plan_dossier_id"), "ligne_plan", ["dossier_id"], unique=False)


def creer_piece() -> None:
    """Table piece."""
    op.create_table(
        "piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("nom_origine", sa.String(length=255), nullable=False),
        sa.Column("type_reel", sa.String(length=100), nullable=False),
        sa.Column("taille", sa.Integer(), nullable=False),
        sa.Column("deposee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deposee_par", sa.Integer(), nullable=True),
        sa.CheckConstraint("taille > 0", name="ck_piece_taille"),
        sa.ForeignKeyConstraint(["deposee_par"], ["personne.id"], name=op.f("fk_piece_deposee_par")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_piece_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_piece")),
        sa.UniqueConstraint("dossier_id", "code", "empreinte", name=op.f("uq_piece_dossier_id_code_empreinte")),
    )
    op.create_index(op.f("ix_piece_dossier_id"), "piece", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_piece_empreinte"), "piece", ["empreinte"], unique=False)


def creer_invite() -> None:
    """Table invite."""
    op.create_table(
        "invite",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("personne_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action_sensibilisation.id"], name=op.f("fk_invite_action_id")),
        sa.ForeignKeyConstraint(["personne_id"], ["personne.id"], name=op.f("fk_invite_personne_id")),
        sa.PrimaryKeyConstraint("action_id", "personne_id", name=op.f("pk_invite")),
    )


def creer_volet_etude() -> None:
    """Table volet_etude."""
    op.create_table(
        "volet_etude",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("etude_id", sa.Integer(), nullable=False),
        sa.Column("volet", sa.String(length=60), nullable=False),
        sa.Column("statut", sa.String(length=10), nullable=False),
        sa.Column("resume", sa.Text(), nullable=False),
        sa.Column("commentaire", sa.Text(), nullable=False),
        sa.Column("depose_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("statut IN ('depose','renvoye','valide')", name="ck_volet_etude_statut"),
        sa.ForeignKeyConstraint(["etude_id"], ["etude.id"], name=op.f("fk_volet_etude_etude_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volet_etude")),
        sa.UniqueConstraint("etude_id", "volet", name=op.f("uq_volet_etude_etude_id_volet")),
    )
    op.create_index(op.f("ix_volet_etude_etude_id"), "volet_etude", ["etude_id"], unique=False)
