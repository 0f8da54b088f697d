"""`ami importer` as an operator runs it: what it says, what it writes, its exit codes."""

from pathlib import Path

import openpyxl
import pytest
from sqlmodel import Session, select

from ami.commandes.commun import reglages
from ami.database import creer_engine
from ami.models import Affectation, Dossier, Note, Personne, Structure
from ami.sujets import identifiant
from tests.support.ligne import Ami

from .conftest import MAINTENANT
from .outils import reglement_note
from .test_commandes import CAMPAGNE, DOSSIERS, STRUCTURES

PERSONNES = """\
prenom;nom;courriel;roles
Paul;Agent;paul@example.org;agent
Anne;Martin;anne@example.org;
Eva;Juge;eva@example.org;evaluateur
"""
NOTES = "Dossier;Évaluateur;Qualité du projet;Mixité sociale\nES26-0001;eva@example.org;3,5;4\n"
FAUTIF = "Nom;Type;SIRET\nBonne;association;\n=Mauvaise;assocation;732 829 320 00075\n"
AUTRES_NOMS = "Dénomination sociale;Nature juridique\nLes Lilas;association\n"


@pytest.fixture
def poste(tmp_path: Path) -> Path:
    """A folder with the files an operator has."""
    fichiers = {
        "reglement.yaml": reglement_note(),
        "campagne.yaml": CAMPAGNE,
        "structures.csv": STRUCTURES,
        "personnes.csv": PERSONNES,
        "dossiers.csv": DOSSIERS,
        "notes.csv": NOTES,
        "fautif.csv": FAUTIF,
        "autres.csv": AUTRES_NOMS,
        "colonnes.yaml": "Dénomination sociale: nom\nNature juridique: type\n",
        "objets.json": '[{"nom": "Les Lilas", "type": "association"}, {"nom": "X", "type": "?"}]',
    }
    for nom, texte in fichiers.items():
        (tmp_path / nom).write_text(texte, encoding="utf-8")
    return tmp_path


def reussir(ami: Ami, *arguments: object) -> str:
    """Run a command that must succeed; give what it says."""
    fait = ami(*arguments)
    assert fait.code == 0, fait.dit + fait.erreur
    return fait.dit


def base() -> Session:
    return Session(creer_engine(reglages()))


def test_les_notes_d_un_tableur_s_importent_au_nom_des_evaluateurs(ami: Ami, occitanie: Path) -> None:
    reussir(ami, "campagne", "ouvrir", "campagne.yaml")
    reussir(ami, "importer", "territoires", occitanie)
    reussir(ami, "importer", "structures", "structures.csv")
    reussir(ami, "importer", "personnes", "personnes.csv", "--campagne", "ESSAI-2026")
    reussir(ami, "importer", "dossiers", "dossiers.csv", "--campagne", "ESSAI-2026", "--par", "paul@example.org")
    refuse = ami("importer", "evaluations", "notes.csv", "--campagne", "ESSAI-2026")
    assert refuse.code == 1
    assert "Le dossier ES26-0001" in refuse.dit
    with base() as session:
        eva = session.exec(select(Personne).where(Personne.nom == "Juge")).one()
        dossier = session.exec(select(Dossier)).one()
        session.add(Affectation(dossier_id=identifiant(dossier), personne_id=identifiant(eva), demandee_le=MAINTENANT))
        session.commit()
    notes = ("importer", "evaluations", "notes.csv", "--campagne", "ESSAI-2026")
    assert "Évaluations : 1 créé(s)" in reussir(ami, *notes, "--simulation")
    assert "Évaluations : 1 créé(s)" in reussir(ami, *notes)
    assert "1 inchangé(s)" in reussir(ami, *notes)
    assert "1 mis à jour" in reussir(ami, *notes, "--finales")
    with base() as session:
        assert session.exec(select(Affectation.statut)).one() == "rendue"
        assert len(session.exec(select(Note)).all()) == 2


def test_le_rapport_est_une_copie_annotee_et_la_colonne_porte_sa_lettre(ami: Ami, poste: Path) -> None:
    refuse = ami("importer", "structures", "fautif.csv", "--bonnes-lignes", "--rapport", "rapports/retour.xlsx")
    assert refuse.code == 1
    assert "C · SIRET" in refuse.dit
    assert "Copie annotée : rapports/retour.xlsx" in refuse.dit
    feuille = openpyxl.load_workbook(poste / "rapports" / "retour.xlsx")["Lignes annotées"]
    assert (feuille["A3"].value, feuille["A3"].data_type) == ("=Mauvaise", "s")
    assert feuille["B3"].fill.fgColor.rgb == "FFFFC7CE"
    with base() as session:
        assert session.exec(select(Structure.nom)).all() == ["Bonne"]


def test_une_correspondance_se_dit_une_fois(ami: Ami) -> None:
    absente = ami("importer", "structures", "autres.csv")
    assert absente.code == 1
    assert "colonne(s) absente(s) : nom, type" in absente.erreur
    assert '--colonne "Dénomination sociale=nom"' in absente.erreur
    essai = reussir(ami, "importer", "structures", "autres.csv", "--correspondance", "colonnes.yaml", "--simulation")
    assert "rien n'a été enregistré" in essai
    assert ami("importer", "structures", "autres.csv").code == 1  # a simulation remembers nothing
    dites = ("--colonne", "Dénomination sociale=nom", "--colonne", "Nature juridique=type")
    assert "1 créé(s)" in reussir(ami, "importer", "structures", "autres.csv", *dites)
    assert "Correspondance mémorisée le" in reussir(ami, "importer", "structures", "autres.csv")
    assert ami("importer", "structures", "autres.csv", "--oublier-colonnes").code == 1


def test_un_fichier_json_nomme_ses_objets(ami: Ami) -> None:
    refuse = ami("importer", "structures", "objets.json", "--bonnes-lignes")
    assert refuse.code == 1
    assert "JSON, UTF-8, 2 objet(s) lu(s)" in refuse.dit
    assert "Objet" in refuse.dit


@pytest.mark.parametrize(
    ("arguments", "code", "dit"),
    [
        (("importer", "structures", "structures.csv", "--colonne", "nom"), 2, "écrivez l'en-tête, le signe = puis"),
        (("importer", "evaluations", "notes.csv"), 2, "Il manque « --campagne »"),
        (("importer", "structures", "absent.csv"), 1, "n'existe pas"),
        (("importer", "structures", "structures.csv", "--feuille", "X"), 1, "n'est pas un classeur"),
        (("importer", "structures", "structures.csv", "--rapport", "structures.pdf"), 1, "extension .xlsx"),
        (("importer", "evaluations", "notes.csv", "--campagne", "RIEN"), 1, "RIEN"),
        (("importer", "structures", "structures.csv", "--correspondance", "absent.yaml"), 1, "absent.yaml"),
    ],
)
def test_une_demande_fausse_est_dite_en_francais_avec_son_code(
    ami: Ami, arguments: tuple[str, ...], code: int, dit: str
) -> None:
    refuse = ami(*arguments)
    assert refuse.code == code, refuse.erreur
    assert dit in refuse.erreur
    assert "Traceback" not in refuse.erreur
