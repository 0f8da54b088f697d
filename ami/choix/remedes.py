"""What would have let a dossier in: the least change, one kind at a time, each found and checked by selecting again."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, Literal

from ami.choix.donnees import Candidat, Classe, QuotaChoix, ReglesSelection, Valeur
from ami.choix.selection import hors_jeu, points, selectionner_par_rang
from notifications.formats import montant, nombre

MILLE: Final = 1000
CENT_POINTS: Final = 100 * MILLE


class Remede(Valeur):
    """A change that suffices by itself: more points, more euros in an enveloppe, more places, a higher quota.

    `valeur` is how much more: points out of 100, euros, or a number. `texte` says it in French.
    """

    genre: Literal["note", "enveloppe", "places", "quota"]
    sur: str  # the enveloppe or the quota, when there are several
    valeur: Decimal
    texte: str


def remedes(
    classes: Sequence[Classe], candidats: Sequence[Candidat], regles: ReglesSelection, dossier: str
) -> list[Remede]:
    """Every change that would have kept this dossier in the rank-order selection, all else equal.

    An eliminatory note, or the absence of notes, has none: no number here makes up for it.
    """
    classe = next(c for c in classes if c.dossier == dossier)
    if classe.rang is None or classe.total is None:
        return []

    def garde(autres: Sequence[Classe], autrement: ReglesSelection) -> bool:
        return any(r.dossier == dossier for r in selectionner_par_rang(autres, candidats, autrement).retenus)

    trouves = [_note(classes, classe, lambda autres: garde(autres, regles))]
    if hors_jeu(classe, regles) is None:
        trouves += _regles(regles, candidats, lambda autrement: garde(classes, autrement))
    return [remede for remede in trouves if remede is not None]


def reclasser(classes: Sequence[Classe], dossier: str, total: Decimal) -> list[Classe]:
    """The ranking if this dossier had that score; at equal scores it comes after those it did not beat."""
    anciens = {c.dossier: c.rang for c in classes}
    autres = [c.model_copy(update={"total": total}) if c.dossier == dossier else c for c in classes]
    ranges = sorted((c for c in autres if c.rang is not None), key=lambda c: (-(c.total or 0), anciens[c.dossier] or 0))
    return [c.model_copy(update={"rang": rang}) for rang, c in enumerate(ranges, 1)] + [
        c for c in autres if c.rang is None
    ]


def _note(classes: Sequence[Classe], classe: Classe, garde: Callable[[Sequence[Classe]], bool]) -> Remede | None:
    depart = int((classe.total or 0) * MILLE)

    def suffit(plus: int) -> bool:
        return garde(reclasser(classes, classe.dossier, Decimal(depart + plus).scaleb(-3)))

    plus = _le_moins(CENT_POINTS - depart, suffit)
    if plus is None:
        return None
    manque = Decimal(plus).scaleb(-3)
    atteint = Decimal(depart + plus).scaleb(-3)
    texte = f"{nombre3(manque)} {points(manque)} de plus, soit {nombre3(atteint)}/100"
    return Remede(genre="note", sur="", valeur=manque, texte=texte)


def _regles(
    regles: ReglesSelection, candidats: Sequence[Candidat], garde: Callable[[ReglesSelection], bool]
) -> list[Remede | None]:
    tout = sum((int(regles.aide_due(c).scaleb(2)) for c in candidats), 0)
    trouves = [_places(regles, len(candidats), garde)]
    trouves += [_enveloppe(regles, rang, tout, garde) for rang in range(len(regles.enveloppes))]
    trouves += [_quota(regles, rang, len(candidats), garde) for rang in range(len(regles.quotas))]
    return trouves


def _places(regles: ReglesSelection, maximum: int, garde: Callable[[ReglesSelection], bool]) -> Remede | None:
    if regles.places is None:
        return None
    places = regles.places
    plus = _le_moins(maximum, lambda n: garde(regles.model_copy(update={"places": places + n})))
    if plus is None:
        return None
    mot = "places" if plus > 1 else "place"
    return Remede(genre="places", sur="", valeur=Decimal(plus), texte=f"{plus} {mot} de plus")


def _enveloppe(
    regles: ReglesSelection, rang: int, maximum: int, garde: Callable[[ReglesSelection], bool]
) -> Remede | None:
    enveloppe = regles.enveloppes[rang]

    def suffit(centimes: int) -> bool:
        grossie = enveloppe.model_copy(update={"montant": enveloppe.montant + Decimal(centimes).scaleb(-2)})
        autres = (*regles.enveloppes[:rang], grossie, *regles.enveloppes[rang + 1 :])
        return garde(regles.model_copy(update={"enveloppes": autres}))

    plus = _le_moins(maximum, suffit)
    if plus is None:
        return None
    euros = Decimal(plus).scaleb(-2)
    return Remede(
        genre="enveloppe",
        sur=enveloppe.code,
        valeur=euros,
        texte=f"{montant(euros)} de plus dans l'enveloppe « {enveloppe.code} »",
    )


def _quota(regles: ReglesSelection, rang: int, maximum: int, garde: Callable[[ReglesSelection], bool]) -> Remede | None:
    quota = regles.quotas[rang]
    if quota.maximum is None:
        return None

    def suffit(plus: int) -> bool:
        autres = (*regles.quotas[:rang], _relever(quota, plus), *regles.quotas[rang + 1 :])
        return garde(regles.model_copy(update={"quotas": autres}))

    plus = _le_moins(maximum, suffit)
    if plus is None:
        return None
    texte = f"un maximum de {quota.maximum + plus} au lieu de {quota.maximum} pour « {quota.libelle} »"
    return Remede(genre="quota", sur=quota.code, valeur=Decimal(plus), texte=texte)


def _relever(quota: QuotaChoix, plus: int) -> QuotaChoix:
    return quota.model_copy(update={"maximum": (quota.maximum or 0) + plus})


def _le_moins(maximum: int, suffit: Callable[[int], bool]) -> int | None:
    """The smallest number from 1 to `maximum` that suffices, when all those above it do; None when none does."""
    if maximum < 1 or not suffit(maximum):
        return None
    bas, haut = 1, maximum
    while bas < haut:
        milieu = (bas + haut) // 2
        bas, haut = (bas, milieu) if suffit(milieu) else (milieu + 1, haut)
    return bas


def nombre3(points: Decimal) -> str:
    """Points with their thousandths when they have some."""
    return nombre(points) if points == points.quantize(Decimal("0.01")) else f"{points:f}".replace(".", ",")
