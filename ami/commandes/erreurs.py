"""From an exception to a French sentence and an exit code; never a traceback unless AMI_DEBUG asks for it.

Exit codes: 0 done; 1 the domain says no, or a check found something wrong; 2 the command was badly typed; 3 the
installation is at fault; 130 interrupted.
"""

import os
import re
from typing import Any, Final

import typer
from sqlalchemy.exc import DBAPIError, OperationalError
from typer.exceptions import Abort, TyperException

from ami.commandes.cloture import clore
from ami.commandes.commun import ErreurTechnique, console_erreurs
from ami.erreurs import ErreurMetier
from rules.defauts import ReglementRefuse
from rules.rapport import presenter

CODE_REFUS: Final = 1
CODE_USAGE: Final = 2
CODE_TECHNIQUE: Final = 3
CODE_INTERROMPU: Final = 130

# What typer says in English, and how we say it; the parts in brackets are kept.
TRADUCTIONS: Final = (
    (r"No such option: (\S+)(?: .*)?", r"L'option {0} n'existe pas."),
    (r"No such command '(.*?)'\.?.*", r"La commande « {0} » n'existe pas."),
    (r"Missing (?:argument|option|parameter) '?(.*?)'?\.(?:.*)", r"Il manque « {0} »."),
    (r"Missing command\.?", r"Il manque une commande."),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", r"De trop : {0}."),
    (r"Option '(.*?)' requires an argument\.?", r"L'option {0} attend une valeur."),
    (r"Invalid value for '?(.*?)'?: (?:File|Directory|Path) '(.*)' does not exist\.", r"« {1} » n'existe pas ({0})."),
    (r"Invalid value for '?(.*?)'?: (.*)", r"Valeur refusée pour « {0} » : {1}"),
)


def executer(application: typer.Typer, arguments: list[str] | None = None) -> int:
    """Run the application and return its exit code."""
    try:
        resultat = _commande(application)(arguments, prog_name="ami", standalone_mode=False)
    except KeyboardInterrupt:
        return CODE_INTERROMPU
    except Exception as erreur:  # the outermost edge: whatever rises here is told to the person
        return _annoncer(erreur)
    return resultat if isinstance(resultat, int) else 0


def _commande(application: typer.Typer) -> Any:
    """The command typer builds, inside its fence, with the one sentence of its help that cannot be set otherwise."""
    racine = typer.main.get_command(application)
    a_traduire: list[Any] = [racine]
    while a_traduire:
        commande = a_traduire.pop()
        a_traduire.extend(getattr(commande, "commands", {}).values())
        if option := commande.get_help_option(commande.context_class(commande)):
            option.help = "Montre cette aide."
    clore(racine)
    return racine


def _annoncer(erreur: Exception) -> int:
    if _debug():
        console_erreurs.print_exception()
    phrases, code = expliquer(erreur)
    for phrase in phrases:
        console_erreurs.print(phrase, markup=False)
    return code


def expliquer(erreur: Exception) -> tuple[list[str], int]:
    """The sentences to print and the exit code for an exception."""
    match erreur:
        case ReglementRefuse():
            return [presenter(erreur.defauts)], CODE_REFUS
        case ErreurMetier():
            return [erreur.message], CODE_REFUS
        case Abort():
            return ["Abandonné."], CODE_REFUS
        case TyperException():
            return [_usage(erreur)], CODE_USAGE
        case _:
            return [_technique(erreur)], CODE_TECHNIQUE


def _usage(erreur: TyperException) -> str:
    dit = erreur.format_message()
    contexte = getattr(erreur, "ctx", None)
    if not dit or "Usage:" in dit:  # typer's way to show the help of a group called alone
        return dit
    commande = contexte.command_path if contexte is not None else "ami"
    return f"{traduire(dit)} Voir « {commande} --help »."


def traduire(phrase: str) -> str:
    """A usage error in French; a sentence nobody translated stays readable as it is."""
    for motif, modele in TRADUCTIONS:
        if trouve := re.fullmatch(motif, phrase.strip(), re.DOTALL):
            return modele.format(*trouve.groups())
    return f"Commande mal formée : {phrase}"


def _technique(erreur: Exception) -> str:
    match erreur:
        case ErreurTechnique():
            return str(erreur)
        case OperationalError():
            return f"La base de données ne répond pas ou refuse l'opération : {_premiere_ligne(erreur.orig)}"
        case DBAPIError():
            return f"La base de données a refusé l'opération : {_premiere_ligne(erreur.orig)}"
        case OSError():
            cible = f" « {erreur.filename} »" if erreur.filename else ""
            return f"Fichier ou réseau{cible} : {erreur.strerror or erreur}."
        case _:
            nature = type(erreur).__name__
            return f"Erreur imprévue ({nature}) : {erreur}. AMI_DEBUG=1 montre la trace technique."


def _premiere_ligne(erreur: BaseException | None) -> str:
    return str(erreur).strip().splitlines()[0] if erreur and str(erreur).strip() else "sans explication"


def _debug() -> bool:
    return os.environ.get("AMI_DEBUG", "").lower() in {"1", "true", "oui", "yes"}
