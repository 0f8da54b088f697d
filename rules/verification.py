"""The checker: does a règlement hold together? Each check is one small function of a registry, by subject.

A règlement with an `erreur` must not be used; an `avertissement` deserves a second look.
"""

from collections.abc import Collection
from typing import Final

from rules import (
    verif_argent,
    verif_automates,
    verif_chemins,
    verif_delais,
    verif_doublons,
    verif_echeances,
    verif_evaluations,
    verif_expressions,
    verif_lexique,
    verif_messages,
    verif_mots,
    verif_moyens,
    verif_places,
    verif_references,
    verif_relances,
    verif_selection,
    verif_textes,
    verif_usages,
    verif_valeurs,
)
from rules.chargement import ReglementCharge
from rules.defauts import Defaut, ReglementRefuse
from rules.examen import Examen, Verification

VERIFICATIONS: Final[tuple[Verification, ...]] = (
    *verif_references.VERIFICATIONS,
    *verif_doublons.VERIFICATIONS,
    *verif_usages.VERIFICATIONS,
    *verif_textes.VERIFICATIONS,
    *verif_expressions.VERIFICATIONS,
    *verif_mots.VERIFICATIONS,
    *verif_chemins.VERIFICATIONS,
    *verif_automates.VERIFICATIONS,
    *verif_delais.VERIFICATIONS,
    *verif_relances.VERIFICATIONS,
    *verif_echeances.VERIFICATIONS,
    *verif_lexique.VERIFICATIONS,
    *verif_messages.VERIFICATIONS,
    *verif_places.VERIFICATIONS,
    *verif_moyens.VERIFICATIONS,
    *verif_evaluations.VERIFICATIONS,
    *verif_selection.VERIFICATIONS,
    *verif_argent.VERIFICATIONS,
    *verif_valeurs.VERIFICATIONS,
)


def verifier(charge: ReglementCharge, *, messages_connus: Collection[str] | None = None) -> list[Defaut]:
    """Every defect of a règlement, in the order of the file.

    `messages_connus` holds the codes of the catalogue of messages; without it messages are not checked.
    """
    examen = Examen(charge, messages_connus)
    trouves = sorted(defaut for verification in VERIFICATIONS for defaut in verification(examen))
    # A passage repeated by an alias (*nom) is written once: so is what is wrong in it.
    uniques = {(defaut.ligne, defaut.gravite, defaut.raison): defaut for defaut in reversed(trouves)}
    return sorted(uniques.values())


def exiger(charge: ReglementCharge, *, messages_connus: Collection[str] | None = None) -> ReglementCharge:
    """The règlement itself when it can be used.

    Raises:
        ReglementRefuse: at least one error; every defect found is listed.
    """
    defauts = verifier(charge, messages_connus=messages_connus)
    erreurs = [defaut for defaut in defauts if defaut.gravite == "erreur"]
    if erreurs:
        raise ReglementRefuse(erreurs)
    return charge
