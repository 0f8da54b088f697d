"""The command `ami`. Each subject has its file in `ami.commandes`; add a new one to `MODULES`."""

import logging
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Final

import typer
from typer import rich_utils

from ami.commandes.commun import console, reglages
from ami.commandes.erreurs import executer

# Each command, and the module of `ami.commandes` that holds it. Only the one asked for is loaded: the libraries behind
# the others (spreadsheets, Prefect) would make a person wait seconds for « ami pourquoi ».
MODULES: Final[dict[str, str]] = {
    "serve": "serve",
    "agir": "agir",
    "actes": "agir",
    "piece": "piece",
    "comite": "comite",
    "documents": "documents",
    "base": "base",
    "reglement": "reglement",
    "courriels": "courriels",
    "journal": "journal",
    "revue": "revue",
    "balayer": "balayer",
    "campagne": "campagne",
    "importer": "importer",
    "territoire": "territoire",
    "dossiers": "dossiers",
    "attentes": "attentes",
    "pourquoi": "pourquoi",
    "exporter": "exporter",
    "evaluateurs": "evaluateurs",
    "selection": "selection",
    "maquette": "maquette",
    "instruction": "instruction",
    "pack": "pack",
}

AIDE: Final = """Conduit des appels à manifestation d'intérêt, du premier contact au dernier euro.

Pour essayer : [bold]make demo[/bold]. Pour servir : [bold]ami serve[/bold].
Chaque commande a son aide : ami COMMANDE --help.

Les réglages se donnent par l'environnement (AMI_BASE, AMI_COURRIEL_HOTE…) ou par un fichier .env.
Codes de retour : 0 fait ; 1 refusé ou anomalie trouvée ; 2 commande mal formée ; 3 panne de l'installation."""


def construire(commande: str | None = None) -> typer.Typer:
    """Put the groups together: the one that holds a command when it is known, all of them otherwise."""
    rich_utils.COMMANDS_PANEL_TITLE = "Commandes"
    rich_utils.DEFAULT_STRING = "[défaut : {}]"
    rich_utils.REQUIRED_LONG_STRING = "[obligatoire]"
    application = typer.Typer(
        help=AIDE, no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False
    )
    application.callback()(preparer)
    application.command("version")(montrer_version)
    noms = [MODULES[commande]] if commande in MODULES else dict.fromkeys(MODULES.values())
    for nom in noms:
        application.add_typer(import_module(f"ami.commandes.{nom}").commandes)
    return application


def preparer() -> None:
    """Technical messages go to stderr, so that what a command prints can be piped."""
    logging.basicConfig(
        level=reglages().journal_niveau, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s : %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)


def montrer_version() -> None:
    """Montre la version installée."""
    console.print(f"ami {version('ami')}")


def main() -> None:
    """Entry point of the console command."""
    sys.exit(executer(construire(next(iter(sys.argv[1:]), None))))


if __name__ == "__main__":
    main()
