"""What a campagne leaves at its end: letters, open data, ledgers, and the pack of its selection, verified again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.choix.pack import ouvrir
from ami.choix.verification import verifier_pack
from ami.database import session_lecture
from ami.erreurs import Refus
from ami.exports_comptes import exporter_comptes
from ami.exports_scdl import exporter_scdl
from ami.magasin import Magasin
from ami.models import Avenant, Campagne, Convention, DocumentEmis, Dossier
from ami.regards import OPERATEUR
from flows.demonstration.atelier import Atelier
from flows.demonstration.jeu import Jeu
from flows.demonstration.papiers import ecrire_lettres


@dataclass(frozen=True)
class Livrables:
    """The files of a campagne, and what is wrong with them (French sentences)."""

    papiers: Path
    lettres: int
    comptes: Path | None
    subventions: Path | None
    lignes: int
    pack: Path | None
    ecarts: list[str]


def livrer(engine: Engine, jeu: Jeu, atelier: Atelier, maintenant: datetime) -> Livrables:
    """Write everything, from the database as it stands; written again, it replaces."""
    recit, campagne_id, ecarts = jeu.decor.recit, jeu.decor.campagne_id, list[str]()
    papiers = atelier.papiers(recit.prefixe)
    lettres = ecrire_lettres(engine, Magasin(atelier.pieces), campagne_id, papiers / "lettres", maintenant)
    with session_lecture(engine) as session:
        campagne = session.get_one(Campagne, campagne_id)
        subventions = atelier.exports / f"subventions-{recit.code}.csv"
        comptes, lignes = None, 0
        try:
            comptes = exporter_comptes(session, OPERATEUR, campagne, atelier.exports, maintenant)[0]
            lignes = exporter_scdl(session, OPERATEUR, campagne, subventions, seuil=None)
        except Refus as refus:
            ecarts.append(refus.message)
        ecarts += _sans_fichier(session, campagne)
    pack = atelier.pack(recit.code)
    ecarts += _differences(pack) if pack.exists() else ()
    return Livrables(
        papiers, lettres, comptes, subventions if lignes else None, lignes, pack if pack.exists() else None, ecarts
    )


def _differences(pack: Path) -> Iterator[str]:
    """What a third party who has only the file would find wrong."""
    yield from (f"{pack.name} : {ecart}" for ecart in verifier_pack(ouvrir(pack.read_bytes())))


def _sans_fichier(session: Session, campagne: Campagne) -> Iterator[str]:
    """Conventions and avenants that stand without the file signed."""
    dossiers = select(Dossier.id).where(Dossier.campagne_id == campagne.id)
    signes = select(DocumentEmis).where(
        col(DocumentEmis.dossier_id).in_(dossiers), col(DocumentEmis.signe_empreinte).is_not(None)
    )
    connus = {(d.dossier_id, d.donnees.get("avenant", d.reference)) for d in session.exec(signes)}
    conventions = session.exec(select(Convention).where(col(Convention.dossier_id).in_(dossiers))).all()
    avenants = session.exec(select(Avenant).where(col(Avenant.dossier_id).in_(dossiers))).all()
    actes: list[Convention | Avenant] = [*conventions, *avenants]
    for ligne in actes:
        if (ligne.dossier_id, ligne.reference) not in connus:
            yield f"{ligne.reference} : signé sans que le fichier soit gardé."
