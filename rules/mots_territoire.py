"""The words of the quartiers a dossier designates, and of the point it may give."""

from collections.abc import Mapping
from typing import Final

from rules.mot import Mot

TERRITOIRE: Final[Mapping[str, Mot]] = {
    "territoire.codes": Mot(
        "les quartiers désignés",
        "mp",
        contient="le quartier {} est désigné",
        sans="le quartier {} n’est pas désigné",
        elements="des quartiers désignés",
        oui="un quartier au moins est désigné",
        non="aucun quartier n’est désigné",
    ),
    "territoire.kinds": Mot(
        "les classements des quartiers désignés",
        "mp",
        contient="un quartier désigné au moins est {}",
        sans="aucun quartier désigné n’est {}",
        elements="des quartiers désignés",
        valeurs="territoires",
    ),
    "territoire.communes": Mot(
        "les communes des quartiers désignés",
        "fp",
        contient="un quartier désigné au moins est à {}",
        sans="aucun quartier désigné n’est à {}",
        elements="des communes des quartiers désignés",
    ),
    "territoire.regions": Mot(
        "les régions des quartiers désignés",
        "fp",
        contient="un quartier désigné au moins est en région {}",
        sans="aucun quartier désigné n’est en région {}",
        elements="des régions des quartiers désignés",
    ),
    "territoire.connus": Mot(
        "la présence des quartiers dans les listes officielles",
        "f",
        oui="tous les quartiers désignés figurent dans les listes officielles",
        non="l’un au moins des quartiers désignés ne figure pas dans les listes officielles",
    ),
    "territoire.admis": Mot(
        "l’ouverture de l’appel aux quartiers désignés",
        "f",
        oui="l’appel est ouvert à tous les quartiers désignés",
        non="l’appel n’est pas ouvert à l’un au moins des quartiers désignés",
    ),
    "territoire.interets": Mot(
        "les intérêts des quartiers de renouvellement urbain désignés",
        "mp",
        contient="un quartier désigné au moins est {}",
        sans="aucun quartier désigné n’est {}",
        elements="des quartiers de renouvellement urbain désignés",
        valeurs="interets",
    ),
    "territoire.millesimes": Mot(
        "les millésimes des listes où figurent les quartiers désignés",
        "mp",
        contient="un quartier désigné au moins figure dans la liste de {}",
        sans="aucun quartier désigné ne figure dans la liste de {}",
        elements="des millésimes des listes où figurent les quartiers désignés",
    ),
    "territoire.point_donne": Mot(
        "la désignation d’un point", "f", oui="un point est désigné", non="aucun point n’est désigné"
    ),
    "territoire.point_verifie": Mot(
        "la vérification du point désigné",
        "f",
        oui="le point désigné a été mesuré au contour d’un quartier désigné",
        non="aucun point n’est désigné, ou le contour des quartiers désignés n’est pas connu",
    ),
    "territoire.point_dedans": Mot(
        "la présence du point dans le quartier",
        "f",
        oui="le point désigné est dans un quartier désigné",
        non="le point désigné est hors des quartiers désignés",
    ),
    "territoire.distance_m": Mot(
        "la distance du point désigné au quartier désigné le plus proche",
        "f",
        unite="metres",
        oui="le point désigné est à distance des quartiers désignés",
        non="le point désigné est dans un quartier désigné",
    ),
}
