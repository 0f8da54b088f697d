"""Money never leaks, by the real door: whatever people decide on several dossiers at once, every euro is somewhere.

A state machine plays a small règlement that has all that may happen to a euro (tests/noyau/caisse.yaml), and counts
with plain integers read by raw SQL: nothing of `ami.argent` is believed.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, text
from sqlmodel import Session

from ami.agir import agir, avancer
from ami.campagnes import ajouter_enveloppe, ouvrir_campagne
from ami.erreurs import ErreurMetier
from ami.models import Campagne, Comite, Habilitation, Personne, Structure
from ami.sujets import Acteur, Sujet, identifiant
from rules.chargement import charger

CHARGE = charger(Path(__file__).with_name("caisse.yaml"))
WORKFLOW = CHARGE.reglement.workflow("dossier")
FINALS: Final = {etat.code for etat in WORKFLOW.etats if etat.final}
NATURES: Final = ("aide_etude", "aide_projet", "participation")
DEBUT: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAINTENANT: Final = DEBUT + timedelta(days=30)
HIER: Final = (MAINTENANT - timedelta(days=1)).date()
DOSSIERS: Final = 3
PLACES: Final = 2
MOITIE: Final = 2  # the règlement pays half of what was spent

EUROS = st.integers(1, 2_000_00).map(lambda centimes: Decimal(centimes).scaleb(-2))
MOTIF: Final = {"motif": "Voilà pourquoi"}
# From an opened dossier to its end, by the shortest way: an example begins somewhere on it.
CHEMIN: Final[list[tuple[str, dict[str, Any]]]] = [
    ("selectionner", {"decision": "retenu", "montant_accorde": "300.01", **MOTIF}),
    ("signer_convention", {"nature": "aide_etude", "signee_le": HIER, "reference": "E"}),
    ("declarer_depenses", {"nature": "aide_etude", "montant": "500.33"}),
    ("verser", {}),
    ("deliberer", {"decision": "laureat", "montant_accorde": "700.07", **MOTIF}),
    ("notifier", {}),
    ("signer_convention", {"nature": "aide_projet", "signee_le": HIER, "reference": "P"}),
    ("demander_solde", {"depenses_reelles": "99.99", "bilan": "Fait"}),
    ("verser", {}),
]
NATURE = st.sampled_from(NATURES)
ACTES: Final[dict[str, st.SearchStrategy[dict[str, Any]]]] = {
    "selectionner": st.fixed_dictionaries({"decision": st.just("retenu"), "montant_accorde": EUROS}),
    "signer_convention": st.fixed_dictionaries({"nature": NATURE, "reference": st.just("C")}),
    "declarer_depenses": st.fixed_dictionaries({"nature": NATURE, "montant": EUROS}),
    "deliberer": st.fixed_dictionaries(
        {"decision": st.sampled_from(["laureat", "liste"]), "rang": st.integers(0, 3), "montant_accorde": EUROS}
    ),
    "signer_avenant": st.fixed_dictionaries(
        {"nature": NATURE, "montant": EUROS, "reference": st.integers(0, 99).map(str)}
    ),
    "examiner_participation": st.fixed_dictionaries({"montant": EUROS, "capital": EUROS}),
    "demander_solde": st.fixed_dictionaries({"depenses_reelles": EUROS}),
    **{a: st.just({}) for a in ("notifier", "accepter_place", "verser", "constater_reversement")},
    **{a: st.just({}) for a in ("abandonner", "se_desister", "resilier")},
}
# What the schemas ask besides, and which moves no money.
AUSSI: Final[dict[str, dict[str, Any]]] = {
    "selectionner": MOTIF,
    "signer_convention": {"signee_le": HIER},
    "deliberer": MOTIF,
    "signer_avenant": {"signe_le": HIER, "fin": date(2027, 12, 31), **MOTIF},
    "examiner_participation": {"decision": "retenu", **MOTIF},
    "demander_solde": {"bilan": "Fait"},
    "constater_reversement": {"recu_le": HIER},
    **{acte: MOTIF for acte in ("abandonner", "se_desister", "resilier")},
}


@dataclass(frozen=True)
class Decor:
    """The campagne, its financeurs, the agent who does everything, and whom dossiers are for."""

    campagne: int
    financeurs: list[int]
    agent: Acteur
    porteur: int
    contact: int


def planter(engine: Engine) -> Decor:
    """What every example finds: committed once."""
    with Session(engine, expire_on_commit=False) as session:
        porteur = Structure(nom="Régie de Valmont", kind="association")
        financeurs = [Structure(nom=f"Financeur {n}", kind="financeur") for n in range(2)]
        session.add_all([porteur, *financeurs])
        campagne = ouvrir_campagne(
            session,
            code="caisse",
            nom="Caisse",
            prefixe="CA",
            charge=CHARGE,
            ouverture=DEBUT,
            cloture=DEBUT + timedelta(days=60),
            fin=None,
            places=PLACES,
            maintenant=DEBUT,
        )
        gens = [Personne(prenom="Noa", nom=nom, courriel=f"{nom}@example.org") for nom in ("agent", "contact")]
        session.add_all(gens)
        session.flush()
        agent, contact = (identifiant(personne) for personne in gens)
        session.add(Habilitation(personne_id=agent, role="agent", campagne_id=campagne.id, depuis=DEBUT))
        seance = {"code": "C1", "tenue_le": DEBUT, "membres": ["La Caisse"], "presents": ["La Caisse"], "lieu": "Valmont"}
        session.add(Comite(campagne_id=identifiant(campagne), **seance))
        session.commit()
        ids = [identifiant(f) for f in financeurs]
        return Decor(identifiant(campagne), ids, Acteur("agent", agent), identifiant(porteur), contact)


class Caisse(RuleBasedStateMachine):
    """Three dossiers, two places, two financeurs and three natures of aid."""

    engine: Engine
    decor: Decor

    @initialize(
        montants=st.lists(st.integers(300_00, 3_000_00), min_size=6, max_size=6),
        departs=st.lists(st.integers(0, len(CHEMIN)), min_size=DOSSIERS, max_size=DOSSIERS),
    )
    def ouvrir(self, montants: list[int], departs: list[int]) -> None:
        self.connexion = self.engine.connect()
        self.transaction = self.connexion.begin()
        self.session = Session(self.connexion, join_transaction_mode="create_savepoint")
        campagne = self.session.get_one(Campagne, self.decor.campagne)
        for rang, montant in enumerate(montants):
            financeur = self.session.get_one(Structure, self.decor.financeurs[rang % 2])
            ajouter_enveloppe(self.session, campagne, financeur, NATURES[rang // 2], Decimal(montant).scaleb(-2))
        self.dossiers = [self._nouveau(n) for n in range(DOSSIERS)]
        for n, depart in enumerate(departs):
            for acte, donnees in CHEMIN[:depart]:
                self._tenter(n, acte, donnees)

    def _nouveau(self, n: int) -> Sujet:
        donnees = {"titre": f"Projet {n}", "porteur": self.decor.porteur, "contact": self.decor.contact}
        qui = {"acteur": self.decor.agent, "maintenant": MAINTENANT, "campagne_id": self.decor.campagne}
        return agir(self.session, "ouvrir_dossier", None, donnees, **qui).sujet  # type: ignore[arg-type]

    @rule(n=st.integers(0, DOSSIERS - 1), choix=st.data(), hors_sequence=st.integers(0, 9).map(lambda de: de == 0))
    def agir(self, n: int, choix: st.DataObject, hors_sequence: bool) -> None:
        """An act, most of the time one that the état allows; the right amounts and the wrong ones."""
        ouverts = sorted({str(t.acte) for t in WORKFLOW.depuis(self.etat(n)) if t.acte} & set(ACTES))
        acte = choix.draw(st.sampled_from(sorted(ACTES) if hors_sequence or not ouverts else ouverts))
        donnees = choix.draw(ACTES[acte])
        self._tenter(n, acte, {**donnees, **AUSSI.get(acte, {})})

    @rule()
    def balayer(self) -> None:
        """A place may open: the first of the list is proposed it."""
        for sujet in self.dossiers:
            avancer(self.session, sujet, MAINTENANT)

    def _tenter(self, n: int, acte: str, donnees: Mapping[str, Any]) -> None:
        """What is refused leaves every sum as it was."""
        avant = photo(self.connexion)
        point = self.session.begin_nested()
        try:
            agir(self.session, acte, self.dossiers[n], donnees, acteur=self.decor.agent, maintenant=MAINTENANT)
            point.commit()
        except ErreurMetier:
            point.rollback()
            self.session.expire_all()
            assert photo(self.connexion) == avant

    def etat(self, n: int) -> str:
        requete = text("SELECT etat FROM dossier WHERE id = :id")
        return str(self.connexion.execute(requete, {"id": self.dossiers[n].id}).scalar_one())

    @invariant()
    def chaque_euro_est_quelque_part(self) -> None:
        if not hasattr(self, "dossiers"):
            return
        self.session.flush()
        comptes = photo(self.connexion)
        les_enveloppes_tiennent(comptes)
        les_versements_sont_ceux_des_engagements(comptes)
        nul_n_est_paye_au_dela_de_sa_convention(comptes)
        un_dossier_fini_ne_doit_plus_rien(comptes)

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.transaction.rollback()
            self.connexion.close()


Ligne = tuple[Any, ...]
Comptes = dict[str, list[Ligne]]
COMPTES: Final = {
    "enveloppe": "SELECT id, nature, montant, engage_net FROM enveloppe ORDER BY id",
    "engagement": "SELECT id, enveloppe_id, dossier_id, nature, engage, libere, paye, reverse, a_reverser"
    " FROM engagement ORDER BY id",
    "versement": "SELECT engagement_id, motif, montant FROM versement ORDER BY id",
    "convention": "SELECT dossier_id, nature, montant FROM convention ORDER BY id",
    "avenant": "SELECT dossier_id, nature, montant FROM avenant ORDER BY id",
    "dossier": "SELECT id, etat, depenses_reelles FROM dossier ORDER BY id",
}


def photo(connexion: Connection) -> Comptes:
    """Every sum, in whole centimes, as the database holds it."""
    return {table: [tuple(ligne) for ligne in connexion.execute(text(sql))] for table, sql in COMPTES.items()}


def les_enveloppes_tiennent(comptes: Comptes) -> None:
    """Of each enveloppe, what is engaged and not freed is what its counter says, and never more than it holds."""
    engages: defaultdict[int, int] = defaultdict(int)
    natures = {enveloppe: nature for enveloppe, nature, *_ in comptes["enveloppe"]}
    for _, enveloppe, _, nature, engage, libere, *_ in comptes["engagement"]:
        assert natures[enveloppe] == nature
        engages[enveloppe] += engage - libere
    for enveloppe, _, montant, engage_net in comptes["enveloppe"]:
        disponible = montant - engages[enveloppe]
        assert engage_net == engages[enveloppe]
        assert disponible >= 0
        assert engages[enveloppe] >= 0


def les_versements_sont_ceux_des_engagements(comptes: Comptes) -> None:
    """What went out and came back, movement by movement, is what each engagement says."""
    sortis: defaultdict[int, int] = defaultdict(int)
    revenus: defaultdict[int, int] = defaultdict(int)
    for engagement, motif, montant in comptes["versement"]:
        (revenus if motif == "reversement" else sortis)[engagement] += abs(montant)
        assert (montant < 0) == (motif == "reversement")
    for engagement, _, _, _, engage, libere, paye, reverse, a_reverser in comptes["engagement"]:
        assert (sortis[engagement], revenus[engagement]) == (paye, reverse)
        assert 0 <= paye - reverse <= engage - libere
        assert 0 <= a_reverser <= paye - reverse


def nul_n_est_paye_au_dela_de_sa_convention(comptes: Comptes) -> None:
    """Nothing is paid before a signature, nor beyond what was signed last."""
    en_vigueur: dict[tuple[int, str], int] = {(d, nature): m for d, nature, m in comptes["convention"]}
    en_vigueur |= {(d, nature): m for d, nature, m in comptes["avenant"]}
    for clef, net in verses(comptes).items():
        assert net <= en_vigueur.get(clef, 0)


def un_dossier_fini_ne_doit_plus_rien(comptes: Comptes) -> None:
    """All that is engaged is paid or freed, nothing is awaited; closed, the aid is half of what was really spent."""
    signe = {dossier: m for table in ("convention", "avenant") for dossier, n, m in comptes[table] if n == NATURES[1]}
    for dossier, etat, depenses in comptes["dossier"]:
        if etat in FINALS:
            for _, _, sien, _, engage, libere, paye, reverse, a_reverser in comptes["engagement"]:
                assert sien != dossier or (engage - libere == paye - reverse and a_reverser == 0)
        if etat == "clos":
            assert verses(comptes)[dossier, NATURES[1]] == min(signe[dossier], (depenses + 1) // MOITIE)


def verses(comptes: Comptes) -> dict[tuple[int, str], int]:
    """What was paid and did not come back, by dossier and nature."""
    nets: defaultdict[tuple[int, str], int] = defaultdict(int)
    for _, _, dossier, nature, _, _, paye, reverse, _ in comptes["engagement"]:
        nets[dossier, nature] += paye - reverse
    return nets


def test_money_never_leaks_whatever_people_decide(engine: Engine) -> None:
    Caisse.engine, Caisse.decor = engine, planter(engine)
    run_state_machine_as_test(Caisse, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))
