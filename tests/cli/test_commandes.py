"""The command `ami`: what it says, what it refuses, its exit codes, never a traceback."""

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from email import message_from_bytes
from importlib import import_module
from pathlib import Path

import pytest
from sqlmodel import Session, select

from ami.cli import MODULES, construire
from ami.commandes.erreurs import traduire
from ami.models import Courriel
from ami.settings import Settings
from notifications.database import create_engine_for
from notifications.models import EtatCourriel
from tests.support.ligne import Ami, ligne_de_commande
from tests.support.sources import RACINE

REGLEMENT = RACINE / "rules" / "habitat_participatif_2026.yaml"


@pytest.fixture
def ami(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    """`ami` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return ligne_de_commande(capsys)


def _base(tmp_path: Path) -> Session:
    return Session(create_engine_for(f"sqlite:///{tmp_path}/donnees/ami.db"))


def test_une_base_neuve_recoit_son_schema_et_une_seconde_fois_rien_ne_change(ami: Ami) -> None:
    assert "base neuve" in ami("base", "migrer").dit
    assert "déjà à jour" in ami("base", "migrer").dit
    assert ami("base", "etat").code == 0


def test_l_etat_d_une_base_jamais_migree_dit_quoi_faire(ami: Ami) -> None:
    sortie = ami("base", "etat")
    assert sortie.code == 1
    assert "« ami base migrer »" in sortie.dit


def test_une_commande_migre_seule_une_base_neuve_mais_refuse_une_base_d_une_autre_version(
    ami: Ami, tmp_path: Path
) -> None:
    assert ami("courriels", "lister").code == 0
    with sqlite3.connect(tmp_path / "donnees" / "ami.db") as connexion:
        connexion.execute("UPDATE alembic_version SET version_num = '0003'")
    sortie = ami("courriels", "lister")
    assert sortie.code == 3
    assert "révision 0003" in sortie.erreur
    assert "ami base migrer" in sortie.erreur


def test_l_etat_compte_les_lignes_de_chaque_table(ami: Ami) -> None:
    ami("base", "migrer")
    assert "dossier_territoire │ 0" in ami("base", "etat", "--complet").dit.replace("  ", " ")


def test_le_mot_de_passe_de_la_base_n_est_jamais_montre(ami: Ami, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMI_BASE", "postgresql://ami:tres-secret@127.0.0.1:1/ami")
    sortie = ami("base", "etat")
    assert sortie.code == 3
    assert "tres-secret" not in sortie.dit + sortie.erreur
    assert "ne répond pas" in sortie.erreur


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["bse"], "La commande « bse » n'existe pas."),
        (["base", "migre"], "La commande « migre » n'existe pas."),
        (["base", "etat", "--complett"], "L'option --complett n'existe pas."),
        (["reglement", "verifier"], "Il manque « FICHIER »."),
        (["courriels", "resoudre", "x", "--recu", "--par", "J"], "Valeur refusée pour « NUMERO »"),
        (["courriels", "reprendre"], "Il manque « --par »."),
        (["version", "de", "trop"], "De trop : de trop."),
        (["courriels", "lister", "--nombre"], "L'option --nombre attend une valeur."),
    ],
)
def test_une_commande_mal_tapee_est_expliquee_en_francais(ami: Ami, arguments: list[str], phrase: str) -> None:
    sortie = ami(*arguments)
    assert sortie.code == 2
    assert phrase in sortie.erreur
    assert "--help »." in sortie.erreur


def test_une_phrase_que_personne_n_a_traduite_reste_lisible() -> None:
    assert traduire("Something new") == "Commande mal formée : Something new"


@pytest.mark.parametrize(
    ("variable", "valeur", "phrase"),
    [
        ("AMI_BASE", "mysql://hote/base", "Base de données inconnue : « mysql »"),
        ("AMI_COURRIEL_PORT", "abc", "AMI_COURRIEL_PORT"),
        ("AMI_JOURNAL_NIVEAU", "BAVARD", "AMI_JOURNAL_NIVEAU"),
    ],
)
def test_un_reglage_faux_est_nomme(
    ami: Ami, monkeypatch: pytest.MonkeyPatch, variable: str, valeur: str, phrase: str
) -> None:
    monkeypatch.setenv(variable, valeur)
    sortie = ami("base", "etat")
    assert sortie.code == 3
    assert phrase in sortie.erreur


def test_un_mot_de_passe_smtp_en_clair_est_refuse(ami: Ami, monkeypatch: pytest.MonkeyPatch) -> None:
    for nom, valeur in {"HOTE": "smtp.example.org", "TLS": "aucun", "MOT_DE_PASSE": "secret"}.items():
        monkeypatch.setenv(f"AMI_COURRIEL_{nom}", valeur)
    sortie = ami("courriels", "dispatcher")
    assert sortie.code == 3
    assert "en clair" in sortie.erreur


def test_le_reglement_livre_est_utilisable_et_se_dessine(ami: Ami) -> None:
    sortie = ami("reglement", "verifier", REGLEMENT)
    assert sortie.code == 0, sortie.erreur
    assert "règlement utilisable" in sortie.dit
    assert "stateDiagram-v2" in ami("reglement", "schema", REGLEMENT).dit
    assert ami("reglement", "schema", REGLEMENT, "--forme", "tableau").code == 0


def test_un_reglement_casse_est_refuse_avec_sa_ligne(ami: Ami, tmp_path: Path) -> None:
    lignes = REGLEMENT.read_text("utf-8").splitlines()
    rang = lignes.index("programme:")
    lignes.insert(rang + 1, "  inconnu: oui")
    (tmp_path / "casse.yaml").write_text("\n".join(lignes), "utf-8")
    sortie = ami("reglement", "verifier", "casse.yaml")
    assert sortie.code == 1
    assert f"casse.yaml:{rang + 2}" in sortie.erreur


def test_un_fichier_absent_est_dit_sans_trace(ami: Ami) -> None:
    sortie = ami("reglement", "schema", "absent.yaml")
    assert sortie.code == 1
    assert "absent.yaml" in sortie.erreur
    assert "Traceback" not in sortie.erreur


def test_la_trace_technique_ne_vient_que_si_on_la_demande(ami: Ami, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMI_DEBUG", "1")
    assert "Traceback" in ami("reglement", "schema", "absent.yaml").erreur


def test_la_journee_se_scelle_une_fois_hors_de_la_base_et_par_courriel(
    ami: Ami, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMI_SCEAU_COURRIEL", "gardien@example.org")
    assert ami("journal", "sceller").code == 0
    assert "déjà scellée" in ami("journal", "sceller").dit
    assert len(list((tmp_path / "donnees" / "sceaux").glob("sceau-*.json"))) == 1
    assert "1 sceau(x)" in ami("journal", "verifier").dit
    with _base(tmp_path) as session:
        [courriel] = session.exec(select(Courriel)).all()
    assert (courriel.message, courriel.destinataire) == ("sceau_journal", "gardien@example.org")


def test_un_sceau_falsifie_est_vu(ami: Ami, tmp_path: Path) -> None:
    ami("journal", "sceller")
    [fichier] = (tmp_path / "donnees" / "sceaux").glob("sceau-*.json")
    fichier.write_text(fichier.read_text("utf-8").replace('"racine": "e3', '"racine": "00'), "utf-8")
    sortie = ami("journal", "verifier")
    assert sortie.code == 1
    assert "a été modifié" in sortie.dit


def test_les_courriels_partent_dans_un_maildir_lisible_quand_aucun_serveur_n_est_donne(
    ami: Ami, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMI_SCEAU_COURRIEL", "gardien@example.org")
    ami("journal", "sceller")
    assert "1 envoyé(s)" in ami("courriels", "dispatcher").dit
    assert "0 envoyé(s)" in ami("courriels", "dispatcher").dit
    [recu] = (tmp_path / "donnees" / "courriels" / "new").iterdir()
    assert message_from_bytes(recu.read_bytes())["To"] == "Gardien du journal <gardien@example.org>"
    assert "envoye : 1" in ami("courriels", "lister").dit


def test_un_serveur_injoignable_est_dit_et_rien_n_est_perdu(
    ami: Ami, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMI_SCEAU_COURRIEL", "gardien@example.org")
    ami("journal", "sceller")
    for nom, valeur in {"HOTE": "127.0.0.1", "PORT": "1", "TLS": "aucun"}.items():
        monkeypatch.setenv(f"AMI_COURRIEL_{nom}", valeur)
    sortie = ami("courriels", "dispatcher")
    assert sortie.code == 3
    assert "n'a pas pu continuer" in sortie.erreur
    with _base(tmp_path) as session:
        assert session.exec(select(Courriel.etat)).one() == EtatCourriel.A_ENVOYER


def test_un_courriel_certain_ne_se_tranche_pas(ami: Ami) -> None:
    sortie = ami("courriels", "resoudre", "4", "--recu", "--par", "Jeanne")
    assert sortie.code == 1
    assert "Le courriel 4 n'est pas (ou plus) incertain." in sortie.erreur


def test_un_courriel_incertain_est_tranche_par_une_personne(
    ami: Ami, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMI_SCEAU_COURRIEL", "gardien@example.org")
    ami("journal", "sceller")
    with _base(tmp_path) as session:
        courriel = session.exec(select(Courriel)).one()
        courriel.etat, courriel.marque_a = EtatCourriel.INCERTAIN, datetime(2026, 3, 3, tzinfo=UTC)
        session.commit()
    assert ami("courriels", "resoudre", "1", "--renvoyer", "--par", "Jeanne").code == 0
    assert "1 envoyé(s)" in ami("courriels", "dispatcher").dit


def test_une_file_qui_n_est_pas_en_pause_ne_se_reprend_pas(ami: Ami) -> None:
    assert "n'était pas en pause" in ami("courriels", "reprendre", "--par", "Jeanne").dit


@pytest.mark.parametrize("module", sorted(set(MODULES.values())))
def test_chaque_commande_s_explique(ami: Ami, module: str) -> None:
    groupe = import_module(f"ami.commandes.{module}").commandes
    prefixe = [groupe.info.name] if groupe.info.name else []
    for commande in groupe.registered_commands:
        aide = ami(*prefixe, commande.name, "--help")
        assert aide.code == 0
        assert "Montre cette aide." in aide.dit
        assert commande.callback.__doc__.split()[0] in aide.dit


def test_chaque_groupe_est_branche() -> None:
    fichiers = {chemin.stem for chemin in (RACINE / "ami" / "commandes").glob("*.py")}
    outils = {"__init__", "cloture", "comite_decisions", "commun", "erreurs", "importer_affichage", "qui", "regard"}
    assert set(MODULES.values()) == fichiers - outils
    assert len(construire().registered_groups) == len(fichiers - outils)


@pytest.mark.parametrize("commande", MODULES)
def test_une_commande_demandee_seule_se_trouve_dans_son_module(commande: str) -> None:
    [branche] = construire(commande).registered_groups
    assert branche.typer_instance is not None
    noms = [c.name for c in branche.typer_instance.registered_commands]
    assert commande in (branche.typer_instance.info.name, *noms)


def test_la_commande_installee_repond_et_rend_son_code(tmp_path: Path) -> None:
    propre = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("AMI_")}
    lance = subprocess.run(
        [sys.executable, "-m", "ami.cli", "base", "migre"],
        cwd=tmp_path,
        env={**propre, "PYTHONPATH": str(RACINE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert lance.returncode == 2
    assert "La commande « migre » n'existe pas." in lance.stderr


def test_l_exemple_de_reglages_les_montre_tous_avec_leur_explication() -> None:
    exemple = (RACINE / ".env.exemple").read_text("utf-8")
    for nom, champ in Settings.model_fields.items():
        assert f"# {champ.description}\n# AMI_{nom.upper()}=" in exemple
