"""Papers already issued, read by whoever they concern: issuing is for staff, who answer for what is written."""

from collections.abc import Mapping
from typing import Final

from sqlmodel import Session, col, select

from ami.courriers import PERSONNE
from ami.emission import AVENANT, CONVENTION, LETTRE, Emis, documents_de, le_courant, relire, relire_signe
from ami.erreurs import INACCESSIBLE, Introuvable
from ami.magasin import Magasin
from ami.models import DocumentEmis, Dossier, Habilitation
from ami.regards import Regard, exiger_lecture
from ami.sujets import identifiant
from rules.vocabulaire import Role

PORTEUR: Final[Role] = "porteur"
DU_DOSSIER: Final = (CONVENTION, AVENANT)  # the others are addressed to somebody


def papiers_lisibles(session: Session, regard: Regard, dossier: Dossier) -> list[DocumentEmis]:
    """The documents of a dossier one may read: staff all of them; its people, its conventions and their letters.

    Raises:
        Introuvable: the dossier may not be read, or the role reads no papers.
    """
    exiger_lecture(session, regard, dossier)
    if not regard.voit("papiers"):
        raise Introuvable(INACCESSIBLE)
    tous = documents_de(session, dossier)
    if regard.voit("conduite"):
        return tous
    adresses = _adresses(session, regard, dossier)
    return [d for d in tous if d.genre in DU_DOSSIER or (d.genre == LETTRE and d.donnees["destinataire"] in adresses)]


def relire_papier(
    session: Session, regard: Regard, magasin: Magasin, dossier: Dossier, genre: str, **donnees: object
) -> Emis:
    """The last document of a kind with these data, as it was issued.

    Raises:
        Introuvable: none that one may read, or the store has lost it.
    """
    document = le_courant(_egaux(session, regard, dossier, genre, donnees))
    if document is None:
        raise Introuvable("Aucun document émis ne répond à cette demande : demandez-le à l'équipe de l'appel.")
    return Emis(document, relire(magasin, document), deja=True)


def papier_signe(
    session: Session, regard: Regard, magasin: Magasin, dossier: Dossier, genre: str, **donnees: object
) -> Emis:
    """The same document as it came back signed.

    Raises:
        Introuvable: no signed file is kept that one may read, or the store has lost it.
    """
    egaux = _egaux(session, regard, dossier, genre, donnees)
    signe = next((d for d in egaux if d.signe_empreinte is not None), None)
    if signe is None:
        raise Introuvable(
            f"Le dossier {dossier.numero} n'a pas d'exemplaire signé de ce document : l'équipe de l'appel l'enregistre "
            "par « ami documents signer »."
        )
    return Emis(signe, relire_signe(magasin, signe), deja=True)


def _egaux(
    session: Session, regard: Regard, dossier: Dossier, genre: str, donnees: Mapping[str, object]
) -> list[DocumentEmis]:
    return [
        d
        for d in papiers_lisibles(session, regard, dossier)
        if d.genre == genre and all(d.donnees.get(nom) == valeur for nom, valeur in donnees.items())
    ]


def _adresses(session: Session, regard: Regard, dossier: Dossier) -> set[str]:
    """To whom the letters were written that one may read: to oneself, and to the porteur of the dossier."""
    requete = select(Habilitation.personne_id).where(
        Habilitation.dossier_id == identifiant(dossier), col(Habilitation.role) == PORTEUR
    )
    lecteur = regard.acteur.personne_id if regard.acteur is not None else None
    return {f"{PERSONNE}{personne}" for personne in (lecteur, *session.exec(requete))}
