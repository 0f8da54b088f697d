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
from ami.choix.donnees import Reserve
from ami.erreurs import ErreurMetier
from ami.models import Campagne, Comite, DossierTerritoire, Habilitation, Personne, Structure, Territoire
from ami.sujets import Acteur, Sujet, identifiant
from rules.chargement import charger

CHARGE = charger(Path(__file__).with_name("caisse.yaml"))
WORKFLOW = CHARGE.reglement.workflow("dossier")
PROJET: Final = "aide_projet"
FINALS: Final = {etat.code for etat in WORKFLOW.etats if etat.final}
NATURES: Final = ("aide_etude", "aide_projet", "participation")
DEBUT: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAINTENANT: Final = DEBUT + timedelta(days=30)
HIER: Final = (MAINTENANT - timedelta(days=1)).date()
DOSSIERS: Final = 3
PLACES: Final = 2
# The second enveloppe of each nature is for one region: the last dossier is elsewhere.
QUARTIER: Final = "QP029001"
ICI: Final = Reserve(champ="region", valeur="Bretagne")
AILLEURS: Final = DOSSIERS - 1
MOITIE: Final = 2  # the règlement pays half of what was spent

EUROS = st.integers(1, 1_500_00).map(lambda centimes: Decimal(centimes).scaleb(-2))
MOTIF: Final = {"motif": "Voilà pourquoi"}
# The short ways to where the money moves: each dossier of an example begins at the end of one.
Pas = tuple[str, dict[str, Any]]
ETUDE: Final[list[Pas]] = [
    ("selectionner", {"decision": "retenu", "montant_accorde": "300.01"}),
    ("signer_convention", {"nature": "aide_etude", "reference": "E"}),
]
SOLDEE: Final[list[Pas]] = [
    *ETUDE,
    ("declarer_depenses", {"nature": "aide_etude", "montant": "500.33"}),
    ("verser", {}),
]
LISTE: Final[list[Pas]] = [*SOLDEE, ("deliberer", {"decision": "liste", "montant_accorde": "600"}), ("notifier", {})]
LAUREAT: Final[list[Pas]] = [
    *SOLDEE,
    ("deliberer", {"decision": "laureat", "montant_accorde": "700.07"}),
    ("notifier", {}),
]
PARTICIPATION: Final[list[Pas]] = [*LAUREAT, ("examiner_participation", {"montant": "250", "capital": "900"})]
SIGNE: Final[list[Pas]] = [*PARTICIPATION, ("signer_convention", {"nature": "aide_projet", "reference": "P"})]
DEPENSES: Final[list[Pas]] = [*SIGNE, ("declarer_depenses", {"nature": "aide_projet", "montant": "900"})]
SOLDE: Final[list[Pas]] = [*SIGNE, ("demander_solde", {"depenses_reelles": "900.01"})]
DEPARTS: Final = [[], ETUDE, SOLDEE, LISTE, LAUREAT, PARTICIPATION, SIGNE, DEPENSES, SOLDE]
NATURE = st.sampled_from((*NATURES, "aide_projet"))
ACTES: Final[dict[str, st.SearchStrategy[dict[str, Any]]]] = {
    "selectionner": st.fixed_dictionaries({"decision": st.just("retenu"), "montant_accorde": EUROS}),
    "signer_convention": st.fixed_dictionaries({"nature": NATURE, "reference": st.just("C")}),
    "declarer_depenses": st.fixed_dictionaries({"nature": NATURE, "montant": EUROS}),
    "deliberer": st.fixed_dictionaries(
        {"decision": st.sampled_from(["laureat", "liste"]), "rang": st.integers(0, 3), "montant_accorde": EUROS}
    ),
    "signer_avenant": st.fixed_dictionaries(
        {
            "nature": st.sampled_from(["aide_etude", *["aide_projet"] * 4]),
            "montant": st.integers(150_00, 800_00).map(lambda centimes: Decimal(centimes).scaleb(-2)),
            "reference": st.integers(0, 99).map(str),
        }
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
    **dict.fromkeys(("abandonner", "se_desister", "resilier"), MOTIF),
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
        quartier = Territoire(
            code=QUARTIER, millesime=2024, kind="QPV", nom="Valmont", commune="Brest", region="Bretagne"
        )
        session.add_all([porteur, *financeurs, quartier])
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
        seance = Comite(campagne_id=identifiant(campagne), code="C1", tenue_le=DEBUT, lieu="Valmont")
        seance.membres = seance.presents = ["La Caisse"]
        session.add(seance)
        session.commit()
        ids = [identifiant(f) for f in financeurs]
        return Decor(identifiant(campagne), ids, Acteur("agent", agent), identifiant(porteur), contact)


class Caisse(RuleBasedStateMachine):
    """Three dossiers, two places, two financeurs and three natures of aid."""

    engine: Engine
    decor: Decor

    @initialize(
        montants=st.lists(st.integers(300_00, 3_000_00), min_size=6, max_size=6),
        departs=st.lists(st.sampled_from(DEPARTS), min_size=DOSSIERS, max_size=DOSSIERS),
    )
    def ouvrir(self, montants: list[int], departs: list[list[Pas]]) -> None:
        self.connexion = self.engine.connect()
        self.transaction = self.connexion.begin()
        self.session = Session(self.connexion, join_transaction_mode="create_savepoint")
        campagne = self.session.get_one(Campagne, self.decor.campagne)
        for rang, montant in enumerate(montants):
            financeur = self.session.get_one(Structure, self.decor.financeurs[rang % 2])
            euros, reserve = Decimal(montant).scaleb(-2), ICI if rang % 2 else None
            ajouter_enveloppe(self.session, campagne, financeur, NATURES[rang // 2], euros, reserve=reserve)
        self.dossiers = [self._nouveau(n) for n in range(DOSSIERS)]
        self.comptes = photo(self.connexion)
        for n, depart in enumerate(departs):
            for acte, donnees in depart:
                self._tenter(n, acte, {**donnees, "rang": n + 1} if acte == "deliberer" else donnees)

    def _nouveau(self, n: int) -> Sujet:
        donnees = {"titre": f"Projet {n}", "porteur": self.decor.porteur, "contact": self.decor.contact}
        qui = {"acteur": self.decor.agent, "maintenant": MAINTENANT, "campagne_id": self.decor.campagne}
        sujet = agir(self.session, "ouvrir_dossier", None, donnees, **qui).sujet  # type: ignore[arg-type]
        if n != AILLEURS:
            self.session.add(DossierTerritoire(dossier_id=sujet.id, code=QUARTIER))
        return sujet

    @rule(choix=st.data(), hors_sequence=st.integers(0, 9).map(lambda de: de == 9), balayer=st.booleans())
    def agir(self, choix: st.DataObject, hors_sequence: bool, balayer: bool) -> None:
        """An act, most of the time one that the état allows; the right amounts and the wrong ones; then a sweep."""
        vivants = [n for n in range(DOSSIERS) if self.etat(n) not in FINALS] or [0]
        n = choix.draw(st.sampled_from(vivants))
        ouverts = sorted({str(t.acte) for t in WORKFLOW.depuis(self.etat(n)) if t.acte} & set(ACTES))
        # A participation may be examined again and again: it must not crowd out the rest.
        ouverts += [acte for acte in ouverts if acte != "examiner_participation"] * 2
        acte = choix.draw(st.sampled_from(sorted(ACTES) if hors_sequence or not ouverts else ouverts))
        self._tenter(n, acte, choix.draw(ACTES[acte]))
        if balayer:
            for sujet in self.dossiers:
                avancer(self.session, sujet, MAINTENANT)
            self.session.flush()
            self.comptes = photo(self.connexion)

    def _tenter(self, n: int, acte: str, donnees: Mapping[str, Any]) -> None:
        """What is refused leaves every sum as it was."""
        entieres = {**donnees, **AUSSI.get(acte, {})}
        point = self.session.begin_nested()
        try:
            agir(self.session, acte, self.dossiers[n], entieres, acteur=self.decor.agent, maintenant=MAINTENANT)
            point.commit()
        except ErreurMetier:
            point.rollback()
            self.session.expire_all()
            assert photo(self.connexion) == self.comptes
        else:
            self.comptes = photo(self.connexion)

    def etat(self, n: int) -> str:
        requete = text("SELECT etat FROM dossier WHERE id = :id")
        return str(self.connexion.execute(requete, {"id": self.dossiers[n].id}).scalar_one())

    @invariant()
    def chaque_euro_est_quelque_part(self) -> None:
        if not hasattr(self, "dossiers"):
            return
        les_enveloppes_tiennent(self.comptes)
        l_argent_reserve_reste_aux_siens(self.comptes, self.dossiers[AILLEURS])
        les_versements_sont_ceux_des_engagements(self.comptes)
        nul_n_est_paye_au_dela_de_sa_convention(self.comptes)
        un_dossier_fini_ne_doit_plus_rien(self.comptes)

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.transaction.rollback()
            self.connexion.close()


Ligne = tuple[Any, ...]
Comptes = dict[str, list[Ligne]]
COMPTES: Final = {
    "enveloppe": "SELECT id, nature, montant, engage_net, reserve_valeur FROM enveloppe ORDER BY id",
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
    for enveloppe, _, montant, engage_net, _ in comptes["enveloppe"]:
        disponible = montant - engages[enveloppe]
        assert engage_net == engages[enveloppe]
        assert disponible >= 0
        assert engages[enveloppe] >= 0


def l_argent_reserve_reste_aux_siens(comptes: Comptes, ailleurs: Sujet) -> None:
    """Who is elsewhere never draws on what is earmarked, by an act or by a promotion."""
    reservees = {enveloppe for enveloppe, *_, reserve in comptes["enveloppe"] if reserve}
    tirees = {enveloppe for _, enveloppe, dossier, *_ in comptes["engagement"] if dossier == ailleurs.id}
    assert not reservees & tirees


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
    """Nothing is paid before a signature, nor beyond what was signed last; under way, that is what stays engaged."""
    signe = en_vigueur(comptes)
    for clef, net in verses(comptes).items():
        assert net <= signe.get(clef, 0)
    for dossier, etat, _ in comptes["dossier"]:
        if etat in ("conventionne", "solde_demande"):
            siens = [ligne for ligne in comptes["engagement"] if (ligne[2], ligne[3]) == (dossier, PROJET)]
            assert sum(engage - libere for _, _, _, _, engage, libere, *_ in siens) == signe[dossier, PROJET]


def un_dossier_fini_ne_doit_plus_rien(comptes: Comptes) -> None:
    """All that is engaged is paid or freed, nothing is awaited; closed, the aid is half of what was really spent."""
    signe = en_vigueur(comptes)
    for dossier, etat, depenses in comptes["dossier"]:
        if etat in FINALS:
            for _, _, sien, _, engage, libere, paye, reverse, a_reverser in comptes["engagement"]:
                assert sien != dossier or (engage - libere == paye - reverse and a_reverser == 0)
        if etat == "clos":
            assert verses(comptes)[dossier, PROJET] == min(signe[dossier, PROJET], (depenses + 1) // MOITIE)


def en_vigueur(comptes: Comptes) -> dict[tuple[int, str], int]:
    """The amount signed last, by dossier and nature: the convention's, or the last avenant's."""
    return {(d, nature): m for table in ("convention", "avenant") for d, nature, m in comptes[table]}


def verses(comptes: Comptes) -> dict[tuple[int, str], int]:
    """What was paid and did not come back, by dossier and nature."""
    nets: defaultdict[tuple[int, str], int] = defaultdict(int)
    for _, _, dossier, nature, _, _, paye, reverse, _ in comptes["engagement"]:
        nets[dossier, nature] += paye - reverse
    return nets


def test_money_never_leaks_whatever_people_decide(engine: Engine) -> None:
    Caisse.engine, Caisse.decor = engine, planter(engine)
    run_state_machine_as_test(Caisse, settings=settings(max_examples=12, stateful_step_count=30, deadline=None))
