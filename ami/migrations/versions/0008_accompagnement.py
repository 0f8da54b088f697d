"""What surrounds a dossier: partners, avis, revues, hearings, participation, avenants, spending, readings.

A person consulted gets a role, and a participation is paid at once: two checks are widened.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

ROLES = "'porteur','accompagnateur','agent','evaluateur','membre_comite','financeur'"
MOTIFS = "'acompte','intermediaire','solde'"


def upgrade() -> None:
    """Create the tables, then widen the checks."""
    creer_audition()
    creer_avenant()
    creer_avis()
    creer_depense_declaree()
    creer_examen_participation()
    creer_partenaire()
    creer_releve_indicateur()
    creer_revue()
    remplacer_controle("habilitation", "ck_habilitation_role", f"role IN ({ROLES},'consulte')")
    remplacer_controle("versement", "ck_versement_motif", f"motif IN ({MOTIFS},'unique','reversement')")


def downgrade() -> None:
    """Narrow the checks back, which fails when a row needs them wide; then drop the tables."""
    remplacer_controle("versement", "ck_versement_motif", f"motif IN ({MOTIFS},'reversement')")
    remplacer_controle("habilitation", "ck_habilitation_role", f"role IN ({ROLES})")
    for table in (
        "revue",
        "releve_indicateur",
        "partenaire",
        "examen_participation",
        "depense_declaree",
        "avis",
        "avenant",
        "audition",
    ):
        op.drop_table(table)


def remplacer_controle(table: str, nom: str, condition: str) -> None:
    """Replace a CHECK: PostgreSQL alters the table, SQLite copies it with its other checks."""
    with op.batch_alter_table(table) as lot:
        lot.drop_constraint(nom, type_="check")
        lot.create_check_constraint(nom, condition)


def creer_audition() -> None:
    """Table audition."""
    op.create_table(
        "audition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("tenue_le", sa.Date(), nullable=False),
        sa.Column("compte_rendu", sa.Text(), nullable=False),
        sa.Column("notee_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_audition_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audition")),
    )
    op.create_index(op.f("ix_audition_dossier_id"), "audition", ["dossier_id"], unique=False)


def creer_avenant() -> None:
    """Table avenant."""
    op.create_table(
        "avenant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(length=30), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("signe_le", sa.Date(), nullable=False),
        sa.Column("montant", sa.BigInteger(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.CheckConstraint("montant >= 0", name="ck_avenant_montant"),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_avenant_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avenant")),
        sa.UniqueConstraint("dossier_id", "reference", name=op.f("uq_avenant_dossier_id_reference")),
    )
    op.create_index(op.f("ix_avenant_dossier_id"), "avenant", ["dossier_id"], unique=False)


def creer_avis() -> None:
    """Table avis."""
    op.create_table(
        "avis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("personne_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("demande_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rendu_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sens", sa.String(length=12), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.Column("confidentiel", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(rendu_le IS NULL) = (sens = '')", name="ck_avis_rendu"),
        sa.CheckConstraint("sens IN ('','favorable','reserve','defavorable')", name="ck_avis_sens"),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_avis_dossier_id")),
        sa.ForeignKeyConstraint(["personne_id"], ["personne.id"], name=op.f("fk_avis_personne_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avis")),
    )
    op.create_index(op.f("ix_avis_dossier_id"), "avis", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_avis_personne_id"), "avis", ["personne_id"], unique=False)


def creer_depense_declaree() -> None:
    """Table depense_declaree."""
    op.create_table(
        "depense_declaree",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(length=30), nullable=False),
        sa.Column("montant", sa.BigInteger(), nullable=False),
        sa.Column("commentaire", sa.Text(), nullable=False),
        sa.Column("declaree_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("montant >= 0", name="ck_depense_declaree_montant"),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_depense_declaree_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_depense_declaree")),
    )
    op.create_index(op.f("ix_depense_declaree_dossier_id"), "depense_declaree", ["dossier_id"], unique=False)


def creer_examen_participation() -> None:
    """Table examen_participation."""
    op.create_table(
        "examen_participation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("comite_id", sa.Integer(), nullable=True),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("montant", sa.BigInteger(), nullable=False),
        sa.Column("capital", sa.BigInteger(), nullable=False),
        sa.Column("examine_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("montant >= 0 AND capital >= 0", name="ck_examen_participation_montants"),
        sa.ForeignKeyConstraint(["comite_id"], ["comite.id"], name=op.f("fk_examen_participation_comite_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_examen_participation_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examen_participation")),
    )
    op.create_index(op.f("ix_examen_participation_dossier_id"), "examen_participation", ["dossier_id"], unique=False)


def creer_partenaire() -> None:
    """Table partenaire."""
    op.create_table(
        "partenaire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("qualite", sa.String(length=20), nullable=False),
        sa.Column("apport", sa.BigInteger(), nullable=False),
        sa.Column("signe_le", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "qualite IN ('co_candidat','partenaire','co_investisseur','societe_projet')", name="ck_partenaire_qualite"
        ),
        sa.CheckConstraint("(signe_le IS NULL) = (reference IS NULL)", name="ck_partenaire_signature"),
        sa.CheckConstraint("apport >= 0", name="ck_partenaire_apport"),
        sa.ForeignKeyConstraint(["contact_id"], ["personne.id"], name=op.f("fk_partenaire_contact_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_partenaire_dossier_id")),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_partenaire_structure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partenaire")),
        sa.UniqueConstraint(
            "dossier_id", "structure_id", "qualite", name=op.f("uq_partenaire_dossier_id_structure_id_qualite")
        ),
    )
    op.create_index(op.f("ix_partenaire_dossier_id"), "partenaire", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_partenaire_structure_id"), "partenaire", ["structure_id"], unique=False)


def creer_releve_indicateur() -> None:
    """Table releve_indicateur."""
    op.create_table(
        "releve_indicateur",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("indicateur", sa.String(length=60), nullable=False),
        sa.Column("releve_le", sa.Date(), nullable=False),
        sa.Column("valeur", sa.BigInteger(), nullable=False),
        sa.Column("commentaire", sa.Text(), nullable=False),
        sa.Column("note_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_releve_indicateur_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releve_indicateur")),
        sa.UniqueConstraint(
            "dossier_id", "indicateur", "releve_le", name=op.f("uq_releve_indicateur_dossier_id_indicateur_releve_le")
        ),
    )
    op.create_index(op.f("ix_releve_indicateur_dossier_id"), "releve_indicateur", ["dossier_id"], unique=False)


def creer_revue() -> None:
    """Table revue."""
    op.create_table(
        "revue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("tenue_le", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("prochaine_le", sa.Date(), nullable=True),
        sa.Column("notee_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_revue_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revue")),
    )
    op.create_index(op.f("ix_revue_dossier_id"), "revue", ["dossier_id"], unique=False)
