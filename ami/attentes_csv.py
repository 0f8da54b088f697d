"""Who owes what, as a CSV a French spreadsheet opens: columns declared once, inert texts."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from ami.attentes import Attendu
from ami.fichiers import inerte
from notifications.formats import PARIS
from rules.mots_listes import ROLES


def _jour(instant: datetime | None) -> str:
    return instant.astimezone(PARIS).strftime("%d/%m/%Y") if instant is not None else ""


COLONNES: Final[Mapping[str, Callable[[Attendu], str]]] = {
    "Dossier": lambda ligne: ligne.numero,
    "Projet": lambda ligne: ligne.titre,
    "État": lambda ligne: ligne.etat,
    "Acte attendu": lambda ligne: ligne.quoi,
    "Rôle": lambda ligne: ROLES[ligne.role].nom,
    "De qui": lambda ligne: ", ".join(ligne.qui),
    "Courriels": lambda ligne: ", ".join(ligne.courriels),
    "Depuis": lambda ligne: _jour(ligne.depuis),
    "Jours d'attente": lambda ligne: str(ligne.jours),
    "Échéance": lambda ligne: _jour(ligne.echeance),
    "En retard": lambda ligne: "oui" if ligne.depassee else "non",
    "Jours de retard": lambda ligne: str(ligne.retard),
    "Prochain rappel": lambda ligne: _jour(ligne.relance_le),
    "Remarque": lambda ligne: ligne.remarque,
}


def en_csv(lignes: Iterable[Attendu]) -> bytes:
    """The lines in UTF-8 with a mark for spreadsheets, semicolons, one line per act awaited."""
    memoire = io.StringIO()
    ecrivain = csv.writer(memoire, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow(COLONNES)
    ecrivain.writerows([inerte(lire(ligne)) for lire in COLONNES.values()] for ligne in lignes)
    return memoire.getvalue().encode("utf-8-sig")
