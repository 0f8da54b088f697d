"""Whatever happens to the sweeps, in whatever order, the end is that of the undisturbed run: états, journal, courriels.

Sweeps are killed at any statement, doubled, run from a list already stale; acts are doubled, replayed, or made on a
version already passed; the dispatcher passes at any moment.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from ami import journal
from ami.balayage import a_balayer, balayer, balayer_lot
from ami.erreurs import ErreurMetier
from ami.models import Courriel, Dossier
from notifications.database import create_engine_for
from notifications.dispatcher import Dispatcher
from notifications.settings import ReglagesCourriel
from tests.support.bases import ServeurPostgres
from tests.support.jardins import MAINTENANT, Jardins, planter

PHASES = ("pepiniere", "arrosage")
NUMERO = count(1)
Geste = Callable[..., object]


def _scripts() -> list[list[tuple[str, tuple[str, ...]]]]:
    """What people want to do on each dossier, in order: one is planted, one composted, one left fallow."""
    return [
        [("demander", ("1500.00",)), ("lancer", ()), ("noter", ("0", "7")), ("noter", ("1", "8"))],
        [("demander", ("2500.00",))],
        [("demander", ("900.00",)), ("lancer", ()), ("noter", ("0", "2")), ("noter", ("1", "3"))],
    ]


class TueError(BaseException):
    """The process dies here: nothing may catch it."""


@dataclass
class Histoire:
    """One run of the whole story in a database of its own."""

    jardins: Jardins
    courriels: Path
    restes: list[list[tuple[str, tuple[str, ...]]]] = field(default_factory=_scripts)

    @property
    def engine(self) -> Engine:
        return self.jardins.engine

    def _geste(self, rang: int, **options: object) -> None:
        nom, arguments = self.restes[rang][0]
        if nom == "demander":
            self.jardins.demander(rang, arguments[0], **options)
        elif nom == "lancer":
            self.jardins.faire("lancer_evaluation", rang, None, **options)
        else:
            self.jardins.noter(rang, int(arguments[0]), arguments[1], **options)

    def acte(self, rang: int, fois: int = 1) -> bool:
        """The next act of a dossier, if the règlement allows it by now; `fois` times with the same clef."""
        if not self.restes[rang]:
            return False
        clef = f"{rang}:{len(self.restes[rang])}"
        try:
            for _ in range(fois):
                self._geste(rang, clef=clef)
        except ErreurMetier:
            return False
        self.restes[rang].pop(0)
        return True

    def acte_perime(self, rang: int) -> None:
        """Somebody acts on a page they opened too long ago."""
        if not self.restes[rang]:
            return
        with Session(self.engine) as session:
            version = session.get_one(Dossier, self.jardins.dossiers[rang].id).version
        with pytest.raises(ErreurMetier):
            self._geste(rang, version_vue=version - 1)

    def balayage(self, phase: str) -> None:
        balayer(self.engine, self.jardins.campagne, phase, MAINTENANT, 2)

    def balayage_perime(self, phase: str) -> None:
        """A sweep reads its list, another does the work, the first goes on."""
        with Session(self.engine) as session:
            liste = a_balayer(session, self.jardins.campagne.id or 0, phase)
        self.balayage(phase)
        balayer_lot(self.engine, liste, MAINTENANT)

    def balayage_tue(self, phase: str, requete: int) -> None:
        """The process dies at its nth statement; what was not committed is lost with it."""
        restantes = count(1)

        def mourir(*_: Any) -> None:
            if next(restantes) == requete:
                raise TueError

        event.listen(self.engine, "before_cursor_execute", mourir)
        try:
            self.balayage(phase)
        except TueError:
            self.engine.dispose()
        finally:
            event.remove(self.engine, "before_cursor_execute", mourir)

    def envoyer(self) -> None:
        reglages = ReglagesCourriel(dossier=self.courriels)
        Dispatcher(self.engine, reglages, horloge=lambda: MAINTENANT, hasard=random.Random(0)).passer(MAINTENANT)

    def executer(self, operation: tuple[Any, ...]) -> None:
        gestes: dict[str, Geste] = {
            "acte": self.acte,
            "acte double": lambda rang: self.acte(rang, fois=2),
            "acte périmé": self.acte_perime,
            "balayage": self.balayage,
            "balayage périmé": self.balayage_perime,
            "balayage tué": self.balayage_tue,
            "envoi": self.envoyer,
        }
        gestes[operation[0]](*operation[1:])

    def achever(self) -> None:
        """What always comes in the end: people finish, sweeps go on, the dispatcher too."""
        for _ in range(20):
            agi = [self.acte(rang) for rang in range(len(self.restes))]
            for phase in PHASES:
                self.balayage(phase)
            # A round without an act may still be one whose sweeps open the next act.
            if not any(agi) and not any(self.restes):
                break
        assert self.restes == [[], [], []]
        self.envoyer()

    def fin(self) -> tuple[object, int, list[journal.Anomalie]]:
        """What is compared: the photo, how many courriels were really delivered, what the journal has to say."""
        with Session(self.engine) as session:
            etats = {c.etat for c in session.exec(select(Courriel))}
            anomalies = journal.verifier(session)
        assert etats == {"envoye"}
        return self.jardins.photo(), len(list(self.courriels.rglob("*.eml"))), anomalies


RANGS, LES_PHASES = st.integers(0, 2), st.sampled_from(PHASES)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["acte", "acte double", "acte périmé"]), RANGS),
        st.tuples(st.sampled_from(["balayage", "balayage périmé"]), LES_PHASES),
        st.tuples(st.just("balayage tué"), LES_PHASES, st.integers(1, 120)),
        st.tuples(st.just("envoi")),
    ),
    max_size=14,
)


def _raconter(jardins: Jardins, dossier: Path, operations: list[tuple[Any, ...]]) -> object:
    histoire = Histoire(jardins, dossier / f"courriels_{next(NUMERO)}")
    for operation in operations:
        histoire.executer(operation)
    histoire.achever()
    return histoire.fin()


class Pepite:
    """A planted SQLite file, copied for each story."""

    def __init__(self, engine: Engine, dossier: Path) -> None:
        self.jardins, self.dossier = planter(engine, 3), dossier
        self.fichier = Path(str(engine.url.database))
        engine.dispose()

    def raconter(self, operations: list[tuple[Any, ...]]) -> object:
        copie = self.dossier / f"histoire_{next(NUMERO)}.db"
        shutil.copyfile(self.fichier, copie)
        engine = create_engine_for(f"sqlite:///{copie}")
        try:
            return _raconter(replace(self.jardins, engine=engine), self.dossier, operations)
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def pepite(modele: Path, tmp_path_factory: pytest.TempPathFactory) -> Pepite:
    dossier = tmp_path_factory.mktemp("entrelacements")
    shutil.copyfile(modele, dossier / "graine.db")
    return Pepite(create_engine_for(f"sqlite:///{dossier / 'graine.db'}"), dossier)


@pytest.fixture(scope="module")
def tranquille(pepite: Pepite) -> object:
    """How the story ends when nothing disturbs it."""
    return pepite.raconter([])


def test_l_histoire_tranquille_finit_comme_le_reglement_le_dit(pepite: Pepite, tranquille: Any) -> None:
    (etats, _, clefs), remis, anomalies = tranquille
    assert etats == {"JP26-0001": "plante", "JP26-0002": "composte", "JP26-0003": "en_jachere"}
    assert remis == len(clefs) == 12
    assert anomalies == []


@settings(max_examples=20)
@given(operations=OPERATIONS)
@example(operations=[("acte", 0), ("balayage tué", "pepiniere", 40), ("balayage périmé", "pepiniere"), ("envoi",)])
@example(operations=[("acte", 1), ("acte", 0), ("acte", 2)])
def test_quoi_qu_il_arrive_la_fin_est_la_meme(
    pepite: Pepite, tranquille: object, operations: list[tuple[Any, ...]]
) -> None:
    assert pepite.raconter(operations) == tranquille


@settings(max_examples=5)
@given(operations=OPERATIONS)
@example(operations=[("acte", 0), ("balayage tué", "pepiniere", 40), ("balayage périmé", "pepiniere"), ("envoi",)])
def test_quoi_qu_il_arrive_la_fin_est_la_meme_sur_postgresql(
    postgres: ServeurPostgres, pepite: Pepite, tranquille: object, operations: list[tuple[Any, ...]]
) -> None:
    url = postgres.creer()
    engine = create_engine_for(url)
    try:
        assert _raconter(planter(engine, 3), pepite.dossier, operations) == tranquille
    finally:
        engine.dispose()
        postgres.rendre(url)


def test_un_balayage_tue_a_chaque_requete_ne_laisse_rien_a_moitie(pepite: Pepite, tranquille: object) -> None:
    """Killed at one statement, then at a later one, and so on through the whole chunk."""
    tues: Iterator[tuple[Any, ...]] = (("balayage tué", "pepiniere", n) for n in range(1, 121, 12))
    assert pepite.raconter([("acte", 0), ("acte", 1), *tues]) == tranquille
