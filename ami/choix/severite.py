"""How severe each evaluator is, beside the others who read the same dossiers.

An evaluator's score of a dossier is taken as the dossier's worth plus the evaluator's leniency (a two-way additive
model, fitted by least squares). It is solved in Decimal by turns, in a fixed order: the same digits on every machine.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final

from ami.choix.donnees import Bareme, Notation, Valeur
from ami.choix.notes import moyennes_par_critere, total_millieme

PRECISION: Final = 30  # significant digits
ASSEZ: Final = Decimal("1e-9")  # thousandths of a point: far below what is shown
TOURS_MAX: Final = 5000
CENT: Final = 100_000  # the highest score, in thousandths of a point

Lignes = list[tuple[str, str, Decimal]]  # dossier, evaluator, score in thousandths


class Severite(Valeur):
    """How many points out of 100 an evaluator gives above (+) or below (-) the others on the same dossiers.

    `groupe` numbers sets of evaluators linked by dossiers read in common: between two groups nothing can be compared.
    """

    evaluateur: str
    ecart: Decimal
    notations: int
    groupe: int


def severites(bareme: Bareme, par_dossier: Mapping[str, Sequence[Notation]]) -> list[Severite]:
    """Estimate every evaluator, by name."""
    lignes = _lignes(bareme, par_dossier)
    indulgences, groupes = _ajuster(lignes)
    comptes = {e: sum(1 for _, autre, _ in lignes if autre == e) for e in indulgences}
    return [
        Severite(evaluateur=e, ecart=_en_points(ecart), notations=comptes[e], groupe=groupes[e])
        for e, ecart in sorted(indulgences.items())
    ]


def totaux_corriges(bareme: Bareme, par_dossier: Mapping[str, Sequence[Notation]]) -> dict[str, int]:
    """Scores in thousandths of a point, each evaluation less its evaluator's leniency, kept between 0 and 100."""
    lignes = _lignes(bareme, par_dossier)
    indulgences, _ = _ajuster(lignes)
    corriges: dict[str, list[Decimal]] = {}
    for dossier, evaluateur, note in lignes:
        corriges.setdefault(dossier, []).append(note - indulgences[evaluateur])
    return {dossier: _borner(_moyenne(notes)) for dossier, notes in corriges.items()}


def _lignes(bareme: Bareme, par_dossier: Mapping[str, Sequence[Notation]]) -> Lignes:
    """One score per evaluation, as if it were alone."""
    return [
        (dossier, n.evaluateur, Decimal(total_millieme(moyennes_par_critere([n.notes], bareme), bareme)))
        for dossier, lot in sorted(par_dossier.items())
        for n in lot
    ]


def _ajuster(lignes: Lignes) -> tuple[dict[str, Decimal], dict[str, int]]:
    """Leniency of each evaluator (thousandths, mean zero within a group), and the group each is in."""
    groupes = _groupes(lignes)
    with localcontext() as contexte:
        contexte.prec = PRECISION
        indulgences = dict.fromkeys(sorted({e for _, e, _ in lignes}), Decimal(0))
        for _ in range(TOURS_MAX):
            nouvelles = _centrer(_un_tour(lignes, indulgences), groupes)
            bouge = max((abs(nouvelles[e] - indulgences[e]) for e in nouvelles), default=Decimal(0))
            indulgences = nouvelles
            if bouge < ASSEZ:
                break
    return indulgences, groupes


def _un_tour(lignes: Lignes, indulgences: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Dossiers from the evaluators, then the evaluators from the dossiers."""
    par_dossier: dict[str, list[Decimal]] = {}
    for dossier, evaluateur, note in lignes:
        par_dossier.setdefault(dossier, []).append(note - indulgences[evaluateur])
    valeurs = {dossier: _moyenne(notes) for dossier, notes in par_dossier.items()}
    par_evaluateur: dict[str, list[Decimal]] = {e: [] for e in indulgences}
    for dossier, evaluateur, note in lignes:
        par_evaluateur[evaluateur].append(note - valeurs[dossier])
    return {e: _moyenne(ecarts) for e, ecarts in par_evaluateur.items()}


def _centrer(indulgences: Mapping[str, Decimal], groupes: Mapping[str, int]) -> dict[str, Decimal]:
    par_groupe: dict[int, list[Decimal]] = {}
    for evaluateur, ecart in indulgences.items():
        par_groupe.setdefault(groupes[evaluateur], []).append(ecart)
    milieux = {groupe: _moyenne(ecarts) for groupe, ecarts in par_groupe.items()}
    return {e: ecart - milieux[groupes[e]] for e, ecart in indulgences.items()}


def _groupes(lignes: Lignes) -> dict[str, int]:
    """Evaluators linked, near or far, by dossiers they both read."""
    chefs = {e: e for _, e, _ in lignes}

    def chef(evaluateur: str) -> str:
        while chefs[evaluateur] != evaluateur:
            evaluateur = chefs[evaluateur]
        return evaluateur

    premiers: dict[str, str] = {}
    for dossier, evaluateur, _ in lignes:
        un, autre = sorted((chef(premiers.setdefault(dossier, evaluateur)), chef(evaluateur)))
        chefs[autre] = un
    numeros = {tete: rang for rang, tete in enumerate(sorted({chef(e) for e in chefs}), 1)}
    return {e: numeros[chef(e)] for e in chefs}


def _moyenne(valeurs: Sequence[Decimal]) -> Decimal:
    return sum(valeurs, Decimal(0)) / len(valeurs)


def _borner(millieme: Decimal) -> int:
    return min(CENT, max(0, int(millieme.quantize(Decimal(1), rounding=ROUND_HALF_UP))))


def _en_points(millieme: Decimal) -> Decimal:
    return millieme.quantize(Decimal(1), rounding=ROUND_HALF_UP).scaleb(-3)
