"""Pièces: a document demanded by the règlement comes in, checked by its bytes and kept by their hash."""

import re
import unicodedata
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from sqlmodel import Session, select

from ami.demandes import piece_jointe
from ami.erreurs import DonneesInvalides, Refus
from ami.magasin import MEGA, FichierRecu, Magasin
from ami.models import Dossier, Piece
from ami.sujets import Acteur, identifiant
from ami.types_fichier import MIME, TEXTES, type_admis, type_reel
from rules.modele import PieceDemandee, Reglement

__all__ = ["Magasin", "joindre_piece", "nom_neutre"]

NOM_MAX: Final = 150
SANS_NOM: Final = "document"
# Characters a file system, a header or a shell would read as something else than a name.
_INTERDITS: Final = re.compile(r'[<>:"|?*`$;&%\\/]')
# Right-to-left marks make « fdp.exe » read as « exe.pdf ».
_INVISIBLES: Final = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def joindre_piece(
    session: Session,
    dossier: Dossier,
    code: str,
    nom_origine: str,
    contenu: BinaryIO,
    *,
    reglement: Reglement,
    magasin: Magasin,
    acteur: Acteur,
    maintenant: datetime,
) -> Piece:
    """Lay a document in a dossier. The same bytes under the same code are the same pièce: the first one is returned.

    Whether this person may act on this dossier is for the caller to have checked. Does not commit; bytes stored for a
    transaction rolled back stay in the store, where nothing names them.

    Raises:
        DonneesInvalides: pièce unknown to the règlement, file empty, too large, or not of a type admitted.
        Refus: the dossier is at its end, or this role does not do the act the pièce belongs to.
    """
    demandee = _demandee(reglement, code)
    _role_admis(reglement, demandee, acteur)
    _dossier_vivant(reglement, dossier)
    with magasin.recevoir(contenu, demandee.taille_max_mo * MEGA) as recu:
        genre = _type_controle(recu, demandee, nom_origine)
        deja = _deja_jointe(session, dossier, code, recu.empreinte)
        magasin.ranger(recu)
    piece_jointe(session, dossier, code, maintenant)
    if deja is not None:
        return deja
    piece = Piece(
        dossier_id=identifiant(dossier),
        code=code,
        empreinte=recu.empreinte,
        nom_origine=nom_neutre(nom_origine, genre),
        type_reel=MIME[genre],
        taille=recu.taille,
        deposee_le=maintenant,
        deposee_par=acteur.personne_id,
    )
    session.add(piece)
    session.flush()
    return piece


def nom_neutre(nom: str, genre: str) -> str:
    """A file name safe to show, to store and to send back: one path part, no control character, the real extension."""
    dernier = PurePosixPath(nom.replace("\\", "/").replace("\0", "")).name
    propre = "".join(c for c in unicodedata.normalize("NFC", dernier) if unicodedata.category(c) not in _INVISIBLES)
    propre = _INTERDITS.sub("_", propre).strip(" .")
    base, point, extension = propre.rpartition(".")
    if point and type_admis(extension) == genre:
        return f"{base.strip(' .')[:NOM_MAX] or SANS_NOM}.{extension.lower()}"
    return f"{propre[:NOM_MAX] or SANS_NOM}.{genre}"


def _demandee(reglement: Reglement, code: str) -> PieceDemandee:
    for piece in reglement.pieces:
        if piece.code == code:
            return piece
    connues = ", ".join(piece.code for piece in reglement.pieces) or "aucune"
    raise DonneesInvalides(f"« {code} » n'est pas une pièce de ce règlement. Pièces prévues : {connues}.")


def _role_admis(reglement: Reglement, demandee: PieceDemandee, acteur: Acteur) -> None:
    """A pièce is laid by those who may do the act that demands it; staff may lay any, for it reaches them by post."""
    transitions = reglement.workflow("dossier").transitions
    roles = {role for t in transitions if t.acte == demandee.acte for role in t.roles} | {"agent"}
    if acteur.role not in roles:
        raise Refus(
            f"La pièce « {demandee.libelle} » se dépose en tant que {', '.join(sorted(roles))}, pas {acteur.role}.",
            hors_sequence=True,
        )


def _dossier_vivant(reglement: Reglement, dossier: Dossier) -> None:
    etat = reglement.workflow("dossier").etat_par_code.get(dossier.etat or "")
    if etat is not None and etat.final:
        raise Refus(f"Le dossier {dossier.numero} est terminé (« {etat.libelle} ») : aucune pièce ne s'y ajoute plus.")


def _type_controle(recu: FichierRecu, demandee: PieceDemandee, nom: str) -> str:
    """The real type, when the règlement admits it."""
    admis = [type_admis(type_demande) for type_demande in demandee.types]
    genre = type_reel(recu.chemin, nom)
    # A table is text too: where only one of the two is admitted, its name does not matter.
    if genre in TEXTES and genre not in admis:
        genre = next((autre for autre in TEXTES if autre in admis), genre)
    if genre is None or genre not in admis:
        raise DonneesInvalides(
            f"« {demandee.libelle} » : ce fichier n'est pas un document {' ou '.join(admis)} (son contenu a été "
            "examiné, pas son nom). Enregistrez-le dans l'un de ces formats."
        )
    return genre


def _deja_jointe(session: Session, dossier: Dossier, code: str, empreinte: str) -> Piece | None:
    return session.exec(
        select(Piece).where(Piece.dossier_id == dossier.id, Piece.code == code, Piece.empreinte == empreinte)
    ).first()
