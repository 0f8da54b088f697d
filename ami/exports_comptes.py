"""The ledgers of a campagne in files: a sheet per enveloppe and a summary, and the same movements as CSV."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from sqlmodel import Session

from ami.comptes import Compte, comptes_de
from ami.exports_feuilles import Champ, Feuille, ecrire_feuilles
from ami.fichiers import inerte, remplacer
from ami.models import Campagne
from ami.regards import Regard, exiger_vue
from notifications.formats import PARIS, instant

MOUVEMENTS: Final = (
    Champ("Date", "jour", 11),
    Champ("Mouvement", "texte", 14),
    Champ("Dossier", "texte", 13),
    Champ("Motif", "texte", 26),
    Champ("Convention", "texte", 20),
    Champ("Engagé (+) ou libéré (–)", "euros", 16, somme=True),
    Champ("Versé (+) ou reversé (–)", "euros", 16, somme=True),
    Champ("Engagé après", "euros", 16),
    Champ("Versé net après", "euros", 16),
    Champ("Disponible après", "euros", 16),
)
RECAPITULATIF: Final = (
    Champ("Aide", "texte", 24),
    Champ("Financeur", "texte", 32),
    Champ("SIRET", "texte", 17),
    *(Champ(t, "euros", 15) for t in ("Doté", "Engagé", "Libéré", "Versé", "Reversé", "Versé net", "Disponible")),
)


def exporter_comptes(
    session: Session, regard: Regard, campagne: Campagne, dossier: Path, maintenant: datetime
) -> tuple[Path, Path]:
    """Write the ledgers of a campagne: workbook and CSV, or nothing at all.

    Raises:
        Introuvable: the role sees no accounts in this campagne.
        Refus: they do not balance.
    """
    exiger_vue(session, regard, campagne, "comptes")
    comptes = comptes_de(session, campagne)
    nom = f"comptes-{campagne.code}-{maintenant.astimezone(PARIS):%Y-%m-%d}"
    classeur, texte = dossier / f"{nom}.xlsx", dossier / f"{nom}.csv"
    remplacer(classeur, en_classeur(campagne, comptes, maintenant))
    remplacer(texte, en_csv(comptes).encode("utf-8-sig"))
    return classeur, texte


def en_classeur(campagne: Campagne, comptes: Sequence[Compte], maintenant: datetime) -> bytes:
    """The summary, then a sheet per enveloppe."""
    arrete = f"Arrêté le {instant(maintenant)} (heure de Paris). Montants en euros."
    feuilles = [_recapitulatif(campagne, comptes, arrete)]
    feuilles += [_feuille(rang, compte, arrete) for rang, compte in enumerate(comptes, 1)]
    return ecrire_feuilles(feuilles, f"{campagne.nom} : comptes", campagne.code, maintenant)


def en_csv(comptes: Sequence[Compte]) -> str:
    """Every movement, for a French spreadsheet: semicolons, decimal comma, inert texts."""
    sortie = io.StringIO()
    plume = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
    plume.writerow(["Aide", "Financeur", *(champ.titre for champ in MOUVEMENTS)])
    for compte in comptes:
        for ligne in _lignes(compte):
            plume.writerow([inerte(compte.nature), inerte(compte.financeur), *map(_cellule, ligne)])
    return sortie.getvalue()


def _recapitulatif(campagne: Campagne, comptes: Sequence[Compte], arrete: str) -> Feuille:
    """No total across natures of aid: a study, a project and a share of capital do not add up."""
    lignes = [
        (
            compte.nature,
            compte.financeur,
            compte.siret,
            compte.dote,
            compte.somme("Engagement"),
            compte.somme("Libération"),
            compte.somme("Versement"),
            compte.somme("Reversement"),
            compte.somme("Versement") - compte.somme("Reversement"),
            compte.disponible,
        )
        for compte in comptes
    ]
    sous_titres = (arrete, "Disponible = doté – engagé + libéré. Versé net = versé – reversé.")
    return Feuille("Récapitulatif", f"{campagne.nom} : comptes", sous_titres, RECAPITULATIF, lignes, fige=2)


def _feuille(rang: int, compte: Compte, arrete: str) -> Feuille:
    # A sheet's name is short and refuses some signs: the number keeps it unique.
    nom = f"{rang} {''.join(s for s in compte.financeur if s not in '[]:*?/' + chr(92))}"[:31].rstrip("' ")
    titre = f"{compte.nature} – {compte.financeur}"
    return Feuille(nom, titre, (arrete,), MOUVEMENTS, _lignes(compte), fige=3)


def _lignes(compte: Compte) -> list[tuple[object, ...]]:
    return [
        (e.instant, e.genre, e.dossier, e.motif, e.reference, e.engage, e.verse, engage, verse, compte.dote - engage)
        for e, engage, verse in zip(compte.ecritures, compte.engages, compte.verses, strict=True)
    ]


def _cellule(valeur: object) -> str:
    match valeur:
        case datetime():
            return valeur.astimezone(PARIS).strftime("%d/%m/%Y")
        case Decimal():
            return f"{valeur:.2f}".replace(".", ",")
        case _:
            return inerte(str(valeur))
