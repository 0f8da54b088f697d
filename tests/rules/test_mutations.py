# ruff: noqa: E501 — one case a line: the tables are read across
"""A règlement spoilt in two hundred ways: never a traceback, and what is accepted is told apart and explained."""

from collections import Counter
from pathlib import Path

import pytest

from notifications.catalogue import CATALOGUE
from rules.chargement import charger
from rules.defauts import Defaut, ReglementRefuse
from rules.verification import verifier
from rules.yaml_borne import lire
from tests.rules.mutations import MUTATIONS, classer, mutants
from tests.rules.support import HABITAT

NOMBRE = 200
GRAINE = "ami"


def examiner(fichier: Path) -> list[Defaut]:
    try:
        return verifier(charger(fichier), messages_connus=CATALOGUE)
    except ReglementRefuse as refus:
        return refus.defauts


def juger(texte: str, nom: str, contenu: bytes, fichier: Path) -> str:
    """« refusé », or the classes of what was accepted; every defect is told with its line, its reason and a remedy."""
    fichier.write_bytes(contenu)
    defauts = examiner(fichier)
    for defaut in defauts:
        assert 1 <= defaut.ligne <= contenu.count(b"\n") + 2, (nom, defaut)
        assert defaut.raison, (nom, defaut)
        assert defaut.remede, (nom, defaut)
    if any(defaut.gravite == "erreur" for defaut in defauts):
        return "refusé"
    if defauts:
        return "accepté avec un avertissement"
    return " + ".join(sorted(classer(lire(texte).valeur, lire(contenu.decode()).valeur)))


def test_two_hundred_mutants_never_break_the_checker_and_each_survivor_is_explained(tmp_path: Path) -> None:
    texte = HABITAT.read_text(encoding="utf-8")
    fichier = tmp_path / "mutant.yaml"
    issues = {nom: juger(texte, nom, contenu, fichier) for nom, contenu in mutants(texte, NOMBRE, GRAINE)}
    for issue, nombre in Counter(issues.values()).most_common():
        print(f"{nombre:4d}  {issue}")
    assert len(issues) == NOMBRE
    assert {nom: issue for nom, issue in issues.items() if "inexpliqué" in issue} == {}
    assert Counter(issues.values())["refusé"] > NOMBRE / 2


def test_the_mutants_are_the_same_every_time_and_each_operator_takes_its_turn() -> None:
    texte = HABITAT.read_text(encoding="utf-8")
    noms = [nom for nom, _ in mutants(texte, len(MUTATIONS), GRAINE)]
    assert len({nom.partition(" ")[0] for nom in noms}) == len(MUTATIONS)
    assert list(mutants(texte, 30, GRAINE)) == list(mutants(texte, 30, GRAINE))
    assert all(contenu != texte.encode() for _, contenu in mutants(texte, 30, GRAINE))


@pytest.mark.parametrize(
    ("avant", "apres", "classe"),
    [
        ({"a": 1}, {"a": 1}, "mise en forme"),
        ({"de": ["a", "b"]}, {"de": ["b", "a"]}, "ordre changé"),
        ({"libelle": "x"}, {"libelle": "y"}, "texte lu par les personnes"),
        ({"gardes": [{"code": "a", "si": "x"}]}, {"gardes": []}, "garde retirée, ajoutée ou renommée"),
        ({"etats": [{"code": "a", "final": True}]}, {"etats": [{"code": "a", "final": False}]}, "inexpliqué : etats.[a].final changé"),
        ({"grille": {"criteres": [{"code": "a"}]}}, {"grille": {"criteres": [{"code": "b"}]}}, "inexpliqué : grille.criteres.[a].code d’un seul côté"),
    ],
)  # fmt: skip
def test_a_change_is_told_apart_by_what_it_touches(avant: object, apres: object, classe: str) -> None:
    assert classe in classer(avant, apres)
