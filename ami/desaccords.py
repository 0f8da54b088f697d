"""What the comité is to see of the evaluations: disagreements beyond the bound, interests found too late."""

from collections.abc import Iterable
from decimal import Decimal

from sqlmodel import Session, col, select

from ami.choix.classement import en_points, regrouper
from ami.choix.donnees import Notation
from ami.choix.notes import ecart_millieme
from ami.conflits import conflits_de_chacun
from ami.contexte_notes import ecart_admis
from ami.models import Affectation, Campagne, Dossier, Personne
from ami.reglements import reglement_de
from ami.sujets import identifiant
from ami.vivier import RENDUE


def desaccords(session: Session, campagne: Campagne, notations: Iterable[Notation]) -> dict[str, Decimal]:
    """The points between the highest and the lowest evaluator's score, by dossier, where they pass the bound."""
    grille = reglement_de(session, identifiant(campagne)).reglement.grille
    if grille is None:
        return {}
    ecarts = {dossier: ecart_millieme([n.notes for n in lot], grille) for dossier, lot in regrouper(notations).items()}
    return {dossier: en_points(ecart) for dossier, ecart in ecarts.items() if ecart > ecart_admis(grille)}


def interets_tardifs(session: Session, campagne: Campagne, numeros: Iterable[str]) -> dict[str, list[str]]:
    """By dossier whose score is frozen, the interests since found in people whose notes it counts.

    The score stays: it was judged when it was frozen. The comité knows, and names nobody.
    """
    dossiers = session.exec(
        select(Dossier)
        .where(Dossier.campagne_id == campagne.id, col(Dossier.numero).in_(list(numeros)))
        .order_by(col(Dossier.numero))
    ).all()
    rendues = session.exec(
        select(Affectation).where(
            col(Affectation.dossier_id).in_([d.id for d in dossiers]), Affectation.statut == RENDUE
        )
    ).all()
    gens = session.exec(select(Personne).where(col(Personne.id).in_({a.personne_id for a in rendues}))).all()
    trouves = conflits_de_chacun(session, dossiers, gens)
    tardifs = {
        d.numero: sorted(
            trouves[identifiant(d)][a.personne_id]
            for a in rendues
            if a.dossier_id == d.id and a.personne_id in trouves[identifiant(d)]
        )
        for d in dossiers
    }
    return {numero: motifs for numero, motifs in tardifs.items() if motifs}
