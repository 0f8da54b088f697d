"""No programme, phase, état or threshold is written in Python: they live in the règlement files.

Acts, roles, natures, message codes, decisions an act accepts, tables and columns are the closed vocabulary
(kernel §1); a règlement may name an état after one of them without forbidding Python the word.
"""

import types
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from sqlmodel import SQLModel

import ami.agir  # noqa: F401 - registers every act
from ami.actes import ACTES
from notifications.catalogue import CATALOGUE
from notifications.models import EtatCourriel
from rules import modele, vocabulaire
from rules.chargement import charger
from rules.contexte import CONTEXTE
from rules.modele import Bloc, Reglement
from tests.support.sources import RACINE, Source, exiger_aucun, lire, sources

# kernel §1: four thin named wrappers stand for the usual phases; a fifth phase needs none.
FLOWS_NOMMES = {"sensibilisation", "prefaisabilite", "scoring", "financement"}


def _mots_ouverts(reglement: Reglement) -> Iterator[str]:
    yield reglement.programme.code
    yield reglement.programme.nom
    yield from (phase.code for phase in reglement.phases)
    yield from reglement.parametres
    for workflow in reglement.sujets.values():
        yield from (etat.code for etat in workflow.etats)
        yield from (transition.code for transition in workflow.transitions)
    if reglement.grille:
        yield from (critere.code for critere in reglement.grille.criteres)
    yield from (echeance.code for echeance in reglement.echeances)


def _valeurs_literal(annotation: Any) -> Iterator[str]:
    """The words a `Literal[...]` lists, at any depth of a type."""
    if get_origin(annotation) is Literal:
        yield from (str(valeur) for valeur in get_args(annotation))
    elif get_origin(annotation) in {list, dict, tuple, set, Union, types.UnionType}:
        for argument in get_args(annotation):
            yield from _valeurs_literal(argument)


def _clefs(schema: dict[str, Any]) -> Iterator[str]:
    for clef, valeur in schema.items():
        yield clef
        if isinstance(valeur, dict):
            yield from _clefs(valeur)


@cache
def mots_fermes() -> frozenset[str]:
    """Every word Python owns."""
    fermes = set(CATALOGUE) | set(ACTES) | set(_clefs(CONTEXTE))
    for nom in ("ROLES", "ACTES", "NATURES", "DESTINATAIRES", "SUJETS"):
        fermes |= set(getattr(vocabulaire, nom))
    for enregistre in ACTES.values():
        for nom, champ in enregistre.schema.model_fields.items():
            fermes |= {nom, *_valeurs_literal(champ.annotation)}
    for classe in vars(modele).values():
        if isinstance(classe, type) and issubclass(classe, Bloc):  # effects and kinds of answers
            fermes |= {mot for champ in classe.model_fields.values() for mot in _valeurs_literal(champ.annotation)}
            fermes |= set(classe.model_fields)  # the keys of the file itself
    for table in SQLModel.metadata.tables.values():
        fermes |= {table.name, *(colonne.name for colonne in table.columns)}
    return frozenset(fermes)


@cache
def mots_interdits() -> frozenset[str]:
    """Every word the règlement files own, less those Python owns too."""
    fichiers = sorted((RACINE / "rules").glob("*.yaml"))
    assert fichiers, "aucun règlement dans rules/"
    ouverts = {mot for fichier in fichiers for mot in _mots_ouverts(charger(fichier).reglement)}
    return frozenset(ouverts) - mots_fermes()


def _ecarts(source: Source) -> list[str]:
    permis: set[str] = set()
    if source.chemin.startswith("flows/"):
        permis = FLOWS_NOMMES
    elif source.chemin.startswith("notifications/"):  # knows nothing of dossiers: these are états of a mail
        permis = set(EtatCourriel)
    interdits = mots_interdits() - permis
    return [
        f"{source.chemin}:{litteral.lineno}: {litteral.value}"
        for litteral in source.litteraux()
        if litteral.value in interdits
    ]


def test_python_ne_nomme_ni_etat_ni_phase_ni_seuil() -> None:
    exiger_aucun(ecart for source in sources("rules", "notifications", "ami", "flows") for ecart in _ecarts(source))


def test_un_etat_ecrit_en_python_est_vu() -> None:
    etat = next(iter(sorted(mots_interdits())))
    assert _ecarts(lire("ami/depot.py", f"if dossier.etat == {etat!r}: pass"))
    assert not _ecarts(lire("ami/depot.py", f'"""{etat}"""'))
