"""Messages to those who give a view: services consulted, evaluators, members of the comité."""

from typing import ClassVar

from pydantic import AwareDatetime

from notifications.catalogue.base import Agenda, Message, MessageDossier, MessageEcheance


class DemandeAvis(MessageEcheance):
    """Asks a service (préfet, services de l'État) for its view."""

    code = "demande_avis"
    libelle = "Demande d'avis"
    porteur_nom: str | None = None
    commentaire: str | None = None


class RelanceAvis(MessageEcheance):
    """Reminds a service that its view is awaited."""

    code = "relance_avis"
    libelle = "Rappel : avis attendu"


class AvisRendu(MessageDossier):
    """Tells the service and staff that a view is recorded, and what it says."""

    code = "avis_rendu"
    libelle = "Avis rendu"
    avis_sens: str
    reserves: list[str] = []
    evaluateur_nom: str
    commentaire: str | None = None


class DemandeEvaluation(MessageEcheance):
    """Asks an evaluator to score a study."""

    code = "demande_evaluation"
    libelle = "Demande d'évaluation"
    porteur_nom: str | None = None


class EvaluationRouverte(MessageEcheance):
    """Tells an evaluator that what they rendered is theirs to take up again, and why."""

    code = "evaluation_rouverte"
    libelle = "Évaluation rouverte"
    raisons: list[str]


class RelanceEvaluation(MessageEcheance):
    """Reminds an evaluator."""

    code = "relance_evaluation"
    libelle = "Rappel : évaluation attendue"


class DeportConfirme(MessageDossier):
    """Confirms that an evaluator or a member withdraws."""

    code = "deport_confirme"
    libelle = "Déport enregistré"
    evaluateur_nom: str


class ConvocationComite(Message):
    """Calls the members of a comité; several dossiers may be on the agenda."""

    code = "convocation_comite"
    libelle = "Convocation du comité"
    agenda: ClassVar[Agenda | None] = Agenda.COMITE
    campagne_nom: str
    programme_nom: str
    comite_date: AwareDatetime
    comite_lieu: str
    comite_duree_minutes: int = 180
    dossiers: list[str] = []
    seance: str | None = None
    seance_revision: int = 1


class ComiteAnnule(Message):
    """Tells the members of a comité that a session will not be held; takes it out of their diary."""

    code = "comite_annule"
    libelle = "Comité annulé"
    agenda: ClassVar[Agenda | None] = Agenda.COMITE_ANNULE
    campagne_nom: str
    programme_nom: str
    comite_date: AwareDatetime
    comite_lieu: str
    comite_duree_minutes: int = 180
    commentaire: str | None = None
    seance: str | None = None
    seance_revision: int = 1


class ConvocationAudition(MessageDossier):
    """Calls the porteur to present the project to the jury."""

    code = "convocation_audition"
    libelle = "Convocation à l'audition"
    agenda: ClassVar[Agenda | None] = Agenda.COMITE
    comite_date: AwareDatetime
    comite_lieu: str
    comite_duree_minutes: int = 60
    commentaire: str | None = None
