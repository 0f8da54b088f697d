"""Messages of the candidature: receipt, pièces, recevabilité, first selection."""

from typing import ClassVar

from pydantic import AwareDatetime

from notifications.catalogue.base import Agenda, Exact, MessageDefavorable, MessageDossier, MessageEcheance


class AccuseCandidature(MessageDossier):
    """Receipt of a candidature; promises nothing."""

    code = "accuse_candidature"
    libelle = "Accusé de réception de la candidature"
    montant: Exact | None = None
    porteur_nom: str | None = None
    accompagnateur_nom: str | None = None
    partenaires: list[str] = []


class DemandePieces(MessageEcheance):
    """Asks for missing pièces by a date."""

    code = "demande_pieces"
    libelle = "Demande de pièces complémentaires"
    pieces: list[str]
    commentaire: str | None = None


class DemandePrecisions(MessageEcheance):
    """Asks for pièces or answers while the dossier is examined."""

    code = "demande_precisions"
    libelle = "Demande de pièces ou de précisions"
    pieces: list[str]
    commentaire: str | None = None


class RelancePieces(MessageEcheance):
    """Reminds that pièces are still missing."""

    code = "relance_pieces"
    libelle = "Rappel : pièces attendues"
    pieces: list[str] = []


class Recevabilite(MessageDossier):
    """Says that the candidature is admissible."""

    code = "recevabilite"
    libelle = "Candidature recevable"
    commentaire: str | None = None


class Irrecevabilite(MessageDefavorable):
    """Says that the candidature is not admissible, why, and how to contest."""

    code = "irrecevabilite"
    libelle = "Candidature irrecevable"


class SelectionRetenu(MessageDossier):
    """First selection: the dossier is kept."""

    code = "selection_retenu"
    libelle = "Première sélection : dossier retenu"
    agenda: ClassVar[Agenda | None] = Agenda.ECHEANCE
    montant: Exact | None = None
    nature_libelle: str | None = None
    echeance: AwareDatetime | None = None
    echeance_libelle: str | None = None
    raisons: list[str] = []
    commentaire: str | None = None


class SelectionNonRetenu(MessageDefavorable):
    """First selection: the dossier is not kept."""

    code = "selection_non_retenu"
    libelle = "Première sélection : dossier non retenu"


class SelectionListe(MessageDefavorable):
    """First selection: the dossier waits for means to be free."""

    code = "selection_liste"
    libelle = "Première sélection : liste d'attente"
    rang: int | None = None
