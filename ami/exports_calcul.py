"""How a choice is computed, in plain French: what a workbook says of its own figures, from the rules themselves."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ami.choix.donnees import EnveloppeChoix, QuotaChoix, ReglesSelection
from ami.choix.pack import ECART_POIDS, GRAINE, TIRAGES, Donnees
from ami.exports_feuilles import Champ, Feuille
from notifications.formats import montant, nombre
from rules.mots_listes import DEPARTAGES

CHAMPS: Final = (Champ("Quoi", "texte", 30), Champ("Comment", "texte", 110))
CHAMPS_RESERVE: Final = {"region": "région", "territoire": "territoire", "axe": "axe"}
SANS_OBJET: Final = {
    "redistribuer": "Son poids est réparti entre les autres critères, à proportion des leurs.",
    "zero": "Il compte pour la note la plus basse de l'échelle.",
    "interdit": "Ce n'est pas permis : chaque critère est noté.",
}


def feuille_calcul(donnees: Donnees, arrete: str) -> Feuille:
    """The sheet that says how the others were computed."""
    lignes = [*_notes(donnees), *_classement(donnees), *_selection(donnees.regles), *_tirages()]
    titre = "Comment c'est calculé"
    return Feuille(titre, titre, (arrete,), CHAMPS, lignes)


def _notes(donnees: Donnees) -> Iterator[tuple[str, str]]:
    bareme = donnees.bareme
    bas, haut = nombre(bareme.note_min), nombre(bareme.note_max)
    yield (
        "Note d'un dossier",
        "Pour chaque critère, la moyenne des notes de ses évaluateurs. Puis la moyenne de ces moyennes, chacune "
        f"comptée selon son poids. Enfin, de l'échelle {bas} à {haut} à une note sur 100 : "
        f"(moyenne – {bas}) ÷ ({haut} – {bas}) × 100, arrondie au millième de point, la moitié vers le haut. "
        "Rien n'est arrondi avant.",
    )
    for critere in bareme.criteres:
        barre = critere.eliminatoire_sous
        reste = "" if barre is None else f" ; éliminatoire quand sa moyenne est strictement sous {nombre(barre)}"
        yield f"Critère « {donnees.regles.dire(critere.code)} »", f"Poids : {nombre(critere.poids)}{reste}."
    yield "Critère sans objet", SANS_OBJET[bareme.non_applicable]


def _classement(donnees: Donnees) -> Iterator[tuple[str, str]]:
    bareme, dire = donnees.bareme, donnees.regles.dire
    regles = [DEPARTAGES[d.selon] + (f" « {dire(d.critere)} »" if d.critere else "") for d in bareme.departage]
    yield "À note égale", f"Dans l'ordre : {', puis '.join([*regles, DEPARTAGES['numero']])}. Rien n'est tiré au sort."
    usage = "corrige les notes du classement" if bareme.correction_severite else "est montrée et ne corrige rien"
    yield (
        "Sévérité des évaluateurs",
        "De combien de points chacun note au-dessus (+) ou au-dessous (–) des autres, sur les mêmes dossiers "
        f"(moindres carrés). Le règlement dit qu'elle {usage} ; l'autre classement est donné à côté. Entre deux "
        "groupes qui n'ont lu aucun dossier en commun, rien ne se compare.",
    )


def _selection(regles: ReglesSelection) -> Iterator[tuple[str, str]]:
    yield "Seuil", f"Un dossier n'est retenu qu'à partir de {nombre(regles.seuil)}/100."
    yield "Places", "Sans limite." if regles.places is None else f"{regles.places} au plus."
    yield "Aide due", _aide(regles)
    for enveloppe in regles.enveloppes:
        yield f"Enveloppe « {enveloppe.code} »", _enveloppe(enveloppe)
    for quota in regles.quotas:
        yield f"Quota « {quota.libelle} »", _quota(quota)
    yield (
        "Dans l'ordre du classement",
        "Chacun à son rang, jusqu'à ce qu'une enveloppe, les places ou un quota l'arrêtent. Celui qui manque d'argent "
        "ferme aux suivants les enveloppes où il aurait puisé : personne ne passe devant.",
    )
    yield (
        "Optimum",
        "Parmi toutes les sélections que ces règles permettent, celle qui totalise le plus de points ; à égalité, "
        "celle qui s'écarte le moins du classement ; puis les plus petits numéros de dossier. Elle est unique, et "
        "prouvée par le calcul.",
    )


def _aide(regles: ReglesSelection) -> str:
    bornes = ["le montant demandé"]
    if regles.plafond is not None:
        bornes.append(f"le plafond de {montant(regles.plafond)}")
    if regles.taux_max is not None:
        bornes.append(f"{nombre(regles.taux_max * 100)} % du coût")
    partiel = " Elle peut être abaissée jusqu'à son plancher quand l'argent manque." if regles.partiel else ""
    return f"Le plus petit de : {', '.join(bornes)} (au centime inférieur).{partiel}"


def _enveloppe(enveloppe: EnveloppeChoix) -> str:
    reserve = enveloppe.reserve
    pour = "ouverte à tous" if reserve is None else f"réservée : {CHAMPS_RESERVE[reserve.champ]} {reserve.valeur}"
    return f"{montant(enveloppe.montant)} à attribuer, {pour}."


def _quota(quota: QuotaChoix) -> str:
    bornes = [
        (quota.minimum, "au moins {} dossier(s)"),
        (quota.maximum, "au plus {} dossier(s)"),
        (_pour_cent(quota.part_min), "au moins {} % des retenus"),
        (_pour_cent(quota.part_max), "au plus {} % des retenus"),
    ]
    dites = ", ".join(texte.format(valeur) for valeur, texte in bornes if valeur is not None)
    sur = f"{CHAMPS_RESERVE[quota.champ]} {quota.valeur}" if quota.valeur else f"chaque {CHAMPS_RESERVE[quota.champ]}"
    return f"{sur[0].upper()}{sur[1:]} : {dites}."


def _pour_cent(part: Decimal | None) -> str | None:
    return None if part is None else nombre(part * 100)


def _tirages() -> Iterator[tuple[str, str]]:
    yield (
        "Fermeté des rangs",
        f"Le dossier de preuve (« ami pack ecrire ») refait le classement {TIRAGES} fois avec des poids variés de "
        f"{nombre(Decimal(ECART_POIDS) * 100)} %, puis en retirant chaque évaluateur, puis en tirant de nouveau les "
        f"évaluations. Les tirages partent d'une graine qu'il inscrit ({GRAINE} sauf autre choix) : chacun peut les "
        "refaire.",
    )
