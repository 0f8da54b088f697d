"""Messages of the second selection and of what follows it: lists, places, withdrawals, réclamations."""

from typing import ClassVar

from pydantic import AwareDatetime

from notifications.catalogue.base import Agenda, Exact, MessageDefavorable, MessageDossier, MessageEcheance


class Laureat(MessageDossier):
    """Announces a lauréat."""

    code = "laureat"
    libelle = "Projet lauréat"
    montant: Exact
    note: Exact | None = None
    rang: int | None = None
    raisons: list[str] = []
    commentaire: str | None = None


class ListeComplementaire(MessageDefavorable):
    """Announces a place on the liste complémentaire."""

    code = "liste_complementaire"
    libelle = "Liste complémentaire"
    rang: int
    note: Exact | None = None


class Ajournement(MessageDossier):
    """Announces that the decision is put off, and why."""

    code = "ajournement"
    libelle = "Décision ajournée"
    agenda: ClassVar[Agenda | None] = Agenda.ECHEANCE
    raisons: list[str]
    commentaire: str | None = None
    voies_recours: str | None = None
    echeance: AwareDatetime | None = None
    echeance_libelle: str | None = None


class ComplementsRecus(MessageDossier):
    """Receipt of what a comité asked for before it decides."""

    code = "complements_recus"
    libelle = "Compléments reçus"
    commentaire: str | None = None


class Rejet(MessageDefavorable):
    """Announces a refusal, motivated."""

    code = "rejet"
    libelle = "Projet non retenu"
    note: Exact | None = None


class PlaceProposee(MessageEcheance):
    """Proposes a place set free by a lauréat."""

    code = "place_proposee"
    libelle = "Une place vous est proposée"
    montant: Exact | None = None
    rang: int | None = None


class PlaceAcceptee(MessageDossier):
    """Confirms that the place is taken."""

    code = "place_acceptee"
    libelle = "Place acceptée"
    montant: Exact | None = None


class Abandon(MessageDossier):
    """Takes note that a dossier is abandoned."""

    code = "abandon"
    libelle = "Abandon enregistré"
    raisons: list[str] = []
    commentaire: str | None = None
    montant: Exact | None = None


class Desistement(MessageDossier):
    """Takes note that an applicant withdraws."""

    code = "desistement"
    libelle = "Désistement enregistré"
    raisons: list[str] = []
    commentaire: str | None = None
    montant: Exact | None = None


class Resiliation(MessageDefavorable):
    """The convention is ended by the organisme, with its reasons and how to contest them."""

    code = "resiliation"
    libelle = "Convention résiliée"
    montant: Exact | None = None


class PlaceNonAcceptee(MessageDefavorable):
    """The place offered was not accepted in time and goes to the next one."""

    code = "place_non_acceptee"
    libelle = "Place non acceptée à temps"


class ReclamationRecue(MessageDossier):
    """Receipt of a réclamation."""

    code = "reclamation_recue"
    libelle = "Réclamation reçue"
    echeance: AwareDatetime | None = None


class ReclamationRepondue(MessageDossier):
    """Answers a réclamation."""

    code = "reclamation_repondue"
    libelle = "Réponse à votre réclamation"
    commentaire: str
    raisons: list[str] = []
    voies_recours: str | None = None
