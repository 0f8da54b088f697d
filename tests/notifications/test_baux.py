"""Leases under any interleaving: dispatchers that stop anywhere, come back late, and time that passes.

The machine below plays the server: it counts the bodies that went out. Whatever the order, no mail goes out twice, and
none is lost: it was received once, or is uncertain, or is still to be sent.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

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
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from notifications.baux import Bail, Baux
from notifications.models import Courriel, EtatCourriel
from notifications.outbox import enqueue, resoudre_incertain
from notifications.render import CourrielPret, clef_de
from tests.notifications.exemples import MAINTENANT, pret
from tests.notifications.outils import deposer, evenements

DUREE, DUREE_CORPS = timedelta(seconds=60), timedelta(seconds=600)
PARTIE = count(1)
MODELE = pret(1)


def baux_de(engine: Engine) -> Baux:
    return Baux(engine, duree=DUREE, duree_corps=DUREE_CORPS, idempotent=False)


@dataclass
class Tenu:
    """A mail in the hands of a dispatcher."""

    bail: Bail
    phase: str = "pris"


class Interleaving(RuleBasedStateMachine):
    """Any number of dispatchers on one outbox."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.baux = baux_de(engine)
        self.partie = next(PARTIE)
        self.maintenant = datetime(2026, 3, 30, tzinfo=UTC)
        self.attendus: set[int] = set()
        self.tenus: list[Tenu] = []
        self.recus: Counter[int] = Counter()

    def courriel(self, numero: int) -> CourrielPret:
        clef = clef_de(f"partie:{self.partie}", "accuse", f"personne:{numero}")
        return replace(MODELE, clef=clef, message_id=f"<{self.partie}.{numero}@example.org>", du_a=self.maintenant)

    @initialize()
    def commencer(self) -> None:
        for numero in (1, 2):
            self.deposer(numero)

    @rule(numero=st.integers(1, 4))
    def deposer(self, numero: int) -> None:
        with Session(self.engine) as session, session.begin():
            assert enqueue(session, self.courriel(numero), self.maintenant) is (numero not in self.attendus)
        self.attendus.add(numero)

    @rule(lot=st.integers(1, 3))
    def prendre(self, lot: int) -> None:
        pris = self.baux.prendre(self.maintenant, lot)
        assert len({bail.id for bail in pris}) == len(pris) <= lot
        self.tenus += [Tenu(bail) for bail in pris]

    @precondition(lambda self: self.tenus)
    @rule(data=st.data())
    def avancer(self, data: st.DataObject) -> None:
        """One mail goes one step further: mark, body, record."""
        tenu = data.draw(st.sampled_from(self.tenus))
        match tenu.phase:
            case "pris" if self.baux.marquer(tenu.bail, self.maintenant):
                tenu.phase = "marque"
            case "marque":
                self.recus[tenu.bail.id] += 1
                tenu.phase = "livre"
            case "livre":
                self.baux.conclure(tenu.bail, EtatCourriel.ENVOYE, self.maintenant, "250 reçu")
                self.tenus.remove(tenu)
            case _:
                self.tenus.remove(tenu)

    @precondition(lambda self: any(tenu.phase != "livre" for tenu in self.tenus))
    @rule(data=st.data())
    def renoncer(self, data: st.DataObject) -> None:
        """Stopped before the body, or refused by the server: the mail goes back."""
        tenu = data.draw(st.sampled_from([tenu for tenu in self.tenus if tenu.phase != "livre"]))
        if tenu.phase == "pris":
            self.baux.rendre([tenu.bail])
        else:
            plus_tard = self.maintenant + timedelta(seconds=30)
            self.baux.reporter(tenu.bail, plus_tard, self.maintenant, "451 plus tard", compter=False)
        self.tenus.remove(tenu)

    @precondition(lambda self: self.tenus)
    @rule(data=st.data())
    def mourir(self, data: st.DataObject) -> None:
        self.tenus.remove(data.draw(st.sampled_from(self.tenus)))

    @rule(secondes=st.sampled_from([1, 30, 61, 601]), trancher=st.booleans())
    def attendre(self, secondes: int, trancher: bool) -> None:
        self.maintenant += timedelta(seconds=secondes)
        self.baux.ranger(self.maintenant)
        if trancher:
            self.trancher()

    def trancher(self) -> None:
        """A person says what happened to the uncertain mails nobody holds any more."""
        en_vol = {tenu.bail.id for tenu in self.tenus}
        for identifiant, courriel in self.lignes().items():
            if courriel.etat == EtatCourriel.INCERTAIN and identifiant not in en_vol:
                recu = self.recus[identifiant] == 1
                with Session(self.engine) as session, session.begin():
                    resoudre_incertain(session, identifiant, recu=recu, par="agent:1", maintenant=self.maintenant)

    def lignes(self) -> dict[int, Courriel]:
        with Session(self.engine) as session:
            lignes = session.exec(select(Courriel).where(col(Courriel.clef).startswith(f"partie:{self.partie}/")))
            return {ligne.id or 0: ligne for ligne in lignes}

    @invariant()
    def rien_en_double_et_l_etat_dit_vrai(self) -> None:
        for identifiant, courriel in self.lignes().items():
            assert self.recus[identifiant] <= 1
            if courriel.etat == EtatCourriel.ENVOYE:
                assert self.recus[identifiant] == 1
            if courriel.etat == EtatCourriel.A_ENVOYER:
                assert self.recus[identifiant] == 0

    def teardown(self) -> None:
        """Everyone dies; one dispatcher is left and finishes the work."""
        self.tenus.clear()
        self.maintenant += timedelta(hours=1)
        self.baux.ranger(self.maintenant)
        while pris := self.baux.prendre(self.maintenant, 2):
            self.tenus += [Tenu(bail) for bail in pris]
            for tenu in list(self.tenus):
                assert self.baux.marquer(tenu.bail, self.maintenant)
                self.recus[tenu.bail.id] += 1
                assert self.baux.conclure(tenu.bail, EtatCourriel.ENVOYE, self.maintenant, "250 reçu")
                self.tenus.remove(tenu)
        lignes = self.lignes()
        assert len(lignes) == len(self.attendus)
        assert {ligne.etat for ligne in lignes.values()} <= {EtatCourriel.ENVOYE, EtatCourriel.INCERTAIN}
        self.rien_en_double_et_l_etat_dit_vrai()
        with self.engine.begin() as connexion:
            connexion.execute(update(Courriel).values(etat=EtatCourriel.ABANDONNE.value))


def test_aucun_ordre_des_evenements_ne_perd_ni_ne_double_un_courriel(engine: Engine) -> None:
    reglages = settings(max_examples=40, stateful_step_count=30)
    run_state_machine_as_test(lambda: Interleaving(engine), settings=reglages)  # type: ignore[arg-type]


def test_deux_dispatchers_ne_prennent_pas_le_meme_courriel_meme_sans_avoir_valide(engine: Engine) -> None:
    deposer(engine, 10)
    premier, second = baux_de(engine), baux_de(engine)
    pris = [premier.prendre(MAINTENANT, 4), second.prendre(MAINTENANT, 4), premier.prendre(MAINTENANT, 4)]
    assert [len(lot) for lot in pris] == [4, 4, 2]
    assert len({bail.id for lot in pris for bail in lot}) == 10


def test_un_bail_perdu_laisse_une_trace(engine: Engine) -> None:
    deposer(engine)
    baux = baux_de(engine)
    [ancien] = baux.prendre(MAINTENANT, 1)
    plus_tard = MAINTENANT + DUREE
    assert baux.ranger(plus_tard).recuperes == 1
    [nouveau] = baux.prendre(plus_tard, 1)
    assert not baux.marquer(ancien, plus_tard)
    assert not baux.conclure(ancien, EtatCourriel.ENVOYE, plus_tard, "250 reçu")
    assert baux.rendre([ancien]) == 0
    assert baux.marquer(nouveau, plus_tard)
    assert len(evenements(engine, "bail_perdu")) == 2


def test_rendre_ne_touche_pas_un_courriel_dont_le_texte_a_pu_partir(engine: Engine) -> None:
    deposer(engine)
    baux = baux_de(engine)
    [bail] = baux.prendre(MAINTENANT, 1)
    assert baux.marquer(bail, MAINTENANT)
    assert baux.rendre([bail]) == 0
    assert baux.rendre([bail], corps_retenu=True) == 1
