"""The account of a re-check: what a newer list of quartiers says of each live dossier, in words and for files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rules.affichage import afficher


class Devenir(StrEnum):
    """What became of a quartier in the newer list."""

    INCHANGE = "inchangé"
    RENOMME = "renommé"
    NOUVEAU_CODE = "nouveau code, même contour"
    REMPLACE = "remplacé"
    DISPARU = "disparu"
    INCONNU = "inconnu de toutes les listes"


class Place(StrEnum):
    """Where the point of a dossier is, with regard to the quartiers it names."""

    DEDANS = "dedans"
    DEHORS = "dehors"
    SANS_POINT = "sans point"
    NON_VERIFIABLE = "non vérifiable"


@dataclass(frozen=True)
class PositionDossier:
    """Where a dossier's point is; metres to the nearest quartier named when it is outside."""

    place: Place
    distance_m: int | None = None

    def __str__(self) -> str:
        """« dedans », « dehors, à 120 mètres »."""
        return f"{self.place}, à {afficher(self.distance_m, 'metres')}" if self.distance_m else str(self.place)


@dataclass(frozen=True)
class Suite:
    """A quartier of the newer list that takes the place of a former one: share of it (per cent), holds the point."""

    code: str
    nom: str
    part: int | None
    tient_le_point: bool

    def __str__(self) -> str:
        """« QN03101I Grand Mirail (98 % de l'ancien, tient le point) »."""
        part = "" if self.part is None else f"{self.part} % de l'ancien"
        precisions = [p for p in (part, "tient le point" if self.tient_le_point else "") if p]
        return f"{self.code} {self.nom} ({', '.join(precisions)})"


@dataclass(frozen=True)
class LigneRecontrole:
    """One quartier of one live dossier. `part`: how much of the former contour the same code still covers."""

    numero: str
    titre: str
    situation: str
    code: str
    nom: str
    commune: str
    millesime: int | None
    devenir: Devenir
    nouveau_nom: str
    part: int | None
    suites: Sequence[Suite]
    avant: PositionDossier
    apres: PositionDossier

    @property
    def change(self) -> bool:
        """True when the newer list says something else of this dossier."""
        return self.devenir is not Devenir.INCHANGE or self.avant.place is not self.apres.place

    def expliquer(self, millesime: int) -> str:
        """What a person reads of this line, in whole sentences."""
        return f"{self._quartier(millesime)}{self._point()}"

    def _quartier(self, millesime: int) -> str:
        match self.devenir:
            case Devenir.INCONNU:
                return "Aucune liste importée ne connaît ce code."
            case Devenir.INCHANGE | Devenir.RENOMME:
                nom = f", sous le nom « {self.nouveau_nom} »" if self.devenir is Devenir.RENOMME else ""
                reste = "" if self.part is None else f" Il couvre {self.part} % de son ancien contour."
                return f"Le code est dans la liste de {millesime}{nom}.{reste}"
            case _:
                return f"Le code n'est plus dans la liste de {millesime}. {self._suites()}"

    def _suites(self) -> str:
        if not self.suites:
            return "Aucun quartier connu ne le recouvre."
        return f"À sa place : {' ; '.join(map(str, self.suites))}."

    def _point(self) -> str:
        if self.avant.place is Place.SANS_POINT:
            return ""
        if self.avant.place is self.apres.place:
            return f" Le point reste {self.apres}."
        return f" Le point était {self.avant}, il est maintenant {self.apres}."


@dataclass
class RapportRecontrole:
    """What a newer list changes for the live dossiers of a campagne."""

    campagne: str
    millesime: int
    kind: str
    controle_le: datetime
    enregistre: bool = False  # kept as evidence on the dossiers
    dossiers: int = 0
    lignes: list[LigneRecontrole] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)

    @property
    def changees(self) -> int:
        """How many lines say something else than before."""
        return sum(ligne.change for ligne in self.lignes)

    def compter(self) -> dict[Devenir, int]:
        """Lines by what became of the quartier, those that occur."""
        nombres = {devenir: sum(ligne.devenir is devenir for ligne in self.lignes) for devenir in Devenir}
        return {devenir: nombre for devenir, nombre in nombres.items() if nombre}
