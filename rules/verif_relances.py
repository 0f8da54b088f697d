"""Relances: no two on one day, none after the échéance that follows, none once nobody waits any more."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final

from rules.calendrier import PARIS, instants_relance, jour_legal
from rules.defauts import Defaut
from rules.examen import Examen, Place, Verification
from rules.logique_cel import CasUn
from rules.modele import Relance
from rules.ouvertures import ouvertes_par
from rules.verif_delais import duree_de, ecart_de

_NOM: Final = re.compile(r"^j_(moins|plus)_(\d+)$")
# A year of due days, five days apart: every weekday, and the public holidays.
_ECHEANCES: Final = [datetime(2026, 1, 1, 23, 59, 59, tzinfo=PARIS) + timedelta(days=5 * rang) for rang in range(73)]


def relances_un_autre_jour(examen: Examen) -> Iterator[Defaut]:
    """Two reminders of an échéance leave on different days; only the later of two would ever be sent."""
    for rang, echeance in enumerate(examen.reglement.echeances):
        for (avant, une), (apres, autre) in combinations(enumerate(echeance.relances), 2):
            part = _part_ensemble(une, autre)
            chemin = f"echeances.{rang}.relances.{apres}.{'jours' if autre.jours is not None else 'jours_ouvres'}"
            ligne = examen.charge.ligne(f"echeances.{rang}.relances.{avant}")
            noms = f"les relances « {une.code} » (ligne {ligne}) et « {autre.code} » de « {echeance.code} »"
            if part == len(_ECHEANCES):
                raison = f"{noms} partent le même jour"
                yield examen.erreur(chemin, raison, "Gardez-en une, ou changez son jour.")
            elif 2 * part > len(_ECHEANCES):
                raison = f"{noms} tombent le plus souvent le même jour"
                yield examen.avertissement(chemin, raison, "Écartez-les : une seule des deux partirait.")


def _part_ensemble(une: Relance, autre: Relance) -> int:
    """For how many due days of the year two reminders leave on one day."""
    return sum(a == b for a, b in zip(_departs(_cle(une)), _departs(_cle(autre)), strict=False))


def _cle(relance: Relance) -> tuple[int | None, int | None]:
    return relance.jours, relance.jours_ouvres


@lru_cache(maxsize=256)
def _departs(cle: tuple[int | None, int | None]) -> list[date]:
    jours, ouvres = cle
    if (jours is None) == (ouvres is None) or abs(jours or ouvres or 0) > 400:
        return []  # told elsewhere
    relance = Relance(code="essai", message="essai", jours=jours, jours_ouvres=ouvres)
    return [jour_legal(instants_relance(relance, due)) for due in _ECHEANCES]


def relances_bien_nommees(examen: Examen) -> Iterator[Defaut]:
    """A reminder called « j_moins_7 » leaves before the due day, « j_plus_3 » after: a lost sign is seen."""
    for rang, echeance in enumerate(examen.reglement.echeances):
        for place, relance in enumerate(echeance.relances):
            nom = _NOM.match(relance.code)
            dite = int(nom[2]) * (-1 if nom[1] == "moins" else 1) if nom else 0
            champ = "jours" if relance.jours is not None else "jours_ouvres"
            ecart = relance.jours if relance.jours is not None else relance.jours_ouvres
            if nom and ecart is not None and dite != ecart:
                raison = (
                    f"la relance « {relance.code} » part à {ecart:+d} jours de « {echeance.code} », et non {dite:+d}"
                )
                chemin = f"echeances.{rang}.relances.{place}.{champ}"
                yield examen.avertissement(chemin, raison, "Corrigez le nombre, ou le code.")


def relances_avant_la_suite(examen: Examen) -> Iterator[Defaut]:
    """A reminder does not leave after the next échéance of the same duty is over: what it asks for is past."""
    rangs = {echeance.code: rang for rang, echeance in enumerate(examen.reglement.echeances)}
    for premiere, suivante in dict.fromkeys(
        paire for place in examen.transitions() for paire in _suites(examen, place)
    ):
        une, autre = (examen.reglement.echeances[rangs[code]] for code in (premiere, suivante))
        ecart = (duree_de(autre.delai) or 0) - (duree_de(une.delai) or 0)
        for place_relance, relance in enumerate(une.relances):
            if ecart_de(relance) >= ecart:
                raison = (
                    f"la relance « {relance.code} » de « {premiere} » part quand « {suivante} », "
                    "qui attend le même acte, est déjà passée"
                )
                remede = f"Rapprochez-la, ou placez-la dans « {suivante} »."
                yield examen.erreur(f"echeances.{rangs[premiere]}.relances.{place_relance}", raison, remede)


def _suites(examen: Examen, place: Place) -> Iterator[tuple[str, str]]:
    """Échéances that one transition opens for one duty, each with the one that falls due next."""
    connues = [examen.reglement.echeance_par_code.get(code) for code in sorted(ouvertes_par(place.transition))]
    par_dette: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for regle in connues:
        duree = duree_de(regle.delai) if regle is not None and regle.delai.a_partir_de is None else None
        if regle is not None and duree is not None:
            par_dette.setdefault((regle.acte, regle.role), []).append((duree, regle.code))
    for dues in par_dette.values():
        for (duree, code), (fin, suivant) in pairwise(sorted(dues)):
            if duree < fin:
                yield code, suivant


def relances_avant_la_fin(examen: Examen) -> Iterator[Defaut]:
    """A reminder after the due day is of use only where no automatic transition acts as soon as that day is over."""
    automatiques = [
        (p, examen.conditions.choix(p.transition)) for p in examen.transitions() if p.transition.automatique
    ]
    for rang, echeance in enumerate(examen.reglement.echeances):
        if not any(ecart_de(relance) > 0 for relance in echeance.relances):
            continue
        places = [place for place, cas in automatiques if any(_n_attend_que(un, echeance.code) for un in cas or ())]
        fermante = _close_des_le_terme(examen, places, echeance.code)
        for place, relance in enumerate(echeance.relances):
            if fermante is not None and ecart_de(relance) > 0:
                ligne = examen.charge.ligne(fermante.chemin)
                raison = (
                    f"la relance « {relance.code} » ne partira jamais : dès que « {echeance.code} » est dépassée, "
                    f"« {fermante.transition.code} » (ligne {ligne}) est due"
                )
                yield examen.erreur(f"echeances.{rang}.relances.{place}", raison, "Relancez avant l’échéance.")


def _close_des_le_terme(examen: Examen, places: list[Place], code: str) -> Place | None:
    """One of these transitions when they leave every état where the échéance may be open."""
    etats = {
        (kind, etat)
        for kind, ouvertures in examen.ouvertures.items()
        for etat, ouvertes in ouvertures.par_etat.items()
        if code in ouvertes
    }
    quittes = {(place.kind, depart) for place in places for depart in place.transition.de}
    return places[0] if etats and etats <= quittes else None


def _n_attend_que(cas: CasUn, code: str) -> bool:
    """True when nothing but the end of that échéance is awaited; the count of a contrôle only repeats it."""
    attendus = {(a.sujet, a.relations) for a in cas if not a.sujet.startswith("controles.")}
    return attendus == {(f'"{code}" in echeances.depassees', frozenset("="))}


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    relances_un_autre_jour,
    relances_bien_nommees,
    relances_avant_la_suite,
    relances_avant_la_fin,
)
