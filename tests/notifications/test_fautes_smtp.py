"""What the server does to us: counted on what the server received, never on our own table."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from notifications.dispatcher import Dispatcher
from notifications.models import Courriel as _Courriel
from notifications.models import EtatCourriel, Politique
from notifications.outbox import etat_file, reprendre_file, resoudre_incertain, suspendre_file
from notifications.pause import Pause
from notifications.settings import ReglagesCourriel
from notifications.smtp import TransportSmtp
from notifications.transport import Liaison
from tests.notifications.exemples import MAINTENANT
from tests.notifications.outils import (
    apres,
    deposer,
    dispatcher,
    etats,
    evenements,
    ligne,
    reglages,
)
from tests.support.smtp import PortMuet, ServeurSmtp


def test_chaque_courriel_part_une_fois_a_son_destinataire(engine: Engine, smtp: ServeurSmtp) -> None:
    identifiants = deposer(engine, 30)
    bilan = dispatcher(engine, smtp, connexions=3, lot=7).passer(MAINTENANT)
    assert bilan.envoyes == 30
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)
    assert {recu.a for recu in smtp.recus()} == {f"personne{n}@example.org" for n in range(1, 31)}
    assert smtp.evenements("connexion") <= 3, "les connexions servent plusieurs fois"
    assert dispatcher(engine, smtp).passer(MAINTENANT).envoyes == 0
    assert set(etats(engine).values()) == {"envoye"}


def test_ce_qui_est_recu_est_octet_pour_octet_ce_qui_etait_enregistre(engine: Engine, smtp: ServeurSmtp) -> None:
    [identifiant] = deposer(engine, message="convocation_comite")
    dispatcher(engine, smtp).passer(MAINTENANT)
    assert smtp.recus()[0].octets == ligne(engine, identifiant).octets


def test_un_point_en_debut_de_ligne_arrive_tel_quel(engine: Engine, smtp: ServeurSmtp) -> None:
    deposer(engine)
    with Session(engine) as session, session.begin():
        courriel = session.get_one(_Courriel, 1)
        courriel.octets += b".\r\n..deux\r\n.\r\n"
    dispatcher(engine, smtp).passer(MAINTENANT)
    assert smtp.recus()[0].octets.endswith(b"\r\n.\r\n..deux\r\n.\r\n")


def test_un_courriel_ne_part_pas_avant_son_heure(engine: Engine, smtp: ServeurSmtp) -> None:
    deposer(engine, du_a=apres(3600))
    assert dispatcher(engine, smtp).passer(MAINTENANT).envoyes == 0
    assert dispatcher(engine, smtp).passer(apres(3600)).envoyes == 1


def test_faute_4_connexion_coupee_apres_le_point_le_courriel_est_incertain_et_ne_repart_pas(
    engine: Engine, smtp: ServeurSmtp
) -> None:
    identifiants = deposer(engine, 3)
    smtp.fautes(coupe={"apres": 1})
    bilan = dispatcher(engine, smtp, connexions=1).passer(MAINTENANT)
    assert (bilan.envoyes, bilan.incertains) == (2, 1)
    for heures in (1, 24, 24 * 30):
        dispatcher(engine, smtp).passer(MAINTENANT + timedelta(hours=heures))
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)
    assert list(etats(engine).values()).count("incertain") == 1


@pytest.mark.parametrize("recu", [True, False])
def test_une_personne_tranche_un_courriel_incertain(engine: Engine, smtp: ServeurSmtp, recu: bool) -> None:
    [identifiant] = deposer(engine)
    smtp.fautes(coupe={"apres" if recu else "avant": 1})
    dispatcher(engine, smtp).passer(MAINTENANT)
    numero = ligne(engine, identifiant).id or 0
    with Session(engine) as session, session.begin():
        resoudre_incertain(session, numero, recu=recu, par="personne:3", maintenant=MAINTENANT)
    dispatcher(engine, smtp).passer(MAINTENANT)
    assert smtp.comptes() == {identifiant: 1}
    assert etats(engine) == {identifiant: "envoye"}
    assert evenements(engine, "resolu_recu" if recu else "resolu_renvoi") == ["par personne:3"]


def test_faute_4_un_message_qui_peut_repartir_repart_avec_les_memes_octets(engine: Engine, smtp: ServeurSmtp) -> None:
    [identifiant] = deposer(engine, politique=Politique.RENVOYER)
    smtp.fautes(coupe={"apres": 1})
    dispatcher(engine, smtp).passer(MAINTENANT)
    dispatcher(engine, smtp).passer(apres(3600))
    premier, second = smtp.recus()
    assert premier.octets == second.octets
    assert etats(engine) == {identifiant: "envoye"}


def test_faute_5_une_reponse_tardive_ne_double_rien(engine: Engine, smtp: ServeurSmtp) -> None:
    assert ReglagesCourriel().timeout_apres_point >= 600
    identifiants = deposer(engine, 2)
    smtp.fautes(delai_250=1.5)
    court: dict[str, Any] = {"timeout_commande": 0.5, "timeout_connexion": 0.5, "timeout_apres_point": 20}
    assert dispatcher(engine, smtp, **court).passer(MAINTENANT).envoyes == 2
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)


def test_faute_5_au_dela_du_delai_le_courriel_est_incertain(engine: Engine, smtp: ServeurSmtp) -> None:
    [identifiant] = deposer(engine)
    smtp.fautes(delai_250=3)
    assert dispatcher(engine, smtp, timeout_apres_point=0.3).passer(MAINTENANT).incertains == 1
    assert smtp.comptes() == {identifiant: 1}


def test_faute_6_quit_qui_echoue_laisse_le_courriel_envoye(engine: Engine, smtp: ServeurSmtp) -> None:
    [identifiant] = deposer(engine)
    smtp.fautes(quit_echoue=True)
    assert dispatcher(engine, smtp).passer(MAINTENANT).envoyes == 1
    assert dispatcher(engine, smtp).passer(apres(3600)).envoyes == 0
    assert smtp.comptes() == {identifiant: 1}


def test_faute_7_liste_grise_trois_fois_puis_une_seule_copie(engine: Engine, smtp: ServeurSmtp) -> None:
    identifiants = deposer(engine, 4)
    smtp.fautes(refus_tous=[450, 3])
    bilans = [dispatcher(engine, smtp).passer(apres(7200 * essai)) for essai in range(4)]
    assert [bilan.reportes for bilan in bilans] == [4, 4, 4, 0]
    assert bilans[3].envoyes == 4
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)


def test_faute_7_l_attente_double_et_se_disperse(engine: Engine, smtp: ServeurSmtp) -> None:
    identifiants = deposer(engine, 6)
    smtp.fautes(refus_tous=[450, -1])
    dispatcher(engine, smtp).passer(MAINTENANT)
    premieres = [(ligne(engine, un).essai_a - MAINTENANT).total_seconds() for un in identifiants]
    assert all(30 <= attente <= 90 for attente in premieres)
    assert len(set(premieres)) == 6, "des attentes égales feraient revenir tout le monde ensemble"
    dispatcher(engine, smtp).passer(apres(600))
    secondes = [(ligne(engine, un).essai_a - apres(600)).total_seconds() for un in identifiants]
    assert all(60 <= attente <= 180 for attente in secondes)


def test_faute_7_un_refus_temporaire_qui_dure_finit_par_se_voir(engine: Engine, smtp: ServeurSmtp) -> None:
    [identifiant] = deposer(engine)
    smtp.fautes(refus_tous=[450, -1])
    for jour in range(7):
        dispatcher(engine, smtp).passer(MAINTENANT + timedelta(days=jour))
    assert etats(engine) == {identifiant: "echec"}
    assert "450" in (ligne(engine, identifiant).reponse or "")


def test_faute_8_un_destinataire_refuse_se_voit_et_n_arrete_pas_les_autres(engine: Engine, smtp: ServeurSmtp) -> None:
    identifiants = deposer(engine, 10)
    smtp.fautes(refus={"personne4@example.org": [550, -1]})
    bilan = dispatcher(engine, smtp).passer(MAINTENANT)
    assert (bilan.envoyes, bilan.echecs) == (9, 1)
    assert ligne(engine, identifiants[3]).etat == "echec"
    assert (ligne(engine, identifiants[3]).reponse or "").startswith("550")
    assert smtp.comptes() == {un: 1 for un in identifiants if un != identifiants[3]}


def test_faute_8_un_texte_refuse_apres_le_point_n_est_pas_incertain(engine: Engine, smtp: ServeurSmtp) -> None:
    [identifiant] = deposer(engine)
    smtp.fautes(refus_data=554)
    assert dispatcher(engine, smtp).passer(MAINTENANT).echecs == 1
    smtp.fautes(refus_data=451)
    [second] = deposer(engine, debut=2)
    assert dispatcher(engine, smtp).passer(MAINTENANT).reportes == 1
    smtp.fautes()
    dispatcher(engine, smtp).passer(apres(3600))
    assert smtp.comptes() == {second: 1}
    assert etats(engine)[identifiant] == "echec"


def test_faute_9_un_421_en_plein_lot_ne_touche_que_le_courriel_en_vol(engine: Engine, smtp: ServeurSmtp) -> None:
    identifiants = deposer(engine, 10)
    smtp.fautes(ferme_apres=3)
    bilan = dispatcher(engine, smtp, connexions=1).passer(MAINTENANT)
    assert bilan.envoyes == 10 - bilan.reportes
    assert bilan.reportes == 2, "un courriel reporté à chaque connexion fermée"
    dispatcher(engine, smtp).passer(apres(3600))
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)


def test_faute_9_un_serveur_qui_redemarre_ne_perd_ni_ne_double_rien(engine: Engine, smtp: ServeurSmtp) -> None:
    identifiants = deposer(engine, 5)
    smtp.arreter()
    bilan = dispatcher(engine, smtp).passer(MAINTENANT)
    assert bilan.injoignable
    assert set(etats(engine).values()) == {"a_envoyer"}
    smtp.demarrer()
    assert dispatcher(engine, smtp).passer(MAINTENANT).envoyes == 5
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)


def test_faute_10_trois_jours_de_panne_puis_tout_part_sauf_les_rappels_perimes(
    engine: Engine, smtp: ServeurSmtp
) -> None:
    durables = deposer(engine, 4)
    [rappel] = deposer(engine, debut=5, message="relance_pieces", expire_a=apres(86400))
    smtp.arreter()
    for heure in range(0, 72, 6):
        dispatcher(engine, smtp).passer(MAINTENANT + timedelta(hours=heure))
    smtp.demarrer()
    dispatcher(engine, smtp).passer(MAINTENANT + timedelta(days=3))
    assert smtp.comptes() == dict.fromkeys(durables, 1)
    assert etats(engine)[rappel] == "abandonne"
    assert len(evenements(engine, "abandonne")) == 1


def test_faute_10_un_serveur_malade_n_est_essaye_qu_une_fois_par_passage(engine: Engine, smtp: ServeurSmtp) -> None:
    """Four workers, one door: the others don't knock again."""
    deposer(engine, 20)
    smtp.arreter()
    with PortMuet(smtp.port, raccroche=True) as muet:
        assert dispatcher(engine, smtp, connexions=4).passer(MAINTENANT).injoignable
        assert muet.nombre == 1


def test_ce_qui_attend_depuis_le_plus_longtemps_part_d_abord(engine: Engine, smtp: ServeurSmtp) -> None:
    [recent] = deposer(engine, du_a=apres(60))
    [ancien] = deposer(engine, debut=2)
    dispatcher(engine, smtp, connexions=1).passer(apres(3600))
    assert [recu.message_id for recu in smtp.recus()] == [ancien, recent]


def test_faute_11_mauvais_mot_de_passe_une_alerte_et_pas_de_tempete(engine: Engine, smtp: ServeurSmtp) -> None:
    identifiants = deposer(engine, 20)
    smtp.fautes(mot_de_passe="bon")
    mauvais: dict[str, Any] = {"user": "ami", "password": "mauvais", "connexions": 4}
    for minute in range(60):
        assert dispatcher(engine, smtp, **mauvais).passer(apres(60 * minute)).en_pause
    # One attempt at once, then one probe each quarter of an hour.
    assert smtp.evenements("connexion") == smtp.evenements("auth_refusee") == 4
    assert len(evenements(engine, "file_en_pause")) == 1
    assert set(etats(engine).values()) == {"a_envoyer"}

    bons = {**mauvais, "password": "bon"}
    bilan = dispatcher(engine, smtp, **bons).passer(apres(2 * 3600))
    assert (bilan.envoyes, bilan.en_pause) == (20, None)
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)
    assert len(evenements(engine, "file_reprise")) == 1


def test_faute_11_un_serveur_qui_exige_une_signature_met_la_file_en_pause_et_ne_condamne_aucun_courriel(
    engine: Engine, smtp: ServeurSmtp
) -> None:
    """No user is set at all: the 530 comes at MAIL, and would be a final refusal of each mail."""
    identifiants = deposer(engine, 6)
    smtp.fautes(mot_de_passe="bon")
    for quart in range(4):
        bilan = dispatcher(engine, smtp, connexions=3).passer(apres(900 * quart))
        assert "530" in (bilan.en_pause or "")
        assert bilan.echecs == 0
    assert len(evenements(engine, "file_en_pause")) == 1
    assert evenements(engine, "file_reprise") == []
    with Session(engine) as session:
        assert set(session.exec(select(_Courriel.tentatives))) == {0}
    assert dispatcher(engine, smtp, user="ami", password="bon").passer(apres(3600)).envoyes == 6
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)


def test_une_pause_demandee_par_une_personne_survit_a_la_sonde_d_un_dispatcher(engine: Engine) -> None:
    pause = Pause(engine, timedelta(minutes=15))
    assert pause.poser("mot de passe refusé", MAINTENANT)
    assert pause.sonder(apres(900))
    with Session(engine) as session, session.begin():
        suspendre_file(session, "sauvegarde restaurée", maintenant=apres(901))
    pause.lever(apres(902))
    assert pause.active() == "sauvegarde restaurée"
    assert not pause.sonder(apres(9000))


class Hesitant(TransportSmtp):
    """The real transport; every worker has looked at the queue before it opens."""

    async def ouvrir(self) -> Liaison:
        await asyncio.sleep(0.3)
        return await super().ouvrir()


def test_faute_11_un_ouvrier_qui_attend_n_annule_pas_la_sonde_d_un_autre(engine: Engine, smtp: ServeurSmtp) -> None:
    identifiants = deposer(engine, 5)
    smtp.fautes(mot_de_passe="bon")
    assert dispatcher(engine, smtp, user="ami", password="mauvais").passer(MAINTENANT).en_pause
    bons = reglages(smtp, user="ami", password="bon", connexions=3)
    hesitant = Dispatcher(engine, bons, lambda: MAINTENANT, random.Random(1), Hesitant(bons))
    bilan = hesitant.passer(apres(3600))
    assert (bilan.envoyes, bilan.en_pause) == (5, None)
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)


def test_une_file_suspendue_par_une_personne_attend_une_personne(engine: Engine, smtp: ServeurSmtp) -> None:
    deposer(engine)
    with Session(engine) as session, session.begin():
        suspendre_file(session, "sauvegarde restaurée", maintenant=MAINTENANT)
    bilan = dispatcher(engine, smtp).passer(MAINTENANT + timedelta(days=30))
    assert (bilan.envoyes, bilan.en_pause) == (0, "sauvegarde restaurée")
    with Session(engine) as session, session.begin():
        assert reprendre_file(session, par="personne:3", maintenant=MAINTENANT)
    assert dispatcher(engine, smtp).passer(MAINTENANT).envoyes == 1


def test_faute_14_une_ligne_empoisonnee_est_mise_de_cote_et_la_file_avance(engine: Engine, smtp: ServeurSmtp) -> None:
    identifiants = deposer(engine, 6)
    poisons = [b"", b"Subject: sans corps\r\n", b"To: x\r\n\r\nfin nue\n.\n\r\n", b"A: b\r\n\r\npas le bon id\r\n"]
    with Session(engine) as session, session.begin():
        for numero, octets in enumerate(poisons, start=1):
            session.get_one(_Courriel, numero).octets = octets
        session.get_one(_Courriel, 5).destinataire = "é\r\nRCPT TO:<x@example.org>"
    bilan = dispatcher(engine, smtp).passer(MAINTENANT)
    assert (bilan.envoyes, bilan.echecs) == (1, 5)
    assert smtp.comptes() == {identifiants[5]: 1}
    for identifiant in identifiants[:5]:
        assert (ligne(engine, identifiant).reponse or "").startswith("mis de côté : ")


def test_les_comptes_de_la_file_disent_tous_les_etats(engine: Engine, smtp: ServeurSmtp) -> None:
    deposer(engine, 3)
    smtp.fautes(refus={"personne1@example.org": [550, -1]})
    dispatcher(engine, smtp).passer(MAINTENANT)
    with Session(engine) as session:
        comptes = etat_file(session)
    assert comptes[EtatCourriel.ENVOYE] == 2
    assert comptes[EtatCourriel.ECHEC] == 1
    assert sum(comptes.values()) == 3
    assert set(comptes) == set(EtatCourriel)


def test_un_lien_de_connexion_est_efface_une_fois_parti_et_jete_une_fois_perime(
    engine: Engine, smtp: ServeurSmtp
) -> None:
    [parti] = deposer(engine, message="lien_connexion")
    dispatcher(engine, smtp).passer(MAINTENANT)
    assert smtp.comptes() == {parti: 1}
    assert ligne(engine, parti).octets == b""
    [perime] = deposer(engine, debut=2, message="lien_connexion")
    dispatcher(engine, smtp).passer(MAINTENANT + timedelta(days=60))
    assert etats(engine)[perime] == "abandonne"
    assert ligne(engine, perime).octets == b""
    assert smtp.comptes() == {parti: 1}


def test_qui_attend_a_l_ecran_passe_devant(engine: Engine, smtp: ServeurSmtp) -> None:
    deposer(engine, 5)
    [lien] = deposer(engine, debut=6, message="lien_connexion")
    dispatcher(engine, smtp, connexions=1, lot=10).passer(MAINTENANT)
    assert smtp.recus()[0].message_id == lien


def test_le_temps_simule_ne_fait_pas_tourner_en_rond(engine: Engine, smtp: ServeurSmtp) -> None:
    """A pass at a far instant, with a clock of today, tries each refused mail once."""
    deposer(engine, 3)
    smtp.fautes(refus_tous=[450, -1])
    lointain = MAINTENANT + timedelta(days=3)
    horloge = Dispatcher(engine, reglages(smtp), lambda: MAINTENANT, random.Random(3))
    assert horloge.passer(lointain).reportes == 3
    assert smtp.evenements("rcpt") == 3
