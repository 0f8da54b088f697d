"""Messages about money: payments, balance, reversement, closing."""

from datetime import date

from notifications.catalogue.base import Exact, MessageDossier, MessageEcheance


class AvisVersement(MessageDossier):
    """Tells that a payment was ordered."""

    code = "avis_versement"
    libelle = "Avis de versement"
    montant: Exact
    nature_libelle: str
    montant_engage: Exact | None = None
    montant_verse: Exact | None = None
    structure_nom: str | None = None


class DemandeSoldeRecue(MessageDossier):
    """Receipt of the request for the balance."""

    code = "demande_solde_recue"
    libelle = "Demande de solde reçue"
    depenses: Exact | None = None
    montant: Exact | None = None


class DemandeReversement(MessageEcheance):
    """Asks for money back: the balance is negative."""

    code = "demande_reversement"
    libelle = "Demande de reversement"
    montant: Exact
    structure_nom: str | None = None
    nature_libelle: str | None = None
    montant_engage: Exact | None = None
    montant_verse: Exact | None = None
    raisons: list[str] = []
    voies_recours: str | None = None
    commentaire: str | None = None


class ReversementRecu(MessageDossier):
    """Receipt of money given back."""

    code = "reversement_recu"
    libelle = "Reversement reçu"
    montant: Exact
    nature_libelle: str | None = None
    recu_le: date | None = None


class RelanceBilan(MessageEcheance):
    """Reminds that the bilan is due."""

    code = "relance_bilan"
    libelle = "Rappel : bilan attendu"


class Cloture(MessageDossier):
    """Tells that the dossier is closed."""

    code = "cloture"
    libelle = "Clôture du dossier"
    montant_engage: Exact | None = None
    montant_verse: Exact | None = None
    commentaire: str | None = None
