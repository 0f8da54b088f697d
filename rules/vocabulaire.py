"""The closed vocabulary: what Python knows by name, and a règlement file may use.

Everything else (états, phases, thresholds, weights, delays, wording) is open and lives in the files. The domain
layer registers one use case per act and one handler per effect; a test holds the two lists together.
"""

from typing import Final, Literal, get_args

Role = Literal["porteur", "accompagnateur", "agent", "evaluateur", "membre_comite", "financeur", "systeme"]

Acte = Literal[
    "exprimer_interet",
    "ouvrir_dossier",
    "planifier_action",
    "rendre_compte_action",
    "deposer_candidature",
    "completer",
    "instruire",
    "selectionner",
    "signer_convention",
    "deposer_volet",
    "renvoyer_volet",
    "valider_volet",
    "deposer_etude",
    "lancer_evaluation",
    "noter",
    "se_deporter",
    "deliberer",
    "notifier",
    "accepter_place",
    "demander_solde",
    "verser",
    "constater_reversement",
    "abandonner",
    "se_desister",
    "resilier",
    "reclamer",
    "repondre_reclamation",
]

# Acts that bring their sujet into being: their transitions start from no état.
ACTES_CREATEURS: Final = frozenset({"exprimer_interet", "ouvrir_dossier", "reclamer"})

# The natures of the euros an enveloppe holds (kernel.md §3, table engagement).
Nature = Literal["aide_etude", "aide_projet", "participation"]

# Who a courriel can be addressed to; the domain layer resolves each to persons.
DestinataireRegle = Literal[
    "porteur",
    "accompagnateur",
    "agents",
    "evaluateurs",
    "evaluateurs_sollicites",
    "membres_comite",
    "financeurs",
    "invites",
    "accompagnateurs_region",
    "acteur",
    "reclamant",
]

TypeChamp = Literal["texte", "texte_long", "entier", "euros", "taux", "date", "choix", "booleen", "point"]

Unite = Literal["euros", "taux", "points", "jours", "jours_ouvres", "mois", "nombre"]

SujetKind = Literal["dossier", "reclamation"]

ROLES: Final[tuple[str, ...]] = get_args(Role)
ACTES: Final[tuple[str, ...]] = get_args(Acte)
NATURES: Final[tuple[str, ...]] = get_args(Nature)
DESTINATAIRES: Final[tuple[str, ...]] = get_args(DestinataireRegle)
SUJETS: Final[tuple[str, ...]] = get_args(SujetKind)
