"""The dossiers on which evaluators disagree beyond the règlement's bound: what the comité is to see."""

from collections.abc import Iterable
from decimal import Decimal

from sqlmodel import Session

from ami.choix.classement import en_points, regrouper
from ami.choix.donnees import Notation
from ami.choix.notes import ecart_millieme
from ami.contexte_notes import ecart_admis
from ami.models import Campagne
from ami.reglements import reglement_de
from ami.sujets import identifiant


def desaccords(session: Session, campagne: Campagne, notations: Iterable[Notation]) -> dict[str, Decimal]:
    """The points between the highest and the lowest evaluator's score, by dossier, where they pass the bound."""
    grille = reglement_de(session, identifiant(campagne)).reglement.grille
    if grille is None:
        return {}
    ecarts = {dossier: ecart_millieme([n.notes for n in lot], grille) for dossier, lot in regrouper(notations).items()}
    return {dossier: en_points(ecart) for dossier, ecart in ecarts.items() if ecart > ecart_admis(grille)}
