"""What an import did, line by line: what a person needs to mend the file and run it again."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from ami.imports_lignes import Tableau

TOUTE_LA_LIGNE: Final = "(toute la ligne)"
ERREURS_GARDEES: Final = 10_000  # told one by one; beyond, only counted: memory stays bounded, and nobody reads more
VALEUR_MONTREE: Final = 80  # characters
RAISON_MAX: Final = 1000  # characters; a reason may quote what was read


class Issue(StrEnum):
    """What became of a good line."""

    CREE = "cree"
    MIS_A_JOUR = "mis_a_jour"
    INCHANGE = "inchange"


@dataclass(frozen=True)
class ErreurLigne:
    """A line refused: where, what was read, why, and what to do.

    `ligne` is the number the person sees in their spreadsheet (in a JSON file, the rank of the object), `colonne` the
    heading as they typed it, `lettre` the column as a spreadsheet names it (empty when the file has no columns), `rang`
    its position from 0 when the error is on one cell.
    """

    ligne: int
    colonne: str
    valeur: str
    raison: str
    remede: str
    lettre: str = ""
    rang: int | None = None

    @property
    def ou(self) -> str:
        """The column as it is shown: « C · SIRET »."""
        return f"{self.lettre} · {self.colonne}" if self.lettre else self.colonne

    def __str__(self) -> str:
        return f"Ligne {self.ligne}, colonne « {self.ou} » (« {self.valeur} ») : {self.raison} {self.remede}"


class Motif(NamedTuple):
    """Why a line that reads well cannot be written: the field at fault (or the code of an added column; nothing for
    the whole line), the reason, the remedy. Kept instead of the exception, whose frames would hold the rows undone."""

    champ: str
    raison: str
    remede: str


class LigneRefusee(Exception):
    """Raised by a writer that refuses its line."""

    def __init__(self, champ: str, raison: str, remede: str) -> None:
        super().__init__(raison)
        self.motif = Motif(champ, raison, remede)


class Bilan(NamedTuple):
    """Lines created, completed, already as they should be, refused."""

    crees: int
    mis_a_jour: int
    inchanges: int
    refusees: int


@dataclass
class RapportImport:
    """The account of an import. `retenu` is False when all was given up because one line was bad.

    `erreurs` holds the first `ERREURS_GARDEES`; `erreurs_en_tout` counts them all.
    """

    kind: str
    fichier: str
    format: str
    mode: str
    tableau: Tableau | None = None
    lues: int = 0
    crees: int = 0
    mis_a_jour: int = 0
    inchanges: int = 0
    refusees: int = 0
    retenu: bool = True
    erreurs_en_tout: int = 0
    erreurs: list[ErreurLigne] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)

    @property
    def bilan(self) -> Bilan:
        """The four counts together."""
        return Bilan(self.crees, self.mis_a_jour, self.inchanges, self.refusees)

    @property
    def unite(self) -> str:
        """What a number names in this file: « ligne » or « objet »."""
        return self.tableau.unite if self.tableau is not None else "ligne"

    def compter(self, issue: Issue) -> None:
        """Count a line written."""
        self.crees += issue is Issue.CREE
        self.mis_a_jour += issue is Issue.MIS_A_JOUR
        self.inchanges += issue is Issue.INCHANGE

    def refuser(self, erreurs: list[ErreurLigne]) -> None:
        """Count a line refused, for one reason or several."""
        self.refusees += 1
        self.erreurs_en_tout += len(erreurs)
        self.erreurs.extend(erreurs[: max(0, ERREURS_GARDEES - len(self.erreurs))])

    def renoncer(self) -> None:
        """Nothing is kept: the counts say so."""
        self.retenu = False
        self.crees = self.mis_a_jour = self.inchanges = 0
