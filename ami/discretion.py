"""What transitions and the journal would tell of notes, views and decisions not announced, and to whom they may."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ami.conflits import JUGES
from ami.models import Journal
from ami.regards import Regard, Vue
from rules.expressions import compile_expression
from rules.modele import Reglement, Transition, Workflow
from rules.vocabulaire import Acte

# What expressions read that not everybody may know, by the beginning of its path.
SECRETS: Final[tuple[tuple[str, Vue], ...]] = (
    ("notes", "notes"),
    ("avis", "avis_confidentiels"),
    ("proposition", "decisions_preparees"),
    ("dossier.decision", "decisions_preparees"),
)
PREPARE: Final[Acte] = "deliberer"
ANNONCE: Final[Acte] = "notifier"


def montrable(regard: Regard, reglement: Reglement, transition: Transition) -> bool:
    """True when the conditions of a transition, and what was found of them, may be shown to who looks."""
    return all(_avouable(regard, chemin) for texte in _expressions(reglement, transition) for chemin in _lus(texte))


def traces_montrables(regard: Regard, workflow: Workflow, traces: Sequence[Journal]) -> Iterator[Journal]:
    """The lines of a journal that may be shown: not what other judges did, nor a decision nobody was told yet."""
    actes = {t.code: t.acte for t in workflow.transitions}
    annonce = max((t.seq for t in traces if actes.get(t.transition) == ANNONCE), default=0)
    for trace in traces:
        d_un_juge = trace.acteur_role == JUGES[0] and not (regard.voit("juges") or regard.est(trace.acteur_id))
        preparee = actes.get(trace.transition) == PREPARE and trace.seq > annonce
        if not d_un_juge and not (preparee and not regard.voit("decisions_preparees")):
            yield trace


def signable(regard: Regard, trace: Journal) -> bool:
    """True when who did it may be named."""
    return trace.acteur_role not in JUGES or regard.voit("juges") or regard.est(trace.acteur_id)


def _avouable(regard: Regard, chemin: str) -> bool:
    return all(regard.voit(vue) for debut, vue in SECRETS if f"{chemin}.".startswith(f"{debut}."))


def _lus(expression: str) -> Iterable[str]:
    return compile_expression(expression).chemins()


def _expressions(reglement: Reglement, transition: Transition) -> Iterator[str]:
    if transition.quand is not None:
        yield transition.quand
    controle = reglement.controles[transition.controle] if transition.controle else []
    for garde in (*controle, *transition.gardes):
        yield from (texte for texte in (garde.si, garde.valeur, garde.seuil) if texte)
