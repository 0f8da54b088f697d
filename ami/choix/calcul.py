"""The whole computation of a choice, from its data: the engine writes it in a pack, a reader computes it again."""

from collections.abc import Sequence
from decimal import Decimal

from ami.choix.classement import classer, regrouper
from ami.choix.donnees import Bareme, Classe
from ami.choix.pack import Donnees, Parametres, Resultats, Scenario
from ami.choix.selection import selectionner_par_rang
from ami.choix.sensibilite import Sensibilite, par_tirage, sans_un_evaluateur, selon_les_poids
from ami.choix.severite import severites


def calculer(donnees: Donnees, scenarios: Sequence[Scenario] = ()) -> Resultats:
    """Severities, both rankings and the rank-order selection; scenarios are kept as they are."""
    classement = classer(donnees.bareme, donnees.candidats, donnees.notations)
    autre = classer(contraire(donnees.bareme), donnees.candidats, donnees.notations)
    return Resultats(
        severites=tuple(severites(donnees.bareme, regrouper(donnees.notations))),
        classement=tuple(classement),
        autre_classement=tuple(autre),
        selection=selectionner_par_rang(classement, donnees.candidats, donnees.regles),
        scenarios=tuple(scenarios),
    )


def contraire(bareme: Bareme) -> Bareme:
    """The same barème with the correction of severity the other way: both rankings stand side by side."""
    return bareme.model_copy(update={"correction_severite": not bareme.correction_severite})


def sans_correction(bareme: Bareme, resultats: Resultats) -> tuple[Classe, ...]:
    """The ranking before any correction of severity: the one whose totals are frozen, and that guards read."""
    return resultats.autre_classement if bareme.correction_severite else resultats.classement


def sensibilites(donnees: Donnees, parametres: Parametres) -> tuple[Sensibilite, ...]:
    """Other weights, one evaluator less, evaluations drawn again."""

    def choisir(classes: Sequence[Classe]) -> set[str]:
        return {r.dossier for r in selectionner_par_rang(classes, donnees.candidats, donnees.regles).retenus}

    bareme, candidats, notations = donnees.bareme, donnees.candidats, donnees.notations
    tirages, graine = parametres.tirages, parametres.graine
    ecart = Decimal(parametres.ecart_poids)
    return (
        selon_les_poids(bareme, candidats, notations, choisir, ecart=ecart, tirages=tirages, graine=graine),
        sans_un_evaluateur(bareme, candidats, notations, choisir),
        par_tirage(bareme, candidats, notations, choisir, tirages=tirages, graine=graine),
    )
