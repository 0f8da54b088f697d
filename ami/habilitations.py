"""Who may act on what: the one place that answers. Who may read what is `ami.regards`, on the same rights."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from ami.conflits import conflits_de_chacun
from ami.erreurs import INACCESSIBLE, Introuvable, Refus
from ami.models import Affectation, DeportComite, Dossier, Habilitation, Personne, Structure, SujetBase
from ami.sujets import SYSTEME, Acteur, dossier_de, identifiant
from rules.vocabulaire import Acte, Role

AGENT: Final[Role] = "agent"
EVALUATEUR: Final[Role] = "evaluateur"
MEMBRE: Final[Role] = "membre_comite"
ACCOMPAGNATEUR: Final[Role] = "accompagnateur"
# By this act a person with an interest leaves the dossier: the only one left to them.
SE_DEPORTER: Final[Acte] = "se_deporter"


def verifier_habilitation(
    session: Session, ligne: SujetBase, acteur: Acteur, maintenant: datetime, acte: str = ""
) -> None:
    """A person acts in a role held today on this dossier or its campagne; an evaluator, on dossiers given to them.

    Whoever judges (evaluator, member of the comité) and has an interest in the dossier may only withdraw from it.

    Raises:
        Introuvable: the same answer whether the dossier exists or not.
        Refus: an evaluator who was given this dossier has an interest in it, and is told to withdraw.
    """
    if acteur == SYSTEME:
        return
    dossier = dossier_de(session, ligne)
    confie = acteur.role != EVALUATEUR or _confie(session, dossier, acteur)
    if not (_habilite(session, dossier, acteur, maintenant) and confie):
        raise Introuvable(INACCESSIBLE)
    motif = exclusion(session, dossier, acteur) if acte != SE_DEPORTER else None
    if motif is not None:
        raise refus_d_interet(dossier, motif) if acteur.role == EVALUATEUR else Introuvable(INACCESSIBLE)


def exclusion(session: Session, dossier: Dossier, acteur: Acteur) -> str | None:
    """Why this person may not judge this dossier in this role (French, small letter); None when they may."""
    return exclusions(session, [dossier], acteur).get(identifiant(dossier))


def exclusions(session: Session, dossiers: Sequence[Dossier], acteur: Acteur) -> dict[int, str]:
    """The same for many dossiers, by dossier: as many queries for a thousand as for one."""
    if acteur.role not in (EVALUATEUR, MEMBRE) or acteur.personne_id is None or not dossiers:
        return {}
    personne = session.get_one(Personne, acteur.personne_id)
    trouves = conflits_de_chacun(session, dossiers, [personne], siege=acteur.role == MEMBRE)
    motifs = {dossier: motif for dossier, par_personne in trouves.items() for motif in par_personne.values()}
    sortis = _sorti_de_la_salle(session, personne) if acteur.role == MEMBRE else set()
    return dict.fromkeys(sortis & trouves.keys(), "cette personne s'est déportée en comité") | motifs


def refus_d_interet(dossier: Dossier, motif: str) -> Refus:
    """What an evaluator is told of a dossier they were given and have an interest in; kept, as an act out of order."""
    return Refus(
        f"Vous avez un intérêt dans le dossier {dossier.numero} ({motif}) : déportez-vous au lieu de le noter.",
        hors_sequence=True,
    )


def en_vigueur(maintenant: datetime) -> tuple[ColumnElement[bool], ...]:
    """The habilitations that hold at an instant."""
    fin = col(Habilitation.jusqu_a)
    return col(Habilitation.depuis) <= maintenant, or_(fin.is_(None), fin > maintenant)


def dossiers_confies(acteur: Acteur) -> SelectOfScalar[int]:
    """The dossiers an evaluator was given and did not withdraw from."""
    return select(Affectation.dossier_id).where(
        Affectation.personne_id == acteur.personne_id, Affectation.statut != "deportee"
    )


def a_accompagner(acteur: Acteur) -> ColumnElement[bool]:
    """Dossiers open to an accompagnateur of the whole campagne: those of their structure, those that look for one."""
    sienne = select(Personne.structure_id).where(Personne.id == acteur.personne_id)
    return or_(col(Dossier.accompagnateur_id).is_(None), col(Dossier.accompagnateur_id).in_(sienne))


def _habilite(session: Session, dossier: Dossier, acteur: Acteur, maintenant: datetime) -> bool:
    de_la_campagne = col(Habilitation.campagne_id) == dossier.campagne_id
    if acteur.role == ACCOMPAGNATEUR:
        ouvert = select(Dossier.id).where(Dossier.id == dossier.id, a_accompagner(acteur))
        de_la_campagne = and_(de_la_campagne, ouvert.exists())
    requete = select(Habilitation).where(
        Habilitation.personne_id == acteur.personne_id,
        Habilitation.role == acteur.role,
        or_(col(Habilitation.dossier_id) == dossier.id, de_la_campagne),
        *en_vigueur(maintenant),
    )
    return session.exec(requete).first() is not None


def _confie(session: Session, dossier: Dossier, acteur: Acteur) -> bool:
    requete = dossiers_confies(acteur).where(Affectation.dossier_id == identifiant(dossier))
    return session.exec(requete).first() is not None


def _sorti_de_la_salle(session: Session, personne: Personne) -> set[int]:
    """The dossiers for which a session of the comité noted that this person, or the body they sit for, withdrew."""
    noms = [personne.nom_complet.lower(), personne.courriel.lower()]
    structure = session.get(Structure, personne.structure_id) if personne.structure_id is not None else None
    noms += [structure.nom.lower()] if structure is not None else []
    requete = select(DeportComite.dossier_id).where(func.lower(col(DeportComite.membre)).in_(noms))
    return set(session.exec(requete))
