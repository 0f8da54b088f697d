"""From what a person types (an address, a number, a name) to whom and what it names."""

from collections.abc import Callable
from typing import Any, Final

from sqlmodel import Session, col, func, or_, select

from ami.erreurs import INACCESSIBLE, Introuvable
from ami.models import Comite, Dossier, Personne, Reclamation, Structure
from ami.sujets import Sujet, identifiant


def personne_de(session: Session, courriel: str) -> int:
    """The person with this address.

    Raises:
        Introuvable: nobody has it.
    """
    cherche = courriel.strip().lower()
    personne = session.exec(select(Personne).where(func.lower(Personne.courriel) == cherche)).first()
    if personne is None:
        raise Introuvable(f"Aucune personne n'a l'adresse {courriel}. Importez-la d'abord (ami importer personnes).")
    return identifiant(personne)


def sujet_de_numero(session: Session, texte: str) -> Sujet:
    """The sujet named: a dossier by its number, « reclamation:3 » by its identifier.

    Raises:
        Introuvable: there is none.
    """
    kind, _, numero = texte.rpartition(":")
    if kind == "reclamation" and numero.isdigit() and session.get(Reclamation, int(numero)) is not None:
        return Sujet(kind, int(numero))
    dossier = session.exec(select(Dossier).where(Dossier.numero == texte)).first()
    if dossier is None:
        raise Introuvable(INACCESSIBLE)
    return Sujet("dossier", identifiant(dossier))


def structure_de(session: Session, texte: str) -> int:
    """The structure with this SIRET, or this very name.

    Raises:
        Introuvable: none, or several of that name.
    """
    siret = texte.replace(" ", "")
    trouvees = session.exec(
        select(Structure.id).where(
            or_(col(Structure.siret) == siret, func.lower(Structure.nom) == texte.strip().lower())
        )
    ).all()
    if len(trouvees) != 1:
        combien = "Aucune structure ne répond" if not trouvees else "Plusieurs structures répondent"
        raise Introuvable(f"{combien} à « {texte} » : donnez son SIRET, ou son nom tel qu'il est enregistré.")
    return int(trouvees[0] or 0)


def comite_de_code(session: Session, code: str) -> int:
    """The session of the committee of that code.

    Raises:
        Introuvable: none.
    """
    comite = session.exec(select(Comite).where(Comite.code == code)).first()
    if comite is None:
        raise Introuvable(f"Aucun comité « {code} » : voir « ami comite lister CAMPAGNE ».")
    return identifiant(comite)


# Data of acts that name somebody or something: what people type, and how it is found.
NOMS: Final[dict[str, Callable[[Session, str], int]]] = {
    "porteur": structure_de,
    "accompagnateur": structure_de,
    "structure": structure_de,
    "contact": personne_de,
    "evaluateur": personne_de,
    "comite": comite_de_code,
    "dossier": lambda session, numero: sujet_de_numero(session, numero).id,
}

# Data that are lists of persons, named by their addresses.
PERSONNES: Final = ("invites", "personnes")


def resoudre_noms(session: Session, donnees: dict[str, Any]) -> dict[str, Any]:
    """The data of an act with the names people typed replaced by identifiers; identifiers given are kept.

    Raises:
        Introuvable: a name that names nothing.
    """
    resolues = {
        nom: NOMS[nom](session, valeur) if nom in NOMS and isinstance(valeur, str) and not valeur.isdigit() else valeur
        for nom, valeur in donnees.items()
    }
    for liste in PERSONNES:
        if isinstance(donnees.get(liste), list):
            resolues[liste] = [personne_de(session, i) if isinstance(i, str) else i for i in donnees[liste]]
    if isinstance(donnees.get("partenaires"), list):
        resolues["partenaires"] = [
            resoudre_noms(session, p) if isinstance(p, dict) else p for p in donnees["partenaires"]
        ]
    return resolues
