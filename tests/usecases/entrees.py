"""Every way into the engine, classified: a new command or a new query that nobody placed here fails the test.

`LIT` are commands that read dossiers, with the arguments that reach the secret one; `AGIT`, those that act in
somebody's name; `EXPLOITANT`, those of whoever runs the installation, with the reason why they know no reader.
"""

from collections.abc import Iterator
from importlib import import_module
from inspect import Parameter, getmembers, isfunction, signature
from pkgutil import iter_modules
from types import FunctionType
from typing import Any, Final

import ami

NUMERO: Final = "SECRET-1"
CAMPAGNE: Final = "essai"

# {vers} is a folder of the test's own.
LIT: Final[dict[str, tuple[str, ...]]] = {
    "dossiers lister": (),
    "dossiers montrer": (NUMERO,),
    "attentes": ("--campagne", CAMPAGNE),
    "pourquoi": (NUMERO, "--complet"),
    "piece lister": (NUMERO,),
    "maquette ecrire": (NUMERO, "--vers", "{vers}/maquette.xlsx"),
    "exporter selection": (CAMPAGNE, "--vers", "{vers}"),
    "pack ecrire": (CAMPAGNE, "--vers", "{vers}/pack.zip", "--tirages", "1"),
    "selection classement": (CAMPAGNE,),
    "selection proposer": (CAMPAGNE, "--places", "0"),
    "selection scenarios": (CAMPAGNE,),
    "selection comparer": (CAMPAGNE, "rien", "tout"),
    "selection pourquoi": (CAMPAGNE, NUMERO),
    "campagne lister": (),
    "campagne montrer": (CAMPAGNE,),
    "territoire recontroler": ("--campagne", CAMPAGNE, "--millesime", "2024", "--vers", "{vers}/recontrole.csv"),
}
# Commands that show no dossier by name to anybody: nothing tells that the reading was whole.
SANS_NOM: Final = frozenset({"campagne lister", "selection scenarios", "selection comparer", "piece lister"})

AGIT: Final[dict[str, tuple[str, ...]]] = {
    "agir": (NUMERO, "noter", "--donnees", "{vers}/notes.yaml"),
    "piece joindre": (NUMERO, "lettre", "{vers}/notes.yaml"),
    "maquette deposer": (NUMERO, "{vers}/notes.yaml"),
    "revue declencher": (CAMPAGNE,),
    "importer dossiers": ("{vers}/dossiers.csv", "--campagne", CAMPAGNE),
}
SANS_ROLE: Final = frozenset({"revue declencher", "importer dossiers"})  # always in the role of an agent

_INSTALLATION: Final = "fait tourner l'installation"
_PUBLIC: Final = "ne lit aucun dossier"
EXPLOITANT: Final[dict[str, str]] = {
    "version": _PUBLIC,
    "actes": _PUBLIC,
    "serve": _INSTALLATION,
    "base migrer": _INSTALLATION,
    "base etat": _INSTALLATION,
    "balayer": _INSTALLATION,
    "journal verifier": "relit les empreintes de toutes les chaînes : sans objet pour une part d'entre elles",
    "journal sceller": _INSTALLATION,
    "courriels lister": "tous les courriels de l'installation, pour veiller à leur départ",
    "courriels dispatcher": _INSTALLATION,
    "courriels veiller": _INSTALLATION,
    "courriels resoudre": _INSTALLATION,
    "courriels reprendre": _INSTALLATION,
    "campagne ouvrir": _PUBLIC,
    "comite convoquer": _PUBLIC,
    "comite emarger": _PUBLIC,
    "comite lister": _PUBLIC,
    "reglement verifier": _PUBLIC,
    "reglement json-schema": _PUBLIC,
    "reglement schema": _PUBLIC,
    "reglement page": _PUBLIC,
    "territoire lister": _PUBLIC,
    "territoire situer": _PUBLIC,
    "pack verifier": "relit un fichier, sans la base",
    "importer structures": _PUBLIC,
    "importer personnes": _PUBLIC,
    "importer territoires": _PUBLIC,
    "importer evaluations": "fait l'acte noter au nom de chacun : les droits de chacun y valent",
    "selection choisir": "consigne le choix du comité, sans montrer de dossier",
}

# Functions of the reading modules that take a session and no regard, and why.
SANS_REGARD: Final[dict[str, str]] = {
    "ami.queries.quartiers_des_dossiers": "codes par identifiant interne, pour des dossiers que l'appelant a filtrés",
    "ami.candidats.en_lice": "les dossiers à compter, que lire_donnees refuse ensuite d'un bloc",
    "ami.propositions.proposition_pour": "le contexte des gardes, pas une lecture",
    "ami.scenarios.enregistrer": "écrit ce que lire_donnees a donné",
    "ami.scenarios.choisir": "un acte de l'exploitant",
}
MODULES: Final = ("attentes", "candidats", "fiche", "passe", "pourquoi", "propositions", "recontrole", "scenarios")


def feuilles(commande: Any, chemin: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command one may type, with its path."""
    sous = getattr(commande, "commands", None)
    if not sous:
        yield " ".join(chemin), commande
        return
    for nom, suivante in sous.items():
        yield from feuilles(suivante, (*chemin, nom))


def lectures() -> Iterator[tuple[str, FunctionType]]:
    """Every public function of the modules that read or export, that opens a database by the session it is given."""
    noms = [
        m.name for m in iter_modules(ami.__path__) if m.name in MODULES or m.name.startswith(("queries", "exports"))
    ]
    for nom in noms:
        module = import_module(f"ami.{nom}")
        for fonction, objet in getmembers(module, isfunction):
            publique = objet.__module__ == module.__name__ and not fonction.startswith("_")
            if publique and "session" in signature(objet).parameters:
                yield f"{module.__name__}.{fonction}", objet


def prend_un_regard(fonction: FunctionType) -> bool:
    """True when who looks must be given."""
    regard = signature(fonction).parameters.get("regard")
    return regard is not None and regard.default is Parameter.empty
