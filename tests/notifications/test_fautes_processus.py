"""Killed, frozen and multiplied dispatchers: real processes, real signals, counted at the server."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.notifications.exemples import MAINTENANT
from tests.notifications.outils import deposer, dispatcher, etats, evenements
from tests.support import dispatcher as processus
from tests.support.smtp import ServeurSmtp

Lancer = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def lancer(engine: Engine, smtp: ServeurSmtp) -> Iterator[Lancer]:
    """Start dispatchers on the test's database and server; those still alive at the end are killed."""
    lances: list[subprocess.Popen[bytes]] = []

    def un_de_plus(**autres: Any) -> "subprocess.Popen[bytes]":
        courts = {"bail_secondes": 1.5, "timeout_apres_point": 1.5, "marge_bail": 0.5, "sommeil": 0.1}
        base = {"host": "127.0.0.1", "port": smtp.port, "tls": "aucun", "nom_local": "ami.example.org"}
        lances.append(processus.lancer(adresse(engine), len(lances), **{**base, **courts, **autres}))
        return lances[-1]

    yield un_de_plus
    for lance in lances:
        if lance.poll() is None:
            lance.send_signal(signal.SIGCONT)
            lance.kill()
            lance.wait()


def adresse(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def tuer(victime: "subprocess.Popen[Any]") -> None:
    victime.kill()
    victime.wait()


def tuer_un_acte(engine: Engine, moment: str) -> None:
    """Run an act in a process and SIGKILL it before or after its commit."""
    script = str(processus.RACINE / "tests" / "support" / "acte.py")
    chemins = {**os.environ, "PYTHONPATH": str(processus.RACINE)}
    acte = subprocess.Popen(
        [sys.executable, script, adresse(engine), moment], stdout=subprocess.PIPE, text=True, env=chemins
    )
    assert acte.stdout is not None
    assert acte.stdout.readline() == "pret\n"
    tuer(acte)
    acte.stdout.close()


def tous(engine: Engine, *voulus: str) -> Callable[[], bool]:
    """Whether every mail is in one of these états."""
    return lambda: set(etats(engine).values()) <= set(voulus)


def test_faute_1_tue_avant_le_commit_rien_n_est_enregistre_et_rien_ne_part(engine: Engine, smtp: ServeurSmtp) -> None:
    tuer_un_acte(engine, "avant")
    assert dispatcher(engine, smtp).passer(MAINTENANT).envoyes == 0
    assert etats(engine) == {}
    assert smtp.recus() == []


def test_faute_2_tue_apres_le_commit_le_courriel_part_une_fois(
    engine: Engine, smtp: ServeurSmtp, lancer: Lancer
) -> None:
    tuer_un_acte(engine, "apres")
    lancer()
    smtp.attendre("recu")
    processus.attendre(tous(engine, "envoye"))
    assert list(smtp.comptes().values()) == [1]


def test_faute_3_tue_avant_le_corps_le_courriel_repart_une_fois(
    engine: Engine, smtp: ServeurSmtp, lancer: Lancer
) -> None:
    identifiants = deposer(engine, 3)
    smtp.fautes(attente_rcpt=30)
    premier = lancer(connexions=1)
    smtp.attendre("rcpt")
    tuer(premier)
    smtp.fautes()
    lancer()
    processus.attendre(tous(engine, "envoye"))
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)
    assert len(evenements(engine, "bail_expire")) == 3


def test_faute_4_tue_apres_le_corps_le_courriel_est_incertain_et_les_autres_partent(
    engine: Engine, smtp: ServeurSmtp, lancer: Lancer
) -> None:
    identifiants = deposer(engine, 3)
    smtp.fautes(delai_250=30)
    premier = lancer(connexions=1)
    smtp.attendre("recu")
    tuer(premier)
    smtp.fautes()
    lancer()
    processus.attendre(tous(engine, "envoye", "incertain"))
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)
    assert list(etats(engine).values()).count("incertain") == 1


def test_faute_12_quatre_dispatchers_ne_prennent_jamais_le_meme_courriel(
    engine: Engine, smtp: ServeurSmtp, lancer: Lancer
) -> None:
    identifiants = deposer(engine, 150)
    for _ in range(4):
        lancer(lot=3, bail_secondes=60, timeout_apres_point=60)
    processus.attendre(tous(engine, "envoye"))
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)
    assert evenements(engine, "bail_perdu") == []


def test_faute_13_un_revenant_est_ecarte(engine: Engine, smtp: ServeurSmtp, lancer: Lancer) -> None:
    [identifiant] = deposer(engine)
    smtp.fautes(attente_rcpt=1)
    revenant = lancer(connexions=1)
    smtp.attendre("rcpt")
    revenant.send_signal(signal.SIGSTOP)
    lancer()
    smtp.attendre("recu")
    processus.attendre(tous(engine, "envoye"))
    revenant.send_signal(signal.SIGCONT)
    processus.attendre(lambda: bool(evenements(engine, "bail_perdu")))
    assert smtp.comptes() == {identifiant: 1}
    assert etats(engine) == {identifiant: "envoye"}


def test_sigterm_laisse_finir_le_courriel_en_vol_et_ne_garde_aucun_bail(
    engine: Engine, smtp: ServeurSmtp, lancer: Lancer
) -> None:
    identifiants = deposer(engine, 40)
    smtp.fautes(delai_250=0.2)
    premier = lancer(bail_secondes=300, timeout_apres_point=600)
    smtp.attendre("recu", 4)
    assert processus.arreter(premier) == 0
    assert set(etats(engine).values()) == {"a_envoyer", "envoye"}
    smtp.fautes()
    lancer()
    processus.attendre(tous(engine, "envoye"))
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)


def test_sigterm_devant_un_serveur_muet_laisse_un_doute_mais_pas_de_bail(
    engine: Engine, smtp: ServeurSmtp, lancer: Lancer
) -> None:
    identifiants = deposer(engine, 5)
    smtp.fautes(delai_250=60)
    premier = lancer(connexions=1, bail_secondes=300, timeout_apres_point=600, delai_arret=0.3)
    smtp.attendre("recu")
    assert processus.arreter(premier) == 0
    assert sorted(etats(engine).values()) == ["a_envoyer"] * 4 + ["incertain"]
    assert sum(smtp.comptes().values()) == 1
    assert len(identifiants) == 5


def test_une_base_qui_revient_est_reprise_sans_redemarrer(engine: Engine, smtp: ServeurSmtp, lancer: Lancer) -> None:
    """A resident dispatcher outlives a server that is away when it starts."""
    smtp.arreter()
    identifiants = deposer(engine, 3)
    lancer(attente_serveur=0.3)
    processus.attendre(lambda: not smtp.recus())
    smtp.demarrer()
    processus.attendre(tous(engine, "envoye"))
    assert smtp.comptes() == dict.fromkeys(identifiants, 1)
