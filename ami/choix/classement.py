"""The ranking: scores from notes, then ranks; ties parted by the règlement's named rules, the number last.

The same notes give the same ranking whatever the order they come in.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from ami.choix.donnees import Bareme, Candidat, Classe, Notation, RegleDepartage, ReglesSelection
from ami.choix.notes import criteres_eliminatoires, moyennes_par_critere, total_millieme
from ami.choix.severite import totaux_corriges
from rules.mots_listes import DEPARTAGES

NUMERO: Final = RegleDepartage(selon="numero")
Moyennes = Mapping[str, Fraction | None]


def classer(bareme: Bareme, candidats: Iterable[Candidat], notations: Iterable[Notation]) -> list[Classe]:
    """Rank the dossiers, best first; then those eliminated, then those nobody scored, by number.

    The score is corrected of the evaluators' severity only if the barème says so.
    """
    par_dossier = regrouper(notations)
    return classer_lues(bareme, candidats, par_dossier, moyennes_par_dossier(bareme, par_dossier))


def classer_lues(
    bareme: Bareme,
    candidats: Iterable[Candidat],
    par_dossier: Mapping[str, Sequence[Notation]],
    moyennes: Mapping[str, Moyennes],
) -> list[Classe]:
    """The same on notes already read: what does not depend on the weights is computed once for many rankings."""
    if bareme.correction_severite:
        totaux = totaux_corriges(bareme, par_dossier)
    else:
        totaux = {dossier: total_millieme(lues, bareme) for dossier, lues in moyennes.items()}
    return _ranger(bareme, sorted(candidats, key=lambda c: c.dossier), moyennes, totaux)


def moyennes_par_dossier(bareme: Bareme, par_dossier: Mapping[str, Sequence[Notation]]) -> dict[str, Moyennes]:
    """The mean of each critère, for each dossier."""
    return {d: moyennes_par_critere([n.notes for n in lot], bareme) for d, lot in par_dossier.items()}


def regrouper(notations: Iterable[Notation]) -> dict[str, list[Notation]]:
    """Notations by dossier, both in a fixed order."""
    par_dossier: dict[str, list[Notation]] = {}
    for notation in sorted(notations, key=lambda n: (n.dossier, n.evaluateur)):
        par_dossier.setdefault(notation.dossier, []).append(notation)
    return par_dossier


def _ranger(
    bareme: Bareme, candidats: Sequence[Candidat], moyennes: Mapping[str, Moyennes], totaux: Mapping[str, int]
) -> list[Classe]:
    notes = [c for c in candidats if c.dossier in totaux]
    elimines = {c.dossier: tuple(criteres_eliminatoires(moyennes[c.dossier], bareme)) for c in notes}
    ecartes = sorted((c for c in notes if elimines[c.dossier]), key=lambda c: -totaux[c.dossier])
    return [
        *_classes(bareme, [c for c in notes if not elimines[c.dossier]], moyennes, totaux),
        *(
            Classe(dossier=c.dossier, rang=None, total=en_points(totaux[c.dossier]), eliminatoires=elimines[c.dossier])
            for c in ecartes
        ),
        *(Classe(dossier=c.dossier, rang=None, total=None) for c in candidats if c.dossier not in totaux),
    ]


def _classes(
    bareme: Bareme, bons: Sequence[Candidat], moyennes: Mapping[str, Moyennes], totaux: Mapping[str, int]
) -> list[Classe]:
    """Those who have a rank; each equal to the one before it says which rule parted them."""
    regles = (*bareme.departage, NUMERO)
    cles = {c.dossier: [_cle(regle, c, moyennes[c.dossier]) for regle in regles] for c in bons}
    ordre = sorted((c.dossier for c in bons), key=lambda d: (-totaux[d], *cles[d]))
    classes: list[Classe] = []
    for rang, dossier in enumerate(ordre, 1):
        avant = ordre[rang - 2] if rang > 1 and totaux[ordre[rang - 2]] == totaux[dossier] else None
        departage = _departage(regles, cles[avant], cles[dossier]) if avant is not None else None
        classes.append(Classe(dossier=dossier, rang=rang, total=en_points(totaux[dossier]), departage=departage))
    return classes


def en_points(millieme: int) -> Decimal:
    """Points out of 100, with their three decimals."""
    return Decimal(millieme).scaleb(-3)


def _cle(regle: RegleDepartage, candidat: Candidat, moyennes: Moyennes) -> Any:
    """What a tie-break compares: the smaller goes first."""
    match regle.selon:
        case "note_critere":
            moyenne = moyennes.get(regle.critere or "")
            return Fraction(1) if moyenne is None else -moyenne - 1  # unscored comes after the lowest note
        case "depot":
            return candidat.depose_le
        case "montant":
            return candidat.montant
        case "cout":
            return candidat.cout
        case _:
            return candidat.dossier


def _departage(regles: Sequence[RegleDepartage], avant: Sequence[Any], apres: Sequence[Any]) -> str:
    """The name of the rule that put one before the other."""
    regle = next(r for r, a, b in zip(regles, avant, apres, strict=True) if a != b)
    return f"{regle.selon}:{regle.critere}" if regle.critere else regle.selon


def remarque(regles: ReglesSelection, classe: Classe) -> str:
    """What is to be said of a place in the ranking, in French; critères by the name people know."""
    if classe.eliminatoires:
        return f"éliminatoire : {', '.join(regles.dire(critere) for critere in classe.eliminatoires)}"
    if not classe.departage:
        return ""
    selon, _, critere = classe.departage.partition(":")
    return f"départagé par {DEPARTAGES[selon]}" + (f" « {regles.dire(critere)} »" if critere else "")
