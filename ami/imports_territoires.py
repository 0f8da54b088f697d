"""Write a quartier of an official list, whatever the shape of the file: several files of one vintage complete one row.

The list in CSV brings names, its GeoJSON brings contours, INSEE's table brings every commune. None of them undoes what
another said better: files that agree can be run again, in any order, and change nothing.
"""

import re
from typing import Any, Final

from sqlmodel import Session, select

from ami.contours import Contour
from ami.geometrie import bornes_de
from ami.imports_champs import cle
from ami.imports_geographie import departement_du_quartier, region_du_departement
from ami.imports_rapport import Issue, LigneRefusee
from ami.imports_schemas import LigneTerritoire
from ami.models import Territoire

# Vintage of a quartier whose file says nothing: the list its code belongs to (domain.md §7).
_MILLESIMES: Final = {"QP": 2015, "QN": 2024}
_KIND: Final = "QPV"  # of a quartier whose file says nothing
_COMMUNES: Final = re.compile(r"\s*[,;/|]\s*|\s+-\s+")


def enregistrer_quartier(
    session: Session,
    ligne: LigneTerritoire,
    *,
    millesime: int | None,
    kind: str | None,
    contour: Contour | None = None,
) -> Issue:
    """Create or complete a quartier; what the line does not say comes from `millesime`, `kind`, then the code itself.

    Raises `LigneRefusee` when an interest is given to a quartier that is not of the NPNRU.
    """
    clef = _clef(ligne, millesime, kind)
    valeurs = clef | _dits(ligne) | _contour(contour)
    connu = session.exec(select(Territoire).filter_by(**clef)).first()
    if connu is None:
        session.add(Territoire(**valeurs))
        session.flush()
        return Issue.CREE
    nouveaux = _nouveaux(connu, valeurs)
    for champ, valeur in nouveaux.items():
        setattr(connu, champ, valeur)
    session.flush()
    return Issue.MIS_A_JOUR if nouveaux else Issue.INCHANGE


def quartier_connu(
    session: Session, ligne: LigneTerritoire, *, millesime: int | None, kind: str | None
) -> Territoire | None:
    """The quartier a line would complete, if there is one.

    Raises `LigneRefusee` as `enregistrer_quartier`.
    """
    return session.exec(select(Territoire).filter_by(**_clef(ligne, millesime, kind))).first()


def _clef(ligne: LigneTerritoire, millesime: int | None, kind: str | None) -> dict[str, Any]:
    retenu = ligne.kind or kind or _KIND
    if ligne.interet is not None and retenu != "NPNRU":
        raise LigneRefusee(
            "interet",
            "Seul un quartier du NPNRU est d'intérêt national ou régional.",
            "Ajoutez « --kind NPNRU », ou une colonne « type ».",
        )
    return {
        "code": ligne.code,
        "millesime": ligne.millesime or millesime or _MILLESIMES[ligne.code[:2]],
        "kind": retenu,
    }


def _dits(ligne: LigneTerritoire) -> dict[str, Any]:
    """What the line says of its quartier, with the département and region its code tells."""
    departement = ligne.departement or departement_du_quartier(ligne.code)
    dits: dict[str, Any] = {
        "nom": ligne.nom,
        "commune": ligne.commune,
        "departement": departement,
        "region": ligne.region or region_du_departement(departement),
    }
    return dits | ({"interet": ligne.interet} if ligne.interet else {})


def _contour(contour: Contour | None) -> dict[str, Any]:
    if contour is None:
        return {}
    return {"contour": contour.geojson, **vars(bornes_de(contour.geojson))}


def _nouveaux(connu: Territoire, valeurs: dict[str, Any]) -> dict[str, Any]:
    """What the line really brings: another spelling of a name is none, nor a list of communes less complete."""
    nouveaux = {champ: valeur for champ, valeur in valeurs.items() if getattr(connu, champ) != valeur}
    if "nom" in nouveaux and meme_nom(connu.nom, nouveaux["nom"]):
        del nouveaux["nom"]
    if "commune" in nouveaux and _communes(nouveaux["commune"]) <= _communes(connu.commune):
        del nouveaux["commune"]
    return nouveaux


def meme_nom(un: str, autre: str) -> bool:
    """True when two names differ by their typography only: capitals, accents, ligatures, hyphens."""
    return _reduit(un) == _reduit(autre)


def _communes(texte: str) -> set[str]:
    return {_reduit(commune) for commune in _COMMUNES.split(texte) if commune.strip()}


def _reduit(texte: str) -> str:
    return cle(texte.replace("œ", "oe").replace("Œ", "Oe").replace("æ", "ae").replace("Æ", "Ae"))
