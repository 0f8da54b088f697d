"""The stories tell the whole of each règlement: every transition, every automatic one by a sweep, every message.

A story compares its journals and its courriels exactly when it is played (`test_recits.py`), so reading them is enough:
what is written here has happened there. What a coulisse does is not told, and does not count.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from rules.chargement import charger, charger_texte
from rules.modele import EffetCourriel, Reglement
from tests.support.recit import RACINE, lire
from tests.support.recit_modele import DECORS, RECITS, Ligne, Recit, nom_de, valider

REGLEMENTS = sorted((RACINE / "rules").glob("*.yaml"))
SUIVI = "suivi"  # staff's own copy tells nobody new


@cache
def recits() -> dict[str, Recit]:
    """Every story, by its name."""
    return {nom_de(chemin): lire(chemin) for chemin in RECITS}


def recits_de(fichier: Path) -> list[Recit]:
    """The stories told under a règlement."""
    nom = fichier.relative_to(RACINE).as_posix()
    return [recit for recit in recits().values() if recit.reglement == nom]


def manques(reglement: Reglement, racontes: Iterable[Recit]) -> list[str]:
    """What the règlement holds and no story tells, in French, with codes and labels."""
    lignes = [ligne for recit in racontes for ligne in recit.histoire]
    dites = {code for ligne in lignes for code in _transitions(ligne)}
    balayees = {code for ligne in lignes if ligne.balayage for code in _transitions(ligne)}
    recus = {message for ligne in lignes for message, gens in ligne.courriels.items() if set(gens) - {SUIVI}}
    return [*_transitions_tues(reglement, dites, balayees), *_messages_tus(reglement, recus)]


def inconnues(reglement: Reglement, recit: Recit) -> list[str]:
    """The transitions a story names and its règlement does not have."""
    connues = {code for workflow in reglement.sujets.values() for code in workflow.transition_par_code}
    return sorted({code for ligne in recit.histoire for code in _transitions(ligne)} - connues)


def _transitions(ligne: Ligne) -> Iterator[str]:
    """The codes of a line's journal; « nom : transition » is of another sujet."""
    return (dit.rpartition(" : ")[2] for dit in ligne.journal)


def _transitions_tues(reglement: Reglement, dites: set[str], balayees: set[str]) -> Iterator[str]:
    for sujet, workflow in reglement.sujets.items():
        for transition in workflow.transitions:
            nom = f"{transition.code} (« {transition.libelle} »)"
            if transition.code not in dites:
                yield f"{sujet} : aucun récit ne passe par {nom}"
            elif transition.automatique and transition.code not in balayees:
                yield f"{sujet} : aucun balayage ne déclenche {nom}"


def _messages_tus(reglement: Reglement, recus: set[str]) -> Iterator[str]:
    effets = [e for w in reglement.sujets.values() for t in w.transitions for e in t.effets]
    envoyes = {effet.message for effet in effets if isinstance(effet, EffetCourriel)}
    envoyes |= {relance.message for echeance in reglement.echeances for relance in echeance.relances}
    return (f"message : personne ne reçoit « {message} »" for message in sorted(envoyes - recus))


@pytest.mark.parametrize("fichier", REGLEMENTS, ids=lambda fichier: fichier.stem)
def test_the_stories_tell_the_whole_reglement(fichier: Path) -> None:
    tus = manques(charger(fichier).reglement, recits_de(fichier))
    assert not tus, f"{fichier.name} a des règles qu'aucun récit de tests/scenarios ne montre :\n- " + "\n- ".join(tus)


@pytest.mark.parametrize("chemin", RECITS, ids=nom_de)
def test_a_story_names_only_what_its_reglement_has(chemin: Path) -> None:
    recit = lire(chemin)
    fichier = RACINE / recit.reglement
    assert fichier in REGLEMENTS, f"{chemin.name} : le règlement « {recit.reglement} » n'existe pas"
    en_trop = inconnues(charger(fichier).reglement, recit)
    assert not en_trop, f"{chemin.name} : {recit.reglement} n'a pas de transition {', '.join(en_trop)}"


def test_two_stories_never_have_the_same_title() -> None:
    titres = [recit.titre for recit in recits().values()]
    assert sorted(set(titres)) == sorted(titres)


# --- the check itself, on the tiny programme of the sweeps' tests: what is not told is seen, with its name -----------

MINUSCULE = RACINE / "tests" / "flows" / "programme_minuscule.yaml"


def raconter(*lignes: dict[str, object]) -> Recit:
    """A story of which only the lines matter here."""
    decor = yaml.safe_load((DECORS / "habitat_participatif.yaml").read_text(encoding="utf-8"))
    passage = {"le": "01/04/2026", "dossier": "jardin", "acte": "noter", "par": "agente"}
    return valider({**decor, "titre": "Essai", "histoire": [{**passage, **ligne} for ligne in lignes]}, "essai")


def test_what_no_story_tells_is_named_by_code_and_label() -> None:
    reglement = charger(MINUSCULE).reglement
    codes = [t.code for w in reglement.sujets.values() for t in w.transitions]
    tus = manques(reglement, [raconter({"journal": codes[1:], "balayage": ["sensibilisation"]})])
    premiere = reglement.workflow("dossier").transition_par_code[codes[0]]
    assert f"dossier : aucun récit ne passe par {codes[0]} (« {premiere.libelle} »)" in tus
    assert [tu for tu in tus if "aucun récit" in tu] == tus[:1]


def test_an_automatic_transition_is_fired_by_a_sweep_and_a_message_is_received_by_somebody() -> None:
    reglement = charger(MINUSCULE).reglement
    transitions = [t for w in reglement.sujets.values() for t in w.transitions]
    automatiques = [t for t in transitions if t.automatique]
    messages = [e.message for t in transitions for e in t.effets if isinstance(e, EffetCourriel)]
    dites = [t.code for t in transitions]
    tus = manques(reglement, [raconter({"journal": dites, "courriels": {message: [SUIVI] for message in messages}})])
    assert automatiques
    assert [tu for tu in tus if "aucun balayage" in tu] == [
        f"dossier : aucun balayage ne déclenche {t.code} (« {t.libelle} »)" for t in automatiques
    ]
    assert {f"message : personne ne reçoit « {message} »" for message in messages} <= set(tus)


def test_a_transition_removed_from_the_file_is_seen_in_the_stories_that_name_it() -> None:
    fichier = RACINE / "rules" / "habitat_participatif_2026.yaml"
    texte = fichier.read_text(encoding="utf-8").replace("- code: fermer_liste\n", "- code: clore_liste\n")
    reglement = charger_texte(texte, fichier.name).reglement
    assert inconnues(reglement, recits()["habitat_participatif/liste_fermee"]) == ["fermer_liste"]
    assert [tu for tu in manques(reglement, recits_de(fichier)) if "clore_liste" in tu]
