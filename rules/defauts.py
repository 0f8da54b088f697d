"""What is wrong in a règlement file: where, how grave, why, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Gravite = Literal["erreur", "avertissement"]


@dataclass(frozen=True, order=True)
class Defaut:
    """One defect; `ligne` counts from 1, `chemin` is the place in the document (`sujets.dossier.etats.3.code`)."""

    fichier: str
    ligne: int
    chemin: str
    gravite: Gravite
    raison: str
    remede: str


class ReglementRefuse(ValueError):
    """The règlement cannot be used; `defauts` holds every reason found."""

    def __init__(self, defauts: list[Defaut]) -> None:
        """Keep the defects; the message shows the first and how many there are."""
        self.defauts = defauts
        premier = defauts[0]
        suite = f" (et {len(defauts) - 1} autre(s) défaut(s))" if len(defauts) > 1 else ""
        super().__init__(f"{premier.fichier}:{premier.ligne} : {premier.raison}{suite}")
