"""The sweep below Prefect, on both databases: what moves, what waits, what is set aside, and what nothing disturbs."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from ami import journal
from ami.balayage import PhaseInconnue, a_balayer, attentes, balayer, balayer_lot
from ami.bilan import Attente, Avance
from ami.erreurs import Refus
from ami.models import Engagement, Habilitation, Incident, Personne
from ami.sujets import Sujet
from tests.support.jardins import MAINTENANT, Jardins, planter

TRI, SOIN = "pepiniere", "arrosage"


def _terminer(jardins: Jardins) -> None:
    for phase in (TRI, SOIN):
        balayer(jardins.engine, jardins.campagne, phase, MAINTENANT)


def test_un_balayage_avance_ce_qui_peut_l_etre_et_dit_ce_qui_attend(engine: Engine) -> None:
    jardins = planter(engine, 4)
    jardins.demander(0)
    jardins.demander(1, "2500.00")
    bilan = balayer(engine, jardins.campagne, TRI, MAINTENANT)
    assert bilan.lot.avances == (
        Avance("JP26-0001", "En germination", "Repiqué"),
        Avance("JP26-0002", "En germination", "Composté"),
    )
    assert bilan.attentes == (Attente("Semis", "porteur", 2), Attente("Repiqué", "agent", 1))
    assert bilan.resume() == (
        "Campagne JP26, phase « Pépinière » : 2 passage(s), 3 dossier(s) en attente, 0 mis de côté."
    )
    assert "| JP26-0002 | En germination | Composté |" in bilan.markdown()


def test_un_second_balayage_ne_trouve_plus_rien(engine: Engine) -> None:
    jardins = planter(engine, 3)
    jardins.demander(0)
    _terminer(jardins)
    avant = jardins.photo()
    _terminer(jardins)
    assert jardins.photo() == avant


def test_un_programme_minuscule_va_au_bout_sans_python(engine: Engine) -> None:
    """Its own phase, its own état, and a weight of 37: notes 8 and 2 make 37×0,8 + 63×0,2 = 42,2, below 50."""
    jardins = planter(engine, 2)
    for rang in (0, 1):
        jardins.demander(rang)
    _terminer(jardins)
    for rang in (0, 1):
        jardins.faire("lancer_evaluation", rang)
        for qui in (0, 1):
            notes = {"soleil": {"valeur": "8"}, "voisins": {"valeur": "2" if rang else "9"}}
            jardins.faire("noter", rang, {"notes": notes, "final": True}, par=jardins.evaluateurs[qui])
    _terminer(jardins)
    assert jardins.etats() == {"JP26-0001": "plante", "JP26-0002": "en_jachere"}
    with Session(engine) as session:
        assert [str(e.engage) for e in session.exec(select(Engagement))] == ["1500.00"]
        assert journal.verifier(session) == []


def test_une_phase_inconnue_est_dite_avec_celles_qui_existent(engine_sqlite: Engine) -> None:
    jardins = planter(engine_sqlite, 1)
    with pytest.raises(PhaseInconnue, match="Ses phases : pepiniere, arrosage"):
        balayer(engine_sqlite, jardins.campagne, "vendange", MAINTENANT)


def test_seuls_les_etats_qu_un_automate_peut_quitter_sont_balayes(engine: Engine) -> None:
    jardins = planter(engine, 3)
    jardins.demander(1)
    with Session(engine) as session:
        assert a_balayer(session, jardins.campagne.id or 0, TRI) == [jardins.dossiers[1]]
        assert a_balayer(session, jardins.campagne.id or 0, SOIN) == []
        assert attentes(session, jardins.campagne.id or 0, SOIN) == ()


# --- the bad one ---------------------------------------------------------------------------------------------------


def _perdre_le_contact(jardins: Jardins, rang: int) -> None:
    with Session(jardins.engine) as session:
        habilitation = session.exec(
            select(Habilitation).where(Habilitation.dossier_id == jardins.dossiers[rang].id)
        ).one()
        habilitation.jusqu_a = MAINTENANT - timedelta(hours=1)
        session.commit()


def _retrouver_le_contact(jardins: Jardins, rang: int) -> None:
    with Session(jardins.engine) as session:
        habilitation = session.exec(
            select(Habilitation).where(Habilitation.dossier_id == jardins.dossiers[rang].id)
        ).one()
        habilitation.jusqu_a = None
        session.commit()


def test_un_dossier_sans_destinataire_est_mis_de_cote_et_les_autres_avancent(engine: Engine) -> None:
    jardins = planter(engine, 3)
    for rang in range(3):
        jardins.demander(rang)
    _perdre_le_contact(jardins, 1)
    bilan = balayer(engine, jardins.campagne, TRI, MAINTENANT)
    assert jardins.etats() == {"JP26-0001": "repique", "JP26-0002": "en_germination", "JP26-0003": "repique"}
    assert [(e.nom, "aucun correspondant" in e.raison) for e in bilan.lot.ecartes] == [("JP26-0002", True)]
    assert "| JP26-0002 | " in bilan.markdown()


def test_un_dossier_mis_de_cote_compte_ses_passages_puis_se_referme_quand_il_passe(engine: Engine) -> None:
    jardins = planter(engine, 2)
    jardins.demander(0)
    jardins.demander(1)
    _perdre_le_contact(jardins, 0)
    for _ in range(3):
        balayer(engine, jardins.campagne, TRI, MAINTENANT)
    with Session(engine) as session:
        incident = session.exec(select(Incident)).one()
        assert (incident.sujet_id, incident.fois, incident.resolu_le) == (jardins.dossiers[0].id, 3, None)
    _retrouver_le_contact(jardins, 0)
    balayer(engine, jardins.campagne, TRI, MAINTENANT)
    with Session(engine) as session:
        assert session.exec(select(Incident)).one().resolu_le == MAINTENANT
    assert jardins.etats()["JP26-0001"] == "repique"


def test_une_panne_que_personne_n_a_prevue_ne_bloque_que_son_dossier(engine: Engine) -> None:
    jardins = planter(engine, 2)
    for rang in (0, 1):
        jardins.demander(rang)
    with Session(engine) as session:
        session.get_one(Personne, jardins.porteurs[0].personne_id).courriel = "pas une adresse"
        session.commit()
    bilan = balayer(engine, jardins.campagne, TRI, MAINTENANT)
    assert jardins.etats() == {"JP26-0001": "en_germination", "JP26-0002": "repique"}
    assert len(bilan.lot.ecartes) == 1


def test_un_dossier_disparu_depuis_la_liste_n_arrete_ni_ne_salit_le_balayage(engine: Engine) -> None:
    jardins = planter(engine, 2)
    jardins.demander(0)
    bilan = balayer_lot(engine, [Sujet("dossier", 999), jardins.dossiers[0]], MAINTENANT)
    assert (len(bilan.avances), bilan.inchanges, bilan.ecartes) == (1, 1, ())
    with Session(engine) as session:
        assert session.exec(select(Incident)).all() == []


def test_un_dossier_devance_garde_son_incident_ouvert(engine_postgresql: Engine) -> None:
    """It was not tried: nothing says that it passes now. SQLite has one writer at a time, nobody is faster there."""
    jardins = planter(engine_postgresql, 1)
    jardins.demander(0)
    _perdre_le_contact(jardins, 0)
    balayer(engine_postgresql, jardins.campagne, TRI, MAINTENANT)
    _retrouver_le_contact(jardins, 0)

    def devancer(rang: int, _connexion: Any) -> None:
        if rang == 1:
            with engine_postgresql.begin() as autre:
                autre.execute(text("UPDATE  dossier SET version = version + 1"))

    with Panne(engine_postgresql, devancer):
        assert balayer_lot(engine_postgresql, jardins.dossiers, MAINTENANT).devances == 1
    with Session(engine_postgresql) as session:
        assert session.exec(select(Incident)).one().resolu_le is None


# --- the database in trouble -----------------------------------------------------------------------------------------


class Panne:
    """The nth statement of the engine fails as the driver would make it fail."""

    def __init__(self, engine: Engine, faire: Callable[[int, Any], None]) -> None:
        self.engine, self.faire, self.vus = engine, faire, 0

    def __enter__(self) -> "Panne":
        event.listen(self.engine, "before_cursor_execute", self._executer)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._executer)

    def _executer(self, connexion: Any, _c: object, requete: str, *_reste: object) -> None:
        if requete.startswith("UPDATE dossier"):
            self.vus += 1
            self.faire(self.vus, connexion)


def _interbloquer(rang: int, _connexion: Any) -> None:
    if rang == 2:
        raise OperationalError("UPDATE dossier", {}, Exception("deadlock detected"))


def test_un_interblocage_fait_reprendre_le_lot_dossier_par_dossier(engine: Engine) -> None:
    jardins = planter(engine, 3)
    for rang in range(3):
        jardins.demander(rang)
    with Panne(engine, _interbloquer):
        bilan = balayer_lot(engine, jardins.dossiers, MAINTENANT)
    assert set(jardins.etats().values()) == {"repique"}
    assert (len(bilan.avances), bilan.ecartes) == (3, ())


def test_une_connexion_coupee_en_plein_lot_ne_perd_ni_ne_double_rien(engine_postgresql: Engine) -> None:
    jardins = planter(engine_postgresql, 3)
    for rang in range(3):
        jardins.demander(rang)

    def couper(rang: int, connexion: Any) -> None:
        if rang == 2:
            pid = connexion.connection.dbapi_connection.info.backend_pid
            with engine_postgresql.connect() as autre:
                autre.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    with Panne(engine_postgresql, couper):
        bilan = balayer_lot(engine_postgresql, jardins.dossiers, MAINTENANT)
    assert set(jardins.etats().values()) == {"repique"}
    assert (len(bilan.avances), bilan.ecartes) == (3, ())


def test_une_base_qui_ne_revient_pas_laisse_le_lot_au_prochain_passage(engine: Engine) -> None:
    jardins = planter(engine, 2)
    for rang in range(2):
        jardins.demander(rang)
    attentes_subies: list[int] = []

    def toujours(_rang: int, _connexion: Any) -> None:
        raise OperationalError("UPDATE dossier", {}, Exception("could not connect"))

    with Panne(engine, toujours):
        bilan = balayer_lot(engine, jardins.dossiers, MAINTENANT, attendre=attentes_subies.append)
    assert ["n'a pas répondu à temps" in e.raison for e in bilan.ecartes] == [True, True]
    assert sum(attentes_subies) <= 10
    balayer_lot(engine, jardins.dossiers, MAINTENANT)
    assert set(jardins.etats().values()) == {"repique"}


# --- several hands ---------------------------------------------------------------------------------------------------


def test_deux_balayages_en_meme_temps_font_comme_un_seul(engine: Engine) -> None:
    jardins = planter(engine, 12)
    for rang in range(12):
        jardins.demander(rang)
    depart = threading.Barrier(2)
    bilans = []

    def balayeur() -> None:
        depart.wait()
        bilans.append(balayer(engine, jardins.campagne, TRI, MAINTENANT, taille_lot=3))

    fils = [threading.Thread(target=balayeur) for _ in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    etats, lignes, clefs = jardins.photo()
    assert set(etats.values()) == {"repique"}  # type: ignore[attr-defined]
    assert sum(len(bilan.lot.avances) for bilan in bilans) == 12
    assert sum(len(bilan.lot.ecartes) for bilan in bilans) == 0
    assert (len(lignes), len(clefs)) == (36, 24)  # type: ignore[arg-type]


def test_une_liste_deja_perimee_ne_rejoue_rien(engine: Engine) -> None:
    """A sweep that read its list before another did the work finds nothing left to do."""
    jardins = planter(engine, 3)
    for rang in range(3):
        jardins.demander(rang)
    with Session(engine) as session:
        liste = a_balayer(session, jardins.campagne.id or 0, TRI)
    balayer(engine, jardins.campagne, TRI, MAINTENANT)
    avant = jardins.photo()
    assert balayer_lot(engine, liste, MAINTENANT).inchanges == 3
    assert jardins.photo() == avant


def test_un_acte_refuse_par_le_reglement_n_avance_rien(engine_sqlite: Engine) -> None:
    jardins = planter(engine_sqlite, 1)
    with pytest.raises(Refus):
        jardins.faire("lancer_evaluation", 0)
    assert jardins.etats() == {"JP26-0001": "semis"}
