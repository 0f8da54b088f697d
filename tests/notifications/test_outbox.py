"""The outbox: enqueued with the act or not at all, once per key; and a person's word on what is uncertain."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, TextClause, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from notifications.apercu import MASQUE, apercu
from notifications.baux import Baux, taire_les_adresses
from notifications.maildir import nom_de_fichier
from notifications.models import Courriel, EtatCourriel
from notifications.outbox import (
    HorsTransaction,
    ResolutionImpossible,
    effacer_personne,
    enqueue,
    resoudre_incertain,
)
from notifications.settings import ReglagesCourriel, Tls
from notifications.transport import Envoi
from tests.notifications.exemples import MAINTENANT, pret
from tests.notifications.outils import dans_un_dossier, deposer, dispatcher, etats, evenements, ligne
from tests.support.smtp import ServeurSmtp


def test_un_courriel_ne_s_enregistre_pas_hors_de_la_transaction_qui_le_cause(engine: Engine) -> None:
    with Session(engine) as session, pytest.raises(HorsTransaction):
        enqueue(session, pret(1), MAINTENANT)
    assert etats(engine) == {}


def test_un_acte_annule_n_enregistre_rien(engine: Engine) -> None:
    with Session(engine) as session:
        session.begin()
        enqueue(session, pret(1), MAINTENANT)
        session.rollback()
    assert etats(engine) == {}


def test_la_meme_clef_n_enregistre_qu_un_courriel_le_premier(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        assert enqueue(session, pret(1), MAINTENANT)
        assert not enqueue(session, pret(1, adresse="nouvelle@example.org"), MAINTENANT)
    with Session(engine) as session, session.begin():
        assert not enqueue(session, pret(1), MAINTENANT)
    [seul] = _tous(engine)
    assert seul.destinataire == "personne1@example.org"
    assert len(evenements(engine, "enregistre")) == 1


def test_un_etat_inconnu_ou_un_bail_incoherent_est_refuse_par_la_base(engine: Engine) -> None:
    deposer(engine)
    for faux in ({"etat": "perdu"}, {"etat": "en_cours"}, {"etat": "incertain"}, {"politique": "toujours"}):
        with engine.begin() as connexion, pytest.raises(DBAPIError):
            connexion.execute(update(Courriel).values(**faux))


def test_seul_un_courriel_incertain_se_tranche(engine: Engine) -> None:
    deposer(engine)
    with Session(engine) as session, session.begin(), pytest.raises(ResolutionImpossible, match=r"plus. incertain"):
        resoudre_incertain(session, 1, recu=True, par="personne:3", maintenant=MAINTENANT)


def test_un_lien_de_connexion_incertain_ne_repart_pas(engine: Engine, smtp: ServeurSmtp) -> None:
    deposer(engine, message="lien_connexion")
    smtp.fautes(coupe={"avant": 1})
    dispatcher(engine, smtp).passer(MAINTENANT)
    with Session(engine) as session, session.begin(), pytest.raises(ResolutionImpossible, match="redemander"):
        resoudre_incertain(session, 1, recu=False, par="personne:3", maintenant=MAINTENANT)
    assert _tous(engine)[0].octets == b""


def test_effacer_une_personne_vide_ses_courriels_et_retire_ceux_qui_attendent(
    engine: Engine, smtp: ServeurSmtp
) -> None:
    deposer(engine, 2)
    dispatcher(engine, smtp).passer(MAINTENANT)
    deposer(engine, message="rejet")
    with Session(engine) as session, session.begin():
        assert effacer_personne(session, "personne:1", maintenant=MAINTENANT) == 2
    restes = {courriel.clef: courriel for courriel in _tous(engine)}
    assert sorted(courriel.etat for courriel in restes.values()) == ["abandonne", "envoye", "envoye"]
    for courriel in restes.values():
        efface = courriel.destinataire_ref == "personne:1"
        assert (courriel.octets == b"") is efface
        assert ("personne1" in courriel.destinataire) is False
    dispatcher(engine, smtp).passer(MAINTENANT + timedelta(days=9))
    assert len(smtp.recus()) == 2


def _effacer(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        effacer_personne(session, "personne:1", maintenant=MAINTENANT)


def _tout_ce_qui_reste(engine: Engine) -> str:
    """Every word the outbox keeps, events included."""
    with engine.connect() as connexion:
        lignes = [ligne for table in ("courriel", "courriel_evenement") for ligne in connexion.execute(_tout(table))]
    return repr(lignes).casefold()


def _tout(table: str) -> TextClause:
    return text(f"SELECT * FROM {table}")


@pytest.mark.parametrize("code", [450, 550])
def test_l_adresse_que_le_serveur_repete_ne_reste_nulle_part_apres_l_effacement(
    engine: Engine, smtp: ServeurSmtp, code: int
) -> None:
    deposer(engine)
    smtp.fautes(refus_tous=[code, -1])
    dispatcher(engine, smtp).passer(MAINTENANT)
    assert f"{code} <[adresse]>" in (_tous(engine)[0].reponse or "")
    _effacer(engine)
    assert _tous(engine)[0].reponse is None
    assert "personne1@" not in _tout_ce_qui_reste(engine)


def test_l_adresse_ne_reste_pas_non_plus_quand_le_bail_est_perdu_ou_la_ligne_illisible(
    engine: Engine, smtp: ServeurSmtp
) -> None:
    deposer(engine, 2)
    baux = Baux(engine, duree=timedelta(minutes=1), duree_corps=timedelta(minutes=1), idempotent=False)
    [bail] = baux.prendre(MAINTENANT, 1)
    _effacer(engine)
    refus = "550 <Personne1@Example.org>: boite inconnue"
    assert not baux.conclure(bail, EtatCourriel.ECHEC, MAINTENANT, refus)
    assert not baux.reporter(bail, MAINTENANT, MAINTENANT, refus, compter=True)
    with engine.begin() as connexion:
        connexion.execute(update(Courriel).where(col(Courriel.id) == 2).values(destinataire="personne1@é.example.org"))
    assert dispatcher(engine, smtp).passer(MAINTENANT).echecs == 1
    assert len(evenements(engine, "bail_perdu")) == 2
    with engine.begin() as connexion:
        connexion.execute(update(Courriel).where(col(Courriel.id) == 2).values(destinataire=""))
    assert "personne1@" not in _tout_ce_qui_reste(engine)


@pytest.mark.parametrize(
    ("reponse", "gardee"),
    [
        ("550 5.1.1 <jeanne@example.org>: inconnue", "550 5.1.1 <[adresse]>: inconnue"),
        ("550 Jeanne.Martin@EXAMPLE.org, voir plus haut", "550 [adresse], voir plus haut"),
        ("450 (jeanne@éco.example.fr)", "450 [adresse])"),
        ("450 https://aide.example.org/?id=jeanne%40example.org fin", "450 [adresse] fin"),
        ('550 "jeanne martin"@example.org', "550 [adresse]"),
        ("250 2.0.0 Ok: queued as 4F3A9", "250 2.0.0 Ok: queued as 4F3A9"),
    ],
)
def test_une_reponse_se_garde_sans_les_adresses_qu_elle_cite(reponse: str, gardee: str) -> None:
    assert taire_les_adresses(reponse) == gardee


def test_un_courriel_incertain_dont_la_personne_est_effacee_dit_pourquoi_il_ne_repart_pas(
    engine: Engine, smtp: ServeurSmtp
) -> None:
    deposer(engine)
    smtp.fautes(coupe={"avant": 1})
    dispatcher(engine, smtp).passer(MAINTENANT)
    _effacer(engine)
    with Session(engine) as session, session.begin(), pytest.raises(ResolutionImpossible, match="effacées"):
        resoudre_incertain(session, 1, recu=False, par="personne:3", maintenant=MAINTENANT)
    with Session(engine) as session, session.begin():
        resoudre_incertain(session, 1, recu=True, par="personne:3", maintenant=MAINTENANT)
    assert _tous(engine)[0].etat == "envoye"


def test_sans_serveur_les_courriels_vont_dans_un_dossier_lisible(engine: Engine, tmp_path: Path) -> None:
    identifiants = deposer(engine, 3)
    assert dans_un_dossier(engine, tmp_path / "boite").passer(MAINTENANT).envoyes == 3
    fichiers = sorted((tmp_path / "boite" / "new").iterdir())
    assert len(fichiers) == 3
    assert all("accuse_candidature" in fichier.name and fichier.suffix == ".eml" for fichier in fichiers)
    assert {fichier.read_bytes() for fichier in fichiers} == {ligne(engine, un).octets for un in identifiants}
    assert list((tmp_path / "boite" / "tmp").iterdir()) == []


def test_dans_un_dossier_un_renvoi_ne_fait_pas_deux_fichiers(engine: Engine, tmp_path: Path) -> None:
    [identifiant] = deposer(engine)
    boite = dans_un_dossier(engine, tmp_path)
    boite.passer(MAINTENANT)
    courriel = ligne(engine, identifiant)
    envoi = Envoi(1, courriel.clef, courriel.message, "a", "b", courriel.octets, courriel.du_a, 0, renvoyable=True)
    (tmp_path / "new" / nom_de_fichier(envoi)).rename(tmp_path / "cur" / f"{nom_de_fichier(envoi)}:2,S")
    with Session(engine) as session, session.begin():
        session.get_one(Courriel, 1).etat = EtatCourriel.A_ENVOYER
    assert boite.passer(MAINTENANT).envoyes == 1
    assert list((tmp_path / "new").iterdir()) == []
    assert len(list((tmp_path / "cur").iterdir())) == 1


def test_l_apercu_montre_ce_qui_part_et_jamais_un_lien_secret(engine: Engine) -> None:
    [recu] = deposer(engine)
    [secret] = deposer(engine, message="lien_connexion")
    vu = apercu(ligne(engine, recu))
    assert "ne vaut pas promesse de subvention" in vu.texte
    assert "<!DOCTYPE html>" in (vu.html or "")
    assert vu == apercu(pret(1))
    masque = apercu(ligne(engine, secret))
    assert (masque.texte, masque.html) == (MASQUE, None)


def test_un_mot_de_passe_ne_part_pas_en_clair_vers_un_serveur_lointain() -> None:
    with pytest.raises(ValueError, match="en clair"):
        ReglagesCourriel(host="smtp.example.org", tls=Tls.AUCUN, user="ami", password="secret")
    assert "secret" not in repr(ReglagesCourriel(host="smtp.example.org", user="ami", password="secret"))


def _tous(engine: Engine) -> list[Courriel]:
    with Session(engine) as session:
        return list(session.exec(select(Courriel)))
