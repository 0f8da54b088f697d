# ruff: noqa: E501 — one defect a line: the table is read across
"""What is declared twice, for nothing, out of bounds or for nobody: defects planted in the règlement shipped."""

import pytest

from ami.types_fichier import ALIAS, MIME
from rules.verif_moyens import TYPES_DE_FICHIER
from tests.rules.cas import Cas, controler
from tests.rules.support import HABITAT, defauts_de, planter

CAS = [
    # --- for nothing ---
    Cas("paramètre mort", "parametres:\n", "parametres:\n  oublie: {libelle: Oublié, valeur: 3, unite: nombre, hypothese: true, article: \"art. 1\"}\n", "  oublie:", "aucune règle n’utilise le paramètre « oublie »", "avertissement"),
    Cas("paramètre dit sans effet et utilisé", "valeur: 50, unite: points,", "valeur: 50, unite: points, sans_effet: aucun,", "sans_effet: aucun", "dit sans effet, mais une règle l’utilise", "avertissement"),
    Cas("contrôle que rien ne nomme", "controles:\n", "controles:\n  oubli:\n    - {code: rien, libelle: Rien, article: x, si: dossier.rang > 0, raison: Rien}\n", "  oubli:", "aucune transition n’utilise le contrôle « oubli »", "avertissement"),
    Cas("article manquant d’un paramètre", 'valeur: 1500, unite: euros, hypothese: true, article: "art. 2.3"', "valeur: 1500, unite: euros, hypothese: true", "  plafond_action:", "« plafond_action » ne dit pas de quel article", "avertissement"),
    Cas("article manquant d’une échéance", "    delai: {jours: 14, a_partir_de: donnees.date}  # quatorze jours après l’action\n    relances:\n      - {code: j_moins_7, message: relance_compte_rendu, jours: -7}\n    article: \"art. 2.4\"\n", "    delai: {jours: 14, a_partir_de: donnees.date}  # quatorze jours après l’action\n    relances:\n      - {code: j_moins_7, message: relance_compte_rendu, jours: -7}\n", "- code: compte_rendu", "« compte_rendu » ne dit pas de quel article", "avertissement"),
    # --- twice ---
    Cas("rôle écrit deux fois", "roles: [accompagnateur, porteur]\n        de: [etude_en_cours, etude_deposee, ajourne]", "roles: [accompagnateur, accompagnateur]\n        de: [etude_en_cours, etude_deposee, ajourne]", "roles: [accompagnateur, accompagnateur]", "« accompagnateur » figure deux fois"),
    Cas("membre du comité deux fois", "membres: [Habitat Participatif France, RAHP,", "membres: [RAHP, RAHP,", "membres: [RAHP, RAHP", "« RAHP » figure deux fois"),
    Cas("pièce déclarée deux fois", "  - code: budget_previsionnel\n", "  - code: deliberation\n", "code: deliberation\n    libelle: Budget", "la pièce « deliberation » figure deux fois"),
    Cas("relance déclarée deux fois", "{code: j_plus_30, message: relance_bilan,", "{code: j_moins_7, message: relance_bilan,", "{code: j_moins_7, message: relance_bilan, jours: 30}", "la relance « j_moins_7 » figure deux fois"),
    Cas("aide déclarée deux fois", "  - nature: aide_projet\n    libelle: Aide au démonstrateur", "  - nature: aide_etude\n    libelle: Aide au démonstrateur", "- nature: aide_etude\n    libelle: Aide au dém", "l’aide « aide_etude » figure deux fois"),
    Cas("paiement écrit deux fois", "          - {effet: constater_reversement, nature: aide_etude}\n", "          - {effet: constater_reversement, nature: aide_etude}\n          - {effet: constater_reversement, nature: aide_etude}  # encore\n", "# encore", "ce même effet figure deux fois"),
    Cas("question de deux formulaires", "pieces:\n  - code: deliberation\n", "  complement:\n    libelle: Complément\n    acte: completer\n    champs: [{code: presentation, libelle: Encore, type: texte}]\npieces:\n  - code: deliberation\n", "champs: [{code: presentation", "existe déjà dans le formulaire « candidature »"),
    Cas("courriel reçu deux fois", "          - {effet: courriel, message: reversement_recu, destinataires: [accompagnateur]}\n", "          - {effet: courriel, message: reversement_recu, destinataires: [accompagnateur]}\n          - {effet: courriel, message: reversement_recu, destinataires: [porteur, accompagnateur]}\n", "[porteur, accompagnateur]}\n\n      # === 7. Évaluation", "recevrait deux fois le message", "avertissement"),
    Cas("garde déjà dans le contrôle", "        controle: delai_place\n", "        controle: delai_place\n        gardes: [{code: reponse_dans_le_delai, libelle: Encore, article: x, si: dossier.rang > 0, raison: Non}]\n", "gardes: [{code: reponse_dans_le_delai", "existe déjà dans le contrôle « delai_place »", "avertissement"),
    # --- for nobody ---
    Cas("sollicités par un autre acte", "message: etude_validee, destinataires: [porteur, accompagnateur]", "message: etude_validee, destinataires: [porteur, evaluateurs_sollicites]", "[porteur, evaluateurs_sollicites]", "« evaluateurs_sollicites » ne désigne jamais personne ici : cette transition n’a pas l’effet"),
    Cas("acteur d’un automatisme", "message: recevabilite, destinataires: [porteur]}\n\n      - code: declarer_irrecevable", "message: recevabilite, destinataires: [acteur]}\n\n      - code: declarer_irrecevable", "destinataires: [acteur]}\n\n      - code: declarer_irrecevable", "une transition automatique n’a pas d’acteur"),
    Cas("réclamant hors d’une réclamation", "message: deport_confirme, destinataires: [acteur]", "message: deport_confirme, destinataires: [reclamant]", "[reclamant]}\n          - {effet: courriel, message: demande_evaluation", "ce n’est pas une réclamation"),
    Cas("acteur d’une relance", "message: relance_pieces, jours: 3, destinataires: [porteur, accompagnateur]", "message: relance_pieces, jours: 3, destinataires: [acteur]", "jours: 3, destinataires: [acteur]", "une relance part d’elle-même"),
    Cas("réclamant relancé sur un dossier", "message: relance_pieces, jours: 3, destinataires: [porteur, accompagnateur]", "message: relance_pieces, jours: 3, destinataires: [reclamant]", "jours: 3, destinataires: [reclamant]", "ce n’est pas une réclamation"),
    Cas("automatisme qui ne le dit à personne", '        sans_courriel: "Le comité est convoqué à sa séance, la note n’est annoncée qu’avec la décision"\n', "", "code: clore_evaluation", "concerne le rôle « membre_comite », mais ne l’annonce à personne", "avertissement"),
    Cas("dossier terminé sans un mot", "          - {effet: fermer_echeances, echeances: [reponse_place]}\n          - {effet: courriel, message: place_non_acceptee, destinataires: [porteur, accompagnateur]}\n", "          - {effet: fermer_echeances, echeances: [reponse_place]}\n", "code: laisser_passer_place", "concerne le porteur d’un dossier qui se termine", "avertissement"),
    Cas("évaluateurs sollicités sans le savoir", "          - {effet: courriel, message: deport_confirme, destinataires: [acteur]}\n          - {effet: courriel, message: demande_evaluation, destinataires: [evaluateurs_sollicites]}\n", "          - {effet: courriel, message: deport_confirme, destinataires: [acteur]}\n", "code: se_deporter", "sollicite des personnes (« demander_evaluations ») sans le leur dire", "avertissement"),
    Cas("porteur attendu sans le savoir", "message: place_proposee, destinataires: [porteur, accompagnateur]", "message: place_proposee, destinataires: [accompagnateur]", "code: proposer_place", "on attend le rôle « porteur », à qui rien n’est dit", "avertissement"),
    # --- money ---
    Cas("payer avant d’engager", "          - {effet: fermer_echeances, echeances: [reponse_interet]}\n", "          - {effet: fermer_echeances, echeances: [reponse_interet]}\n          - {effet: ordonner_versement, nature: aide_etude, motif: acompte, montant: donnees.cout_prevu}\n", "          - {effet: ordonner_versement, nature: aide_etude, motif: acompte", "« ordonner_versement » porte sur l’aide « aide_etude », que rien n’engage avant"),
    Cas("reversement que rien ne redemande", "          - effet: demander_reversement\n            nature: aide_etude\n            montant: >-\n              budget.aide_etude.paye\n              - min(budget.aide_etude.engage, proportion(budget.aide_etude.engage, etude.cout_reel, dossier.cout_prevu))\n", "", "- {effet: constater_reversement, nature: aide_etude}", "rien ne redemande de l’aide « aide_etude »"),
    Cas("argent retenu par un dossier fini", "        vers: desiste\n        quand: controles.delai_place.bloquants > 0\n        effets:\n          - {effet: liberer_montant, nature: aide_projet}\n", "        vers: desiste\n        quand: controles.delai_place.bloquants > 0\n        effets:\n", "{code: desiste,", "finir en « desiste » en gardant engagé ce qui n’est pas versé de « aide_projet »", "avertissement"),
    Cas("paiement sans regarder la convention", "montant: donnees.montant_accorde}\n          - {effet: fermer_echeances, echeances: [reponse_demande]}\n", "montant: donnees.montant_accorde}\n          - {effet: ordonner_versement, nature: aide_etude, motif: acompte, montant: budget.aide_etude.engage}  # trop tôt\n          - {effet: fermer_echeances, echeances: [reponse_demande]}\n", "# trop tôt", "l’aide « aide_etude » peut être versée depuis « recevable » sans que rien ne regarde si sa convention est signée", "avertissement"),
    Cas("aide sans plafond vérifié", "aides:\n", "aides:\n  - {nature: participation, libelle: Participation, beneficiaire: porteur, plafond: plafond_libre}\n", "plafond: plafond_libre", "le paramètre « plafond_libre » n’existe pas"),
    # --- places and lists ---
    Cas("liste qui occupe une place", "liste_ordonnee: true, attend: systeme}", "liste_ordonnee: true, attend: systeme, occupe_place: true}", "attend: systeme, occupe_place: true", "attend une place et en occupe déjà une"),
    Cas("place prise sans compter", "            si: campagne.places_libres > 0\n", "            si: campagne.places > 0\n", "        vers: laureat\n        quand: dossier.decision", "prend une place sans regarder s’il en reste", "avertissement"),
    Cas("liste qui ne mène à rien", "attend: porteur, occupe_place: true}\n      - {code: non_retenu,", "attend: porteur}\n      - {code: non_retenu,", "{code: liste_complementaire,", "aucune transition ne mène de la liste « liste_complementaire » à un état qui occupe une place", "avertissement"),
    Cas("seuils inversés", "valeur: 50, unite: points", "valeur: 65, unite: points", "valeur: 65, unite: points", "la liste d’attente demande 65 points (« deliberer_liste »), plus que la place elle-même : 60 (« deliberer_laureat »"),
    Cas("seuils inversés par la garde", "si: notes.total >= parametres.seuil_liste", "si: notes.total >= 70000", "si: notes.total >= 70000", "la liste d’attente demande 70 points"),
    Cas("rang d’une liste qui n’existe pas", "liste_ordonnee: true, attend: systeme}", "attend: systeme}", "        quand: >-\n          campagne.places_libres > 0", "aucun état ne dit « liste_ordonnee: true »", "avertissement"),
    Cas("décision jamais notifiée", "        quand: dossier.decision == \"ajourne\"\n", "        quand: dossier.decision == \"non_retenu\" && dossier.rang > 0\n", "quand: donnees.decision == \"ajourne\"", "la décision « ajourne » mène à « delibere », où aucune transition ne l’attend"),
    Cas("décision qui ne mène à rien", "        de: [evalue]\n        vers: delibere\n", "        de: [evalue]\n", "quand: dossier.decision == \"ajourne\"", "attend la décision « ajourne », que rien n’amène à « delibere »", "avertissement"),
    # --- means ---
    Cas("formulaire d’un acte sans réponses", "    acte: deposer_candidature\n    champs:", "    acte: selectionner\n    champs:", "    acte: selectionner\n    champs:", "l’acte « selectionner » ne reçoit pas de réponses"),
    Cas("pièce d’un acte d’une réclamation", "acte: demander_solde\n    types", "acte: reclamer\n    types", "acte: reclamer\n    types", "qu’aucune transition du dossier n’ouvre", "avertissement"),
    Cas("type de fichier inconnu", "types: [pdf]\n    taille_max_mo: 30", "types: [pfd]\n    taille_max_mo: 30", "types: [pfd]", "le type de fichier « pfd » n’existe pas"),
    Cas("pièce sans type de fichier", "types: [pdf]\n    taille_max_mo: 30", "types: []\n    taille_max_mo: 30", "types: []", "n’admet aucun type de fichier"),
    Cas("réponse sans longueur", "type: texte, longueur_max: 300", "type: texte, longueur_max: -300", "longueur_max: -300", "aurait au plus -300 caractères"),
    Cas("plafond en points", "plafond: plafond_projet\n    taux_max: taux_projet", "plafond: seuil_laureat\n    taux_max: taux_projet", "plafond: seuil_laureat", "est en points, pas en euros"),
    Cas("taux négatif", "valeur: 0.50, unite: taux, hypothese: true, article: \"art. 6.3\"", "valeur: -0.50, unite: taux, hypothese: true, article: \"art. 6.3\"", "valeur: -0.50", "doit être entre 0 et 1"),
    Cas("montant démesuré", "valeur: 1500, unite: euros", "valeur: \"9999999999999999999999999999999999\", unite: euros", "valeur: \"9999", "doit être entre 0 et 1000000000000"),
    Cas("poids démesuré", "libelle: Mixité sociale et culturelle, poids: 10", "libelle: Mixité sociale et culturelle, poids: 100.5", "poids: 100.5", "dépasse 100 à lui seul"),
    Cas("conservation en jours", "mois: 120, hypothese: true}", "mois: 3650, hypothese: true}", "mois: 3650", "serait gardé 3650 mois", "avertissement"),
    Cas("nombre écrit true", "    delai: {jours: 36}", "    delai: {jours: true}", "delai: {jours: true}", "« jours » ne se dit pas par true ou false"),
    # --- texts ---
    Cas("texte vide", "libelle: Renvoyer une partie de l’étude", "libelle: \"  \"", "libelle: \"  \"", "« libelle » est vide"),
    Cas("caractère invisible", "libelle: Lancer l’évaluation", "libelle: \"Lancer\\u200b l’évaluation\"", "Lancer\\u200b", "caractère invisible ou de remplacement (U+200B)"),
    Cas("sens de lecture retourné", "libelle: Lancer l’évaluation", "libelle: \"Lancer \\u202el’évaluation\"", "Lancer \\u202e", "(U+202E)"),
    Cas("caractère perdu", "libelle: Arrêter la note", "libelle: Arr\ufffdter la note", "Arr\ufffdter", "(U+FFFD)"),
    Cas("accents mal décodés", "libelle: Arrêter la note", "libelle: ArrÃªter la note", "ArrÃªter", "mauvais encodage", "avertissement"),
    Cas("adresse qui n’en est pas une", "contact: ami@habitat-participatif.example.org", "contact: ami chez habitat-participatif", "contact: ami chez", "n’est pas une adresse"),
]  # fmt: skip


@pytest.mark.parametrize("cas", CAS, ids=str)
def test_what_is_declared_wrongly_is_named_on_its_line(cas: Cas) -> None:
    controler(cas)


def test_every_type_of_file_the_engine_recognises_may_be_demanded_and_no_other() -> None:
    assert set(MIME) | set(ALIAS) == TYPES_DE_FICHIER


def test_a_defect_in_a_passage_repeated_by_an_alias_is_told_once_where_it_is_written() -> None:
    texte = planter("            si: size(donnees.motif) > 0\n            raison: Écrivez le motif de la décision, il figurera dans le message envoyé.\n        effets: *demande_de_pieces", "            si: size(donnees.motiv) > 0\n            raison: Écrivez le motif.\n        effets: *demande_de_pieces")  # fmt: skip
    assert texte.count("*motif\n") > 3
    [defaut] = defauts_de(texte)
    assert "« donnees.motiv » n’existe pas" in defaut.raison
    assert "donnees.motif" in defaut.remede


def test_an_act_of_a_transition_nobody_reaches_demands_nothing() -> None:
    texte = HABITAT.read_text(encoding="utf-8").replace("        vers: conventionne\n", "        vers: laureat\n")
    raisons = [d.raison for d in defauts_de(texte) if "demandé à l’acte « demander_solde »" in d.raison]
    assert raisons == ["ceci est demandé à l’acte « demander_solde », qu’aucune transition du dossier n’ouvre"]


def test_a_ceiling_that_no_condition_looks_at_is_a_warning_on_the_aid() -> None:
    texte = HABITAT.read_text(encoding="utf-8").replace("parametres.plafond_projet", "parametres.plafond_etude")
    [defaut] = defauts_de(texte)
    assert (defaut.gravite, defaut.chemin) == ("avertissement", "aides.1.plafond")
    assert "aucune condition ne vérifie que l’aide « aide_projet » respecte « plafond_projet »" in defaut.raison
