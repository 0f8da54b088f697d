"""The scene before the first act: structures, persons, quartiers, comités and the campagne, planted once."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from ami.database import session_ecriture
from ami.declaration_campagne import lire_declaration, ouvrir_declaree
from ami.models import Campagne, Comite, Habilitation, Personne, Structure, Territoire
from ami.reglements import reglement_de
from ami.sujets import identifiant
from flows.demonstration.lecture import RECIT, Demonstration, PersonneDemo
from rules.chargement import charger

CAMPAGNE = RECIT / "campagne.yaml"


@dataclass(frozen=True)
class Decor:
    """What the play needs to know of the scene: the campagne, and the identifier behind each name of the files."""

    campagne_id: int
    campagne_code: str
    ids: dict[str, int] = field(default_factory=dict)


def planter(engine: Engine, demonstration: Demonstration) -> Decor:
    """Plant the scene in one transaction, or find it as it was planted."""
    declaree = lire_declaration(CAMPAGNE)
    with session_ecriture(engine) as session:
        campagne = session.exec(select(Campagne).where(Campagne.code == declaree.declaration.code)).first()
        if campagne is None:
            charge = charger(declaree.chemin_reglement)
            debut = min(ligne.le for dossier in demonstration.dossiers for ligne in dossier.lignes)
            structures = _structures(session, demonstration)
            campagne = ouvrir_declaree(session, declaree.declaration, charge, debut)
            _planter_le_reste(session, demonstration, campagne, structures, campagne.ouverture)
            session.commit()
        return Decor(identifiant(campagne), campagne.code, _identifiants(session, demonstration))


def _planter_le_reste(
    session: Session, demonstration: Demonstration, campagne: Campagne, structures: dict[str, int], depuis: datetime
) -> None:
    liste = demonstration.territoires
    for quartier in liste.territoires:
        session.add(
            Territoire(millesime=liste.millesime, kind=liste.kind, region=liste.region, **quartier.model_dump())
        )
    for personne in demonstration.gens.personnes.values():
        _personne(session, personne, structures[personne.structure], campagne, depuis)
    membres = _membres(session, campagne)
    for code, comite in demonstration.gens.comites.items():
        session.add(
            Comite(
                campagne_id=identifiant(campagne),
                code=code,
                tenue_le=comite.le,
                lieu=comite.lieu,
                membres=membres,
                presents=list(comite.presents),
            )
        )
    session.flush()


def _structures(session: Session, demonstration: Demonstration) -> dict[str, int]:
    return {
        code: _ajouter(session, Structure(**structure.model_dump()))
        for code, structure in demonstration.gens.structures.items()
    }


def _personne(
    session: Session, personne: PersonneDemo, structure_id: int, campagne: Campagne, depuis: datetime
) -> None:
    personne_id = _ajouter(
        session,
        Personne(prenom=personne.prenom, nom=personne.nom, courriel=personne.courriel, structure_id=structure_id),
    )
    if personne.role is not None:
        session.add(
            Habilitation(personne_id=personne_id, role=personne.role, campagne_id=identifiant(campagne), depuis=depuis)
        )


def _membres(session: Session, campagne: Campagne) -> list[str]:
    comite = reglement_de(session, identifiant(campagne)).reglement.comite
    return list(comite.membres) if comite is not None else []


def _ajouter(session: Session, ligne: Any) -> int:
    session.add(ligne)
    session.flush()
    return int(ligne.id)


def _identifiants(session: Session, demonstration: Demonstration) -> dict[str, int]:
    """Identifiers by the names of the files: found again by what is unique in the database."""
    gens = demonstration.gens
    return {
        **_par(session, Structure, "nom", {code: s.nom for code, s in gens.structures.items()}),
        **_par(session, Personne, "courriel", {code: p.courriel for code, p in gens.personnes.items()}),
        **_par(session, Comite, "code", {code: code for code in gens.comites}),
    }


def _par(session: Session, table: type[SQLModel], colonne: str, valeurs: dict[str, str]) -> dict[str, int]:
    lignes: dict[str, int] = {getattr(ligne, colonne): ligne.id for ligne in session.exec(select(table))}  # type: ignore[attr-defined]
    return {code: lignes[valeur] for code, valeur in valeurs.items()}
