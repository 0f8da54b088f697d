"""The XML of one sheet of a workbook, read as it comes: cells as text, and what a spreadsheet hides."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import IO, Any, Final
from xml.parsers import expat

from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.escape import unescape

from ami.erreurs import DonneesInvalides
from ami.imports_lignes import LARGEUR_MAX, TEXTE_MAX, Defaut, LigneLue

MORCEAU: Final = 1 << 16  # bytes of XML at a time
LIGNE_MAX_EXCEL: Final = 1_048_576
FUSIONS_MAX: Final = 20_000
_QUINZE_CHIFFRES: Final = Context(prec=15)  # what a spreadsheet keeps and shows: 0.1 + 0.2 is 0.3
_VRAI: Final = {"1", "true"}
_JAMAIS_CALCULEE: Final = Defaut(
    "La formule de cette cellule n'a jamais été calculée : elle n'a pas de valeur.",
    "Ouvrez le classeur dans un tableur et enregistrez-le, ou remplacez la formule par sa valeur.",
)
_DATE_IMPOSSIBLE: Final = Defaut(
    "Cette cellule est une date que le calendrier d'Excel ne connaît pas.", "Ressaisissez la date : 28/02/2027."
)

Balise = Callable[[str, dict[str, str]], None]


def analyser(
    flux: IO[bytes],
    ouvrir: Balise,
    fermer: Callable[[str], None] | None = None,
    texte: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Feed XML to functions, piece by piece; gives the hand back after each piece.

    Raises `DonneesInvalides` on a document type (how XML bombs are made), `expat.ExpatError` on bad XML.
    """
    analyseur = expat.ParserCreate(namespace_separator="}")
    analyseur.buffer_text = True
    analyseur.StartDoctypeDeclHandler = _refuser_doctype
    analyseur.StartElementHandler = lambda nom, attributs: ouvrir(_local(nom), attributs)
    if fermer is not None:
        analyseur.EndElementHandler = lambda nom: fermer(_local(nom))
    if texte is not None:
        analyseur.CharacterDataHandler = texte
    while morceau := flux.read(MORCEAU):
        analyseur.Parse(morceau, False)
        yield
    analyseur.Parse(b"", True)
    yield


def _refuser_doctype(*_details: object) -> None:
    raise DonneesInvalides("Ce classeur contient une déclaration XML interdite : il n'a pas été ouvert.")


@lru_cache(maxsize=256)
def _local(nom: str) -> str:
    return nom.rpartition("}")[2]


@dataclass
class Apercu:
    """What a first look at a sheet tells before its lines are read."""

    lignes: int = 0
    masquees: int = 0
    premieres_masquees: list[int] = field(default_factory=list)
    colonnes_masquees: list[str] = field(default_factory=list)
    fusions: list[tuple[int, int, int, int]] = field(default_factory=list)  # first line, column, last line, column
    _a_compter: bool = False  # a line that holds nothing but its layout does not count

    def noter(self, nom: str, attributs: dict[str, str]) -> None:
        """Take in one XML element."""
        if nom in ("v", "t"):
            self.lignes += self._a_compter
            self._a_compter = False
        elif nom == "row":
            self._a_compter = True
            if attributs.get("hidden") in _VRAI:
                self._noter_masquee(attributs)
        elif nom == "mergeCell":
            self._noter_fusion(attributs.get("ref", ""))
        elif nom == "col" and attributs.get("hidden") in _VRAI:
            premiere, derniere = int(attributs["min"]), min(int(attributs["max"]), LARGEUR_MAX)
            self.colonnes_masquees += [get_column_letter(rang) for rang in range(premiere, derniere + 1)][:20]

    def _noter_masquee(self, attributs: dict[str, str]) -> None:
        self.masquees += 1
        if len(self.premieres_masquees) < 10:
            self.premieres_masquees.append(int(attributs.get("r", self.lignes + 1)))

    def _noter_fusion(self, plage: str) -> None:
        if len(self.fusions) >= FUSIONS_MAX:
            raise DonneesInvalides("Ce classeur a trop de cellules fusionnées. Défusionnez-les toutes, puis relancez.")
        gauche, haut, droite, bas = range_boundaries(plage)
        self.fusions.append((haut, gauche, bas, min(droite, LARGEUR_MAX)))


class _Fusions:
    """The merged cells of a sheet, as its lines go by: which are covered by another, and which one."""

    def __init__(self, plages: Sequence[tuple[int, int, int, int]]) -> None:
        self._a_venir = sorted(plages, reverse=True)
        self._actives: list[tuple[int, int, int, int]] = []

    def couvertes(self, numero: int) -> dict[int, Defaut]:
        """Positions (from 0) covered on a line; lines are asked in order."""
        if not self._a_venir and not self._actives:
            return {}
        while self._a_venir and self._a_venir[-1][0] <= numero:
            self._actives.append(self._a_venir.pop())
        self._actives = [plage for plage in self._actives if plage[2] >= numero]
        return {
            rang - 1: _fusionnee(haut, gauche)
            for haut, gauche, _bas, droite in self._actives
            for rang in range(gauche, droite + 1)
            if (numero, rang) != (haut, gauche)
        }


def _fusionnee(ligne: int, rang: int) -> Defaut:
    return Defaut(
        f"Cette cellule est fusionnée avec {get_column_letter(rang)}{ligne} : elle n'a pas de valeur à elle.",
        "Défusionnez ces cellules et recopiez la valeur sur chaque ligne.",
    )


class LecteurFeuille:
    """Turns the XML of a sheet into lines. `chaines` gives a shared string, `dates` the styles that show a date."""

    def __init__(
        self,
        chaines: Callable[[int], str],
        dates: frozenset[int],
        epoque: datetime,
        fusions: Sequence[tuple[int, int, int, int]],
    ) -> None:
        self._chaines = chaines
        self._dates = dates
        self._epoque = epoque
        self._fusions = _Fusions(fusions)
        self._pretes: list[LigneLue] = []
        self._ligne = LigneLue(0, [])
        self._rang = -1
        self._attributs: dict[str, str] = {}
        self._valeur: str | None = None
        self._formule = self._capte = self._phonetique = False
        self._morceaux: list[str] = []
        self._retenus = 0  # characters in them

    def lignes(self, flux: IO[bytes]) -> Iterator[LigneLue]:
        """Each line that has cells. Raises `DonneesInvalides` on impossible coordinates."""
        for _ in analyser(flux, self._ouvrir, self._fermer, self._texte):
            yield from self._pretes
            self._pretes.clear()

    def _ouvrir(self, nom: str, attributs: dict[str, str]) -> None:
        if nom == "c":
            self._attributs, self._valeur, self._formule = attributs, None, False
            self._rang = _colonne(attributs["r"].rstrip("0123456789")) if "r" in attributs else self._rang + 1
        elif nom == "v" or (nom == "t" and not self._phonetique):
            self._capte = True
        elif nom == "f":
            self._formule = True
        elif nom == "row":
            self._commencer_ligne(attributs)
        elif nom == "rPh":
            self._phonetique = True

    def _fermer(self, nom: str) -> None:
        if nom in ("v", "t"):
            if self._capte:
                self._valeur = (self._valeur or "") + "".join(self._morceaux)
            self._capte, self._retenus = False, 0
            self._morceaux.clear()
        elif nom == "c":
            self._poser()
        elif nom == "row":
            self._finir_ligne()
        elif nom == "rPh":
            self._phonetique = False

    def _texte(self, texte: str) -> None:
        if self._capte and self._retenus < TEXTE_MAX:
            self._retenus += len(texte)
            self._morceaux.append(texte)

    def _commencer_ligne(self, attributs: dict[str, str]) -> None:
        numero = int(attributs.get("r", self._ligne.numero + 1))
        if not self._ligne.numero < numero <= LIGNE_MAX_EXCEL:
            raise DonneesInvalides(f"Ce classeur est abîmé : une ligne y porte le numéro {numero}. Réenregistrez-le.")
        self._ligne, self._rang = LigneLue(numero, []), -1

    def _finir_ligne(self) -> None:
        if self._ligne.cellules:
            self._ligne.defauts |= self._fusions.couvertes(self._ligne.numero)
            self._pretes.append(self._ligne)

    def _poser(self) -> None:
        """The cell is whole: put its text in its place."""
        if self._valeur is None and not self._formule:
            return
        # An empty result is written as a text; anything else without a value was never calculated.
        if not self._valeur and self._formule and self._attributs.get("t") != "str":
            self._ligne.defauts[self._rang] = _JAMAIS_CALCULEE
        if not 0 <= self._rang < LARGEUR_MAX:
            raise DonneesInvalides(f"Ce classeur a plus de {LARGEUR_MAX} colonnes : gardez celles de l'import.")
        cellules = self._ligne.cellules
        cellules.extend([""] * (self._rang + 1 - len(cellules)))
        cellules[self._rang] = self._lire(self._valeur or "")

    def _lire(self, brut: str) -> str:
        match self._attributs.get("t", "n"):
            case "s":
                return self._chaines(int(brut))
            case "str" | "inlineStr":
                return unescape(brut) if "_x" in brut else brut
            case "b":
                return "VRAI" if brut in _VRAI else "FAUX"
            case "n":
                return self._nombre(brut) if brut else ""
            case "d":
                return brut[:10]
            case _:
                return brut  # an error: #REF!, #N/A

    def _nombre(self, brut: str) -> str:
        if int(self._attributs.get("s", 0)) in self._dates:
            return self._jour(brut)
        return brut if brut.isdigit() and len(brut) < 16 else en_decimal(brut)

    def _jour(self, brut: str) -> str:
        try:
            jour = from_excel(int(Decimal(brut)), self._epoque)
        except (ValueError, OverflowError, InvalidOperation):
            self._ligne.defauts[self._rang] = _DATE_IMPOSSIBLE
            return brut
        return jour.strftime("%Y-%m-%d") if isinstance(jour, date) else str(jour)


def en_decimal(brut: str) -> str:
    """A number as a spreadsheet shows it, without exponent; a text that is no number stays as it is."""
    try:
        nombre = _QUINZE_CHIFFRES.create_decimal(brut)
    except InvalidOperation:
        return brut
    return format(nombre.normalize(), "f") if nombre.is_finite() and abs(nombre.adjusted()) < 30 else brut


@lru_cache(maxsize=2048)
def _colonne(lettres: str) -> int:
    """Position (from 0) of a column by its letters."""
    try:
        rang: Any = column_index_from_string(lettres)
    except ValueError as erreur:
        raise DonneesInvalides(f"Ce classeur est abîmé : une colonne s'y nomme « {lettres[:10]} ».") from erreur
    return int(rang) - 1
