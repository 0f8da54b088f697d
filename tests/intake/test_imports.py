"""Importing real files: what is kept, what is refused, and with which words (fault 44)."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from sqlmodel import Session, func, select

from ami.erreurs import DonneesInvalides
from ami.imports import importer
from ami.imports_rapport import RapportImport
from ami.models import Campagne, Dossier, Habilitation, Journal, Personne, Structure, SujetBase, Territoire
from ami.sujets import Acteur

from .conftest import MAINTENANT

STRUCTURES = """\
Nom;Type;SIRET;Réseaux;Région;Commune
Habitat du Mirail;bailleur;732 829 320 00074;USH, HPF;occitanie;Toulouse
Les Compagnons de l'Habitat;accompagnateur;;RAHP;Occitanie;Toulouse
"""


def ecrire(dossier: Path, nom: str, texte: str, encodage: str = "utf-8") -> Path:
    fichier = dossier / nom
    fichier.write_bytes(texte.encode(encodage))
    return fichier


def comptes(rapport: RapportImport) -> tuple[int, int, int, int]:
    return rapport.bilan


def erreurs(rapport: RapportImport) -> list[tuple[int, str]]:
    return [(erreur.ligne, erreur.colonne) for erreur in rapport.erreurs]


def combien(session: Session, table: type[Structure | Personne | Territoire | SujetBase | Journal]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_la_liste_reelle_des_quartiers_s_importe_et_se_reimporte_sans_effet(session: Session, occitanie: Path) -> None:
    premier = importer(session, "territoires", occitanie, maintenant=MAINTENANT)
    assert comptes(premier) == (105, 0, 0, 0)
    second = importer(session, "territoires", occitanie, maintenant=MAINTENANT)
    assert comptes(second) == (0, 0, 105, 0)
    foix = session.exec(select(Territoire).where(Territoire.code == "QP009002")).one()
    assert (foix.nom, foix.commune, foix.departement, foix.region) == ("Centre Ancien", "Foix", "09", "Occitanie")
    assert (foix.millesime, foix.kind) == (2015, "QPV")


def test_la_liste_de_2024_se_lit_sous_ses_propres_noms_de_colonnes(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(
        tmp_path,
        "qpv2024.csv",
        "code_qp;lib_qp;insee_reg;lib_reg;insee_dep;lib_dep;insee_com;lib_com;siren_epci\n"
        "QN00401M;Le Pigeonnier;93;Provence-Alpes-Côte d'Azur;04;Alpes-de-Haute-Provence;04112;Manosque;200034700\n",
    )
    rapport = importer(session, "territoires", fichier, maintenant=MAINTENANT)
    quartier = session.exec(select(Territoire)).one()
    assert (quartier.code, quartier.commune, quartier.millesime) == ("QN00401M", "Manosque", 2024)
    assert quartier.region == "Provence-Alpes-Côte d'Azur"
    assert rapport.avertissements == ["Colonnes laissées de côté : insee_reg, lib_dep, insee_com, siren_epci."]


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separateur", [";", "\t"])
def test_le_meme_fichier_se_lit_quel_que_soit_son_encodage(
    session: Session, tmp_path: Path, encodage: str, separateur: str
) -> None:
    fichier = ecrire(tmp_path, "structures.csv", STRUCTURES.replace(";", separateur), encodage)
    rapport = importer(session, "structures", fichier, maintenant=MAINTENANT)
    assert comptes(rapport) == (2, 0, 0, 0)
    bailleur = session.exec(select(Structure).where(Structure.siret == "73282932000074")).one()
    assert (bailleur.nom, bailleur.kind, bailleur.region) == ("Habitat du Mirail", "organisme_hlm", "Occitanie")
    assert bailleur.adhesions == ["USH", "HPF"]


def test_un_classeur_se_lit_avec_ses_nombres_et_ses_dates(session: Session, campagne: Campagne, tmp_path: Path) -> None:
    session.add(Structure(nom="Habitat du Mirail", kind="organisme_hlm", siret="73282932000074"))
    session.flush()
    lignes = {
        "Prénom": ["Anne"],
        "Nom": ["Martin"],
        "E-mail": ["anne@example.org"],
        "SIRET": [73282932000074],
        "Rôles": ["agent; evaluateur"],
        "Jusqu'au": [datetime(2027, 2, 28)],
    }
    fichier = tmp_path / "personnes.xlsx"
    pd.DataFrame(lignes).to_excel(fichier, index=False)
    rapport = importer(session, "personnes", fichier, maintenant=MAINTENANT, campagne=campagne)
    assert comptes(rapport) == (1, 0, 0, 0), rapport.erreurs
    roles = session.exec(select(Habilitation).order_by(Habilitation.role)).all()
    assert [(r.role, r.campagne_id, r.jusqu_a) for r in roles] == [
        ("agent", campagne.id, datetime(2027, 2, 28, 22, 59, 59, tzinfo=UTC)),
        ("evaluateur", campagne.id, datetime(2027, 2, 28, 22, 59, 59, tzinfo=UTC)),
    ]
    assert comptes(importer(session, "personnes", fichier, maintenant=MAINTENANT, campagne=campagne)) == (0, 0, 1, 0)


def test_une_cellule_vide_n_efface_rien_et_une_valeur_nouvelle_complete(session: Session, tmp_path: Path) -> None:
    importer(session, "structures", ecrire(tmp_path, "a.csv", STRUCTURES), maintenant=MAINTENANT)
    suite = "nom;type;siret;commune\nHabitat du Mirail;bailleur;73282932000074;\n"
    suite += "Les Compagnons de l'Habitat;accompagnateur;35600000049837;Toulouse\n"
    rapport = importer(session, "structures", ecrire(tmp_path, "b.csv", suite), maintenant=MAINTENANT)
    assert comptes(rapport) == (0, 1, 1, 0)
    assert combien(session, Structure) == 2
    assert session.exec(select(Structure.commune).where(Structure.siret == "73282932000074")).one() == "Toulouse"


FAUTES = """\
nom;type;siret;region;iban
Bonne;association;73282932000074;Occitanie;
Clé fausse;association;73282932000075;Occitanie;
;association;;;
Type inconnu;confrérie;;;
Région inconnue;association;;Septimanie;
Encore la bonne;association;732 829 320 00074;;
Double faute;confrérie;12;;
Trop;de;cellules;ici;;ou;là
"""


def test_chaque_mauvaise_ligne_est_nommee_avec_sa_colonne_sa_raison_et_son_remede(
    session: Session, tmp_path: Path
) -> None:
    fichier = ecrire(tmp_path, "structures.csv", FAUTES)
    rapport = importer(session, "structures", fichier, maintenant=MAINTENANT, mode="bonnes_lignes")
    assert erreurs(rapport) == [
        (3, "siret"),
        (4, "nom"),
        (5, "type"),
        (6, "region"),
        (7, "(toute la ligne)"),
        (8, "type"),
        (8, "siret"),
        (9, "(toute la ligne)"),
    ]
    siret, vide, kind, _region, double, *_ = rapport.erreurs
    assert siret.valeur == "73282932000075"
    assert "clé de contrôle" in siret.raison
    assert "Insee" in siret.remede
    assert "obligatoire" in vide.raison
    assert "collectivite" in kind.remede
    assert double.raison == "Cette ligne répète la ligne 2."
    assert comptes(rapport) == (1, 0, 0, 7)
    assert (rapport.lues, rapport.retenu) == (8, True)
    assert session.exec(select(Structure.nom)).all() == ["Bonne"]


def test_une_ligne_de_total_est_laissee_de_cote_et_dite_mais_pas_une_structure_de_ce_nom(
    session: Session, tmp_path: Path
) -> None:
    texte = "nom;type;siret\nLes Lilas;association;\nTotal général :;12;\nTotal Solidarité;association;12\nTotal;;\n"
    fichier = ecrire(tmp_path, "s.csv", texte)
    rapport = importer(session, "structures", fichier, maintenant=MAINTENANT, mode="bonnes_lignes")
    assert (comptes(rapport), rapport.lues) == ((1, 0, 0, 1), 2)
    assert erreurs(rapport) == [(4, "siret")]
    assert rapport.avertissements == ["Lignes de total laissées de côté : 3, 5."]


def test_un_classeur_nomme_la_cellule_fusionnee_et_la_formule_sans_valeur(session: Session, tmp_path: Path) -> None:
    livre = openpyxl.Workbook()
    for rangee in (["nom", "type", "commune"], ["A", "association", "Foix"], ["B", "association"], ["C", "=B2", ""]):
        livre.active.append(rangee)
    livre.active.merge_cells("C2:C3")
    livre.save(tmp_path / "s.xlsx")
    rapport = importer(session, "structures", tmp_path / "s.xlsx", maintenant=MAINTENANT, mode="bonnes_lignes")
    assert [(e.ligne, e.ou) for e in rapport.erreurs] == [(3, "C · commune"), (4, "B · type")]
    assert "fusionnée avec C2" in rapport.erreurs[0].raison
    assert "jamais été calculée" in rapport.erreurs[1].raison


def test_une_valeur_hostile_ne_porte_aucun_code_a_l_ecran(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "s.csv", "nom;type\n\x1b]0;titre\x07;association\n")
    rapport = importer(session, "structures", fichier, maintenant=MAINTENANT)
    assert all(erreur.valeur.isprintable() for erreur in rapport.erreurs)


def test_en_tout_ou_rien_une_mauvaise_ligne_fait_tout_renoncer(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "structures.csv", FAUTES)
    rapport = importer(session, "structures", fichier, maintenant=MAINTENANT)
    session.commit()
    assert (rapport.retenu, comptes(rapport)) == (False, (0, 0, 0, 7))
    assert combien(session, Structure) == 0


def test_un_code_de_quartier_mal_forme_est_refuse(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "t.csv", "code_qp,nom_qp,nom_commune\nQP31001,Le Mirail,Toulouse\n")
    rapport = importer(session, "territoires", fichier, maintenant=MAINTENANT)
    assert erreurs(rapport) == [(2, "code_qp")]


@pytest.mark.parametrize(
    ("nom", "contenu", "attendu"),
    [
        ("vide.csv", b"", "n'a pas de ligne d'en-t\xeates"),
        ("sans.csv", b"nom;commune\nA;B\n", "colonne\\(s\\) absente\\(s\\) : type"),
        ("double.csv", b"nom;type;Nom\nA;association;B\n", "appara\xeet deux fois"),
        ("binaire.csv", b"nom;type\n\x00\x01\x02", "caract\xe8res nuls"),
        ("faux.xlsx", b"nom;type\nA;association\n", "n'est pas un classeur"),
        ("page.pdf", b"%PDF-1.4", "ni un fichier CSV ni un classeur"),
        ("illisible.csv", b"nom;type\n\x81\x8d;association\n", "encodage"),
    ],
)
def test_un_fichier_illisible_est_refuse_avec_sa_raison(
    session: Session, tmp_path: Path, nom: str, contenu: bytes, attendu: str
) -> None:
    fichier = tmp_path / nom
    fichier.write_bytes(contenu)
    with pytest.raises(DonneesInvalides, match=attendu):
        importer(session, "structures", fichier, maintenant=MAINTENANT)


def test_un_fichier_absent_est_dit_absent(session: Session, tmp_path: Path) -> None:
    with pytest.raises(DonneesInvalides, match="n'existe pas"):
        importer(session, "structures", tmp_path / "absent.csv", maintenant=MAINTENANT)


PERSONNES = """\
prenom;nom;courriel;structure;roles;dossier
Anne;Martin;anne@example.org;Habitat du Mirail;agent;
Jean;Dupont;jean@example.org;Structure inconnue;agent;
Zoé;Petit;zoe@example.org;;porteur;
Lou;Blanc;lou@;;agent;
Max;Noir;max@example.org;;roi;
Eva;Vert;eva@example.org;;porteur;ES26-9999
"""


def test_les_personnes_mal_rattachees_sont_refusees(session: Session, campagne: Campagne, tmp_path: Path) -> None:
    importer(session, "structures", ecrire(tmp_path, "s.csv", STRUCTURES), maintenant=MAINTENANT)
    fichier = ecrire(tmp_path, "p.csv", PERSONNES)
    rapport = importer(session, "personnes", fichier, maintenant=MAINTENANT, campagne=campagne, mode="bonnes_lignes")
    assert erreurs(rapport) == [(3, "structure"), (4, "roles"), (5, "courriel"), (6, "roles"), (7, "dossier")]
    assert session.exec(select(Personne.courriel)).all() == ["anne@example.org"]
    assert combien(session, Habilitation) == 1  # type: ignore[arg-type]


def test_un_role_sans_campagne_est_refuse(session: Session, tmp_path: Path) -> None:
    fichier = ecrire(tmp_path, "p.csv", "prenom;nom;courriel;roles\nAnne;Martin;anne@example.org;agent\n")
    rapport = importer(session, "personnes", fichier, maintenant=MAINTENANT)
    assert erreurs(rapport) == [(2, "campagne")]


DOSSIERS = """\
Référence;Titre;Porteur;Contact;Quartiers;Coût prévu;Montant demandé;Nombre de logements;Statut juridique;Début;Foncier
A-1;Les Terrasses;Habitat du Mirail;anne@example.org;QP031001;6 250,00 €;5 000;12;cooperative;28/02/2027;12 000,50 €
A-2;Le Jardin;73282932000074;anne@example.org;QP031002, QP031003;;;;;;
"""


@pytest.fixture
def agent(session: Session, campagne: Campagne, occitanie: Path, tmp_path: Path) -> Acteur:
    """The world dossiers are imported into: a structure, a contact, the quartiers, and the agent who acts."""
    importer(session, "territoires", occitanie, maintenant=MAINTENANT)
    importer(session, "structures", ecrire(tmp_path, "s.csv", STRUCTURES), maintenant=MAINTENANT)
    personnes = "prenom;nom;courriel;structure;roles\nAnne;Martin;anne@example.org;Habitat du Mirail;agent\n"
    importer(session, "personnes", ecrire(tmp_path, "p.csv", personnes), maintenant=MAINTENANT, campagne=campagne)
    return Acteur("agent", session.exec(select(Personne.id)).one())


def test_les_dossiers_entrent_par_leurs_actes(
    session: Session, campagne: Campagne, agent: Acteur, tmp_path: Path
) -> None:
    fichier = ecrire(tmp_path, "d.csv", DOSSIERS)
    rapport = importer(session, "dossiers", fichier, maintenant=MAINTENANT, campagne=campagne, acteur=agent)
    assert comptes(rapport) == (2, 0, 0, 0), rapport.erreurs
    depose, ouvert = session.exec(select(Dossier).order_by(Dossier.numero)).all()
    assert [depose.etat, ouvert.etat] == ["recu", "ouvert"]
    assert (depose.numero, depose.cout_prevu, depose.montant_demande) == ("ES26-0001", Decimal(6250), Decimal(5000))
    assert depose.reponses == {"logements": 12, "statut": "Coopérative", "debut": "2027-02-28", "foncier": "12000.50"}
    transitions = session.exec(select(Journal.transition).order_by(Journal.id)).all()  # type: ignore[arg-type]
    assert transitions == ["ouverture", "depot", "ouverture"]


def test_reimporter_des_dossiers_n_en_cree_aucun_et_depose_celui_qui_ne_l_etait_pas(
    session: Session, campagne: Campagne, agent: Acteur, tmp_path: Path
) -> None:
    for attendu in ((2, 0, 0, 0), (0, 0, 2, 0)):
        fichier = ecrire(tmp_path, "d.csv", DOSSIERS)
        rapport = importer(session, "dossiers", fichier, maintenant=MAINTENANT, campagne=campagne, acteur=agent)
        assert comptes(rapport) == attendu
    complet = DOSSIERS.replace("QP031003;;;", "QP031003;4000;3000;")
    rapport = importer(
        session,
        "dossiers",
        ecrire(tmp_path, "d.csv", complet),
        maintenant=MAINTENANT,
        campagne=campagne,
        acteur=agent,
    )
    assert comptes(rapport) == (0, 1, 1, 0)
    assert combien(session, Dossier) == 2


def test_les_dossiers_fautifs_ne_laissent_rien_derriere_eux(
    session: Session, campagne: Campagne, agent: Acteur, tmp_path: Path
) -> None:
    lignes = [
        "reference;titre;porteur;contact;quartiers;cout prevu;montant demande;debut;statut",
        "B-1;Trop cher;Habitat du Mirail;anne@example.org;QP031001;8000;6000;;",
        "B-2;Quartier inventé;Habitat du Mirail;anne@example.org;QP031999;;;;",
        "B-3;Contact inconnu;Habitat du Mirail;nemo@example.org;QP031001;;;;",
        "B-4;Date fausse;Habitat du Mirail;anne@example.org;QP031001;8000;4000;29/02/2027;",
        "B-5;Choix faux;Habitat du Mirail;anne@example.org;QP031001;8000;4000;;Royaume",
        "B-6;Montant faux;Habitat du Mirail;anne@example.org;QP031001;8000;4.000;;",
        "B-7;Bon;Habitat du Mirail;anne@example.org;QP031001;8000;4000;;",
        "B-7;Répété;Habitat du Mirail;anne@example.org;QP031001;8000;4000;;",
    ]
    fichier = ecrire(tmp_path, "d.csv", "\n".join(lignes))
    rapport = importer(
        session,
        "dossiers",
        fichier,
        maintenant=MAINTENANT,
        campagne=campagne,
        acteur=agent,
        mode="bonnes_lignes",
    )
    assert erreurs(rapport) == [
        (2, "(toute la ligne)"),
        (3, "quartiers"),
        (4, "contact"),
        (5, "debut"),
        (6, "statut"),
        (7, "montant demande"),
        (9, "(toute la ligne)"),
    ]
    assert "6 000,00" in rapport.erreurs[0].raison.replace("\u202f", " ").replace("\u00a0", " ")
    assert "n'existe pas au calendrier" in rapport.erreurs[3].raison
    assert [d.titre for d in session.exec(select(Dossier)).all()] == ["Bon"]
    assert combien(session, Journal) == 2


def test_une_reference_deja_importee_ne_change_pas_de_titre(
    session: Session, campagne: Campagne, agent: Acteur, tmp_path: Path
) -> None:
    importer(
        session, "dossiers", ecrire(tmp_path, "d.csv", DOSSIERS), maintenant=MAINTENANT, campagne=campagne, acteur=agent
    )
    autre = ecrire(tmp_path, "e.csv", DOSSIERS.replace("Les Terrasses", "Le Belvédère"))
    rapport = importer(session, "dossiers", autre, maintenant=MAINTENANT, campagne=campagne, acteur=agent)
    assert erreurs(rapport) == [(2, "Titre")]
    assert "ES26-0001" in rapport.erreurs[0].raison


def test_un_import_de_dossiers_nomme_sa_campagne_et_son_agent(
    session: Session, campagne: Campagne, tmp_path: Path
) -> None:
    fichier = ecrire(tmp_path, "d.csv", DOSSIERS)
    with pytest.raises(DonneesInvalides, match="--campagne"):
        importer(session, "dossiers", fichier, maintenant=MAINTENANT)
    with pytest.raises(DonneesInvalides, match="--par"):
        importer(session, "dossiers", fichier, maintenant=MAINTENANT, campagne=campagne)
