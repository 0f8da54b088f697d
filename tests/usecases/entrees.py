"""Every way into the engine, classified: a new command or a new query that nobody placed here fails the test.

`LIT` are commands that read dossiers, with the arguments that reach the secret one; `AGIT`, those that act in
somebody's name; `EXPLOITANT`, those of whoever runs the installation, with the reason why they know no reader.
"""

from collections.abc import Iterator
from importlib import import_module
from inspect import Parameter, getmembers, isfunction, signature
from pkgutil import iter_modules
from types import FunctionType
from typing import Final

import ami

NUMERO: Final = "SECRET-1"
VOISIN: Final = "SECRET-2"  # another dossier of the same porteur
CAMPAGNE: Final = "essai"

SEANCE: Final = "seance-1"
_AVENANT: Final = ("--nature", "aide_projet", "--montant", "9000", "--fin", "31/12/2027", "--motif", "Un an de plus")

# {vers} is a folder of the test's own, {juge} the person who has an interest.
LIT: Final[dict[str, tuple[str, ...]]] = {
    "dossiers lister": (),
    "dossiers montrer": (NUMERO,),
    "attentes": ("--campagne", CAMPAGNE),
    "pourquoi": (NUMERO, "--complet"),
    "piece lister": (NUMERO,),
    "instruction voir": (NUMERO,),
    "documents lister": (NUMERO,),
    "documents lettre": (NUMERO, "--vers", "{vers}/lettre.pdf"),
    "documents convention": (NUMERO, "--nature", "aide_etude", "--vers", "{vers}/convention.pdf"),
    "documents avenant": (NUMERO, "--reference", "AV-1", "--vers", "{vers}/avenant.pdf", *_AVENANT),
    "comite lister": (CAMPAGNE,),
    "comite montrer": (SEANCE,),
    "comite proces-verbal": (SEANCE, "--vers", "{vers}/proces-verbal.pdf"),
    "evaluateurs lister": (CAMPAGNE,),
    "evaluateurs repartir": (CAMPAGNE,),
    "evaluateurs profil": ("{juge}",),
    "evaluateurs interet": ("{juge}",),
    "maquette ecrire": (NUMERO, "--vers", "{vers}/maquette.xlsx"),
    "exporter selection": (CAMPAGNE, "--vers", "{vers}"),
    "exporter comptes": (CAMPAGNE, "--vers", "{vers}"),
    "exporter scdl": (CAMPAGNE, "--vers", "{vers}/subventions.csv", "--tout"),
    "pack ecrire": (CAMPAGNE, "--vers", "{vers}/pack.zip", "--tirages", "400"),
    "selection classement": (CAMPAGNE,),
    "selection proposer": (CAMPAGNE, "--places", "0"),
    "selection scenarios": (CAMPAGNE,),
    "selection comparer": (CAMPAGNE, "rien", "tout"),
    "selection pourquoi": (CAMPAGNE, NUMERO),
    "campagne lister": (),
    "campagne montrer": (CAMPAGNE,),
    "territoire recontroler": ("--campagne", CAMPAGNE, "--millesime", "2024", "--vers", "{vers}/recontrole.csv"),
}
# What they write cannot be searched: whoever has an interest is refused.
OPAQUES: Final = frozenset({"comite proces-verbal"})
# Commands that show no dossier by name to anybody: nothing tells that the reading was whole.
SANS_NOM: Final = frozenset(
    {
        "campagne lister",
        "selection scenarios",
        "selection comparer",
        "piece lister",
        "comite lister",
        "evaluateurs lister",
        "evaluateurs repartir",
        "evaluateurs profil",
        *OPAQUES,
    }
)

AGIT: Final[dict[str, tuple[str, ...]]] = {
    "agir": (NUMERO, "noter", "--donnees", "{vers}/notes.yaml"),
    "piece joindre": (NUMERO, "lettre", "{vers}/notes.yaml"),
    "maquette deposer": (NUMERO, "{vers}/notes.yaml"),
    "revue declencher": (CAMPAGNE,),
    "importer dossiers": ("{vers}/dossiers.csv", "--campagne", CAMPAGNE),
    "documents signer": (NUMERO, "--fichier", "{vers}/notes.yaml", "--le", "20/06/2026", "--nature", "aide_projet"),
    "comite apercu": (SEANCE, "--vers", "{vers}/apercu"),
    "comite notifier": (SEANCE,),
}
# Always in the role of an agent.
SANS_ROLE: Final = frozenset(
    {"revue declencher", "importer dossiers", "documents signer", "comite apercu", "comite notifier"}
)

_INSTALLATION: Final = "fait tourner l'installation"
PUBLIC: Final = "ne lit aucun dossier et n'écrit rien"
SANS_BASE: Final = "relit un fichier, sans la base"
_EQUIPE: Final = "un geste de l'équipe de l'appel"
EXPLOITANT: Final[dict[str, str]] = {
    "version": PUBLIC,
    "actes": PUBLIC,
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
    "campagne ouvrir": _EQUIPE,
    "comite convoquer": _EQUIPE,
    "comite deplacer": _EQUIPE,
    "comite annuler": _EQUIPE,
    "comite emarger": _EQUIPE,
    "comite deporter": _EQUIPE,
    "comite voter": "consigne ce que chaque siège a dit : qui a un intérêt n'y vote pas",
    "reglement verifier": PUBLIC,
    "reglement json-schema": PUBLIC,
    "reglement schema": PUBLIC,
    "reglement page": PUBLIC,
    "territoire lister": PUBLIC,
    "territoire situer": PUBLIC,
    "pack verifier": SANS_BASE,
    "importer structures": _EQUIPE,
    "importer personnes": _EQUIPE,
    "importer territoires": _EQUIPE,
    "importer evaluations": "fait l'acte noter au nom de chacun : les droits de chacun y valent",
    "selection choisir": "consigne le choix du comité, sans montrer de dossier",
}

_DEJA_LUS: Final = "des dossiers que l'export a déjà filtrés"
# Functions of the reading modules that take a session and no regard, and why.
SANS_REGARD: Final[dict[str, str]] = {
    "ami.queries.quartiers_des_dossiers": "codes par identifiant interne, pour des dossiers que l'appelant a filtrés",
    "ami.candidats.en_lice": "les dossiers à compter, que lire_donnees refuse ensuite d'un bloc",
    "ami.propositions.proposition_pour": "le contexte des gardes, pas une lecture",
    "ami.propositions.parts_pour": "ce que l'engagement suit, pas une lecture",
    "ami.scenarios.enregistrer": "écrit ce que lire_donnees a donné",
    "ami.scenarios.choisir": "un acte de l'exploitant",
    "ami.instruction_suivie.suivre_volets": "l'histoire d'un dossier que suivre_instruction a laissé lire",
    "ami.exports_dossiers.feuille_plan": _DEJA_LUS,
    "ami.exports_dossiers.feuille_territoires": _DEJA_LUS,
    "ami.exports_dossiers.feuille_decisions": _DEJA_LUS,
    "ami.exports_dossiers.feuille_argent": _DEJA_LUS,
    "ami.exports_scdl.parts_des_financeurs": _DEJA_LUS,
}
MODULES: Final = (
    "attentes",
    "candidats",
    "fiche",
    "instruction_suivie",
    "papiers",
    "passe",
    "pourquoi",
    "propositions",
    "recontrole",
    "scenarios",
)


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
