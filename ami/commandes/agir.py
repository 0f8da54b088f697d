"""`ami agir`: any act, by anyone, from the command line; the same door as everywhere else."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from ami.actes import ACTES
from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant, ouvrir
from ami.commandes.qui import personne_de, resoudre_noms, sujet_de_numero
from ami.database import session_lecture
from ami.erreurs import DonneesInvalides
from ami.guichet import faire
from ami.sujets import Acteur, Mouvement, charger_sujet, dossier_de, identifiant
from rules.vocabulaire import ACTES_CREATEURS
from rules.yaml_borne import YamlRefuse, lire

commandes = typer.Typer()
NOUVEAU = "nouveau"


@commandes.command("actes")
def lister_actes() -> None:
    """Montre les actes que le moteur connaît et les données que chacun demande."""
    for nom, enregistre in sorted(ACTES.items()):
        champs = [
            f"{champ}{'' if infos.is_required() else ' (facultatif)'}"
            for champ, infos in enregistre.schema.model_fields.items()
        ]
        console.print(f"[bold]{nom}[/bold] : {', '.join(champs) or 'aucune donnée'}")


@commandes.command("agir")
def agir_en_ligne(
    sujet: Annotated[str, typer.Argument(help="Numéro du dossier, « reclamation:3 », ou « nouveau ».")],
    acte: Annotated[str, typer.Argument(help="L'acte, par exemple deposer_etude ; voir « ami actes ».")],
    par: Annotated[str, typer.Option(help="Adresse électronique de la personne qui agit.")],
    role: Annotated[str, typer.Option(help="Le rôle dans lequel elle agit.")],
    donnees: Annotated[str | None, typer.Option(help="Fichier YAML ou JSON des données ; « - » lit l'entrée.")] = None,
    campagne: Annotated[str | None, typer.Option(help="Code de la campagne, pour un nouveau dossier.")] = None,
    version: Annotated[int | None, typer.Option(help="Version du dossier que la personne avait sous les yeux.")] = None,
    clef: Annotated[str | None, typer.Option(help="Clef d'envoi : la même deux fois ne fait qu'un acte.")] = None,
) -> None:
    """Fait un acte sur un dossier, au nom d'une personne habilitée.

    Exemple : ami agir HP26-0042 deposer_etude --par claire@example.org --role accompagnateur --donnees etude.yaml
    """
    engine = ouvrir()
    with session_lecture(engine) as session:
        acteur = Acteur(role, personne_de(session, par))
        vise = None if sujet == NOUVEAU or acte in ACTES_CREATEURS else sujet_de_numero(session, sujet)
        campagne_id = identifiant(trouver_campagne(session, campagne)) if campagne else None
        saisies = resoudre_noms(session, lire_couples(donnees))
    # The instant that counts: the request is whole, and nobody has been waited for yet.
    recu = maintenant()
    mouvement = faire(
        engine,
        acte,
        vise,
        saisies,
        acteur=acteur,
        maintenant=recu,
        campagne_id=campagne_id,
        version_vue=version,
        clef=clef,
    )
    _annoncer(engine, mouvement)


def _annoncer(engine: Engine, mouvement: Mouvement) -> None:
    with session_lecture(engine) as session:
        numero = dossier_de(session, charger_sujet(session, mouvement.sujet)).numero
    deja = " (déjà fait : rien n'a changé)" if mouvement.rejoue else ""
    nom = numero if mouvement.sujet.kind == "dossier" else f"{numero}, {mouvement.sujet}"
    console.print(
        f"{nom} : {mouvement.transition}, {mouvement.de or 'création'} → {mouvement.vers}, "
        f"version {mouvement.seq}{deja}.",
        markup=False,
    )


def lire_couples(origine: str | None) -> dict[str, Any]:
    """Pairs « nom: valeur » from a YAML or JSON file or standard input, read as safely as a règlement.

    Raises:
        DonneesInvalides: no such file, not UTF-8, not readable YAML (with its line), or not pairs « nom: valeur ».
    """
    if origine is None:
        return {}
    octets = sys.stdin.buffer.read() if origine == "-" else _octets(Path(origine))
    try:
        lu = lire(octets.decode("utf-8-sig")).valeur
    except UnicodeDecodeError as erreur:
        raise DonneesInvalides(f"« {origine} » n'est pas en UTF-8 : enregistrez-le dans cet encodage.") from erreur
    except YamlRefuse as erreur:
        raise DonneesInvalides(f"{origine}:{erreur.ligne} : {erreur.raison}. {erreur.remede}") from erreur
    if not isinstance(lu, dict):
        raise DonneesInvalides(f"« {origine} » doit contenir des couples « nom: valeur ».")
    return {str(nom): valeur for nom, valeur in lu.items()}


def _octets(chemin: Path) -> bytes:
    if chemin.is_dir():
        raise DonneesInvalides(f"« {chemin} » est un dossier : nommez le fichier des données.")
    try:
        return chemin.read_bytes()
    except FileNotFoundError as erreur:
        raise DonneesInvalides(f"Le fichier « {chemin} » n'existe pas : vérifiez son nom et son dossier.") from erreur
    except PermissionError as erreur:
        raise DonneesInvalides(f"Le fichier « {chemin} » ne peut pas être lu : vérifiez ses droits.") from erreur
