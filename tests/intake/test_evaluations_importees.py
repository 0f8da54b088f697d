"""Notes kept in a spreadsheet come in by the act of each evaluator, and the same file twice changes nothing."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, select

from ami.erreurs import DonneesInvalides
from ami.imports import importer
from ami.models import Affectation, Journal, Note, Personne, Structure

from .conftest import MAINTENANT
from .outils import Notation, combien, ecrire, erreurs, planter

FICHIER = """\
Dossier;Évaluateur;Qualité du projet;Commentaire qualité du projet;mixite;Commentaire;Finale
ES26-0900;eva1@example.org;3,5;Solide;5;Bon ensemble;oui
ES26-0900;EVA2@example.org;4;;2;;brouillon
"""


@pytest.fixture
def monde(session: Session) -> Notation:
    return planter(session)


def notes(session: Session, qui: str) -> dict[str, tuple[Decimal | None, str]]:
    """What is kept of an evaluator."""
    requete = (
        select(Note)
        .join(Affectation)
        .join(Personne, Personne.id == Affectation.personne_id)  # type: ignore[arg-type]
        .where(Personne.courriel == f"{qui}@example.org")
    )
    return {note.critere: (note.valeur, note.commentaire) for note in session.exec(requete)}


def statut(session: Session, qui: str) -> str:
    requete = select(Affectation.statut).join(Personne).where(Personne.courriel == f"{qui}@example.org")
    return session.exec(requete).one()


def test_les_notes_entrent_par_l_acte_de_chaque_evaluateur(session: Session, monde: Notation, tmp_path: Path) -> None:
    rapport = monde.importer(session, ecrire(tmp_path, "notes.csv", FICHIER))
    assert rapport.bilan == (2, 0, 0, 0), rapport.erreurs
    assert notes(session, "eva1") == {"qualite": (Decimal("3.5"), "Solide"), "mixite": (Decimal(5), "Bon ensemble")}
    assert notes(session, "eva2") == {"qualite": (Decimal(4), ""), "mixite": (Decimal(2), "")}
    assert (statut(session, "eva1"), statut(session, "eva2")) == ("rendue", "demandee")
    actes = session.exec(select(Journal).order_by(Journal.id)).all()  # type: ignore[arg-type]
    qui = {p.id: p.courriel for p in session.exec(select(Personne))}
    assert [(ligne.transition, ligne.acteur_role, qui[ligne.acteur_id or 0]) for ligne in actes] == [
        ("rendu", "evaluateur", "eva1@example.org"),
        ("brouillon_de_note", "evaluateur", "eva2@example.org"),
    ]


def test_le_meme_fichier_une_seconde_fois_n_ecrit_rien(session: Session, monde: Notation, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "notes.csv", FICHIER)
    monde.importer(session, fichier)
    lignes = combien(session, Journal)
    assert monde.importer(session, fichier).bilan == (0, 0, 2, 0)
    assert combien(session, Journal) == lignes


def test_un_brouillon_se_complete_puis_se_rend_sans_perdre_ses_commentaires(
    session: Session, monde: Notation, tmp_path: Path
) -> None:
    monde.importer(session, ecrire(tmp_path, "a.csv", "dossier;email;qualite;qualite commentaire\n"
                                                      "ES26-0900;eva1@example.org;5;Remarquable\n"))  # fmt: skip
    suite = "dossier;email;qualite;mixite\nES26-0900;eva1@example.org;5;3\n"
    rapport = monde.importer(session, ecrire(tmp_path, "b.csv", suite), finales=True)
    assert rapport.bilan == (0, 1, 0, 0), rapport.erreurs
    assert notes(session, "eva1") == {"qualite": (Decimal(5), "Remarquable"), "mixite": (Decimal(3), "")}
    assert statut(session, "eva1") == "rendue"


def test_une_evaluation_rendue_ne_se_change_pas_par_un_fichier(
    session: Session, monde: Notation, tmp_path: Path
) -> None:
    monde.importer(session, ecrire(tmp_path, "a.csv", FICHIER))
    rapport = monde.importer(
        session, ecrire(tmp_path, "b.csv", FICHIER.replace("3,5;", "2,5;").replace("4;", "1;")), mode="bonnes_lignes"
    )
    assert rapport.bilan == (0, 1, 0, 1)
    assert erreurs(rapport) == [(2, "(toute la ligne)")]
    assert "déjà rendue" in rapport.erreurs[0].raison
    assert notes(session, "eva1")["qualite"] == (Decimal("3.5"), "Solide")
    assert notes(session, "eva2")["qualite"] == (Decimal(1), "")


def test_un_tiret_pour_commentaire_ne_dit_rien_et_ne_gene_pas(
    session: Session, monde: Notation, tmp_path: Path
) -> None:
    texte = "dossier;evaluateur;qualite;commentaire;finale\nES26-0900;eva1@example.org;3;-;non\n"
    assert monde.importer(session, ecrire(tmp_path, "n.csv", texte)).bilan == (1, 0, 0, 0)
    assert notes(session, "eva1") == {"qualite": (Decimal(3), "")}


@pytest.mark.parametrize("ecrit", ["N/A", "n.a.", "sans objet", "Non applicable"])
def test_non_applicable_est_une_note_quand_la_grille_l_admet(session: Session, tmp_path: Path, ecrit: str) -> None:
    monde = planter(session, "redistribuer")
    texte = f"dossier;evaluateur;qualite;mixite\nES26-0900;eva1@example.org;3;{ecrit}\n"
    assert monde.importer(session, ecrire(tmp_path, "n.csv", texte)).bilan == (1, 0, 0, 0)
    assert notes(session, "eva1")["mixite"] == (None, "")


def test_deux_lignes_d_en_tetes_nomment_la_note_et_le_commentaire_de_chaque_critere(
    session: Session, monde: Notation, tmp_path: Path
) -> None:
    texte = (
        "Évaluations du 12 mai;;;;;\nDossier;Évaluateur;Qualité du projet;;Mixité sociale;\n"
        ";;Note;Commentaire;Note;Commentaire\nES26-0900;eva1@example.org;3;Bien;4;Mieux\n"
    )
    assert monde.importer(session, ecrire(tmp_path, "n.csv", texte)).bilan == (1, 0, 0, 0)
    assert notes(session, "eva1") == {"qualite": (Decimal(3), "Bien"), "mixite": (Decimal(4), "Mieux")}


@pytest.mark.parametrize(
    ("entete", "raison"),
    [
        ("Note beauté", "colonne D : « Note beauté » n'est pas un critère"),
        ("Mixité socaile", "Vouliez-vous dire « Mixité sociale »"),
        ("Commentaire sur rien", "n'est pas un critère de la grille"),
    ],
)
def test_une_colonne_de_critere_inconnu_est_refusee_au_lieu_de_se_perdre(
    session: Session, monde: Notation, tmp_path: Path, entete: str, raison: str
) -> None:
    fichier = ecrire(tmp_path, "n.csv", f"dossier;evaluateur;qualite;{entete}\nES26-0900;eva1@example.org;3;4\n")
    with pytest.raises(DonneesInvalides, match=raison):
        monde.importer(session, fichier)
    assert monde.importer(session, fichier, colonnes={entete: "-"}).bilan == (1, 0, 0, 0)


def test_une_colonne_etrangere_est_laissee_de_cote_et_dite(session: Session, monde: Notation, tmp_path: Path) -> None:
    texte = "dossier;evaluateur;qualite;Moyenne;Date\nES26-0900;eva1@example.org;3;3;12/05\nMoyenne;;3;;\n"
    rapport = monde.importer(session, ecrire(tmp_path, "n.csv", texte))
    assert rapport.bilan == (1, 0, 0, 0), rapport.erreurs
    assert "Colonnes laissées de côté : Moyenne, Date." in rapport.avertissements
    assert "Lignes de total laissées de côté : 3." in rapport.avertissements


def test_un_refus_du_reglement_ne_laisse_ni_note_ni_ligne_au_journal(
    session: Session, monde: Notation, tmp_path: Path
) -> None:
    monde.dossier.porteur_id = None
    eva1 = session.exec(select(Personne).where(Personne.courriel == "eva1@example.org")).one()
    eva2 = session.exec(select(Personne).where(Personne.courriel == "eva2@example.org")).one()
    monde.dossier.accompagnateur_id = eva1.structure_id = _structure(session)
    session.flush()
    rapport = monde.importer(session, ecrire(tmp_path, "n.csv", FICHIER), mode="bonnes_lignes")
    assert rapport.bilan == (1, 0, 0, 1)
    assert "intérêt" in rapport.erreurs[0].raison
    assert notes(session, "eva1") == {}
    assert [ligne.acteur_id for ligne in session.exec(select(Journal))] == [eva2.id]


def _structure(session: Session) -> int | None:
    ligne = Structure(nom="Atelier", kind="accompagnateur")
    session.add(ligne)
    session.flush()
    return ligne.id


def test_des_evaluations_demandent_une_campagne_et_une_grille(
    session: Session, campagne: object, tmp_path: Path
) -> None:
    fichier = ecrire(tmp_path, "n.csv", FICHIER)
    with pytest.raises(DonneesInvalides, match="--campagne"):
        importer(session, "evaluations", fichier, maintenant=MAINTENANT)
    with pytest.raises(DonneesInvalides, match="n'a pas de grille"):
        importer(session, "evaluations", fichier, maintenant=MAINTENANT, campagne=campagne)  # type: ignore[arg-type]
