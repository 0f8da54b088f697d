"""Papers issued: each kept by the hash of its bytes, in the store, under a reference that never says two things.

The same content is the same document, byte for byte, whenever it is asked again. Another content under the same
reference gets the next version of it (« -v2 »), until the file signed is kept: then only an avenant changes anything.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from ami.erreurs import DonneesInvalides, Introuvable, Refus
from ami.magasin import MEGA, Magasin
from ami.models import DocumentEmis, Dossier
from ami.sujets import identifiant

CONVENTION: Final = "convention"
AVENANT: Final = "avenant"
LETTRE: Final = "lettre"
TAILLE_MAX: Final = 20 * MEGA
REFERENCE_MAX: Final = 60  # what an act accepts
Contenu = Mapping[str, Any]


@dataclass(frozen=True)
class Emission:
    """A document to issue: kind, reference, what it says, and what to remember of it (nature, amount)."""

    genre: str
    reference: str
    contenu: Contenu
    composer: Callable[[Contenu], bytes]
    donnees: Contenu
    figee: bool = False  # told once and for all: the first version stands, whatever its surroundings become

    def mettre_en_page(self, reference: str) -> bytes:
        """Its bytes under a reference."""
        return self.composer({**self.contenu, "reference": reference})


@dataclass(frozen=True)
class Emis:
    """A document issued, its bytes, and whether it was there already."""

    document: DocumentEmis
    octets: bytes
    deja: bool


def emettre(session: Session, magasin: Magasin, dossier: Dossier, emission: Emission, maintenant: datetime) -> Emis:
    """Issue a document, or give back the one that says the same. Does not commit.

    Raises:
        Refus: another content was signed under this reference.
        DonneesInvalides: the reference is too long to be signed, or belongs to another dossier.
    """
    # Two people issuing at once would both make the next version: the second one waits.
    session.exec(select(Dossier.id).where(Dossier.id == dossier.id).with_for_update()).one()
    _reference_possible(session, dossier, emission)
    empreinte = _empreinte(emission.contenu)
    versions = versions_de(session, dossier, emission.genre, emission.reference)
    derniere = versions[-1] if versions else None
    if derniere is not None and (emission.figee or derniere.donnees.get("contenu") == empreinte):
        return Emis(derniere, relire(magasin, derniere), deja=True)
    if derniere is not None and derniere.signe_empreinte is not None:
        raise Refus(
            f"Le document {derniere.reference} est signé et ne dit plus la même chose qu'aujourd'hui : "
            "ce qui change après une signature passe par un avenant."
        )
    reference = emission.reference if not versions else f"{emission.reference}-v{len(versions) + 1}"
    octets = emission.mettre_en_page(reference)
    document = DocumentEmis(
        dossier_id=identifiant(dossier),
        genre=emission.genre,
        reference=reference,
        empreinte=ranger(magasin, octets),
        donnees={**emission.donnees, "base": emission.reference, "contenu": empreinte},
        emis_le=maintenant,
    )
    session.add(document)
    session.flush()
    return Emis(document, octets, deja=False)


def versions_de(session: Session, dossier: Dossier, genre: str, reference: str) -> list[DocumentEmis]:
    """The versions of a document, the oldest first."""
    return [d for d in documents_de(session, dossier) if d.genre == genre and d.donnees.get("base") == reference]


def documents_de(session: Session, dossier: Dossier) -> list[DocumentEmis]:
    """Every document issued for a dossier, in order."""
    requete = select(DocumentEmis).where(DocumentEmis.dossier_id == dossier.id).order_by(col(DocumentEmis.id))
    return list(session.exec(requete))


def dernier(session: Session, dossier: Dossier, genre: str, **donnees: object) -> DocumentEmis | None:
    """The last document of a kind with these data; None when none was issued."""
    egaux = [
        d
        for d in documents_de(session, dossier)
        if d.genre == genre and all(d.donnees.get(nom) == valeur for nom, valeur in donnees.items())
    ]
    return egaux[-1] if egaux else None


def relire(magasin: Magasin, document: DocumentEmis) -> bytes:
    """The bytes of a document as it was issued.

    Raises:
        Introuvable: the store has lost it.
        Refus: the file kept is no longer the one issued.
    """
    try:
        with magasin.ouvrir(document.empreinte) as fichier:
            octets = fichier.read()
    except Introuvable as erreur:
        raise Introuvable(
            f"Le fichier du document {document.reference} n'est plus dans le magasin : restaurez-le d'une sauvegarde."
        ) from erreur
    if hashlib.sha256(octets).hexdigest() != document.empreinte:
        raise Refus(f"Le fichier gardé du document {document.reference} a été modifié : restaurez-le.")
    return octets


def ranger(magasin: Magasin, octets: bytes) -> str:
    """Put bytes in the store; their hash."""
    with magasin.recevoir(io.BytesIO(octets), TAILLE_MAX) as recu:
        magasin.ranger(recu)
    return recu.empreinte


def _empreinte(contenu: Contenu) -> str:
    """The hash of what a document says, without its reference."""
    return hashlib.sha256(json.dumps(contenu, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _reference_possible(session: Session, dossier: Dossier, emission: Emission) -> None:
    if len(emission.reference) > REFERENCE_MAX - len("-v99"):
        raise DonneesInvalides(f"« reference » : {emission.reference} est trop longue ; raccourcissez-la.")
    requete = select(DocumentEmis).where(
        DocumentEmis.genre == emission.genre,
        DocumentEmis.reference == emission.reference,
        DocumentEmis.dossier_id != dossier.id,
    )
    if session.exec(requete).first() is not None:
        raise DonneesInvalides(f"« reference » : {emission.reference} désigne déjà un document d'un autre dossier.")
