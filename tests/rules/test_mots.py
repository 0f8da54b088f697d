"""Every name a règlement may use has words, and every shape of expression the règlements use is said exactly."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest

from ami.imports_schemas import KINDS_TERRITOIRE, STRUCTURES
from rules import mots_listes
from rules.chargement import charger, charger_texte
from rules.contexte import CONTEXTE, LIBRE
from rules.effets import Effet
from rules.examen import Examen
from rules.francais import Groupe, a, accorder, de, en_ligne
from rules.modele import Grille
from rules.mot import HorsDuParler
from rules.mots import Traducteur
from rules.mots_actes import ACTES, DONNEES
from rules.mots_contexte import CONTEXTE as MOTS
from rules.mots_effets import EFFETS
from rules.verif_sources import sources_expressions
from rules.vocabulaire import ACTES as ACTES_CONNUS
from rules.vocabulaire import DESTINATAIRES, NATURES, ROLES, SUJETS, TypeChamp, Unite
from rules.vocabulaire import DONNEES as DONNEES_CONNUES
from tests.rules.support import RACINE, defauts_de, habitat, planter

REGLEMENTS = sorted((RACINE / "rules").glob("*.yaml"))
TRADUCTEUR = Traducteur(habitat().reglement)


def _feuilles(schema: dict[str, Any], prefixe: str = "") -> Iterator[str]:
    for nom, partie in schema.items():
        if isinstance(partie, dict):
            yield from _feuilles(partie, f"{prefixe}{nom}.")
        elif partie != LIBRE:  # its keys come from the règlement, and so do their words
            yield f"{prefixe}{nom}"


def _effets() -> set[str]:
    union = get_args(Effet)[0]
    return {get_args(classe.model_fields["effet"].annotation)[0] for classe in get_args(union)}


def _champs(donnees: Mapping[str, Mapping[str, object]]) -> set[str]:
    return {f"{acte}.{champ}" for acte, champs in donnees.items() for champ in champs}


def _motifs() -> set[str]:
    versement = next(c for c in get_args(get_args(Effet)[0]) if "motif" in c.model_fields)
    return set(get_args(versement.model_fields["motif"].annotation))


@pytest.mark.parametrize(
    ("connus", "dits"),
    [
        (set(_feuilles(CONTEXTE)), set(MOTS)),
        (set(ACTES_CONNUS), set(ACTES)),
        (
            {f"{acte}.{c}" for acte, d in DONNEES_CONNUES.items() for c in d},
            {f"{a}.{c}" for a, d in DONNEES.items() for c in d},
        ),
        (set(ROLES), set(mots_listes.ROLES)),
        (set(DESTINATAIRES), set(mots_listes.DESTINATAIRES)),
        (set(NATURES), set(mots_listes.NATURES)),
        (set(SUJETS), set(mots_listes.SUJETS)),
        (set(get_args(TypeChamp)), set(mots_listes.TYPES_DE_CHAMP)),
        (set(get_args(Unite)), set(mots_listes.UNITES)),
        (set(get_args(Grille.model_fields["non_applicable"].annotation)), set(mots_listes.NON_APPLICABLE)),
        (set(STRUCTURES), set(mots_listes.VALEURS["structures"])),
        (set(KINDS_TERRITOIRE), set(mots_listes.VALEURS["territoires"])),
        (_effets(), set(EFFETS)),
        (_motifs(), set(mots_listes.MOTIFS)),
    ],
)
def test_every_name_has_words(connus: set[str], dits: set[str]) -> None:
    assert connus - dits == set()


@pytest.mark.parametrize("fichier", REGLEMENTS, ids=lambda fichier: fichier.stem)
def test_every_expression_of_the_reglements_has_words(fichier: Any) -> None:
    charge = charger(fichier)
    traducteur, muets = Traducteur(charge.reglement), []
    for source in sources_expressions(Examen(charge, None)):
        try:
            if source.attendu == "booleen":
                traducteur.condition(source.texte, source.actes)
            else:
                traducteur.valeur(source.texte, source.actes)
        except HorsDuParler as manque:
            muets.append(f"{source.chemin} : {manque}")
    assert muets == []


def dire(source: str, *actes: str) -> str:
    """The sentence, with ordinary spaces."""
    return en_ligne(TRADUCTEUR.condition(source, actes)).replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("source", "phrase"),
    [
        (
            "dossier.montant_demande <= parametres.plafond_etude",
            "l’aide demandée est inférieure ou égale à 5 000,00 € (aide maximale à l’étude de préfaisabilité)",
        ),
        (
            "parametres.plafond_etude >= dossier.montant_demande",
            "5 000,00 € (aide maximale à l’étude de préfaisabilité) est supérieur ou égal à l’aide demandée",
        ),
        ("500000 >= dossier.montant_demande", "l’aide demandée est inférieure ou égale à 5 000,00 €"),
        ("!(dossier.montant_demande <= 500000)", "l’aide demandée est supérieure à 5 000,00 €"),
        ("dossier.montant_demande != 500000", "l’aide demandée n’est pas égale à 5 000,00 €"),
        ("dossier.taux_demande < 785", "la part de l’aide demandée dans le coût prévu est inférieure à 78,5 %"),
        ("notes.total >= 62500", "la note obtenue est supérieure ou égale à 62,5 / 100"),
        ("dossier.montant_demande > 0", "l’aide demandée est supérieure à zéro"),
        ("budget.depenses_reelles >= 0", "les dépenses réelles du projet sont positives ou nulles"),
        (
            "budget.emplois == budget.ressources",
            "les emplois du plan de financement sont égaux aux ressources du plan de financement",
        ),
        ("budget.aide_etude.paye != 0", "les sommes déjà versées au titre de l’aide à l’étude ne sont pas nulles"),
        ("campagne.places_libres >= 1", "une place au moins est libre"),
        ("campagne.places_libres == 0", "aucune place n’est libre"),
        ("campagne.places_libres > 3", "le nombre de places libres est supérieur à 3"),
        ("size(pieces.manquantes) > 0", "une pièce demandée au moins manque"),
        ("size(territoire.codes) <= 2", "le nombre des quartiers désignés est inférieur ou égal à 2"),
        ('"bilan" in pieces.manquantes', "la pièce « Bilan d’exécution et compte d’emploi de l’aide » manque"),
        ('!("bilan" in echeances.depassees)', "l’échéance « Bilan et demande de solde » n’est pas dépassée"),
        ('"aide_etude" in convention.signees', "la convention est signée pour l’aide à l’étude"),
        ('porteur.kind == "collectivite"', "le porteur est une collectivité"),
        ('porteur.kind != "collectivite"', "le porteur n’est pas une collectivité"),
        ('porteur.kind in ["etat", "association"]', "le porteur est un service de l’État ou une association"),
        ('!(porteur.kind in ["etat", "association"])', "le porteur n’est ni un service de l’État ni une association"),
        (
            'territoire.kinds.exists(k, k == "QPV")',
            "l’un au moins des quartiers désignés est un quartier prioritaire de la politique de la ville (QPV)",
        ),
        (
            '!territoire.kinds.exists(k, k == "autre")',
            "aucun des quartiers désignés n’est un autre territoire",
        ),
        (
            '!territoire.kinds.all(k, k == "autre")',
            "l’un au moins des quartiers désignés n’est pas un autre territoire",
        ),
        (
            'territoire.kinds.all(k, k == "QPV" || k == "autre")',
            "pour chacun des quartiers désignés, soit celui-ci est un quartier prioritaire de la politique de la ville "
            "(QPV), soit celui-ci est un autre territoire",
        ),
        ("maintenant <= campagne.cloture", "la date de clôture des candidatures n’est pas passée"),
        ("maintenant > campagne.fin", "la date de fin de la campagne est passée"),
        ("campagne.ouverture <= maintenant", "la date d’ouverture des candidatures est arrivée"),
        ("action.date < campagne.fin", "la date de l’action est antérieure à la date de fin de la campagne"),
        (
            'maintenant > dossier.depuis + duration("720h")',
            "la date d’entrée du dossier dans son état, augmentée de 30 jours, est passée",
        ),
        (
            'maintenant <= campagne.fin - duration(string(parametres.cible_initiatives * 24) + "h")',
            "la date de fin de la campagne, diminuée de 20 (initiatives à repérer), n’est pas passée",
        ),
        (
            'action.date >= maintenant + duration(string(parametres.cible_initiatives * 2 * 24) + "h")',
            "la date de l’action est postérieure ou égale à la date du jour, augmentée de 2 fois 20 "
            "(initiatives à repérer)",
        ),
        (
            "dossier.montant_demande * 2 <= dossier.cout_prevu",
            "le montant correspondant à 2 fois l’aide demandée est inférieur ou égal au coût prévu",
        ),
        ('dossier.etat == "recevable"', "le dossier est dans l’état « Recevable »"),
        ('acteur.role == "agent"', "l’acte est fait par l’équipe de l’organisme"),
        (
            "dossier.reponses.nombre_logements >= 10",
            "la réponse à « Nombre de logements envisagés » est supérieure ou égale à 10",
        ),
        ("dossier.reponses.groupe_constitue", "la réponse à « Un groupe d’habitants existe déjà » est « oui »"),
        ("has(dossier.reponses.foncier)", "la réponse à « Où en est le foncier » est renseignée"),
        ('dossier.reponses.adresse == ""', "la réponse à « Adresse ou îlot pressenti » n’est pas renseignée"),
        ('porteur.region.startsWith("Occ")', "la région de la structure désignée comme porteur commence par « Occ »"),
        (
            "controles.recevabilite.bloquants > 0",
            "l’une au moins des conditions bloquantes du contrôle « Recevabilité » n’est pas remplie",
        ),
        ("controles.delai_place.bloquants == 0", "la condition « La place proposée est acceptée à temps » est remplie"),
        (
            "max(etude.cout_reel, 100000) > budget.aide_etude.engage - budget.aide_etude.libere",
            "le plus élevé de ces montants (le coût réel de l’étude ou 1 000,00 €) est supérieur au montant net engagé "
            "au titre de l’aide à l’étude",
        ),
        (
            "proportion(min(etude.cout_reel + 100, budget.emplois), 500, 1000) == 0",
            "le montant correspondant à 50 % du montant ainsi calculé (la somme du coût réel de l’étude et de 1,00 €, "
            "dans la limite des emplois du plan de financement) est nul",
        ),
        (
            "territoire.connus ? accompagnateur.connu : porteur.connu",
            "soit à la fois tous les quartiers désignés figurent dans les listes officielles et l’accompagnateur est "
            "désigné, soit à la fois l’un au moins des quartiers désignés ne figure pas dans les listes officielles et "
            "le porteur est désigné",
        ),
    ],
)
def test_an_expression_is_said_exactly(source: str, phrase: str) -> None:
    assert dire(source) == phrase


def test_the_contrary_of_all_is_one_at_least_not() -> None:
    positif = TRADUCTEUR.condition("territoire.connus && (porteur.connu || accompagnateur.connu)")
    contraire = TRADUCTEUR.condition("!(territoire.connus && (porteur.connu || accompagnateur.connu))")
    assert isinstance(positif, Groupe)
    assert positif.tous
    assert positif.parties[1] == Groupe(False, ("le porteur est désigné", "l’accompagnateur est désigné"))
    assert isinstance(contraire, Groupe)
    assert not contraire.tous
    assert contraire.parties[1] == Groupe(True, ("le porteur n’est pas désigné", "l’accompagnateur n’est pas désigné"))


def test_the_data_of_an_act_are_said_only_while_it_is_under_way() -> None:
    assert dire("donnees.cout_prevu > 0", "planifier_action") == "le coût prévu de l’action est supérieur à zéro"
    assert dire('donnees.comite == ""', "selectionner") == "la décision est prise sans réunir le comité"
    with pytest.raises(HorsDuParler, match=r"donnees\.cout_prevu"):
        dire("donnees.cout_prevu > 0")


def test_a_decision_reads_by_the_lexique_then_by_the_etat_of_that_name() -> None:
    assert dire('donnees.decision == "retenu"', "selectionner") == "la décision est : « retenu pour l’aide à l’étude »"
    assert dire('donnees.decision == "a_completer"', "instruire") == "la décision est : « à compléter »"
    assert dire('donnees.decision == "sans_suite"', "instruire") == "la décision est : « sans suite »"


def test_a_share_computed_in_thousandths_is_said_as_a_share() -> None:
    phrase = dire("donnees.montant_accorde * 1000 <= dossier.cout_prevu * parametres.taux_max_etude", "selectionner")
    assert phrase == (
        "le montant accordé est inférieur ou égal à 80 % du coût prévu "
        "(part maximale du coût de l’étude prise en charge)"
    )


@pytest.mark.parametrize(
    "source",
    [
        "dossier.numero.matches('a+')",
        "dossier.inconnu > 1",
        "size(dossier.numero) > 3",
        "1 + 1",
        "{'a': 1}",
        "pieces.manquantes[0]",
        "size(dossier.numero).rang",
        "pieces.manquantes.map(p, p == 'a')",
        "a b",
        "(a",
        "a ?",
        "",
    ],
)
def test_what_has_no_words_says_so(source: str) -> None:
    with pytest.raises(HorsDuParler):
        dire(source)


def test_a_lexique_entry_changes_the_words() -> None:
    texte = planter("  recevabilite: Recevabilité\n", "  recevabilite: Examen d’entrée\n")
    traducteur = Traducteur(charger_texte(texte, "essai.yaml").reglement)
    assert traducteur.nom_de_controle("recevabilite") == "« Examen d’entrée »"


def test_a_lexique_entry_nothing_says_is_a_warning_that_names_it() -> None:
    defauts = defauts_de(planter("  recevabilite: Recevabilité\n", "  recevablite: Recevabilité\n"))
    assert [d.raison for d in defauts] == ["rien dans le règlement ne dit « recevablite »"]


def test_french_contracts_and_agrees() -> None:
    assert (de("le coût"), de("les pièces"), de("l’aide"), de("un avis")) == (
        "du coût",
        "des pièces",
        "de l’aide",
        "d’un avis",
    )
    assert (a("le coût"), a("les pièces"), a("la note")) == ("au coût", "aux pièces", "à la note")
    assert [accorder("égal", accord) for accord in ("m", "f", "mp", "fp")] == ["égal", "égale", "égaux", "égales"]
