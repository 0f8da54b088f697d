"""`ami campagne`: open one from its file, and see how it stands."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, console_erreurs, maintenant, ouvrir
from ami.commandes.regard import Par, Role, regarder
from ami.database import session_ecriture
from ami.declaration_campagne import lire_declaration, ouvrir_declaree
from ami.queries import (
    MontantEnveloppe,
    compter_par_etat,
    echeances_ouvertes,
    lister_campagnes,
    montants_par_enveloppe,
)
from notifications.catalogue import CATALOGUE
from notifications.formats import PARIS, montant
from rules.chargement import charger
from rules.rapport import presenter
from rules.verification import verifier

commandes = typer.Typer(
    name="campagne", help="Les campagnes : en ouvrir une, voir où elle en est.", no_args_is_help=True
)
Code = Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne, par exemple HPF-2026.")]


@commandes.command("ouvrir")
def ouvrir_une_campagne(
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Le fichier YAML qui déclare la campagne.")],
) -> None:
    """Ouvre une campagne : vérifie son règlement, l'épingle, crée ses enveloppes ; ou rien, si un point est faux.

    Le fichier donne : code, nom, prefixe, reglement, ouverture, cloture, et au besoin fin, places, courriel_suivi,
    courriel_expediteur, convention_reattribution, enveloppes (financeur, nature, montant, et au besoin reserve :
    les seuls dossiers qui peuvent y puiser, par région, par territoire ou par axe).
    """
    declaree = lire_declaration(fichier)
    charge = charger(declaree.chemin_reglement)
    defauts = verifier(charge, messages_connus=CATALOGUE.keys())
    if defauts:
        console_erreurs.print(presenter(defauts), markup=False, soft_wrap=True)
    if any(defaut.gravite == "erreur" for defaut in defauts):
        raise typer.Exit(1)
    with session_ecriture(ouvrir()) as session:
        campagne = ouvrir_declaree(session, declaree.declaration, charge, maintenant())
        session.commit()
    console.print(f"Campagne {campagne.code} ouverte : « {campagne.nom} ».", markup=False)
    console.print(f"Ses dossiers seront numérotés {campagne.prefixe}-0001, {campagne.prefixe}-0002…", markup=False)
    console.print(f"Règlement épinglé : {charge.empreinte}")


@commandes.command("lister")
def lister(par: Par = None, role: Role = None) -> None:
    """Montre les campagnes, leurs dates et leur nombre de dossiers."""
    tableau = Table("Code", "Nom", "Ouverture", "Clôture", "Places", "Dossiers")
    with regarder(par, role, "lister les campagnes") as (session, regard):
        for campagne, nombre in lister_campagnes(session, regard):
            tableau.add_row(
                campagne.code,
                escape(campagne.nom),
                _jour(campagne.ouverture),
                _jour(campagne.cloture),
                str(campagne.places),
                str(nombre),
            )
    console.print(tableau)


@commandes.command("montrer")
def montrer(code: Code, par: Par = None, role: Role = None) -> None:
    """Montre où en est une campagne : dossiers par état, argent par enveloppe, échéances dépassées."""
    with regarder(par, role, "voir les comptes d'une campagne") as (session, regard):
        campagne = trouver_campagne(session, code)
        comptes = [compte for compte in compter_par_etat(session, regard, campagne) if compte.nombre]
        montants = montants_par_enveloppe(session, regard, campagne)
        retards = [e for e in echeances_ouvertes(session, regard, campagne, maintenant()) if e.depassee]
    etats = Table("Phase", "État", "Dossiers", title=f"{code} : dossiers")
    for compte in comptes:
        etats.add_row(compte.phase_libelle, compte.libelle, str(compte.nombre))
    console.print(etats)
    console.print(_argent(montants))
    for retard in retards:
        console.print(f"En retard : {retard.numero}, {retard.libelle} (attendu le {_jour(retard.due_a)})", markup=False)


def _argent(montants: list[MontantEnveloppe]) -> Table:
    reservees = any(ligne.reserve for ligne in montants)
    tableau = Table("Enveloppe", "Financeur", *(["Réservée à"] if reservees else []), title="Argent")
    for titre in ("Doté", "Engagé", "Versé net", "Disponible"):
        tableau.add_column(titre, justify="right")
    for ligne in montants:
        sommes = (ligne.montant, ligne.engage, ligne.paye - ligne.reverse, ligne.disponible)
        reserve = [escape(ligne.reserve)] if reservees else []
        tableau.add_row(ligne.nature_libelle, escape(ligne.financeur), *reserve, *map(montant, sommes))
    return tableau


def _jour(instant: datetime) -> str:
    return instant.astimezone(PARIS).strftime("%d/%m/%Y")
