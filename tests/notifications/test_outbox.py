"""The outbox: enqueued with the act or not at all, once per key; and a person's word on what is uncertain."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from notifications.apercu import MASQUE, apercu
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
