"""A pack recomputed from itself alone: what is exact must be identical, an optimum must hold, draws must be near.

The first difference of each kind is named: file, place, what is written, what is computed.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ami.choix.bareme import SansGrille, bareme_du_reglement
from ami.choix.calcul import calculer, sensibilites
from ami.choix.donnees import Candidat, Classe, Proposition, ReglesSelection
from ami.choix.pack import (
    DONNEES,
    REGLEMENT,
    RESULTATS,
    SENSIBILITES,
    Donnees,
    Pack,
    PackIllisible,
    Scenario,
    ecarts_du_manifeste,
    lire,
)
from ami.choix.quotas import comptes
from ami.choix.selection import hors_jeu, selectionner_par_rang
from ami.choix.sensibilite import Sensibilite
from rules.chargement import charger_texte
from rules.defauts import ReglementRefuse

ZERO = Decimal(0)


def verifier_pack(fichiers: Mapping[str, bytes]) -> list[str]:
    """Every difference found, in French; none when the pack says what its own data give."""
    ecarts = ecarts_du_manifeste(fichiers)
    try:
        return [*ecarts, *_ecarts(lire(fichiers))]
    except (PackIllisible, ReglementRefuse, SansGrille) as refus:
        return [*ecarts, str(refus)]


def _ecarts(pack: Pack) -> Iterator[str]:
    donnees, resultats = pack.donnees, pack.resultats
    bareme = bareme_du_reglement(charger_texte(pack.reglement, REGLEMENT).reglement)
    yield from _premier(f"{DONNEES}, bareme", donnees.bareme, bareme)
    refaits = calculer(donnees)
    for nom in ("severites", "classement", "autre_classement", "selection"):
        yield from _premier(f"{RESULTATS}, {nom}", getattr(resultats, nom), getattr(refaits, nom))
    for scenario in resultats.scenarios:
        yield from _scenario(donnees, refaits.classement, scenario)
    for ecrite, refaite in zip(pack.sensibilites, sensibilites(donnees, pack.parametres), strict=False):
        yield from _loin(ecrite, refaite)


def _scenario(donnees: Donnees, classement: Sequence[Classe], scenario: Scenario) -> Iterator[str]:
    lieu = f"{RESULTATS}, scénario « {scenario.nom} »"
    if scenario.proposition.methode == "rang":
        refait = selectionner_par_rang(classement, donnees.candidats, scenario.regles)
        yield from _premier(lieu, scenario.proposition, refait)
    else:
        yield from defauts_d_optimum(lieu, classement, donnees.candidats, scenario.regles, scenario.proposition)


def defauts_d_optimum(
    lieu: str,
    classes: Sequence[Classe],
    candidats: Sequence[Candidat],
    regles: ReglesSelection,
    proposition: Proposition,
) -> Iterator[str]:
    """Whether a proposal holds within its rules and totals what it says; that none totals more is the solver's word."""
    fiches, notes = {c.dossier: c for c in candidats}, {c.dossier: c.total or ZERO for c in classes}
    en_jeu = {c.dossier for c in classes if hors_jeu(c, regles) is None}
    choisis = [r.dossier for r in proposition.retenus]
    for dossier in sorted(set(choisis) - en_jeu):
        yield f"{lieu} : {dossier} est retenu et ne pouvait pas l'être."
    if regles.places is not None and len(choisis) > regles.places:
        yield f"{lieu} : {len(choisis)} retenus pour {regles.places} places."
    yield from (f"{lieu} : {m}" for c in comptes(regles, candidats) if (m := c.manque(choisis)) is not None)
    for retenu in proposition.retenus:
        fiche = fiches[retenu.dossier]
        if not regles.aide_minimale(fiche) <= retenu.montant <= regles.aide_due(fiche):
            yield f"{lieu} : {retenu.dossier} reçoit {retenu.montant} €, hors de ce qui lui est dû."
        if sum(retenu.parts.values(), ZERO) != retenu.montant:
            yield f"{lieu} : les parts de {retenu.dossier} ne font pas {retenu.montant} €."
    yield from _enveloppes(lieu, fiches, regles, proposition)
    total = sum((notes.get(d, ZERO) for d in choisis), ZERO)
    if total != proposition.total_notes:
        yield f"{lieu}, total_notes : écrit {proposition.total_notes}, recalculé {total}."
    montant = sum((r.montant for r in proposition.retenus), ZERO)
    if montant != proposition.total_montants:
        yield f"{lieu}, total_montants : écrit {proposition.total_montants}, recalculé {montant}."


def _enveloppes(
    lieu: str, fiches: Mapping[str, Candidat], regles: ReglesSelection, proposition: Proposition
) -> Iterator[str]:
    connues = {e.code: e for e in regles.enveloppes}
    tire = dict.fromkeys(connues, ZERO)
    for retenu in proposition.retenus:
        for code, part in retenu.parts.items():
            if code not in connues or not connues[code].ouverte_a(fiches[retenu.dossier]):
                yield f"{lieu} : {retenu.dossier} tire sur l'enveloppe « {code} », qui ne lui est pas ouverte."
            else:
                tire[code] += part
    for code, somme in tire.items():
        if somme > connues[code].montant:
            yield f"{lieu} : l'enveloppe « {code} » de {connues[code].montant} € est dépassée ({somme} €)."


def _loin(ecrite: Sensibilite, refaite: Sensibilite) -> Iterator[str]:
    """Ranks and chances within what the number of draws allows."""
    lieu = f"{SENSIBILITES}, {ecrite.origine}"
    if [f.dossier for f in ecrite.rangs] != [f.dossier for f in refaite.rangs]:
        yield f"{lieu} : les dossiers ou leur ordre ne sont pas ceux du classement."
        return
    for un, autre in zip(ecrite.rangs, refaite.rangs, strict=True):
        if abs(un.selection - autre.selection) > refaite.tolerance:
            yield (
                f"{lieu}, {un.dossier} : probabilité écrite {un.selection}, retrouvée {autre.selection} "
                f"(tolérance {refaite.tolerance})."
            )
            return


def _premier(lieu: str, ecrit: Any, recalcule: Any) -> Iterator[str]:
    """The first place where two values differ."""
    for chemin, un, autre in differences(_nu(ecrit), _nu(recalcule)):
        yield f"{lieu}{chemin} : écrit {un}, recalculé {autre}."
        return


def differences(un: Any, autre: Any, chemin: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every leaf where two plain values differ, with its path."""
    if isinstance(un, dict) and isinstance(autre, dict):
        for clef in sorted({*un, *autre}):
            yield from differences(un.get(clef, "rien"), autre.get(clef, "rien"), f"{chemin}, {clef}")
    elif isinstance(un, list) and isinstance(autre, list):
        for rang in range(max(len(un), len(autre))):
            a, b = (liste[rang] if rang < len(liste) else "rien" for liste in (un, autre))
            yield from differences(a, b, f"{chemin}, n° {rang + 1}")
    elif un != autre:
        yield chemin, un, autre


def _nu(valeur: Any) -> Any:
    """Plain values: what JSON holds."""
    if isinstance(valeur, tuple | list):
        return [_nu(element) for element in valeur]
    return valeur.model_dump(mode="json")
