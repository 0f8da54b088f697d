"""The table état × act of a règlement: what is declared, and all the rest, which must be refused."""

from rules.modele import Reglement
from rules.vocabulaire import ACTES, ACTES_CREATEURS


def couples_declares(reglement: Reglement, kind: str) -> set[tuple[str | None, str]]:
    """Every (état, act) a workflow declares; the état is None for the acts that create."""
    couples: set[tuple[str | None, str]] = set()
    for transition in reglement.workflow(kind).transitions:
        if transition.acte is not None:
            couples |= {(depart, transition.acte) for depart in transition.de or (None,)}
    return couples


def couples_non_declares(reglement: Reglement, kind: str) -> list[tuple[str, str]]:
    """Every (état, act) a workflow does not declare: each must be refused. In the order of the files, then of the acts.

    The acts that create their sujet are left out: they are not done on an existing one.
    """
    declares = couples_declares(reglement, kind)
    return [
        (etat.code, acte)
        for etat in reglement.workflow(kind).etats
        for acte in ACTES
        if acte not in ACTES_CREATEURS and (etat.code, acte) not in declares
    ]


def transitions_non_declarees(reglement: Reglement, kind: str) -> list[tuple[str | None, str]]:
    """Every (état, code of transition) where the transition does not start: the door must refuse each."""
    workflow = reglement.workflow(kind)
    etats: list[str | None] = [None, *(etat.code for etat in workflow.etats)]
    return [
        (etat, transition.code)
        for etat in etats
        for transition in workflow.transitions
        if transition not in workflow.depuis(etat)
    ]
