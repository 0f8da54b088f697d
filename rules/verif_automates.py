"""What can happen by itself: conditions that can hold, transitions that exclude each other, and nothing that turns for
ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Place, Verification
from rules.logique_cel import JAMAIS, TOUJOURS, Cas, TropDeCas, disjointes, et
from rules.modele import EffetDemanderEvaluations, Transition, Workflow
from rules.verif_sources import sources_expressions

PAS_MAX: Final = 5000  # steps of the search for rings
# What a demand leaves true behind it: a transition that does not hold then asks once.
_APRES_DEMANDE: Final = {"supplementaire": "notes.supplementaires > 0", "remplacement": "notes.en_conflit == 0"}
COMPARAISONS_MAX: Final = 100_000  # cases compared by one check


def conditions_possibles(examen: Examen) -> Iterator[Defaut]:
    """No condition is false whatever happens; no garde holds whatever happens."""
    for source in sources_expressions(examen):
        if source.attendu != "booleen":
            continue
        if examen.conditions.cas(source.texte) == JAMAIS:
            raison = f"cette condition n’est jamais vraie : « {_court(source.texte)} » se contredit"
            yield examen.erreur(source.chemin, raison, "Corrigez l’un des termes, ou retirez la condition.")
        elif examen.conditions.cas(source.texte, vrai=False) == JAMAIS:
            raison = f"cette condition est toujours vraie : « {_court(source.texte)} » ne vérifie rien"
            yield examen.avertissement(source.chemin, raison, "Corrigez-la, ou retirez-la.")


def transitions_possibles(examen: Examen) -> Iterator[Defaut]:
    """A transition whose `quand` can hold is not refused by its own guards whatever happens."""
    for place in examen.transitions():
        conditions = [place.transition.quand, *(garde.si for garde in examen.conditions.gardes(place.transition))]
        seules = [examen.conditions.cas(condition) for condition in conditions if condition]
        if all(seules) and len(seules) > 1 and examen.conditions.succes(place.transition) == JAMAIS:
            raison = f"« {place.transition.libelle} » n’est jamais possible : ses conditions se contredisent"
            yield examen.erreur(place.chemin, raison, "Accordez son « quand », son contrôle et ses gardes.")


def automatismes_exclusifs(examen: Examen) -> Iterator[Defaut]:
    """From one état, two automatic transitions are never due together; or the file's order decides, unsaid."""
    patience = Patience()
    for chemin, workflow in _workflows(examen):
        automatiques = [(rang, t) for rang, t in enumerate(workflow.transitions) if t.automatique]
        for (rang, avant), (suite, apres) in combinations(automatiques, 2):
            communs = [etat for etat in apres.de if etat in avant.de]
            if not communs:
                continue
            if not patience.suffit(examen, [avant], apres):
                yield _trop_de_comparaisons(examen, chemin)
                break
            if not _masquee(examen, [avant], apres) and not _exclusives(examen, avant, apres):
                ligne, autre = (examen.charge.ligne(f"{chemin}.transitions.{r}") for r in (rang, suite))
                raison = (
                    f"« {avant.code} » (ligne {ligne}) et « {apres.code} » (ligne {autre}) peuvent être dues en même "
                    f"temps depuis « {communs[0]} » : la première écrite l’emporterait"
                )
                remede = "Donnez-leur des « quand » qui s’excluent, par exemple « > 0 » et « == 0 » du même compte."
                yield examen.avertissement(f"{chemin}.transitions.{suite}.quand", raison, remede)


@dataclass
class Patience:
    """How many cases may still be compared: a file made for it could ask for days of proofs."""

    reste: int = COMPARAISONS_MAX

    def suffit(self, examen: Examen, avant: Sequence[Transition], apres: Transition) -> bool:
        """Spend what comparing these transitions costs; False when nothing is left."""
        uns = [examen.conditions.choix(transition) or TOUJOURS for transition in (*avant, apres)]
        self.reste -= sum(map(len, uns[:-1])) * len(uns[-1])
        return self.reste >= 0


def _trop_de_comparaisons(examen: Examen, chemin: str) -> Defaut:
    raison = "il y a trop de transitions depuis un même état pour vérifier qu’elles s’excluent toutes"
    return examen.avertissement(f"{chemin}.transitions", raison, "Réunissez celles qui se ressemblent.")


def _exclusives(examen: Examen, une: Transition, autre: Transition) -> bool:
    cas, autres = examen.conditions.choix(une), examen.conditions.choix(autre)
    return cas is not None and autres is not None and disjointes(cas, autres)


def transitions_masquees(examen: Examen) -> Iterator[Defaut]:
    """From one état, no transition is always hidden by those written before it for the same act."""
    patience = Patience()
    for kind, chemin, workflow in examen.workflows():
        for rang, transition in enumerate(workflow.transitions):
            departs: list[str | None] = [*transition.de] or [None]
            for depart in departs:
                avant = [t for t in _avant(workflow, rang, depart) if _rivale(t, transition)]
                if avant and not patience.suffit(examen, avant, transition):
                    yield _trop_de_comparaisons(examen, chemin)
                    return
                if avant and _masquee(examen, avant, transition):
                    place = Place(kind, f"{chemin}.transitions.{rang}", transition)
                    yield _jamais_choisie(examen, place, avant, depart)
                    break


def _avant(workflow: Workflow, rang: int, depart: str | None) -> list[Transition]:
    """The transitions written before one, from the same état."""
    return list(takewhile(lambda t: t is not workflow.transitions[rang], workflow.depuis(depart)))


def _rivale(avant: Transition, apres: Transition) -> bool:
    """True when whoever may do `apres` may do `avant` too, by the same act."""
    return avant.acte == apres.acte and set(apres.roles) <= set(avant.roles)


def _jamais_choisie(examen: Examen, place: Place, avant: Sequence[Transition], depart: str | None) -> Defaut:
    masques = ", ".join(f"« {t.code} » (ligne {_ligne(examen, place, t)})" for t in avant)
    raison = (
        f"« {place.transition.code} » n’est jamais choisie depuis « {depart or 'la création'} » : "
        f"{masques} l’est toujours avant elle"
    )
    remede = "Donnez à la première un « quand » qui les distingue, ou changez leur ordre."
    return examen.erreur(place.chemin, raison, remede)


def _masquee(examen: Examen, avant: Sequence[Transition], apres: Transition) -> bool:
    """True when `apres` holds in no case where none of `avant` does."""
    reste = examen.conditions.choix(apres)
    if reste == JAMAIS:
        return False  # told elsewhere: it never holds at all
    reste = TOUJOURS if reste is None else reste
    for transition in avant:
        choisie, refus = examen.conditions.choix(transition), examen.conditions.choix(transition, vrai=False)
        if refus is None or (choisie is not None and disjointes(choisie, reste)):
            continue  # nothing is known of it, or it takes nothing away
        try:
            reste = et(reste, refus)
        except TropDeCas:
            continue
    return reste == JAMAIS


def _ligne(examen: Examen, place: Place, transition: Transition) -> int:
    workflow = examen.reglement.sujets[place.kind]  # type: ignore[index]
    return examen.charge.ligne(f"sujets.{place.kind}.transitions.{workflow.transitions.index(transition)}")


def automatismes_qui_avancent(examen: Examen) -> Iterator[Defaut]:
    """An automatic transition changes the état, or asks once what it then sees asked (an evaluation)."""
    for place in examen.transitions():
        transition = place.transition
        sur_place = transition.vers is None or transition.vers in transition.de
        if transition.automatique and sur_place and not _ne_se_repete_pas(examen, transition):
            raison = (
                f"la transition automatique « {transition.code} » ne change pas l’état : elle se répéterait sans fin"
            )
            chemin = f"{place.chemin}.vers" if transition.vers else place.chemin
            yield examen.erreur(chemin, raison, "Donnez-lui un autre état d’arrivée, ou un acte.")


def _ne_se_repete_pas(examen: Examen, transition: Transition) -> bool:
    """True when a transition asks evaluations (a further one, a replacement) and holds only while none is asked."""
    due = examen.conditions.succes(transition)
    demandees = [e.lesquelles for e in transition.effets if isinstance(e, EffetDemanderEvaluations)]
    apres = [examen.conditions.cas(_APRES_DEMANDE[d]) for d in demandees if d in _APRES_DEMANDE]
    return due is not None and any(deja is not None and disjointes(due, deja) for deja in apres)


def automatismes_sans_fin(examen: Examen) -> Iterator[Defaut]:
    """No ring of automatic transitions turns for ever: at least one of its conditions excludes another."""
    for chemin, workflow in _workflows(examen):
        dits: set[str | None] = set()
        for anneau in _anneaux(workflow):
            if anneau[-1].vers in dits:
                continue  # one ring told from an état is enough
            conditions = [examen.conditions.choix(transition) for transition in anneau]
            if _s_excluent(conditions):
                continue
            dits.add(anneau[-1].vers)
            etats = " → ".join(f"« {transition.vers} »" for transition in anneau)
            place = f"{chemin}.transitions.{workflow.transitions.index(anneau[0])}"
            remede = "Donnez-leur des « quand » qui s’excluent, ou un acte à l’une d’elles."
            if all(condition == TOUJOURS for condition in conditions):
                raison = f"des transitions automatiques sans condition tournent sans fin : {etats}"
                yield examen.erreur(place, raison, remede)
            else:
                raison = f"des transitions automatiques peuvent tourner sans fin : {etats}"
                yield examen.avertissement(place, raison, remede)


def _s_excluent(conditions: list[Cas | None]) -> bool:
    """True when these conditions are shown never to hold all at once."""
    try:
        return et(*(condition for condition in conditions if condition is not None)) == JAMAIS
    except TropDeCas:
        return False


def _anneaux(workflow: Workflow) -> Iterator[list[Transition]]:
    """The rings of automatic transitions, each once, starting from its first état in the file's order.

    There may be exponentially many in a file made for it: the search gives up after enough steps.
    """
    pas = iter(range(PAS_MAX))
    ordre = {etat.code: rang for rang, etat in enumerate(workflow.etats)}
    for depart, premier in ordre.items():
        a_voir: list[tuple[str, list[Transition]]] = [(depart, [])]
        while a_voir and next(pas, None) is not None:
            etat, chemin = a_voir.pop()
            for transition in workflow.depuis(etat):
                vers = transition.vers
                if not transition.automatique or vers is None or vers == etat:
                    continue
                if vers == depart:
                    yield [*chemin, transition]
                elif ordre.get(vers, -1) > premier and vers not in {t.vers for t in chemin}:
                    a_voir.append((vers, [*chemin, transition]))


def _workflows(examen: Examen) -> Iterator[tuple[str, Workflow]]:
    return ((chemin, workflow) for _, chemin, workflow in examen.workflows())


def _court(texte: str, maximum: int = 80) -> str:
    texte = " ".join(texte.split())
    return texte if len(texte) <= maximum else texte[: maximum - 1] + "…"


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    conditions_possibles,
    transitions_possibles,
    automatismes_exclusifs,
    transitions_masquees,
    automatismes_qui_avancent,
    automatismes_sans_fin,
)
