"""The minutes of a session: who sat, who left for what, what it started from, what it decided and why.

`composer` only reads, and takes no clock: the same session gives the same minutes, in a PDF or in a pack.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session, col, select

from ami.candidats import lire_donnees
from ami.choix.classement import classer, en_points
from ami.choix.donnees import Classe
from ami.choix.pack import Scenario
from ami.documents import composer as mettre_en_page
from ami.emission import Emis, Emission
from ami.emission import emettre as emettre_document
from ami.erreurs import DonneesInvalides
from ami.libelles import decision_en_mots
from ami.magasin import Magasin
from ami.models import (
    Campagne,
    Comite,
    Consensus,
    Deliberation,
    DeportComite,
    Dossier,
    ExamenParticipation,
    Personne,
    ScenarioSelection,
    ScoreFige,
    Vote,
)
from ami.presences import a_siege, deports_notes, juges_au
from ami.propositions import relire
from ami.regards import OPERATEUR, Regard, exiger_chacun, exiger_vue
from ami.reglements import reglement_de
from ami.seances import exiger_tenable, sans_decision
from ami.sujets import identifiant
from ami.votes import ACTES_DE_COMITE, Scrutin, scrutins
from notifications.formats import instant, jour_court, montant, note
from notifications.textes import minuscule
from rules.francais import capitaliser
from rules.modele import Reglement

GENRE: Final = "proces_verbal"
SELECTIONNER, DELIBERER, EXAMINER = ACTES_DE_COMITE
METHODES: Final = {"rang": "dans l'ordre du classement", "optimum": "au meilleur total de points"}
NON_PUBLIE: Final = "nom non publié"
Couple = list[str]


@dataclass(frozen=True)
class Seance:
    """What the minutes are read from."""

    session: Session
    comite: Comite
    campagne: Campagne
    reglement: Reglement
    scenario: Scenario | None
    choisi_le: datetime | None
    classes: dict[str, Classe] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """One thing decided, whichever act decided it."""

    dossier: Dossier
    acte: str
    decision: str
    motif: str
    ecart: str
    chiffres: list[Couple]
    decide_le: datetime
    tour: int | None


def composer(session: Session, comite: Comite, *, nommer: bool = True) -> dict[str, Any]:
    """The minutes as plain values, ready for the page (`gabarits/proces_verbal.typ`) and for JSON.

    Without `nommer`, they say which bodies sat and nobody's name: minutes that are given to third parties.
    """
    seance = _lire(session, comite)
    organisme = seance.reglement.programme.organisme
    decisions = _decisions(seance)
    return {
        "titre": f"Procès-verbal du comité du {jour_court(comite.tenue_le)}",
        "organisme": organisme.nom,
        "pied": f"{organisme.nom} – comité {comite.code}",
        "seance": [
            ["Programme", seance.reglement.programme.nom],
            ["Campagne", seance.campagne.nom],
            ["Séance", instant(comite.tenue_le)],
            ["Lieu", comite.lieu],
        ],
        "membres": _membres(seance, nommer),
        "quorum": _quorum(seance),
        "deports": _deports(seance, decisions),
        "proposition": _proposition(seance),
        "resume": [_resume(seance, decision) for decision in decisions],
        "decisions": [_decision(seance, decision) for decision in decisions],
        "sans_decision": [_non_tranche(seance, dossier) for dossier in sans_decision(session, comite)],
    }


def exiger_lecture_du_proces_verbal(session: Session, regard: Regard, comite: Comite) -> None:
    """Minutes name every dossier of the session: they are read whole, or not at all.

    Raises:
        Introuvable: the role sees no session of this campagne, or one of the dossiers may not be read.
    """
    exiger_vue(session, regard, session.get_one(Campagne, comite.campagne_id), "juges")
    exiger_chacun(session, regard, dossiers_nommes(session, comite))


def dossiers_nommes(session: Session, comite: Comite) -> list[Dossier]:
    """Every dossier a session may name: on the agenda, decided, examined, voted on, or left for."""
    tables = (Deliberation, ExamenParticipation, Vote, Consensus, DeportComite)
    nommes = {i for t in tables for i in session.exec(select(t.dossier_id).where(t.comite_id == comite.id))}
    return list(session.exec(select(Dossier).where(col(Dossier.id).in_({*nommes, *comite.ordre_du_jour}))))


def emettre(session: Session, magasin: Magasin, comite: Comite, maintenant: datetime) -> Emis:
    """The minutes as a PDF, kept as every paper is: the same ones again are the same document, others get a version.

    Raises:
        DonneesInvalides: the session was cancelled, or has not sat yet.
    """
    exiger_tenable(comite)
    if not a_siege(comite, maintenant):
        raise DonneesInvalides(f"Le comité {comite.code} ne s'est pas encore réuni : il n'a pas de procès-verbal.")
    minutes = composer(session, comite)
    emission = Emission(GENRE, comite.code, minutes, lambda contenu: mettre_en_page(GENRE, contenu), {})
    return emettre_document(session, magasin, comite, emission, maintenant)


def mettre_au_net(session: Session, comite: Comite, *, nommer: bool = True) -> bytes:
    """The minutes as a PDF; nothing is kept of it."""
    return mettre_en_page(GENRE, composer(session, comite, nommer=nommer))


def _lire(session: Session, comite: Comite) -> Seance:
    campagne = session.get_one(Campagne, comite.campagne_id)
    reglement = reglement_de(session, comite.campagne_id).reglement
    ligne = session.exec(
        select(ScenarioSelection).where(
            ScenarioSelection.comite_id == comite.id, col(ScenarioSelection.choisi_le).is_not(None)
        )
    ).first()
    classes: dict[str, Classe] = {}
    if reglement.grille is not None and reglement.selection is not None:
        donnees = lire_donnees(session, OPERATEUR, campagne, comite.tenue_le)
        classes = {c.dossier: c for c in classer(donnees.bareme, donnees.candidats, donnees.notations)}
    scenario, choisi_le = (relire(ligne), ligne.choisi_le) if ligne is not None else (None, None)
    return Seance(session, comite, campagne, reglement, scenario, choisi_le, classes)


def _membres(seance: Seance, nommer: bool) -> list[Couple]:
    """Seat, who held it, whether it was held."""
    comite, lignes = seance.comite, []
    for siege in comite.membres:
        identite = comite.sieges.get(siege)
        nom = "–" if identite is None else NON_PUBLIE
        if nommer and identite is not None:
            nom = seance.session.get_one(Personne, identite).nom_complet
        lignes.append([siege, nom, "présent" if siege in comite.presents else "absent"])
    return lignes


def _quorum(seance: Seance) -> str:
    presents, membres = len(seance.comite.presents), len(seance.comite.membres)
    dit = f"{_nombre(presents, 'membre')} sur {membres} {'ont' if presents > 1 else 'a'} siégé."
    if seance.reglement.comite is None:
        return dit
    requis = seance.reglement.comite.quorum
    atteint = "réuni" if presents >= requis else "non réuni, le comité ne pouvait rien décider"
    return (
        f"{dit} Quorum de {_nombre(requis, 'membre')} : {atteint}. Il est compté pour chaque dossier, sans les déports."
    )


def _deports(seance: Seance, decisions: list[Decision]) -> list[Couple]:
    """Dossier, seat, why, as written in the session; of every dossier decided or on the agenda."""
    derniers: dict[str, tuple[Dossier, datetime | None]] = {
        d.numero: (d, None) for d in sans_decision(seance.session, seance.comite)
    }
    for decision in decisions:
        _, connu = derniers.get(decision.dossier.numero, (None, None))
        derniers[decision.dossier.numero] = (decision.dossier, max(connu or decision.decide_le, decision.decide_le))
    return [
        [numero, siege, capitaliser(motif)]
        for numero, (dossier, au) in sorted(derniers.items())
        for siege, motif in deports_notes(seance.session, seance.comite, dossier, au).items()
    ]


def _proposition(seance: Seance) -> str:
    if seance.scenario is None or seance.choisi_le is None:
        return "Le comité n'est parti d'aucune sélection enregistrée."
    p = seance.scenario.proposition
    return (
        f"Le comité est parti du scénario « {seance.scenario.nom} », choisi le {jour_court(seance.choisi_le)} : "
        f"{_nombre(len(p.retenus), 'dossier', 'retenu')} {METHODES[p.methode]}, pour {montant(p.total_montants)}."
    )


def _decisions(seance: Seance) -> list[Decision]:
    """The last word of the session on each dossier and act, by number."""
    par_clef: dict[tuple[str, str], Decision] = {}
    for d, dossier in seance.session.exec(
        select(Deliberation, Dossier)
        .join(Dossier, col(Dossier.id) == col(Deliberation.dossier_id))
        .where(Deliberation.comite_id == seance.comite.id)
        .order_by(col(Deliberation.id))
    ):
        chiffres = [["Montant accordé", montant(d.montant_accorde)]] if d.montant_accorde else []
        chiffres += [["Rang dans la liste", str(d.rang)]] if d.rang else []
        par_clef[dossier.numero, d.acte] = Decision(
            dossier, d.acte, d.decision, d.motif, d.ecart, chiffres, d.decide_le, d.tour
        )
    par_clef |= {(d.dossier.numero, d.acte): d for d in _examens(seance)}
    return [par_clef[clef] for clef in sorted(par_clef)]


def _examens(seance: Seance) -> Iterator[Decision]:
    requete = (
        select(ExamenParticipation, Dossier)
        .join(Dossier, col(Dossier.id) == col(ExamenParticipation.dossier_id))
        .where(ExamenParticipation.comite_id == seance.comite.id)
        .order_by(col(ExamenParticipation.id))
    )
    for e, dossier in seance.session.exec(requete):
        chiffres = [["Participation", f"{montant(e.montant)} pour un capital de {montant(e.capital)}"]]
        yield Decision(dossier, EXAMINER, e.decision, e.motif, "", chiffres if e.montant else [], e.examine_le, e.tour)


def _resume(seance: Seance, d: Decision) -> list[str]:
    """Dossier, project, decision, amount: what a reader looks for first."""
    chiffres = dict(d.chiffres)
    montants = chiffres.get("Montant accordé") or chiffres.get("Participation", "–").partition(" pour ")[0]
    return [d.dossier.numero, d.dossier.titre, decision_en_mots(seance.reglement, d.decision), montants]


def _decision(seance: Seance, d: Decision) -> dict[str, Any]:
    juges = juges_au(seance.session, seance.comite, d.dossier, d.decide_le)
    dits = scrutins(seance.session, seance.comite, d.dossier, d.acte, seance.reglement, juges)
    dit = next((s for s in dits if s.tour == d.tour), None)
    faits = [
        *([["Objet", "Participation au capital"]] if d.acte == EXAMINER else []),
        ["Décision", decision_en_mots(seance.reglement, d.decision)],
        *d.chiffres,
        *(_notes(seance, d.dossier) if d.acte == DELIBERER else []),
        ["Membres prenant part", f"{len(juges)} sur {len(seance.comite.membres)}"],
        ["Expression du comité", capitaliser(dit.dit) if dit is not None else "Ni vote ni consensus consigné"],
        *([["Votes modifiés", " ; ".join(dit.changes)]] if dit is not None and dit.changes else []),
        *(
            [["Autres scrutins", _scrutins_en_mots(seance, autres)]]
            if (autres := [s for s in dits if s != dit])
            else []
        ),
    ]
    return {
        "dossier": d.dossier.numero,
        "titre": d.dossier.titre,
        "faits": faits,
        "votes": [[siege, sens] for siege, sens in dit.votes] if dit is not None else [],
        "motif": d.motif,
        "ecart": d.ecart,
    }


def _non_tranche(seance: Seance, dossier: Dossier) -> str:
    """A dossier about which nothing was decided, with what was put to the vote and not followed."""
    juges = juges_au(seance.session, seance.comite, dossier)
    dits = [
        dit
        for acte in ACTES_DE_COMITE
        for dit in scrutins(seance.session, seance.comite, dossier, acte, seance.reglement, juges)
    ]
    nomme = f"{dossier.numero} – {dossier.titre}"
    return f"{nomme}. Mis aux voix : {_scrutins_en_mots(seance, dits)}" if dits else nomme


def _scrutins_en_mots(seance: Seance, dits: list[Scrutin]) -> str:
    """« Lauréat » (1 pour, 2 contre, 0 abstention ; ANCT : pour, puis contre), one after the other."""
    return ", puis ".join(
        f"« {decision_en_mots(seance.reglement, dit.decision)} » ({' ; '.join([dit.dit, *dit.changes])})"
        for dit in dits
    )


def _notes(seance: Seance, dossier: Dossier) -> Iterator[Couple]:
    """Score, rank, and what the proposal said of it."""
    fige = seance.session.exec(select(ScoreFige).where(ScoreFige.dossier_id == identifiant(dossier))).first()
    if fige is not None:
        yield ["Note", note(en_points(fige.total_millieme))]
    classe = seance.classes.get(dossier.numero)
    if classe is not None:
        yield ["Rang au classement", str(classe.rang) if classe.rang is not None else "Non classé"]
    if seance.scenario is not None:
        yield ["Proposition de départ", _propose(seance.scenario, dossier.numero)]


def _propose(scenario: Scenario, numero: str) -> str:
    aides: dict[str, Decimal] = {r.dossier: r.montant for r in scenario.proposition.retenus}
    if numero in aides:
        return f"Retenu, pour {montant(aides[numero])}"
    raison = next((e.raison for e in scenario.proposition.ecartes if e.dossier == numero), None)
    return f"Écarté : {minuscule(raison)}" if raison else "Non examiné"


def _nombre(combien: int, *mots: str) -> str:
    """A count with its words, as many as it counts."""
    return " ".join([str(combien), *(f"{mot}s" if combien > 1 else mot for mot in mots)])
