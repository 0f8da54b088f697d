"""What was said of a dossier in a session: the ballot or the consensus, and whether it adopts a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlmodel import Session, col, select

from ami.erreurs import Refus
from ami.models import Comite, Consensus, Dossier, Vote
from ami.presences import presents_pour
from rules.modele import Reglement
from rules.vocabulaire import Acte

Sens = Literal["pour", "contre", "abstention"]
SENS: Final[tuple[Sens, ...]] = ("pour", "contre", "abstention")
# What a session may decide of a dossier.
ACTES_DE_COMITE: Final[tuple[Acte, ...]] = ("selectionner", "deliberer", "examiner_participation")


@dataclass(frozen=True)
class Scrutin:
    """A decision put to the session: each member's vote, or the agreement of all."""

    decision: str
    votes: tuple[tuple[str, str], ...] = ()  # seat, sens
    consensus: bool = False

    def compte(self, sens: Sens) -> int:
        """How many said so."""
        return sum(1 for _, dit in self.votes if dit == sens)

    @property
    def adopte(self) -> bool:
        """More for than against; a tie adopts nothing, an abstention weighs nothing."""
        return self.consensus or self.compte("pour") > self.compte("contre")

    @property
    def dit(self) -> str:
        """The count, in French."""
        if self.consensus:
            return "consensus"
        abstentions = self.compte("abstention")
        accord = "s" if abstentions > 1 else ""
        return f"{self.compte('pour')} pour, {self.compte('contre')} contre, {abstentions} abstention{accord}"


def scrutin(session: Session, comite: Comite, dossier: Dossier, acte: str, reglement: Reglement) -> Scrutin | None:
    """What was said of a dossier for an act; None when nothing was noted.

    The vote of a member who no longer judges this dossier (a conflict found since) is not counted.
    """
    accord = session.exec(
        select(Consensus).where(
            Consensus.comite_id == comite.id, Consensus.dossier_id == dossier.id, Consensus.acte == acte
        )
    ).first()
    if accord is not None:
        return Scrutin(accord.decision, consensus=True)
    lignes = votes_de(session, comite, dossier, acte)
    if not lignes:
        return None
    presents = presents_pour(session, comite, dossier, reglement)
    par_siege = {ligne.membre: ligne.sens for ligne in lignes}
    return Scrutin(lignes[0].decision, tuple((siege, par_siege[siege]) for siege in presents if siege in par_siege))


def votes_de(session: Session, comite: Comite, dossier: Dossier, acte: str) -> Sequence[Vote]:
    """The rows of a ballot: all on one decision, since a new one replaces it whole."""
    requete = select(Vote).where(Vote.comite_id == comite.id, Vote.dossier_id == dossier.id, Vote.acte == acte)
    return session.exec(requete.order_by(col(Vote.id))).all()


def exiger_adoption(
    session: Session, comite: Comite, dossier: Dossier, acte: str, decision: str, reglement: Reglement
) -> None:
    """A decision is the one the session adopted, when its votes or its consensus were noted.

    Raises:
        Refus: it is another one, or it was not adopted; gives the count.
    """
    trouve = scrutin(session, comite, dossier, acte, reglement)
    if trouve is None or (trouve.decision == decision and trouve.adopte):
        return
    if trouve.decision != decision:
        raison = f"s'est prononcé sur « {trouve.decision} » ({trouve.dit}), pas sur « {decision} »"
        remede = "Décidez ce qui a été adopté, ou notez d'abord le vote sur cette autre décision."
    else:
        raison = f"n'a pas adopté « {decision} » : {trouve.dit}"
        remede = "Il faut plus de voix pour que de voix contre ; à égalité, rien n'est adopté."
    raise Refus(f"Pour le dossier {dossier.numero}, le comité {comite.code} {raison}. {remede}")
