"""What happened to a dossier or a réclamation: its journal in words, and what was found at each decision."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sqlalchemy import and_
from sqlmodel import Session, col, select

from ami.discretion import montrable, signable, traces_montrables
from ami.models import ConstatLigne, Journal, JournalDetail, Personne, SujetBase
from ami.regards import Regard, exiger_lecture
from ami.reglements import reglement_de
from ami.sujets import SYSTEME, Sujet, sujet_de
from rules.evaluation import Constat, Defaillance
from rules.modele import Workflow

INCONNU: Final = "personne effacée"
MOTIFS: Final = ("motif", "commentaire")  # what acts call the reason they are given


@dataclass(frozen=True)
class Etape:
    """One line of the journal: which transition, from where (None: it began) to where, by whom in which role.

    `motif` is the reason a person gave with the act, as long as it is kept.
    """

    seq: int
    instant: datetime
    code: str
    transition: str
    de: str | None
    vers: str
    role: str
    auteur: str | None
    motif: str
    constats: tuple[Constat, ...]

    @property
    def automatique(self) -> bool:
        """True when the engine decided."""
        return self.role == SYSTEME.role

    @property
    def avance(self) -> bool:
        """True when the état changed."""
        return self.de != self.vers


def passe(session: Session, regard: Regard, ligne: SujetBase) -> tuple[Etape, ...]:
    """The past of a sujet, the oldest first, as far as who looks may know. Reads only.

    Words are those of the règlement the campagne pins now; a name it no longer has is shown as it was written.

    Raises:
        Introuvable: it may not be read.
    """
    exiger_lecture(session, regard, ligne)
    sujet = sujet_de(ligne)
    reglement = reglement_de(session, ligne.campagne_id).reglement
    workflow, constats = reglement.workflow(sujet.kind), _constats(session, sujet)
    lues = _lignes(session, sujet)
    montrees = {trace.seq for trace in traces_montrables(regard, workflow, [trace for trace, _, _ in lues])}
    regles = workflow.transition_par_code
    return tuple(
        _etape(
            workflow,
            trace,
            _auteur(trace, personne) if signable(regard, trace) else None,
            _motif(detail),
            # What was found is told as its conditions are: a transition the règlement no longer has, to all who read.
            constats.get(trace.seq, ())
            if trace.transition not in regles or montrable(regard, reglement, regles[trace.transition])
            else (),
        )
        for trace, personne, detail in lues
        if trace.seq in montrees
    )


def _lignes(session: Session, sujet: Sujet) -> Sequence[tuple[Journal, Personne | None, JournalDetail | None]]:
    requete = (
        select(Journal, Personne, JournalDetail)
        .outerjoin(Personne, col(Personne.id) == col(Journal.acteur_id))
        .outerjoin(
            JournalDetail,
            and_(
                col(JournalDetail.sujet_kind) == col(Journal.sujet_kind),
                col(JournalDetail.sujet_id) == col(Journal.sujet_id),
                col(JournalDetail.seq) == col(Journal.seq),
            ),
        )
        .where(Journal.sujet_kind == sujet.kind, Journal.sujet_id == sujet.id)
        .order_by(col(Journal.seq))
    )
    return [(trace, personne, detail) for trace, personne, detail in session.exec(requete).all()]


def _motif(detail: JournalDetail | None) -> str:
    donnees = detail.donnees if detail is not None else {}
    return next((str(donnees[clef]) for clef in MOTIFS if donnees.get(clef)), "")


def _auteur(trace: Journal, personne: Personne | None) -> str | None:
    return personne.nom_complet if personne is not None else INCONNU if trace.acteur_id is not None else None


def _etape(workflow: Workflow, trace: Journal, auteur: str | None, motif: str, constats: Sequence[Constat]) -> Etape:
    regle = workflow.transition_par_code.get(trace.transition)
    return Etape(
        seq=trace.seq,
        instant=trace.instant,
        code=trace.transition,
        transition=regle.libelle if regle is not None else trace.transition,
        de=_libelle(workflow, trace.de) if trace.de is not None else None,
        vers=_libelle(workflow, trace.vers),
        role=trace.acteur_role,
        auteur=auteur,
        motif=motif,
        constats=tuple(constats),
    )


def _libelle(workflow: Workflow, code: str) -> str:
    etat = workflow.etat_par_code.get(code)
    return etat.libelle if etat is not None else code


def _constats(session: Session, sujet: Sujet) -> dict[int, list[Constat]]:
    requete = (
        select(ConstatLigne)
        .where(ConstatLigne.sujet_kind == sujet.kind, ConstatLigne.sujet_id == sujet.id)
        .order_by(col(ConstatLigne.id))
    )
    par_ligne: dict[int, list[Constat]] = defaultdict(list)
    for constat in session.exec(requete):
        par_ligne[constat.seq].append(
            Constat(
                regle=constat.regle,
                libelle=constat.libelle,
                article=constat.article,
                satisfait=constat.satisfait,
                valeur=constat.valeur,
                seuil=constat.seuil,
                raison=constat.raison,
                defaut=cast(Defaillance, constat.defaut),
            )
        )
    return par_ligne
