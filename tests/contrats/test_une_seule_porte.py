"""Only the door writes the état of a sujet; only edges commit and look at the clock."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch

import pytest

from tests.support.sources import Source, exiger_aucun, lire, sources

PORTE = "ami/workflow.py"
SUJETS = {"Dossier", "Reclamation", "SujetBase"}
SQL_ETAT = re.compile(r"\bupdate\s+(dossier|reclamation)\b|\bset\s+etat\b", re.IGNORECASE)
# The counter (`guichet`) turns one act into one transaction; the sweep (`balayage`) commits chunk by chunk.
BORDS = (
    "ami/guichet.py",
    "ami/balayage.py",
    "ami/cli.py",
    "ami/commandes/*",
    "ami/serve.py",
    "ami/serve_*.py",
    "ami/portal/*",
    "ami/demo*",
    "flows/*",
)
HORLOGES = {"now", "utcnow", "today"}


def _au_bord(chemin: str) -> bool:
    return any(fnmatch(chemin, motif) for motif in BORDS)


def _cibles(noeud: ast.AST) -> list[ast.expr]:
    if isinstance(noeud, ast.Assign):
        return [n for cible in noeud.targets for n in ast.walk(cible) if isinstance(n, ast.expr)]
    return [noeud.target] if isinstance(noeud, ast.AugAssign | ast.AnnAssign) else []


def _nom_appele(appel: ast.Call) -> str:
    fonction = appel.func
    if isinstance(fonction, ast.Attribute):
        return fonction.attr
    return fonction.id if isinstance(fonction, ast.Name) else ""


def _appel_ecrit_un_etat(appel: ast.Call) -> bool:
    """`Dossier(etat=...)`, `.values(etat=...)`, `.values({"etat": ...})`, `setattr(x, "etat", ...)`."""
    nom = _nom_appele(appel)
    clefs = {mot.arg for mot in appel.keywords}
    textes = {n.value for argument in appel.args for n in ast.walk(argument) if isinstance(n, ast.Constant)}
    attributs = {n.attr for argument in appel.args for n in ast.walk(argument) if isinstance(n, ast.Attribute)}
    if nom in SUJETS:
        return "etat" in clefs
    if nom == "values":
        return "etat" in clefs | textes | attributs
    return nom in {"setattr", "sqlmodel_update"} and "etat" in clefs | textes


def _ecritures(source: Source) -> Iterator[str]:
    for noeud in source.noeuds:
        if any(isinstance(cible, ast.Attribute) and cible.attr == "etat" for cible in _cibles(noeud)):
            yield f"{source.chemin}:{getattr(noeud, 'lineno', 0)}: affectation de .etat"
        if isinstance(noeud, ast.Call) and _appel_ecrit_un_etat(noeud):
            yield f"{source.chemin}:{noeud.lineno}: écriture d'un état"
    for litteral in source.litteraux():
        if SQL_ETAT.search(str(litteral.value)):
            yield f"{source.chemin}:{litteral.lineno}: SQL qui écrit un état"


def test_personne_d_autre_que_la_porte_n_ecrit_un_etat() -> None:
    autres = [source for source in sources("ami", "flows", "rules") if source.chemin != PORTE]
    exiger_aucun(ecriture for source in autres for ecriture in _ecritures(source))


@pytest.mark.parametrize(
    "texte",
    [
        "dossier.etat = 'x'",
        "dossier.etat, b = 'x', 1",
        "Dossier(numero='1', etat='x')",
        "update(Dossier).where(a).values(etat='x')",
        "update(Dossier).values({'etat': 'x'})",
        "update(Dossier).values({Dossier.etat: 'x'})",
        "setattr(dossier, 'etat', 'x')",
        "session.execute(text('UPDATE dossier SET titre = 1'))",
    ],
)
def test_une_ecriture_d_etat_par_la_fenetre_est_vue(texte: str) -> None:
    assert list(_ecritures(lire("ami/depot.py", texte)))


@pytest.mark.parametrize("texte", ["x = dossier.etat", "select(Dossier).where(Dossier.etat == etat)", "f(etat=1)"])
def test_lire_un_etat_reste_permis(texte: str) -> None:
    assert not list(_ecritures(lire("ami/depot.py", texte)))


def _appels(source: Source, noms: set[str]) -> list[str]:
    appels = (noeud for noeud in source.noeuds if isinstance(noeud, ast.Call))
    trouves = [appel for appel in appels if isinstance(appel.func, ast.Attribute) and appel.func.attr in noms]
    return [f"{source.chemin}:{appel.lineno}: {_nom_appele(appel)}()" for appel in trouves]


def _interieur(*paquets: str) -> list[Source]:
    return [source for source in sources(*paquets) if not _au_bord(source.chemin)]


def test_le_domaine_ne_valide_pas_de_transaction() -> None:
    exiger_aucun(appel for source in _interieur("ami", "rules") for appel in _appels(source, {"commit"}))


def test_le_domaine_ne_regarde_pas_l_heure() -> None:
    interieur = _interieur("ami", "rules", "notifications")
    exiger_aucun(appel for source in interieur for appel in _appels(source, HORLOGES))
