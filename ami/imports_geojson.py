"""Bring in the contours of quartiers from a GeoJSON file, feature by feature, in bounded memory.

A contour that had to be repaired is kept and listed: the person who imports answers for it. Features are numbered from
1, as lines are in the other imports.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Literal

import ijson
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pyproj import Transformer
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ami.contours import WGS84_REMEDE, Contour, ContourRefuse, Reparation, preparer, transformation
from ami.erreurs import DonneesInvalides
from ami.geometrie import empreinte
from ami.imports_champs import cle
from ami.imports_geographie import departement_du_quartier
from ami.imports_rapport import ErreurLigne, Issue, LigneRefusee, RapportImport
from ami.imports_schemas import LigneTerritoire
from ami.imports_territoires import enregistrer_quartier, quartier_connu

EXTENSIONS: Final = (".geojson", ".json", ".shp", ".zip", ".gpkg", ".kml")  # of maps; only the first two are read
LUES: Final = EXTENSIONS[:2]
TAILLE_MAX: Final = 200 * 1024 * 1024  # bytes of a file; the national list takes some forty megabytes
ELEMENTS_MAX: Final = 2_000_000  # numbers, names and brackets of one feature; the largest quartiers have thousands
_BOM: Final = b"\xef\xbb\xbf"
_CRS: Final = ("crs.properties.name", "crs.type", "type")
_EN_COURS: Final = ("start_map", "map_key", "start_array")  # events after which a feature goes on


@dataclass(frozen=True)
class ContourRepare:
    """A contour that was not valid as the file gave it, and how it was mended."""

    code: str
    nom: str
    reparation: Reparation


@dataclass
class RapportContours(RapportImport):
    """The account of an import of contours: also the repairs, and the contours that replaced a different one."""

    reparations: list[ContourRepare] = field(default_factory=list)
    remplaces: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Travail:
    """What an import of contours works with."""

    session: Session
    rapport: RapportContours
    millesime: int | None
    kind: str | None
    vers_wgs84: Transformer | None
    vus: dict[str, int] = field(default_factory=dict)


def importer_contours(
    session: Session,
    chemin: Path,
    *,
    mode: Literal["tout_ou_rien", "bonnes_lignes"] = "tout_ou_rien",
    millesime: int | None = None,
    kind: str | None = None,
) -> RapportContours:
    """Import the quartiers of a GeoJSON file with their contours; the caller commits.

    `mode`, `millesime` and `kind` as in `ami.imports.importer`. Raises `DonneesInvalides` when the file is absent, too
    big, no FeatureCollection, or in a system of coordinates nobody knows.
    """
    nom_crs = _examiner(chemin)
    try:
        vers_wgs84 = transformation(nom_crs)
    except ContourRefuse as refus:
        raise DonneesInvalides(f"« {chemin.name} » : {refus.raison} {refus.remede}") from refus
    rapport = RapportContours(kind="territoires", fichier=chemin.name, format="GeoJSON, entité par entité", mode=mode)
    if vers_wgs84 is not None:
        systeme = vers_wgs84.source_crs.name if vers_wgs84.source_crs else nom_crs
        rapport.avertissements.append(f"Coordonnées converties en WGS84 depuis le système du fichier ({systeme}).")
    travail = _Travail(session, rapport, millesime, kind, vers_wgs84)
    with session.begin_nested() as tout:
        for numero, entite in _entites(chemin):
            _traiter(travail, numero, entite)
        if rapport.erreurs and mode == "tout_ou_rien":
            tout.rollback()
            rapport.renoncer()
            rapport.remplaces.clear()
    _conclure(rapport)
    return rapport


def _conclure(rapport: RapportContours) -> None:
    if not rapport.lues:
        raise DonneesInvalides(f"« {rapport.fichier} » ne contient aucun quartier.")
    if rapport.remplaces:
        rapport.avertissements.append(
            f"Contours remplacés par un tracé différent : {', '.join(rapport.remplaces)}. "
            "Voyez ce que cela change avec « ami territoire recontroler »."
        )


def _traiter(travail: _Travail, numero: int, entite: object) -> None:
    """One feature in a savepoint of its own: a bad one leaves nothing behind."""
    travail.rapport.lues += 1
    colonnes = _colonnes(entite)
    try:
        ligne = LigneTerritoire.model_validate({champ: texte for champ, (_, texte) in colonnes.items()})
        _controler_double(travail, ligne, numero)
        contour = _contour(travail, ligne, entite)
        with travail.session.begin_nested():
            issue = _ecrire(travail, ligne, contour)
    except ValidationError as erreur:
        travail.rapport.erreurs.extend(_traduire(defaut, numero, colonnes) for defaut in erreur.errors())
    except IntegrityError:
        raison = "Cette entité contredit des données enregistrées au même moment."
        travail.rapport.erreurs.append(ErreurLigne(numero, "(toute l'entité)", "", raison, "Relancez l'import."))
    except LigneRefusee as refus:
        entete, texte = colonnes.get(refus.champ, (refus.champ, ""))
        travail.rapport.erreurs.append(ErreurLigne(numero, entete, texte[:80], refus.raison, refus.remede))
    else:
        travail.rapport.compter(issue)


def _contour(travail: _Travail, ligne: LigneTerritoire, entite: object) -> Contour:
    geometrie = entite.get("geometry") if isinstance(entite, Mapping) else None
    departement = ligne.departement or departement_du_quartier(ligne.code)
    try:
        contour = preparer(geometrie, departement, travail.vers_wgs84)
    except ContourRefuse as refus:
        raise LigneRefusee("contour", f"{ligne.code} {ligne.nom} : {refus.raison}", refus.remede) from refus
    return contour


def _ecrire(travail: _Travail, ligne: LigneTerritoire, contour: Contour) -> Issue:
    options: dict[str, Any] = {"millesime": travail.millesime, "kind": travail.kind}
    connu = quartier_connu(travail.session, ligne, **options)
    avant = connu.contour if connu is not None else None
    issue = enregistrer_quartier(travail.session, ligne, contour=contour, **options)
    if contour.reparation is not None:
        travail.rapport.reparations.append(ContourRepare(ligne.code, ligne.nom, contour.reparation))
    if avant is not None and empreinte(avant) != empreinte(contour.geojson):
        travail.rapport.remplaces.append(ligne.code)
    return issue


def _controler_double(travail: _Travail, ligne: LigneTerritoire, numero: int) -> None:
    premiere = travail.vus.setdefault(ligne.clef(), numero)
    if premiere != numero:
        raise LigneRefusee(
            "code",
            f"Cette entité répète l'entité {premiere}.",
            "Réunissez-les en un seul multipolygone, ou supprimez l'une des deux.",
        )


def _colonnes(entite: object) -> dict[str, tuple[str, str]]:
    """For each field of a quartier, the property that holds it and its text; an empty one counts as absent."""
    proprietes = entite.get("properties") if isinstance(entite, Mapping) else None
    textes = {
        cle(str(nom)): (str(nom), _texte(valeur))
        for nom, valeur in (proprietes.items() if isinstance(proprietes, Mapping) else ())
    }
    colonnes: dict[str, tuple[str, str]] = {}
    for champ in LigneTerritoire.model_fields:
        noms = (champ, *LigneTerritoire.SYNONYMES.get(champ, ()))
        trouvee = next((textes[nom] for nom in noms if textes.get(nom, ("", ""))[1].strip()), None)
        if trouvee is not None:
            colonnes[champ] = trouvee
    return colonnes


def _texte(valeur: object) -> str:
    """A property as a cell would hold it: lists of communes are joined, null is empty."""
    if isinstance(valeur, list):
        return ", ".join(map(_texte, valeur))
    return "" if valeur is None else str(valeur)


def _traduire(defaut: ErrorDetails, numero: int, colonnes: Mapping[str, tuple[str, str]]) -> ErreurLigne:
    champ = str(defaut["loc"][0])
    entete, texte = colonnes.get(champ, (champ, ""))
    contexte = defaut.get("ctx", {})
    raison, remede = "Cette valeur est refusée.", "Corrigez-la puis relancez l'import."
    if defaut["type"] == "missing":
        raison, remede = "Cette propriété est absente ou vide alors qu'elle est obligatoire.", "Complétez-la."
    elif defaut["type"] == "string_too_long":
        raison, remede = "Ce texte est trop long.", f"Raccourcissez-le à {contexte['max_length']} caractères."
    return ErreurLigne(
        numero, entete, texte[:80], str(contexte.get("raison", raison)), str(contexte.get("remede", remede))
    )


def _examiner(chemin: Path) -> str | None:
    """The name of the file's system of coordinates, if it gives one; reads it whole once, before anything is written.

    Raises `DonneesInvalides` when the file cannot be read, or is no collection of features.
    """
    if chemin.suffix.lower() not in LUES:
        raise DonneesInvalides(
            f"« {chemin.name} » n'est pas un GeoJSON. Convertissez cette couche en GeoJSON, en WGS84 (EPSG:4326), avec "
            "un logiciel de cartographie."
        )
    if not chemin.is_file():
        raise DonneesInvalides(f"Le fichier « {chemin} » n'existe pas. Vérifiez son nom et son dossier.")
    if chemin.stat().st_size > TAILLE_MAX:
        raise DonneesInvalides(
            f"« {chemin.name} » dépasse {TAILLE_MAX // 1024**2} Mo. Découpez-le, par région par exemple."
        )
    lus = {prefixe: str(valeur) for prefixe, _, valeur in _evenements(chemin) if prefixe in _CRS}
    if lus.get("type") != "FeatureCollection":
        raise DonneesInvalides(
            f"« {chemin.name} » n'est pas une collection d'entités GeoJSON (« FeatureCollection »). "
            "Exportez la couche des quartiers entière."
        )
    if lus.get("crs.type", "name") != "name":
        raise DonneesInvalides(
            f"« {chemin.name} » renvoie à un système de coordonnées décrit ailleurs ; rien n'est téléchargé. "
            f"{WGS84_REMEDE}"
        )
    return lus.get("crs.properties.name")


def _entites(chemin: Path) -> Iterator[tuple[int, object]]:
    """Each feature with its number; one feature at a time is in memory.

    Raises `DonneesInvalides` when one is out of all proportion.
    """
    numero, elements = 0, 0
    entite: Any = None
    for prefixe, evenement, valeur in _evenements(chemin):
        if prefixe == "features.item" and entite is None:
            entite, elements, numero = ijson.ObjectBuilder(), 0, numero + 1
        if entite is None:
            continue
        entite.event(evenement, valeur)
        elements += 1
        if elements > ELEMENTS_MAX:
            raise DonneesInvalides(
                f"« {chemin.name} », entité {numero} : ce quartier a bien trop de sommets pour être un quartier."
            )
        if prefixe == "features.item" and evenement not in _EN_COURS:
            yield numero, entite.value
            entite = None


def _evenements(chemin: Path) -> Iterator[tuple[str, str, Any]]:
    """The file as a stream of JSON events.

    Raises `DonneesInvalides` when it is not JSON in UTF-8.
    """
    try:
        with chemin.open("rb") as fichier:
            _passer_bom(fichier)
            yield from ijson.parse(fichier, use_float=True)
    except (ijson.JSONError, UnicodeDecodeError) as erreur:
        raise DonneesInvalides(
            f"« {chemin.name} » n'est pas du GeoJSON lisible, ou il est coupé. "
            "Téléchargez-le à nouveau, ou réexportez-le en UTF-8."
        ) from erreur


def _passer_bom(fichier: IO[bytes]) -> None:
    if fichier.read(len(_BOM)) != _BOM:
        fichier.seek(0)
