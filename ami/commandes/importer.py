"""`ami importer`: bring in structures, personnes, territoires, dossiers and evaluations, from CSV, XLSX or JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlmodel import Session

from ami.campagnes import trouver_campagne
from ami.commandes.agir import lire_couples
from ami.commandes.commun import console, maintenant, ouvrir
from ami.commandes.importer_affichage import barre, montrer
from ami.commandes.qui import personne_de
from ami.commandes.territoire import KindTerritoire, kind_choisi
from ami.database import session_ecriture
from ami.imports import Mode, Progres, importer
from ami.imports_annotation import annoter, destination_rapport
from ami.imports_geojson import EXTENSIONS, RapportContours, importer_contours
from ami.imports_rapport import RapportImport
from ami.sujets import Acteur

commandes = typer.Typer(
    name="importer", help="Importer des fichiers CSV, XLSX ou JSON, ligne par ligne.", no_args_is_help=True
)


INTERROMPU = "Interrompu : rien n'a été enregistré."
INTERROMPU_PAR_LOTS = (
    "Interrompu : les lots déjà passés sont enregistrés, en lignes entières. "
    "Relancez le même fichier pour finir ; rien ne sera doublé."
)


class Kind(StrEnum):
    """What can be imported, in the order it should be."""

    STRUCTURES = "structures"
    PERSONNES = "personnes"
    TERRITOIRES = "territoires"
    DOSSIERS = "dossiers"
    EVALUATIONS = "evaluations"


Fichier = Annotated[
    Path,
    typer.Argument(
        metavar="FICHIER", help="Fichier CSV (; , ou tabulation), classeur XLSX, ou JSON (tableau d'objets)."
    ),
]
BonnesLignes = Annotated[
    bool, typer.Option("--bonnes-lignes", help="Garde les bonnes lignes même si d'autres sont refusées.")
]
Simulation = Annotated[bool, typer.Option("--simulation", help="Dit ce qui se passerait, sans rien enregistrer.")]
Campagne = Annotated[str | None, typer.Option("--campagne", help="Code de la campagne des rôles ou des dossiers.")]
Colonne = Annotated[
    list[str] | None,
    typer.Option(
        "--colonne",
        metavar="EN-TÊTE=DONNÉE",
        help='Dit ce qu\'est une colonne : --colonne "Nom de la structure=nom", ou « =- » pour la laisser de côté. '
        "Répétable ; mémorisé pour les fichiers de mêmes en-têtes.",
    ),
]
Correspondance = Annotated[
    Path | None,
    typer.Option("--correspondance", help="Fichier YAML ou JSON de lignes « en-tête: donnée », comme --colonne."),
]
Oublier = Annotated[
    bool, typer.Option("--oublier-colonnes", help="Oublie d'abord ce qui était mémorisé pour ces en-têtes.")
]
Feuille = Annotated[str | None, typer.Option("--feuille", help="Feuille du classeur ; sinon la première visible.")]
Rapport = Annotated[
    Path | None,
    typer.Option("--rapport", help="Écrit là une copie annotée (.xlsx) : cellules fautives colorées, motifs à droite."),
]


@dataclass(frozen=True)
class Demande:
    """What a person asks of one import."""

    kind: Kind
    fichier: Path
    bonnes_lignes: bool = False
    simulation: bool = False
    colonnes: Mapping[str, str] = field(default_factory=dict)
    oublier: bool = False
    feuille: str | None = None
    campagne: str | None = None
    millesime: int | None = None
    par: str | None = None
    finales: bool = False
    type_: KindTerritoire | None = None


@commandes.command("structures")
def importer_structures(
    fichier: Fichier,
    bonnes_lignes: BonnesLignes = False,
    simulation: Simulation = False,
    colonne: Colonne = None,
    correspondance: Correspondance = None,
    oublier_colonnes: Oublier = False,
    feuille: Feuille = None,
    rapport: Rapport = None,
) -> None:
    """Structures. Colonnes : nom, type ; au besoin siret, rna, adhesions, region, commune, iban."""
    dites = _colonnes(colonne, correspondance)
    demande = Demande(Kind.STRUCTURES, fichier, bonnes_lignes, simulation, dites, oublier_colonnes, feuille)
    _importer(demande, rapport)


@commandes.command("personnes")
def importer_personnes(
    fichier: Fichier,
    campagne: Campagne = None,
    bonnes_lignes: BonnesLignes = False,
    simulation: Simulation = False,
    colonne: Colonne = None,
    correspondance: Correspondance = None,
    oublier_colonnes: Oublier = False,
    feuille: Feuille = None,
    rapport: Rapport = None,
) -> None:
    """Personnes et leurs rôles.

    Colonnes : prenom, nom, courriel ; au besoin structure (SIRET ou nom), roles, campagne, dossier, jusqu_au.
    """
    dites = _colonnes(colonne, correspondance)
    demande = Demande(
        Kind.PERSONNES, fichier, bonnes_lignes, simulation, dites, oublier_colonnes, feuille, campagne=campagne
    )
    _importer(demande, rapport)


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
    colonne: Colonne = None,
    correspondance: Correspondance = None,
    oublier_colonnes: Oublier = False,
    feuille: Feuille = None,
    rapport: Rapport = None,
) -> None:
    """Quartiers, tels que les listes officielles de 2015 ou de 2024 les donnent ; en GeoJSON, avec leurs contours.

    Colonnes : code_qp, nom_qp (ou lib_qp), nom_commune (ou lib_com) ; au besoin type, departement, region, millesime,
    interet (national ou régional, pour le NPNRU).
    """
    dites = _colonnes(colonne, correspondance)
    demande = Demande(
        Kind.TERRITOIRES,
        fichier,
        bonnes_lignes,
        simulation,
        dites,
        oublier_colonnes,
        feuille,
        millesime=millesime,
        type_=kind,
    )
    _importer(demande, rapport)


@commandes.command("dossiers")
def importer_dossiers(
    fichier: Fichier,
    campagne: Annotated[str, typer.Option("--campagne", help="Code de la campagne.")],
    par: Annotated[str, typer.Option("--par", help="Courriel de l'agent qui les dépose.")],
    bonnes_lignes: BonnesLignes = False,
    simulation: Simulation = False,
    colonne: Colonne = None,
    correspondance: Correspondance = None,
    oublier_colonnes: Oublier = False,
    feuille: Feuille = None,
    rapport: Rapport = None,
) -> None:
    """Dossiers, ouverts par l'agent nommé, et déposés quand leurs deux montants sont donnés.

    Colonnes : reference, titre, porteur (SIRET ou nom), contact (courriel), territoires ; au besoin accompagnateur,
    cout_prevu, montant_demande, et une colonne par question du formulaire (son code ou son libellé).
    """
    dites = _colonnes(colonne, correspondance)
    demande = Demande(
        Kind.DOSSIERS, fichier, bonnes_lignes, simulation, dites, oublier_colonnes, feuille, campagne=campagne, par=par
    )
    _importer(demande, rapport)


@commandes.command("evaluations")
def importer_evaluations(
    fichier: Fichier,
    campagne: Annotated[str, typer.Option("--campagne", help="Code de la campagne.")],
    finales: Annotated[
        bool, typer.Option("--finales", help="Rend les évaluations qui ne disent pas si elles sont finales.")
    ] = False,
    bonnes_lignes: BonnesLignes = False,
    simulation: Simulation = False,
    colonne: Colonne = None,
    correspondance: Correspondance = None,
    oublier_colonnes: Oublier = False,
    feuille: Feuille = None,
    rapport: Rapport = None,
) -> None:
    """Notes des évaluateurs, enregistrées au nom de chacun ; des brouillons, sauf « finale » ou --finales.

    Colonnes : dossier (numéro), evaluateur (courriel), une par critère de la grille (son code ou son libellé, « N/A »
    pour non applicable) ; au besoin « commentaire CRITÈRE », ou commentaire pour toutes, et finale (oui, non).
    """
    dites = _colonnes(colonne, correspondance)
    demande = Demande(
        Kind.EVALUATIONS,
        fichier,
        bonnes_lignes,
        simulation,
        dites,
        oublier_colonnes,
        feuille,
        campagne=campagne,
        finales=finales,
    )
    _importer(demande, rapport)


def conduire(engine: Engine, demande: Demande, progres: Progres | None = None) -> RapportImport:
    """Do one import and commit it: whole, or lot by lot when the good lines are kept. A simulation keeps nothing."""
    contours = demande.kind is Kind.TERRITOIRES and demande.fichier.suffix.lower() in EXTENSIONS
    with session_ecriture(engine) as session:
        rapport = _contours(session, demande) if contours else _lignes(session, demande, progres)
        if demande.simulation:
            session.rollback()
        else:
            session.commit()
    return rapport


def _contours(session: Session, demande: Demande) -> RapportContours:
    """A map: quartiers with their contours."""
    return importer_contours(
        session, demande.fichier, mode=_mode(demande), millesime=demande.millesime, kind=kind_choisi(demande.type_)
    )


def _lignes(session: Session, demande: Demande, progres: Progres | None) -> RapportImport:
    return importer(
        session,
        demande.kind,
        demande.fichier,
        maintenant=maintenant(),
        mode=_mode(demande),
        millesime=demande.millesime,
        kind_territoire=kind_choisi(demande.type_),
        campagne=trouver_campagne(session, demande.campagne) if demande.campagne else None,
        acteur=Acteur("agent", personne_de(session, demande.par)) if demande.par else None,
        finales=demande.finales,
        colonnes=demande.colonnes,
        oublier_colonnes=demande.oublier,
        feuille=demande.feuille,
        progres=progres,
        jalon=session.commit if demande.bonnes_lignes and not demande.simulation else None,
    )


def _mode(demande: Demande) -> Mode:
    return "bonnes_lignes" if demande.bonnes_lignes else "tout_ou_rien"


def _importer(demande: Demande, copie: Path | None) -> None:
    destination = destination_rapport(copie, demande.fichier) if copie is not None else None
    if destination is not None:
        destination.parent.mkdir(parents=True, exist_ok=True)  # now, rather than once the lines are in
    engine = ouvrir()
    try:
        with barre() as progres:
            rapport = conduire(engine, demande, progres)
    except KeyboardInterrupt:
        console.print(INTERROMPU_PAR_LOTS if demande.bonnes_lignes else INTERROMPU)
        raise
    montrer(rapport, simulation=demande.simulation)
    if destination is not None:
        annoter(rapport, destination)
        console.print(f"Copie annotée : {destination}", markup=False)
    if rapport.refusees:
        raise typer.Exit(1)


def _colonnes(dites: list[str] | None, fichier: Path | None) -> dict[str, str]:
    """What is said of the columns: a file of pairs, then the options, which win."""
    colonnes = {nom: str(cible) for nom, cible in lire_couples(str(fichier)).items()} if fichier else {}
    for dite in dites or []:
        entete, egal, cible = dite.rpartition("=")
        if not (egal and entete.strip() and cible.strip()):
            raise typer.BadParameter(
                f"« {dite} » : écrivez l'en-tête, le signe = puis la donnée.", param_hint="--colonne"
            )
        colonnes[entete.strip()] = cible.strip()
    return colonnes
