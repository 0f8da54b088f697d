"""The workbook of a shortlist: sheets ready to print, texts as texts, amounts as numbers."""

import io
from collections.abc import Sequence
from typing import Any, Final

from ami.exports_feuilles import (
    Styles,
    ajouter_feuille,
    ecrire,
    hauteur,
    mettre_en_page,
    ouvrir_classeur,
    sommer,
    total,
)
from ami.exports_selection import COLONNES, Selection, tableau
from ami.queries import MontantEnveloppe
from notifications.formats import instant

LIGNE_ENTETES: Final = 5
_MONTANTS: Final[tuple[tuple[str, str], ...]] = (
    ("montant", "Doté"),
    ("engage", "Engagé"),
    ("paye", "Versé"),
    ("reverse", "Reversé"),
    ("libere", "Libéré"),
    ("disponible", "Disponible"),
)
_EXPLICATIONS: Final = (
    "Les montants sont en euros. Les sommes du bas de page suivent le filtre posé sur le tableau.",
    "Sont présents les dossiers évalués, ceux qui ont reçu une décision et ceux pour lesquels une aide est engagée.",
    "Ordre : d'abord le rang donné par le comité, puis la note, puis le numéro de dossier.",
    "Aucune donnée personnelle ne figure dans ce classeur.",
)


def ecrire_classeur(selection: Selection) -> bytes:
    """Build the workbook; the same selection gives the same bytes."""
    memoire = io.BytesIO()
    classeur = ouvrir_classeur(memoire, _titre(selection), selection.arretee_a)
    styles = Styles(classeur)
    _feuille_selection(classeur.add_worksheet("Sélection"), selection, styles)
    _feuille_lecture(classeur.add_worksheet("Comment lire"), selection, styles)
    _feuille_montants(classeur.add_worksheet("Montants par enveloppe"), selection, styles)
    for feuille in selection.feuilles:
        ajouter_feuille(classeur, styles, feuille, selection.campagne.code)
    classeur.close()
    return memoire.getvalue()


def _feuille_selection(feuille: Any, selection: Selection, styles: Styles) -> None:
    _bandeau(feuille, selection, styles)
    for rang, colonne in enumerate(COLONNES):
        feuille.set_column(rang, rang, colonne.largeur)
        feuille.write_string(LIGNE_ENTETES, rang, colonne.titre, styles.entete)
    feuille.set_row(LIGNE_ENTETES, 32)
    premiere = LIGNE_ENTETES + 1
    valeurs = tableau(selection)
    for position, ligne in enumerate(valeurs.itertuples(index=False, name=None)):
        feuille.set_row(premiere + position, _hauteur(ligne))
        for rang, colonne in enumerate(COLONNES):
            style = styles.cellule(colonne.genre, bande=position % 2 == 1)
            ecrire(feuille, premiere + position, rang, ligne[rang], style)
    if len(valeurs):
        _totaux(feuille, premiere, valeurs, styles)
        feuille.autofilter(LIGNE_ENTETES, 0, premiere + len(valeurs) - 1, len(COLONNES) - 1)
    feuille.freeze_panes(premiere, 3)
    feuille.repeat_rows(LIGNE_ENTETES)
    mettre_en_page(feuille, selection.campagne.code)


def _hauteur(ligne: Sequence[object]) -> int:
    return hauteur([(str(valeur), c.largeur) for valeur, c in zip(ligne, COLONNES, strict=True) if c.genre == "texte"])


def _bandeau(feuille: Any, selection: Selection, styles: Styles) -> None:
    programme = selection.reglement.programme
    nombre = len(selection.lignes)
    feuille.write_string(0, 0, _titre(selection), styles.titre)
    feuille.set_row(0, 24)
    feuille.write_string(1, 0, f"{programme.nom} — {programme.organisme.nom}", styles.sous_titre)
    feuille.write_string(2, 0, f"Arrêté le {instant(selection.arretee_a)} (heure de Paris)", styles.sous_titre)
    dossiers = f"{nombre} dossier" if nombre < 2 else f"{nombre} dossiers"
    feuille.write_string(3, 0, f"{dossiers} ; règlement version {programme.version}", styles.sous_titre)


def _titre(selection: Selection) -> str:
    return f"{selection.campagne.nom} : sélection"


def _totaux(feuille: Any, premiere: int, valeurs: Any, styles: Styles) -> None:
    derniere = premiere + len(valeurs)
    feuille.set_row(derniere, 20)
    for rang, colonne in enumerate(COLONNES):
        style = styles.cellule("euros" if colonne.somme else "texte", total=True)
        if colonne.somme:
            sommer(feuille, (premiere, derniere, rang), total(valeurs[colonne.titre]), style)
        else:
            feuille.write_string(derniere, rang, "Total" if colonne.titre == "Projet" else "", style)


def _feuille_lecture(feuille: Any, selection: Selection, styles: Styles) -> None:
    feuille.set_column(0, 0, 28)
    feuille.set_column(1, 1, 100)
    feuille.write_string(0, 0, "Comment lire ce classeur", styles.titre)
    ligne = 2
    for texte in _EXPLICATIONS:
        feuille.write_string(ligne, 0, texte)
        ligne += 1
    definitions = [(colonne.titre, colonne.sens) for colonne in COLONNES]
    ligne = _definitions(feuille, ligne + 1, "Colonne", definitions, styles)
    etats = [(e.libelle, e.explication) for e in selection.reglement.workflow("dossier").etats if e.explication]
    if etats:
        _definitions(feuille, ligne + 1, "Situation", etats, styles)
    mettre_en_page(feuille, selection.campagne.code)


def _definitions(feuille: Any, ligne: int, titre: str, paires: Sequence[tuple[str, str]], styles: Styles) -> int:
    feuille.write_string(ligne, 0, titre, styles.entete)
    feuille.write_string(ligne, 1, "Ce que cela veut dire", styles.entete)
    for rang, (mot, sens) in enumerate(paires, start=ligne + 1):
        feuille.write_string(rang, 0, mot, styles.gras)
        feuille.write_string(rang, 1, sens, styles.paragraphe)
    return ligne + 1 + len(paires)


def _feuille_montants(feuille: Any, selection: Selection, styles: Styles) -> None:
    feuille.set_column(0, 1, 34)
    feuille.set_column(2, 1 + len(_MONTANTS), 16)
    feuille.write_string(0, 0, "Montants par enveloppe", styles.titre)
    feuille.write_string(1, 0, f"Arrêté le {instant(selection.arretee_a)} (heure de Paris)", styles.sous_titre)
    for rang, titre in enumerate(("Enveloppe", "Financeur", *(titre for _, titre in _MONTANTS))):
        feuille.write_string(3, rang, titre, styles.entete)
    for position, enveloppe in enumerate(selection.enveloppes):
        _ligne_enveloppe(feuille, 4 + position, enveloppe, styles)
    if selection.enveloppes:
        _totaux_enveloppes(feuille, selection.enveloppes, styles)
    feuille.freeze_panes(4, 2)
    mettre_en_page(feuille, selection.campagne.code)


def _ligne_enveloppe(feuille: Any, ligne: int, enveloppe: MontantEnveloppe, styles: Styles) -> None:
    feuille.write_string(ligne, 0, enveloppe.nature_libelle, styles.cellule("texte"))
    feuille.write_string(ligne, 1, enveloppe.financeur, styles.cellule("texte"))
    for rang, (champ, _) in enumerate(_MONTANTS, start=2):
        feuille.write_number(ligne, rang, getattr(enveloppe, champ), styles.cellule("euros"))


def _totaux_enveloppes(feuille: Any, enveloppes: Sequence[MontantEnveloppe], styles: Styles) -> None:
    """A total for each nature of aid: a study, a project and a share of capital do not add up."""
    natures = dict.fromkeys(e.nature_libelle for e in enveloppes)
    for ligne, nature in enumerate(natures, start=4 + len(enveloppes)):
        feuille.write_string(ligne, 0, f"Total, {nature}", styles.cellule("texte", total=True))
        feuille.write_blank(ligne, 1, None, styles.cellule("texte", total=True))
        for rang, (champ, _) in enumerate(_MONTANTS, start=2):
            somme = total([getattr(e, champ) for e in enveloppes if e.nature_libelle == nature])
            feuille.write_number(ligne, rang, somme, styles.cellule("euros", total=True))
