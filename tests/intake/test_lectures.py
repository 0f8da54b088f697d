"""Files as people's spreadsheets write them: encodings, titles, merged headings, hidden lines, JSON, and bombs."""

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from ami.erreurs import DonneesInvalides
from ami.imports_lecture import lire
from ami.imports_lignes import LigneLue, Tableau

CONNUES = frozenset({"nom", "type", "siret", "rna", "commune", "region", "prenom", "courriel"})
TEXTE = "Nom;Type;Commune\nRégie « L'Écho »;association;Béziers\nLes Aînés;association;Nîmes\n"


def ecrire(dossier: Path, octets: bytes, nom: str = "fichier.csv") -> Path:
    fichier = dossier / nom
    fichier.write_bytes(octets)
    return fichier


def cellules(tableau: Tableau) -> list[list[str]]:
    return [ligne.cellules for ligne in tableau.lignes()]


def lignes(tableau: Tableau) -> list[LigneLue]:
    return list(tableau.lignes())


def classeur(dossier: Path, remplir: Callable[[Any, Any], None]) -> Path:
    """A workbook with one sheet filled by a function of the workbook and its sheet."""
    fichier = dossier / "fichier.xlsx"
    with xlsxwriter.Workbook(str(fichier)) as livre:
        remplir(livre, livre.add_worksheet("Données"))
    return fichier


# --- CSV: encodings and separators ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("codec", "lisible"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("cp1252", "Windows-1252"),
        ("mac_roman", "Mac Roman"),
        ("cp850", "DOS"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
@pytest.mark.parametrize("fin", ["\n", "\r\n", "\r"])
def test_l_encodage_se_reconnait_aux_accents(tmp_path: Path, codec: str, lisible: str, fin: str) -> None:
    texte = TEXTE.replace("« L'Écho »", "Écho") if codec == "cp850" else TEXTE
    tableau = lire(ecrire(tmp_path, texte.replace("\n", fin).encode(codec)), CONNUES)
    assert lisible in tableau.format
    assert [ligne[2] for ligne in cellules(tableau)] == ["Béziers", "Nîmes"]
    assert cellules(tableau)[1][0] == "Les Aînés"


def test_une_ligne_d_un_autre_encodage_ne_trompe_pas_sur_le_fichier(tmp_path: Path) -> None:
    octets = TEXTE.encode() + "Hélène;association;Sète\n".encode("cp1252") + "Zoé;association;Orléans\n".encode()
    tableau = lire(ecrire(tmp_path, octets), CONNUES)
    assert "UTF-8" in tableau.format
    abimee, saine = cellules(tableau)[2:]
    assert "\udce9" in abimee[0]
    assert saine == ["Zoé", "association", "Orléans"]


@pytest.mark.parametrize("separateur", [";", ",", "\t", "|"])
def test_le_separateur_est_celui_qui_montre_les_en_tetes(tmp_path: Path, separateur: str) -> None:
    titre = "Structures, état au 12/02/2026; source : Mme Martin, Toulouse\n"
    corps = TEXTE.replace(";", separateur) + separateur.join(["A", "association", '"12,5; 13,5"']) + "\n"
    tableau = lire(ecrire(tmp_path, (titre + "\n" + corps).encode()), CONNUES)
    assert tableau.entetes == ["Nom", "Type", "Commune"]
    assert cellules(tableau)[2] == ["A", "association", "12,5; 13,5"]


def test_les_decimales_a_virgule_ne_passent_pas_pour_le_separateur(tmp_path: Path) -> None:
    tableau = lire(ecrire(tmp_path, "libellé;montant\nÉtude;6250,50\nTravaux;12000,00\n".encode()))
    assert tableau.entetes == ["libellé", "montant"]


# --- CSV: what surrounds the lines ------------------------------------------------------------------------------------
def test_les_numeros_sont_ceux_du_tableur_malgre_les_blancs_et_les_cellules_de_plusieurs_lignes(tmp_path: Path) -> None:
    texte = 'Nom;Type\n\n"Régie\ndes Lilas";association\n;\nLes Aînés;association\n'
    tableau = lire(ecrire(tmp_path, texte.encode()), CONNUES)
    assert [(ligne.numero, ligne.cellules[0]) for ligne in lignes(tableau)] == [
        (3, "Régie\ndes Lilas"),
        (5, "Les Aînés"),
    ]


def test_un_titre_au_dessus_des_en_tetes_est_passe_et_dit(tmp_path: Path) -> None:
    texte = "Liste des structures;;\nMise à jour;12/02/2026;\n;;\nNom;Type;SIRET;;;\nA;association;;;;\n"
    tableau = lire(ecrire(tmp_path, texte.encode()), CONNUES)
    assert (tableau.entetes, tableau.ligne_entetes) == (["Nom", "Type", "SIRET"], 4)
    assert "lignes de titre passées : 1, 2" in tableau.remarques[0]
    assert [ligne.numero for ligne in lignes(tableau)] == [5]


def test_des_en_tetes_sur_deux_lignes_se_joignent_au_plus_precis(tmp_path: Path) -> None:
    texte = "Nom;Type;Identifiants;;Lieu;\n;;SIRET;RNA;Commune;Région\nA;association;;;Toulouse;Occitanie\n"
    tableau = lire(ecrire(tmp_path, texte.encode()), CONNUES)
    assert tableau.entetes == ["Nom", "Type", "SIRET", "RNA", "Commune", "Région"]
    assert "deux lignes (1 et 2)" in tableau.remarques[-1]
    assert [ligne.numero for ligne in lignes(tableau)] == [3]


def test_un_nom_qui_vient_deux_fois_prend_celui_de_son_groupe(tmp_path: Path) -> None:
    texte = "Structure;;Contact;;\nNom;Type;Prénom;Nom;Courriel\nA;association;Anne;Martin;anne@example.org\n"
    tableau = lire(ecrire(tmp_path, texte.encode()), CONNUES)
    assert tableau.entetes == ["Structure Nom", "Type", "Prénom", "Contact Nom", "Courriel"]


def test_un_guillemet_non_ferme_ne_perd_que_sa_ligne(tmp_path: Path) -> None:
    texte = 'Nom;Type\nA;association\n"B;association\nC;association\n"D ""bis""";association\n"E" x;association\nF;x\n'
    lues = lignes(lire(ecrire(tmp_path, texte.encode()), CONNUES))
    assert [(ligne.numero, ligne.refus is None) for ligne in lues] == [
        (2, True),
        (3, False),
        (4, True),
        (5, True),
        (6, False),
        (7, True),
    ]
    assert lues[3].cellules[0] == 'D "bis"'


def test_des_en_tetes_dont_un_guillemet_n_est_pas_ferme_sont_dites_telles(tmp_path: Path) -> None:
    with pytest.raises(DonneesInvalides, match=r"ligne 1 : Un guillemet"):
        lire(ecrire(tmp_path, b'"Nom;Type\nA;association\n'), CONNUES)


def test_une_en_tete_n_apporte_aucun_code_a_l_ecran(tmp_path: Path) -> None:
    tableau = lire(ecrire(tmp_path, "Nom;Type;\x1b[31mRouge\u202e\nA;association;x\n".encode()), CONNUES)
    assert tableau.entetes[2] == "·[31mRouge·"


def test_un_guillemet_non_ferme_a_la_fin_d_un_grand_fichier_se_lit_en_lignes(tmp_path: Path) -> None:
    texte = 'Nom;Type\n"A;association\n' + "B;association\n" * 500
    lues = lignes(lire(ecrire(tmp_path, texte.encode()), CONNUES))
    assert [ligne.numero for ligne in lues if ligne.refus] == [2]
    assert len(lues) == 501


@pytest.mark.parametrize(
    ("nom", "octets", "raison"),
    [
        ("a.csv", b"PK\x03\x04" + b"\x00" * 100, "est un classeur"),
        ("a.csv", bytes(range(256)) * 40, "pas un fichier texte"),
        ("a.csv", b"nom;type\n" + b"x" * (3 << 20), "un million de caract"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "ni un fichier CSV"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "mot de passe"),
        ("a.xlsx", b"<html><table></table></html>", "pas un classeur Excel lisible"),
        ("a.json", b'{"nom": "A"}', "ne commence pas par un crochet"),
        ("a.json", b'[{"nom": "A"}, {"nom": "B"', "apr\xe8s l'objet n\xb0 1"),
        ("a.json", b'[{"nom": "A"}] suite', "mal form\xe9"),
        ("a.json", b"[]", "n'a pas de ligne d'en-t\xeates"),
        ("a.json", b"", "mal form\xe9"),
        ("a.csv", b"", "n'a pas de ligne d'en-t\xeates"),
        ("a.csv", b"\n\n;;\n", "n'a pas de ligne d'en-t\xeates"),
    ],
)
def test_ce_qui_n_est_pas_un_tableau_est_refuse_en_disant_pourquoi(
    tmp_path: Path, nom: str, octets: bytes, raison: str
) -> None:
    with pytest.raises(DonneesInvalides, match=raison):
        lignes(lire(ecrire(tmp_path, octets, nom), CONNUES))


# --- XLSX -------------------------------------------------------------------------------------------------------------
def test_un_classeur_se_lit_en_textes_sans_perdre_un_chiffre(tmp_path: Path) -> None:
    def remplir(livre: Any, feuille: Any) -> None:
        jour = livre.add_format({"num_format": "dd/mm/yyyy"})
        feuille.write_row(0, 0, ["SIRET", "Somme", "Montant", "Grand", "Jour", "Vrai", "Texte"])
        feuille.write_number(1, 0, 73282932000074)
        feuille.write_number(1, 1, 0.1 + 0.2)
        feuille.write_number(1, 2, 12000.5)
        feuille.write_number(1, 3, 1e20)
        feuille.write_datetime(1, 4, datetime(2027, 2, 28), jour)
        feuille.write_boolean(1, 5, True)
        feuille.write_rich_string(1, 6, livre.add_format({"bold": True}), "Ré", "gie")

    lue = lignes(lire(classeur(tmp_path, remplir)))[0]
    assert lue.cellules == [
        "73282932000074",
        "0.3",
        "12000.5",
        "100000000000000000000",
        "2027-02-28",
        "VRAI",
        "Régie",
    ]


def test_le_calendrier_de_1904_donne_les_memes_dates(tmp_path: Path) -> None:
    livre = openpyxl.Workbook()
    livre.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    livre.active.append(["jour"])
    livre.active.append([date(2027, 2, 28)])
    livre.save(tmp_path / "mac.xlsx")
    assert cellules(lire(tmp_path / "mac.xlsx")) == [["2027-02-28"]]


def test_ce_que_le_tableur_cache_est_lu_et_dit(tmp_path: Path) -> None:
    def remplir(livre: Any, feuille: Any) -> None:
        for rang in range(4):
            feuille.write_row(rang, 0, [f"Nom {rang}", f"Type {rang}"])
        feuille.set_row(2, options={"hidden": True})
        feuille.set_column("B:B", None, None, {"hidden": True})
        livre.add_worksheet("Notes").write_string(0, 0, "autre")
        livre.add_worksheet("Secrète").hide()

    tableau = lire(classeur(tmp_path, remplir))
    dit = " ".join(tableau.remarques)
    assert "1 ligne(s) masquée(s) ou filtrée(s), lues comme les autres : 3" in dit
    assert "Colonnes masquées, lues comme les autres : B" in dit
    assert "Feuilles non lues : « Notes »" in dit
    assert "Feuilles masquées non lues : « Secrète »" in dit
    assert len(lignes(tableau)) == 3
    assert lire(tmp_path / "fichier.xlsx", feuille="Notes").entetes == ["autre"]
    with pytest.raises(DonneesInvalides, match=r"pas de feuille « Absente »\. Feuilles : Données, Notes, Secrète"):
        lire(tmp_path / "fichier.xlsx", feuille="Absente")


def test_une_premiere_feuille_masquee_n_est_pas_celle_qu_on_lit(tmp_path: Path) -> None:
    def remplir(livre: Any, feuille: Any) -> None:
        feuille.write_string(0, 0, "listes")
        visible = livre.add_worksheet("Saisie")
        visible.write_string(0, 0, "nom")
        visible.activate()
        visible.set_first_sheet()
        feuille.hide()

    assert lire(classeur(tmp_path, remplir)).entetes == ["nom"]


def test_une_formule_jamais_calculee_une_cellule_fusionnee_et_une_erreur_sont_des_defauts(tmp_path: Path) -> None:
    livre = openpyxl.Workbook()
    feuille = livre.active
    for rangee in (["Nom", "Commune"], ["A", "Toulouse"], ["B", None], ["C", '="Foix"'], ["D", "#REF!"]):
        feuille.append(rangee)
    feuille.merge_cells("B2:B3")
    livre.save(tmp_path / "f.xlsx")
    lues = lignes(lire(tmp_path / "f.xlsx", CONNUES))
    assert "fusionnée avec B2" in lues[1].defauts[1].raison
    assert "Défusionnez" in lues[1].defauts[1].remede
    assert "jamais été calculée" in lues[2].defauts[1].raison
    assert lues[3].cellules[1] == "#REF!"
    assert lues[0].defauts == {}


def test_des_cellules_fusionnees_dans_les_en_tetes_ne_genent_pas(tmp_path: Path) -> None:
    def remplir(livre: Any, feuille: Any) -> None:
        feuille.merge_range("A1:D1", "Structures accompagnées en 2026", livre.add_format())
        feuille.merge_range("A2:A3", "Nom", livre.add_format())
        feuille.merge_range("B2:B3", "Type", livre.add_format())
        feuille.merge_range("C2:D2", "Identifiants", livre.add_format())
        feuille.write_row(2, 2, ["SIRET", "RNA"])
        feuille.write_row(3, 0, ["A", "association", "73282932000074", "W751234567"])

    tableau = lire(classeur(tmp_path, remplir), CONNUES)
    assert (tableau.entetes, tableau.ligne_entetes) == (["Nom", "Type", "SIRET", "RNA"], 3)
    assert cellules(tableau) == [["A", "association", "73282932000074", "W751234567"]]


def test_les_chaines_partagees_et_les_lignes_manquantes_gardent_leur_place(tmp_path: Path) -> None:
    def remplir(_livre: Any, feuille: Any) -> None:
        feuille.write_row(0, 0, ["Nom", "Type"])
        feuille.write_string(9, 1, "association")
        feuille.write_string(20, 0, "Les Aînés _x0041_ & <co>")

    lues = lignes(lire(classeur(tmp_path, remplir), CONNUES))
    assert [(ligne.numero, ligne.cellules) for ligne in lues] == [
        (10, ["", "association"]),
        (21, ["Les Aînés _x0041_ & <co>"]),
    ]


def remplacer(fichier: Path, partie: str, contenu: bytes) -> None:
    """Change one part of a workbook."""
    with zipfile.ZipFile(fichier) as archive:
        parties = {nom: archive.read(nom) for nom in archive.namelist()}
    with zipfile.ZipFile(fichier, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, octets in (parties | {partie: contenu}).items():
            archive.writestr(nom, octets)


FEUILLE = "xl/worksheets/sheet1.xml"
ESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.mark.parametrize(
    ("xml", "raison"),
    [
        (f'<worksheet {ESPACE}><sheetData><row r="99999999"><c r="A1"/></row></sheetData></worksheet>', "abîmé"),
        (
            f'<worksheet {ESPACE}><sheetData><row r="1"><c r="ZZZZZ1"><v>1</v></c></row></sheetData></worksheet>',
            "abîmé",
        ),
        (
            f'<worksheet {ESPACE}><sheetData><row r="1"><c r="XFD1"><v>1</v></c></row></sheetData></worksheet>',
            "1000 col",
        ),
        (f'<!DOCTYPE x [<!ENTITY a "b">]><worksheet {ESPACE}/>', "interdite"),
        (f"<worksheet {ESPACE}><sheetData><row>", "pas un classeur Excel lisible"),
        ("", "pas un classeur Excel lisible"),
    ],
)
def test_une_feuille_piegee_est_refusee(tmp_path: Path, xml: str, raison: str) -> None:
    fichier = classeur(tmp_path, lambda _livre, feuille: feuille.write_string(0, 0, "nom"))
    remplacer(fichier, FEUILLE, xml.encode())
    with pytest.raises(DonneesInvalides, match=raison):
        lignes(lire(fichier))


def test_un_texte_sans_fin_est_coupe_bien_au_dela_de_ce_qu_une_cellule_peut_tenir(tmp_path: Path) -> None:
    fichier = classeur(tmp_path, lambda _livre, feuille: feuille.write_row(0, 0, ["nom", "type"]))
    sans_fin = "x" * 300_000
    cellule = f'<row r="2"><c r="A2" t="inlineStr"><is><t>{sans_fin}</t></is></c><c r="B2" t="s"><v>1</v></c></row>'
    entetes = '<row r="1"><c r="A1" t="inlineStr"><is><t>nom</t></is></c><c r="B1" t="s"><v>0</v></c></row>'
    chaines = f"<sst {ESPACE}><si><t>type</t></si><si><t>{sans_fin}</t></si></sst>"
    remplacer(fichier, FEUILLE, f"<worksheet {ESPACE}><sheetData>{entetes}{cellule}</sheetData></worksheet>".encode())
    remplacer(fichier, "xl/sharedStrings.xml", chaines.encode())
    for lue in lignes(lire(fichier, CONNUES))[0].cellules:
        assert 100_000 <= len(lue) < 200_000


def test_un_fichier_de_trop_de_colonnes_est_refuse(tmp_path: Path) -> None:
    with pytest.raises(DonneesInvalides, match="plus de 1000 colonnes"):
        lire(ecrire(tmp_path, ";".join(f"c{n}" for n in range(1001)).encode()))


def test_une_bombe_zip_n_est_pas_ouverte(tmp_path: Path) -> None:
    fichier = classeur(tmp_path, lambda _livre, feuille: feuille.write_string(0, 0, "nom"))
    remplacer(fichier, FEUILLE, b" " * (60 << 20))
    with pytest.raises(DonneesInvalides, match="démesuré une fois décompressé"):
        lire(fichier)


def test_des_styles_demesures_ne_sont_pas_lus(tmp_path: Path) -> None:
    fichier = classeur(tmp_path, lambda _livre, feuille: feuille.write_string(0, 0, "nom"))
    remplacer(fichier, "xl/styles.xml", b" " * (40 << 20))
    with pytest.raises(DonneesInvalides, match=r"xl/styles\.xml » est démesuré"):
        lire(fichier)


# --- JSON -------------------------------------------------------------------------------------------------------------
def test_un_tableau_d_objets_se_lit_comme_des_lignes(tmp_path: Path) -> None:
    objets = [
        {"nom": "Régie", "montant": 12000.5, "roles": ["agent", "evaluateur"], "actif": True, "vide": None},
        {"nom": "Les Aînés", "commune": "Nîmes", "compte": 12345678901234567890},
    ]
    for texte in (json.dumps(objets), json.dumps(objets, ensure_ascii=False)):
        for codec in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
            tableau = lire(ecrire(tmp_path, texte.encode(codec), "f.json"))
            assert tableau.entetes == ["nom", "montant", "roles", "actif", "vide", "commune", "compte"]
            assert cellules(tableau) == [
                ["Régie", "12000.5", "agent; evaluateur", "oui", "", "", ""],
                ["Les Aînés", "", "", "", "", "Nîmes", "12345678901234567890"],
            ]
            assert [ligne.numero for ligne in lignes(tableau)] == [1, 2]


def test_un_objet_imbrique_une_clef_repetee_et_un_intrus_sont_nommes(tmp_path: Path) -> None:
    texte = '[{"nom": {"usuel": ["A"]}, "type": "x"}, 12, [{"nom": "B"}], {"nom": "C", "nom": "D"}, {"nom": [["E"]]}]'
    lues = lignes(lire(ecrire(tmp_path, texte.encode(), "f.json")))
    assert "imbriquée" in lues[0].defauts[0].raison
    assert [ligne.refus is not None for ligne in lues] == [False, True, True, False, False]
    assert "deux fois" in lues[3].defauts[0].raison
    assert "imbriquée" in lues[4].defauts[0].raison
