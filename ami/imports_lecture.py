"""Open a file as a person made it, CSV, XLSX or JSON, and find its headings; its lines then come as a stream."""

from collections.abc import Collection
from itertools import islice
from pathlib import Path
from typing import Final

from ami.erreurs import DonneesInvalides
from ami.imports_classeur import Classeur
from ami.imports_entetes import LIGNES_REGARDEES, Entetes, trouver_entetes
from ami.imports_json import FichierJson
from ami.imports_lignes import LARGEUR_MAX, Source, Tableau, montrable
from ami.imports_texte import FichierTexte

TAILLE_MAX: Final = 200 * 1024**2  # bytes of a file; read as a stream, but somebody waits
CLASSEURS: Final = frozenset({".xlsx", ".xlsm"})
TEXTES: Final = frozenset({".csv", ".txt", ".tsv"})
JSON: Final = ".json"
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"  # the old .xls, and any workbook with a password


def lire(chemin: Path, connues: Collection[str] = frozenset(), feuille: str | None = None) -> Tableau:
    """Open a file and find its headings.

    `connues` are the headings looked for (reduced by `cle`): they tell the line of headings from a title. `feuille`
    names the sheet of a workbook; the first visible one when not given.
    Raises `DonneesInvalides` when the file is absent, too big, empty, or not what its name says.
    """
    source = _source(chemin, connues, feuille)
    if isinstance(source, FichierJson):
        entetes = Entetes([montrable(clef) for clef in next(source.lignes()).cellules], 0, 1, [])
    else:
        premieres = list(islice(source.lignes(), LIGNES_REGARDEES))
        entetes = trouver_entetes(premieres, connues) or Entetes([], 0, 1, [])
        refus = next((ligne.refus for ligne in premieres[:1] if not entetes.reconnues), None)
        if refus is not None:
            raise DonneesInvalides(f"« {chemin.name} », ligne {premieres[0].numero} : {refus.raison} {refus.remede}")
    if not entetes.noms:
        raise DonneesInvalides(
            f"« {chemin.name} » n'a pas de ligne d'en-têtes. La première ligne doit nommer les colonnes."
        )
    if len(entetes.noms) > LARGEUR_MAX:
        raise DonneesInvalides(f"« {chemin.name} » a plus de {LARGEUR_MAX} colonnes : gardez celles de l'import.")
    return Tableau(chemin.name, source, entetes.noms, entetes.ligne, [*source.remarques, *_remarques(entetes)])


def _remarques(entetes: Entetes) -> list[str]:
    """What was understood of the top of the table, when it is not one line of headings and nothing else."""
    remarques = []
    if entetes.au_dessus:
        lignes = ", ".join(map(str, entetes.au_dessus))
        remarques.append(f"En-têtes trouvées à la ligne {entetes.ligne} ; lignes de titre passées : {lignes}.")
    if entetes.lignes == 2:
        remarques.append(f"En-têtes sur deux lignes ({entetes.ligne - 1} et {entetes.ligne}), réunies.")
    return remarques


def _source(chemin: Path, connues: Collection[str], feuille: str | None) -> Source:
    suffixe = chemin.suffix.lower()
    debut = _debut(chemin)
    if suffixe not in CLASSEURS | TEXTES | {JSON}:
        raise DonneesInvalides(
            f"« {chemin.name} » n'est ni un fichier CSV ni un classeur XLSX, ni un fichier JSON. "
            "Enregistrez-le dans l'un de ces formats."
        )
    if debut.startswith(_OLE):
        raise DonneesInvalides(
            f"« {chemin.name} » est un ancien classeur .xls, ou un classeur protégé par un mot de passe. "
            "Réenregistrez-le au format .xlsx, sans mot de passe."
        )
    if suffixe in CLASSEURS:
        return Classeur(chemin, feuille)
    if debut.startswith(_ZIP):
        raise DonneesInvalides(f"« {chemin.name} » est un classeur : donnez-lui l'extension .xlsx.")
    if feuille is not None:
        raise DonneesInvalides(f"« {chemin.name} » n'est pas un classeur : il n'a pas de feuilles.")
    return FichierJson(chemin) if suffixe == JSON else FichierTexte(chemin, connues)


def _debut(chemin: Path) -> bytes:
    if not chemin.is_file():
        raise DonneesInvalides(f"Le fichier « {chemin} » n'existe pas. Vérifiez son nom et son dossier.")
    if chemin.stat().st_size > TAILLE_MAX:
        raise DonneesInvalides(
            f"« {chemin.name} » dépasse {TAILLE_MAX // 1024**2} Mo. Découpez-le en plusieurs fichiers."
        )
    with chemin.open("rb") as fichier:
        return fichier.read(8)
