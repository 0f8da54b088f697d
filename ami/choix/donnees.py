"""What a choice is made from, and what it gives: plain values that go to JSON and come back the same.

Money is Decimal euros, notes and weights are Decimal on the règlement's scale, scores are out of 100 to the thousandth.
A dossier is named by its number, an evaluator by a name or a pseudonym: nothing here depends on which.
"""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

CENTIME: Final = Decimal("0.01")

Champ = Literal["region", "territoire", "axe"]
"""What a quota or an earmark looks at: the region, the kind of territory (QPV, NPNRU...), the axe of the programme."""

Departage = Literal["note_critere", "depot", "montant", "cout", "numero"]
"""Named tie-breaks: best note on a critère, earliest submission, smallest aid asked, smallest cost, lowest number."""


class Valeur(BaseModel):
    """Base: immutable, and an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CritereChoix(Valeur):
    """A critère of the grille: its weight, and the mean strictly under which it eliminates."""

    code: str
    poids: Decimal
    eliminatoire_sous: Decimal | None = None


class RegleDepartage(Valeur):
    """One tie-break; `critere` is the one `note_critere` looks at."""

    selon: Departage
    critere: str | None = None


class Bareme(Valeur):
    """How notes become a score and scores become ranks. The number of the dossier always ends the tie-breaks."""

    note_min: Decimal
    note_max: Decimal
    criteres: tuple[CritereChoix, ...]
    non_applicable: Literal["redistribuer", "zero", "interdit"]
    departage: tuple[RegleDepartage, ...] = ()
    correction_severite: bool = False


class Notation(Valeur):
    """The final notes of one evaluator on one dossier, by critère; None is not applicable."""

    dossier: str
    evaluateur: str
    notes: dict[str, Decimal | None]


class Profil(Valeur):
    """What quotas and earmarks look at in a dossier."""

    region: str = ""
    territoires: tuple[str, ...] = ()
    axe: str = ""

    def valeurs(self, champ: Champ) -> tuple[str, ...]:
        """What a quota or an earmark sees of this dossier."""
        if champ == "territoire":
            return self.territoires
        return (self.region,) if champ == "region" else (self.axe,)


class Candidat(Profil):
    """A dossier that may be chosen. `montant` is the aid it asks; `plancher` the least that still lets it be done."""

    dossier: str
    depose_le: datetime
    cout: Decimal
    montant: Decimal
    plancher: Decimal | None = None


class Reserve(Valeur):
    """An enveloppe's earmark: only dossiers of this value of this field may draw on it."""

    champ: Champ
    valeur: str

    def admet(self, profil: Profil) -> bool:
        """True when a dossier meets it."""
        return self.valeur in profil.valeurs(self.champ)


class EnveloppeChoix(Valeur):
    """Euros left in an enveloppe, from one financeur, open to all or earmarked."""

    code: str
    financeur: str
    montant: Decimal
    reserve: Reserve | None = None

    def ouverte_a(self, candidat: Candidat) -> bool:
        """True when this dossier may draw on it."""
        return self.reserve is None or self.reserve.admet(candidat)


class QuotaChoix(Valeur):
    """At least, or at most, so many dossiers of a value; `valeur` None means each value in turn.

    Shares (`part_min`, `part_max`, from 0 to 1) are of the number of dossiers kept.
    """

    code: str
    libelle: str
    champ: Champ
    valeur: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    part_min: Decimal | None = None
    part_max: Decimal | None = None


class ReglesSelection(Valeur):
    """Under what a selection is made. `seuil` is out of 100; `plafond` (euros) and `taux_max` (0-1) bound an aid."""

    seuil: Decimal
    enveloppes: tuple[EnveloppeChoix, ...]
    places: int | None = None
    plafond: Decimal | None = None
    taux_max: Decimal | None = None
    quotas: tuple[QuotaChoix, ...] = ()
    partiel: bool = False  # an aid may be lowered down to its `plancher` when money runs short
    libelles: dict[str, str] = {}  # what people call each critère, for the reasons given

    def dire(self, critere: str) -> str:
        """A critère as people call it."""
        return self.libelles.get(critere, critere)

    def aide_due(self, candidat: Candidat) -> Decimal:
        """The aid a dossier gets when money is no matter (euros, rounded down to the centime)."""
        bornes = [candidat.montant]
        if self.plafond is not None:
            bornes.append(self.plafond)
        if self.taux_max is not None:
            bornes.append((candidat.cout * self.taux_max).quantize(CENTIME, rounding=ROUND_DOWN))
        return min(bornes)

    def aide_minimale(self, candidat: Candidat) -> Decimal:
        """The least aid that is still one: the floor where aids may be lowered, else all that is due."""
        due = self.aide_due(candidat)
        return min(due, candidat.plancher) if self.partiel and candidat.plancher is not None else due


class Classe(Valeur):
    """A dossier's place in the ranking: `total` is None when nothing was rendered, `rang` when it is eliminated."""

    dossier: str
    rang: int | None
    total: Decimal | None
    eliminatoires: tuple[str, ...] = ()  # critères under their bar
    departage: str | None = None  # how it was parted from the one before it, when their totals are equal


class Retenu(Valeur):
    """A dossier kept, the aid it gets and from which enveloppes."""

    dossier: str
    montant: Decimal
    parts: dict[str, Decimal]


class Ecarte(Valeur):
    """A dossier left out, and why, in French; `cause` is seuil, eliminatoire, places, enveloppe, or a quota's code."""

    dossier: str
    cause: str
    raison: str
    aurait_suffi: str | None = None  # the least change that would have let it in, checked by solving again


class Proposition(Valeur):
    """A selection. `methode` is rank order or the optimum of the named objective."""

    methode: Literal["rang", "optimum"]
    retenus: tuple[Retenu, ...]
    ecartes: tuple[Ecarte, ...]
    total_notes: Decimal
    total_montants: Decimal
    alertes: tuple[str, ...] = ()  # quotas the proposal leaves unmet, in French
    prouve: bool = True  # False when an optimum could not be proven in the time given
