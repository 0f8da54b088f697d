"""What a line may tell beside acts: sessions of the comité from call to minutes, selections proposed, papers signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine
from sqlmodel import Session

from ami.annonces import apercevoir, notifier_seance
from ami.candidats import lire_donnees
from ami.choix.pack import Scenario
from ami.magasin import Magasin
from ami.models import Campagne, Dossier, Personne
from ami.proces_verbal import composer, emettre
from ami.regards import OPERATEUR
from ami.reglements import reglement_de
from ami.scenarios import choisir, enregistrer, proposer
from ami.scrutins import accorder, deporter, examiner, voter
from ami.seances import annuler, convoquer, deplacer, emarger, trouver_seance
from ami.sujets import Acteur, identifiant
from flows.demonstration.papiers import Papier, signer

PARIS = ZoneInfo("Europe/Paris")


class _Dit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Seance(_Dit):
    """A session called, moved (`tenue_le`, `lieu`) or cancelled (`motif`); `tenue_le` is an instant of the story."""

    seance: str
    tenue_le: str = ""
    lieu: str = "Paris"
    motif: str = ""


class Emargement(_Dit):
    """Who sits: a person of the story by seat; nothing for a seat held by nobody in particular."""

    seance: str
    sieges: dict[str, str | None]


class DeportDit(_Dit):
    """Who leaves the room for the dossier of the line."""

    seance: str
    siege: str
    motif: str


class VoteDit(_Dit):
    """What is said of the dossier of the line: a voice by seat, or `consensus: true`."""

    seance: str
    decision: str
    voix: dict[str, str] = {}
    consensus: bool = False


class PropositionDite(_Dit):
    """Selections computed and kept by name, each with its method; the session starts from one."""

    seance: str
    scenarios: dict[str, Literal["rang", "optimum"]]
    part_de: str


class ProcesVerbal(_Dit):
    """The minutes issued, and phrases they say (`pas: …`: must not)."""

    seance: str
    dit: list[str]


class SignatureDite(_Dit):
    """A convention (by its aid) or an avenant (by its reference) issued, then recorded with its file signed."""

    nature: str
    le: date
    avenant: str | None = None
    montant: str = ""
    fin: date | None = None
    motif: str = ""


class Gestes(_Dit):
    """What a line tells, at most one of these."""

    convoquer: Seance | None = None
    deplacer: Seance | None = None
    annuler: Seance | None = None
    emarger: Emargement | None = None
    deporter: DeportDit | None = None
    voter: VoteDit | None = None
    proposer: PropositionDite | None = None
    notifier: str | None = None
    proces_verbal: ProcesVerbal | None = None
    signer: SignatureDite | None = None

    @property
    def gestes(self) -> list[str]:
        """The names of those told."""
        return [nom for nom in Gestes.model_fields if getattr(self, nom) is not None]


@dataclass(frozen=True)
class Monde:
    """Where a geste is done: by whom, on which dossier; `ids` gains the sessions called."""

    session: Session
    ids: dict[str, int]
    dossier_id: int | None
    acteur: Acteur | None
    maintenant: datetime
    pieces: Path

    @property
    def campagne(self) -> Campagne:
        """The campagne of the story."""
        return self.session.get_one(Campagne, self.ids["campagne"])

    @property
    def dossier(self) -> Dossier:
        """The dossier of the line."""
        assert self.dossier_id is not None, "ce geste porte sur un « dossier » : lequel ?"
        return self.session.get_one(Dossier, self.dossier_id)


def accomplir(m: Monde, gestes: Gestes) -> None:
    """Do what a line tells, by the use cases; the caller commits.

    Raises:
        ami.erreurs.ErreurMetier: the engine refuses.
    """
    match gestes:
        case Gestes(convoquer=Seance() as dite):
            _convoquer(m, dite)
        case Gestes(deplacer=Seance() as dite):
            quand, lieu = _instant(dite.tenue_le), dite.lieu
            comite, reglement = trouver_seance(m.session, dite.seance), _reglement(m)
            deplacer(m.session, comite, reglement, tenue_le=quand, lieu=lieu, maintenant=m.maintenant)
        case Gestes(annuler=Seance() as dite):
            comite = trouver_seance(m.session, dite.seance)
            annuler(m.session, comite, _reglement(m), motif=dite.motif, maintenant=m.maintenant)
        case Gestes(emarger=Emargement() as dit):
            gens = {s: m.session.get_one(Personne, m.ids[nom]) if nom else None for s, nom in dit.sieges.items()}
            emarger(m.session, trouver_seance(m.session, dit.seance), gens, m.maintenant)
        case Gestes(deporter=DeportDit() as dit):
            comite = trouver_seance(m.session, dit.seance)
            deporter(m.session, comite, dit.siege, m.dossier, dit.motif, m.maintenant)
        case _:
            _decider(m, gestes)


def _decider(m: Monde, gestes: Gestes) -> None:
    match gestes:
        case Gestes(voter=VoteDit() as dit):
            examen = examiner(m.session, trouver_seance(m.session, dit.seance), m.dossier, m.maintenant)
            accorder(examen, dit.decision) if dit.consensus else voter(examen, dit.decision, dit.voix)
        case Gestes(proposer=PropositionDite() as dite):
            _proposer(m, dite)
        case Gestes(notifier=str() as code):
            _notifier(m, code)
        case Gestes(proces_verbal=ProcesVerbal() as dit):
            _consigner(m, dit)


def signer_papier(
    engine: Engine, pieces: Path, dossier_id: int, acteur: Acteur, maintenant: datetime, dite: SignatureDite
) -> None:
    """Issue a paper and record it signed: two transactions of its own.

    Raises:
        ami.erreurs.ErreurMetier: the engine refuses.
    """
    papier = Papier(_donnees(dite), maintenant, acteur)
    assert signer(engine, Magasin(pieces), dossier_id, papier, pieces.parent / "papiers"), "déjà signé"


def _convoquer(m: Monde, dite: Seance) -> None:
    """The agenda is the dossier of the line, else every one that waits for a session."""
    comite, _ = convoquer(
        m.session,
        m.campagne,
        _reglement(m),
        code=dite.seance,
        tenue_le=_instant(dite.tenue_le),
        lieu=dite.lieu,
        maintenant=m.maintenant,
        dossiers=None if m.dossier_id is None else [m.dossier],
    )
    m.ids[dite.seance] = identifiant(comite)


def _proposer(m: Monde, dite: PropositionDite) -> None:
    donnees = lire_donnees(m.session, OPERATEUR, m.campagne, m.maintenant)
    for nom, methode in dite.scenarios.items():
        proposition = proposer(donnees, donnees.regles, methode)
        scenario = Scenario(nom=nom, regles=donnees.regles, proposition=proposition)
        enregistrer(m.session, m.campagne, scenario, donnees, m.maintenant)
    choisir(m.session, m.campagne, dite.part_de, trouver_seance(m.session, dite.seance), m.maintenant)


def _notifier(m: Monde, code: str) -> None:
    """The preview first, as staff would: it leaves nothing done, so that each dossier shown is still to be told."""
    assert m.acteur is not None, "une séance est notifiée par quelqu'un (« par »)"
    comite = trouver_seance(m.session, code)
    vus = [annonce.numero for annonce in apercevoir(m.session, comite, m.acteur, m.maintenant)]
    notifies = notifier_seance(m.session, comite, m.acteur, m.maintenant)
    assert [m.session.get_one(Dossier, mouvement.sujet.id).numero for mouvement in notifies] == vus != []


def _consigner(m: Monde, dit: ProcesVerbal) -> None:
    comite = trouver_seance(m.session, dit.seance)
    assert emettre(m.session, Magasin(m.pieces), comite, m.maintenant).octets.startswith(b"%PDF")
    texte = " ".join(" ".join(_textes(composer(m.session, comite))).split())
    for phrase in dit.dit:
        voulue = phrase.removeprefix("pas: ")
        assert (voulue in texte) == (voulue == phrase), f"procès-verbal, « {phrase} » :\n{texte}"


def _textes(valeur: object) -> list[str]:
    match valeur:
        case Mapping():
            return [texte for element in valeur.values() for texte in _textes(element)]
        case list():
            return [texte for element in valeur for texte in _textes(element)]
        case _:
            return [str(valeur)]


def _donnees(dite: SignatureDite) -> dict[str, Any]:
    if dite.avenant is None:
        return {"nature": dite.nature, "signee_le": dite.le}
    suite = {"montant": dite.montant, "fin": dite.fin, "motif": dite.motif}
    return {"nature": dite.nature, "signe_le": dite.le, "reference": dite.avenant, **suite}


def _reglement(m: Monde) -> Any:
    return reglement_de(m.session, m.ids["campagne"]).reglement


def _instant(texte: str) -> datetime:
    return datetime.strptime(texte, "%d/%m/%Y %H:%M").replace(tzinfo=PARIS)
