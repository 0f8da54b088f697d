"""The maquette: offered, filled in and read back; and what people do to it, each mistake told with its cell."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from ami.exports_maquette import FEUILLE, LIGNE_EMPLOIS, LIGNE_RESSOURCES, ecrire_maquette, ligne_total, premiere_ligne
from ami.imports_maquette import lire_maquette
from ami.imports_maquette_montants import en_euros

NUMERO = "AN26-0007"
E, R = premiere_ligne(LIGNE_EMPLOIS), premiere_ligne(LIGNE_RESSOURCES)
TOTAL_E, TOTAL_R = ligne_total(LIGNE_EMPLOIS), ligne_total(LIGNE_RESSOURCES)
SAINE: dict[str, Any] = {
    "B3": "HT",
    f"A{E}": "Études techniques",
    f"B{E}": 200000,
    f"A{E + 1}": "Concertation",
    f"B{E + 1}": 40000.5,
    f"A{E + 2}": "Bénévolat",
    f"B{E + 2}": 3000,
    f"C{E + 2}": "oui",
    f"A{R}": "Aide à l'ingénierie",
    f"B{R}": 120000,
    f"D{R}": "Agence nationale",
    f"E{R}": "sollicité",
    f"F{R}": "oui",
    f"A{R + 1}": "Fonds propres",
    f"B{R + 1}": 120000.5,
    f"E{R + 1}": "fonds propres",
    f"A{R + 2}": "Bénévolat",
    f"B{R + 2}": 3000,
    f"C{R + 2}": "oui",
}
Geste = Callable[[Workbook], None]


def remplir(*gestes: Geste, cases: dict[str, Any] | None = None) -> bytes:
    """The maquette as a person gives it back: filled in, then spoilt. Saved by hand, so formulas show no value."""
    classeur = load_workbook(io.BytesIO(ecrire_maquette(NUMERO, "Écoquartier")))
    for cellule, valeur in {**SAINE, **(cases or {})}.items():
        classeur[FEUILLE][cellule] = valeur
    for geste in gestes:
        geste(classeur)
    sortie = io.BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def dits(octets: bytes, numero: str = NUMERO) -> list[str]:
    return [str(defaut).replace("\u202f", " ").replace("\xa0", " ") for defaut in lire_maquette(octets, numero).defauts]


def test_une_maquette_bien_remplie_revient_au_centime() -> None:
    maquette = lire_maquette(remplir(), NUMERO)
    assert maquette.defauts == []
    assert maquette.base == "HT"
    assert [(x.sens, x.libelle, x.montant, x.en_nature, x.financeur, x.statut, x.public) for x in maquette.lignes] == [
        ("emploi", "Études techniques", Decimal("200000.00"), False, None, "", False),
        ("emploi", "Concertation", Decimal("40000.50"), False, None, "", False),
        ("emploi", "Bénévolat", Decimal("3000.00"), True, None, "", False),
        ("ressource", "Aide à l'ingénierie", Decimal("120000.00"), False, "Agence nationale", "sollicite", True),
        ("ressource", "Fonds propres", Decimal("120000.50"), False, None, "", False),
        ("ressource", "Bénévolat", Decimal("3000.00"), True, None, "", False),
    ]


def test_une_depense_non_eligible_est_lue_comme_telle() -> None:
    lignes = lire_maquette(remplir(cases={f"D{E}": "non", f"D{E + 1}": "oui"}), NUMERO).lignes
    assert [ligne.eligible for ligne in lignes] == [False, True, True, True, True, True]


@pytest.mark.parametrize("ecrit", ["200 000,00 €", "200000,00", "200 000", "200\u202f000,00"])
def test_un_montant_tape_comme_un_texte_francais_est_lu(ecrit: str) -> None:
    assert lire_maquette(remplir(cases={f"B{E}": ecrit}), NUMERO).lignes[0].montant == Decimal(200_000)


def fusionner(zone: str) -> Geste:
    return lambda classeur: classeur[FEUILLE].merge_cells(zone)


def masquer_ligne(ligne: int) -> Geste:
    def geste(classeur: Workbook) -> None:
        classeur[FEUILLE].row_dimensions[ligne].hidden = True

    return geste


def amincir(classeur: Workbook) -> None:
    classeur[FEUILLE].row_dimensions[E].height = 0.2
    classeur[FEUILLE].column_dimensions["D"].width = 0.1


def masquer_colonne(classeur: Workbook) -> None:
    classeur[FEUILLE].column_dimensions["D"].hidden = True


def masquer_feuille(classeur: Workbook) -> None:
    classeur[FEUILLE].sheet_state = "hidden"


def renommer(classeur: Workbook) -> None:
    classeur[FEUILLE].title = "Feuil1"


def en_pourcentage(classeur: Workbook) -> None:
    classeur[FEUILLE][f"B{E}"].number_format = "0%"


def inserer_ligne(classeur: Workbook) -> None:
    classeur[FEUILLE].insert_rows(E)


def supprimer_colonne(classeur: Workbook) -> None:
    classeur[FEUILLE].delete_cols(3)


def copier_feuille(classeur: Workbook) -> None:
    classeur.copy_worksheet(classeur[FEUILLE])


FAUTES: dict[str, tuple[list[Geste], dict[str, Any], str, str]] = {
    "un texte à la place d'un nombre": ([], {f"B{E}": "environ deux cents"}, f"B{E}", "n'est pas un montant"),
    "un montant négatif": ([], {f"B{E}": -5}, f"B{E}", "négatif"),
    "un montant négatif en texte": ([], {f"B{E}": "-5,00"}, f"B{E}", "négatif"),
    "trois décimales": ([], {f"B{E}": 200000.555}, f"B{E}", "plus de deux décimales"),
    "trois décimales en texte": ([], {f"B{E}": "200000,555"}, f"B{E}", "n'est pas un montant"),
    "deux virgules": ([], {f"B{E}": "200,000,00"}, f"B{E}", "n'est pas un montant"),
    "des milliers abrégés": ([], {f"B{E}": "200k€"}, f"B{E}", "n'est pas un montant"),
    "un pourcentage": ([], {f"B{E}": "50 %"}, f"B{E}", "pourcentage"),
    "une case au format pourcentage": ([en_pourcentage], {f"B{E}": 0.5}, f"B{E}", "pourcentage"),
    "des dollars": ([], {f"B{E}": "$200000"}, f"B{E}", "en euros"),
    "une date née d'un montant": ([], {f"B{E}": dt.datetime(2026, 3, 12)}, f"B{E}", "format date"),
    "un vrai ou faux": ([], {f"B{E}": True}, f"B{E}", "Vrai ou faux"),
    "un montant nul": ([], {f"B{E}": 0}, f"B{E}", "nul"),
    "un montant démesuré": ([], {f"B{E}": 10**12}, f"B{E}", "démesuré"),
    "une erreur de tableur": ([], {f"B{E}": "#REF!"}, f"B{E}", "l'erreur #REF!"),
    "une formule jamais calculée": ([], {f"B{E}": "=100000+100000"}, f"B{E}", "n'a pas été calculée"),
    "une formule vers un autre classeur": ([], {f"B{E}": "=[budget.xlsx]Feuil1!A1"}, f"B{E}", "autre classeur"),
    "un libellé sans montant": ([], {f"B{E}": None}, f"B{E}", "Le montant manque"),
    "un montant sans libellé": ([], {f"A{E}": None}, f"A{E}", "pas de libellé"),
    "un nombre pour libellé": ([], {f"A{E}": 12}, f"A{E}", "libellé est attendu"),
    "un libellé trop long": ([], {f"A{E}": "x" * 201}, f"A{E}", "200 caractères"),
    "un caractère invisible": ([], {f"A{E}": "Études\x7f"}, f"A{E}", "invisible"),
    "un peut-être": ([], {f"C{E}": "peut-être"}, f"C{E}", "oui ou par non"),
    "un statut inventé": ([], {f"E{R}": "promis"}, f"E{R}", "n'est pas un statut"),
    "un statut absent": ([], {f"E{R}": None}, f"E{R}", "Choisissez le statut"),
    "un financeur absent": ([], {f"D{R}": None}, f"D{R}", "Nommez le financeur"),
    "des fonds propres avec un financeur": ([], {f"D{R + 1}": "Banque"}, f"E{R + 1}", "n'ont pas de financeur"),
    "un total remplacé par un nombre": ([], {f"B{TOTAL_E}": 999}, f"B{TOTAL_E}", "formule du total"),
    "un total dont la formule est tronquée": (
        [],
        {f"B{TOTAL_R}": f"=SUM(B{R}:B{R + 3})"},
        f"B{TOTAL_R}",
        "formule du total",
    ),
    "un plan déséquilibré": ([], {f"B{R}": 100000}, f"B{TOTAL_R}", "20 000,00 € manquent aux ressources"),
    "un plan en nature déséquilibré": ([], {f"B{R + 2}": 1000}, f"B{TOTAL_R}", "Le plan en nature"),
    "une ligne en double": ([], {f"A{E + 1}": "études techniques", f"B{E + 1}": 40000.5}, f"A{E + 1}", f"répète A{E}"),
    "des cases fusionnées": ([fusionner(f"A{E}:A{E + 1}")], {}, f"A{E}", "fusionnées"),
    "une ligne masquée": ([masquer_ligne(E)], {}, f"A{E}", "masquée"),
    "une colonne masquée": ([masquer_colonne], {}, "D", "masquée"),
    "une ligne si mince qu'on ne la voit pas": ([amincir], {}, f"A{E}", "masquée"),
    "une colonne si mince qu'on ne la voit pas": ([amincir], {}, "D", "masquée"),
    "un montant plus grand que les centimes": ([], {f"B{E}": 1e25}, f"B{E}", "démesuré"),
    "un montant de quarante chiffres": ([], {f"B{E}": "9" * 40}, f"B{E}", "démesuré"),
    "un libellé retourné": ([], {f"A{E}": "Trav\u202eaux"}, f"A{E}", "invisible"),
    "un financeur trop long": ([], {f"D{R}": "V" * 201}, f"D{R}", "200 caractères"),
    "une note hors des cases": ([], {"J3": "à revoir"}, "J3", "hors des cases"),
    "une base oubliée": ([], {"B3": None}, "B3", "HT ou TTC"),
    "une base inventée": ([], {"B3": "net"}, "B3", "HT ou TTC"),
    "la maquette d'un autre dossier": ([], {"B2": "AN26-0001"}, "B2", "AN26-0001"),
    "une ligne insérée": ([inserer_ligne], {}, "", "titre"),
    "une colonne supprimée": ([supprimer_colonne], {}, "", ""),
    "la feuille renommée": ([renommer], {}, "", "« Feuil1 »"),
    "la feuille masquée": ([masquer_feuille], {}, "", "masquée"),
    "deux plans dans le classeur": ([copier_feuille], {}, "", "deux plans (« Maquette » et « Maquette Copy »)"),
    "des colonnes interverties": (
        [],
        {f"A{LIGNE_EMPLOIS}": "Montant", f"B{LIGNE_EMPLOIS}": "Emploi"},
        f"A{LIGNE_EMPLOIS}",
        "ont bougé",
    ),
    "une durée": ([], {f"B{E}": dt.timedelta(hours=5)}, f"B{E}", "une durée"),
    "une heure": ([], {f"B{E}": dt.time(5, 30)}, f"B{E}", "format date"),
    "une note au bout du monde": ([], {"XFD1048576": "vu"}, "XFD1048576", "hors des cases"),
    "un éligible peut-être": ([], {f"D{E}": "en partie"}, f"D{E}", "oui ou par non"),
    "un apport en nature dont on ne sait rien": ([], {f"D{R + 2}": "Mairie"}, f"E{R + 2}", "Choisissez le statut"),
    "l'ancienne maquette": ([], {"H1": "maquette-1"}, "", "n'est pas la maquette fournie"),
    "la maquette vidée": ([], dict.fromkeys([c for c in SAINE if c != "B3"]), f"A{E}", "vide"),
}


@pytest.mark.parametrize("faute", FAUTES)
def test_chaque_faute_est_dite_avec_sa_case(faute: str) -> None:
    gestes, cases, cellule, phrase = FAUTES[faute]
    octets = remplir(*gestes, cases=cases)
    lus = dits(octets)
    assert any(cellule in dit and phrase in dit for dit in lus), lus
    assert lire_maquette(octets, NUMERO).lignes == []


def test_au_moins_trente_fautes_sont_connues() -> None:
    assert len(FAUTES) >= 30


def archive(nom: str, contenu: bytes) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as zip_:
        zip_.writestr(nom, contenu)
    return sortie.getvalue()


@pytest.mark.parametrize(
    ("octets", "phrase"),
    [
        (b"", "vide"),
        (b"libelle;montant", "n'est pas un classeur"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "mot de passe"),
        (b"PK\x03\x04" + b"\0" * 40, "n'est pas un classeur"),
        (b"x" * (5 * 1024 * 1024 + 1), "dépasse"),
        (archive("xl/worksheets/sheet1.xml", b"0" * 11 * 1024 * 1024), "démesuré"),
        (archive("xl/worksheets/sheet1.xml", b"<sheet"), "abîmé"),
        (archive("[Content_Types].xml", b"<Types><Override"), "abîmé"),
    ],
)
def test_ce_qui_n_est_pas_un_classeur_est_refuse_d_une_phrase(octets: bytes, phrase: str) -> None:
    assert len(dits(octets)) == 1
    assert phrase in dits(octets)[0]


def test_plusieurs_fautes_sont_toutes_dites_dans_l_ordre_de_la_feuille() -> None:
    lus = dits(remplir(cases={f"E{R}": "promis", f"B{E}": -1, "B3": None}))
    assert [dit.split(" : ")[0] for dit in lus] == [f"{FEUILLE}!B3", f"{FEUILLE}!B{E}", f"{FEUILLE}!E{R}"]


def test_un_collage_de_milliers_de_cases_est_resume() -> None:
    lus = dits(remplir(cases={f"K{ligne}": "x" for ligne in range(1, 1001)}))
    assert len(lus) == 101
    assert lus[0].startswith(f"{FEUILLE}!K1 : ")
    assert "Et 900 autres cases" in lus[-1]


def test_un_nombre_infini_ou_qui_n_en_est_pas_un_est_demesure() -> None:
    for valeur in ("inf", "-inf", "nan", "1e300"):
        assert en_euros(float(valeur), "General") == (Decimal(0), "Ce montant est démesuré. Vérifiez-le.")
