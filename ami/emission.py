"""Papers issued: each kept by the hash of its bytes, in the store, under a reference that never says two things.

The same content is the same document, byte for byte, whenever it is asked again, whatever was issued meanwhile.
Another content under the same reference gets the next version of it (« -v2 »), until the file signed is kept: then that
version is given back, and only an avenant changes anything. A paper is a dossier's, or a session's (its minutes).
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

from sqlmodel import Session, col, select

from ami.erreurs import DonneesInvalides, Introuvable, Refus
from ami.magasin import MEGA, Magasin
from ami.models import Comite, DocumentEmis, Dossier
from ami.sujets import identifiant

CONVENTION: Final = "convention"
AVENANT: Final = "avenant"
LETTRE: Final = "lettre"
TAILLE_MAX: Final = 20 * MEGA
REFERENCE_MAX: Final = 60  # what an act accepts
Contenu = Mapping[str, Any]
Objet = Dossier | Comite


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


def emettre(session: Session, magasin: Magasin, objet: Objet, emission: Emission, maintenant: datetime) -> Emis:
    """Issue a document, or give back the one that says the same. Does not commit.

    Raises:
        Refus: another content was signed under this reference.
        DonneesInvalides: the reference is too long to be signed, or belongs to another document.
    """
    # Two people issuing at once would both make the next version: the second one waits.
    table = type(objet)
    session.exec(select(table.id).where(table.id == objet.id).with_for_update()).one()
    _reference_possible(session, objet, emission)
    empreinte = _empreinte(emission.contenu)
    versions = versions_de(session, objet, emission.genre, emission.reference)
    deja = _version_egale(emission, versions, empreinte)
    if deja is not None:
        _rendre_courant(session, deja, versions)
        return Emis(deja, relire(magasin, deja), deja=True)
    reference = _reference_libre(session, emission, len(versions))
    octets = emission.mettre_en_page(reference)
    document = DocumentEmis(
        dossier_id=objet.id if isinstance(objet, Dossier) else None,
        comite_id=objet.id if isinstance(objet, Comite) else None,
        genre=emission.genre,
        reference=reference,
        empreinte=ranger(magasin, octets),
        donnees={**emission.donnees, "base": emission.reference, "contenu": empreinte, "tour": _tour(versions) + 1},
        emis_le=maintenant,
    )
    session.add(document)
    session.flush()
    return Emis(document, octets, deja=False)


def deja_signe(session: Session, magasin: Magasin, dossier: Dossier, genre: str, **donnees: object) -> Emis | None:
    """The version that was signed, as it was issued; None when none was. It is looked for before anything is composed:
    a convention signed composes no more, and an avenant to come starts from what is signed."""
    egaux = _egaux(session, dossier, genre, donnees)
    signe = next((d for d in egaux if d.signe_empreinte is not None), None)
    return Emis(signe, relire(magasin, signe), deja=True) if signe is not None else None


def versions_de(session: Session, objet: Objet, genre: str, reference: str) -> list[DocumentEmis]:
    """The versions of a document, the oldest first."""
    return [d for d in documents_de(session, objet) if d.genre == genre and d.donnees.get("base") == reference]


def documents_de(session: Session, objet: Objet) -> list[DocumentEmis]:
    """Every document issued for a dossier, or a session, in order."""
    a_qui = DocumentEmis.dossier_id if isinstance(objet, Dossier) else DocumentEmis.comite_id
    return list(session.exec(select(DocumentEmis).where(a_qui == objet.id).order_by(col(DocumentEmis.id))))


def dernier(session: Session, dossier: Dossier, genre: str, **donnees: object) -> DocumentEmis | None:
    """The last document given of a kind with these data; None when none was issued."""
    return le_courant(_egaux(session, dossier, genre, donnees))


def le_courant(versions: Iterable[DocumentEmis]) -> DocumentEmis | None:
    """Of several versions, the one given last: it is the one people hold."""
    return max(versions, key=_rang, default=None)


def relire(magasin: Magasin, document: DocumentEmis) -> bytes:
    """The bytes of a document as it was issued.

    Raises:
        Introuvable: the store has lost it.
        Refus: the file kept is no longer the one issued.
    """
    return _lire(magasin, document, document.empreinte)


def relire_signe(magasin: Magasin, document: DocumentEmis) -> bytes:
    """The bytes of the file signed.

    Raises:
        the errors of `relire`.
    """
    return _lire(magasin, document, document.signe_empreinte or "")


def ranger(magasin: Magasin, octets: bytes) -> str:
    """Put bytes in the store; their hash."""
    with magasin.recevoir(io.BytesIO(octets), TAILLE_MAX) as recu:
        magasin.ranger(recu)
    return recu.empreinte


def _lire(magasin: Magasin, document: DocumentEmis, empreinte: str) -> bytes:
    try:
        with magasin.ouvrir(empreinte) as fichier:
            octets = fichier.read()
    except Introuvable as erreur:
        raise Introuvable(
            f"Le fichier du document {document.reference} n'est plus dans le magasin : restaurez-le d'une sauvegarde."
        ) from erreur
    if hashlib.sha256(octets).hexdigest() != empreinte:
        raise Refus(f"Le fichier gardé du document {document.reference} a été modifié : restaurez-le.")
    return octets


def _empreinte(contenu: Contenu) -> str:
    """The hash of what a document says, without its reference."""
    return hashlib.sha256(json.dumps(contenu, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _egaux(session: Session, dossier: Dossier, genre: str, donnees: Contenu) -> list[DocumentEmis]:
    return [
        d
        for d in documents_de(session, dossier)
        if d.genre == genre and all(d.donnees.get(nom) == valeur for nom, valeur in donnees.items())
    ]


def _version_egale(emission: Emission, versions: list[DocumentEmis], empreinte: str) -> DocumentEmis | None:
    """The version that says the same; the only one there may be once a version is signed."""
    if emission.figee and versions:
        return versions[-1]
    signee = next((d for d in versions if d.signe_empreinte is not None), None)
    if signee is not None and signee.donnees.get("contenu") != empreinte:
        raise Refus(
            f"Le document {signee.reference} est signé et ne dit plus la même chose qu'aujourd'hui : "
            "ce qui change après une signature passe par un avenant."
        )
    return signee or next((d for d in versions if d.donnees.get("contenu") == empreinte), None)


def _rang(document: DocumentEmis) -> tuple[int, int]:
    return document.donnees.get("tour", 0), identifiant(document)


def _tour(versions: list[DocumentEmis]) -> int:
    return max((_rang(d)[0] for d in versions), default=0)


def _rendre_courant(session: Session, document: DocumentEmis, versions: list[DocumentEmis]) -> None:
    """An old version given again is the one people hold, and the one that will come back signed."""
    if document is not le_courant(versions):
        document.donnees = {**document.donnees, "tour": _tour(versions) + 1}
        session.add(document)
        session.flush()


def _reference_possible(session: Session, objet: Objet, emission: Emission) -> None:
    """Whoever chose the reference of a dossier's paper may choose another one; a session has its code."""
    if len(emission.reference) > REFERENCE_MAX - len("-v99"):
        raise DonneesInvalides(f"« reference » : {emission.reference} est trop longue ; raccourcissez-la.")
    pris = _portant(session, emission.genre, emission.reference)
    if pris is None or isinstance(objet, Comite):
        return
    if pris.dossier_id != objet.id:
        raise DonneesInvalides(f"« reference » : {emission.reference} désigne déjà un document d'un autre dossier.")
    if pris.donnees.get("base") != emission.reference:
        raise DonneesInvalides(
            f"« reference » : {emission.reference} désigne déjà une version de {pris.donnees.get('base')}."
        )


def _reference_libre(session: Session, emission: Emission, versions: int) -> str:
    """The reference itself for the first version, then « -v2 », « -v3 »… passing what names another document."""
    noms = (emission.reference if rang == 1 else f"{emission.reference}-v{rang}" for rang in count(versions + 1))
    return next(nom for nom in noms if _portant(session, emission.genre, nom) is None)


def _portant(session: Session, genre: str, reference: str) -> DocumentEmis | None:
    requete = select(DocumentEmis).where(DocumentEmis.genre == genre, DocumentEmis.reference == reference)
    return session.exec(requete).first()
