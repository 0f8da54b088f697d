"""Messages of a project on its way: revues, partners, spending, avenants, indicators, co-investment."""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime

from notifications.catalogue.base import Agenda, Exact, MessageDefavorable, MessageDossier, MessageEcheance


class RelanceRevue(MessageEcheance):
    """Reminds that a revue de projet is to be held."""

    code = "relance_revue"
    libelle = "Rappel : revue de projet"


class RevuePoursuite(MessageDossier):
    """A revue de projet lets the project go on."""

    code = "revue_poursuite"
    libelle = "Revue de projet : poursuite"
    agenda: ClassVar[Agenda | None] = Agenda.ECHEANCE
    conditions: list[str] = []
    revue_prochaine: AwareDatetime | None = None
    echeance: AwareDatetime | None = None
    echeance_libelle: str | None = None


class RevueConditions(MessageEcheance):
    """A revue de projet lets the project go on under conditions, to be met by a date."""

    code = "revue_conditions"
    libelle = "Revue de projet : conditions à lever"
    conditions: list[str]
    revue_prochaine: AwareDatetime | None = None
    etat_explication: str | None = None


class RevueArret(MessageDefavorable):
    """A revue de projet stops the project, with its reasons and how to contest them."""

    code = "revue_arret"
    libelle = "Revue de projet : arrêt"


class EngagementSigne(MessageDossier):
    """Confirms that a partner's commitment is signed."""

    code = "engagement_signe"
    libelle = "Engagement d'un partenaire enregistré"
    partenaire_nom: str


class DepensesRecues(MessageDossier):
    """Receipt of a declaration of spending; says by when it is examined."""

    code = "depenses_recues"
    libelle = "Déclaration de dépenses reçue"
    depenses: Exact
    nature_libelle: str | None = None
    montant_engage: Exact | None = None
    montant_verse: Exact | None = None
    echeance: AwareDatetime | None = None
    commentaire: str | None = None


class DepensesExaminees(MessageDossier):
    """The spending declared was examined and gives right to no payment for now."""

    code = "depenses_examinees"
    libelle = "Dépenses examinées, sans versement"
    nature_libelle: str | None = None
    montant_engage: Exact | None = None
    montant_verse: Exact | None = None
    commentaire: str | None = None


class AvenantSigne(MessageDossier):
    """Confirms an avenant: the aid's new total and the new end."""

    code = "avenant_signe"
    libelle = "Avenant signé"
    avenant_reference: str
    avenant_fin: date
    montant: Exact
    montant_precedent: Exact | None = None
    nature_libelle: str | None = None
    raisons: list[str] = []


class IndicateursRecus(MessageDossier):
    """Receipt of a reading of the indicators."""

    code = "indicateurs_recus"
    libelle = "Relevé d'indicateurs reçu"
    indicateurs: list[str]
    commentaire: str | None = None
    echeance: AwareDatetime | None = None


class RelanceIndicateurs(MessageEcheance):
    """Reminds that the indicators are to be read."""

    code = "relance_indicateurs"
    libelle = "Rappel : relevé d'indicateurs attendu"


class ParticipationRetenue(MessageDossier):
    """Announces a co-investment in own funds."""

    code = "participation_retenue"
    libelle = "Participation au capital retenue"
    montant: Exact
    capital: Exact | None = None
    structure_nom: str | None = None
    raisons: list[str] = []
    echeance: AwareDatetime | None = None
    echeance_libelle: str | None = None


class ParticipationNonRetenue(MessageDefavorable):
    """A co-investment is refused, motivated; the grant stands."""

    code = "participation_non_retenue"
    libelle = "Participation au capital non retenue"
