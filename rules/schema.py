"""A règlement drawn: a Mermaid diagram for documents, a table for the terminal."""

from collections.abc import Iterator

from rules.modele import Etat, Reglement, Transition, Workflow

_ENTETES = ("Depuis", "Acte ou automatisme", "Qui", "Vers", "Gardes", "Courriels")


def dessiner(reglement: Reglement) -> str:
    """A Mermaid `stateDiagram-v2` of every workflow: états grouped by phase, French labels."""
    return "\n\n".join("\n".join(_diagramme(reglement, kind, workflow)) for kind, workflow in reglement.sujets.items())


def _diagramme(reglement: Reglement, kind: str, workflow: Workflow) -> Iterator[str]:
    yield "---"
    yield f"title: {_propre(reglement.programme.nom)} ({reglement.programme.version}), {kind}"
    yield "---"
    yield "stateDiagram-v2"
    for phase in reglement.phases:
        etats = [etat for etat in workflow.etats if etat.phase == phase.code]
        if etats:
            yield f'    state "{_propre(phase.libelle)}" as phase_{phase.code} {{'
            yield from (f"        {_etat(etat)}" for etat in etats)
            yield "    }"
    yield from (f"    {_etat(etat)}" for etat in workflow.etats if etat.phase is None)
    for transition in workflow.transitions:
        yield from _fleches(transition)
    yield from (f"    {etat.code} --> [*]" for etat in workflow.etats if etat.final)


def _etat(etat: Etat) -> str:
    return f'state "{_propre(etat.libelle)}" as {etat.code}'


def _fleches(transition: Transition) -> Iterator[str]:
    """An arrow per starting état; an act that moves nothing points back to where it starts."""
    etiquette = _propre(transition.libelle) + (" (automatique)" if transition.automatique else "")
    for depart in transition.de or ["[*]"]:
        yield f"    {depart} --> {transition.vers or depart} : {etiquette}"


def _propre(texte: str) -> str:
    """What Mermaid would read as its own syntax, taken out of a label."""
    return texte.replace('"', "'").replace(":", " -").replace(";", ",").replace("\n", " ").strip()


def tableau(reglement: Reglement) -> str:
    """The same as a plain text table, one line per transition, for the terminal."""
    return "\n\n".join(
        "\n".join([kind.capitalize(), *_colonnes([_ENTETES, *_lignes(workflow)])])
        for kind, workflow in reglement.sujets.items()
    )


def _lignes(workflow: Workflow) -> Iterator[tuple[str, ...]]:
    libelles = {etat.code: etat.libelle for etat in workflow.etats}
    for transition in workflow.transitions:
        yield (
            ", ".join(libelles.get(code, code) for code in transition.de) or "(création)",
            transition.libelle,
            "automatique" if transition.automatique else ", ".join(transition.roles),
            libelles.get(transition.vers, transition.vers) if transition.vers else "(inchangé)",
            ", ".join(_gardes(transition)) or "–",
            ", ".join(_messages(transition)) or "–",
        )


def _gardes(transition: Transition) -> list[str]:
    return [*([transition.controle] if transition.controle else []), *(garde.code for garde in transition.gardes)]


def _messages(transition: Transition) -> list[str]:
    return [effet.message for effet in transition.effets if effet.effet == "courriel"]


def _colonnes(lignes: list[tuple[str, ...]]) -> Iterator[str]:
    """Columns aligned on their widest cell, long cells cut so that a line stays readable."""
    courtes = [tuple(_court(cellule) for cellule in ligne) for ligne in lignes]
    largeurs = [max(len(ligne[rang]) for ligne in courtes) for rang in range(len(_ENTETES))]
    for rang, ligne in enumerate(courtes):
        yield "  ".join(cellule.ljust(largeur) for cellule, largeur in zip(ligne, largeurs, strict=True)).rstrip()
        if rang == 0:
            yield "  ".join("─" * largeur for largeur in largeurs)


def _court(cellule: str, maximum: int = 44) -> str:
    return cellule if len(cellule) <= maximum else cellule[: maximum - 1] + "…"
