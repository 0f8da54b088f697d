"""Acts by which a dossier comes in: opened, submitted, completed."""

from typing import Any

from pydantic import Field

from ami.actes import Cadre, Donnees, Montant, acte
from ami.campagnes import numero_suivant
from ami.demandes import repondre
from ami.erreurs import DonneesInvalides
from ami.formulaires import valider_corrections, valider_reponses
from ami.lieu import constater_lieu
from ami.models import Dossier, DossierTerritoire, Personne, Structure
from ami.rattachement import PORTEUR, changer_porteur, nommer_accompagnateur, rattacher, rattacher_acteur_accompagnateur
from ami.saisie import CodeTerritoire, Identifiant, Ligne, ParagrapheLibre, existant, sans_doublon
from ami.sujets import identifiant


class Ouverture(Donnees):
    """What any new dossier says: title, quartiers, who carries it (structure) and whom to write to (person)."""

    titre: Ligne
    territoires: list[CodeTerritoire] = Field(default_factory=list, max_length=50)
    porteur: Identifiant
    contact: Identifiant | None = None


class OuvrirDossier(Ouverture):
    """A dossier opened to be filled in; `accompagnateur` is a structure."""

    accompagnateur: Identifiant | None = None


class DeposerCandidature(Donnees):
    """The application: answers to the règlement's forms, cost (as the règlement's base says) and amount asked.

    `porteur` and `contact` are given when another body takes over from the one that first showed interest.
    """

    reponses: dict[str, Any] = Field(default_factory=dict)
    cout_prevu: Montant
    montant_demande: Montant
    accompagnateur: Identifiant | None = None
    porteur: Identifiant | None = None
    contact: Identifiant | None = None


class Completer(Donnees):
    """Answers added or corrected, with a word to staff."""

    reponses: dict[str, Any] = Field(default_factory=dict)
    message: ParagrapheLibre = ""


@acte("ouvrir_dossier", OuvrirDossier)
def ouvrir_dossier(cadre: Cadre, _dossier: None, donnees: OuvrirDossier) -> Dossier:
    """Open a dossier somebody will fill in.

    Raises:
        DonneesInvalides: unknown porteur, contact or accompagnateur, or no contact to write to.
    """
    dossier = creer_dossier(cadre, donnees)
    if donnees.accompagnateur is not None:
        nommer_accompagnateur(cadre, dossier, donnees.accompagnateur)
    return dossier


@acte("deposer_candidature", DeposerCandidature)
def deposer_candidature(cadre: Cadre, dossier: Dossier, donnees: DeposerCandidature) -> None:
    """Write the application into the dossier.

    Raises:
        DonneesInvalides: an answer is missing, unknown or of the wrong kind, a point is not in France; unknown
            accompagnateur, porteur or contact.
    """
    if donnees.porteur is not None and donnees.porteur != dossier.porteur_id:
        changer_porteur(cadre, dossier, donnees.porteur, donnees.contact)
    reponses = valider_reponses(cadre.reglement, "deposer_candidature", donnees.reponses)
    # A new dict each time: a JSON column does not see what is changed inside it.
    dossier.reponses = {**dossier.reponses, **reponses}
    dossier.cout_prevu = donnees.cout_prevu
    dossier.montant_demande = donnees.montant_demande
    if donnees.accompagnateur is not None:
        nommer_accompagnateur(cadre, dossier, donnees.accompagnateur)
    rattacher_acteur_accompagnateur(cadre, dossier)
    cadre.session.flush()
    constater_lieu(cadre, dossier)


@acte("completer", Completer)
def completer(cadre: Cadre, dossier: Dossier, donnees: Completer) -> None:
    """Add or correct answers; the others stay. What staff asked for is marked answered when it is.

    Raises:
        DonneesInvalides: an answer is unknown or of the wrong kind, a point is not in France.
    """
    dossier.reponses = {**dossier.reponses, **valider_corrections(cadre.reglement, donnees.reponses)}
    repondre(cadre, dossier, donnees.message)
    constater_lieu(cadre, dossier)


def creer_dossier(cadre: Cadre, donnees: Ouverture) -> Dossier:
    """A new dossier of the campagne, numbered, with its quartiers and the persons of the porteur attached.

    Raises:
        DonneesInvalides: unknown porteur or contact, a quartier named twice, or no contact to write to.
    """
    sans_doublon(donnees.territoires, "territoires")
    existant(cadre.session, Structure, donnees.porteur, "porteur")
    contacts = _contacts(cadre, donnees)
    dossier = Dossier(
        campagne_id=identifiant(cadre.campagne),
        numero=numero_suivant(cadre.session, cadre.campagne),
        titre=donnees.titre,
        porteur_id=donnees.porteur,
        cree_le=cadre.maintenant,
    )
    cadre.session.add(dossier)
    cadre.session.flush()
    cadre.session.add_all(DossierTerritoire(dossier_id=identifiant(dossier), code=code) for code in donnees.territoires)
    for personne_id in contacts:
        rattacher(cadre.session, dossier, personne_id, PORTEUR, cadre.maintenant)
    return dossier


def _contacts(cadre: Cadre, donnees: Ouverture) -> list[int]:
    """The contact named, and the porteur who acts: whoever opens a dossier must be able to go on with it."""
    acteur = cadre.acteur.personne_id if cadre.acteur.role == PORTEUR else None
    contacts = [p for p in dict.fromkeys((donnees.contact, acteur)) if p is not None]
    if not contacts:
        raise DonneesInvalides("« contact » : nommez la personne à qui écrire au sujet de ce dossier.")
    for personne_id in contacts:
        existant(cadre.session, Personne, personne_id, "contact")
    return contacts
