"""Acts of the partnership: who takes part beside the porteur, who signed, and how the whole is financed."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, delete, select

from ami.actes import Cadre, Donnees, Montant, acte
from ami.erreurs import DonneesInvalides
from ami.models import Dossier, LignePlan, Partenaire, Personne, Structure
from ami.rattachement import PORTEUR, rattacher
from ami.saisie import Identifiant, Jour, Ligne, existant, pas_dans_le_futur, sans_doublon
from ami.sujets import identifiant

Qualite = Literal["co_candidat", "partenaire", "co_investisseur", "societe_projet"]
CO_CANDIDAT = "co_candidat"
CO_INVESTISSEUR = "co_investisseur"
SOCIETE_PROJET = "societe_projet"


class PartenaireDeclare(Donnees):
    """One partner: a structure, in which quality, whom to write to there, what it brings (euros)."""

    structure: Identifiant
    qualite: Qualite = "partenaire"
    contact: Identifiant | None = None
    apport: Montant = Decimal(0)


class DeclarerPartenaires(Donnees):
    """Partners added, or described anew."""

    partenaires: Annotated[list[PartenaireDeclare], Field(min_length=1, max_length=50)]


class SignerEngagement(Donnees):
    """A partner's commitment, signed; `apport` replaces what was declared."""

    structure: Identifiant
    signe_le: Jour
    reference: Annotated[Ligne, StringConstraints(max_length=60)]
    apport: Montant | None = None


class LigneDeclaree(Donnees):
    """One line of the financing plan; a resource without financeur is the porteur's own.

    `eligible`: a use of money the aids may be counted on.
    """

    sens: Literal["emploi", "ressource"]
    libelle: Ligne
    montant: Montant
    financeur: Ligne | None = None
    statut: Literal["", "sollicite", "acquis"] = ""
    en_nature: bool = False
    public: bool = False
    eligible: bool = True


class DeposerPlan(Donnees):
    """The whole financing plan, in its base (HT or TTC): it replaces the one before."""

    base: Literal["HT", "TTC"] = "HT"
    lignes: Annotated[list[LigneDeclaree], Field(min_length=1, max_length=500)]


@acte("declarer_partenaires", DeclarerPartenaires)
def declarer_partenaires(cadre: Cadre, dossier: Dossier, donnees: DeclarerPartenaires) -> None:
    """Add partners, or describe known ones anew; whoever applies together with the porteur acts and is told as it is.

    Raises:
        DonneesInvalides: unknown structure or contact, a partner named twice, or no contact at a co-candidat's.
    """
    sans_doublon([f"{p.structure} ({p.qualite})" for p in donnees.partenaires], "partenaires")
    for declare in donnees.partenaires:
        _declarer(cadre, dossier, declare)
    cadre.session.flush()


@acte("signer_engagement", SignerEngagement)
def signer_engagement(cadre: Cadre, dossier: Dossier, donnees: SignerEngagement) -> None:
    """Keep a partner's signed commitment, in every quality it has.

    Raises:
        DonneesInvalides: this structure is no partner of the dossier, or the day is not come yet.
    """
    pas_dans_le_futur(donnees.signe_le, cadre.maintenant, "signe_le")
    lignes = [p for p in partenaires_de(cadre.session, dossier) if p.structure_id == donnees.structure]
    if not lignes:
        raise DonneesInvalides("« structure » : cette structure n'est pas partenaire du dossier ; déclarez-la d'abord.")
    for partenaire in lignes:
        partenaire.signe_le, partenaire.reference = donnees.signe_le, donnees.reference
        if donnees.apport is not None:
            partenaire.apport = donnees.apport
    cadre.session.flush()


@acte("deposer_plan", DeposerPlan)
def deposer_plan(cadre: Cadre, dossier: Dossier, donnees: DeposerPlan) -> None:
    """Replace the financing plan; whether it balances, and who has granted what, is for the règlement to ask.

    Raises:
        DonneesInvalides: a use of money with a financeur or a status, which only a resource has.
    """
    for rang, ligne in enumerate(donnees.lignes, 1):
        if ligne.sens == "emploi" and (ligne.financeur or ligne.statut):
            raise DonneesInvalides(f"« lignes » : la ligne {rang} est un emploi, elle n'a ni financeur ni statut.")
        if ligne.sens == "ressource" and not ligne.eligible:
            raise DonneesInvalides(f"« lignes » : la ligne {rang} est une ressource, seul un emploi peut être écarté.")
    dossier.base_plan = donnees.base
    cadre.session.exec(delete(LignePlan).where(col(LignePlan.dossier_id) == dossier.id))
    cadre.session.add_all(LignePlan(dossier_id=identifiant(dossier), **dict(ligne)) for ligne in donnees.lignes)
    cadre.session.flush()


def partenaires_de(session: Session, dossier: Dossier) -> list[Partenaire]:
    """The partners of a dossier, in the order they were declared."""
    requete = select(Partenaire).where(Partenaire.dossier_id == dossier.id).order_by(col(Partenaire.id))
    return list(session.exec(requete))


def societe_projet(session: Session, dossier: Dossier) -> int | None:
    """The company the project is carried by, when one is declared: the payee of a participation."""
    return next((p.structure_id for p in partenaires_de(session, dossier) if p.qualite == SOCIETE_PROJET), None)


def _declarer(cadre: Cadre, dossier: Dossier, declare: PartenaireDeclare) -> None:
    existant(cadre.session, Structure, declare.structure, "structure")
    if declare.contact is not None:
        existant(cadre.session, Personne, declare.contact, "contact")
    if declare.qualite == CO_CANDIDAT:
        _associer(cadre, dossier, declare)
    deja = [p for p in partenaires_de(cadre.session, dossier) if p.structure_id == declare.structure]
    ligne = next((p for p in deja if p.qualite == declare.qualite), None)
    if ligne is None:
        ligne = Partenaire(dossier_id=identifiant(dossier), structure_id=declare.structure, qualite=declare.qualite)
    if declare.contact is not None:
        ligne.contact_id = declare.contact
    ligne.apport = declare.apport
    cadre.session.add(ligne)


def _associer(cadre: Cadre, dossier: Dossier, declare: PartenaireDeclare) -> None:
    """A co-candidat carries the dossier too: its contact acts and is told as the porteur's is."""
    if declare.structure == dossier.porteur_id:
        raise DonneesInvalides("« structure » : le porteur ne peut pas être son propre co-candidat.")
    if declare.contact is None:
        raise DonneesInvalides("« contact » : nommez la personne à qui écrire chez le co-candidat.")
    rattacher(cadre.session, dossier, declare.contact, PORTEUR, cadre.maintenant)
