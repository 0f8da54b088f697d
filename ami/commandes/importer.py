"""`ami importer`: bring in structures, personnes, territoires and dossiers from CSV or XLSX files."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant, ouvrir
from ami.commandes.territoire import KindTerritoire, kind_choisi, montrer_reparations
from ami.database import session_ecriture
from ami.erreurs import Introuvable
from ami.imports import Mode, importer
from ami.imports_ecriture import personne_par_courriel
from ami.imports_geojson import EXTENSIONS, RapportContours, importer_contours
from ami.imports_rapport import RapportImport
from ami.sujets import Acteur

commandes = typer.Typer(
    name="importer", help="Importer des fichiers CSV ou XLSX, ligne par ligne.", no_args_is_help=True
)
LIGNES_MONTREES = 200


class Kind(StrEnum):
    """What can be imported, in the order it should be."""

    STRUCTURES = "structures"
    PERSONNES = "personnes"
    TERRITOIRES = "territoires"
    DOSSIERS = "dossiers"


Fichier = Annotated[Path, typer.Argument(metavar="FICHIER", help="Fichier CSV (; , ou tabulation) ou classeur XLSX.")]
BonnesLignes = Annotated[
    bool, typer.Option("--bonnes-lignes", help="Garde les bonnes lignes même si d'autres sont refusées.")
]
Simulation = Annotated[bool, typer.Option("--simulation", help="Dit ce qui se passerait, sans rien enregistrer.")]
Campagne = Annotated[str | None, typer.Option("--campagne", help="Code de la campagne des rôles ou des dossiers.")]


@commandes.command("structures")
def importer_structures(fichier: Fichier, bonnes_lignes: BonnesLignes = False, simulation: Simulation = False) -> None:
    """Structures. Colonnes : nom, type ; au besoin siret, rna, adhesions, region, commune, iban."""
    _importer(Kind.STRUCTURES, fichier, bonnes_lignes=bonnes_lignes, simulation=simulation)


@commandes.command("personnes")
def importer_personnes(
    fichier: Fichier, campagne: Campagne = None, bonnes_lignes: BonnesLignes = False, simulation: Simulation = False
) -> None:
    """Personnes et leurs rôles.

    Colonnes : prenom, nom, courriel ; au besoin structure (SIRET ou nom), roles, campagne, dossier, jusqu_au.
    """
    _importer(Kind.PERSONNES, fichier, campagne=campagne, bonnes_lignes=bonnes_lignes, simulation=simulation)


@commandes.command("territoires")
def importer_territoires(
    fichier: Fichier,
    millesime: Annotated[
        int | None, typer.Option("--millesime", help="Année de la liste ; sinon lue dans les codes.")
    ] = None,
    kind: Annotated[
        KindTerritoire | None,
        typer.Option(
            "--kind", case_sensitive=False, help="Type des quartiers, si le fichier ne le dit pas ; sinon QPV."
        ),
    ] = None,
    bonnes_lignes: BonnesLignes = False,
    simulation: Simulation = False,
) -> None:
    """Quartiers, tels que les listes officielles de 2015 ou de 2024 les donnent ; en GeoJSON, avec leurs contours.

    Colonnes : code_qp, nom_qp (ou lib_qp), nom_commune (ou lib_com) ; au besoin type, departement, region, millesime,
    interet (national ou régional, pour le NPNRU).
    """
    _importer(
        Kind.TERRITOIRES, fichier, millesime=millesime, type_=kind, bonnes_lignes=bonnes_lignes, simulation=simulation
    )


@commandes.command("dossiers")
def importer_dossiers(
    fichier: Fichier,
    campagne: Annotated[str, typer.Option("--campagne", help="Code de la campagne.")],
    par: Annotated[str, typer.Option("--par", help="Courriel de l'agent qui les dépose.")],
    bonnes_lignes: BonnesLignes = False,
    simulation: Simulation = False,
) -> None:
    """Dossiers, ouverts par l'agent nommé, et déposés quand leurs deux montants sont donnés.

    Colonnes : reference, titre, porteur (SIRET ou nom), contact (courriel), territoires ; au besoin accompagnateur,
    cout_prevu, montant_demande, et une colonne par question du formulaire (son code ou son libellé).
    """
    _importer(Kind.DOSSIERS, fichier, campagne=campagne, par=par, bonnes_lignes=bonnes_lignes, simulation=simulation)


def _importer(
    kind: Kind,
    fichier: Path,
    *,
    bonnes_lignes: bool,
    simulation: bool,
    campagne: str | None = None,
    millesime: int | None = None,
    type_: KindTerritoire | None = None,
    par: str | None = None,
) -> None:
    mode: Mode = "bonnes_lignes" if bonnes_lignes else "tout_ou_rien"
    with session_ecriture(ouvrir()) as session:
        rapport: RapportImport
        if kind is Kind.TERRITOIRES and fichier.suffix.lower() in EXTENSIONS:
            rapport = importer_contours(session, fichier, mode=mode, millesime=millesime, kind=kind_choisi(type_))
        else:
            rapport = importer(
                session,
                kind,
                fichier,
                maintenant=maintenant(),
                mode=mode,
                millesime=millesime,
                kind_territoire=kind_choisi(type_),
                campagne=trouver_campagne(session, campagne) if campagne else None,
                acteur=_agent(session, par) if par else None,
            )
        if simulation:
            session.rollback()
        else:
            session.commit()
    _montrer(rapport, simulation=simulation)
    if rapport.erreurs:
        raise typer.Exit(1)


def _agent(session: Session, courriel: str) -> Acteur:
    personne = personne_par_courriel(session, courriel)
    if personne is None:
        raise Introuvable(f"Personne n'est enregistré sous l'adresse « {courriel} ». Importez d'abord les personnes.")
    return Acteur("agent", personne.id)


def _montrer(rapport: RapportImport, *, simulation: bool) -> None:
    console.print(f"{rapport.fichier} : {rapport.format}, {rapport.lues} ligne(s) lue(s).", markup=False)
    for avertissement in rapport.avertissements:
        console.print(avertissement, markup=False)
    if isinstance(rapport, RapportContours):
        montrer_reparations(rapport)
    if rapport.erreurs:
        console.print(_tableau(rapport))
    console.print(
        f"{rapport.kind.capitalize()} : {rapport.crees} créé(s), {rapport.mis_a_jour} mis à jour, "
        f"{rapport.inchanges} inchangé(s), {rapport.refusees} ligne(s) refusée(s)."
    )
    if simulation:
        console.print("Simulation : rien n'a été enregistré.")
    elif not rapport.retenu:
        console.print("Rien n'a été enregistré. Corrigez le fichier, ou gardez le reste avec --bonnes-lignes.")


def _tableau(rapport: RapportImport) -> Table:
    montrees = rapport.erreurs[:LIGNES_MONTREES]
    titre = "Lignes refusées"
    if len(montrees) < len(rapport.erreurs):
        titre += f" ({len(montrees)} premières erreurs sur {len(rapport.erreurs)})"
    tableau = Table("Ligne", "Colonne", "Valeur lue", "Pourquoi, et que faire", title=titre)
    for erreur in montrees:
        textes = (erreur.colonne, erreur.valeur, f"{erreur.raison} {erreur.remede}")
        tableau.add_row(str(erreur.ligne), *map(escape, textes))
    return tableau
