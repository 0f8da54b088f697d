# ruff: noqa: E501 — one defect a line: the table is read across
"""Échéances, relances and what moves by itself: defects planted in the règlement shipped, named on their line."""

import pytest

from rules.modele import Transition
from rules.ouvertures import parcourir_ouvertures
from tests.rules.cas import Cas, controler
from tests.rules.support import defauts_de, habitat, planter

ULTIME = "    delai: {jours: 36}  # les 21 jours ci-dessus, puis quinze jours\n"
PLACE = "    role: porteur\n    delai: {jours: 15}\n"
COMPLEMENT = '      - {code: j_moins_7, message: relance_livrable, jours: -7, destinataires: [porteur, accompagnateur]}\n    article: "art. 9.3"'

CAS = [
    # --- overlapping échéances ---
    Cas("échéance rouverte en boucle", "echeances: [pieces, pieces_ultime]}", "echeances: [pieces_ultime]}", "- {effet: ouvrir_echeance, echeance: pieces}", "l’échéance « pieces » peut déjà être ouverte quand on l’ouvre depuis « candidature_deposee »"),
    Cas("échéance ouverte par un acte qui se répète", "          - {effet: courriel, message: volet_renvoye, destinataires: [accompagnateur]}\n", "          - {effet: courriel, message: volet_renvoye, destinataires: [accompagnateur]}\n          - {effet: ouvrir_echeance, echeance: remise_volets}  # encore\n", "# encore", "l’échéance « remise_volets » peut déjà être ouverte quand on l’ouvre depuis « etude_en_cours »"),
    Cas("même échéance deux fois dans un acte", "          - {effet: ouvrir_echeance, echeance: etude}\n", "          - {effet: ouvrir_echeance, echeance: etude}\n          - {effet: ouvrir_echeance, echeance: etude}  # encore\n", "# encore", "ce même effet figure deux fois"),
    Cas("deux échéances jumelles", ULTIME, "    delai: {jours: 21}\n", "          - {effet: ouvrir_echeance, echeance: pieces_ultime}", "attendent le même acte « completer » du même rôle « porteur » pour le même jour"),
    Cas("acte fait sans fermer son échéance", "          - {effet: fermer_echeances, echeances: [bilan]}\n", "", "code: demander_solde", "est l’acte que « bilan » attend, et ne la ferme pas", "avertissement"),
    Cas("attente sans échéance", "          - {effet: ouvrir_echeance, echeance: signature_etude}\n", "", "{code: retenu_etude,", "l’état « retenu_etude » attend le rôle « agent », mais « retenir_etude » y mène sans", "avertissement"),
    Cas("attente sans échéance depuis un seul côté", "          - {effet: ouvrir_echeance, echeance: reponse_place}\n", "", "{code: place_proposee,", "« proposer_place » y mène sans qu’aucune échéance", "avertissement"),
    Cas("explication d’une attente qui a sa date", "libelle: Ajourné, phase: scoring, attend: porteur}", "libelle: Ajourné, phase: scoring, attend: porteur,\n         sans_echeance: aucune}", "sans_echeance: aucune", "dit n’avoir pas d’échéance, mais", "avertissement"),
    Cas("échéance regardée où elle n’est pas ouverte", "        controle: delai_place\n", "        controle: delai_complement\n", "controle: delai_complement", "regarde l’échéance « complement_etude », jamais ouverte à ce moment", "avertissement"),
    # --- delays that no calendar holds ---
    Cas("délai négatif", ULTIME, "    delai: {jours: -36}\n", "delai: {jours: -36}", "fini avant d’avoir couru"),
    Cas("jours à la place de mois", "    delai: {mois: 12}\n    relances:\n      - {code: j_moins_30, message: relance_bilan", "    delai: {mois: 365}\n    relances:\n      - {code: j_moins_30, message: relance_bilan", "delai: {mois: 365}", "est bien long : 365 mois", "avertissement"),
    Cas("un an de jours ouvrés et plus", ULTIME, "    delai: {jours_ouvres: 300}\n", "jours_ouvres: 300", "est bien long : 300 jours ouvres", "avertissement"),
    Cas("délai hors du calendrier", ULTIME, "    delai: {jours: 999999}\n", "jours: 999999", "est bien long"),
    Cas("heure de relance impossible", "{code: j_plus_30, message: relance_bilan, jours: 30}", "{code: j_plus_30, message: relance_bilan, jours: 30, heure: '9h'}", "heure: '9h'", "« 9h » n’est pas une heure"),
    # --- reminders ---
    Cas("relances d’unités différentes le même jour", "{code: j_plus_1, message: relance_evaluation, jours_ouvres: 1}", "{code: j_plus_1, message: relance_evaluation, jours: -7}", "message: relance_evaluation, jours: -7", "tombent le plus souvent le même jour", "avertissement"),
    Cas("relance après l’échéance suivante", "message: relance_pieces, jours: 3,", "message: relance_pieces, jours: 15,", "message: relance_pieces, jours: 15,", "part quand « pieces_ultime », qui attend le même acte, est déjà passée"),
    Cas("relance après l’expiration", PLACE, "    role: porteur\n    delai: {jours: 15}\n    relances: [{code: tard, message: relance_bilan, jours: 2}]\n", "code: tard", "ne partira jamais : dès que « reponse_place » est dépassée, « laisser_passer_place »"),
    Cas("relance après un délai compté par un contrôle", COMPLEMENT, "      - {code: j_plus_7, message: relance_livrable, jours: 7, destinataires: [porteur, accompagnateur]}\n    article: \"art. 9.3\"", "code: j_plus_7", "ne partira jamais : dès que « complement_etude » est dépassée"),
    Cas("signe perdu d’une relance", "{code: j_moins_5, message: relance_evaluation, jours_ouvres: -5}", "{code: j_moins_5, message: relance_evaluation, jours_ouvres: 5}", "jours_ouvres: 5}", "part à +5 jours de « evaluation », et non -5", "avertissement"),
    Cas("relance à plus d’un an", "message: relance_bilan, jours: 30}", "message: relance_bilan, jours: 500}", "jours: 500}", "part à plus d’un an", "avertissement"),
    # --- what moves by itself ---
    Cas("automatismes dus ensemble", "quand: controles.recevabilite.bloquants == 0 && controles.recevabilite.completables > 0\n", "quand: controles.recevabilite.completables > 0\n", "        quand: controles.recevabilite.bloquants > 0\n", "« demander_pieces » (ligne", "avertissement"),
    Cas("automatismes qui se touchent", "          < budget.aide_etude.paye\n", "          <= budget.aide_etude.paye\n", "        quand: >-\n          etude.volets_valides == etude.volets_attendus\n          && min(budget.aide_etude.engage, proportion(budget.aide_etude.engage, etude.cout_reel, dossier.cout_prevu))\n          <= budget", "peuvent être dues en même temps depuis « etude_deposee »", "avertissement"),
    Cas("automatisme que rien n’empêche plus", "        quand: controles.liste_ouverte.bloquants > 0\n", "        quand: maintenant >= campagne.ouverture\n", "quand: maintenant >= campagne.ouverture", "peuvent être dues en même temps depuis « liste_complementaire »", "avertissement"),
    Cas("acte masqué par un autre plus large", 'quand: donnees.decision == "retenu"', 'quand: donnees.decision != "non_retenu"', "code: mettre_en_liste_etude", "« retenir_etude » (ligne"),
    Cas("acte masqué par plusieurs", "        quand: budget.aide_projet.paye <= budget.aide_projet.reverse\n", "        quand: budget.aide_projet.paye > budget.aide_projet.reverse + 0 && budget.aide_projet.paye > budget.aide_projet.reverse\n", "code: resilier_projet_non_verse", "« resilier_projet » (ligne"),
]  # fmt: skip


@pytest.mark.parametrize("cas", CAS, ids=str)
def test_a_defect_of_time_is_named_on_its_line(cas: Cas) -> None:
    controler(cas)


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        # A reminder after the échéance that follows for another act is of use.
        ("{code: j_plus_30, message: relance_bilan, jours: 30}", "{code: tard, message: relance_bilan, jours: 40}"),
        # An overdue evaluation is not closed at once: too few may have been rendered.
        (
            "{code: j_plus_1, message: relance_evaluation, jours_ouvres: 1}",
            "{code: tard, message: relance_evaluation, jours_ouvres: 6}",
        ),
        # Two ways of writing conditions that exclude each other.
        (
            "        quand: controles.recevabilite.bloquants > 0\n",
            "        quand: controles.recevabilite.bloquants != 0\n",
        ),
        (
            "        quand: controles.delai_place.bloquants > 0\n",
            "        quand: '\"reponse_place\" in echeances.depassees'\n",
        ),
        (
            "maintenant <= campagne.fin\n          && dossier.montant_accorde",
            "!(campagne.fin < maintenant)\n          && dossier.montant_accorde",
        ),
    ],
)
def test_a_legitimate_change_is_not_a_defect(avant: str, apres: str) -> None:
    assert defauts_de(planter(avant, apres)) == []


def test_automatic_transitions_that_may_chase_each_other_are_a_warning_unless_they_exclude_each_other() -> None:
    anneau = (
        "      - {{code: aller, libelle: Aller, article: x, de: [evalue], vers: delibere, quand: notes.total > 0}}\n"
        "      - {{code: retour, libelle: Retour, article: x, de: [delibere], vers: evalue, quand: notes.total {}}}\n"
        "      # === 12. Abandon"
    )
    tourne = defauts_de(planter("      # === 12. Abandon", anneau.format("> 5")))
    assert [d.gravite for d in tourne if "peuvent tourner sans fin" in d.raison] == ["avertissement"]
    s_exclut = defauts_de(planter("      # === 12. Abandon", anneau.format("== 0")))
    assert [d for d in s_exclut if "tourner sans fin" in d.raison] == []


def test_a_file_with_more_transitions_than_can_be_compared_says_so() -> None:
    modele = (
        "      - {{code: t{0}, libelle: T, article: x, acte: valider_volet, roles: [agent], de: [evalue],"
        " quand: dossier.rang == {0}, sans_courriel: x}}\n"
    )
    nombreuses = "".join(modele.format(rang) for rang in range(460))
    defauts = defauts_de(planter("      # === 12. Abandon", f"{nombreuses}      # === 12. Abandon"))
    assert [(d.gravite, d.chemin) for d in defauts] == [("avertissement", "sujets.dossier.transitions")]
    assert "trop de transitions" in defauts[0].raison


def test_an_echeance_opened_once_by_its_own_condition_does_not_overlap() -> None:
    rouvre = (
        "      - {{code: relancer, libelle: Relancer, article: x, acte: valider_volet, roles: [agent],\n"
        "         de: [etude_en_cours], quand: {}, sans_courriel: rien,\n"
        "         effets: [{{effet: ouvrir_echeance, echeance: remise_volets}}]}}\n"
        "      - code: deposer_volet\n"
    )

    def chevauche(condition: str) -> bool:
        texte = planter("      - code: deposer_volet\n", rouvre.format(condition))
        return any("peut déjà être ouverte" in d.raison for d in defauts_de(texte))

    assert chevauche("dossier.rang == 0")
    assert not chevauche("'!(\"remise_volets\" in echeances.ouvertes)'")


def test_what_may_be_open_is_found_by_walking_every_way() -> None:
    reglement = habitat().reglement
    workflow = reglement.workflow("dossier")
    ouvertures = parcourir_ouvertures(workflow, reglement.echeances)
    assert ouvertures.par_etat["a_completer"] == {"pieces", "pieces_ultime", "reponse_demande", "avis"}
    assert ouvertures.par_etat["candidature_deposee"] == {"avis"}
    assert ouvertures.par_etat["clos"] == {"reversement_etude"}
    rendre: Transition = workflow.transition_par_code["rendre_evaluation"]
    assert "evaluation" in ouvertures.apres(rendre, "en_evaluation"), "one evaluator's act leaves the others' open"
