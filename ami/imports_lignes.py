"""A file of rows, whatever its format: what every reader gives, one line at a time, and never the whole file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Protocol

from ami.imports_champs import cle

Unite = Literal["ligne", "objet"]
LARGEUR_MAX: Final = 1000  # columns
TEXTE_MAX: Final = 100_000  # characters kept of one cell, far above what a cell may hold


class Defaut(NamedTuple):
    """What is wrong with a cell or a line, and what to do."""

    raison: str
    remede: str


@dataclass(slots=True)
class LigneLue:
    """A line as the file has it: its number in the spreadsheet, its cells as text.

    `defauts` are cells the file itself spoils (by position); `refus`, what makes the whole line unreadable.
    """

    numero: int
    cellules: list[str]
    defauts: dict[int, Defaut] = field(default_factory=dict)
    refus: Defaut | None = None

    @property
    def vide(self) -> bool:
        """No cell holds anything."""
        return self.refus is None and not any(cellule.strip() for cellule in self.cellules)


def montrable(texte: str) -> str:
    """A text of a file as a screen may show it: no control code, no sign that turns the line round."""
    return texte if texte.isprintable() else "".join(signe if signe.isprintable() else "·" for signe in texte)


class Source(Protocol):
    """One file being read; `lignes` starts again from the top at each call."""

    format: str  # how it is read, for the report
    unite: Unite
    estimees: int  # about how many lines it has, for a progress bar
    largeur_fixe: bool  # every line has all the cells, empty ones included: a shorter one was cut
    remarques: list[str]  # what the person should know of the file: hidden lines, other sheets

    def lignes(self) -> Iterator[LigneLue]:
        """Every line that holds something, title and headings included."""
        ...


@dataclass(frozen=True)
class Tableau:
    """A file whose headings are known: the lines under them come as a stream, as often as asked."""

    nom: str
    source: Source
    entetes: list[str]  # as typed; empty for a column without a name
    ligne_entetes: int  # number of the (last) line of headings
    remarques: list[str] = field(default_factory=list)

    @property
    def format(self) -> str:
        """How the file was read, for the report."""
        return self.source.format

    @property
    def unite(self) -> Unite:
        """What the numbers of lines count."""
        return self.source.unite

    @property
    def estimees(self) -> int:
        """About how many lines there are to read."""
        return max(0, self.source.estimees - 1)

    def entetes_reduites(self) -> list[str]:
        """The headings without accents nor capitals, in the file's order."""
        return [cle(entete) for entete in self.entetes]

    def lignes(self) -> Iterator[LigneLue]:
        """Each line under the headings, as wide as they are; blank lines are left out.

        A line with more cells than the headings comes refused: every cell after the fault would be shifted.
        """
        largeur = len(self.entetes)
        for ligne in self.source.lignes():
            if ligne.numero <= self.ligne_entetes or ligne.vide:
                continue
            if len(ligne.cellules) > largeur and any(cellule.strip() for cellule in ligne.cellules[largeur:]):
                ligne.refus = ligne.refus or _deborde(len(ligne.cellules), largeur)
            yield ligne

    def cellules(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each readable line with its number and its cells by reduced heading."""
        entetes = self.entetes_reduites()
        for ligne in self.lignes():
            if ligne.refus is None:
                manquent = [""] * (len(entetes) - len(ligne.cellules))
                yield ligne.numero, dict(zip(entetes, ligne.cellules + manquent, strict=False))


def _deborde(lues: int, largeur: int) -> Defaut:
    return Defaut(
        f"Cette ligne a {lues} cellules pour {largeur} colonnes : à partir de l'une d'elles, tout est décalé.",
        "Mettez entre guillemets les textes qui contiennent le séparateur, ou videz les cellules en trop.",
    )
