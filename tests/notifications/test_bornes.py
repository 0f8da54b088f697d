"""Nothing is tried for ever, whatever the fault: a failure or a doubt ends up before a person's eyes."""

import random
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, event

from notifications.baux import Baux
from notifications.dispatcher import Dispatcher
from notifications.models import Politique
from notifications.smtp import TransportSmtp
from notifications.transport import Liaison
from tests.notifications.exemples import MAINTENANT
from tests.notifications.outils import apres, deposer, dispatcher, etats, ligne, reglages
from tests.support.smtp import ServeurSmtp

HEURES_6 = 6 * 3600


def test_une_connexion_toujours_coupee_avant_le_texte_finit_par_se_voir(engine: Engine, smtp: ServeurSmtp) -> None:
    [identifiant] = deposer(engine)
    smtp.fautes(coupe_rcpt=True)
    for jour in range(9):
        dispatcher(engine, smtp).passer(MAINTENANT + timedelta(days=jour))
    vu = ligne(engine, identifiant)
    assert vu.etat == "echec"
    assert "connexion perdue" in (vu.reponse or "")
    assert smtp.evenements("rcpt") == 7, "cinq jours passés, plus rien ne part"


def test_une_connexion_toujours_coupee_ne_depasse_pas_le_nombre_de_tentatives(
    engine: Engine, smtp: ServeurSmtp
) -> None:
    [identifiant] = deposer(engine)
    smtp.fautes(coupe_rcpt=True)
    for fois in range(8):
        dispatcher(engine, smtp, tentatives_max=3).passer(apres(fois * HEURES_6))
    assert smtp.evenements("rcpt") == 3
    assert (ligne(engine, identifiant).reponse or "").endswith("(abandon après 3 tentatives)")


def test_apres_une_semaine_de_panne_chez_nous_un_contretemps_ne_perd_pas_le_courriel(
    engine: Engine, smtp: ServeurSmtp
) -> None:
    [identifiant] = deposer(engine)
    semaine = MAINTENANT + timedelta(days=7)
    smtp.fautes(coupe_rcpt=True)
    dispatcher(engine, smtp).passer(semaine)
    assert etats(engine) == {identifiant: "a_envoyer"}
    smtp.fautes()
    dispatcher(engine, smtp).passer(semaine + timedelta(hours=6))
    assert etats(engine) == {identifiant: "envoye"}
    assert smtp.comptes() == {identifiant: 1}


def test_un_message_qui_peut_repartir_ne_repart_pas_sans_fin(engine: Engine, smtp: ServeurSmtp) -> None:
    [identifiant] = deposer(engine, politique=Politique.RENVOYER)
    smtp.fautes(coupe={"apres": 1000})
    for fois in range(8):
        dispatcher(engine, smtp, tentatives_max=3).passer(apres(fois * HEURES_6))
    assert smtp.comptes() == {identifiant: 3}
    assert etats(engine) == {identifiant: "incertain"}


def test_un_message_qui_fait_mourir_son_dispatcher_ne_repart_pas_sans_fin(engine: Engine) -> None:
    """Each dispatcher marks the mail and is never heard of again."""
    [identifiant] = deposer(engine, politique=Politique.RENVOYER)
    duree = timedelta(minutes=1)
    baux = Baux(engine, duree=duree, duree_corps=duree, idempotent=False, tentatives_max=3)
    for fois in range(3):
        [bail] = baux.prendre(MAINTENANT + fois * duree, 1)
        assert baux.marquer(bail, MAINTENANT + fois * duree)
        menage = baux.ranger(MAINTENANT + (fois + 1) * duree)
        assert (menage.recuperes, menage.incertains) == ((0, 1) if fois == 2 else (1, 0))
    assert etats(engine) == {identifiant: "incertain"}


class Temoin(TransportSmtp):
    """The real transport, whose last connection can be watched."""

    liaison: Liaison

    async def ouvrir(self) -> Liaison:
        self.liaison = await super().ouvrir()
        return self.liaison


def test_raccrocher_avant_le_texte_ne_laisse_aucun_doute(engine: Engine, smtp: ServeurSmtp) -> None:
    """The server closes after its 354, while the mark is being committed: the body never left."""
    [identifiant] = deposer(engine)
    smtp.fautes(raccroche=True)
    transport = Temoin(reglages(smtp))

    def marquer_lentement(_c: Any, _curseur: Any, requete: str, *_: Any) -> None:
        while requete.startswith("UPDATE courriel SET tentatives") and transport.liaison.ouverte:
            time.sleep(0.01)

    event.listen(engine, "before_cursor_execute", marquer_lentement)
    bilan = Dispatcher(engine, reglages(smtp), lambda: MAINTENANT, random.Random(1), transport).passer(MAINTENANT)
    event.remove(engine, "before_cursor_execute", marquer_lentement)
    assert (bilan.reportes, bilan.incertains) == (1, 0)
    assert ligne(engine, identifiant).tentatives == 1
    smtp.fautes()
    dispatcher(engine, smtp).passer(apres(HEURES_6))
    assert smtp.comptes() == {identifiant: 1}
