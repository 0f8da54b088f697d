"""Defects told to a person, in the `file:line:` form that editors know how to follow."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rules.defauts import Defaut


def presenter(defauts: Sequence[Defaut]) -> str:
    """One line per defect, in the file's order, then how many there are."""
    lignes = [_ligne(defaut) for defaut in sorted(defauts)]
    return "\n".join([*lignes, _total(defauts)])


def en_objets(defauts: Sequence[Defaut]) -> list[dict[str, Any]]:
    """The same for a program: plain objects, in the file's order."""
    return [asdict(defaut) for defaut in sorted(defauts)]


def _ligne(defaut: Defaut) -> str:
    lieu = f"{defaut.fichier}:{defaut.ligne}"
    return f"{lieu}: {defaut.gravite} : {defaut.raison} — {defaut.remede}"


def _total(defauts: Sequence[Defaut]) -> str:
    erreurs = sum(defaut.gravite == "erreur" for defaut in defauts)
    avertissements = len(defauts) - erreurs
    if not defauts:
        return "Aucun défaut."
    return f"{_compte(erreurs, 'erreur')}, {_compte(avertissements, 'avertissement')}."


def _compte(nombre: int, mot: str) -> str:
    return f"{nombre} {mot}{'s' if nombre > 1 else ''}"
