"""Money never leaks: whatever the order of operations, the sums hold to the centime."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from ami import argent
from ami.erreurs import ErreurMetier, Refus
from ami.models import Campagne, Dossier, Engagement, Enveloppe, Liberation, Structure, Versement, VersionReglement
from ami.sujets import identifiant

INSTANT = datetime(2026, 3, 30, 8, 0, tzinfo=UTC)
NATURE = "aide_projet"
MONTANTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(20_000), places=2)


def decor(session: Session, montants: list[Decimal]) -> list[Dossier]:
    """Two dossiers in a campagne with one enveloppe per amount."""
    version = VersionReglement(programme="essai", version="1", empreinte="e" * 64, texte="", charge_le=INSTANT)
    session.add(version)
    session.flush()
    campagne = Campagne(
        code="essai",
        nom="Essai",
        version_reglement_id=identifiant(version),
        ouverture=INSTANT,
        cloture=INSTANT.replace(year=2027),
        prefixe="ES",
    )
    session.add(campagne)
    session.flush()
    for rang, montant in enumerate(montants):
        financeur = Structure(nom=f"Financeur {rang}", kind="financeur")
        session.add(financeur)
        session.flush()
        session.add(
            Enveloppe(
                campagne_id=identifiant(campagne), financeur_id=identifiant(financeur), nature=NATURE, montant=montant
            )
        )
    dossiers = [
        Dossier(campagne_id=identifiant(campagne), numero=f"ES-{n}", titre="Essai", cree_le=INSTANT) for n in range(2)
    ]
    session.add_all(dossiers)
    session.flush()
    return dossiers


class Caisse(RuleBasedStateMachine):
    """A model of the money in plain Decimals, beside the database."""

    engine: Engine

    @initialize(montants=st.lists(MONTANTS, min_size=1, max_size=3))
    def ouvrir(self, montants: list[Decimal]) -> None:
        self.connexion = self.engine.connect()
        self.transaction = self.connexion.begin()
        self.session = Session(self.connexion, join_transaction_mode="create_savepoint")
        self.dossiers = decor(self.session, montants)
        self.total = sum(montants, Decimal(0))
        self.engage = {0: Decimal(0), 1: Decimal(0)}
        self.paye = {0: Decimal(0), 1: Decimal(0)}
        self.libere = {0: Decimal(0), 1: Decimal(0)}
        self.attendu = {0: Decimal(0), 1: Decimal(0)}
        self.version = 0

    def _dossier(self, n: int) -> Dossier:
        """Each operation belongs to a later version, as the door would have it."""
        self.version += 1
        self.dossiers[n].version = self.version
        self.dossiers[n].etat = "essai"
        self.session.flush()
        return self.dossiers[n]

    @property
    def disponible(self) -> Decimal:
        return self.total - sum(self.engage.values()) + sum(self.libere.values())

    def reste(self, n: int) -> Decimal:
        return self.engage[n] - self.paye[n] - self.libere[n]

    @rule(n=st.integers(0, 1), montant=MONTANTS)
    def engager(self, n: int, montant: Decimal) -> None:
        dossier = self._dossier(n)
        if montant > self.disponible:
            with self.session.begin_nested() as point:
                with pytest.raises(Refus, match="enveloppe"):
                    argent.engager(self.session, dossier, NATURE, montant, INSTANT)
                point.rollback()
            self.session.expire_all()
            return
        argent.engager(self.session, dossier, NATURE, montant, INSTANT)
        self.engage[n] += montant

    @rule(n=st.integers(0, 1), part=st.integers(1, 100))
    def verser(self, n: int, part: int) -> None:
        montant = (self.reste(n) * part / 100).quantize(Decimal("0.01"))
        dossier = self._dossier(n)
        argent.ordonner_versement(self.session, dossier, NATURE, montant, motif="acompte", maintenant=INSTANT)
        self.paye[n] += montant

    @rule(n=st.integers(0, 1), trop=MONTANTS)
    def verser_trop_est_refuse(self, n: int, trop: Decimal) -> None:
        dossier = self._dossier(n)
        with self.session.begin_nested() as point:
            with pytest.raises(ErreurMetier, match="dépasse"):
                argent.ordonner_versement(
                    self.session, dossier, NATURE, self.reste(n) + trop, motif="acompte", maintenant=INSTANT
                )
            point.rollback()
        self.session.expire_all()

    @rule(n=st.integers(0, 1), montant=st.none() | MONTANTS)
    def liberer(self, n: int, montant: Decimal | None) -> None:
        argent.liberer(self.session, self._dossier(n), NATURE, montant, INSTANT)
        self.libere[n] += self.reste(n) if montant is None else min(montant, self.reste(n))

    @precondition(lambda self: any(self.paye[n] > self.attendu[n] for n in (0, 1)))
    @rule(part=st.integers(1, 100))
    def demander_reversement(self, part: int) -> None:
        n = 0 if self.paye[0] > self.attendu[0] else 1
        montant = ((self.paye[n] - self.attendu[n]) * part / 100).quantize(Decimal("0.01"))
        argent.demander_reversement(self.session, self._dossier(n), NATURE, montant)
        self.attendu[n] += montant

    @rule(n=st.integers(0, 1))
    def recevoir_le_reversement(self, n: int) -> None:
        argent.constater_reversement(self.session, self._dossier(n), NATURE, INSTANT)
        self.paye[n] -= self.attendu[n]
        self.attendu[n] = Decimal(0)

    @invariant()
    def les_sommes_tiennent(self) -> None:
        if not hasattr(self, "session"):
            return
        self.session.expire_all()
        enveloppes = self.session.exec(select(Enveloppe)).all()
        assert sum(e.montant - e.engage_net for e in enveloppes) == self.disponible
        for n, dossier in enumerate(self.dossiers):
            lignes = argent.engagements(self.session, dossier, NATURE)
            assert sum((e.engage for e in lignes), Decimal(0)) == self.engage[n]
            assert sum((e.libere for e in lignes), Decimal(0)) == self.libere[n]
            assert sum((e.paye - e.reverse for e in lignes), Decimal(0)) == self.paye[n]
            assert sum((argent.reste_a_payer(e) for e in lignes), Decimal(0)) == self.reste(n)
            liberees = self.session.exec(
                select(Liberation).where(col(Liberation.engagement_id).in_([e.id for e in lignes]))
            ).all()
            assert sum((m.montant for m in liberees), Decimal(0)) == self.libere[n]
            mouvements = self.session.exec(
                select(Versement).where(col(Versement.engagement_id).in_([e.id for e in lignes]))
            ).all()
            assert sum((v.montant for v in mouvements), Decimal(0)) == self.paye[n]

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.transaction.rollback()
            self.connexion.close()


def test_money_never_leaks_whatever_the_order(engine: Engine) -> None:
    Caisse.engine = engine
    run_state_machine_as_test(Caisse, settings=settings(max_examples=40, stateful_step_count=20, deadline=None))


def test_the_database_itself_refuses_to_pay_more_than_engaged(session: Session) -> None:
    dossier = decor(session, [Decimal(1000)])[0]
    argent.engager(session, dossier, NATURE, Decimal(800), INSTANT)
    engagement = session.exec(select(Engagement)).one()
    engagement.paye = Decimal("800.01")
    with pytest.raises(IntegrityError, match="ck_engagement_solde"):
        session.flush()


def test_the_database_itself_refuses_to_engage_more_than_the_enveloppe(session: Session) -> None:
    decor(session, [Decimal(1000)])
    enveloppe = session.exec(select(Enveloppe)).one()
    enveloppe.engage_net = Decimal("1000.01")
    with pytest.raises(IntegrityError, match="ck_enveloppe_solde"):
        session.flush()


def test_an_engagement_is_shared_between_financeurs_in_the_order_of_their_enveloppes(session: Session) -> None:
    dossier = decor(session, [Decimal(1000), Decimal(500)])[0]
    argent.engager(session, dossier, NATURE, Decimal(1200), INSTANT)
    assert [e.engage for e in argent.engagements(session, dossier, NATURE)] == [Decimal(1000), Decimal(200)]
