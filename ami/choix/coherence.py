"""Whether the data of a pack can be what they say: each thing named once, and named where it is spoken of.

A file from elsewhere may say anything; what is computed afterwards takes these for granted.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Final

from ami.choix.donnees import Bareme, Notation, Proposition, ReglesSelection
from ami.choix.pack import DECISIONS, DONNEES, RESULTATS, SEANCES, Donnees, Pack, Seance
from rules.vocabulaire import Acte

SENS: Final = ("pour", "contre", "abstention")
ACTES_DE_COMITE: Final[tuple[Acte, ...]] = ("selectionner", "deliberer", "examiner_participation")


def incoherences(pack: Pack) -> list[str]:
    """What contradicts itself in a pack, in French, the data first."""
    return [*_donnees(pack.donnees), *_resultats(pack), *_decisions(pack)]


def _donnees(donnees: Donnees) -> Iterator[str]:
    connus = {c.dossier for c in donnees.candidats}
    yield from _doubles(f"{DONNEES}, candidats", [c.dossier for c in donnees.candidats])
    yield from _doubles(f"{DONNEES}, notations", [f"{n.dossier} par {n.evaluateur}" for n in donnees.notations])
    yield from _regles(f"{DONNEES}, regles", donnees.regles)
    for notation in donnees.notations:
        if notation.dossier not in connus:
            yield f"{DONNEES}, notations : {notation.dossier} est noté et n'est pas candidat."
        yield from _notes(notation, donnees.bareme)


def _notes(notation: Notation, bareme: Bareme) -> Iterator[str]:
    lieu = f"{DONNEES}, notations, {notation.dossier} par {notation.evaluateur}"
    criteres = {c.code for c in bareme.criteres}
    for critere, valeur in sorted(notation.notes.items()):
        if critere not in criteres:
            yield f"{lieu} : « {critere} » n'est pas un critère de la grille."
        elif valeur is not None and not bareme.note_min <= valeur <= bareme.note_max:
            yield f"{lieu}, {critere} : {valeur} est hors de l'échelle, de {bareme.note_min} à {bareme.note_max}."


def _regles(lieu: str, regles: ReglesSelection) -> Iterator[str]:
    yield from _doubles(f"{lieu}, enveloppes", [e.code for e in regles.enveloppes])
    yield from _doubles(f"{lieu}, quotas", [q.code for q in regles.quotas])
    for enveloppe in regles.enveloppes:
        if enveloppe.montant < Decimal(0):
            yield f"{lieu}, enveloppes, {enveloppe.code} : un montant n'est pas négatif."


def _resultats(pack: Pack) -> Iterator[str]:
    connus = {c.dossier for c in pack.donnees.candidats}
    scenarios = pack.resultats.scenarios
    yield from _doubles(f"{RESULTATS}, scenarios", [s.nom for s in scenarios])
    if sum(s.choisi for s in scenarios) > 1:
        yield f"{RESULTATS}, scenarios : plusieurs sont dits choisis par le comité."
    for scenario in scenarios:
        lieu = f"{RESULTATS}, scénario « {scenario.nom} »"
        yield from _regles(f"{lieu}, regles", scenario.regles)
        yield from (f"{lieu} : {d} n'est pas candidat." for d in _nommes(scenario.proposition) if d not in connus)
        yield from _doubles(lieu, _nommes(scenario.proposition))


def _nommes(proposition: Proposition) -> list[str]:
    return [*(r.dossier for r in proposition.retenus), *(e.dossier for e in proposition.ecartes)]


def _decisions(pack: Pack) -> Iterator[str]:
    seances = {s.code for s in pack.seances}
    annulees = {s.code for s in pack.seances if s.annulee}
    yield from _doubles(DECISIONS, [d.dossier for d in pack.decisions])
    yield from _doubles(SEANCES, [s.code for s in pack.seances])
    for decision in pack.decisions:
        if decision.comite and decision.comite not in seances:
            yield f"{DECISIONS}, {decision.dossier} : la séance « {decision.comite} » n'est pas dans {SEANCES}."
        if decision.comite in annulees:
            yield f"{DECISIONS}, {decision.dossier} : la séance « {decision.comite} » a été annulée."
    for seance in pack.seances:
        yield from _seance(f"{SEANCES}, {seance.code}", seance)


def _seance(lieu: str, seance: Seance) -> Iterator[str]:
    votants = {v.membre for v in seance.votes}
    nommes = {*seance.presents, *(d.membre for d in seance.deports), *votants}
    yield from (f"{lieu} : « {nom} » n'en est pas membre." for nom in sorted(nommes - set(seance.membres)))
    absents = sorted((votants & set(seance.membres)) - set(seance.presents))
    yield from (f"{lieu} : « {nom} » a voté sans être présent." for nom in absents)
    for liste in (seance.membres, seance.presents):
        yield from _doubles(lieu, liste)
    yield from _doubles(f"{lieu}, votes", [f"{v.membre} pour {v.dossier} ({v.acte})" for v in seance.votes])
    yield from _doubles(f"{lieu}, accords", [f"{a.dossier} ({a.acte})" for a in seance.accords])
    actes = {v.acte for v in seance.votes} | {a.acte for a in seance.accords}
    yield from _mots(lieu, "un vote", {v.sens for v in seance.votes}, SENS)
    yield from _mots(lieu, "un acte de comité", actes, ACTES_DE_COMITE)


def _mots(lieu: str, genre: str, dits: Collection[str], connus: Sequence[str]) -> Iterator[str]:
    """A word nobody knows would put a vote out of sight of what counts them."""
    for mot in sorted(set(dits) - set(connus)):
        yield f"{lieu} : « {mot} » n'est pas {genre} ({', '.join(connus)})."


def _doubles(lieu: str, noms: Sequence[str]) -> Iterator[str]:
    yield from (f"{lieu} : {nom} y est {fois} fois." for nom, fois in sorted(Counter(noms).items()) if fois > 1)
