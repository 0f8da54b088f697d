"""Acts of the committee: the first selection, the délibération, its notification, a place accepted."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from ami.actes import Cadre, Donnees, Montant, SansDonnees, acte
from ami.campagnes import reserver_campagne
from ami.erreurs import DonneesInvalides
from ami.models import Comite, Deliberation, Dossier
from ami.presences import a_le_quorum, exiger_quorum
from ami.saisie import CodeSaisi, Identifiant, Paragraphe, ParagrapheLibre
from ami.sujets import identifiant
from ami.votes import exiger_adoption
from rules.calendrier import jour_legal


class Selectionner(Donnees):
    """The first selection: a decision the règlement names, its reason, the aid granted for the study."""

    decision: Annotated[CodeSaisi, StringConstraints(max_length=40)]
    motif: Paragraphe
    montant_accorde: Montant = Decimal(0)
    comite: Identifiant | None = None


class Deliberer(Selectionner):
    """The second selection; `rang` orders a waiting list (0: none), `ecart` says why it departs from the proposal."""

    rang: Annotated[int, Field(ge=0, le=10_000)] = 0
    ecart: ParagrapheLibre = ""


@acte("selectionner", Selectionner)
def selectionner(cadre: Cadre, dossier: Dossier, donnees: Selectionner) -> None:
    """Keep what the first selection decided.

    Raises:
        DonneesInvalides: the comité named is not one of this campagne, has not sat yet, or was cancelled.
        Refus: it has no quorum for this dossier, or its votes did not adopt this.
    """
    _decider(cadre, dossier, "selectionner", donnees, rang=0)


@acte("deliberer", Deliberer)
def deliberer(cadre: Cadre, dossier: Dossier, donnees: Deliberer) -> None:
    """Keep what the comité decided; a later délibération replaces it, both stay written.

    Raises:
        DonneesInvalides: the comité named is not one of this campagne, has not sat yet or was cancelled, or the rank
            is taken.
        Refus: it has no quorum for this dossier, or its votes did not adopt this.
    """
    _decider(cadre, dossier, "deliberer", donnees, rang=donnees.rang, ecart=donnees.ecart)


@acte("notifier", SansDonnees)
def notifier(_cadre: Cadre, _dossier: Dossier, _donnees: SansDonnees) -> None:
    """Staff send the decision out; which one was kept when it was taken."""


@acte("accepter_place", SansDonnees)
def accepter_place(_cadre: Cadre, _dossier: Dossier, _donnees: SansDonnees) -> None:
    """The porteur takes the place offered; the règlement says whether it is still open."""


def comite_de(session: Session, dossier: Dossier, nomme: int | None, maintenant: datetime) -> Comite | None:
    """The session at stake: the one named, else the latest of the campagne to have sat; None when none has.

    Raises:
        DonneesInvalides: the one named does not exist in this campagne, was cancelled, or has not sat yet.
    """
    requete = select(Comite).where(Comite.campagne_id == dossier.campagne_id)
    if nomme is None:
        tenues = requete.where(col(Comite.annulee_le).is_(None))
        comites = session.exec(tenues.order_by(col(Comite.tenue_le).desc(), col(Comite.id).desc()))
        return next((comite for comite in comites if a_siege(comite, maintenant)), None)
    comite = session.exec(requete.where(Comite.id == nomme)).first()
    if comite is None:
        raise DonneesInvalides(f"« comite » : aucun comité de cette campagne ne porte l'identifiant {nomme}.")
    if comite.annulee_le is not None:
        raise DonneesInvalides(f"« comite » : la séance {comite.code} a été annulée. Nommez celle qui l'a remplacée.")
    if not a_siege(comite, maintenant):
        raise DonneesInvalides(f"« comite » : le comité {comite.code} ne s'est pas encore réuni.")
    return comite


def comite_qui_decide(cadre: Cadre, dossier: Dossier, nom_acte: str, decision: str, nomme: int | None) -> Comite | None:
    """The session a decision is kept under: with its quorum for this dossier, and having adopted it if it voted.

    Named, it must have both. Not named, the latest session is taken only if it has its quorum: one that could decide
    nothing is not said to have decided, and whether a comité was needed at all is for the règlement's guards.

    Raises:
        DonneesInvalides: see `comite_de`.
        Refus: the session has no quorum for this dossier, or did not adopt this.
    """
    comite = comite_de(cadre.session, dossier, nomme, cadre.maintenant)
    if comite is None:
        return None
    if nomme is not None:
        exiger_quorum(cadre.session, comite, dossier, cadre.reglement)
    elif not a_le_quorum(cadre.session, comite, dossier, cadre.reglement):
        return None
    exiger_adoption(cadre.session, comite, dossier, nom_acte, decision, cadre.reglement)
    return comite


def _decider(
    cadre: Cadre, dossier: Dossier, nom_acte: str, donnees: Selectionner, *, rang: int, ecart: str = ""
) -> None:
    comite = comite_qui_decide(cadre, dossier, nom_acte, donnees.decision, donnees.comite)
    _rang_libre(cadre, dossier, donnees.decision, rang)
    cadre.session.add(
        Deliberation(
            dossier_id=identifiant(dossier),
            comite_id=comite.id if comite is not None else None,
            acte=nom_acte,
            decision=donnees.decision,
            rang=rang,
            motif=donnees.motif,
            montant_accorde=donnees.montant_accorde,
            ecart=ecart,
            decide_le=cadre.maintenant,
        )
    )
    dossier.decision, dossier.rang, dossier.montant_accorde = donnees.decision, rang, donnees.montant_accorde
    cadre.session.flush()


def a_siege(comite: Comite, maintenant: datetime) -> bool:
    """A decision cannot come before the day of the session that takes it; the hour announced may slip."""
    return jour_legal(comite.tenue_le) <= jour_legal(maintenant)


def _rang_libre(cadre: Cadre, dossier: Dossier, decision: str, rang: int) -> None:
    """Two live dossiers of a campagne at one rank would both be next: nobody could say who is offered the place."""
    if rang == 0:
        return
    reserver_campagne(cadre.session, dossier.campagne_id)
    finis = [etat.code for etat in cadre.reglement.workflow("dossier").etats if etat.final]
    autre = cadre.session.exec(
        select(Dossier).where(
            Dossier.campagne_id == dossier.campagne_id,
            Dossier.id != dossier.id,
            Dossier.rang == rang,
            Dossier.decision == decision,
            col(Dossier.etat).not_in(finis),
        )
    ).first()
    if autre is not None:
        raise DonneesInvalides(f"« rang » : le rang {rang} est déjà celui du dossier {autre.numero}.")
