"""What an import did, line by line: what a person needs to mend the file and run it again."""

from dataclasses import dataclass, field
from enum import StrEnum


class Issue(StrEnum):
    """What became of a good line."""

    CREE = "cree"
    MIS_A_JOUR = "mis_a_jour"
    INCHANGE = "inchange"


@dataclass(frozen=True)
class ErreurLigne:
    """A line refused: where, what was read, why, and what to do. Line 1 holds the headings."""

    ligne: int
    colonne: str
    valeur: str
    raison: str
    remede: str

    def __str__(self) -> str:
        return f"Ligne {self.ligne}, colonne « {self.colonne} » (« {self.valeur} ») : {self.raison} {self.remede}"


class LigneRefusee(Exception):
    """A line that reads well but cannot be written; names the field at fault."""

    def __init__(self, champ: str, raison: str, remede: str) -> None:
        super().__init__(raison)
        self.champ = champ
        self.raison = raison
        self.remede = remede


@dataclass
class RapportImport:
    """The account of an import. `retenu` is False when all was given up because one line was bad."""

    kind: str
    fichier: str
    format: str
    mode: str
    lues: int = 0
    crees: int = 0
    mis_a_jour: int = 0
    inchanges: int = 0
    retenu: bool = True
    erreurs: list[ErreurLigne] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)

    @property
    def refusees(self) -> int:
        """Number of lines refused."""
        return len({erreur.ligne for erreur in self.erreurs})

    def compter(self, issue: Issue) -> None:
        """Count a line written."""
        self.crees += issue is Issue.CREE
        self.mis_a_jour += issue is Issue.MIS_A_JOUR
        self.inchanges += issue is Issue.INCHANGE

    def renoncer(self) -> None:
        """Nothing is kept: the counts say so."""
        self.retenu = False
        self.crees = self.mis_a_jour = self.inchanges = 0
