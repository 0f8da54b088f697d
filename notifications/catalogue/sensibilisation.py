"""Messages of the first contacts: interest, mise en relation, actions in the territories."""

from typing import ClassVar

from pydantic import AwareDatetime

from notifications.catalogue.base import Agenda, Exact, MessageDossier, MessageEcheance


class AccuseInteret(MessageDossier):
    """Acknowledges an expression of interest or a request to be put in touch."""

    code = "accuse_interet"
    libelle = "Accusé de réception d'une manifestation d'intérêt"
    commentaire: str | None = None


class DemandeAccompagnement(MessageDossier):
    """Asks an accompagnateur whether they can help a structure."""

    code = "demande_accompagnement"
    libelle = "Demande d'accompagnement"
    agenda: ClassVar[Agenda | None] = Agenda.ECHEANCE
    structure_nom: str
    echeance: AwareDatetime | None = None
    echeance_libelle: str | None = None
    commentaire: str | None = None


class IssueMiseEnRelation(MessageDossier):
    """Says how a request to be put in touch ended."""

    code = "issue_mise_en_relation"
    libelle = "Issue d'une mise en relation"
    decision_libelle: str
    accompagnateur_nom: str | None = None
    commentaire: str | None = None


class InvitationAction(MessageDossier):
    """Invites to an action of sensibilisation."""

    code = "invitation_action"
    libelle = "Invitation à une action"
    agenda: ClassVar[Agenda | None] = Agenda.ACTION
    action_libelle: str
    action_date: AwareDatetime
    action_lieu: str
    action_duree_minutes: int = 120
    accompagnateur_nom: str | None = None
    commentaire: str | None = None


class ActionRealisee(MessageDossier):
    """Confirms that the compte rendu of an action was received."""

    code = "action_realisee"
    libelle = "Compte rendu d'action reçu"
    action_libelle: str
    action_date: AwareDatetime
    montant: Exact | None = None
    commentaire: str | None = None


class RelanceCompteRendu(MessageEcheance):
    """Reminds that the compte rendu of an action is due."""

    code = "relance_compte_rendu"
    libelle = "Rappel : compte rendu d'action attendu"
    action_libelle: str
    action_date: AwareDatetime | None = None
