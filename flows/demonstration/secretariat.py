"""What the team does for no dossier in particular: readings planned, sessions of the comité held from call to minutes.

Each geste is one transaction, by the use cases the commands call; one already done is found done in the database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.annonces import CourrielPrevu, a_notifier, apercevoir, notifier_seance
from ami.candidats import lire_donnees
from ami.choix.donnees import Proposition
from ami.choix.pack import ECART_POIDS, GRAINE, TIRAGES_MIN, Parametres, Scenario
from ami.database import session_ecriture
from ami.erreurs import ErreurMetier
from ami.exports_pack import annexes, composer_pack, ecrire_pack
from ami.fichiers import remplacer
from ami.magasin import Magasin
from ami.models import Campagne, Comite, Courriel, DeportComite, DocumentEmis, Personne, ScenarioSelection
from ami.presences import a_siege
from ami.proces_verbal import GENRE, emettre
from ami.regards import OPERATEUR
from ami.reglements import reglement_de
from ami.repartition import enregistrer_plan, repartir_campagne
from ami.scenarios import choisir, comparer, enregistrer, proposer
from ami.scrutins import deporter
from ami.seances import convoquer, emarger, trouver_seance
from ami.sujets import Acteur, identifiant
from ami.vivier import charges, prevues
from flows.demonstration.atelier import Atelier
from flows.demonstration.histoire import GestePrevu, Recit, SeanceDemo
from flows.demonstration.jeu import Imprevu, Jeu
from notifications.apercu import texte_de
from notifications.formats import montant, nombre

AGENT: Final = "agent"


@dataclass(frozen=True)
class Tenue:
    """A geste being done: in which transaction, for which campagne and, when it is one, for which session."""

    session: Session
    jeu: Jeu
    atelier: Atelier
    campagne: Campagne
    prevu: GestePrevu

    @property
    def recit(self) -> Recit:
        """The story it belongs to."""
        return self.jeu.decor.recit

    @property
    def dite(self) -> SeanceDemo:
        """What the file says of the session."""
        return self.recit.tenue.seances[self.prevu.seance]

    @property
    def comite(self) -> Comite:
        """The session, once convened."""
        return trouver_seance(self.session, self.prevu.seance)


def accomplir(engine: Engine, prevu: GestePrevu, jeu: Jeu, atelier: Atelier) -> str | None:
    """Do one geste; what it did, in French, or None when it was done already.

    Raises:
        Imprevu: the engine refuses it.
    """
    try:
        with session_ecriture(engine) as session:
            campagne = session.get_one(Campagne, jeu.decor.campagne_id)
            dit = _GESTES[prevu.nom](Tenue(session, jeu, atelier, campagne, prevu))
            session.commit()
            return dit
    except ErreurMetier as erreur:
        raise Imprevu(f"{prevu.seance or jeu.decor.recit.code}, {prevu.nom} : {erreur.message}") from erreur


def _repartir(t: Tenue) -> str | None:
    """Who reads what, for all the dossiers ready at once: the starts of the evaluations follow it."""
    if prevues(t.session, identifiant(t.campagne)) or charges(t.session, identifiant(t.campagne)):
        return None
    plan = repartir_campagne(t.session, t.campagne, t.prevu.le)
    enregistrer_plan(t.session, t.campagne, plan, t.prevu.le)
    preuve = "nul autre plan ne fait mieux" if plan.prouvee else "non prouvée"
    lectures = sum(len(lecteurs) for lecteurs in plan.lecteurs.values())
    return f"Répartition : {lectures} lectures, charges à {plan.ecart} près, {plan.aptitude} points, {preuve}"


def _convoquer(t: Tenue) -> str | None:
    """The members are called, with every dossier the story has the session decide; later gestes know it by its code."""
    code, dite = t.prevu.seance, t.dite
    deja = t.session.exec(select(Comite).where(Comite.code == code)).first()
    if deja is not None:
        t.jeu.decor.ids[code] = identifiant(deja)
        return None
    reglement = reglement_de(t.session, identifiant(t.campagne)).reglement
    inscrits = [t.jeu.dossier(t.session, nom) for nom in t.recit.inscrits(code)]
    comite, convies = convoquer(
        t.session,
        t.campagne,
        reglement,
        code=code,
        tenue_le=dite.le,
        lieu=dite.lieu,
        maintenant=t.prevu.le,
        dossiers=inscrits,
    )
    t.jeu.decor.ids[code] = identifiant(comite)
    return f"Comité convoqué : {len(convies)} membres, {_compte(len(inscrits), 'dossier')}"


def _ouvrir(t: Tenue) -> str | None:
    """Who sits is noted, and who leaves for which dossier."""
    comite = t.comite
    if comite.presents:
        return None
    occupants = {s: t.session.get_one(Personne, t.jeu.decor.ids[nom]) for s, nom in t.dite.sieges.items()}
    emarger(t.session, comite, dict(occupants), t.prevu.le)
    noms = set(t.recit.inscrits(t.prevu.seance))
    deports = [d for d in t.dite.deports if d.dossier in noms]
    for deport in deports:
        deporter(t.session, comite, deport.siege, t.jeu.dossier(t.session, deport.dossier), deport.motif, t.prevu.le)
    notes = t.session.exec(select(DeportComite).where(DeportComite.comite_id == comite.id)).all()
    suite = f", {_compte(len(notes), 'déport')} noté{'s' if len(notes) > 1 else ''}" if notes else ""
    return f"Séance : {len(comite.presents)} membres sur {len(comite.membres)} présents{suite}"


def _proposer(t: Tenue) -> str | None:
    """Selections are computed, kept and compared; the session takes one of them as its proposal."""
    gardes = select(ScenarioSelection).where(ScenarioSelection.campagne_id == t.campagne.id)
    if t.session.exec(gardes).first() is not None:
        return None
    donnees = lire_donnees(t.session, OPERATEUR, t.campagne, t.prevu.le)
    propositions = {nom: proposer(donnees, donnees.regles, methode) for nom, methode in t.dite.scenarios.items()}
    for nom, proposition in propositions.items():
        scenario = Scenario(nom=nom, regles=donnees.regles, proposition=proposition)
        enregistrer(t.session, t.campagne, scenario, donnees, t.prevu.le)
    depart = t.dite.part_de or next(iter(propositions))
    choisir(t.session, t.campagne, depart, t.comite, t.prevu.le)
    retenue = propositions[depart]
    autres = [_compare(nom, retenue, autre) for nom, autre in propositions.items() if nom != depart]
    return (
        f"Scénario « {depart} » choisi : {_compte(len(retenue.retenus), 'dossier')}, "
        f"{montant(retenue.total_montants)}{''.join(autres)}"
    )


def _compare(nom: str, retenue: Proposition, autre: Proposition) -> str:
    """What another selection would have changed."""
    ecart = comparer(retenue, autre)
    if not (ecart.entrent or ecart.sortent or ecart.points):
        return f" ; « {nom} » donne les mêmes"
    entrants, sortants = _compte(len(ecart.entrent), "entrant"), _compte(len(ecart.sortent), "sortant")
    return f" ; « {nom} » en ferait {nombre(ecart.points)} points de plus, {entrants}, {sortants}"


def _notifier(t: Tenue) -> str | None:
    """All the decisions of a session are told in one act: what was previewed, byte for byte.

    Raises:
        Imprevu: what leaves is not what was previewed.
    """
    comite = t.comite
    if not a_notifier(t.session, comite):
        return None
    acteur = Acteur(AGENT, t.jeu.decor.ids[t.recit.gens.agent])
    annonces = apercevoir(t.session, comite, acteur, t.prevu.le)
    prevus = {(c.destinataire, c.objet): c for annonce in annonces for c in annonce.courriels}
    _ecrire_apercu(t, prevus)
    avant = set(t.session.exec(select(Courriel.id)))
    notifies = notifier_seance(t.session, comite, acteur, t.prevu.le)
    partis = t.session.exec(select(Courriel).where(col(Courriel.id).not_in(avant))).all()
    if sorted(c.octets for c in partis) != sorted(c.octets for c in prevus.values()):
        raise Imprevu(f"{t.prevu.seance} : ce qui part n'est pas ce que montrait l'aperçu.")
    return f"Notification : {_compte(len(notifies), 'décision')}, {len(partis)} courriels, ceux de l'aperçu"


def _ecrire_apercu(t: Tenue, prevus: Mapping[tuple[str, str], CourrielPrevu]) -> None:
    dossier = t.atelier.apercus / t.prevu.seance
    dossier.mkdir(parents=True, exist_ok=True)
    for rang, prevu in enumerate(prevus.values(), 1):
        nom = f"{rang:03d}-{prevu.message}-{prevu.destinataire.partition('@')[0]}.txt"
        (dossier / nom).write_text(texte_de(prevu.octets), encoding="utf-8")


def _consigner(t: Tenue) -> str | None:
    """The minutes, as a PDF; the file is written before they are kept, so that a kill leaves none without its file."""
    comite = t.comite
    emis = select(DocumentEmis.id).where(DocumentEmis.comite_id == comite.id, DocumentEmis.genre == GENRE)
    if t.session.exec(emis).first() is not None or not a_siege(comite, t.prevu.le):
        return None
    chemin = t.atelier.proces_verbal(t.recit.prefixe, comite.code)
    chemin.parent.mkdir(parents=True, exist_ok=True)
    chemin.write_bytes(emettre(t.session, Magasin(t.atelier.pieces), comite, t.prevu.le).octets)
    return "Procès-verbal écrit"


def _prouver(t: Tenue) -> str | None:
    """The pack of the selection as it stands: what a third party recomputes from the file alone."""
    chemin = t.atelier.pack(t.recit.code)
    if chemin.exists():
        return None
    parametres = Parametres(ecart_poids=ECART_POIDS, tirages=TIRAGES_MIN, graine=GRAINE)
    pack = composer_pack(t.session, OPERATEUR, t.campagne, parametres, t.prevu.le)
    remplacer(chemin, ecrire_pack(pack, annexes(t.session, OPERATEUR, t.campagne, t.prevu.le)))
    return f"Dossier de preuve de la sélection : {chemin.name}"


def _compte(combien: int, mot: str) -> str:
    return f"{combien} {mot}{'s' if combien > 1 else ''}"


_GESTES: Final[Mapping[str, Callable[[Tenue], str | None]]] = {
    "repartir": _repartir,
    "convoquer": _convoquer,
    "ouvrir": _ouvrir,
    "proposer": _proposer,
    "notifier": _notifier,
    "consigner": _consigner,
    "prouver": _prouver,
}
"""By the names `flows.demonstration.histoire.Recit.gestes` gives them."""
