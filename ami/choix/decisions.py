"""What the comité decided, held against the règlement and the data of the same pack: who, how much, by whom, and why.

Conditions of the délibération are those of the règlement, evaluated again. A condition that looks at what a pack does
not hold (a plan de financement, a pièce) is left out rather than guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ami.choix.calcul import sans_correction
from ami.choix.donnees import CENTIME, Candidat, Classe
from ami.choix.optimum import MILLE, centimes
from ami.choix.pack import DECISIONS, DONNEES, SEANCES, Decision, Pack, Resultats, Seance
from rules.evaluation import evaluer_garde, parametres_contexte
from rules.expressions import compile_expression, vrai
from rules.modele import Reglement, Transition
from rules.vocabulaire import Acte

DELIBERER: Final[Acte] = "deliberer"
# What a pack can say of a délibération, in the words of the expressions.
LUS: Final = frozenset(
    {
        "donnees.decision",
        "donnees.motif",
        "donnees.montant_accorde",
        "donnees.rang",
        "donnees.ecart",
        "notes.total",
        "notes.eliminatoires",
        "proposition.existe",
        "proposition.retenu",
        "proposition.montant",
    }
)


@dataclass(frozen=True)
class _Cas:
    """A decision, the dossier it speaks of, and what the règlement's conditions may read of both."""

    decision: Decision
    reglement: Reglement
    contexte: Mapping[str, Any]

    @property
    def lieu(self) -> str:
        return f"{DECISIONS}, {self.decision.dossier}"


def decisions_intenables(pack: Pack, refaits: Resultats, reglement: Reglement) -> Iterator[str]:
    """What could not have been decided so, in French; `refaits` is computed from the data, never read in the pack."""
    fiches = {c.dossier: c for c in pack.donnees.candidats}
    classes = {c.dossier: c for c in sans_correction(pack.donnees.bareme, refaits)}
    for decision in pack.decisions:
        if decision.dossier not in fiches:
            yield f"{DECISIONS}, {decision.dossier} : décidé sans être candidat, {DONNEES} ne dit rien de ce dossier."
            continue
        cas = _Cas(decision, reglement, _contexte(pack, decision, classes[decision.dossier], reglement))
        exces = list(_trop(cas, pack, fiches[decision.dossier]))
        yield from exces or _contre_le_reglement(cas)
        yield from _seance(cas, pack)


def _trop(cas: _Cas, pack: Pack, fiche: Candidat) -> Iterator[str]:
    """One centime more is let be: a règlement may count a cost back from the aid, and round."""
    due = pack.donnees.regles.aide_due(fiche)
    if Decimal(cas.decision.montant) > due + CENTIME:
        yield f"{cas.lieu} : {cas.decision.montant} € accordés, {due} € au plus d'après {DONNEES}."


def _contre_le_reglement(cas: _Cas) -> Iterator[str]:
    """The first condition not met of the délibération that comes nearest; the pack does not say from which état."""
    ouvertes = _ouvertes(cas.reglement, cas.contexte)
    if not ouvertes:
        yield f"{cas.lieu} : « {cas.decision.decision} » n'est pas une décision que le règlement ouvre au comité."
        return
    manques = min((_manques(cas, transition) for transition in ouvertes), key=len)
    yield from (f"{cas.lieu}, « {cas.decision.decision} » : {manque}" for manque in manques[:1])


def _contexte(pack: Pack, decision: Decision, classe: Classe, reglement: Reglement) -> dict[str, Any]:
    return {
        "donnees": {
            "decision": decision.decision,
            "motif": decision.motif,
            "montant_accorde": centimes(Decimal(decision.montant)),
            "rang": decision.rang,
            "ecart": decision.ecart,
        },
        "notes": {"total": int((classe.total or 0) * MILLE), "eliminatoires": len(classe.eliminatoires)},
        "proposition": _proposition(pack, decision),
        "parametres": parametres_contexte(reglement),
    }


def _proposition(pack: Pack, decision: Decision) -> dict[str, Any]:
    """The scenario chosen, for the last session that decided: those before it may have started from another."""
    choisi = next((s for s in pack.resultats.scenarios if s.choisi), None)
    if choisi is None or decision.comite != _derniere(pack):
        return {"existe": False, "retenu": False, "montant": 0}
    aides = {r.dossier: r.montant for r in choisi.proposition.retenus}
    aide = aides.get(decision.dossier, Decimal(0))
    return {"existe": True, "retenu": decision.dossier in aides, "montant": centimes(aide)}


def _derniere(pack: Pack) -> str:
    tenues = {seance.code: seance.tenue_le for seance in pack.seances}
    return max((d.comite for d in pack.decisions), key=lambda code: (tenues.get(code, ""), code))


def _ouvertes(reglement: Reglement, contexte: Mapping[str, Any]) -> list[Transition]:
    """The délibérations whose `quand` holds, or cannot be read here."""
    workflow = reglement.sujets.get("dossier")
    deliberations = [t for t in workflow.transitions if t.acte == DELIBERER] if workflow is not None else []
    return [t for t in deliberations if t.quand is None or not _lisible(t.quand) or vrai(t.quand, contexte)]


def _manques(cas: _Cas, transition: Transition) -> list[str]:
    controle = cas.reglement.controles[transition.controle] if transition.controle else []
    lisibles = (garde for garde in (*controle, *transition.gardes) if _lisible(garde.si))
    constats = (evaluer_garde(garde, cas.contexte) for garde in lisibles)
    return [f"{c.raison} ({c.article})" for c in constats if not c.passe]


def _lisible(source: str) -> bool:
    """True when an expression looks only at what a pack holds."""
    chemins = (chemin.split(".") for chemin in compile_expression(source).chemins())
    return all(pas[0] == "parametres" or ".".join(pas[:2]) in LUS for pas in chemins)


def _seance(cas: _Cas, pack: Pack) -> Iterator[str]:
    comite, decision = cas.reglement.comite, cas.decision
    if comite is None:
        return
    seance = next((s for s in pack.seances if s.code == decision.comite), None)
    if seance is None:
        yield f"{cas.lieu} : le règlement la confie à un comité, aucune séance de {SEANCES} ne l'a prise."
        return
    sortis = {d.membre for d in seance.deports if d.dossier == decision.dossier}
    juges = [siege for siege in seance.presents if siege not in sortis]
    if len(juges) < comite.quorum:
        yield f"{cas.lieu} : {len(juges)} membre(s) de « {seance.code} » en ont jugé, le quorum est de {comite.quorum}."
    yield from _vote(cas, seance, juges, comite.quorum)


def _vote(cas: _Cas, seance: Seance, juges: Sequence[str], quorum: int) -> Iterator[str]:
    """As many voices as the quorum, more for than against; the vote of who left for this dossier is not counted."""
    dossier, decision = cas.decision.dossier, cas.decision.decision
    votes = [v for v in seance.votes if (v.dossier, v.acte) == (dossier, DELIBERER) and v.membre in juges]
    accords = [a for a in seance.accords if (a.dossier, a.acte) == (dossier, DELIBERER)]
    dits = [v.sens for v in votes if v.decision == decision]
    pour, contre = dits.count("pour"), dits.count("contre")
    if dits and len(dits) < quorum:
        yield f"{cas.lieu} : {len(dits)} voix sur « {decision} », il en faut {quorum} pour l'adopter."
    elif dits and pour <= contre:
        yield f"{cas.lieu} : « {decision} » n'a pas été adopté, {pour} pour et {contre} contre."
    autres = sorted(({v.decision for v in votes} | {a.decision for a in accords}) - {decision})
    yield from (f"{cas.lieu} : « {seance.code} » s'est dit sur « {a} », pas sur « {decision} »." for a in autres)
