"""Figures: sourced or assumed, within their unit; weights that make 100; a grille and a comité that can work."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Verification
from rules.modele import Parametre

_CENT: Final = Decimal(100)
# The greatest figure by unit; the least is 0.
_MAXIMA: Final[dict[str, Decimal]] = {
    "euros": Decimal(10) ** 12,
    "taux": Decimal(1),
    "points": _CENT,
    "jours": Decimal(4000),
    "jours_ouvres": Decimal(3000),
    "mois": Decimal(600),
    "metres": Decimal(10) ** 6,
    "nombre": Decimal(10) ** 9,
}
_CONSERVATION_MAX: Final = 600  # months; beyond fifty years, most likely days
# Smallest step of a figure by unit: centimes, thousandths, whole counts.
_PAS: Final[dict[str, Decimal]] = {"euros": Decimal("0.01"), "taux": Decimal("0.001"), "points": Decimal("0.001")}


def provenances(examen: Examen) -> Iterator[Defaut]:
    """Each figure quotes its source or is marked as assumed, not both."""
    reglement = examen.reglement
    for code, parametre in reglement.parametres.items():
        yield from _provenance(examen, f"parametres.{code}", parametre.source, parametre.hypothese, grave=True)
    for rang, conservation in enumerate(reglement.conservation):
        chemin = f"conservation.{rang}"
        yield from _provenance(examen, chemin, conservation.source, conservation.hypothese, grave=True)
    for rang, echeance in enumerate(reglement.echeances):
        yield from _provenance(examen, f"echeances.{rang}", echeance.source, echeance.hypothese, grave=False)
    if reglement.comite:
        yield from _provenance(examen, "comite", reglement.comite.source, reglement.comite.hypothese, grave=False)
    if reglement.grille:
        yield from _provenance(examen, "grille", reglement.grille.source, reglement.grille.hypothese, grave=False)
        for rang, critere in enumerate(reglement.grille.criteres):
            chemin = f"grille.criteres.{rang}"
            yield from _provenance(examen, chemin, critere.source, critere.hypothese, grave=True)


def _provenance(examen: Examen, chemin: str, source: str | None, hypothese: bool, *, grave: bool) -> Iterator[Defaut]:
    if source is None and not hypothese:
        signaler = examen.erreur if grave else examen.avertissement
        remede = "Ajoutez « source: <code> », ou « hypothese: true »."
        yield signaler(chemin, "ce chiffre n’a pas de source et n’est pas marqué comme hypothèse", remede)
    if source is not None and hypothese:
        raison = "ce chiffre est dit à la fois sourcé et supposé"
        yield examen.avertissement(f"{chemin}.hypothese", raison, "Gardez « source » ou « hypothese », pas les deux.")


def bornes_des_parametres(examen: Examen) -> Iterator[Defaut]:
    """A figure is within its unit's bounds and not finer than its smallest step."""
    for code, parametre in examen.reglement.parametres.items():
        raison = _hors_bornes(parametre)
        if raison is not None:
            yield examen.erreur(f"parametres.{code}.valeur", f"« {code} » : {raison}", "Corrigez la valeur ou l’unité.")


def _hors_bornes(parametre: Parametre) -> str | None:
    maximum = _MAXIMA[parametre.unite]
    if not 0 <= parametre.valeur <= maximum:
        borne = f"entre 0 et {maximum:f}"
        return f"{parametre.valeur} n’est pas une valeur en {parametre.unite}, elle doit être {borne}"
    pas = _PAS.get(parametre.unite, Decimal(1))
    if parametre.valeur % pas:
        return f"{parametre.valeur} est plus précis que ce que l’unité « {parametre.unite} » permet (au {pas} près)"
    return None


def poids_de_la_grille(examen: Examen) -> Iterator[Defaut]:
    """Weights are shares of 100, and sum to it."""
    grille = examen.reglement.grille
    if grille is None:
        return
    excessifs = [(rang, critere) for rang, critere in enumerate(grille.criteres) if critere.poids > _CENT]
    for rang, critere in excessifs:
        raison = f"le poids de « {critere.code} » ({critere.poids}) dépasse 100 à lui seul"
        yield examen.erreur(f"grille.criteres.{rang}.poids", raison, "Corrigez ce poids.")
    total = sum((critere.poids for critere in grille.criteres), Decimal(0)) if not excessifs else _CENT
    if total != _CENT:
        yield examen.erreur("grille.criteres", f"les poids des critères font {total}, pas 100", "Corrigez les poids.")


def durees_de_conservation(examen: Examen) -> Iterator[Defaut]:
    """A dossier is not kept longer than a person would write in months."""
    for rang, regle in enumerate(examen.reglement.conservation):
        if regle.mois > _CONSERVATION_MAX:
            raison = f"un dossier serait gardé {regle.mois} mois, plus de cinquante ans"
            yield examen.avertissement(f"conservation.{rang}.mois", raison, "Vérifiez l’unité : ce sont des mois.")


def echelle_de_la_grille(examen: Examen) -> Iterator[Defaut]:
    """The scale goes up, bars stand on it, and the evaluators asked suffice for the minimum."""
    grille = examen.reglement.grille
    if grille is None:
        return
    if grille.note_min >= grille.note_max:
        raison = f"l’échelle des notes va de {grille.note_min} à {grille.note_max}"
        yield examen.erreur("grille.note_max", raison, "La note la plus haute doit dépasser la plus basse.")
    for rang, critere in enumerate(grille.criteres):
        barre = critere.eliminatoire_sous
        if barre is not None and not grille.note_min < barre <= grille.note_max:
            raison = f"la barre éliminatoire de « {critere.code} » ({barre}) n’est pas sur l’échelle des notes"
            chemin = f"grille.criteres.{rang}.eliminatoire_sous"
            yield examen.erreur(chemin, raison, f"Choisissez une note entre {grille.note_min} et {grille.note_max}.")
    if grille.evaluations_minimales > grille.evaluateurs_par_dossier:
        raison = "il faudrait plus d’évaluations rendues que d’évaluateurs sollicités"
        yield examen.erreur("grille.evaluations_minimales", raison, "Baissez ce minimum, ou sollicitez plus de monde.")


def quorum_atteignable(examen: Examen) -> Iterator[Defaut]:
    """The quorum does not exceed the members."""
    comite = examen.reglement.comite
    if comite is not None and comite.quorum > len(comite.membres):
        raison = f"le quorum ({comite.quorum}) dépasse le nombre de membres ({len(comite.membres)})"
        yield examen.erreur("comite.quorum", raison, "Baissez le quorum, ou complétez les membres.")


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    provenances,
    bornes_des_parametres,
    poids_de_la_grille,
    durees_de_conservation,
    echelle_de_la_grille,
    quorum_atteignable,
)
