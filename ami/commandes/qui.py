"""From what a person types (an address, a number) to whom and what it names."""

from sqlmodel import Session, select

from ami.erreurs import Introuvable
from ami.models import Dossier, Personne, Reclamation
from ami.sujets import Sujet, identifiant


def personne_de(session: Session, courriel: str) -> int:
    """The person with this address.

    Raises:
        Introuvable: nobody has it.
    """
    personne = session.exec(select(Personne).where(Personne.courriel == courriel)).first()
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
        raise Introuvable(f"Le dossier « {texte} » n'existe pas, ou il ne vous est pas accessible.")
    return Sujet("dossier", identifiant(dossier))
