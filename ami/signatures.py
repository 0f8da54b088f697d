"""A signature recorded with the file signed: checked, stored, told against what was issued, then the act itself.

All of it is the act's own transaction (`ami.guichet.faire`): a file never stands without its act, nor the contrary.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, or_
from sqlmodel import Session, col, select

from ami.emission import AVENANT, CONVENTION, TAILLE_MAX, dernier
from ami.erreurs import DonneesInvalides, Refus
from ami.financement import engage_net
from ami.guichet import faire
from ami.magasin import Magasin
from ami.models import DocumentEmis, Dossier
from ami.sujets import Acteur, Mouvement, Sujet, identifiant
from ami.types_fichier import type_reel
from notifications.formats import montant as en_francais
from rules.calendrier import jour_legal

FIN_PDF: Final = b"%%EOF"
PAGE_PDF: Final = re.compile(rb"/Type\s*/(?:Page|ObjStm)\b")


@dataclass(frozen=True)
class Signature:
    """What comes back signed: the document issued it is the copy of, its file, the day, by whom it is recorded."""

    document: DocumentEmis
    fichier: Path
    le: date
    acteur: Acteur


def document_a_signer(session: Session, dossier: Dossier, *, nature: str | None, avenant: str | None) -> DocumentEmis:
    """The last version issued of a convention (by nature of aid) or of an avenant (by reference).

    Raises:
        DonneesInvalides: none of the two, or both, are named.
        Refus: nothing was issued, or it is signed already.
    """
    if (nature is None) == (avenant is None):
        raise DonneesInvalides("Dites ce qui est signé : --nature pour une convention, ou --avenant et sa référence.")
    if avenant is not None:
        document = dernier(session, dossier, AVENANT, avenant=avenant)
        remede = f"« ami documents avenant {dossier.numero} --reference {avenant} »"
    else:
        document = dernier(session, dossier, CONVENTION, nature=nature)
        remede = f"« ami documents convention {dossier.numero} --nature {nature} »"
    if document is None:
        raise Refus(f"Rien n'a été émis à signer : composez d'abord le document avec {remede}.")
    if document.signe_empreinte is not None:
        raise Refus(f"Le document {document.reference} est déjà enregistré comme signé.")
    return document


def enregistrer_signature(
    engine: Engine, magasin: Magasin, dossier: Dossier, signature: Signature, maintenant: datetime
) -> Mouvement:
    """Store the file, then do the act, both or neither.

    Raises:
        DonneesInvalides: the file is no whole PDF, is empty or too large, is a paper as issued or the signed copy of
            another; a day before the document was issued.
        Refus: the document no longer says the amount engaged, or was signed meanwhile.
        the errors of `ami.guichet.faire`.
    """
    document = signature.document
    _jour_possible(signature)
    empreinte = _ranger_pdf(magasin, signature)
    acte = "signer_convention" if document.genre == CONVENTION else "signer_avenant"
    return faire(
        engine,
        acte,
        Sujet("dossier", identifiant(dossier)),
        _donnees(signature),
        acteur=signature.acteur,
        maintenant=maintenant,
        avant=lambda session: _marquer(session, identifiant(document), identifiant(dossier), empreinte, maintenant),
    )


def _jour_possible(signature: Signature) -> None:
    """Nobody signs a paper before it is issued."""
    emis_le = jour_legal(signature.document.emis_le)
    if signature.le < emis_le:
        raise DonneesInvalides(
            f"« le » : le document {signature.document.reference} n'a été émis que le {emis_le:%d/%m/%Y} ; il n'a pas "
            f"pu être signé le {signature.le:%d/%m/%Y}."
        )


def _ranger_pdf(magasin: Magasin, signature: Signature) -> str:
    """Keep the file signed, once its bytes are seen to be those of a whole PDF with a page."""
    nom = signature.fichier.name
    with signature.fichier.open("rb") as contenu, magasin.recevoir(contenu, TAILLE_MAX) as recu:
        if type_reel(recu.chemin, nom) != "pdf":
            raise DonneesInvalides(
                f"{nom} n'est pas un PDF (son contenu a été examiné, pas son nom) : numérisez le document signé dans "
                "ce format."
            )
        octets = recu.chemin.read_bytes()
        # A page says so in clear, or its object is packed with others in a stream.
        if FIN_PDF not in octets or not PAGE_PDF.search(octets):
            raise DonneesInvalides(f"{nom} est un PDF tronqué ou sans page : numérisez de nouveau le document signé.")
        magasin.ranger(recu)
    return recu.empreinte


def _exiger_signe(session: Session, document: DocumentEmis, empreinte: str) -> None:
    """A file that is a paper as issued, or the signed copy of another, signs nothing."""
    connus = session.exec(
        select(DocumentEmis).where(
            or_(col(DocumentEmis.empreinte) == empreinte, col(DocumentEmis.signe_empreinte) == empreinte)
        )
    ).all()
    for connu in connus:
        if connu.empreinte == empreinte:
            raise DonneesInvalides(
                f"Ce fichier est le document {connu.reference} tel qu'il a été émis, sans signature : joignez "
                f"l'exemplaire signé du document {document.reference}."
            )
        raise DonneesInvalides(
            f"Ce fichier est déjà gardé comme exemplaire signé du document {connu.reference} : joignez celui du "
            f"document {document.reference}."
        )


def _donnees(signature: Signature) -> Mapping[str, Any]:
    """The data of the act: what the document issued says, and the day it was signed."""
    dit, document = signature.document.donnees, signature.document
    if document.genre == CONVENTION:
        return {"nature": dit["nature"], "signee_le": signature.le, "reference": document.reference}
    return {
        "nature": dit["nature"],
        "signe_le": signature.le,
        "reference": dit["avenant"],
        "montant": Decimal(dit["montant"]),
        "fin": date.fromisoformat(dit["fin"]),
        "motif": dit["motif"],
    }


def _marquer(session: Session, document_id: int, dossier_id: int, empreinte: str, maintenant: datetime) -> None:
    """In the act's transaction: the document is still right, and it is the one signed."""
    # Held first: no engagement of this dossier moves between what is compared here and what the act writes.
    dossier = session.exec(select(Dossier).where(col(Dossier.id) == dossier_id).with_for_update()).one()
    document = session.get_one(DocumentEmis, document_id)
    if document.signe_empreinte is not None:
        raise Refus(f"Le document {document.reference} est déjà enregistré comme signé.")
    _exiger_signe(session, document, empreinte)
    _montant_tenu(session, dossier, document)
    document.signe_empreinte, document.signe_le = empreinte, maintenant
    session.add(document)


def _montant_tenu(session: Session, dossier: Dossier, document: DocumentEmis) -> None:
    """A convention is signed for what is engaged; an avenant, over the amount it starts from."""
    dit = Decimal(document.donnees["montant" if document.genre == CONVENTION else "avant"])
    engage = engage_net(session, dossier, document.donnees["nature"])
    if dit != engage:
        raise Refus(
            f"Le document {document.reference} a été émis pour {en_francais(dit)}, et {en_francais(engage)} sont "
            "engagés aujourd'hui : émettez-le à nouveau, puis faites signer cette version."
        )
