"""Règlements kept whole in the database: pinned when a campagne opens, read back from there ever after.

The file on disk may change or vanish while dossiers run; what they obey is the text that was pinned.
"""

from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from ami.erreurs import ErreurMetier, Introuvable
from ami.models import Campagne, VersionReglement
from rules.chargement import ReglementCharge, depuis_texte_epingle

# By content hash: a pinned text never changes, so a parsed one stays right for the life of the process.
_CHARGES: dict[str, ReglementCharge] = {}


def epingler(session: Session, charge: ReglementCharge, maintenant: datetime) -> VersionReglement:
    """Keep a règlement with its content, or return the version that already holds it.

    Raises `ErreurMetier` when the text does not give back the hash it was loaded with.
    """
    _controler_empreinte(charge.texte, charge.empreinte)
    deja = session.exec(select(VersionReglement).where(VersionReglement.empreinte == charge.empreinte)).first()
    if deja is not None:
        return deja
    programme = charge.reglement.programme
    version = VersionReglement(
        programme=programme.code,
        version=programme.version,
        empreinte=charge.empreinte,
        texte=charge.texte,
        charge_le=maintenant,
    )
    session.add(version)
    session.flush()
    return version


def reglement_de(session: Session, campagne_id: int) -> ReglementCharge:
    """Return the règlement a campagne pins, parsed from the text kept in the database, never from its path.

    Raises `Introuvable` on an unknown campagne and `ErreurMetier` when the text kept was tampered with.
    """
    requete = (
        select(VersionReglement.empreinte)
        .join(Campagne, col(Campagne.version_reglement_id) == col(VersionReglement.id))
        .where(Campagne.id == campagne_id)
    )
    empreinte = session.exec(requete).first()
    if empreinte is None:
        raise Introuvable(f"La campagne n° {campagne_id} n'existe pas.")
    if empreinte not in _CHARGES:
        _CHARGES[empreinte] = _relire(session, empreinte)
    return _CHARGES[empreinte]


def _relire(session: Session, empreinte: str) -> ReglementCharge:
    texte = session.exec(select(VersionReglement.texte).where(VersionReglement.empreinte == empreinte)).one()
    _controler_empreinte(texte, empreinte)
    return depuis_texte_epingle(texte)


def _controler_empreinte(texte: str, empreinte: str) -> None:
    if sha256(texte.encode()).hexdigest() != empreinte:
        raise ErreurMetier(
            "Le texte du règlement ne correspond pas à son empreinte : il a été modifié après sa lecture. "
            "Restaurez la version d'origine ou rechargez le fichier."
        )
