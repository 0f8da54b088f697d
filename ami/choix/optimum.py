"""The selection that scores most: exact, under enveloppes, caps, rates and quotas, and unique.

Three objectives, one after the other, each proven: the total score; then the fewest dossiers left out while one ranked
after them is kept; then the lowest dossier numbers. Aids are then as high as the money allows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ami.choix.classement import en_points
from ami.choix.donnees import Candidat, Classe, Ecarte, Proposition, ReglesSelection, Retenu
from ami.choix.quotas import Compte, comptes
from ami.choix.selection import conclure, hors_jeu
from ami.choix.solveur import Programme, Solution, maximiser
from notifications.formats import nombre

MILLE: Final = 1000
BLOC: Final = 20  # dossiers whose order fits in one weight that the solver tells from the next
OPTIMUM: Final = "optimum"


class SelectionImpossible(ValueError):
    """No selection meets the rules. The message is French and names what cannot be met."""


@dataclass
class _Modele:
    """The dossiers in play in rank order, a variable each, and what each draws on each enveloppe (centimes)."""

    programme: Programme
    classes: Sequence[Classe]
    choisis: dict[str, int] = field(default_factory=dict)
    tirages: dict[tuple[str, str], int] = field(default_factory=dict)
    departs: list[int] = field(default_factory=list)
    dernier: Sequence[int] = ()  # what the last objective reached
    regles: int = 0  # how many lines of the programme are the rules', before those that hold an objective

    def notes(self) -> dict[int, int]:
        """Total score, in thousandths."""
        return {self.choisis[c.dossier]: int((c.total or 0) * MILLE) for c in self.classes}


def optimiser(classes: Sequence[Classe], candidats: Sequence[Candidat], regles: ReglesSelection) -> Proposition:
    """The optimum of total score.

    Raises:
        SelectionImpossible: the quotas ask for what the candidates or the money cannot give.
        SolveurMuet: no answer in the time given.
    """
    modele = _modeliser(classes, candidats, regles)
    solution = _successivement(modele)
    if solution is None:
        raise SelectionImpossible(_pourquoi(classes, candidats, regles))
    return _dire(classes, candidats, regles, _retenus(modele, solution), prouve=solution.prouvee)


def redire_optimum(
    classes: Sequence[Classe], candidats: Sequence[Candidat], regles: ReglesSelection, proposition: Proposition
) -> Proposition:
    """What is said of an optimum (order, totals, reasons, quotas), from the dossiers it keeps and their aids alone."""
    retenus = {r.dossier: r for r in proposition.retenus}
    ranges = [retenus[c.dossier] for c in classes if c.dossier in retenus]
    return _dire(classes, candidats, regles, ranges, prouve=proposition.prouve)


def _dire(
    classes: Sequence[Classe],
    candidats: Sequence[Candidat],
    regles: ReglesSelection,
    retenus: Sequence[Retenu],
    *,
    prouve: bool,
) -> Proposition:
    dedans = {r.dossier for r in retenus}
    ecartes = [_ecarte(classe, regles) for classe in classes if classe.dossier not in dedans]
    return conclure("optimum", classes, retenus, ecartes, comptes(regles, candidats), prouve=prouve)


def cout_de_retenir(
    classes: Sequence[Classe], candidats: Sequence[Candidat], regles: ReglesSelection, dossier: str
) -> Decimal | None:
    """How many points the total score would lose if this dossier had to be kept; None when it cannot be."""
    modele = _modeliser(classes, candidats, regles)
    if dossier not in modele.choisis:
        return None
    libre = _viser(modele, modele.notes())
    modele.programme.bas[modele.choisis[dossier]] = 1
    force = _viser(modele, modele.notes())
    if libre is None or force is None:
        return None
    perte = modele.programme.valeur(libre.valeurs) - modele.programme.valeur(force.valeurs)
    return en_points(perte)


def _modeliser(classes: Sequence[Classe], candidats: Sequence[Candidat], regles: ReglesSelection) -> _Modele:
    en_jeu = [c for c in classes if hors_jeu(c, regles) is None]
    fiches = {c.dossier: c for c in candidats}
    modele = _Modele(Programme(), en_jeu)
    for classe in en_jeu:
        modele.choisis[classe.dossier] = modele.programme.variable()
    _financer(modele, [fiches[c.dossier] for c in en_jeu], regles)
    if regles.places is not None:
        modele.programme.contrainte(dict.fromkeys(modele.choisis.values(), 1), haut=regles.places)
    for compte in comptes(regles, candidats):
        _respecter(modele, compte)
    modele.regles = len(modele.programme.lignes)
    return modele


def _financer(modele: _Modele, candidats: Sequence[Candidat], regles: ReglesSelection) -> None:
    """Each dossier kept draws its aid, whole or lowered, on the enveloppes open to it; none is overdrawn."""
    par_enveloppe: dict[str, dict[int, int]] = {e.code: {} for e in regles.enveloppes}
    for candidat in candidats:
        due, minimum = centimes(regles.aide_due(candidat)), centimes(regles.aide_minimale(candidat))
        siens: dict[int, int] = {}
        for enveloppe in regles.enveloppes:
            if enveloppe.ouverte_a(candidat):
                variable = modele.programme.variable(haut=due, continue_=True)
                modele.tirages[candidat.dossier, enveloppe.code] = variable
                siens[variable] = par_enveloppe[enveloppe.code][variable] = 1
        choisi = modele.choisis[candidat.dossier]
        modele.programme.contrainte({**siens, choisi: -minimum}, bas=0)
        modele.programme.contrainte({**siens, choisi: -due}, haut=0)
    for enveloppe in regles.enveloppes:
        modele.programme.contrainte(par_enveloppe[enveloppe.code], haut=centimes(enveloppe.montant))


def _respecter(modele: _Modele, compte: Compte) -> None:
    """A quota in number, and in share of those kept (shares become whole numbers)."""
    comptes_ = {variable: 1 for dossier, variable in modele.choisis.items() if dossier in compte.dossiers}
    quota = compte.quota
    if quota.minimum is not None:
        modele.programme.contrainte(comptes_, bas=quota.minimum)
    if quota.maximum is not None:
        modele.programme.contrainte(comptes_, haut=quota.maximum)
    for part, sens in ((quota.part_min, 1), (quota.part_max, -1)):
        if part is not None:
            haut, bas = Fraction(part).as_integer_ratio()
            equilibre = {v: sens * (bas * (v in comptes_) - haut) for v in modele.choisis.values()}
            modele.programme.contrainte(equilibre, bas=0)


def _compter_les_departs(modele: _Modele) -> None:
    """A variable per dossier that is 1 when it is left out while a lower ranked one is kept."""
    suivant: int | None = None
    for classe in reversed(modele.classes):
        choisi = modele.choisis[classe.dossier]
        if suivant is not None:
            depart = modele.programme.variable(continue_=True)
            modele.programme.contrainte({depart: 1, suivant: -1, choisi: 1}, bas=0)
            modele.departs.append(depart)
        apres = modele.programme.variable(continue_=True)
        modele.programme.contrainte({apres: 1, choisi: -1}, bas=0)
        if suivant is not None:
            modele.programme.contrainte({apres: 1, suivant: -1}, bas=0)
        suivant = apres


def _successivement(modele: _Modele) -> Solution | None:
    """Solve each objective, hold what it reached, go on with the next; the choice is then made, and paid."""
    prouvee = True
    for gains in _objectifs(modele):
        solution = _viser(modele, gains)
        if solution is None:
            return None
        prouvee = prouvee and solution.prouvee
        modele.programme.contrainte(dict(gains), bas=modele.programme.valeur(solution.valeurs))
        modele.dernier = solution.valeurs
    finale = _payer(modele)
    return None if finale is None else Solution(finale.valeurs, prouvee and finale.prouvee)


def _payer(modele: _Modele) -> Solution | None:
    """The highest aids of those kept, in whole centimes.

    The three objectives leave one choice only: held as it is, what remains is a flow of money from enveloppes to
    dossiers, whole numbers at once, where searching both together may take the solver minutes.
    """
    programme = modele.programme
    for variable in modele.choisis.values():
        programme.bas[variable] = programme.haut[variable] = modele.dernier[variable]
    for pile in (programme.lignes, programme.lignes_bas, programme.lignes_haut):
        del pile[modele.regles :]
    programme.viser(dict.fromkeys(modele.tirages.values(), 1))
    return maximiser(programme)


def _viser(modele: _Modele, gains: Mapping[int, int]) -> Solution | None:
    modele.programme.viser(gains)
    return maximiser(modele.programme, exact=False)


def _objectifs(modele: _Modele) -> Iterator[Mapping[int, int]]:
    """Each is asked for once the one before is held."""
    yield modele.notes()
    _compter_les_departs(modele)
    if modele.departs:
        yield dict.fromkeys(modele.departs, -1)
    if _est_seul(modele):
        return
    numeros = sorted(modele.choisis)
    for debut in range(0, len(numeros), BLOC):
        bloc = numeros[debut : debut + BLOC]
        yield {modele.choisis[dossier]: 2 ** (len(bloc) - 1 - rang) for rang, dossier in enumerate(bloc)}


def _est_seul(modele: _Modele) -> bool:
    """True when no other set of dossiers does as well: their numbers then need not part them."""
    choisis = {v: modele.dernier[v] for v in modele.choisis.values()}
    programme = modele.programme
    programme.contrainte({v: -1 if x else 1 for v, x in choisis.items()}, bas=1 - sum(choisis.values()))
    autre = _viser(modele, {})
    for pile in (programme.lignes, programme.lignes_bas, programme.lignes_haut):
        pile.pop()
    return autre is None


def _retenus(modele: _Modele, solution: Solution) -> list[Retenu]:
    retenus = []
    for classe in modele.classes:
        if solution.valeurs[modele.choisis[classe.dossier]]:
            parts = {
                enveloppe: Decimal(solution.valeurs[variable]).scaleb(-2)
                for (dossier, enveloppe), variable in modele.tirages.items()
                if dossier == classe.dossier and solution.valeurs[variable]
            }
            retenus.append(Retenu(dossier=classe.dossier, montant=sum(parts.values(), Decimal(0)), parts=parts))
    return retenus


def _ecarte(classe: Classe, regles: ReglesSelection) -> Ecarte:
    raison = "Les autres, ensemble, totalisent plus de points sous les mêmes limites."
    return hors_jeu(classe, regles) or Ecarte(dossier=classe.dossier, cause=OPTIMUM, raison=raison)


def _pourquoi(classes: Sequence[Classe], candidats: Sequence[Candidat], regles: ReglesSelection) -> str:
    """The first minimum that cannot be met by itself; else that they cannot be met together."""
    en_jeu = {c.dossier for c in classes if hors_jeu(c, regles) is None}
    for compte in comptes(regles, candidats):
        possibles = len(compte.dossiers & en_jeu)
        if compte.quota.minimum is not None and possibles < compte.quota.minimum:
            return (
                f"« {compte.nom} » demande {compte.quota.minimum} dossier(s), et {possibles} seulement peuvent être "
                f"retenus (seuil de {nombre(regles.seuil)}/100)."
            )
    return "Les minimums demandés ne tiennent pas ensemble dans les enveloppes, les places et les maximums."


def centimes(montant: Decimal) -> int:
    """Whole centimes of an amount."""
    return int(montant.scaleb(2))
