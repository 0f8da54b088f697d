"""The words of the acts: what each is called, and how the data it brings are said (`donnees.<champ>`).

An act or a field without words fails a test that names it; to add one, add its line here.
"""

from dataclasses import replace
from typing import Final

from rules.mot import Mot, compte
from rules.mots_contexte import CONTEXTE

# What each act consists in, as an infinitive.
ACTES: Final[dict[str, str]] = {
    "exprimer_interet": "exprimer un intérêt",
    "ouvrir_dossier": "ouvrir un dossier",
    "planifier_action": "planifier une action de sensibilisation",
    "rendre_compte_action": "rendre compte de l’action",
    "deposer_candidature": "déposer la candidature",
    "completer": "compléter le dossier",
    "declarer_partenaires": "déclarer les partenaires",
    "signer_engagement": "enregistrer l’engagement signé d’un partenaire",
    "deposer_plan": "déposer le plan de financement",
    "instruire": "instruire le dossier",
    "demander_pieces": "demander des pièces ou des précisions",
    "demander_avis": "demander un avis",
    "rendre_avis": "rendre un avis",
    "convoquer": "convoquer à une séance",
    "selectionner": "décider de la première sélection",
    "signer_convention": "enregistrer la signature de la convention",
    "signer_avenant": "enregistrer la signature d’un avenant",
    "tenir_revue": "rendre compte d’une revue de projet",
    "declarer_depenses": "déclarer des dépenses",
    "deposer_volet": "déposer une partie de l’étude",
    "renvoyer_volet": "renvoyer une partie de l’étude",
    "valider_volet": "valider une partie de l’étude",
    "deposer_etude": "déposer l’étude complète",
    "lancer_evaluation": "lancer l’évaluation",
    "noter": "noter le dossier",
    "rouvrir_evaluation": "rouvrir une évaluation rendue",
    "se_deporter": "se déporter",
    "auditionner": "rendre compte de l’audition",
    "deliberer": "délibérer",
    "notifier": "notifier la décision",
    "accepter_place": "accepter la place proposée",
    "examiner_participation": "décider de la participation",
    "relever_indicateurs": "relever les indicateurs",
    "demander_solde": "remettre le bilan et demander le solde",
    "verser": "liquider et verser",
    "constater_reversement": "constater le reversement",
    "abandonner": "abandonner",
    "se_desister": "se désister",
    "resilier": "résilier la convention",
    "reclamer": "déposer une réclamation",
    "repondre_reclamation": "répondre à la réclamation",
}

_MOTIF: Final = Mot("le motif")
_DECISION: Final = Mot(
    "la décision", "f", est="la décision est : {}", nest="la décision n’est pas : {}", valeurs="decisions"
)
_MONTANT_ACCORDE: Final = Mot("le montant accordé")
_COMITE: Final = Mot(
    "la séance du comité",
    "f",
    oui="une séance du comité est désignée",
    non="la décision est prise sans réunir le comité",
)
_VOLET: Final = Mot("la partie de l’étude désignée", "f", valeurs="volets")
_PORTEUR: Final = Mot("la structure porteuse désignée", "f")
_CONTACT: Final = Mot("le correspondant du porteur")
_ACCOMPAGNATEUR: Final = Mot("l’accompagnateur désigné")
_TERRITOIRES: Final = replace(CONTEXTE["territoire.codes"], nom="les quartiers désignés")
_REFERENCE: Final = Mot("la référence", "f")
_COMMENTAIRE: Final = Mot("le commentaire")
_COMPTE_RENDU: Final = Mot("le compte rendu")
_NATURE: Final = Mot(
    "l’aide désignée", "f", est="l’acte porte sur {}", nest="l’acte ne porte pas sur {}", valeurs="natures"
)
_CONVENTION: Final = replace(_NATURE, est="la convention porte sur {}", nest="la convention ne porte pas sur {}")

# How the data of each act are said (`donnees.<champ>` while that act is under way).
DONNEES: Final[dict[str, dict[str, Mot]]] = {
    "exprimer_interet": {
        "titre": Mot("le titre du projet"),
        "territoires": _TERRITOIRES,
        "porteur": _PORTEUR,
        "contact": _CONTACT,
        "demande": Mot("la demande", "f", valeurs="decisions"),
        "message": Mot("le message"),
    },
    "ouvrir_dossier": {
        "titre": Mot("le titre du projet"),
        "territoires": _TERRITOIRES,
        "porteur": _PORTEUR,
        "contact": _CONTACT,
        "accompagnateur": _ACCOMPAGNATEUR,
    },
    "planifier_action": {
        "kind": Mot("la nature de l’action", "f", valeurs="decisions"),
        "date": Mot("la date de l’action", "f"),
        "lieu": Mot("le lieu de l’action"),
        "publics": Mot("les publics invités", "mp", elements="des publics invités"),
        "cout_prevu": Mot("le coût prévu de l’action"),
        "invites": Mot("les personnes invitées", "fp", elements="des personnes invitées"),
    },
    "rendre_compte_action": {
        "realisee_le": Mot("la date de l’action", "f"),
        "presence": Mot("les présences à l’action", "fp"),
        "compte_rendu": _COMPTE_RENDU,
        "cout_reel": Mot("le coût réel de l’action"),
        "projets": compte("le nombre de projets repérés", "aucun projet n’est repéré", "un projet au moins est repéré"),
    },
    "deposer_candidature": {
        "reponses": Mot("les réponses au formulaire", "fp"),
        "cout_prevu": Mot("le coût prévu"),
        "montant_demande": Mot("le montant de l’aide demandée"),
        "porteur": _PORTEUR,
        "contact": _CONTACT,
        "accompagnateur": _ACCOMPAGNATEUR,
    },
    "completer": {"reponses": Mot("les réponses au formulaire", "fp"), "message": Mot("le message")},
    "declarer_partenaires": {"partenaires": Mot("les partenaires déclarés", "mp", elements="des partenaires déclarés")},
    "signer_engagement": {
        "structure": Mot("la structure qui s’engage", "f"),
        "signe_le": Mot("la date de signature de l’engagement", "f"),
        "reference": _REFERENCE,
        "apport": Mot("l’apport promis"),
    },
    "deposer_plan": {
        "base": Mot("la base du plan (HT ou TTC)", "f", valeurs="bases"),
        "lignes": Mot("les lignes du plan de financement", "fp", elements="des lignes du plan"),
    },
    "instruire": {"decision": _DECISION, "motif": _MOTIF},
    "demander_pieces": {
        "pieces": Mot("les pièces demandées", "fp", elements="des pièces demandées", valeurs="pieces"),
        "questions": Mot("les questions posées", "fp", elements="des questions posées"),
        "message": Mot("le message"),
        "avant_le": Mot("la date limite de réponse", "f"),
    },
    "demander_avis": {
        "personnes": Mot("les personnes consultées", "fp", elements="des personnes consultées"),
        "question": Mot("la question posée", "f"),
    },
    "rendre_avis": {
        "sens": Mot("le sens de l’avis", est="l’avis est : {}", nest="l’avis n’est pas : {}", valeurs="decisions"),
        "texte": Mot("le texte de l’avis"),
        "reserves": Mot(
            "les réserves de l’avis", "fp", oui="les réserves sont écrites", non="aucune réserve n’est écrite"
        ),
        "confidentiel": Mot(
            "le caractère confidentiel de l’avis", oui="l’avis est confidentiel", non="l’avis n’est pas confidentiel"
        ),
    },
    "convoquer": {"comite": _COMITE, "message": Mot("le message")},
    "selectionner": {
        "decision": _DECISION,
        "motif": _MOTIF,
        "montant_accorde": _MONTANT_ACCORDE,
        "comite": _COMITE,
    },
    "signer_convention": {
        "nature": _CONVENTION,
        "signee_le": Mot("la date de signature de la convention", "f"),
        "reference": _REFERENCE,
    },
    "signer_avenant": {
        "nature": replace(_NATURE, est="l’avenant porte sur {}", nest="l’avenant ne porte pas sur {}"),
        "signe_le": Mot("la date de signature de l’avenant", "f"),
        "reference": _REFERENCE,
        "montant": Mot("le montant fixé par l’avenant"),
        "fin": Mot("la date de fin fixée par l’avenant", "f"),
        "motif": _MOTIF,
    },
    "tenir_revue": {
        "tenue_le": Mot("la date de la revue de projet", "f"),
        "decision": replace(_DECISION, nom="la décision de la revue de projet"),
        "conditions": Mot("les conditions ou raisons consignées à la revue de projet", "fp"),
        "prochaine_le": Mot("la date fixée pour la prochaine revue de projet", "f"),
    },
    "declarer_depenses": {
        "nature": replace(_NATURE, est="la déclaration porte sur {}", nest="la déclaration ne porte pas sur {}"),
        "montant": Mot("le montant des dépenses déclarées"),
        "commentaire": _COMMENTAIRE,
    },
    "deposer_volet": {"volet": _VOLET, "resume": Mot("le résumé")},
    "renvoyer_volet": {"volet": _VOLET, "commentaire": _COMMENTAIRE},
    "valider_volet": {"volet": _VOLET, "commentaire": _COMMENTAIRE},
    "deposer_etude": {"cout_reel": Mot("le coût réel de l’étude")},
    "lancer_evaluation": {},
    "noter": {
        "notes": Mot("les notes", "fp"),
        "final": Mot(
            "le caractère définitif des notes", oui="les notes sont définitives", non="les notes sont provisoires"
        ),
    },
    "rouvrir_evaluation": {"evaluateur": Mot("l’évaluateur à qui l’évaluation est rendue"), "motif": _MOTIF},
    "se_deporter": {"motif": _MOTIF},
    "auditionner": {"tenue_le": Mot("la date de l’audition", "f"), "compte_rendu": _COMPTE_RENDU},
    "deliberer": {
        "decision": _DECISION,
        "rang": compte("le rang dans la liste", "aucun rang n’est indiqué", "le rang dans la liste est indiqué"),
        "motif": _MOTIF,
        "montant_accorde": _MONTANT_ACCORDE,
        "comite": _COMITE,
        "ecart": Mot(
            "l’explication de l’écart avec la proposition de sélection",
            "f",
            oui="l’écart avec la proposition de sélection est expliqué",
            non="l’écart avec la proposition de sélection n’est pas expliqué",
        ),
    },
    "notifier": {},
    "accepter_place": {},
    "examiner_participation": {
        "decision": replace(_DECISION, nom="la décision sur la participation"),
        "motif": _MOTIF,
        "montant": Mot("le montant de la participation"),
        "capital": Mot("les fonds propres du projet", "mp"),
        "comite": _COMITE,
    },
    "relever_indicateurs": {
        "releve_le": Mot("la date du relevé", "f"),
        "valeurs": Mot("les valeurs relevées", "fp"),
        "commentaire": _COMMENTAIRE,
    },
    "demander_solde": {"depenses_reelles": Mot("les dépenses réelles", "fp"), "bilan": Mot("le bilan")},
    "verser": {"commentaire": _COMMENTAIRE},
    "constater_reversement": {"recu_le": Mot("la date de réception du reversement", "f")},
    "abandonner": {"motif": _MOTIF},
    "se_desister": {"motif": _MOTIF},
    "resilier": {"motif": _MOTIF},
    "reclamer": {
        "objet": Mot("l’objet de la réclamation"),
        "texte": Mot("le texte de la réclamation"),
        "dossier": Mot("le dossier visé"),
    },
    "repondre_reclamation": {
        "reponse": Mot("la réponse", "f"),
        "suite": Mot(
            "la suite donnée",
            "f",
            est="la suite donnée est : {}",
            nest="la suite donnée n’est pas : {}",
            valeurs="decisions",
        ),
    },
}
