"""Who looks, and what they may see: the one place that answers for every reading and every export.

Every query takes a `Regard`, so that nobody can forget to ask. What a role sees of a dossier it may read is `VUES`;
which dossiers those are is `lisibles`. A dossier one may not read does not exist for them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import Session, col, select

from ami.erreurs import INACCESSIBLE, Introuvable
from ami.habilitations import ACCOMPAGNATEUR, EVALUATEUR, a_accompagner, dossiers_confies, en_vigueur, exclusions
from ami.models import Campagne, Dossier, Engagement, Habilitation, Personne, ScoreFige, SujetBase
from ami.sujets import Acteur, dossier_de
from rules.vocabulaire import Role

Vue = Literal[
    "juges",  # who evaluates, and what the journal says of them
    "scores",  # the score of a dossier once its evaluations are closed
    "notes",  # the notes of every evaluator, once closed (one's own are always one's own)
    "classement",  # the ranking of a campagne, its selections and their scenarios
    "avis_confidentiels",
    "decisions_preparees",  # what the comité decided and nobody was told yet
    "argent",  # the financing plan and what is engaged and paid
    "comptes",  # counts and sums of a whole campagne
    "reclamations",
    "papiers",  # letters, conventions and avenants issued
    "conduite",  # what running a campagne takes: evaluations under way, what the engine set aside
]
_TOUT: Final[frozenset[Vue]] = frozenset(
    {
        "juges",
        "scores",
        "notes",
        "classement",
        "avis_confidentiels",
        "decisions_preparees",
        "argent",
        "comptes",
        "reclamations",
        "papiers",
        "conduite",
    }
)
# What each role sees of the dossiers it may read (docs/exploitants.md says the same in French).
VUES: Final[dict[Role, frozenset[Vue]]] = {
    "agent": _TOUT,
    "membre_comite": _TOUT - {"comptes", "papiers", "conduite"},
    "financeur": frozenset({"scores", "classement", "decisions_preparees", "argent", "comptes"}),
    "evaluateur": frozenset({"scores", "argent"}),
    "porteur": frozenset({"argent", "reclamations", "papiers"}),
    "accompagnateur": frozenset({"argent", "reclamations", "papiers"}),
    "consulte": frozenset({"argent"}),
    "systeme": frozenset(),
}
# Roles given on a whole campagne; the others read the dossiers they are named on.
DE_CAMPAGNE: Final[tuple[Role, ...]] = ("agent", "membre_comite", "financeur")


@dataclass(frozen=True)
class Regard:
    """Who looks, in which role, when. Without `acteur`: the operator, who holds the base itself."""

    acteur: Acteur | None
    maintenant: datetime

    @property
    def operateur(self) -> bool:
        """True for whoever runs the installation, and for the engine."""
        return self.acteur is None

    def voit(self, vue: Vue) -> bool:
        """True when this role sees that part of the dossiers it may read."""
        return self.acteur is None or any(role == self.acteur.role and vue in vues for role, vues in VUES.items())

    def est(self, personne_id: int | None) -> bool:
        """True when that person is the one who looks."""
        return self.acteur is not None and personne_id is not None and self.acteur.personne_id == personne_id


OPERATEUR: Final = Regard(None, datetime.min.replace(tzinfo=UTC))


def lisibles(session: Session, regard: Regard, dossiers: Iterable[Dossier]) -> list[Dossier]:
    """Those of these dossiers that may be read, in the order given."""
    if regard.acteur is None:
        return list(dossiers)
    ouverts = set(session.exec(select(Dossier.id).where(_ouverts(regard.acteur, regard.maintenant))))
    candidats = [d for d in dossiers if d.id in ouverts]
    ecartes = exclusions(session, candidats, regard.acteur)
    return [d for d in candidats if d.id not in ecartes]


def peut_lire(session: Session, regard: Regard, ligne: SujetBase) -> bool:
    """True when a sujet may be read: the dossier it is about, and réclamations by those they concern."""
    if not isinstance(ligne, Dossier) and not regard.voit("reclamations"):
        return False
    return bool(lisibles(session, regard, [dossier_de(session, ligne)]))


def exiger_lecture(session: Session, regard: Regard, ligne: SujetBase) -> None:
    """Refuse a sujet that may not be read.

    Raises:
        Introuvable: the same answer whether it exists or not.
    """
    if not peut_lire(session, regard, ligne):
        raise Introuvable(INACCESSIBLE)


def exiger_vue(session: Session, regard: Regard, campagne: Campagne, vue: Vue) -> None:
    """Refuse what concerns a whole campagne to whoever does not see it in a role held there today.

    Raises:
        Introuvable: the role does not see it, or is not held in this campagne.
    """
    if regard.acteur is None or (regard.voit(vue) and _role_tenu(session, regard.acteur, campagne, regard.maintenant)):
        return
    raise Introuvable("Cette page n'existe pas, ou elle ne vous est pas accessible dans ce rôle.")


def exiger_ensemble(session: Session, regard: Regard, campagne: Campagne, dossiers: Iterable[Dossier]) -> None:
    """Refuse what weighs dossiers against one another to whoever may not read each of them.

    Leaving one out would change the ranks of the others, or tell by a gap that it is there.

    Raises:
        Introuvable: the role does not see rankings, or one of the dossiers may not be read.
    """
    exiger_vue(session, regard, campagne, "classement")
    tous = list(dossiers)
    if len(lisibles(session, regard, tous)) != len(tous):
        raise Introuvable(
            "Ce classement met en balance un dossier qui ne vous est pas accessible. Demandez-le à l'équipe de l'appel."
        )


def exiger_chacun(session: Session, regard: Regard, dossiers: Iterable[Dossier]) -> None:
    """Refuse what names dossiers together to whoever may not read each of them.

    Raises:
        Introuvable: one of them may not be read.
    """
    tous = list(dossiers)
    if len(lisibles(session, regard, tous)) != len(tous):
        raise Introuvable(
            "Ce document parle d'un dossier qui ne vous est pas accessible. Demandez-le à l'équipe de l'appel."
        )


def exiger_profil(session: Session, regard: Regard, personne: Personne, *, gerer: bool = False) -> None:
    """Refuse what an evaluator says of themselves to others than them and staff; what is managed, to others than staff.

    Raises:
        Introuvable: somebody else looks, or no longer holds the role.
    """
    acteur = regard.acteur
    if acteur is None:
        return
    soi_meme = acteur.role == EVALUATEUR and regard.est(personne.id) and not gerer
    tenu = session.exec(select(Habilitation.id).where(*_tenu(acteur, regard.maintenant))).first() is not None
    if not (tenu and (soi_meme or regard.voit("conduite"))):
        raise Introuvable("Cette page n'existe pas, ou elle ne vous est pas accessible dans ce rôle.")


def exiger_operateur(regard: Regard) -> None:
    """Refuse what belongs to whoever runs the installation.

    Raises:
        Introuvable: somebody else looks.
    """
    if not regard.operateur:
        raise Introuvable("Cette page n'existe pas, ou elle ne vous est pas accessible dans ce rôle.")


def _role_tenu(session: Session, acteur: Acteur, campagne: Campagne, maintenant: datetime) -> bool:
    requete = select(Habilitation.id).where(*_tenu(acteur, maintenant), Habilitation.campagne_id == campagne.id)
    return session.exec(requete).first() is not None


def _tenu(acteur: Acteur, maintenant: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Habilitation.personne_id) == acteur.personne_id,
        col(Habilitation.role) == acteur.role,
        *en_vigueur(maintenant),
    )


def _ouverts(acteur: Acteur, maintenant: datetime) -> ColumnElement[bool]:
    """Which dossiers a role opens, conflicts of interest apart."""
    tenues = _tenu(acteur, maintenant)
    campagnes = select(Habilitation.campagne_id).where(*tenues, col(Habilitation.campagne_id).is_not(None))
    nommes = select(Habilitation.dossier_id).where(*tenues, col(Habilitation.dossier_id).is_not(None))
    de_la_campagne, nomme = col(Dossier.campagne_id).in_(campagnes), col(Dossier.id).in_(nommes)
    if acteur.role == EVALUATEUR:
        return and_(or_(de_la_campagne, nomme), col(Dossier.id).in_(dossiers_confies(acteur)))
    if acteur.role == ACCOMPAGNATEUR:
        return or_(nomme, and_(de_la_campagne, a_accompagner(acteur)))
    if acteur.role not in DE_CAMPAGNE:
        return nomme
    return or_(nomme, and_(de_la_campagne, _de_la_liste() if acteur.role == "financeur" else true()))


def _de_la_liste() -> ColumnElement[bool]:
    """The shortlist: dossiers scored, decided upon or engaged."""
    return or_(
        col(Dossier.decision) != "",
        col(Dossier.id).in_(select(ScoreFige.dossier_id)),
        col(Dossier.id).in_(select(Engagement.dossier_id)),
    )
