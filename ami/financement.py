"""Acts of the money: a convention signed, the bilan, payments and what comes back. Effects move the euros."""

from decimal import Decimal
from typing import Annotated

from pydantic import StringConstraints
from sqlmodel import Session, select

from ami.actes import Cadre, Donnees, Montant, acte
from ami.argent import engagements
from ami.beneficiaires import exiger_aide
from ami.erreurs import DonneesInvalides
from ami.models import Convention, Dossier
from ami.saisie import CodeSaisi, Jour, Ligne, Paragraphe, ParagrapheLibre, pas_dans_le_futur
from ami.sujets import identifiant
from rules.calendrier import jour_legal


class SignerConvention(Donnees):
    """A convention for one nature of aid, the day it was signed, its reference."""

    nature: CodeSaisi
    signee_le: Jour
    reference: Annotated[Ligne, StringConstraints(max_length=60)]


class DemanderSolde(Donnees):
    """The bilan: what was really spent (euros), and what was done."""

    depenses_reelles: Montant
    bilan: Paragraphe


class Verser(Donnees):
    """Staff order the payment the règlement computes."""

    commentaire: ParagrapheLibre = ""


class ConstaterReversement(Donnees):
    """The day the sum asked back came in."""

    recu_le: Jour


@acte("signer_convention", SignerConvention)
def signer_convention(cadre: Cadre, dossier: Dossier, donnees: SignerConvention) -> None:
    """Keep a convention signed, for the amount engaged.

    Raises:
        DonneesInvalides: the règlement has no aid of that nature, nothing is engaged for it, it is signed already, or
            it is dated after today or before the aid was engaged.
    """
    pas_dans_le_futur(donnees.signee_le, cadre.maintenant, "signee_le")
    nature_prevue(cadre, donnees.nature)
    _pas_deja_signee(cadre, dossier, donnees.nature)
    montant = _engage(cadre, dossier, donnees.nature)
    _pas_avant_l_engagement(cadre, dossier, donnees)
    convention = Convention(
        dossier_id=identifiant(dossier),
        nature=donnees.nature,
        reference=donnees.reference,
        signee_le=donnees.signee_le,
        montant=montant,
    )
    cadre.session.add(convention)
    cadre.session.flush()


@acte("demander_solde", DemanderSolde)
def demander_solde(cadre: Cadre, dossier: Dossier, donnees: DemanderSolde) -> None:
    """Keep the real spending, on which the règlement computes the solde."""
    dossier.depenses_reelles = donnees.depenses_reelles
    cadre.session.flush()


@acte("verser", Verser)
def verser(_cadre: Cadre, _dossier: Dossier, _donnees: Verser) -> None:
    """The effects order the payment, or ask the overpayment back."""


@acte("constater_reversement", ConstaterReversement)
def constater_reversement(cadre: Cadre, _dossier: Dossier, donnees: ConstaterReversement) -> None:
    """The effect gives the sum back to its enveloppe.

    Raises:
        DonneesInvalides: the day is after today.
    """
    pas_dans_le_futur(donnees.recu_le, cadre.maintenant, "recu_le")


def nature_prevue(cadre: Cadre, nature: str) -> None:
    """Refuse a nature of aid the règlement doesn't have.

    Raises:
        DonneesInvalides: it has none of that name.
    """
    exiger_aide(cadre.reglement, nature)


def _pas_deja_signee(cadre: Cadre, dossier: Dossier, nature: str) -> None:
    requete = select(Convention).where(Convention.dossier_id == dossier.id, Convention.nature == nature)
    deja = cadre.session.exec(requete).first()
    if deja is not None:
        raise DonneesInvalides(f"« nature » : la convention {deja.reference} est déjà signée pour cette aide.")


def _pas_avant_l_engagement(cadre: Cadre, dossier: Dossier, donnees: SignerConvention) -> None:
    premier = jour_legal(min(e.engage_le for e in engagements(cadre.session, dossier, donnees.nature)))
    if donnees.signee_le < premier:
        raise DonneesInvalides(
            f"« signee_le » : l'aide n'a été engagée que le {premier:%d/%m/%Y} ; la convention ne peut pas être signée "
            f"le {donnees.signee_le:%d/%m/%Y}."
        )


def _engage(cadre: Cadre, dossier: Dossier, nature: str) -> Decimal:
    """Euros engaged and not freed for that nature; an error when there are none."""
    montant = engage_net(cadre.session, dossier, nature)
    if montant <= 0:
        raise DonneesInvalides(f"« nature » : aucune aide « {nature} » n'est engagée pour le dossier {dossier.numero}.")
    return montant


def engage_net(session: Session, dossier: Dossier, nature: str) -> Decimal:
    """Euros engaged for a dossier and a nature, less those freed."""
    return sum((e.engage - e.libere for e in engagements(session, dossier, nature)), Decimal(0))
