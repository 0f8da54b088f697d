"""A pack recomputed from itself alone: what is exact must be identical, an optimum must hold, draws must be near.

The first difference of each kind is named: file, place, what is written, what is computed.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ami.choix.bareme import SansGrille, bareme_du_reglement, regles_du_reglement
from ami.choix.calcul import calculer, sensibilites
from ami.choix.coherence import incoherences
from ami.choix.decisions import decisions_intenables
from ami.choix.donnees import Candidat, Classe, Proposition, ReglesSelection
from ami.choix.optimum import SelectionImpossible, optimiser, redire_optimum
from ami.choix.pack import (
    DONNEES,
    MANIFESTE,
    REGLEMENT,
    RESULTATS,
    SEANCES,
    SENSIBILITES,
    TIRAGES_MIN,
    Donnees,
    Pack,
    PackIllisible,
    Scenario,
    ecarts_du_manifeste,
    en_fichiers,
    lire,
    mal_ecrits,
)
from ami.choix.quotas import comptes
from ami.choix.selection import hors_jeu, selectionner_par_rang
from ami.choix.sensibilite import Sensibilite
from ami.choix.solveur import SolveurMuet
from rules.chargement import charger_texte
from rules.defauts import ReglementRefuse
from rules.expressions import ErreurExpression
from rules.modele import Reglement

ZERO = Decimal(0)


def verifier_pack(fichiers: Mapping[str, bytes], *, tirages_min: int = TIRAGES_MIN) -> list[str]:
    """Every difference found, in French; none when the pack says what its own data give.

    Under `tirages_min` draws, a probability may be anything within its own tolerance: it is not believed.
    """
    ecarts = ecarts_du_manifeste(fichiers)
    try:
        return [*ecarts, *_ecarts(fichiers, lire(fichiers), tirages_min)]
    except (PackIllisible, ReglementRefuse, SansGrille, ErreurExpression) as refus:
        return [*ecarts, str(refus)]


def non_recalcules(fichiers: Mapping[str, bytes], pack: Pack) -> list[str]:
    """The files of an archive that nothing computes again: the manifest says they did not change, no more."""
    return sorted(set(fichiers) - {MANIFESTE, *en_fichiers(pack)})


def non_prouves(pack: Pack) -> list[str]:
    """The scenarios whose optimum the solver could not prove, by name."""
    return [scenario.nom for scenario in pack.resultats.scenarios if not scenario.proposition.prouve]


def _ecarts(fichiers: Mapping[str, bytes], pack: Pack, tirages_min: int) -> Iterator[str]:
    yield from mal_ecrits(fichiers, pack)
    reglement = charger_texte(pack.reglement, REGLEMENT).reglement
    intenables = [*_selon_le_reglement(pack, reglement), *incoherences(pack)]
    yield from intenables
    if pack.parametres.tirages < tirages_min:
        yield f"{SENSIBILITES}, tirages : {pack.parametres.tirages}, une probabilité en demande {tirages_min} au moins."
    if not intenables:
        yield from _recalculs(pack, reglement)


def _selon_le_reglement(pack: Pack, reglement: Reglement) -> Iterator[str]:
    """The data say of the rules what the règlement says of them; money and places are the campagne's."""
    donnees = pack.donnees
    regles = regles_du_reglement(reglement, donnees.regles.enveloppes, donnees.regles.places)
    yield from _premier(f"{DONNEES}, bareme", donnees.bareme, bareme_du_reglement(reglement))
    yield from _premier(f"{DONNEES}, regles", donnees.regles, regles)
    sieges = frozenset(reglement.comite.membres) if reglement.comite is not None else frozenset[str]()
    for seance in pack.seances:
        inconnus = sorted(set(seance.membres) - sieges)
        yield from (f"{SEANCES}, {seance.code} : le règlement ne donne pas de siège à « {nom} »." for nom in inconnus)


def _recalculs(pack: Pack, reglement: Reglement) -> Iterator[str]:
    donnees, resultats = pack.donnees, pack.resultats
    refaits = calculer(donnees)
    for nom in ("severites", "classement", "autre_classement", "selection"):
        yield from _premier(f"{RESULTATS}, {nom}", getattr(resultats, nom), getattr(refaits, nom))
    yield from decisions_intenables(pack, refaits, reglement)
    for scenario in resultats.scenarios:
        yield from _scenario(donnees, refaits.classement, scenario)
    refaites = sensibilites(donnees, pack.parametres)
    origines, attendues = ([s.origine for s in liste] for liste in (pack.sensibilites, refaites))
    if origines != attendues:
        yield f"{SENSIBILITES}, origines : écrit {', '.join(origines)}, attendu {', '.join(attendues)}."
        return
    for ecrite, refaite in zip(pack.sensibilites, refaites, strict=True):
        yield from _loin(ecrite, refaite)


def _scenario(donnees: Donnees, classement: Sequence[Classe], scenario: Scenario) -> Iterator[str]:
    lieu = f"{RESULTATS}, scénario « {scenario.nom} »"
    if scenario.proposition.methode == "rang":
        refait = selectionner_par_rang(classement, donnees.candidats, scenario.regles)
        yield from _premier(lieu, scenario.proposition, refait)
    else:
        defauts = list(
            defauts_d_optimum(lieu, classement, donnees.candidats, scenario.regles, scenario.proposition)
        ) or list(_pas_le_meilleur(lieu, classement, donnees, scenario))
        yield from defauts


def defauts_d_optimum(
    lieu: str,
    classes: Sequence[Classe],
    candidats: Sequence[Candidat],
    regles: ReglesSelection,
    proposition: Proposition,
) -> Iterator[str]:
    """Whether a proposal holds within its rules and totals what it says; see `_pas_le_meilleur` for the rest."""
    fiches = {c.dossier: c for c in candidats}
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
    refaite = redire_optimum(classes, candidats, regles, proposition)
    yield from _premier(lieu, proposition, refaite)


def _pas_le_meilleur(lieu: str, classement: Sequence[Classe], donnees: Donnees, scenario: Scenario) -> Iterator[str]:
    """A selection said to be proven is found again: it is the only one. How it draws on enveloppes may not be.

    One that is not said to be proven is looked for as well: it must at least total what is found here.
    """
    ecrite = scenario.proposition
    try:
        refaite = optimiser(classement, donnees.candidats, scenario.regles)
    except (SelectionImpossible, SolveurMuet) as refus:
        if ecrite.prouve:
            yield f"{lieu} : l'optimum n'a pas été retrouvé ({refus})."
        return
    if not ecrite.prouve:
        if refaite.total_notes > ecrite.total_notes:
            yield f"{lieu}, non prouvé : {ecrite.total_notes} points, une sélection de {refaite.total_notes} existe."
        return
    yield from _pas_la_meme(lieu, ecrite, refaite)


def _pas_la_meme(lieu: str, ecrite: Proposition, refaite: Proposition) -> Iterator[str]:
    for nom in ("total_notes", "total_montants"):
        if getattr(ecrite, nom) != getattr(refaite, nom):
            yield f"{lieu}, {nom} : écrit {getattr(ecrite, nom)}, le meilleur est {getattr(refaite, nom)}."
            return
    if [r.dossier for r in ecrite.retenus] != [r.dossier for r in refaite.retenus]:
        yield f"{lieu}, retenus : d'autres dossiers totalisent autant et devaient passer avant."


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
    """Ranks and pairs as they are; chances within what the number of draws allows."""
    lieu = f"{SENSIBILITES}, {ecrite.origine}"
    faux = list(_premier(lieu, sans_probabilites(ecrite), sans_probabilites(refaite)))
    yield from faux
    if faux:
        return
    for (nom, un), (_, autre) in zip(_probabilites(ecrite), _probabilites(refaite), strict=True):
        if abs(un - autre) > refaite.tolerance:
            yield f"{lieu}, {nom} : probabilité écrite {un}, retrouvée {autre} (tolérance {refaite.tolerance})."
            return


def sans_probabilites(sensibilite: Sensibilite) -> Sensibilite:
    """The same with every probability set to nothing: what is exact."""
    return sensibilite.model_copy(
        update={
            "rangs": tuple(f.model_copy(update={"selection": ZERO}) for f in sensibilite.rangs),
            "bascules": tuple(b.model_copy(update={"frequence": ZERO}) for b in sensibilite.bascules),
        }
    )


def _probabilites(sensibilite: Sensibilite) -> list[tuple[str, Decimal]]:
    chances = [(f.dossier, f.selection) for f in sensibilite.rangs]
    return chances + [(f"{b.apres} devant {b.avant}", b.frequence) for b in sensibilite.bascules]


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
