"""Quotas read over the candidates: which dossiers each one counts, and how many it wants at least and at most."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ami.choix.donnees import Candidat, QuotaChoix, ReglesSelection
from notifications.formats import nombre


@dataclass(frozen=True)
class Compte:
    """One value of one quota: the dossiers it counts, and its bounds in number or in share of those kept."""

    quota: QuotaChoix
    valeur: str
    dossiers: frozenset[str]

    @property
    def nom(self) -> str:
        """As a person reads it."""
        return f"{self.quota.libelle} ({self.valeur})"

    def plafond(self, places: int | None) -> int | None:
        """At most so many: the number given, or the share of the places when they are counted."""
        bornes = [] if self.quota.maximum is None else [self.quota.maximum]
        if self.quota.part_max is not None and places is not None:
            bornes.append(int(self.quota.part_max * places))
        return min(bornes, default=None)

    def manque(self, retenus: Collection[str]) -> str | None:
        """What a selection leaves unmet, in French; None when all is met."""
        compte, total = len(self.dossiers & set(retenus)), len(retenus)
        if self.quota.minimum is not None and compte < self.quota.minimum:
            return f"{self.nom} : {compte} retenu(s), au moins {self.quota.minimum} attendu(s)."
        if self.quota.maximum is not None and compte > self.quota.maximum:
            return f"{self.nom} : {compte} retenu(s), au plus {self.quota.maximum} admis."
        if total and not self._part_tenue(Fraction(compte, total)):
            return f"{self.nom} : {compte} retenu(s) sur {total}, hors de la part voulue ({self._part_voulue()})."
        return None

    def _part_tenue(self, part: Fraction) -> bool:
        bas, haut = self.quota.part_min, self.quota.part_max
        return (bas is None or part >= Fraction(bas)) and (haut is None or part <= Fraction(haut))

    def _part_voulue(self) -> str:
        bornes = (("au moins", self.quota.part_min), ("au plus", self.quota.part_max))
        return ", ".join(f"{mot} {nombre(part * 100)} %" for mot, part in bornes if part is not None)


def comptes(regles: ReglesSelection, candidats: Sequence[Candidat]) -> list[Compte]:
    """Every quota, value by value, in a fixed order."""
    return [compte for quota in regles.quotas for compte in _comptes(quota, candidats)]


def _comptes(quota: QuotaChoix, candidats: Sequence[Candidat]) -> Iterator[Compte]:
    presentes = {valeur for c in candidats for valeur in c.valeurs(quota.champ) if valeur}
    for valeur in sorted(presentes) if quota.valeur is None else [quota.valeur]:
        yield Compte(quota, valeur, frozenset(c.dossier for c in candidats if valeur in c.valeurs(quota.champ)))
