"""What a campagne leaves at its end: open data, ledgers, and the pack that proves its selection, verified at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.candidats import lire_donnees
from ami.choix.pack import ECART_POIDS, GRAINE, TIRAGES, Parametres, ouvrir
from ami.choix.verification import verifier_pack
from ami.database import session_lecture
from ami.erreurs import Refus
from ami.exports_comptes import exporter_comptes
from ami.exports_pack import annexes, composer_pack, ecrire_pack
from ami.exports_scdl import exporter_scdl
from ami.fichiers import remplacer
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
        pack = _pack(session, campagne, atelier, recit.prefixe, maintenant)
        ecarts += [*_sans_fichier(session, campagne), *(_differences(pack) if pack else ())]
    return Livrables(papiers, lettres, comptes, subventions if lignes else None, lignes, pack, ecarts)


def _pack(session: Session, campagne: Campagne, atelier: Atelier, prefixe: str, maintenant: datetime) -> Path | None:
    """The pack, with the minutes; None when nothing was scored."""
    if not lire_donnees(session, OPERATEUR, campagne, maintenant).candidats:
        return None
    parametres = Parametres(ecart_poids=ECART_POIDS, tirages=TIRAGES, graine=GRAINE)
    pack = composer_pack(session, OPERATEUR, campagne, parametres, maintenant)
    minutes = sorted(atelier.papiers(prefixe).glob("proces-verbal-*.pdf"))
    joints = {f"joints/{chemin.name}": chemin.read_bytes() for chemin in minutes}
    chemin = atelier.exports / f"pack-{campagne.code}.zip"
    remplacer(chemin, ecrire_pack(pack, {**annexes(session, OPERATEUR, campagne, maintenant), **joints}))
    return chemin


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
    for table in (Convention, Avenant):
        for ligne in session.exec(select(table).where(col(table.dossier_id).in_(dossiers))):
            if (ligne.dossier_id, ligne.reference) not in connus:
                yield f"{ligne.reference} : signé sans que le fichier soit gardé."
