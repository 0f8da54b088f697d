"""The code stays readable: short files, small functions, imports at the top, no float in money."""

import ast
import re
from fnmatch import fnmatch
from statistics import median

import pytest

from tests.support.sources import RACINE, Source, exiger_aucun, lire, longueur, sources

FICHIER_MAX = 400
FONCTION_MAX = 40
MEDIANE_MAX = 10
# Seconds and column widths may be fractional; euros, notes and shares may not.
# So may coordinates and areas of contours: only whole metres and per cents leave these two files.
FLOTTANTS_PERMIS = (
    *("ami/settings.py", "ami/serve*.py", "ami/commandes/*", "ami/declencheur.py", "ami/exports_mise*.py"),
    *("ami/geometrie.py", "ami/contours.py"),
)
TEXTES = {".py", ".toml", ".yaml", ".yml", ".md", ".txt", ".cfg", ".service", ".target", ".j2", ".mako", ""}
# Put together here so that this file does not hold what it forbids.
ADRESSES = re.compile(
    "|".join(
        [
            r"(?<![\w.])/" + r"(work|root|home)/\w",
            "/tmp" + r"/\w+/(venv|brief)",
            "pypi" + r"\.org",
            "python" + r"hosted\.org",
            "index" + r"-url\s*[= ]\s*\S",
            r"https?://[^\s/]*" + r"(registry|artifactory|nexus)",
        ]
    )
)


def _hors_migrations() -> list[Source]:
    """A migration's function is one table, as long as its columns are many."""
    return [source for source in sources() if not source.chemin.startswith("ami/migrations/versions/")]


def _trop_long(source: Source) -> list[str]:
    lignes = len(source.texte.splitlines())
    return [f"{source.chemin}: {lignes} lignes"] if lignes > FICHIER_MAX else []


def test_un_fichier_reste_court() -> None:
    exiger_aucun(ecart for source in sources() + sources("tests", "benchmarks") for ecart in _trop_long(source))


def test_un_fichier_trop_long_est_vu() -> None:
    assert _trop_long(lire("ami/depot.py", "\n" * (FICHIER_MAX + 1)))
    assert not _trop_long(lire("ami/depot.py", "\n" * FICHIER_MAX))


def _fonctions_longues(source: Source) -> list[str]:
    longues = [f for f in source.fonctions() if longueur(f) > FONCTION_MAX]
    return [f"{source.chemin}:{f.lineno}: {f.name} ({longueur(f)})" for f in longues]


def test_une_fonction_reste_courte() -> None:
    exiger_aucun(longue for source in _hors_migrations() for longue in _fonctions_longues(source))


def test_une_fonction_trop_longue_est_vue() -> None:
    corps = "    pass\n" * FONCTION_MAX
    assert _fonctions_longues(lire("ami/depot.py", f"def f():\n{corps}"))
    assert not _fonctions_longues(lire("ami/depot.py", f'def f():\n    """Dit.\n\n    Encore."""\n{corps[9:]}'))


def test_la_plupart_des_fonctions_tiennent_en_quelques_lignes() -> None:
    assert median(longueur(f) for source in sources() for f in source.fonctions()) < MEDIANE_MAX


def _imports_caches(source: Source) -> list[str]:
    return [
        f"{source.chemin}:{noeud.lineno}"
        for fonction in source.fonctions()
        for noeud in ast.walk(fonction)
        if isinstance(noeud, ast.Import | ast.ImportFrom)
    ]


def test_les_imports_sont_en_tete() -> None:
    exiger_aucun(cache for source in sources() for cache in _imports_caches(source))


def test_un_import_cache_est_vu() -> None:
    assert _imports_caches(lire("ami/depot.py", "def f():\n    if x:\n        import ast"))
    assert not _imports_caches(lire("ami/depot.py", "import ast\ndef f(): ..."))


def _flottants(source: Source) -> list[str]:
    """Uses of float, but for `isinstance(x, float)`, which is how one is refused, and the margins of a page."""
    appels = [n for n in source.noeuds if isinstance(n, ast.Call)]
    permis = [a for a in appels if ast.unparse(a.func).split(".")[-1] in {"isinstance", "set_margins"}]
    gardes = {id(n) for appel in permis for n in ast.walk(appel)}
    return [
        f"{source.chemin}:{noeud.lineno}"
        for noeud in source.noeuds
        if id(noeud) not in gardes
        and (
            (isinstance(noeud, ast.Name) and noeud.id == "float")
            or (isinstance(noeud, ast.Constant) and isinstance(noeud.value, float))
        )
    ]


def _flottants_permis(source: Source) -> bool:
    return any(fnmatch(source.chemin, motif) for motif in FLOTTANTS_PERMIS)


def test_aucun_flottant_ne_touche_l_argent() -> None:
    exactes = [source for source in sources("ami", "rules") if not _flottants_permis(source)]
    exiger_aucun(flottant for source in exactes for flottant in _flottants(source))


def _textes() -> list[str]:
    fichiers = [c for c in RACINE.iterdir() if c.is_file() and c.name != ".git"]  # a worktree's own file
    for dossier in ("ami", "flows", "rules", "notifications", "deployments", "tests", "docs", "benchmarks", ".ci"):
        fichiers += [c for c in (RACINE / dossier).rglob("*") if c.is_file() and "__pycache__" not in c.parts]
    return sorted(c.relative_to(RACINE).as_posix() for c in fichiers if c.suffix in TEXTES)


def test_aucun_chemin_de_machine_ni_adresse_de_depot() -> None:
    textes = {chemin: (RACINE / chemin).read_text("utf-8", errors="replace") for chemin in _textes()}
    assert len(textes) > len(sources())
    lus = {chemin: ADRESSES.search(texte) for chemin, texte in textes.items()}
    exiger_aucun(f"{chemin}: {trouve.group()}" for chemin, trouve in lus.items() if trouve)


@pytest.mark.parametrize("texte", ["x: float = 0", "y = 0.1", "float('1')"])
def test_un_flottant_est_vu(texte: str) -> None:
    assert _flottants(lire("ami/financement.py", texte))


@pytest.mark.parametrize("texte", ["/" + "home/jeanne/ami", "--index" + "-url https://exemple.fr"])
def test_une_adresse_de_machine_est_vue(texte: str) -> None:
    assert ADRESSES.search(texte)
