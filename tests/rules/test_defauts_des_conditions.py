# ruff: noqa: E501 — one defect a line: the table is read across
"""What an expression says wrongly, planted in the règlement shipped: types, units, words, conditions that never hold."""

import pytest

from rules.arbre_cel import arbre
from rules.contexte import Schema
from rules.types_cel import inferer
from tests.rules.cas import Cas, controler
from tests.rules.support import defauts_de, planter

GARDE = "si: etude.volets_renvoyes == 0"  # the garde the defects are planted in
QUAND = "quand: budget.aide_etude.a_reverser > 0"

CAS = [
    # --- wrong types ---
    Cas("montant comparé à un texte", "si: donnees.montant_demande > 0", "si: donnees.montant_demande > '0'", "> '0'", "est un montant en centimes, « \"0\" » un texte : ces valeurs ne sont pas de même type"),
    Cas("date comparée à un nombre", "si: maintenant >= campagne.ouverture", "si: maintenant >= 2026", ">= 2026", "« maintenant » est une date, « 2026 » un nombre"),
    Cas("vrai ou faux comparé à un nombre", "si: accompagnateur.connu\n", "si: accompagnateur.connu == 1\n", "accompagnateur.connu == 1", "est vrai ou faux, « 1 » un nombre"),
    Cas("liste comparée à un nombre", GARDE, "si: pieces.manquantes == 0", "si: pieces.manquantes == 0", "est une liste, « 0 » un nombre"),
    Cas("rubrique entière", GARDE, "si: etude == 0", "si: etude == 0", "« etude » est une rubrique entière"),
    Cas("valeur absente dite null", GARDE, "si: etude.volets_renvoyes == null", "== null", "« null » null"),
    Cas("calcul sur un texte", GARDE, "si: dossier.numero * 2 == 0", "si: dossier.numero * 2", "« dossier.numero » est un texte, alors qu’un nombre"),
    Cas("texte ajouté à un nombre", GARDE, "si: dossier.numero + 2 == 0", "si: dossier.numero + 2", "on ne peut pas les ajouter"),
    Cas("date plus un nombre", "si: maintenant <= campagne.cloture", "si: maintenant <= campagne.cloture + 3", "campagne.cloture + 3", "est une date, « 3 » un nombre : on ne peut pas les ajouter"),
    Cas("recherche dans un texte", GARDE, 'si: \'"x" in dossier.numero\'', "in dossier.numero", "« dossier.numero » est un texte, alors qu’une liste"),
    Cas("nombre cherché dans des textes", GARDE, "si: 3 in territoire.codes", "si: 3 in territoire.codes", "« 3 » est un nombre, chaque élément de « territoire.codes » est un texte"),
    Cas("négation d’un nombre", GARDE, "si: '!etude.volets_renvoyes'", "!etude.volets_renvoyes", "alors que vrai ou faux est attendu ici"),
    Cas("nombre parmi des conditions", GARDE, "si: etude.volets_renvoyes && true", "volets_renvoyes && true", "alors que vrai ou faux est attendu ici"),
    Cas("taille d’un nombre", "si: size(pieces.manquantes) == 0\n            valeur: pieces.manquantes_libelles\n            unite: liste\n            raison: \"Joignez", "si: size(etude.volets_renvoyes) == 0\n            valeur: pieces.manquantes_libelles\n            unite: liste\n            raison: \"Joignez", "size(etude.volets_renvoyes)", "est un nombre, alors qu’une liste"),
    Cas("arguments en trop", GARDE, "si: min(etude.volets_renvoyes) == 0", "min(etude.volets_renvoyes)", "« min » attend 2 valeurs, on lui en donne 1"),
    Cas("texte à la place d’un montant", "{effet: engager_montant, nature: aide_etude, montant: donnees.montant_accorde}", "{effet: engager_montant, nature: aide_etude, montant: donnees.motif}", "montant: donnees.motif", "doit donner un nombre entier de centimes, elle donne un texte"),
    Cas("condition qui donne une date", GARDE, "si: campagne.fin", "si: campagne.fin\n", "doit donner vrai ou faux, elle donne une date"),
    Cas("départ qui n’est pas une date", "a_partir_de: donnees.date}", "a_partir_de: donnees.lieu}", "a_partir_de: donnees.lieu", "doit donner une date, elle donne un texte"),
    Cas("départ écrit de travers", "a_partir_de: donnees.date}", "a_partir_de: '\"31/01/2026\"'}", "31/01/2026", "doit donner une date, elle donne un texte"),
    Cas("élément d’une liste de mauvais type", "territoire.kinds.all(k, k in [\"QPV\", \"NPNRU\"])", "territoire.kinds.all(k, k > 3)", "territoire.kinds.all", "« k » est un texte, « 3 » un nombre"),
    # --- units that do not go together: worth a second look ---
    Cas("taux comparé à un montant", "si: dossier.taux_demande <= parametres.taux_max_etude", "si: dossier.taux_demande <= parametres.plafond_etude", "si: dossier.taux_demande <=", "un taux en millièmes, « parametres.plafond_etude » un montant en centimes : les unités diffèrent", "avertissement"),
    Cas("note comparée à un taux", "si: notes.total >= parametres.seuil_laureat", "si: notes.total >= parametres.taux_projet", "si: notes.total >= parametres.taux_projet", "une note en millièmes de point, « parametres.taux_projet » un taux", "avertissement"),
    Cas("nombre comparé à un montant", "si: donnees.rang > 0", "si: donnees.rang > parametres.plafond_projet", "si: donnees.rang > parametres", "les unités diffèrent", "avertissement"),
    Cas("taux divisé par cent", "montant: proportion(budget.aide_etude.engage, parametres.acompte_etude, 1000)", "montant: proportion(budget.aide_etude.engage, parametres.acompte_etude, 100)", "parametres.acompte_etude, 100)", "mais il est divisé par 100", "avertissement"),
    Cas("taux à la place d’un montant", "montant: proportion(budget.aide_etude.engage, parametres.acompte_etude, 1000)", "montant: parametres.acompte_etude", "montant: parametres.acompte_etude", "elle donne un taux en millièmes", "avertissement"),
    # --- what is shown ---
    Cas("date montrée en euros", "valeur: campagne.fin\n      unite: date", "valeur: campagne.fin\n      unite: euros", "valeur: campagne.fin", "« valeur » est une date, mais la garde « campagne_en_cours » le montre en euros"),
    Cas("montant montré en nombre", "seuil: budget.aide_etude.disponible\n            unite: euros", "seuil: budget.aide_etude.disponible\n            unite: nombre", "seuil: budget.aide_etude.disponible", "est un montant en centimes, mais la garde « enveloppe_etude » le montre en nombre", "avertissement"),
    Cas("montant sans unité", "valeur: donnees.cout_reel\n            unite: euros\n            raison: Déclarez", "valeur: donnees.cout_reel\n            raison: Déclarez", "valeur: donnees.cout_reel\n            raison", "ne dit pas l’unité à montrer", "avertissement"),
    # --- words that do not exist ---
    Cas("décision jamais prise", 'quand: dossier.decision == "ajourne"', 'quand: dossier.decision == "ajourné"', "ajourné\"", "la décision « ajourné » n’existe pas"),
    Cas("nature inconnue", 'quand: donnees.nature == "aide_projet"', 'quand: donnees.nature == "aide_projets"', "aide_projets", "l’aide « aide_projets » n’existe pas"),
    Cas("genre de territoire inconnu", 'k in ["QPV", "NPNRU"]', 'k in ["QPV", "NPRU"]', '"NPRU"', "le genre de territoire « NPRU » n’existe pas"),
    Cas("rôle inconnu", GARDE, "si: acteur.role == 'agents'", "acteur.role ==", "le rôle « agents » n’existe pas"),
    Cas("état inconnu", GARDE, "si: dossier.etat != 'clôs'", "dossier.etat !=", "l’état « clôs » n’existe pas"),
    Cas("choix inconnu", GARDE, "si: dossier.reponses.foncier != 'trouvé'", "dossier.reponses.foncier", "le choix de « foncier » « trouvé » n’existe pas"),
    Cas("pièce inconnue dans une recherche", GARDE, "si: pieces.deposees.exists(p, p == 'rapport')", "pieces.deposees.exists", "la pièce « rapport » n’existe pas"),
    # --- conditions that never or always hold ---
    Cas("condition jamais vraie", QUAND, "quand: budget.aide_etude.a_reverser > 5 && budget.aide_etude.a_reverser < 5", "a_reverser > 5 &&", "cette condition n’est jamais vraie"),
    Cas("deux décisions à la fois", 'quand: donnees.decision == "liste"\n', 'quand: donnees.decision == "liste" && donnees.decision == "retenu"\n', '"liste" && donnees', "cette condition n’est jamais vraie"),
    Cas("garde toujours vraie", GARDE, "si: etude.volets_renvoyes == 0 || etude.volets_renvoyes != 0", "volets_renvoyes != 0", "cette condition est toujours vraie", "avertissement"),
    Cas("chiffres comparés entre eux", GARDE, "si: parametres.seuil_liste <= parametres.seuil_laureat", "si: parametres.seuil_liste <=", "cette condition est toujours vraie", "avertissement"),
    Cas("gardes contraires", "si: campagne.places_libres > 0\n            valeur", "si: campagne.places_libres > 0 && dossier.decision != \"laureat\"\n            valeur", "code: notifier_laureat", "n’est jamais possible : ses conditions se contredisent"),
    # --- nested beyond reason ---
    Cas("expression trop imbriquée", GARDE, f"si: {'(' * 99}true{')' * 99}", "si: ((((", "l’expression est refusée"),
]  # fmt: skip


@pytest.mark.parametrize("cas", CAS, ids=str)
def test_what_an_expression_says_wrongly_is_named_on_its_line(cas: Cas) -> None:
    controler(cas)


@pytest.mark.parametrize(
    "condition",
    [
        "has(donnees.cout_reel) && donnees.cout_reel > 0",
        "donnees.cout_reel == 5000",  # a number written as such bears no unit
        "donnees.cout_reel * 1000 <= budget.aide_etude.engage * parametres.taux_projet",
        "min(donnees.cout_reel, budget.aide_etude.engage) + 1 > 0",
        "maintenant < campagne.fin + duration('72h') && campagne.fin - maintenant > duration('1h')",
        "maintenant.getFullYear() >= 2026 && dossier.numero.startsWith('HP')",
        "territoire.codes.filter(c, c.contains('31')).size() > 0",
        "territoire.kinds.map(k, size(k)).exists(n, n > 2)",
        "dossier.reponses.nombre_logements > 3 && dossier.reponses.foncier in ['identifié', 'à trouver']",
        "dossier.rang == 0 ? donnees.cout_reel > 0 : etude.cout_reel > 0",
        "controles.recevabilite.bloquants + controles.recevabilite.completables == 0",
        "'clos' != dossier.etat || dossier.decision == ''",
        "territoire.codes + territoire.communes != territoire.regions",
    ],
)
def test_a_legitimate_condition_is_not_a_defect(condition: str) -> None:
    assert defauts_de(planter(GARDE, f'si: "{condition}"')) == []


def test_what_nobody_gave_is_an_empty_text_whatever_its_type() -> None:
    schema: Schema = {"donnees": {"comite": "entier"}, "dossier": {"rang": "entier"}}
    assert inferer(arbre('donnees.comite == "" || donnees.comite > 3'), schema)[1] == []
    assert [m.gravite for m in inferer(arbre('dossier.rang == ""'), schema)[1]] == ["erreur"]
