"""Write the good lines of an import: find what is already known, create or complete it. A blank cell erases nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from ami.imports_champs import cle
from ami.imports_rapport import Issue, LigneRefusee
from ami.imports_schemas import Ligne, LignePersonne, LigneStructure, LigneTerritoire
from ami.imports_territoires import enregistrer_quartier
from ami.models import Campagne, Dossier, Habilitation, Personne, Structure
from ami.sujets import Acteur, identifiant
from notifications.formats import PARIS


@dataclass(frozen=True)
class Chantier:
    """What writing a line needs besides the line."""

    session: Session
    maintenant: datetime
    millesime: int | None
    campagne: Campagne | None
    acteur: Acteur | None
    originaux: Mapping[str, str]  # cells of the line by heading, for the columns a règlement adds
    kind_territoire: str | None = None  # of quartiers whose file does not say


Table = TypeVar("Table", bound=SQLModel)
Ecriture = Callable[[Chantier, Any], Issue]


def ecrire_structure(chantier: Chantier, ligne: LigneStructure) -> Issue:
    """Create a structure, or complete the one with the same SIRET, RNA number, or name and commune."""
    return _enregistrer(chantier.session, _structure_connue(chantier.session, ligne), Structure, _donnes(ligne))


def ecrire_personne(chantier: Chantier, ligne: LignePersonne) -> Issue:
    """Create a person or complete the one with the same address, then give the roles asked.

    Raises `LigneRefusee` when the structure, the campagne or the dossier named is unknown.
    """
    session = chantier.session
    valeurs = {nom: valeur for nom, valeur in _donnes(ligne).items() if nom in ("prenom", "nom", "courriel")}
    if ligne.structure is not None:
        valeurs["structure_id"] = identifiant(trouver_structure(session, ligne.structure, "structure"))
    connue = personne_par_courriel(session, ligne.courriel)
    issue = _enregistrer(session, connue, Personne, valeurs)
    personne = connue or personne_par_courriel(session, ligne.courriel)
    nouvelles = [_habiliter(chantier, identifiant(personne), role, ligne) for role in ligne.roles]
    return Issue.MIS_A_JOUR if issue is Issue.INCHANGE and any(nouvelles) else issue


def ecrire_territoire(chantier: Chantier, ligne: LigneTerritoire) -> Issue:
    """Create or complete a quartier of one vintage (see `ami.imports_territoires`)."""
    return enregistrer_quartier(chantier.session, ligne, millesime=chantier.millesime, kind=chantier.kind_territoire)


def trouver_structure(session: Session, nom_ou_siret: str, champ: str) -> Structure:
    """The structure a cell names by its SIRET or its exact name.

    Raises `LigneRefusee` when none has it, or several.
    """
    compact = nom_ou_siret.replace(" ", "")
    if compact.isdigit():
        trouvees = session.exec(select(Structure).where(Structure.siret == compact)).all()
    else:
        nom = func.lower(col(Structure.nom)) == nom_ou_siret.lower()
        trouvees = session.exec(select(Structure).where((col(Structure.nom) == nom_ou_siret) | nom)).all()
    if len(trouvees) > 1:
        raise LigneRefusee(champ, "Plusieurs structures portent ce nom.", "Indiquez son SIRET plutôt que son nom.")
    if not trouvees:
        raise LigneRefusee(
            champ, "Cette structure est inconnue.", "Importez d'abord les structures, ou corrigez son nom."
        )
    return trouvees[0]


def personne_par_courriel(session: Session, courriel: str) -> Personne | None:
    """The person with this address, whatever its capitals."""
    return session.exec(select(Personne).where(func.lower(col(Personne.courriel)) == courriel.lower())).first()


def _donnes(ligne: Ligne) -> dict[str, Any]:
    """The fields whose cells hold something."""
    return {nom: getattr(ligne, nom) for nom in ligne.model_fields_set}


def _structure_connue(session: Session, ligne: LigneStructure) -> Structure | None:
    if ligne.siret is not None:
        par_siret = session.exec(select(Structure).where(Structure.siret == ligne.siret)).first()
        return par_siret or _homonyme(session, ligne, sans_siret=True)
    if ligne.rna is not None:
        par_rna = session.exec(select(Structure).where(Structure.rna == ligne.rna)).first()
        if par_rna is not None:
            return par_rna
    return _homonyme(session, ligne, sans_siret=False)


def _homonyme(session: Session, ligne: LigneStructure, *, sans_siret: bool) -> Structure | None:
    """A structure of the same name and commune; one that has another SIRET is another structure."""
    memes = session.exec(select(Structure).where(Structure.nom == ligne.nom).order_by(col(Structure.id))).all()
    for structure in memes:
        meme_commune = not ligne.commune or not structure.commune or cle(structure.commune) == cle(ligne.commune)
        if meme_commune and (structure.siret is None or not sans_siret):
            return structure
    return None


def _enregistrer(session: Session, connue: Table | None, table: type[Table], valeurs: Mapping[str, Any]) -> Issue:
    if connue is None:
        session.add(table(**valeurs))
        session.flush()
        return Issue.CREE
    differents = {nom: valeur for nom, valeur in valeurs.items() if getattr(connue, nom) != valeur}
    for nom, valeur in differents.items():
        setattr(connue, nom, valeur)
    session.add(connue)
    session.flush()
    return Issue.MIS_A_JOUR if differents else Issue.INCHANGE


def _habiliter(chantier: Chantier, personne_id: int, role: str, ligne: LignePersonne) -> bool:
    """Give a role; True when it was not held, or its end changed."""
    portee = _portee(chantier, role, ligne)
    fin = _fin_de_journee(ligne.jusqu_au) if ligne.jusqu_au else None
    requete = select(Habilitation).filter_by(personne_id=personne_id, role=role, **portee)
    deja = chantier.session.exec(requete).first()
    if deja is None:
        chantier.session.add(
            Habilitation(personne_id=personne_id, role=role, depuis=chantier.maintenant, jusqu_a=fin, **portee)
        )
        return True
    if fin is None or deja.jusqu_a == fin:
        return False
    deja.jusqu_a = fin
    chantier.session.add(deja)
    return True


def _portee(chantier: Chantier, role: str, ligne: LignePersonne) -> dict[str, int]:
    if ligne.dossier is not None:
        dossier = chantier.session.exec(select(Dossier).where(Dossier.numero == ligne.dossier)).first()
        if dossier is None:
            raise LigneRefusee(
                "dossier", "Aucun dossier ne porte ce numéro.", "Vérifiez-le avec « ami dossiers lister »."
            )
        return {"dossier_id": identifiant(dossier)}
    if role == "porteur":
        raise LigneRefusee(
            "roles",
            "Le rôle de porteur se donne sur un dossier précis, jamais sur toute une campagne.",
            "Ajoutez une colonne « dossier » avec le numéro du dossier.",
        )
    return {"campagne_id": identifiant(_campagne(chantier, ligne.campagne))}


def _campagne(chantier: Chantier, code: str | None) -> Campagne:
    if code is None and chantier.campagne is None:
        raise LigneRefusee(
            "campagne",
            "Un rôle se donne sur une campagne.",
            "Ajoutez une colonne « campagne », ou l'option --campagne.",
        )
    if code is None and chantier.campagne is not None:
        return chantier.campagne
    campagne = chantier.session.exec(select(Campagne).where(Campagne.code == code)).first()
    if campagne is None:
        raise LigneRefusee(
            "campagne", "Cette campagne n'existe pas.", "Vérifiez son code avec « ami campagne lister »."
        )
    return campagne


def _fin_de_journee(jour: date) -> datetime:
    """The last instant of a day, legal time."""
    lendemain = datetime.combine(jour + timedelta(days=1), time(0), tzinfo=PARIS)
    return lendemain.astimezone(UTC) - timedelta(seconds=1)
