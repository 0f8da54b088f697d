"""`ami attentes`: who owes what, since when, and whether it is late."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ami.attentes import Attendu, ResumePersonne, attentes, resumer
from ami.attentes_csv import en_csv
from ami.campagnes import trouver_campagne
from ami.commandes.commun import JOURS, a_l_instant, console
from ami.commandes.qui import personne_de
from ami.commandes.regard import Par, Role, regarder
from ami.erreurs import DonneesInvalides
from ami.fichiers import remplacer
from notifications.formats import PARIS
from rules.vocabulaire import ROLES

commandes = typer.Typer()


@commandes.command("attentes")
def montrer_les_attentes(
    campagne: Annotated[str, typer.Option("--campagne", help="Le code de la campagne.")],
    personne: Annotated[
        str | None, typer.Option("--personne", help="Adresse électronique : ce que cette personne doit.")
    ] = None,
    du_role: Annotated[
        str | None, typer.Option("--du-role", help="Ce que doit un rôle, par exemple porteur ou agent.")
    ] = None,
    le: Annotated[
        datetime | None,
        typer.Option("--le", formats=JOURS, help="Compte comme si l'on était à midi ce jour-là (JJ/MM/AAAA)."),
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Écrit aussi les lignes dans ce fichier CSV.")] = None,
    par: Par = None,
    role: Role = None,
) -> None:
    """Dit qui doit quoi : l'acte attendu, de qui, depuis quand, son échéance, son retard, le prochain rappel."""
    instant = a_l_instant(le)
    if du_role is not None and du_role not in ROLES:
        raise DonneesInvalides(f"Le rôle « {du_role} » n'existe pas. Rôles possibles : {', '.join(ROLES)}.")
    with regarder(par, role, "lire les attentes") as (session, regard):
        if personne is not None:
            personne_de(session, personne)  # a mistyped address must not read as « owes nothing »
        lignes = attentes(
            session, regard, trouver_campagne(session, campagne), instant, courriel=personne, role=du_role
        )
    if not lignes:
        console.print("Rien n'est attendu.")
    else:
        console.print(_tableau(lignes))
        console.print(_resume(resumer(lignes)))
    if csv is not None:
        remplacer(csv, en_csv(lignes))
        console.print(f"Fichier écrit : {csv} ({len(lignes)} ligne(s)).", markup=False, soft_wrap=True)


def _tableau(lignes: list[Attendu]) -> Table:
    tableau = Table("Dossier", "Acte attendu", "De qui", "Depuis", "Échéance", "Rappel")
    for ligne in lignes:
        quoi = f"{ligne.quoi}\n{ligne.remarque}" if ligne.remarque else ligne.quoi
        tableau.add_row(
            f"{escape(ligne.numero)}\n[dim]{escape(ligne.etat)}[/dim]",
            escape(quoi),
            escape(ligne.noms),
            f"{_jour(ligne.depuis)}\n{_jours(ligne.jours)}",
            _echeance(ligne),
            _jour(ligne.relance_le),
        )
    return tableau


def _echeance(ligne: Attendu) -> str:
    if not ligne.depassee:
        return _jour(ligne.echeance)
    return f"{_jour(ligne.echeance)}\n[red]retard : {_jours(ligne.retard)}[/red]"


def _resume(resumes: list[ResumePersonne]) -> Table:
    tableau = Table("Personne", title="Par personne")
    for titre in ("Actes dus", "En retard", "Plus long retard", "Plus longue attente"):
        tableau.add_column(titre, justify="right")
    for resume in resumes:
        tableau.add_row(
            escape(resume.nom),
            str(resume.nombre),
            str(resume.en_retard),
            _jours(resume.retard_max) if resume.en_retard else "–",
            _jours(resume.jours_max),
        )
    return tableau


def _jour(instant: datetime | None) -> str:
    return instant.astimezone(PARIS).strftime("%d/%m/%Y") if instant is not None else "–"


def _jours(nombre: int) -> str:
    return f"{nombre} jour" if nombre in (0, 1) else f"{nombre} jours"
