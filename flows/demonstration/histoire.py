"""What a demonstration is made of: for each campagne, who, where, which stories, and when the flows run.

Each campagne has its folder of `recit/` and its own names; acts and passages of all of them make one calendar.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ami.declaration_campagne import CampagneDeclaree
from notifications.formats import PARIS
from rules.vocabulaire import Acte, Role


def _instant(valeur: object) -> object:
    """« 2026-01-12 10:00 », legal time in Paris."""
    if isinstance(valeur, str):
        return datetime.fromisoformat(valeur).replace(tzinfo=PARIS).astimezone(UTC)
    return valeur


Instant = Annotated[datetime, BeforeValidator(_instant)]


class Bloc(BaseModel):
    """Base of the blocks: an unknown key is a typing error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StructureDemo(Bloc):
    """A body of the demonstration."""

    nom: str
    kind: str
    siret: str | None = None
    adhesions: list[str] = []
    region: str | None = None
    commune: str | None = None


class ProfilDemo(Bloc):
    """What an evaluator knows and accepts."""

    competences: list[str] = []
    regions: list[str] = []
    charge: int | None = None


class InteretDemo(Bloc):
    """An interest an evaluator declares, in a commune or in a structure of the file."""

    commune: str | None = None
    structure: str | None = None
    motif: str


class PersonneDemo(Bloc):
    """Somebody; `role` is held on the whole campagne."""

    prenom: str
    nom: str
    courriel: str
    structure: str
    role: Role | None = None
    profil: ProfilDemo | None = None
    interets: list[InteretDemo] = []


class Gens(Bloc):
    """File `personnes.yaml`."""

    structures: dict[str, StructureDemo]
    personnes: dict[str, PersonneDemo]
    agent: str


class DeportDemo(Bloc):
    """A member who leaves the room for a dossier."""

    siege: str
    dossier: str
    motif: str


class SeanceDemo(Bloc):
    """A session of the comité. Its agenda is every dossier a story has it decide.

    Each decision is put to the vote: all those who may vote say `pour`, but for what `voix` says, by dossier and seat;
    those of `consensus` are agreed without a vote. `scenarios`: selections proposed, by name, each with its method.
    `prouvee`: when the pack of the selection is written.
    """

    convoquee: Instant
    le: Instant
    lieu: str
    sieges: dict[str, str]
    deports: list[DeportDemo] = []
    scenarios: dict[str, str] = {}
    part_de: str | None = None
    consensus: list[str] = []
    voix: dict[str, dict[str, str]] = {}
    notifiee: Instant | None = None
    proces_verbal: Instant
    prouvee: Instant | None = None


class Seances(Bloc):
    """File `seances.yaml`; `repartition`: when it is planned who reads what."""

    repartition: Instant
    seances: dict[str, SeanceDemo]


class TerritoireDemo(Bloc):
    """A quartier; its region is the list's unless it says another."""

    code: str
    nom: str
    commune: str
    departement: str
    region: str | None = None


class Territoires(Bloc):
    """File `territoires.yaml`."""

    millesime: int
    region: str
    kind: str
    territoires: list[TerritoireDemo]


class Passage(Bloc):
    """The flows that run at an instant, in order, by their names in the deployments file."""

    le: Instant
    flux: list[str] = Field(min_length=1)
    evenement: str


class Ligne(Bloc):
    """One act of a story. `refus`: words its refusal must hold. `rang` numbers it in its dossier, for good."""

    le: Instant
    par: str
    acte: Acte
    donnees: dict[str, Any] = {}
    pieces: list[str] = []
    refus: str | None = None
    rang: int = 0


class DossierDemo(Bloc):
    """One dossier: who carries it, its acts, what it shows and the état it must end in."""

    code: str
    titre: str
    porteur: str
    contact: str
    accompagnateur: str | None = None
    territoires: list[str]
    issue: str
    attendu: str
    lignes: tuple[Ligne, ...]


class Recueil(Bloc):
    """File `parcours.yaml`: defaults, profiles of notes, comments at the extremes, pieces of story."""

    defauts: dict[str, Any]
    profils: dict[str, str]
    commentaires: dict[str, str]
    parcours: dict[str, list[str | dict[str, Any]]]


class Recit(Bloc):
    """One campagne: its folder, and what its files say. Names mean nothing outside of it."""

    chemin: Path
    campagne: CampagneDeclaree
    gens: Gens
    tenue: Seances
    territoires: Territoires
    recueil: Recueil
    dossiers: list[DossierDemo] = Field(min_length=1)
    passages: list[Passage]

    @property
    def code(self) -> str:
        """The campagne's."""
        return self.campagne.declaration.code

    @property
    def prefixe(self) -> str:
        """How its dossiers' numbers begin: a short name for it on the screen."""
        return self.campagne.declaration.prefixe

    def inscrits(self, seance: str) -> list[str]:
        """The dossiers a session decides of, by their codes: those whose acts name it."""
        nom = f"@{seance}"
        return [d.code for d in self.dossiers if any(ligne.donnees.get("comite") == nom for ligne in d.lignes)]

    @property
    def gestes(self) -> list["GestePrevu"]:
        """What the team does for no dossier in particular: the readings planned, the sessions held."""
        prevus = [GestePrevu(self, self.tenue.repartition, "repartir")]
        for code, seance in self.tenue.seances.items():
            prevus += [GestePrevu(self, seance.convoquee, "convoquer", code)]
            prevus += [GestePrevu(self, seance.le, "ouvrir", code)]
            prevus += [GestePrevu(self, seance.le, "proposer", code)] if seance.scenarios else []
            prevus += [GestePrevu(self, seance.notifiee, "notifier", code)] if seance.notifiee else []
            prevus += [GestePrevu(self, seance.proces_verbal, "consigner", code)]
            prevus += [GestePrevu(self, seance.prouvee, "prouver", code)] if seance.prouvee else []
        return prevus

    def reduit(self, codes: Iterable[str]) -> "Recit":
        """The same with some dossiers only, and the sessions that decide of one."""
        gardes = set(codes)
        reduit = self.model_copy(update={"dossiers": [d for d in self.dossiers if d.code in gardes]})
        tenues = {code: seance for code, seance in self.tenue.seances.items() if reduit.inscrits(code)}
        return reduit.model_copy(update={"tenue": self.tenue.model_copy(update={"seances": tenues})})


@dataclass(frozen=True)
class ActePrevu:
    """An act to play, and whose it is."""

    recit: Recit
    dossier: DossierDemo
    ligne: Ligne


@dataclass(frozen=True)
class GestePrevu:
    """Something the team does at an instant (`flows.demonstration.secretariat` says how), for a session or for none."""

    recit: Recit
    le: datetime
    nom: str
    seance: str = ""


@dataclass(frozen=True)
class Etape:
    """The passages of one instant, joined: each flow runs once, for all campagnes; what each shows, by its prefix."""

    le: datetime
    flux: tuple[str, ...]
    evenements: tuple[tuple[str, str], ...]


class Demonstration(Bloc):
    """Everything the demonstration plays."""

    recits: list[Recit] = Field(min_length=1)

    @cached_property
    def etapes(self) -> list[Etape]:
        """The instants at which flows run, in order."""
        par_instant: dict[datetime, list[tuple[Recit, Passage]]] = {}
        for recit in self.recits:
            for passage in recit.passages:
                par_instant.setdefault(passage.le, []).append((recit, passage))
        return [
            Etape(le, fondre(p.flux for _, p in ensemble), tuple((r.prefixe, p.evenement) for r, p in ensemble))
            for le, ensemble in sorted(par_instant.items())
        ]

    @cached_property
    def calendrier(self) -> list[GestePrevu | ActePrevu | Etape]:
        """Gestes, acts and étapes, merged by date; at one instant they come in that order."""
        actes = [ActePrevu(recit, d, ligne) for recit in self.recits for d in recit.dossiers for ligne in d.lignes]
        dates: list[tuple[datetime, int, GestePrevu | ActePrevu | Etape]] = [(a.ligne.le, 1, a) for a in actes]
        dates += [(geste.le, 0, geste) for recit in self.recits for geste in recit.gestes]
        dates += [(etape.le, 2, etape) for etape in self.etapes]
        return [evenement for _, _, evenement in sorted(dates, key=lambda date: date[:2])]

    @property
    def ronde(self) -> tuple[str, ...]:
        """Each flow of the calendar once."""
        return fondre(etape.flux for etape in self.etapes)

    def reduite(self, codes: Iterable[str]) -> "Demonstration":
        """The same with some dossiers only; a campagne left without any is left out."""
        gardes = set(codes)
        reduits = [recit.reduit(gardes) for recit in self.recits]
        return Demonstration(recits=[recit for recit in reduits if recit.dossiers])


def fondre(suites: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Several sequences of flows as one, each flow once, in the order they first come.

    The flow that ends the last sequence ends the whole: what is sent must come after what is said.
    """
    listes = [list(suite) for suite in suites]
    dernier = listes[-1][-1]
    return (*dict.fromkeys(flux for liste in listes for flux in liste if flux != dernier), dernier)
