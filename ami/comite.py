"""Acts of the committee: the first selection, the délibération, its notification, a place accepted."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from ami.actes import Cadre, Donnees, Montant, SansDonnees, acte
from ami.campagnes import reserver_campagne
from ami.erreurs import DonneesInvalides, Refus
from ami.models import Comite, Deliberation, Dossier
from ami.presences import (
    a_le_quorum,
    a_siege,
    consigner_deports,
    deports_pour,
    exiger_quorum,
    juges_au,
    presents_pour,
)
from ami.saisie import CodeSaisi, Identifiant, Paragraphe, ParagrapheLibre
from ami.sujets import identifiant
from ami.votes import exiger_adoption, exiger_vote_apres_rejet, scrutin, scrutins
from rules.modele import Reglement
from rules.vocabulaire import Role

MEMBRE: Role = "membre_comite"


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
def notifier(cadre: Cadre, dossier: Dossier, _donnees: SansDonnees) -> None:
    """Staff send the decision out; which one was kept when it was taken.

    Raises:
        Refus: without the members in whom a conflict was found since, it had no quorum or was not adopted; or the
            session adopted another decision since.
    """
    requete = select(Deliberation).where(Deliberation.dossier_id == dossier.id).order_by(col(Deliberation.id).desc())
    derniere = cadre.session.exec(requete).first()
    comite = cadre.session.get(Comite, derniere.comite_id) if derniere is not None and derniere.comite_id else None
    if derniere is not None and comite is not None:
        _exiger_tenue(cadre.session, comite, dossier, derniere, cadre.reglement)


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
        Refus: the session has no quorum for this dossier, or did not adopt this; another one rejected it, and this one
            did not vote; or the member who acts did not sit.
    """
    comite = comite_de(cadre.session, dossier, nomme, cadre.maintenant)
    if nomme is not None and comite is not None:
        exiger_quorum(cadre.session, comite, dossier, cadre.reglement)
    elif comite is not None and not a_le_quorum(cadre.session, comite, dossier, cadre.reglement):
        comite = None
    exiger_vote_apres_rejet(cadre.session, comite, dossier, nom_acte, decision, cadre.reglement)
    if comite is not None:
        _exiger_siege(cadre, comite, dossier)
        exiger_adoption(cadre.session, comite, dossier, nom_acte, decision, cadre.reglement)
        consigner_deports(cadre.session, comite, dossier, cadre.reglement, cadre.maintenant)
    return comite


def tour_adopte(cadre: Cadre, comite: Comite | None, dossier: Dossier, nom_acte: str) -> int | None:
    """The ballot a decision rests on; None when none was noted."""
    dit = scrutin(cadre.session, comite, dossier, nom_acte, cadre.reglement) if comite is not None else None
    return dit.tour if dit is not None else None


def _exiger_siege(cadre: Cadre, comite: Comite, dossier: Dossier) -> None:
    """A member decides in the name of a session they sat in; a seat held by nobody in particular may be theirs."""
    if cadre.acteur.role != MEMBRE:
        return
    juges = presents_pour(cadre.session, comite, dossier, cadre.reglement)
    if not any(comite.sieges.get(siege, cadre.acteur.personne_id) == cadre.acteur.personne_id for siege in juges):
        raise Refus(
            f"Vous ne teniez aucun siège du comité {comite.code} pour le dossier {dossier.numero} : sa décision est "
            "enregistrée par un membre qui en a jugé, ou par l'équipe."
        )


def _exiger_tenue(
    session: Session, comite: Comite, dossier: Dossier, derniere: Deliberation, reglement: Reglement
) -> None:
    """What was decided still stands, as recorded, without those in whom a conflict was found since."""
    connus = deports_pour(session, comite, dossier, reglement)
    juges = [siege for siege in juges_au(session, comite, dossier, derniere.decide_le) if siege not in connus]
    requis = reglement.comite.quorum if reglement.comite is not None else 0
    dits = scrutins(session, comite, dossier, derniere.acte, reglement, juges)
    raison = ""
    if len(juges) < requis:
        raison = f"{len(juges)} membre(s) pouvaient en juger, il en faut {requis} ({_motifs(connus)})"
    elif any(dit.tour == derniere.tour and not dit.adopte for dit in dits):
        raison = f"sans les conflits d'intérêts trouvés depuis, le vote ne l'adopte plus ({_motifs(connus)})"
    elif dits and dits[-1].tour != derniere.tour and dits[-1].adopte and dits[-1].decision != derniere.decision:
        raison = f"il s'est prononcé depuis sur « {dits[-1].decision} » ({dits[-1].dit})"
    if raison:
        raise Refus(
            f"La décision « {derniere.decision} » du comité {comite.code} sur le dossier {dossier.numero} ne peut pas "
            f"être annoncée : {raison}. Faites-en délibérer de nouveau."
        )


def _motifs(connus: Mapping[str, str]) -> str:
    return " ; ".join(f"{siege} : {motif}" for siege, motif in connus.items()) or "aucun déport"


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
            tour=tour_adopte(cadre, comite, dossier, nom_acte),
        )
    )
    dossier.decision, dossier.rang, dossier.montant_accorde = donnees.decision, rang, donnees.montant_accorde
    cadre.session.flush()


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
