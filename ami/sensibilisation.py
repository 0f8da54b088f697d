"""Acts of the first phase: a territory shows interest, is met, and the meeting is reported."""

from pydantic import Field
from sqlmodel import col, select

from ami.actes import Cadre, Donnees, Montant, acte
from ami.depot import Ouverture, creer_dossier
from ami.erreurs import DonneesInvalides
from ami.models import ActionSensibilisation, Dossier, Invite, Personne
from ami.rattachement import rattacher_acteur_accompagnateur
from ami.saisie import (
    CodeSaisi,
    Compte,
    Identifiant,
    InstantLegal,
    Jour,
    Ligne,
    LigneCourte,
    Paragraphe,
    ParagrapheLibre,
    existant,
    pas_dans_le_futur,
    sans_doublon,
)
from ami.sujets import identifiant
from rules.calendrier import jour_legal


class ExprimerInteret(Ouverture):
    """A request to be put in touch: `demande` says for what (a seminar, help for a project)."""

    demande: CodeSaisi
    message: ParagrapheLibre = ""


class PlanifierAction(Donnees):
    """A seminar or a meeting to come; `date` without a time zone is legal time."""

    kind: LigneCourte
    date: InstantLegal
    lieu: Ligne
    publics: list[Ligne] = []
    cout_prevu: Montant
    invites: list[Identifiant] = []


class RendreCompteAction(Donnees):
    """What happened: attendance by audience, cost, how many projects were identified."""

    realisee_le: Jour
    presence: dict[Ligne, Compte] = Field(default_factory=dict)
    compte_rendu: Paragraphe
    cout_reel: Montant
    projets: Compte = 0


@acte("exprimer_interet", ExprimerInteret)
def exprimer_interet(cadre: Cadre, _dossier: None, donnees: ExprimerInteret) -> Dossier:
    """Open a dossier on a request to be put in touch with the professionals of the territory.

    Raises:
        DonneesInvalides: unknown porteur or contact, or no contact to answer to.
    """
    dossier = creer_dossier(cadre, donnees)
    dossier.reponses = {"demande": donnees.demande, "message": donnees.message}
    cadre.session.flush()
    return dossier


@acte("planifier_action", PlanifierAction)
def planifier_action(cadre: Cadre, dossier: Dossier, donnees: PlanifierAction) -> None:
    """Plan an action and invite people; the accompagnateur who takes it on accompanies the dossier from now on.

    Raises:
        DonneesInvalides: the day is past, or someone invited is unknown or named twice.
    """
    if jour_legal(donnees.date) < jour_legal(cadre.maintenant):
        raise DonneesInvalides(f"« date » : le {jour_legal(donnees.date):%d/%m/%Y} est déjà passé.")
    sans_doublon(donnees.invites, "invites")
    rattacher_acteur_accompagnateur(cadre, dossier)
    action = ActionSensibilisation(
        dossier_id=identifiant(dossier),
        kind=donnees.kind,
        prevue_le=donnees.date,
        lieu=donnees.lieu,
        publics=list(donnees.publics),
        cout_prevu=donnees.cout_prevu,
    )
    cadre.session.add(action)
    cadre.session.flush()
    _inviter(cadre, action, donnees.invites)


@acte("rendre_compte_action", RendreCompteAction)
def rendre_compte_action(cadre: Cadre, dossier: Dossier, donnees: RendreCompteAction) -> None:
    """Report on the last action planned.

    Raises:
        DonneesInvalides: no action was planned, or it is reported before it took place.
    """
    pas_dans_le_futur(donnees.realisee_le, cadre.maintenant, "realisee_le")
    action = _derniere_action(cadre, dossier)
    action.realisee_le = donnees.realisee_le
    action.presence = dict(donnees.presence)
    action.compte_rendu = donnees.compte_rendu
    action.cout_reel = donnees.cout_reel
    action.projets = donnees.projets
    cadre.session.flush()


def _inviter(cadre: Cadre, action: ActionSensibilisation, invites: list[int]) -> None:
    for personne_id in invites:
        existant(cadre.session, Personne, personne_id, "invites")
        cadre.session.add(Invite(action_id=identifiant(action), personne_id=personne_id))
    cadre.session.flush()


def _derniere_action(cadre: Cadre, dossier: Dossier) -> ActionSensibilisation:
    requete = select(ActionSensibilisation).where(ActionSensibilisation.dossier_id == dossier.id)
    action = cadre.session.exec(requete.order_by(col(ActionSensibilisation.id).desc())).first()
    if action is None:
        raise DonneesInvalides(
            f"Le dossier {dossier.numero} n'a aucune action dont rendre compte : planifiez-la d'abord."
        )
    return action
