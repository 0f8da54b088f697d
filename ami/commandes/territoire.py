"""`ami territoire`: the lists of quartiers, where a point stands, what a newer list changes for live dossiers."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant, ouvrir
from ami.commandes.regard import Par, Role, regarder
from ami.database import session_lecture
from ami.exports_recontrole import exporter_recontrole, resume, titre
from ami.geometrie import Lieu
from ami.imports_geojson import RapportContours
from ami.models import Territoire
from ami.recontrole import recontroler
from ami.recontrole_rapport import RapportRecontrole
from ami.territoires import (
    INTERETS_LIBELLES,
    Liste,
    Position,
    Situation,
    lister_listes,
    lister_quartiers,
    nommer,
    situer,
    situer_code,
    situer_point,
    verifier_lieu,
)
from rules.affichage import afficher

commandes = typer.Typer(
    name="territoire", help="Les quartiers : listes, situation d'un point, nouveau millésime.", no_args_is_help=True
)
LIGNES_MONTREES = 200
LON_LAT = "LON LAT"
PRECISION = "Distances au mètre près, mesurées jusqu'au contour publié (lui-même juste à une dizaine de mètres)."


class KindTerritoire(StrEnum):
    """The kinds of quartiers."""

    QPV = "QPV"
    NPNRU = "NPNRU"
    AUTRE = "autre"


def kind_choisi(kind: KindTerritoire | None) -> str | None:
    """The plain word of a kind: databases take no enumeration."""
    return None if kind is None else kind.value


Millesime = Annotated[int | None, typer.Option("--millesime", help="Année de la liste ; toutes sinon.")]
Kind = Annotated[KindTerritoire | None, typer.Option("--kind", case_sensitive=False, help="Type de quartier.")]


@commandes.command("lister")
def lister(
    millesime: Millesime = None,
    kind: Kind = None,
    departement: Annotated[str | None, typer.Option("--departement", help="Par exemple 31, 2A ou 974.")] = None,
) -> None:
    """Montre les listes importées ; avec une option, leurs quartiers."""
    with session_lecture(ouvrir()) as session:
        if millesime is None and kind is None and departement is None:
            _montrer_listes(lister_listes(session))
            return
        limite = LIGNES_MONTREES + 1
        _montrer_quartiers(
            lister_quartiers(
                session, millesime=millesime, kind=kind_choisi(kind), departement=departement, limite=limite
            )
        )


@commandes.command("situer", context_settings={"ignore_unknown_options": True})
def situer_un_point(
    longitude: Annotated[str | None, typer.Argument(metavar="LON", help="Longitude en degrés, 1.4012.")] = None,
    latitude: Annotated[str | None, typer.Argument(metavar="LAT", help="Latitude en degrés, 43.5789.")] = None,
    code: Annotated[str | None, typer.Option("--code", help="Code d'un quartier, QP031007.")] = None,
    millesime: Millesime = None,
    kind: Kind = None,
) -> None:
    """Dit dans quel quartier est un point et à quelle distance de son bord ; ou ce qu'est un code.

    Avec un point et un code : où est le point par rapport à ce quartier-là. Code de retour 1 hors de tout quartier.
    """
    lieu = _lieu(longitude, latitude)
    if lieu is None and code is None:
        raise typer.BadParameter("donnez une longitude et une latitude, ou --code CODE.", param_hint=LON_LAT)
    with session_lecture(ouvrir()) as session:
        if code is None and lieu is not None:
            dedans = _montrer_position(situer_point(session, lieu, millesime=millesime, kind=kind_choisi(kind)))
        else:
            quartiers = [q for q in situer_code(session, code or "", millesime=millesime) if kind in (None, q.kind)]
            dedans = _montrer_code(quartiers, [situer(session, q, lieu) if lieu else None for q in quartiers], lieu)
    if not dedans:
        raise typer.Exit(1)


@commandes.command("recontroler")
def recontroler_les_dossiers(
    campagne: Annotated[str, typer.Option("--campagne", help="Code de la campagne.")],
    millesime: Annotated[int, typer.Option("--millesime", help="Année de la liste à laquelle comparer.")],
    kind: Annotated[
        KindTerritoire, typer.Option("--kind", case_sensitive=False, help="Type de quartier.")
    ] = KindTerritoire.QPV,
    vers: Annotated[Path | None, typer.Option("--vers", help="Fichier à écrire : .xlsx, .csv ou .md.")] = None,
    enregistrer: Annotated[
        bool, typer.Option("--enregistrer", help="Garde ce contrôle comme preuve sur les dossiers.")
    ] = False,
    par: Par = None,
    role: Role = None,
) -> None:
    """Compare les dossiers en cours à une liste plus récente et dit ce qui change, sans rien changer.

    Avec --enregistrer, les règles de recevabilité jugeront désormais le point d'après ce nouveau contrôle.
    """
    with regarder(par, role, "recontrôler les dossiers", ecrire=enregistrer) as (session, regard):
        rapport = recontroler(
            session,
            regard,
            trouver_campagne(session, campagne),
            millesime,
            kind=kind.value,
            maintenant=maintenant(),
            enregistrer=enregistrer,
        )
        if vers is not None:
            exporter_recontrole(rapport, vers)
        if enregistrer:
            session.commit()
    _montrer_recontrole(rapport)
    if vers is not None:
        console.print(str(vers), markup=False, soft_wrap=True)


def montrer_reparations(rapport: RapportContours) -> None:
    """The contours an import had to mend, one by one: whoever imports answers for them."""
    if not rapport.reparations:
        return
    tableau = Table("Code", "Quartier", "Ce qui n'allait pas", "Surface", title="Contours réparés")
    for reparee in rapport.reparations[:LIGNES_MONTREES]:
        textes = (reparee.code, reparee.nom, reparee.reparation.raison, reparee.reparation.surface)
        tableau.add_row(*map(escape, textes))
    console.print(tableau)
    nombre = len(rapport.reparations)
    console.print(f"{nombre} contour(s) sur {rapport.lues} n'étaient pas valides ; ils ont été réparés puis gardés.")


def _lieu(longitude: str | None, latitude: str | None) -> Lieu | None:
    if longitude is None and latitude is None:
        return None
    if longitude is None or latitude is None:
        raise typer.BadParameter("donnez la longitude puis la latitude, séparées par une espace.", param_hint=LON_LAT)
    try:
        lieu = Lieu.en_degres(*(Decimal(texte.strip().replace(",", ".")) for texte in (longitude, latitude)))
    except (InvalidOperation, ValueError, OverflowError) as erreur:
        raise typer.BadParameter(
            f"« {longitude} {latitude} » n'est pas une longitude suivie d'une latitude.", param_hint=LON_LAT
        ) from erreur
    verifier_lieu(lieu)
    return lieu


def _montrer_listes(listes: Sequence[Liste]) -> None:
    tableau = Table("Millésime", "Type", "Quartiers", "Avec contour")
    for liste in listes:
        tableau.add_row(str(liste.millesime), liste.kind, str(liste.quartiers), str(liste.contours))
    console.print(tableau if listes else "Aucune liste importée. Voyez « ami importer territoires --help ».")


def _montrer_quartiers(quartiers: Sequence[Territoire]) -> None:
    tableau = Table("Code", "Quartier", "Commune", "Type", "Millésime", "Intérêt", "Contour")
    for quartier in quartiers[:LIGNES_MONTREES]:
        textes = (quartier.code, quartier.nom, quartier.commune, quartier.kind, str(quartier.millesime))
        interet = INTERETS_LIBELLES.get(quartier.interet or "", "")
        tableau.add_row(*map(escape, textes), interet, "non" if quartier.ouest is None else "oui")
    console.print(tableau if quartiers else "Aucun quartier ne répond à ces choix.")
    if len(quartiers) > LIGNES_MONTREES:
        console.print(f"Les {LIGNES_MONTREES} premiers seulement ; précisez avec --millesime, --kind, --departement.")


def _montrer_position(position: Position) -> bool:
    """Say it; True when the point is in a quartier."""
    for situation in position.dedans:
        _dire(f"Le point {position.lieu} est dans {_situe(situation)}.")
    if position.proche is not None:
        _dire(f"Le point {position.lieu} n'est dans aucun quartier. Le plus proche : {_situe(position.proche)}.")
    _dire(f"{PRECISION} {position.contours} contour(s) comparé(s).")
    return bool(position.dedans)


def _montrer_code(quartiers: Sequence[Territoire], situations: Sequence[Situation | None], lieu: Lieu | None) -> bool:
    """Say it; True unless a point was given and is in none of them."""
    for quartier, situation in zip(quartiers, situations, strict=True):
        if situation is not None:
            ou = "dans" if situation.mesure.dedans else "hors de"
            _dire(f"Le point {lieu} est {ou} {_situe(situation)}.")
        else:
            _dire(f"{nommer(quartier)} : {'sans contour' if quartier.ouest is None else 'contour connu'}.")
    if lieu is None:
        return True
    _dire(PRECISION)
    return any(situation is not None and situation.mesure.dedans for situation in situations)


def _situe(situation: Situation) -> str:
    return f"{nommer(situation.quartier)}, à {afficher(situation.mesure.distance_m, 'metres')} de son bord"


def _montrer_recontrole(rapport: RapportRecontrole) -> None:
    _dire(titre(rapport))
    for phrase in resume(rapport):
        _dire(phrase)
    changees = [ligne for ligne in rapport.lignes if ligne.change]
    if not changees:
        return
    tableau = Table("Dossier", "Code", "Quartier", "Point", "Explication", title="Ce qui change")
    for ligne in changees[:LIGNES_MONTREES]:
        textes = (ligne.code, str(ligne.devenir), str(ligne.apres), ligne.expliquer(rapport.millesime))
        tableau.add_row(ligne.numero, *map(escape, textes))
    console.print(tableau)
    if len(changees) > LIGNES_MONTREES:
        console.print(f"Les {LIGNES_MONTREES} premières lignes seulement ; tout est dans le fichier (--vers).")


def _dire(phrase: str) -> None:
    console.print(phrase, markup=False, soft_wrap=True)
