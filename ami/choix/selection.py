"""The selection in rank order: down the ranking until places or money run out, each stop explained.

Nobody overtakes: once a dossier is left out for want of money, the enveloppes it could have drawn on are closed to
those ranked after it. A quota's maximum only passes over the dossiers it counts. Minimums are not forced here: those
left unmet are said, and the optimum (`ami.choix.optimum`) holds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from ami.choix.donnees import Candidat, Classe, Ecarte, EnveloppeChoix, Proposition, ReglesSelection, Retenu
from ami.choix.quotas import Compte, comptes
from notifications.formats import montant, nombre

ZERO: Final = Decimal(0)
SEUIL: Final = "seuil"
ELIMINATOIRE: Final = "eliminatoire"
SANS_NOTE: Final = "sans_note"
PLACES: Final = "places"
ENVELOPPE: Final = "enveloppe"
DEUX: Final = Decimal(2)


@dataclass
class _Cours:
    """Where the selection stands as it goes down the ranking."""

    regles: ReglesSelection
    comptes: Sequence[Compte]
    reste: dict[str, Decimal]
    fermees: set[str] = field(default_factory=set)
    retenus: list[Retenu] = field(default_factory=list)
    ecartes: list[Ecarte] = field(default_factory=list)

    @property
    def choisis(self) -> set[str]:
        return {retenu.dossier for retenu in self.retenus}


def selectionner_par_rang(
    classes: Sequence[Classe], candidats: Sequence[Candidat], regles: ReglesSelection
) -> Proposition:
    """Propose, in the order of the ranks; those without a rank are left out for the reason they have none."""
    fiches = {c.dossier: c for c in candidats}
    cours = _Cours(regles, comptes(regles, candidats), {e.code: e.montant for e in regles.enveloppes})
    for classe in classes:
        refus = hors_jeu(classe, regles) or _places_prises(cours, classe) or _quota_atteint(cours, classe)
        if refus is not None:
            cours.ecartes.append(refus)
        else:
            _financer(cours, fiches[classe.dossier])
    return conclure("rang", classes, cours.retenus, cours.ecartes, cours.comptes)


def hors_jeu(classe: Classe, regles: ReglesSelection) -> Ecarte | None:
    """Why a dossier cannot be chosen whatever the others do; None when it can."""
    if classe.total is None:
        return Ecarte(dossier=classe.dossier, cause=SANS_NOTE, raison="Aucune évaluation n'a été rendue.")
    if classe.rang is None:
        sous = ", ".join(f"« {regles.dire(critere)} »" for critere in classe.eliminatoires)
        return Ecarte(dossier=classe.dossier, cause=ELIMINATOIRE, raison=f"Note éliminatoire sur : {sous}.")
    if classe.total < regles.seuil:
        manque = regles.seuil - classe.total
        return Ecarte(
            dossier=classe.dossier,
            cause=SEUIL,
            raison=f"{nombre(classe.total)}/100, sous le seuil de {nombre(regles.seuil)}/100.",
            aurait_suffi=f"{nombre(manque)} {points(manque)} de plus, pour atteindre le seuil.",
        )
    return None


def conclure(
    methode: str,
    classes: Sequence[Classe],
    retenus: Sequence[Retenu],
    ecartes: Sequence[Ecarte],
    quotas: Sequence[Compte],
    *,
    prouve: bool = True,
) -> Proposition:
    """A proposal with its totals and the quotas it leaves unmet."""
    totaux = {c.dossier: c.total or ZERO for c in classes}
    choisis = [r.dossier for r in retenus]
    return Proposition.model_validate(
        {
            "methode": methode,
            "retenus": tuple(retenus),
            "ecartes": tuple(ecartes),
            "total_notes": sum((totaux[d] for d in choisis), ZERO),
            "total_montants": sum((r.montant for r in retenus), ZERO),
            "alertes": tuple(manque for compte in quotas if (manque := compte.manque(choisis)) is not None),
            "prouve": prouve,
        }
    )


def points(combien: Decimal) -> str:
    """The word, which takes an s from two on."""
    return "points" if combien >= DEUX else "point"


def _places_prises(cours: _Cours, classe: Classe) -> Ecarte | None:
    places = cours.regles.places
    if places is None or len(cours.retenus) < places:
        return None
    prises = {0: "Il n'y a aucune place.", 1: "La seule place est prise par un dossier mieux classé."}
    raison = prises.get(places, f"Les {places} places sont prises par des dossiers mieux classés.")
    return Ecarte(dossier=classe.dossier, cause=PLACES, raison=raison)


def _quota_atteint(cours: _Cours, classe: Classe) -> Ecarte | None:
    for compte in cours.comptes:
        plafond = compte.plafond(cours.regles.places)
        if (
            plafond is not None
            and classe.dossier in compte.dossiers
            and len(compte.dossiers & cours.choisis) >= plafond
        ):
            raison = f"Le maximum de {plafond} pour « {compte.nom} » est atteint par mieux classé."
            return Ecarte(dossier=classe.dossier, cause=compte.quota.code, raison=raison)
    return None


def _financer(cours: _Cours, candidat: Candidat) -> None:
    """Draw the aid: earmarked enveloppes first, since fewer may use them; or close those that do not suffice."""
    due, minimum = cours.regles.aide_due(candidat), cours.regles.aide_minimale(candidat)
    siennes = _siennes(cours, candidat)
    disponible = sum((cours.reste[e.code] for e in siennes if e.code not in cours.fermees), ZERO)
    if disponible < minimum:
        cours.fermees |= {e.code for e in siennes}
        cours.ecartes.append(_sans_argent(candidat, disponible, minimum))
        return
    parts = _tirer(cours, siennes, min(due, disponible))
    cours.retenus.append(Retenu(dossier=candidat.dossier, montant=sum(parts.values(), ZERO), parts=parts))


def _siennes(cours: _Cours, candidat: Candidat) -> list[EnveloppeChoix]:
    return sorted(
        (e for e in cours.regles.enveloppes if e.ouverte_a(candidat)), key=lambda e: (e.reserve is None, e.code)
    )


def _tirer(cours: _Cours, siennes: Sequence[EnveloppeChoix], aide: Decimal) -> dict[str, Decimal]:
    parts: dict[str, Decimal] = {}
    for enveloppe in siennes:
        if enveloppe.code in cours.fermees:
            continue
        part = min(aide - sum(parts.values(), ZERO), cours.reste[enveloppe.code])
        if part > ZERO:
            parts[enveloppe.code] = part
            cours.reste[enveloppe.code] -= part
    return parts


def _sans_argent(candidat: Candidat, disponible: Decimal, minimum: Decimal) -> Ecarte:
    raison = f"Il reste {montant(disponible)} pour ce dossier, il en faut {montant(minimum)}."
    return Ecarte(dossier=candidat.dossier, cause=ENVELOPPE, raison=raison)
