"""Messages of the study: convention, parts sent back or accepted, receipt, validation."""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime

from notifications.catalogue.base import Agenda, Exact, MessageDossier, MessageEcheance


class ConventionEnvoyee(MessageDossier):
    """Sends a convention to its signatories."""

    code = "convention_envoyee"
    libelle = "Convention à signer"
    agenda: ClassVar[Agenda | None] = Agenda.ECHEANCE
    montant: Exact
    nature_libelle: str
    echeance: AwareDatetime | None = None
    echeance_libelle: str | None = None
    structure_nom: str | None = None


class ConventionSignee(MessageDossier):
    """Confirms that the convention is signed."""

    code = "convention_signee"
    libelle = "Convention signée"
    montant: Exact
    nature_libelle: str
    structure_nom: str | None = None
    signee_le: date | None = None
    montant_verse: Exact | None = None
    echeance: AwareDatetime | None = None
    echeance_libelle: str | None = None


class VoletRenvoye(MessageDossier):
    """Sends one part of the study back for correction."""

    code = "volet_renvoye"
    libelle = "Partie de l'étude à reprendre"
    agenda: ClassVar[Agenda | None] = Agenda.ECHEANCE
    volet_libelle: str
    commentaire: str
    echeance: AwareDatetime | None = None
    echeance_libelle: str | None = None


class VoletAccepte(MessageDossier):
    """Accepts one part of the study."""

    code = "volet_accepte"
    libelle = "Partie de l'étude acceptée"
    volet_libelle: str
    commentaire: str | None = None


class AccuseEtude(MessageDossier):
    """Receipt of the whole study."""

    code = "accuse_etude"
    libelle = "Accusé de réception de l'étude"


class EtudeValidee(MessageDossier):
    """Says that the study is validated, and the balance of the aid when there is one."""

    code = "etude_validee"
    libelle = "Étude validée"
    montant: Exact | None = None
    montant_engage: Exact | None = None
    montant_verse: Exact | None = None
    commentaire: str | None = None


class EtudeACompleter(MessageEcheance):
    """Asks for complements to the study by a date."""

    code = "etude_a_completer"
    libelle = "Étude à compléter"
    raisons: list[str]
    commentaire: str | None = None


class RelanceLivrable(MessageEcheance):
    """Reminds of what is to be laid: a part of the study, the study, what a comité asked for."""

    code = "relance_livrable"
    libelle = "Rappel : dépôt attendu"
    volet_libelle: str | None = None
