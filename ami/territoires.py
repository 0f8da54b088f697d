"""Where a point or a code stands among the quartiers of the imported lists: in which one, how far from its edge.

Reads only. `ami.geometrie` says how exact the distances are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from ami.contours import dans_une_emprise
from ami.erreurs import DonneesInvalides, Introuvable
from ami.geometrie import MILLION, Bornes, Lieu, Mesure, au_moins, empreinte, mesurer
from ami.models import Territoire

CODES_PROCHES: Final = 5  # named when a code is not found
RESSEMBLANCE: Final = 7 / 10  # of two codes, from 0 to 1
INTERETS_LIBELLES: Final = {"national": "national", "regional": "régional"}


@dataclass(frozen=True)
class Situation:
    """A point with regard to one quartier."""

    quartier: Territoire  # without its contour
    mesure: Mesure
    empreinte: str  # of the contour measured against


@dataclass(frozen=True)
class Position:
    """A point among the quartiers: those that hold it, else the nearest one. `contours` were there to compare with."""

    lieu: Lieu
    dedans: Sequence[Situation]
    proche: Situation | None
    contours: int


@dataclass(frozen=True)
class Liste:
    """One vintage of one kind, as imported."""

    millesime: int
    kind: str
    quartiers: int
    contours: int


def verifier_lieu(lieu: Lieu) -> None:
    """Make sure a point may be French.

    Raises `DonneesInvalides`, saying so when longitude and latitude look swapped.
    """
    longitude, latitude = lieu.longitude / MILLION, lieu.latitude / MILLION
    if dans_une_emprise(longitude, latitude) is not None:
        return
    if dans_une_emprise(latitude, longitude) is not None:
        raise DonneesInvalides(
            f"Le point {lieu} a sa longitude et sa latitude inversées : donnez la longitude, puis la latitude."
        )
    raise DonneesInvalides(f"Le point {lieu} (longitude ; latitude) n'est pas en France. Vérifiez ses coordonnées.")


def situer_point(session: Session, lieu: Lieu, *, millesime: int | None = None, kind: str | None = None) -> Position:
    """The quartiers that hold a point, in every vintage or in one; when none does, the nearest.

    Raises `DonneesInvalides` on a point that cannot be French, `Introuvable` when no contour is there to compare with.
    """
    verifier_lieu(lieu)
    boites = _boites(session, millesime, kind)
    if not boites:
        de = f" du millésime {millesime}" if millesime else ""
        raise Introuvable(
            f"Aucun contour{de} n'est importé. Importez le GeoJSON des quartiers avec « ami importer territoires »."
        )
    dedans = quartiers_contenant(session, lieu, millesime=millesime, kind=kind)
    return Position(lieu, dedans, None if dedans else _plus_proche(session, lieu, boites), len(boites))


def quartiers_contenant(
    session: Session, lieu: Lieu, *, millesime: int | None = None, kind: str | None = None
) -> list[Situation]:
    """The quartiers whose contour holds a point, by vintage then code; few contours are read, whatever the list."""
    boite = Bornes(lieu.longitude, lieu.latitude, lieu.longitude, lieu.latitude)
    proches = quartiers_chevauchant(session, boite, millesime=millesime, kind=kind)
    trouves = [situer(session, quartier, lieu) for quartier in proches]
    return [situation for situation in trouves if situation is not None and situation.mesure.dedans]


def quartiers_chevauchant(
    session: Session, bornes: Bornes, *, millesime: int | None = None, kind: str | None = None
) -> list[Territoire]:
    """The quartiers whose box meets another, without their contours."""
    requete = _filtre(millesime, kind).where(
        col(Territoire.ouest) <= bornes.est,
        col(Territoire.est) >= bornes.ouest,
        col(Territoire.sud) <= bornes.nord,
        col(Territoire.nord) >= bornes.sud,
    )
    return list(session.exec(_sans_contour(requete)).all())


def situer(session: Session, quartier: Territoire, lieu: Lieu) -> Situation | None:
    """A point with regard to one quartier; None when no contour of it is known."""
    contour = contour_de(session, quartier)
    return None if contour is None else Situation(quartier, mesurer(contour, lieu), empreinte(contour))


def contour_de(session: Session, quartier: Territoire) -> Mapping[str, Any] | None:
    """The contour of a quartier, read now and not kept in the session: a campagne may look at hundreds."""
    if quartier.ouest is None:
        return None
    return session.exec(select(Territoire.contour).where(Territoire.id == quartier.id)).one()


def quartiers_de_code(session: Session, codes: Sequence[str], *, millesime: int | None = None) -> list[Territoire]:
    """The quartiers of these codes, in every vintage or in one, without their contours."""
    requete = _filtre(millesime, None).where(col(Territoire.code).in_(codes))
    return list(session.exec(_sans_contour(requete)).all())


def situer_code(session: Session, code: str, *, millesime: int | None = None) -> list[Territoire]:
    """The quartiers a code names, by vintage.

    Raises `Introuvable`, naming the vintages where the code exists, or the codes most like it.
    """
    propre = code.strip().upper()
    trouves = quartiers_de_code(session, [propre], millesime=millesime)
    if trouves:
        return trouves
    raise Introuvable(" ".join((_absence(propre, millesime), *_indices(session, propre))))


def lister_listes(session: Session) -> list[Liste]:
    """The lists imported, by vintage and kind."""
    groupe = (col(Territoire.millesime), col(Territoire.kind))
    requete = select(*groupe, func.count(), func.count(col(Territoire.ouest))).group_by(*groupe).order_by(*groupe)
    return [Liste(*ligne) for ligne in session.exec(requete).all()]


def lister_quartiers(
    session: Session,
    *,
    millesime: int | None = None,
    kind: str | None = None,
    departement: str | None = None,
    limite: int,
) -> list[Territoire]:
    """The quartiers, without their contours, at most `limite` of them."""
    requete = _filtre(millesime, kind)
    if departement is not None:
        requete = requete.where(Territoire.departement == departement.upper())
    return list(session.exec(_sans_contour(requete).limit(limite)).all())


def _filtre(millesime: int | None, kind: str | None) -> Any:
    requete = select(Territoire)
    if millesime is not None:
        requete = requete.where(Territoire.millesime == millesime)
    if kind is not None:
        requete = requete.where(Territoire.kind == kind)
    return requete.order_by(col(Territoire.millesime), col(Territoire.kind), col(Territoire.code))


def _sans_contour(requete: Any) -> Any:
    """Leave the polygons in the database: a list of quartiers would otherwise weigh tens of megabytes."""
    return requete.options(defer(Territoire.contour))  # type: ignore[arg-type]


def _boites(session: Session, millesime: int | None, kind: str | None) -> list[tuple[int, Bornes]]:
    colonnes = (Territoire.id, Territoire.ouest, Territoire.sud, Territoire.est, Territoire.nord)
    requete = _filtre(millesime, kind).with_only_columns(*colonnes).where(col(Territoire.ouest).is_not(None))
    return [(ligne[0], Bornes(*ligne[1:])) for ligne in session.execute(requete).all()]


def _plus_proche(session: Session, lieu: Lieu, boites: Sequence[tuple[int, Bornes]]) -> Situation | None:
    """The nearest quartier: boxes from the nearest on, until none can hold anything nearer than what was found."""
    meilleur: Situation | None = None
    for plancher, id_ in sorted((au_moins(bornes, lieu), id_) for id_, bornes in boites):
        if meilleur is not None and plancher > meilleur.mesure.distance_m:
            break
        trouve = situer(session, _sans_polygone(session, id_), lieu)
        if trouve and (meilleur is None or trouve.mesure.distance_m < meilleur.mesure.distance_m):
            meilleur = trouve
    return meilleur


def _sans_polygone(session: Session, id_: int) -> Territoire:
    quartier: Territoire = session.exec(_sans_contour(select(Territoire).where(Territoire.id == id_))).one()
    return quartier


def _absence(code: str, millesime: int | None) -> str:
    if millesime is None:
        return f"Aucun quartier importé ne porte le code « {code} »."
    return f"Le code « {code} » n'est pas dans la liste de {millesime}."


def _indices(session: Session, code: str) -> list[str]:
    """What helps when a code is not found: where it exists, else the codes like it."""
    ailleurs = quartiers_de_code(session, [code])
    if ailleurs:
        ou = ", ".join(dict.fromkeys(f"{q.millesime} ({q.kind})" for q in ailleurs))
        return [f"Il existe au millésime : {ou}."]
    codes = session.exec(select(Territoire.code).distinct()).all()
    proches = get_close_matches(code, codes, CODES_PROCHES, RESSEMBLANCE)
    if not proches:
        return ["Voyez les listes importées avec « ami territoire lister »."]
    noms = {q.code: f"{q.code} ({q.nom}, {q.commune}, {q.millesime})" for q in quartiers_de_code(session, proches)}
    return [f"Codes proches : {', '.join(noms[c] for c in proches)}."]


def nommer(quartier: Territoire) -> str:
    """« QP031007 Grand Mirail (Toulouse), QPV 2015 », and its interest when it has one."""
    interet = f", intérêt {INTERETS_LIBELLES[quartier.interet]}" if quartier.interet else ""
    return f"{quartier.code} {quartier.nom} ({quartier.commune}), {quartier.kind} {quartier.millesime}{interet}"
