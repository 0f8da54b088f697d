"""The memory of the door: journal, constats, échéances, refusals, incidents, seals."""

import sqlalchemy as sa
from alembic import op

from ami.migrations.ajout_seul import interdire_modification, permettre_modification

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, parents first."""
    creer_constat()
    creer_incident()
    creer_journal()
    creer_journal_detail()
    creer_refus()
    creer_sceau()
    creer_echeance()
    creer_reclamation()
    creer_relance_emise()
    interdire_modification(op.get_bind(), "journal")


def downgrade() -> None:
    """Drop the tables, children first."""
    permettre_modification(op.get_bind(), "journal")
    for table in (
        "relance_emise",
        "reclamation",
        "echeance",
        "sceau",
        "refus",
        "journal_detail",
        "journal",
        "incident",
        "constat",
    ):
        op.drop_table(table)


def creer_constat() -> None:
    """Table constat."""
    op.create_table(
        "constat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sujet_kind", sa.String(length=30), nullable=False),
        sa.Column("sujet_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("regle", sa.String(length=60), nullable=False),
        sa.Column("article", sa.String(length=200), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=False),
        sa.Column("valeur", sa.Text(), nullable=False),
        sa.Column("seuil", sa.Text(), nullable=False),
        sa.Column("satisfait", sa.Boolean(), nullable=False),
        sa.Column("raison", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_constat")),
    )
    op.create_index(op.f("ix_constat_sujet_id"), "constat", ["sujet_id"], unique=False)
    op.create_index(op.f("ix_constat_sujet_kind"), "constat", ["sujet_kind"], unique=False)


def creer_incident() -> None:
    """Table incident."""
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sujet_kind", sa.String(length=30), nullable=False),
        sa.Column("sujet_id", sa.Integer(), nullable=False),
        sa.Column("origine", sa.String(length=60), nullable=False),
        sa.Column("raison", sa.Text(), nullable=False),
        sa.Column("vu_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fois", sa.Integer(), nullable=False),
        sa.Column("resolu_le", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("sujet_kind", "sujet_id", "origine", name=op.f("uq_incident_sujet_kind_sujet_id_origine")),
    )


def creer_journal() -> None:
    """Table journal."""
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sujet_kind", sa.String(length=30), nullable=False),
        sa.Column("sujet_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur_id", sa.Integer(), nullable=True),
        sa.Column("acteur_role", sa.String(length=30), nullable=False),
        sa.Column("transition", sa.String(length=60), nullable=False),
        sa.Column("de", sa.String(length=60), nullable=True),
        sa.Column("vers", sa.String(length=60), nullable=False),
        sa.Column("constats_empreinte", sa.String(length=64), nullable=False),
        sa.Column("donnees_empreinte", sa.String(length=64), nullable=False),
        sa.Column("clef", sa.String(length=120), nullable=True),
        sa.Column("precedent", sa.String(length=64), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.CheckConstraint("seq > 0", name="ck_journal_seq"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("clef", name=op.f("uq_journal_clef")),
        sa.UniqueConstraint("sujet_kind", "sujet_id", "seq", name=op.f("uq_journal_sujet_kind_sujet_id_seq")),
    )


def creer_journal_detail() -> None:
    """Table journal_detail."""
    op.create_table(
        "journal_detail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sujet_kind", sa.String(length=30), nullable=False),
        sa.Column("sujet_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sel", sa.String(length=64), nullable=False),
        sa.Column("donnees", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_detail")),
        sa.UniqueConstraint("sujet_kind", "sujet_id", "seq", name=op.f("uq_journal_detail_sujet_kind_sujet_id_seq")),
    )


def creer_refus() -> None:
    """Table refus."""
    op.create_table(
        "refus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur_id", sa.Integer(), nullable=True),
        sa.Column("acteur_role", sa.String(length=30), nullable=False),
        sa.Column("sujet_kind", sa.String(length=30), nullable=False),
        sa.Column("sujet_id", sa.Integer(), nullable=True),
        sa.Column("acte", sa.String(length=60), nullable=False),
        sa.Column("raison", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refus")),
    )


def creer_sceau() -> None:
    """Table sceau."""
    op.create_table(
        "sceau",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("jour", sa.String(length=10), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.Column("racine", sa.String(length=64), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.Column("lignes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sceau")),
        sa.UniqueConstraint("jour", name=op.f("uq_sceau_jour")),
    )


def creer_echeance() -> None:
    """Table echeance."""
    op.create_table(
        "echeance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sujet_kind", sa.String(length=30), nullable=False),
        sa.Column("sujet_id", sa.Integer(), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("acte", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("personne_id", sa.Integer(), nullable=True),
        sa.Column("ouverte_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ouverte_seq", sa.Integer(), nullable=False),
        sa.Column("due_a", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fermee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fermee_par", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["campagne_id"], ["campagne.id"], name=op.f("fk_echeance_campagne_id")),
        sa.ForeignKeyConstraint(["personne_id"], ["personne.id"], name=op.f("fk_echeance_personne_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_echeance")),
        sa.UniqueConstraint(
            "sujet_kind",
            "sujet_id",
            "code",
            "personne_id",
            "ouverte_seq",
            name=op.f("uq_echeance_sujet_kind_sujet_id_code_personne_id_ouverte_seq"),
        ),
    )
    op.create_index(op.f("ix_echeance_campagne_id"), "echeance", ["campagne_id"], unique=False)
    op.create_index(op.f("ix_echeance_due_a"), "echeance", ["due_a"], unique=False)
    op.create_index(op.f("ix_echeance_sujet_id"), "echeance", ["sujet_id"], unique=False)
    op.create_index(op.f("ix_echeance_sujet_kind"), "echeance", ["sujet_kind"], unique=False)


def creer_reclamation() -> None:
    """Table reclamation."""
    op.create_table(
        "reclamation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("etat", sa.String(length=60), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("etat_depuis", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("auteur_id", sa.Integer(), nullable=False),
        sa.Column("objet", sa.String(length=200), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.Column("reponse", sa.Text(), nullable=True),
        sa.Column("suite", sa.String(length=20), nullable=True),
        sa.Column("recue_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(version = 0) = (etat IS NULL)", name="ck_reclamation_etat_version"),
        sa.ForeignKeyConstraint(["auteur_id"], ["personne.id"], name=op.f("fk_reclamation_auteur_id")),
        sa.ForeignKeyConstraint(["campagne_id"], ["campagne.id"], name=op.f("fk_reclamation_campagne_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_reclamation_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reclamation")),
    )
    op.create_index(op.f("ix_reclamation_campagne_id"), "reclamation", ["campagne_id"], unique=False)
    op.create_index(op.f("ix_reclamation_dossier_id"), "reclamation", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_reclamation_etat"), "reclamation", ["etat"], unique=False)


def creer_relance_emise() -> None:
    """Table relance_emise."""
    op.create_table(
        "relance_emise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("echeance_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("issue", sa.String(length=10), nullable=False),
        sa.Column("prevue_a", sa.DateTime(timezone=True), nullable=False),
        sa.Column("emise_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("issue IN ('envoyee','passee')", name="ck_relance_emise_issue"),
        sa.ForeignKeyConstraint(["echeance_id"], ["echeance.id"], name=op.f("fk_relance_emise_echeance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relance_emise")),
        sa.UniqueConstraint("echeance_id", "code", name=op.f("uq_relance_emise_echeance_id_code")),
    )
    op.create_index(op.f("ix_relance_emise_echeance_id"), "relance_emise", ["echeance_id"], unique=False)
