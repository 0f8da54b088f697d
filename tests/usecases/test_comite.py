"""A session of the comité: convened, seated, voting, deciding with its quorum, previewed, told in one act, minuted."""

import json
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from ami.annonces import agent_par_defaut, apercevoir, notifier_seance
from ami.candidats import lire_donnees
from ami.choix.pack import Scenario
from ami.contexte import construire
from ami.convocations import convier
from ami.courriers import choisir_courriel, lettre
from ami.emission import Emis, relire
from ami.erreurs import DonneesInvalides, Refus
from ami.magasin import Magasin
from ami.models import Courriel, Dossier, Journal
from ami.proces_verbal import composer, emettre
from ami.regards import OPERATEUR
from ami.scenarios import choisir, enregistrer, proposer
from ami.scrutins import accorder, deporter, examiner, voter
from ami.seances import annuler, convoquer, deplacer, emarger
from ami.sujets import SYSTEME
from ami.votes import ACTES_DE_COMITE
from tests.usecases.monde import Monde
from tests.usecases.seance import SOIR, TENUE, VEILLE, Seance, doter, evalue, seance

LAUREAT = {"montant_accorde": "15000.00"}


def courriels(session: Session, message: str) -> list[Courriel]:
    return list(session.exec(select(Courriel).where(Courriel.message == message).order_by(col(Courriel.id))))


def agenda(courriel: Courriel) -> str:
    [partie] = [p for p in message_from_bytes(courriel.octets, policy=default).walk() if p.get_filename()]
    return bytes(partie.get_payload(decode=True) or b"").decode()


def presents(s: Seance, dossier: Dossier) -> int:
    """What the guards of the règlement see."""
    donnees = {"comite": s.comite.id}
    contexte = construire(
        s.monde.session, dossier, s.monde.reglement, acteur=SYSTEME, donnees=donnees, maintenant=TENUE
    )
    return int(contexte["comite"]["presents"])


def test_les_membres_sont_convies_une_fois_par_date_puis_prevenus_de_l_annulation(monde: Monde) -> None:
    dossier, decide = evalue(monde), monde.dossier("laureat")
    membres = [monde.personne("membre_comite") for _ in range(2)]
    s, r = monde.session, monde.reglement
    comite, convies = convoquer(s, monde.campagne, r, code="c1", tenue_le=TENUE, lieu="Lyon", maintenant=VEILLE)
    assert convies == membres
    assert comite.ordre_du_jour == [dossier.id] != [decide.id]
    convier(s, comite, r, VEILLE + timedelta(hours=1))
    premiers = courriels(s, "convocation_comite")
    assert [c.destinataire for c in premiers] == [m.courriel for m in membres]
    assert dossier.numero in message_from_bytes(premiers[0].octets, policy=default).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert premiers[0].expire_a == TENUE

    assert deplacer(s, comite, r, tenue_le=TENUE, lieu="Lyon", maintenant=VEILLE) == []
    deplacer(s, comite, r, tenue_le=TENUE + timedelta(days=7), lieu="Lyon", maintenant=VEILLE)
    nouveaux = courriels(s, "convocation_comite")[2:]
    assert [c.objet.partition(",")[0] for c in nouveaux] == ["Nouvelle convocation du comité"] * 2
    annuler(s, comite, r, motif="Le quorum ne sera pas réuni.", maintenant=VEILLE)
    [annonce, _] = courriels(s, "comite_annule")

    uid = f"UID:comite-{comite.id}@"
    assert all(uid in agenda(c).replace("\r\n ", "") for c in (premiers[0], nouveaux[0], annonce))
    assert ["SEQUENCE:1" in agenda(c) for c in (premiers[0], nouveaux[0])] == [False, True]
    assert {"STATUS:CANCELLED", "SEQUENCE:2"} <= set(agenda(annonce).split("\r\n"))
    with pytest.raises(DonneesInvalides, match="annulée"):
        emarger(s, comite, {comite.membres[0]: membres[0]}, TENUE)


def test_un_conflit_ou_un_deport_fait_tomber_le_quorum_de_ce_dossier_et_de_lui_seul(monde: Monde) -> None:
    dossier, autre = evalue(monde), evalue(monde, porteur_id=None)
    s = seance(monde, presents=4)
    premier, second = s.sieges[:2]
    s.occupants[premier].structure_id = monde.porteur.id
    monde.session.flush()
    assert (presents(s, dossier), presents(s, autre)) == (3, 4)
    with pytest.raises(Refus, match=f"{premier} ne prend pas part .* sa structure porte ce dossier"):
        s.voter(dossier, "laureat", "p")

    deporter(monde.session, s.comite, second, dossier, "Son frère est porteur.", TENUE)
    [confirme] = courriels(monde.session, "deport_confirme")
    assert confirme.destinataire == s.occupants[second].courriel
    assert (presents(s, dossier), presents(s, autre)) == (2, 4)
    # The use cases alone, without any guard of the file: too few decide nothing.
    donnees = {"decision": "laureat", "motif": "Bon projet.", "comite": s.comite.id}
    for acte in ACTES_DE_COMITE:
        with pytest.raises(Refus, match=f"2 membre.s. .* il en faut 3.*{premier}, {second}"):
            monde.faire(acte, dossier, donnees, monde.agent, "agent", TENUE)
    with pytest.raises(Refus, match="il en faut 3"):
        accorder(examiner(monde.session, s.comite, dossier, TENUE), "laureat")
    s.deliberer(autre, "laureat", **LAUREAT)


def test_une_decision_est_celle_que_le_vote_a_adoptee(monde_leger: Monde) -> None:
    dossier, s = evalue(monde_leger), seance(monde_leger, presents=4)
    emarger(monde_leger.session, s.comite, {**s.occupants, s.sieges[4]: None}, TENUE)
    with pytest.raises(DonneesInvalides, match="Personne n'est nommé"):
        s.voter(dossier, "laureat", "ppppp")
    with pytest.raises(DonneesInvalides, match="n'est pas une décision possible"):
        s.voter(dossier, "grand_prix", "p")
    s.voter(dossier, "laureat", "ppcc")
    with pytest.raises(Refus, match="n'a pas adopté « laureat » : 2 pour, 2 contre, 0 abstention"):
        s.deliberer(dossier, "laureat", **LAUREAT)
    s.voter(dossier, "laureat", "ppca")
    with pytest.raises(Refus, match=r"prononcé sur « laureat » .2 pour, 1 contre.*pas sur « non_retenu »"):
        s.deliberer(dossier, "non_retenu")
    with pytest.raises(DonneesInvalides, match="A déjà voté"):
        emarger(monde_leger.session, s.comite, {s.sieges[1]: s.occupants[s.sieges[1]]}, TENUE)
    s.deliberer(dossier, "laureat", **LAUREAT)
    with pytest.raises(DonneesInvalides, match="a déjà décidé"):
        s.voter(dossier, "laureat", "cccc")
    with pytest.raises(DonneesInvalides, match="feuille de présence"):
        emarger(monde_leger.session, s.comite, s.occupants, TENUE)


def test_un_absent_ne_vote_pas_et_un_accord_remplace_les_votes(monde_leger: Monde) -> None:
    dossier, s = evalue(monde_leger), seance(monde_leger, presents=3)
    with pytest.raises(Refus, match="n'a pas siégé"):
        voter(examiner(monde_leger.session, s.comite, dossier, TENUE), "laureat", {s.sieges[3]: "pour"})
    s.voter(dossier, "laureat", "cpa")
    with pytest.raises(Refus, match=rf"1 vote.s. contre .{s.sieges[0]}"):
        accorder(examiner(monde_leger.session, s.comite, dossier, TENUE), "laureat")
    s.voter(dossier, "laureat", "apa")
    assert accorder(examiner(monde_leger.session, s.comite, dossier, TENUE), "laureat").adopte
    s.deliberer(dossier, "laureat", **LAUREAT)


def deux_laureats(monde: Monde) -> tuple[Seance, list[Dossier]]:
    dossiers = [evalue(monde, numero=f"ES26-{rang}") for rang in (1, 2)]
    doter(monde)
    s = seance(monde)
    for dossier in dossiers:
        s.deliberer(dossier, "laureat", **LAUREAT)
    monde.session.commit()
    return s, dossiers


def test_ce_qu_on_apercoit_est_octet_pour_octet_ce_qui_part(monde: Monde) -> None:
    s, dossiers = deux_laureats(monde)
    session, agent = monde.session, agent_par_defaut(monde.session, s.comite, SOIR)
    avant = session.exec(select(Courriel.id)).all(), session.exec(select(Journal.empreinte)).all()
    annonces = apercevoir(session, s.comite, agent, SOIR, lettres=True)
    assert (session.exec(select(Courriel.id)).all(), session.exec(select(Journal.empreinte)).all()) == avant
    assert [annonce.numero for annonce in annonces] == ["ES26-1", "ES26-2"]

    assert len(notifier_seance(session, s.comite, agent, SOIR)) == len(dossiers)
    partis = session.exec(select(Courriel).where(col(Courriel.id).not_in(avant[0])).order_by(col(Courriel.id))).all()
    prevus = [(c.message, c.destinataire, c.octets) for annonce in annonces for c in annonce.courriels]
    assert prevus == [(c.message, c.destinataire, c.octets) for c in partis]
    assert {"laureat"} <= {message for message, _, _ in prevus}
    choisis = [(d, choisir_courriel(session, d, None, None).courriel) for d in dossiers]
    emissions = [lettre(session, d, courriel) for d, courriel in choisis]
    papiers = [next(c.lettre for c in annonce.courriels if c.lettre) for annonce in annonces]
    assert papiers == [emission.mettre_en_page(emission.reference) for emission in emissions]
    assert notifier_seance(session, s.comite, agent, SOIR) == []


def test_un_seul_dossier_qui_ne_peut_l_etre_arrete_toute_la_notification(monde: Monde) -> None:
    monde.campagne.places = 1
    s, dossiers = deux_laureats(monde)
    session, agent = monde.session, agent_par_defaut(monde.session, s.comite, SOIR)
    premier, second = apercevoir(session, s.comite, agent, SOIR)
    assert premier.courriels
    assert "place" in (second.empechement or "")
    with pytest.raises(Refus, match="ES26-2 arrête la notification, et rien n'est parti"):
        notifier_seance(session, s.comite, agent, SOIR)
    session.rollback()
    assert [dossier.etat for dossier in dossiers] == ["delibere", "delibere"]
    assert courriels(session, "laureat") == []


def partir_de(s: Seance, nom: str) -> None:
    """The session takes the selection in rank order as its proposal."""
    session, campagne = s.monde.session, s.monde.campagne
    donnees = lire_donnees(session, OPERATEUR, campagne, TENUE)
    proposition = proposer(donnees, donnees.regles, "rang")
    enregistrer(session, campagne, Scenario(nom=nom, regles=donnees.regles, proposition=proposition), donnees, TENUE)
    choisir(session, campagne, nom, s.comite, TENUE)


def test_le_proces_verbal_dit_tout_et_deux_fois_la_meme_chose(monde_leger: Monde) -> None:
    session = monde_leger.session
    dossier, repeche, oublie = (evalue(monde_leger, valeur, numero=f"ES26-{valeur}") for valeur in (4, 3, 2))
    s = seance(monde_leger, presents=4)
    monde_leger.campagne.places = 1
    doter(monde_leger)
    partir_de(s, "strict")
    deporter(session, s.comite, s.sieges[3], repeche, "il conseille le porteur", TENUE)
    s.voter(dossier, "laureat", "pppc")
    s.deliberer(dossier, "laureat", **LAUREAT)
    accorder(examiner(session, s.comite, repeche, TENUE), "laureat")
    s.deliberer(repeche, "laureat", ecart="Un quartier sans projet.", **LAUREAT)

    pv = json.loads(json.dumps(composer(session, s.comite)))
    assert [m[2] for m in pv["membres"]] == ["présent"] * 4 + ["absent"]
    assert pv["membres"][0][1] == s.occupants[s.sieges[0]].nom_complet
    assert pv["deports"] == [["ES26-3", s.sieges[3], "Il conseille le porteur"]]
    assert "« strict »" in pv["proposition"]
    assert "1 dossier retenu dans l'ordre du classement, pour 15" in pv["proposition"]
    assert [d["ecart"] for d in pv["decisions"]] == ["Un quartier sans projet.", ""]
    second, retenu = (dict(d["faits"]) for d in pv["decisions"])
    assert second["Proposition de départ"].startswith("Écarté : ")
    assert retenu["Expression du comité"] == "3 pour, 1 contre, 0 abstention"
    assert (retenu["Note"], retenu["Rang au classement"]) == ("80/100", "1")
    assert (second["Expression du comité"], second["Membres prenant part"]) == ("Consensus", "3 sur 5")
    assert pv["sans_decision"] == [f"{oublie.numero} – {oublie.titre}"]


def test_le_proces_verbal_est_un_document_comme_les_autres(monde_leger: Monde, tmp_path: Path) -> None:
    session, magasin = monde_leger.session, Magasin(tmp_path)
    dossier = evalue(monde_leger)
    s, voisine = seance(monde_leger), seance(monde_leger, code="c1-v2")

    def pv(de: Seance, le: datetime = SOIR) -> Emis:
        return emettre(session, magasin, de.comite, le)

    premier, encore = pv(s), pv(s, SOIR + timedelta(days=1))
    assert encore.deja
    assert (encore.document.id, encore.octets) == (premier.document.id, premier.octets)
    assert relire(magasin, premier.document) == premier.octets
    s.deliberer(dossier, "non_retenu")
    assert [e.document.reference for e in (premier, pv(s), pv(voisine))] == ["c1", "c1-v2", "c1-v2-v2"]
    s.comite.lieu = "Rennes"
    assert pv(s).document.reference == "c1-v3"
