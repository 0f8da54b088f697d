"""Acts that follow a project on its way: revues, spending, avenants, indicators."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from ami.actes import Cadre, Donnees, Montant, acte
from ami.argent import engagements
from ami.erreurs import DonneesInvalides
from ami.financement import engage_net, nature_prevue
from ami.habilitations import AGENT
from ami.models import (
    Avenant,
    Convention,
    DepenseDeclaree,
    Dossier,
    Engagement,
    Piece,
    ReleveIndicateur,
    Revue,
    Versement,
)
from ami.saisie import CodeSaisi, Jour, Ligne, Paragraphe, ParagrapheLibre, exiger_plausible, pas_dans_le_futur
from ami.sujets import identifiant
from notifications.formats import montant as en_francais
from rules.calendrier import jour_legal


class TenirRevue(Donnees):
    """What a revue decided (the règlement names the decisions), its conditions, the date of what comes next."""

    tenue_le: Jour
    decision: Annotated[CodeSaisi, StringConstraints(max_length=40)]
    conditions: ParagrapheLibre = ""
    prochaine_le: Jour | None = None


class DeclarerDepenses(Donnees):
    """Eligible spending since the beginning, for one nature of aid (euros, in the convention's base, HT or TTC)."""

    nature: CodeSaisi
    montant: Montant
    commentaire: ParagrapheLibre = ""


class SignerAvenant(Donnees):
    """A change to a convention: new total of the aid (euros), new end, and why."""

    nature: CodeSaisi
    signe_le: Jour
    reference: Annotated[Ligne, StringConstraints(max_length=60)]
    montant: Montant
    fin: Jour
    motif: Paragraphe


Valeur = Annotated[Decimal, Field(max_digits=13, decimal_places=2)]


class ReleverIndicateurs(Donnees):
    """Values of the règlement's indicators on one day, by code."""

    releve_le: Jour
    valeurs: Annotated[dict[CodeSaisi, Valeur], Field(min_length=1)]
    commentaire: ParagrapheLibre = ""


@acte("tenir_revue", TenirRevue)
def tenir_revue(cadre: Cadre, dossier: Dossier, donnees: TenirRevue) -> None:
    """Keep what a revue decided.

    Raises:
        DonneesInvalides: it is dated after today, or the next date is not after it.
    """
    pas_dans_le_futur(donnees.tenue_le, cadre.maintenant, "tenue_le")
    if donnees.prochaine_le is not None and donnees.prochaine_le <= donnees.tenue_le:
        raise DonneesInvalides("« prochaine_le » : cette date doit suivre celle de la revue.")
    cadre.session.add(Revue(dossier_id=identifiant(dossier), notee_le=cadre.maintenant, **dict(donnees)))
    cadre.session.flush()


@acte("declarer_depenses", DeclarerDepenses)
def declarer_depenses(cadre: Cadre, dossier: Dossier, donnees: DeclarerDepenses) -> None:
    """Keep the spending declared, on which the règlement computes interim payments.

    Raises:
        DonneesInvalides: no such aid in the règlement, no convention for it, less than was declared before (staff may
            put a slip right, saying why, until it is paid on), or no pièce laid since the last declaration.
    """
    nature_prevue(cadre, donnees.nature)
    _convention(cadre.session, dossier, donnees.nature)
    derniere = _derniere_declaration(cadre.session, dossier, donnees.nature)
    if derniere is not None and donnees.montant < derniere.montant:
        _rectifiable(cadre, dossier, donnees, derniere)
    elif derniere is not None and donnees.montant > derniere.montant:
        _justifiee(cadre, dossier, derniere)
    cadre.session.add(DepenseDeclaree(dossier_id=identifiant(dossier), declaree_le=cadre.maintenant, **dict(donnees)))
    cadre.session.flush()


@acte("signer_avenant", SignerAvenant)
def signer_avenant(cadre: Cadre, dossier: Dossier, donnees: SignerAvenant) -> None:
    """Keep an avenant; its money and its new échéance are effects of the règlement.

    Raises:
        DonneesInvalides: no convention for that nature, a reference already used, dated after today, an end not to
            come, signed before the convention or the avenant before it, an aid raised, or lowered under what is paid.
    """
    pas_dans_le_futur(donnees.signe_le, cadre.maintenant, "signe_le")
    convention = _convention(cadre.session, dossier, donnees.nature)
    _apres_le_dernier(cadre.session, dossier, convention, donnees)
    fin_a_venir(donnees.fin, cadre.maintenant)
    _reference_libre(cadre.session, dossier, donnees.reference)
    montant_possible(cadre.session, dossier, donnees.nature, donnees.montant)
    cadre.session.add(Avenant(dossier_id=identifiant(dossier), **dict(donnees)))
    cadre.session.flush()


@acte("relever_indicateurs", ReleverIndicateurs)
def relever_indicateurs(cadre: Cadre, dossier: Dossier, donnees: ReleverIndicateurs) -> None:
    """Keep the values read; one day's reading corrected replaces itself.

    Raises:
        DonneesInvalides: an indicator the règlement doesn't have, or a day not come yet.
    """
    pas_dans_le_futur(donnees.releve_le, cadre.maintenant, "releve_le")
    connus = [indicateur.code for indicateur in cadre.reglement.indicateurs]
    inconnus = [code for code in donnees.valeurs if code not in connus]
    if inconnus:
        raise DonneesInvalides(
            f"« valeurs » : indicateur inconnu, {inconnus[0]}. Indicateurs : {', '.join(connus) or 'aucun'}."
        )
    for code, valeur in donnees.valeurs.items():
        _relever(cadre, dossier, donnees, code, valeur)
    cadre.session.flush()


def depenses_declarees(session: Session, dossier: Dossier, nature: str) -> Decimal:
    """The last cumulated spending declared for a nature (euros); zero when none was."""
    derniere = _derniere_declaration(session, dossier, nature)
    return derniere.montant if derniere is not None else Decimal(0)


def _derniere_declaration(
    session: Session, dossier: Dossier, nature: str, *, avant: datetime | None = None
) -> DepenseDeclaree | None:
    requete = select(DepenseDeclaree).where(DepenseDeclaree.dossier_id == dossier.id, DepenseDeclaree.nature == nature)
    if avant is not None:
        requete = requete.where(col(DepenseDeclaree.declaree_le) <= avant)
    return session.exec(requete.order_by(col(DepenseDeclaree.id).desc())).first()


def avenant_en_vigueur(session: Session, dossier: Dossier, nature: str) -> Avenant | None:
    """The last avenant to a convention, which says its present amount and end."""
    signes = avenants_de(session, dossier, nature)
    return signes[-1] if signes else None


def avenants_de(session: Session, dossier: Dossier, nature: str) -> list[Avenant]:
    """The avenants to a convention in the order they were recorded, which is that of the money they moved."""
    requete = select(Avenant).where(Avenant.dossier_id == dossier.id, Avenant.nature == nature)
    return list(session.exec(requete.order_by(col(Avenant.id))))


def aide_en_vigueur(session: Session, dossier: Dossier, nature: str) -> Decimal | None:
    """The aid as last signed, by an avenant or else by the convention (euros); None before any signature."""
    avenant = avenant_en_vigueur(session, dossier, nature)
    if avenant is not None:
        return avenant.montant
    convention = convention_signee(session, dossier, nature)
    return convention.montant if convention is not None else None


def convention_signee(session: Session, dossier: Dossier, nature: str) -> Convention | None:
    """The convention signed for a nature of aid; None before."""
    requete = select(Convention).where(Convention.dossier_id == dossier.id, Convention.nature == nature)
    return session.exec(requete).first()


def _convention(session: Session, dossier: Dossier, nature: str) -> Convention:
    convention = convention_signee(session, dossier, nature)
    if convention is None:
        raise DonneesInvalides(f"« nature » : aucune convention n'est signée pour l'aide « {nature} ».")
    return convention


def _rectifiable(cadre: Cadre, dossier: Dossier, donnees: DeclarerDepenses, derniere: DepenseDeclaree) -> None:
    """A declaration goes down by staff only, with a reason, and never under the one a payment was computed on."""
    if cadre.acteur.role != AGENT:
        raise DonneesInvalides(
            f"« montant » : les dépenses se déclarent depuis l'origine ; {en_francais(derniere.montant)} l'étaient "
            "déjà. Si c'était une erreur, demandez au service instructeur de la rectifier."
        )
    if not donnees.commentaire.strip():
        raise DonneesInvalides("« commentaire » : dites pourquoi les dépenses déclarées diminuent.")
    payee = _declaration_payee(cadre.session, dossier, donnees.nature)
    if payee is not None and donnees.montant < payee.montant:
        raise DonneesInvalides(
            f"« montant » : un versement a été ordonné sur {en_francais(payee.montant)} de dépenses ; elles ne "
            "diminuent plus en dessous, l'écart se règle au solde."
        )


def _declaration_payee(session: Session, dossier: Dossier, nature: str) -> DepenseDeclaree | None:
    """The declaration the last payment was computed on; None when nothing was paid since one was made."""
    requete = (
        select(Versement.ordonne_le)
        .join(Engagement, col(Engagement.id) == col(Versement.engagement_id))
        .where(Engagement.dossier_id == dossier.id, Engagement.nature == nature, Versement.montant > 0)
        .order_by(col(Versement.ordonne_le).desc())
    )
    ordonne_le = session.exec(requete).first()
    return _derniere_declaration(session, dossier, nature, avant=ordonne_le) if ordonne_le is not None else None


def _justifiee(cadre: Cadre, dossier: Dossier, derniere: DepenseDeclaree) -> None:
    """What a declaration adds is read in a pièce laid since the last one, when the règlement has pièces for it."""
    prevues = {piece.code: piece for piece in cadre.reglement.pieces if piece.acte == "declarer_depenses"}
    jointes = cadre.session.exec(
        select(Piece.code).where(
            Piece.dossier_id == dossier.id,
            col(Piece.code).in_(prevues),
            col(Piece.deposee_le) > derniere.declaree_le,
        )
    ).all()
    if prevues and not jointes:
        noms = " ou ".join(f"« {piece.libelle} »" for piece in prevues.values())
        raise DonneesInvalides(
            f"Joignez d'abord {noms} à jour : rien n'a été joint depuis la déclaration du "
            f"{jour_legal(derniere.declaree_le):%d/%m/%Y}."
        )


def _reference_libre(session: Session, dossier: Dossier, reference: str) -> None:
    requete = select(Avenant.id).where(Avenant.dossier_id == dossier.id, Avenant.reference == reference)
    if session.exec(requete).first() is not None:
        raise DonneesInvalides(f"« reference » : l'avenant {reference} est déjà enregistré pour ce dossier.")


def _apres_le_dernier(session: Session, dossier: Dossier, convention: Convention, donnees: SignerAvenant) -> None:
    """What is signed last is what stands: avenants are recorded in the order they were signed."""
    avenant = avenant_en_vigueur(session, dossier, donnees.nature)
    quoi = f"de l'avenant {avenant.reference}" if avenant is not None else f"de la convention {convention.reference}"
    dernier = avenant.signe_le if avenant is not None else convention.signee_le
    if donnees.signe_le < dernier:
        raise DonneesInvalides(
            f"« signe_le » : le {donnees.signe_le:%d/%m/%Y} précède la signature {quoi}, le {dernier:%d/%m/%Y} ; "
            "vérifiez ce jour."
        )


def fin_a_venir(fin: date, maintenant: datetime) -> None:
    """The new end of a convention is still to come, or it ends nothing.

    Raises:
        DonneesInvalides: that day is here or past, or out of any campagne.
    """
    exiger_plausible(fin, "fin")
    if fin <= jour_legal(maintenant):
        raise DonneesInvalides(f"« fin » : le {fin:%d/%m/%Y} n'est pas à venir ; donnez la nouvelle date de fin.")


def montant_possible(session: Session, dossier: Dossier, nature: str, montant: Decimal) -> None:
    """An avenant never raises an aid (that is a new decision), nor lowers it under what is paid.

    Raises:
        DonneesInvalides: it would.
    """
    engage = engage_net(session, dossier, nature)
    paye = sum((e.paye - e.reverse for e in engagements(session, dossier, nature)), Decimal(0))
    if not paye <= montant <= engage:
        raise DonneesInvalides(
            f"« montant » : {en_francais(montant)} doit rester entre ce qui est déjà versé "
            f"({en_francais(paye)}) et l'aide en vigueur ({en_francais(engage)})."
        )


def _relever(cadre: Cadre, dossier: Dossier, donnees: ReleverIndicateurs, code: str, valeur: Decimal) -> None:
    requete = select(ReleveIndicateur).where(
        ReleveIndicateur.dossier_id == dossier.id,
        ReleveIndicateur.indicateur == code,
        ReleveIndicateur.releve_le == donnees.releve_le,
    )
    releve = cadre.session.exec(requete).first() or ReleveIndicateur(
        dossier_id=identifiant(dossier), indicateur=code, releve_le=donnees.releve_le
    )
    releve.valeur, releve.commentaire, releve.note_le = valeur, donnees.commentaire, cadre.maintenant
    cadre.session.add(releve)
