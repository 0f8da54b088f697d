"""What was said of a dossier in a session, ballots and consensus, and whether the last word adopts a decision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlmodel import Session, col, select

from ami.erreurs import Refus
from ami.models import Comite, Consensus, Deliberation, Dossier, ExamenParticipation, Vote
from ami.presences import juges_au, presents_pour
from rules.modele import Reglement
from rules.vocabulaire import Acte

Sens = Literal["pour", "contre", "abstention"]
SENS: Final[tuple[Sens, ...]] = ("pour", "contre", "abstention")
# What a session may decide of a dossier.
ACTES_DE_COMITE: Final[tuple[Acte, ...]] = ("selectionner", "deliberer", "examiner_participation")
EXAMINER: Final[Acte] = ACTES_DE_COMITE[-1]


@dataclass(frozen=True)
class Scrutin:
    """A decision put to the session: each member's vote, or the agreement of all.

    `tour` is its rank among what the session said of the dossier; `requis`, how many must say something; `changes`, the
    votes that a member gave before the one counted, in words.
    """

    decision: str
    votes: tuple[tuple[str, str], ...] = ()  # seat, sens
    consensus: bool = False
    tour: int = 1
    requis: int = 0
    changes: tuple[str, ...] = ()

    def compte(self, sens: Sens) -> int:
        """How many said so."""
        return sum(1 for _, dit in self.votes if dit == sens)

    @property
    def adopte(self) -> bool:
        """As many said something as the quorum asks, and more for than against; a tie adopts nothing."""
        return self.consensus or (len(self.votes) >= self.requis and self.compte("pour") > self.compte("contre"))

    @property
    def rejete(self) -> bool:
        """Members were against, and not fewer than those for: another thing than a ballot left unfinished."""
        return self.compte("contre") > 0 and self.compte("contre") >= self.compte("pour")

    @property
    def dit(self) -> str:
        """The count, in French."""
        if self.consensus:
            return "consensus"
        abstentions = self.compte("abstention")
        accord = "s" if abstentions > 1 else ""
        return f"{self.compte('pour')} pour, {self.compte('contre')} contre, {abstentions} abstention{accord}"


def scrutins(
    session: Session, comite: Comite, dossier: Dossier, acte: str, reglement: Reglement, juges: Sequence[str]
) -> list[Scrutin]:
    """All that a session said of a dossier for an act, in order, counting the seats that judge it (`juges`)."""
    ici = {"comite_id": comite.id, "dossier_id": dossier.id, "acte": acte}
    votes = session.exec(select(Vote).filter_by(**ici).order_by(col(Vote.id))).all()
    accords = session.exec(select(Consensus).filter_by(**ici)).all()
    requis = reglement.comite.quorum if reglement.comite is not None else 0
    dits = {a.tour: Scrutin(a.decision, consensus=True, tour=a.tour) for a in accords}
    for tour in {vote.tour for vote in votes}:
        siens = [vote for vote in votes if vote.tour == tour]
        derniers = {vote.membre: vote.sens for vote in siens}  # the last row of a seat is its vote
        comptes = tuple((siege, derniers[siege]) for siege in juges if siege in derniers)
        dits[tour] = Scrutin(
            siens[0].decision, comptes, tour=tour, requis=requis, changes=tuple(_changes(siens, juges))
        )
    return [dits[tour] for tour in sorted(dits)]


def scrutin(session: Session, comite: Comite, dossier: Dossier, acte: str, reglement: Reglement) -> Scrutin | None:
    """The last thing said of a dossier for an act; None when nothing was noted.

    The vote of a member who no longer judges this dossier (a conflict found since) is not counted.
    """
    juges = presents_pour(session, comite, dossier, reglement)
    return next(reversed(scrutins(session, comite, dossier, acte, reglement, juges)), None)


def tours_retenus(session: Session, comite: Comite) -> dict[tuple[int, str], int | None]:
    """By dossier and act, the ballot the session's decision rests on (None: none); before it decides, the last one."""
    tours: dict[tuple[int, str], int | None] = {}
    votes = session.exec(select(Vote).where(Vote.comite_id == comite.id)).all()
    accords = session.exec(select(Consensus).where(Consensus.comite_id == comite.id)).all()
    lignes: list[Vote | Consensus] = [*votes, *accords]
    for ligne in lignes:
        tours[ligne.dossier_id, ligne.acte] = max(tours.get((ligne.dossier_id, ligne.acte)) or 0, ligne.tour)
    deliberations = select(Deliberation).where(Deliberation.comite_id == comite.id)
    for d in session.exec(deliberations.order_by(col(Deliberation.id))):
        tours[d.dossier_id, d.acte] = d.tour
    examens = select(ExamenParticipation).where(ExamenParticipation.comite_id == comite.id)
    for e in session.exec(examens.order_by(col(ExamenParticipation.id))):
        tours[e.dossier_id, EXAMINER] = e.tour
    return tours


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
        raison, remede = f"n'a pas adopté « {decision} » : {trouve.dit}", manque(trouve)
    raise Refus(f"Pour le dossier {dossier.numero}, le comité {comite.code} {raison}. {remede}")


def manque(trouve: Scrutin) -> str:
    """What a ballot lacks to adopt, in French."""
    if len(trouve.votes) < trouve.requis:
        return f"{len(trouve.votes)} membre(s) se sont exprimés, il en faut {trouve.requis} : c'est le quorum."
    return "Il faut plus de voix pour que de voix contre ; à égalité, rien n'est adopté."


def exiger_vote_apres_rejet(
    session: Session, comite: Comite | None, dossier: Dossier, acte: str, decision: str, reglement: Reglement
) -> None:
    """What a session rejected, another one may decide, but by its own votes: not by saying nothing of them.

    Raises:
        Refus: names the session that rejected it, with the count.
    """
    ici = scrutin(session, comite, dossier, acte, reglement) if comite is not None else None
    if ici is not None and ici.votes:
        return
    votees = select(Vote.comite_id).where(Vote.dossier_id == dossier.id, Vote.acte == acte, Vote.decision == decision)
    requete = select(Comite).where(col(Comite.id).in_(votees)).order_by(col(Comite.tenue_le), col(Comite.id))
    for autre in session.exec(requete):
        juges = juges_au(session, autre, dossier)
        dits = [s for s in scrutins(session, autre, dossier, acte, reglement, juges) if s.decision == decision]
        if autre.id != (comite.id if comite is not None else None) and dits[-1].rejete:
            raise Refus(
                f"Pour le dossier {dossier.numero}, le comité {autre.code} a rejeté « {decision} » : {dits[-1].dit}. "
                "Une autre séance peut en décider autrement, par un vote : notez-le (ami comite voter)."
            )


def _changes(votes: Sequence[Vote], juges: Sequence[str]) -> Iterator[str]:
    """What seats said before their last word in a ballot, and what those who left had said."""
    for siege in dict.fromkeys(vote.membre for vote in votes):
        dits = [vote.sens for vote in votes if vote.membre == siege]
        if siege not in juges:
            yield f"{siege} : {', puis '.join(dits)}, non compté"
        elif len(dits) > 1:
            yield f"{siege} : {', puis '.join(dits)}"
