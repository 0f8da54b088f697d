"""What the tests of imports share: files written in one line, and a small world with a grille and evaluators."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, SQLModel, func, select

from ami.campagnes import ouvrir_campagne
from ami.imports import importer
from ami.imports_rapport import RapportImport
from ami.models import Affectation, Campagne, Dossier, Habilitation, Personne, Structure, Territoire
from ami.sujets import Acteur, identifiant
from rules.chargement import charger_texte

from .conftest import MAINTENANT, REGLEMENT

GRILLE = """\
grille:
  note_min: 0
  note_max: 5
  non_applicable: {non_applicable}
  evaluateurs_par_dossier: 2
  evaluations_minimales: 1
  commentaire_aux_extremes: true
  hypothese: true
  criteres:
    - {{code: qualite, libelle: Qualité du projet, poids: 60, hypothese: true}}
    - {{code: mixite, libelle: Mixité sociale, poids: 40, hypothese: true}}
"""
NOTER = """\
      - code: brouillon_de_note
        libelle: Notes provisoires
        de: [ouvert]
        acte: noter
        roles: [evaluateur]
        article: art. 6
        quand: '!donnees.final'
      - code: rendu
        libelle: Évaluation rendue
        de: [ouvert]
        acte: noter
        roles: [evaluateur]
        article: art. 7
        quand: donnees.final
"""


def reglement_note(non_applicable: str = "interdit") -> str:
    """The small règlement with a grille and the act `noter`."""
    avant = "recours: Écrivez"
    return REGLEMENT.replace(avant, GRILLE.format(non_applicable=non_applicable) + avant) + NOTER


def ecrire(dossier: Path, nom: str, texte: str, encodage: str = "utf-8") -> Path:
    """A file with this text."""
    fichier = dossier / nom
    fichier.write_bytes(texte.encode(encodage))
    return fichier


def erreurs(rapport: RapportImport) -> list[tuple[int, str]]:
    """Where the errors are."""
    return [(erreur.ligne, erreur.colonne) for erreur in rapport.erreurs]


def combien(session: Session, table: type[SQLModel]) -> int:
    """How many rows a table has."""
    return session.exec(select(func.count()).select_from(table)).one()


@dataclass
class Notation:
    """A campagne with a grille, one dossier given to three evaluators, and a fourth without a dossier."""

    campagne: Campagne
    dossier: Dossier
    agent: Acteur

    def importer(self, session: Session, fichier: Path, **options: object) -> RapportImport:
        """Import evaluations into the campagne."""
        return importer(
            session,
            "evaluations",
            fichier,
            maintenant=MAINTENANT,
            campagne=self.campagne,
            **options,  # type: ignore[arg-type]
        )


def planter(session: Session, non_applicable: str = "interdit") -> Notation:
    """Build that world."""
    campagne = ouvrir_campagne(
        session,
        code="ESSAI-2026",
        nom="Essai 2026",
        prefixe="ES26",
        charge=charger_texte(reglement_note(non_applicable), "essai.yaml"),
        ouverture=datetime(2026, 1, 1, tzinfo=UTC),
        cloture=datetime(2026, 6, 1, tzinfo=UTC),
        fin=None,
        places=2,
        maintenant=MAINTENANT,
    )
    porteur = Structure(nom="Habitat du Mirail", kind="organisme_hlm", siret="73282932000074")
    quartier = Territoire(code="QP031001", millesime=2015, kind="QPV", nom="Mirail", commune="Toulouse")
    anne = Personne(prenom="Anne", nom="Martin", courriel="anne@example.org")
    session.add_all([porteur, quartier, anne])
    session.flush()
    agent = Acteur("agent", identifiant(anne))
    _habiliter(session, campagne, anne, "agent")
    dossier = Dossier(
        campagne_id=identifiant(campagne),
        numero="ES26-0900",
        titre="Les Terrasses",
        porteur_id=porteur.id,
        etat="ouvert",
        version=1,
        cree_le=MAINTENANT,
        etat_depuis=MAINTENANT,
    )
    session.add(dossier)
    session.flush()
    for nom in ("eva1", "eva2", "eva3", "libre"):
        personne = Personne(prenom=nom, nom="Juge", courriel=f"{nom}@example.org")
        session.add(personne)
        session.flush()
        _habiliter(session, campagne, personne, "evaluateur")
        if nom != "libre":
            affectation = Affectation(
                dossier_id=identifiant(dossier), personne_id=identifiant(personne), demandee_le=MAINTENANT
            )
            session.add(affectation)
    session.flush()
    return Notation(campagne, dossier, agent)


def _habiliter(session: Session, campagne: Campagne, personne: Personne, role: str) -> None:
    session.add(
        Habilitation(personne_id=identifiant(personne), role=role, campagne_id=identifiant(campagne), depuis=MAINTENANT)
    )
