"""The fence of an installation opened in somebody's name (AMI_PAR, AMI_ROLE): they are themselves there, or nobody.

It is put around every command at the one place where commands start, so that a new one is inside before anybody thinks
of it. Inside, a command that asks who looks is open; any other belongs to whoever runs the installation, or to agents.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from ami.commandes.commun import reglages
from ami.erreurs import DonneesInvalides, Introuvable
from rules.vocabulaire import Role

AGENT: Final[Role] = "agent"
# Commands that open no dossier nor change anything: outside the fence.
LIBRES: Final = frozenset(
    {
        "version",
        "actes",
        "pack verifier",
        "reglement verifier",
        "reglement json-schema",
        "reglement schema",
        "reglement page",
        "territoire lister",
        "territoire situer",
    }
)


def feuilles(commande: Any, chemin: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command one may type, with its path."""
    sous = getattr(commande, "commands", None)
    if not sous:
        yield " ".join(chemin), commande
        return
    for nom, suivante in sous.items():
        yield from feuilles(suivante, (*chemin, nom))


def demande_qui(commande: Any) -> bool:
    """True when a command asks who looks, and in which role."""
    return {"--par", "--role"} <= {option for parametre in commande.params for option in parametre.opts}


def clore(racine: Any) -> None:
    """Put every command inside the fence."""
    for chemin, commande in feuilles(racine):
        if chemin not in LIBRES:
            commande.callback = _gardee(commande.callback, ouverte=demande_qui(commande))


def _gardee(faire: Callable[..., Any], *, ouverte: bool) -> Callable[..., Any]:
    def entrer(**valeurs: Any) -> Any:
        _exiger_passage(valeurs.get("par"), ouverte=ouverte)
        return faire(**valeurs)

    return entrer


def _exiger_passage(par: str | None, *, ouverte: bool) -> None:
    """Let in the operator (nobody is named by the settings), agents, and whoever is named when they are asked for.

    Raises:
        DonneesInvalides: the settings name a role and nobody.
        Introuvable: the command is not theirs, or says another name.
    """
    nomme, role = reglages().par, reglages().role
    if role == AGENT or (nomme is None and role is None):
        return
    if nomme is None:
        raise DonneesInvalides("AMI_ROLE ne va pas sans AMI_PAR : dites aussi qui regarde.")
    if not ouverte:
        raise Introuvable("Cette commande est celle de l'équipe de l'appel : elle ne vous est pas accessible.")
    if par is not None and par.strip().lower() != nomme.strip().lower():
        raise Introuvable(f"Cette installation est ouverte au nom de {nomme} : personne d'autre n'y lit ni n'y agit.")
