"""Means: what the acts and effects of a règlement need is declared (grille, comité, volets, forms, pièces)."""

from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Place, Verification, inconnu
from rules.modele import EffetCloreEvaluations, EffetDemanderEvaluations
from rules.vocabulaire import DONNEES

# What a pièce may be; a test holds this to what the engine recognises.
TYPES_DE_FICHIER: Final = frozenset(
    {"pdf", "jpg", "jpeg", "png", "docx", "xlsx", "pptx", "odt", "ods", "odp", "csv", "txt", "text"}
)
LONGUEUR_MAX: Final = 100_000  # characters of one answer
_ACTES_DE_GRILLE: Final = frozenset({"noter", "se_deporter", "lancer_evaluation", "rouvrir_evaluation"})
_ACTES_DE_COMITE: Final = frozenset({"deliberer"})
_ACTES_A_QUORUM: Final = frozenset({"selectionner", "deliberer", "examiner_participation"})
_QUORUM: Final = "comite.quorum"
_ACTES_DE_VOLET: Final = frozenset({"deposer_volet", "renvoyer_volet", "valider_volet"})


def rubriques_des_actes(examen: Examen) -> Iterator[Defaut]:
    """Scoring needs a grille, deliberating a comité, studying by parts some volets."""
    reglement = examen.reglement
    besoins = (
        (_ACTES_DE_GRILLE, reglement.grille, "grille"),
        (_ACTES_DE_COMITE, reglement.comite, "comite"),
        (_ACTES_DE_VOLET, reglement.volets, "volets"),
    )
    for place in examen.transitions():
        for actes, rubrique, nom in besoins:
            if place.transition.acte in actes and not rubrique:
                raison = f"l’acte « {place.transition.acte} » demande la rubrique « {nom} », qui manque"
                yield examen.erreur(f"{place.chemin}.acte", raison, f"Ajoutez « {nom}: … » au règlement.")


def decisions_au_quorum(examen: Examen) -> Iterator[Defaut]:
    """Where there is a comité, no decision of its acts is open without looking at its quorum."""
    if examen.reglement.comite is None:
        return
    for place in examen.transitions():
        acte = place.transition.acte
        if acte in _ACTES_A_QUORUM and _QUORUM not in examen.conditions.lus(place.transition):
            raison = f"l’acte « {acte} » décide sans regarder le quorum du comité"
            remede = "Ajoutez une garde « si: comite.presents >= comite.quorum »."
            yield examen.erreur(f"{place.chemin}.acte", raison, remede)


def evaluations_possibles(examen: Examen) -> Iterator[Defaut]:
    """Evaluations are asked and closed only where there is a grille."""
    if examen.reglement.grille is not None:
        return
    for chemin, _, effet in examen.effets():
        if isinstance(effet, EffetDemanderEvaluations | EffetCloreEvaluations):
            raison = f"l’effet « {effet.effet} » demande une grille, qui manque"
            yield examen.erreur(chemin, raison, "Ajoutez « grille: … » au règlement.")


def actes_des_rubriques(examen: Examen) -> Iterator[Defaut]:
    """A form or a pièce is demanded by an act that some transition of the dossier allows, from an état one reaches."""
    actes = {
        place.transition.acte for place in examen.transitions() if place.kind == "dossier" and _ouverte(examen, place)
    }
    rubriques = [(f"formulaires.{nom}", f.acte) for nom, f in examen.reglement.formulaires.items()]
    rubriques += [(f"pieces.{rang}", piece.acte) for rang, piece in enumerate(examen.reglement.pieces)]
    for chemin, acte in rubriques:
        if acte not in actes:
            raison = f"ceci est demandé à l’acte « {acte} », qu’aucune transition du dossier n’ouvre"
            yield examen.avertissement(f"{chemin}.acte", raison, "Corrigez l’acte, ou retirez la demande.")


def _ouverte(examen: Examen, place: Place) -> bool:
    """True when some way leads to where a transition starts."""
    atteints = examen.ouvertures[place.kind].par_etat
    return not place.transition.de or any(depart in atteints for depart in place.transition.de)


def formulaires_lus(examen: Examen) -> Iterator[Defaut]:
    """A form belongs to an act that takes answers."""
    for nom, formulaire in examen.reglement.formulaires.items():
        if "reponses" not in DONNEES.get(formulaire.acte, {}):
            avec = ", ".join(sorted(acte for acte, donnees in DONNEES.items() if "reponses" in donnees))
            raison = f"l’acte « {formulaire.acte} » ne reçoit pas de réponses : ce formulaire ne serait jamais rempli"
            yield examen.erreur(f"formulaires.{nom}.acte", raison, f"Choisissez parmi : {avec}.")


def types_de_pieces(examen: Examen) -> Iterator[Defaut]:
    """A pièce admits types of files the engine recognises."""
    for rang, piece in enumerate(examen.reglement.pieces):
        if not piece.types:
            raison = f"la pièce « {piece.code} » n’admet aucun type de fichier"
            yield examen.erreur(f"pieces.{rang}.types", raison, "Écrivez par exemple « types: [pdf] ».")
        for place, genre in enumerate(piece.types):
            if genre.strip().lower().removeprefix(".") not in TYPES_DE_FICHIER:
                chemin = f"pieces.{rang}.types.{place}"
                yield inconnu(examen, chemin, "le type de fichier", genre, TYPES_DE_FICHIER)


def choix_des_champs(examen: Examen) -> Iterator[Defaut]:
    """A field of choices lists them, and only such a field."""
    for nom, formulaire in examen.reglement.formulaires.items():
        for rang, champ in enumerate(formulaire.champs):
            chemin = f"formulaires.{nom}.champs.{rang}"
            if champ.type == "choix" and not champ.choix:
                raison = f"le champ « {champ.code} » ne propose aucun choix"
                yield examen.erreur(f"{chemin}.type", raison, "Ajoutez « choix: [...] ».")
            if not 1 <= champ.longueur_max <= LONGUEUR_MAX:
                raison = f"une réponse à « {champ.code} » aurait au plus {champ.longueur_max} caractères"
                remede = f"Écrivez un nombre entre 1 et {LONGUEUR_MAX}."
                yield examen.erreur(f"{chemin}.longueur_max", raison, remede)
            if champ.type != "choix" and champ.choix:
                raison = f"le champ « {champ.code} » propose des choix sans être de type choix"
                yield examen.erreur(f"{chemin}.choix", raison, "Écrivez « type: choix », ou retirez les choix.")


def attentes_dites(examen: Examen) -> Iterator[Defaut]:
    """An état that is not final says who owes the next act."""
    for _, chemin, workflow in examen.workflows():
        for rang, etat in enumerate(workflow.etats):
            if not etat.final and etat.attend is None:
                raison = f"l’état « {etat.code} » ne dit pas qui doit le prochain acte"
                yield examen.avertissement(f"{chemin}.etats.{rang}", raison, "Ajoutez « attend: <rôle> ».")


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    rubriques_des_actes,
    decisions_au_quorum,
    evaluations_possibles,
    actes_des_rubriques,
    formulaires_lus,
    types_de_pieces,
    choix_des_champs,
    attentes_dites,
)
