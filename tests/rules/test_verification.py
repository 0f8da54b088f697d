# ruff: noqa: E501 — one defect a line: the table is read across
"""Each kind of defect, planted in the règlement shipped, is refused with its line, its reason and a remedy."""

import pytest

from rules.defauts import ReglementRefuse
from rules.rapport import presenter
from rules.verification import exiger, verifier
from tests.rules.cas import Cas, controler
from tests.rules.support import HABITAT, MESSAGES, defauts_de, habitat, ligne_de, planter

CAS = [
    # --- names ---
    Cas("état inconnu à l’arrivée", "vers: projet_identifie\n", "vers: projet_identifi\n", "vers: projet_identifi\n", "« projet_identifi » n’existe pas"),
    Cas("état inconnu au départ", "de: [resilie_a_reverser]", "de: [resilie_a_rever]", "de: [resilie_a_rever]", "« resilie_a_rever » n’existe pas"),
    Cas("phase inconnue", "libelle: Brouillon, phase: sensibilisation", "libelle: Brouillon, phase: sensibilite", "phase: sensibilite", "la phase « sensibilite » n’existe pas"),
    Cas("phase sans état", "phases:\n", "phases:\n  - {code: suivi, libelle: Suivi, objet: Suivre}\n", "code: suivi,", "aucun état n’est dans la phase", "avertissement"),
    Cas("contrôle inconnu", "controle: delai_place", "controle: delai_plase", "controle: delai_plase", "le contrôle « delai_plase » n’existe pas"),
    Cas("échéance inconnue à l’ouverture", "{effet: ouvrir_echeance, echeance: bilan}", "{effet: ouvrir_echeance, echeance: bilans}", "echeance: bilans", "l’échéance « bilans » n’existe pas"),
    Cas("échéance inconnue à la fermeture", "echeances: [pieces, pieces_ultime]", "echeances: [pieces, pieces_ultimes]", "pieces_ultimes", "l’échéance « pieces_ultimes » n’existe pas"),
    Cas("source inconnue", "source: ami_freres,", "source: ami_soeurs,", "source: ami_soeurs", "la source « ami_soeurs » n’existe pas"),
    Cas("plafond qui n’est pas un paramètre", "plafond: plafond_projet\n", "plafond: plafond_projets\n", "plafond: plafond_projets", "le paramètre « plafond_projets » n’existe pas"),
    Cas("plafond qui est un taux", "plafond: plafond_projet\n", "plafond: taux_projet\n", "plafond: taux_projet", "est en taux, pas en euros"),
    Cas("état sans durée de conservation", "etats: [clos, resilie]", "etats: [clos]", "code: resilie, ", "combien de temps garder", "avertissement"),
    Cas("état à deux durées de conservation", "etats: [brouillon]", "etats: [clos]", "etats: [clos]", "deux durées de conservation"),
    Cas("pièce inconnue dans une garde", '\'!("bilan" in pieces.manquantes)\'', '\'!("bilans" in pieces.manquantes)\'', '"bilans" in', "la pièce « bilans » n’existe pas"),
    Cas("échéance inconnue dans une garde", '\'!("reponse_place" in echeances.depassees)\'', '\'!("reponse_plase" in echeances.depassees)\'', '"reponse_plase" in', "l’échéance « reponse_plase » n’existe pas"),
    Cas("état déclaré deux fois", "{code: desiste, libelle: Désisté, final: true}", "{code: abandonne, libelle: Désisté, final: true}", "libelle: Désisté", "l’état « abandonne » figure deux fois"),
    Cas("transition déclarée deux fois", "- code: fermer_liste\n", "- code: proposer_place\n", "- code: proposer_place\n        libelle: Fermer", "la transition « proposer_place » figure deux fois"),
    Cas("critère déclaré deux fois", "{code: vivre_ensemble,", "{code: mixite,", "libelle: Vivre-ensemble", "le critère « mixite » figure deux fois"),
    Cas("champ déclaré deux fois", "{code: partenaires, libelle", "{code: presentation, libelle", "Partenaires déjà", "le champ « presentation » figure deux fois"),
    # --- who may ---
    Cas("acte que personne ne peut faire", "acte: accepter_place\n        roles: [porteur]\n", "acte: accepter_place\n", "        acte: accepter_place\n", "personne ne peut faire l’acte"),
    Cas("automatique qui nomme des rôles", "        de: [a_completer]\n        vers: irrecevable\n", "        roles: [agent]\n        de: [a_completer]\n        vers: irrecevable\n", "roles: [agent]\n        de: [a_completer]\n        vers: irrecevable", "automatique « constater_pieces_absentes » nomme des rôles"),
    # --- ways ---
    Cas("état qu’on n’atteint pas", "- {code: desiste,", "- {code: oublie, libelle: Oublié, final: true}\n      - {code: desiste,", "code: oublie", "aucun chemin ne mène à l’état « oublie »"),
    Cas("état dont on ne sort pas", "libelle: Irrecevable, phase: sensibilisation, final: true}", "libelle: Irrecevable, phase: sensibilisation, attend: agent}", "code: irrecevable,", "on ne sort jamais de l’état « irrecevable »"),
    Cas("état final que l’on quitte", "libelle: Recevable, phase: sensibilisation, attend: agent,", "libelle: Recevable, phase: sensibilisation, final: true,", "code: recevable,", "l’état final « recevable » est quitté"),
    Cas("boucle sans issue", "- {code: repondue, libelle: Réclamation traitée, final: true}", "- {code: repondue, libelle: Réclamation traitée, attend: agent}", "code: repondue,", "on ne sort jamais"),
    Cas("création par un acte qui ne crée rien", "        de: [laureat]\n        vers: conventionne\n", "        vers: conventionne\n", "acte: signer_convention\n        roles: [agent]\n        vers", "ne part d’aucun état, mais son acte ne crée rien"),
    Cas("acte de création depuis un état", "        roles: [porteur, agent]\n        vers: brouillon\n", "        roles: [porteur, agent]\n        de: [desiste]\n        vers: brouillon\n", "de: [desiste]", "crée un sujet : il ne part d’aucun état"),
    Cas("automatique qui tourne sur place", "        de: [candidature_deposee]\n        vers: irrecevable\n        quand: controles.recevabilite.bloquants > 0\n", "        de: [candidature_deposee]\n        quand: controles.recevabilite.bloquants > 0\n", "code: declarer_irrecevable", "elle se répéterait sans fin"),
    Cas("transition jamais choisie", '        quand: donnees.decision == "retenu"\n', "", "code: mettre_en_liste_etude", "« mettre_en_liste_etude » n’est jamais choisie"),
    # --- expressions ---
    Cas("champ inconnu dans une garde", "si: notes.eliminatoires == 0", "si: notes.eliminatoire == 0", "si: notes.eliminatoire == 0", "le champ « notes.eliminatoire » n’existe pas"),
    Cas("donnée que l’acte n’apporte pas", "si: donnees.depenses_reelles >= 0", "si: donnees.depense >= 0", "si: donnees.depense >= 0", "le champ « donnees.depense » n’existe pas"),
    Cas("donnée lue sans acte", "quand: controles.delai_place.bloquants > 0", "quand: donnees.motif == ''", "quand: donnees.motif", "aucun acte n’est en cours"),
    Cas("paramètre inconnu", "seuil: parametres.seuil_liste", "seuil: parametres.seuil_listes", "seuil: parametres.seuil_listes", "« parametres.seuil_listes » n’existe pas"),
    Cas("réponse qu’aucun formulaire ne demande", "si: donnees.cout_prevu > 0", "si: dossier.reponses.surface > 0", "dossier.reponses.surface", "« dossier.reponses.surface » n’existe pas"),
    Cas("fonction inconnue", "si: etude.volets_renvoyes == 0", "si: arrondi(etude.volets_renvoyes) == 0", "arrondi(", "la fonction « arrondi » n’existe pas"),
    Cas("texte comparé à un nombre", "si: etude.volets_renvoyes == 0", "si: dossier.numero > 0", "si: dossier.numero > 0", "pas de même type"),
    Cas("condition qui n’est pas vraie ou fausse", "si: etude.volets_renvoyes == 0", "si: etude.volets_renvoyes", "si: etude.volets_renvoyes\n", "doit donner vrai ou faux"),
    Cas("montant qui n’est pas un nombre", "montant: dossier.montant_accorde}\n          - {effet: ouvrir_echeance, echeance: signature_projet}", "montant: dossier.decision}\n          - {effet: ouvrir_echeance, echeance: signature_projet}", "montant: dossier.decision}", "doit donner un nombre entier"),
    Cas("nombre à virgule", "si: donnees.montant_demande > 0", "si: donnees.montant_demande > 0.5", "> 0.5", "nombre à virgule"),
    Cas("syntaxe d’expression", "si: donnees.montant_demande > 0", "si: donnees.montant_demande >", "si: donnees.montant_demande >\n", "syntaxe incorrecte"),
    # --- delays and reminders ---
    Cas("délai à deux unités", "delai: {jours: 36}", "delai: {jours: 36, mois: 1}", "delai: {jours: 36, mois: 1}", "a 2 unité(s)"),
    Cas("délai sans unité", "delai: {jours: 36}", "delai: {}", "delai: {}", "a 0 unité(s)"),
    Cas("délai nul", "delai: {jours: 36}", "delai: {jours: 0}", "delai: {jours: 0}", "fini avant d’avoir couru"),
    Cas("heure impossible", "delai: {jours: 36}", "delai: {jours: 36, heure: '25:00:00'}", "25:00:00", "n’est pas une heure"),
    Cas("relance avant l’ouverture", "message: relance_pieces, jours: -7,", "message: relance_pieces, jours: -30,", "relance_pieces, jours: -30", "partirait avant l’ouverture"),
    Cas("deux relances le même jour", "message: relance_evaluation, jours_ouvres: 1}", "message: relance_evaluation, jours_ouvres: -5}", "{code: j_plus_1, message: relance_evaluation", "partent le même jour"),
    Cas("relance à deux unités", "message: relance_evaluation, jours_ouvres: 1}", "message: relance_evaluation, jours_ouvres: 1, jours: 1}", "jours_ouvres: 1, jours: 1", "une unité et une seule"),
    Cas("échéance jamais ouverte", "          - {effet: ouvrir_echeance, echeance: liquidation}\n", "", "code: liquidation", "rien n’ouvre l’échéance « liquidation »", "avertissement"),
    Cas("échéance jamais fermée", "          - {effet: fermer_echeances, echeances: [reponse_reclamation]}\n", "", "{effet: ouvrir_echeance, echeance: reponse_reclamation}", "peut rester ouverte quand le dossier finit en « repondue »"),
    Cas("échéance due par qui ne peut pas", "acte: demander_solde\n    role: porteur", "acte: demander_solde\n    role: evaluateur", "role: evaluateur\n    delai: {mois: 12}", "qu’aucune transition ne lui ouvre"),
    Cas("échéance par personne sans sollicitation", "          - {effet: demander_evaluations}\n          - {effet: ouvrir_echeance, echeance: evaluation}\n          - {effet: courriel, message: demande_evaluation", "          - {effet: ouvrir_echeance, echeance: evaluation}  # seule\n          - {effet: courriel, message: demande_evaluation", "# seule", "personne n’est encore sollicité"),
    # --- messages ---
    Cas("message inconnu", "message: place_acceptee,", "message: place_accepte,", "message: place_accepte,", "le message « place_accepte » n’existe pas"),
    Cas("message de relance inconnu", "{code: j_plus_30, message: relance_bilan,", "{code: j_plus_30, message: relance_bilans,", "relance_bilans", "le message « relance_bilans » n’existe pas"),
    Cas("acte annoncé à personne", "        sans_courriel: La validation des six parties est annoncée ensemble\n", "", "code: valider_volet", "n’est annoncé à personne", "avertissement"),
    Cas("raison avec un trou que rien ne remplit", "{valeur} critère(s) sous la barre", "{nombre} critère(s) sous la barre", "{nombre} critère(s)", "que rien ne remplira"),
    Cas("raison qui montre un seuil absent", "{valeur} critère(s) sous la barre", "{seuil} critère(s) sous la barre", "{seuil} critère(s)", "la garde n’a pas de « seuil »"),
    # --- means and figures ---
    Cas("aide non déclarée", "  - nature: aide_projet\n    libelle: Aide au démonstrateur", "  - nature: participation\n    libelle: Aide au démonstrateur", "montant: dossier.montant_accorde}\n          - {effet: ouvrir_echeance, echeance: signature_projet}", "l’aide « aide_projet » n’est pas déclarée"),
    Cas("payer sans engager", "{effet: engager_montant, nature: aide_etude, montant: donnees.montant_accorde}", "{effet: engager_montant, nature: aide_projet, montant: donnees.montant_accorde}", "      - effet: ordonner_versement\n            nature: aide_etude\n            motif: acompte", "que rien n’engage"),
    Cas("champ de choix sans choix", "type: choix, obligatoire: false,\n         choix: [identifié, en cours de recherche, à trouver]", "type: choix, obligatoire: false", "code: foncier, libelle", "ne propose aucun choix"),
    Cas("état sans personne attendue", "libelle: Brouillon, phase: sensibilisation, attend: porteur", "libelle: Brouillon, phase: sensibilisation", "libelle: Brouillon,", "qui doit le prochain acte", "avertissement"),
    Cas("pièce d’un acte qu’on ne fait pas", "acte: demander_solde\n    types", "acte: rendre_compte_action\n    types", "pas de défaut", ""),
    Cas("poids qui ne font pas 100", "libelle: Mixité sociale et culturelle, poids: 10", "libelle: Mixité sociale et culturelle, poids: 11", "  criteres:", "font 101, pas 100"),
    Cas("barre hors de l’échelle", "culturelle, poids: 10, hypothese: true}", "culturelle, poids: 10, eliminatoire_sous: 7, hypothese: true}", "eliminatoire_sous: 7", "n’est pas sur l’échelle"),
    Cas("plus d’évaluations que d’évaluateurs", "  evaluations_minimales: 2  #", "  evaluations_minimales: 4  #", "  evaluations_minimales: 4  #", "plus d’évaluations rendues que d’évaluateurs"),
    Cas("décision sans quorum", "gardes: [*quorum_si_comite, *motif_donne]\n        effets:\n          - {effet: fermer_echeances, echeances: [reponse_demande]}", "gardes: [*motif_donne]\n        effets:\n          - {effet: fermer_echeances, echeances: [reponse_demande]}", "acte: selectionner\n        roles: [agent]\n        de: [recevable]\n", "décide sans regarder le quorum du comité"),
    Cas("quorum hors d’atteinte", "  quorum: 3\n", "  quorum: 6\n", "  quorum: 6\n", "le quorum (6) dépasse"),
    Cas("chiffre sans source", "valeur: 1500, unite: euros, hypothese: true,", "valeur: 1500, unite: euros,", "  plafond_action:", "n’a pas de source"),
    Cas("chiffre sourcé et supposé", "source: ami_freres,", "source: ami_freres, hypothese: true,", "source: ami_freres, hypothese: true", "à la fois sourcé et supposé", "avertissement"),
    Cas("taux au-dessus de un", "valeur: 0.80, unite: taux, hypothese: true, article: \"art. 10.1\"", "valeur: 80, unite: taux, hypothese: true, article: \"art. 10.1\"", "valeur: 80,", "doit être entre 0 et 1"),
    Cas("seuil au-dessus de cent", "valeur: 60, unite: points", "valeur: 600, unite: points", "valeur: 600,", "doit être entre 0 et 100"),
    Cas("montant plus fin que le centime", "valeur: 1500, unite: euros", "valeur: 1500.005, unite: euros", "valeur: 1500.005", "plus précis"),
]  # fmt: skip
SANS_DEFAUT = [cas for cas in CAS if not cas.raison]
AVEC_DEFAUT = [cas for cas in CAS if cas.raison]


def test_the_reglement_shipped_is_clean() -> None:
    assert verifier(habitat(), messages_connus=MESSAGES) == []
    assert exiger(habitat(), messages_connus=MESSAGES).origine == str(HABITAT)


@pytest.mark.parametrize("cas", AVEC_DEFAUT, ids=str)
def test_a_planted_defect_is_named_with_its_line_reason_and_remedy(cas: Cas) -> None:
    controler(cas)


@pytest.mark.parametrize("cas", SANS_DEFAUT, ids=str)
def test_a_legitimate_change_is_not_a_defect(cas: Cas) -> None:
    assert defauts_de(planter(cas.avant, cas.apres)) == []


def test_a_loop_with_no_way_to_a_final_etat_is_named() -> None:
    texte = planter(
        "      - {code: repondue, libelle: Réclamation traitée, final: true}\n    transitions:\n",
        "      - {code: repondue, libelle: Réclamation traitée, attend: agent}\n    transitions:\n"
        "      - {code: rouvrir, libelle: Rouvrir, article: x, acte: repondre_reclamation, roles: [agent],\n"
        "         de: [repondue], vers: recue, sans_courriel: rien à dire}\n",
    )
    raisons = [(d.ligne, d.raison) for d in defauts_de(texte)]
    assert any(
        ligne == ligne_de(texte, "code: recue,") and "tourne en rond sans jamais atteindre" in raison
        for ligne, raison in raisons
    )


def test_automatic_transitions_that_chase_each_other_are_named() -> None:
    texte = planter(
        "      # === 12. Abandon",
        "      - {code: aller, libelle: Aller, article: x, de: [evalue], vers: delibere}\n"
        "      - {code: retour, libelle: Retour, article: x, de: [delibere], vers: evalue}\n"
        "      # === 12. Abandon",
    )
    raisons = [d.raison for d in defauts_de(texte) if d.ligne == ligne_de(texte, "{code: aller,")]
    assert any("tournent sans fin : « delibere » → « evalue »" in raison for raison in raisons)


def test_what_an_act_needs_must_be_declared() -> None:
    texte = planter("comite:\n  membres: [", "# comite:\n# membres: [")
    avant, _, reste = texte.partition("  quorum: 3\n")
    texte = avant + reste.replace("  deport_obligatoire: true\n  hypothese: true\n", "", 1)
    lignes = texte.split("\n")
    accuses = [d.ligne for d in defauts_de(texte) if "demande la rubrique « comite »" in d.raison]
    assert accuses == [rang for rang, ligne in enumerate(lignes, 1) if ligne.strip() == "acte: deliberer"]


def test_a_reglement_that_says_no_way_of_a_dossier_is_refused() -> None:
    texte = HABITAT.read_text(encoding="utf-8")
    debut, fin = texte.index("  dossier:\n    etats:"), texte.index("  reclamation:\n    etats:")
    refus = [d for d in defauts_de(texte[:debut] + texte[fin:]) if "ne dit pas le chemin d’un dossier" in d.raison]
    assert [(d.gravite, d.chemin, d.ligne) for d in refus] == [("erreur", "sujets", texte[:debut].count("\n"))]


def test_evaluations_want_a_grille() -> None:
    texte = HABITAT.read_text(encoding="utf-8")
    sans = texte[: texte.index("grille:\n  note_min")] + texte[texte.index("comite:\n  membres") :]
    refus = {d.raison for d in defauts_de(sans) if "demande une grille, qui manque" in d.raison}
    assert {raison.split("«")[1].split("»")[0].strip() for raison in refus} == {
        "demander_evaluations",
        "clore_evaluations",
    }


def test_without_the_catalogue_messages_are_not_checked() -> None:
    assert verifier(habitat()) == []


def test_a_reglement_with_errors_is_refused_with_all_of_them() -> None:
    with pytest.raises(ReglementRefuse) as refus:
        exiger(habitat(), messages_connus=MESSAGES - {"laureat", "rejet"})
    assert {("laureat" in d.raison, "rejet" in d.raison) for d in refus.value.defauts} == {(True, False), (False, True)}


def test_defects_are_told_as_file_line_gravity_reason_remedy() -> None:
    texte = planter("  quorum: 3\n", "  quorum: 6\n")
    ligne = ligne_de(texte, "  quorum: 6\n")
    assert presenter(defauts_de(texte)) == (
        f"essai.yaml:{ligne}: erreur : le quorum (6) dépasse le nombre de membres (5) — "
        "Baissez le quorum, ou complétez les membres.\n1 erreur, 0 avertissement."
    )
