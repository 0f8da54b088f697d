"""Délais: one unit each, of a length a person would write."""

import re
from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Verification
from rules.modele import Delai, EcheanceRegle, Relance

_HEURE: Final = re.compile(r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$")
_JOURS_PAR_SEMAINE, _OUVRES_PAR_SEMAINE, _JOURS_PAR_MOIS = 7, 5, 30
# Beyond these a delay is most likely in the wrong unit: a year and a month in days, a year in working days, five years.
_PLAUSIBLES: Final = {"jours": 400, "jours_ouvres": 260, "mois": 60}
_AUTRE_UNITE: Final = {"jours": "en mois", "jours_ouvres": "en jours ou en mois", "mois": "en jours"}


def delais_mesures(examen: Examen) -> Iterator[Defaut]:
    """A delay has exactly one unit, is not negative, and ends at an hour that exists."""
    for rang, echeance in enumerate(examen.reglement.echeances):
        chemin = f"echeances.{rang}.delai"
        unites = mesures(echeance.delai)
        if len(unites) != 1:
            raison = f"le délai de « {echeance.code} » a {len(unites)} unité(s), il en faut une"
            yield examen.erreur(chemin, raison, "Gardez une seule unité : jours, jours_ouvres ou mois.")
        else:
            yield from _longueur(examen, chemin, echeance, *next(iter(unites.items())))
        yield from _heure(examen, f"{chemin}.heure", echeance.delai.heure, "23:59:59")


def mesures(delai: Delai) -> dict[str, int]:
    """The units a delay gives, with their values."""
    valeurs = {"jours": delai.jours, "jours_ouvres": delai.jours_ouvres, "mois": delai.mois}
    return {unite: valeur for unite, valeur in valeurs.items() if valeur is not None}


def _longueur(examen: Examen, chemin: str, echeance: EcheanceRegle, unite: str, valeur: int) -> Iterator[Defaut]:
    if valeur < 0 or (valeur == 0 and echeance.delai.a_partir_de is None):
        raison = f"le délai de « {echeance.code} » est fini avant d’avoir couru"
        yield examen.erreur(f"{chemin}.{unite}", raison, "Donnez un nombre positif.")
    elif valeur > _PLAUSIBLES[unite]:
        raison = f"le délai de « {echeance.code} » est bien long : {valeur} {unite.replace('_', ' ')}"
        remede = f"Vérifiez l’unité ; un délai aussi long s’écrit plutôt {_AUTRE_UNITE[unite]}."
        # Ten times what is plausible is no calendar any more.
        signaler = examen.erreur if valeur > 10 * _PLAUSIBLES[unite] else examen.avertissement
        yield signaler(f"{chemin}.{unite}", raison, remede)


def _heure(examen: Examen, chemin: str, heure: str, exemple: str) -> Iterator[Defaut]:
    if not _HEURE.match(heure):
        yield examen.erreur(chemin, f"« {heure} » n’est pas une heure", f"Écrivez « {exemple} ».")


def relances_mesurees(examen: Examen) -> Iterator[Defaut]:
    """A reminder has exactly one unit and an hour, and leaves after the échéance opens."""
    for rang, echeance in enumerate(examen.reglement.echeances):
        for place, relance in enumerate(echeance.relances):
            chemin = f"echeances.{rang}.relances.{place}"
            if (relance.jours is None) == (relance.jours_ouvres is None):
                raison = f"la relance « {relance.code} » doit avoir une unité et une seule"
                yield examen.erreur(chemin, raison, "Gardez « jours » ou « jours_ouvres ».")
            else:
                yield from _avance(examen, chemin, echeance, relance)
            yield from _heure(examen, f"{chemin}.heure", relance.heure, "09:00:00")


def _avance(examen: Examen, chemin: str, echeance: EcheanceRegle, relance: Relance) -> Iterator[Defaut]:
    duree, ecart = duree_de(echeance.delai), ecart_de(relance)
    unite = "jours" if relance.jours is not None else "jours_ouvres"
    if echeance.delai.a_partir_de is None and duree is not None and -ecart >= duree > 0:
        raison = f"la relance « {relance.code} » partirait avant l’ouverture de l’échéance « {echeance.code} »"
        yield examen.erreur(f"{chemin}.{unite}", raison, "Rapprochez-la de l’échéance, ou allongez le délai.")
    elif abs(ecart) > _PLAUSIBLES["jours"]:
        raison = f"la relance « {relance.code} » part à plus d’un an de l’échéance « {echeance.code} »"
        signaler = examen.erreur if abs(ecart) > 10 * _PLAUSIBLES["jours"] else examen.avertissement
        yield signaler(f"{chemin}.{unite}", raison, "Vérifiez le nombre de jours.")


def ecart_de(relance: Relance) -> int:
    """Calendar days from the due day to a reminder, about; negative before."""
    if relance.jours is not None:
        return relance.jours
    return (relance.jours_ouvres or 0) * _JOURS_PAR_SEMAINE // _OUVRES_PAR_SEMAINE


def duree_de(delai: Delai) -> int | None:
    """Length of a delay in calendar days, about; None when it has no unit, or several."""
    unites = mesures(delai)
    if len(unites) != 1:
        return None
    unite, valeur = next(iter(unites.items()))
    if unite == "jours_ouvres":
        return valeur * _JOURS_PAR_SEMAINE // _OUVRES_PAR_SEMAINE
    return valeur * (_JOURS_PAR_MOIS if unite == "mois" else 1)


VERIFICATIONS: Final[tuple[Verification, ...]] = (delais_mesures, relances_mesurees)
