"""The scene before the first act: for each campagne its structures, persons, quartiers and evaluators, planted once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from ami.database import session_ecriture
from ami.declaration_campagne import ouvrir_declaree
from ami.models import Campagne, Habilitation, Personne, Structure, Territoire
from ami.profils import Objet, declarer_interet, definir_profil
from ami.sujets import identifiant
from flows.demonstration.histoire import Demonstration, PersonneDemo, Recit
from rules.chargement import charger


@dataclass(frozen=True)
class Decor:
    """The scene of one campagne, and the identifier behind each name of its files (a session's, once convened)."""

    recit: Recit
    campagne_id: int
    ids: dict[str, int]


def planter(engine: Engine, demonstration: Demonstration) -> list[Decor]:
    """Plant the scene of each campagne in one transaction, or find it as it was planted."""
    return [_planter(engine, recit) for recit in demonstration.recits]


def _planter(engine: Engine, recit: Recit) -> Decor:
    with session_ecriture(engine) as session:
        campagne = session.exec(select(Campagne).where(Campagne.code == recit.code)).first()
        if campagne is None:
            charge = charger(recit.campagne.chemin_reglement)
            debut = min(ligne.le for dossier in recit.dossiers for ligne in dossier.lignes)
            _planter_structures(session, recit)
            campagne = ouvrir_declaree(session, recit.campagne.declaration, charge, debut)
            _planter_quartiers(session, recit)
            _planter_personnes(session, recit, campagne)
            _planter_vivier(session, recit, debut)
            session.commit()
        return Decor(recit, identifiant(campagne), _identifiants(session, recit))


def _planter_structures(session: Session, recit: Recit) -> None:
    """Those that no other campagne has brought."""
    for structure in recit.gens.structures.values():
        if _absente(session, Structure, nom=structure.nom):
            session.add(Structure(**structure.model_dump()))
    session.flush()


def _planter_quartiers(session: Session, recit: Recit) -> None:
    liste = recit.territoires
    for quartier in liste.territoires:
        if _absente(session, Territoire, code=quartier.code, millesime=liste.millesime, kind=liste.kind):
            valeurs = {**quartier.model_dump(), "region": quartier.region or liste.region}
            session.add(Territoire(millesime=liste.millesime, kind=liste.kind, **valeurs))


def _absente(session: Session, table: type[SQLModel], **valeurs: object) -> bool:
    return session.exec(select(table).filter_by(**valeurs)).first() is None


def _planter_personnes(session: Session, recit: Recit, campagne: Campagne) -> None:
    structures = _par(session, Structure, "nom", {code: s.nom for code, s in recit.gens.structures.items()})
    for personne in recit.gens.personnes.values():
        _planter_personne(session, personne, structures[personne.structure], campagne, campagne.ouverture)
    session.flush()


def _planter_personne(
    session: Session, personne: PersonneDemo, structure_id: int, campagne: Campagne, depuis: datetime
) -> None:
    """One person has one address, whatever the campagnes; a role is held on each."""
    ligne = session.exec(select(Personne).where(Personne.courriel == personne.courriel)).first()
    if ligne is None:
        ligne = Personne(
            prenom=personne.prenom, nom=personne.nom, courriel=personne.courriel, structure_id=structure_id
        )
        session.add(ligne)
        session.flush()
    if personne.role is not None:
        session.add(
            Habilitation(
                personne_id=identifiant(ligne), role=personne.role, campagne_id=identifiant(campagne), depuis=depuis
            )
        )


def _planter_vivier(session: Session, recit: Recit, maintenant: datetime) -> None:
    """What evaluators say of themselves, before anything is given to them to read."""
    ids = _identifiants(session, recit)
    for code, dite in recit.gens.personnes.items():
        personne = session.get_one(Personne, ids[code])
        if dite.profil is not None:
            definir_profil(
                session,
                personne,
                competences=dite.profil.competences,
                regions=dite.profil.regions,
                charge_max=dite.profil.charge,
            )
        for interet in dite.interets:
            objet = Objet(ids[interet.structure] if interet.structure else None, interet.commune)
            declarer_interet(session, personne, objet, interet.motif, maintenant)


def _identifiants(session: Session, recit: Recit) -> dict[str, int]:
    """Identifiers by the names of the files: found again by what is unique in the database."""
    gens = recit.gens
    return {
        **_par(session, Structure, "nom", {code: s.nom for code, s in gens.structures.items()}),
        **_par(session, Personne, "courriel", {code: p.courriel for code, p in gens.personnes.items()}),
    }


def _par(session: Session, table: type[SQLModel], colonne: str, valeurs: dict[str, str]) -> dict[str, int]:
    lignes: dict[str, int] = {getattr(ligne, colonne): ligne.id for ligne in session.exec(select(table))}  # type: ignore[attr-defined]
    return {code: lignes[valeur] for code, valeur in valeurs.items()}
