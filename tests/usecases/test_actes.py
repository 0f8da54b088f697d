"""Each act writes its facts, checks its data against the règlement, and never touches the état."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session, col, select

from ami.actes import ACTES
from ami.erreurs import DonneesInvalides, Introuvable
from ami.models import (
    ActionSensibilisation,
    Affectation,
    Dossier,
    DossierTerritoire,
    Etude,
    Habilitation,
    Invite,
    Personne,
    Reclamation,
    VoletEtude,
)
from rules.vocabulaire import ACTES as VOCABULAIRE
from tests.usecases.monde import JOUR, Monde, le, structure

CANDIDATURE = {
    "reponses": {"presentation": "Douze logements.", "nombre_logements": 12, "adresse": "1 place des Essais"},
    "cout_prevu": "6400.00",
    "montant_demande": "5000.00",
}


def test_chaque_acte_du_vocabulaire_a_son_cas_d_usage() -> None:
    assert set(ACTES) == set(VOCABULAIRE)


def ouverture(monde: Monde, **options: object) -> dict[str, object]:
    base: dict[str, object] = {
        "titre": "Les Terrasses",
        "territoires": ["QP031001"],
        "porteur": monde.porteur.id,
        "contact": monde.contact.id,
    }
    return {**base, **options}


def roles(session: Session, dossier: Dossier) -> set[tuple[int, str]]:
    vivantes = select(Habilitation).where(Habilitation.dossier_id == dossier.id, col(Habilitation.jusqu_a).is_(None))
    return {(h.personne_id, h.role) for h in session.exec(vivantes)}


# --- sensibilisation et dépôt -----------------------------------------------------------------------------------------


def test_exprimer_un_interet_ouvre_un_dossier_numerote_sans_etat(monde: Monde) -> None:
    donnees = ouverture(monde, demande="seminaire", message="Bonjour", contact=None)
    dossier = monde.faire("exprimer_interet", None, donnees, monde.contact, "porteur")
    assert isinstance(dossier, Dossier)
    assert (dossier.numero, dossier.etat, dossier.version) == ("ES26-0001", None, 0)
    assert roles(monde.session, dossier) == {(monde.contact.id, "porteur")}
    codes = monde.session.exec(select(DossierTerritoire.code)).all()
    assert codes == ["QP031001"]


def test_un_dossier_ouvert_avec_son_accompagnateur_le_connait(monde: Monde) -> None:
    donnees = ouverture(monde, accompagnateur=monde.accompagnateur.id)
    dossier = monde.faire("ouvrir_dossier", None, donnees, monde.agent, "agent")
    assert isinstance(dossier, Dossier)
    assert roles(monde.session, dossier) == {(monde.contact.id, "porteur"), (monde.conseil.id, "accompagnateur")}


def test_un_accompagnateur_a_quelqu_un_a_qui_ecrire(monde: Monde) -> None:
    """Nobody would get the volets sent back, nor the demand for what was overpaid."""
    deserte = structure(monde.session, "Atelier désert", "accompagnateur")
    monde.personne("porteur", deserte)
    with pytest.raises(DonneesInvalides, match="personne n'est habilité à accompagner pour Atelier désert"):
        monde.faire("ouvrir_dossier", None, ouverture(monde, accompagnateur=deserte.id), monde.agent, "agent")


@pytest.mark.parametrize(
    ("options", "champ"),
    [
        ({"porteur": 999_999}, "porteur"),
        ({"contact": 999_999}, "contact"),
        ({"contact": None}, "contact"),
        ({"titre": "Objet\r\nBcc: tous@example.org"}, "titre"),
        ({"titre": ""}, "titre"),
        ({"territoires": ["QP031001", "qp031001"]}, "territoires"),
        ({"territoires": ["../etc"]}, "territoires"),
        ({"etat": "clos"}, "etat"),
    ],
)
def test_un_dossier_mal_ouvert_est_refuse_en_nommant_le_champ(
    monde_leger: Monde, options: dict[str, object], champ: str
) -> None:
    with pytest.raises(DonneesInvalides, match=champ):
        monde_leger.faire("ouvrir_dossier", None, ouverture(monde_leger, **options), monde_leger.agent, "agent")


PLAN: dict[str, Any] = {"kind": "seminaire", "date": "2026-04-10T18:30", "lieu": "Mairie", "cout_prevu": "1500.00"}


def test_l_accompagnateur_qui_planifie_prend_le_dossier(monde: Monde) -> None:
    dossier = monde.dossier(accompagnateur_id=None)
    donnees = {**PLAN, "publics": ["élus"], "invites": [monde.contact.id]}
    monde.faire("planifier_action", dossier, donnees, monde.conseil, "accompagnateur")
    action = monde.session.exec(select(ActionSensibilisation)).one()
    assert action.prevue_le == le("2026-04-10 18:30")
    assert dossier.accompagnateur_id == monde.accompagnateur.id
    assert roles(monde.session, dossier) == {(monde.conseil.id, "accompagnateur")}
    assert monde.session.exec(select(Invite.personne_id)).all() == [monde.contact.id]


def test_une_action_ne_se_planifie_pas_hier(monde: Monde) -> None:
    with pytest.raises(DonneesInvalides, match="déjà passé"):
        monde.faire("planifier_action", monde.dossier(), {**PLAN, "date": "2026-03-29T10:00"}, monde.agent, "agent")


COMPTE_RENDU: dict[str, Any] = {
    "realisee_le": "2026-04-10",
    "presence": {"élus": 4, "habitants": 22},
    "compte_rendu": "Un projet.",
    "cout_reel": "1200.00",
    "projets": 1,
}


def test_le_compte_rendu_complete_la_derniere_action(monde: Monde) -> None:
    dossier = monde.dossier()
    monde.faire("planifier_action", dossier, PLAN, monde.conseil, "accompagnateur")
    apres = le("2026-04-11 09:00")
    monde.faire("rendre_compte_action", dossier, COMPTE_RENDU, monde.conseil, "accompagnateur", apres)
    monde.session.expire_all()
    action = monde.session.exec(select(ActionSensibilisation)).one()
    assert (action.presence, action.projets, action.cout_reel) == ({"élus": 4, "habitants": 22}, 1, Decimal(1200))


def test_on_ne_rend_pas_compte_d_une_action_a_venir_ni_inexistante(monde: Monde) -> None:
    dossier = monde.dossier()
    with pytest.raises(DonneesInvalides, match="pas encore arrivé"):
        monde.faire("rendre_compte_action", dossier, COMPTE_RENDU, monde.conseil, "accompagnateur", JOUR)
    with pytest.raises(DonneesInvalides, match="aucune action"):
        monde.faire(
            "rendre_compte_action", dossier, COMPTE_RENDU, monde.conseil, "accompagnateur", le("2026-05-01 09:00")
        )


def test_la_candidature_ecrit_reponses_et_montants(monde: Monde) -> None:
    dossier = monde.dossier(reponses={"demande": "projet"})
    monde.faire("deposer_candidature", dossier, CANDIDATURE, monde.contact, "porteur")
    monde.session.expire_all()
    assert dossier.reponses == {"demande": "projet", **CANDIDATURE["reponses"]}  # type: ignore[dict-item]
    assert (dossier.cout_prevu, dossier.montant_demande) == (Decimal(6400), Decimal(5000))


def test_une_reponse_manquante_est_refusee_et_nommee(monde: Monde) -> None:
    with pytest.raises(DonneesInvalides, match=r"\(adresse\)"):
        monde.faire(
            "deposer_candidature",
            monde.dossier(),
            {**CANDIDATURE, "reponses": {"presentation": "a", "nombre_logements": 1}},
            monde.contact,
            "porteur",
        )


@pytest.mark.parametrize("montant", ["-1", "0.001", "beaucoup", "NaN"])
def test_un_montant_impossible_est_refuse(monde_leger: Monde, montant: str) -> None:
    with pytest.raises(DonneesInvalides, match="montant_demande"):
        monde_leger.faire(
            "deposer_candidature",
            monde_leger.dossier(),
            {**CANDIDATURE, "montant_demande": montant},
            monde_leger.contact,
            "porteur",
        )


def test_changer_d_accompagnateur_retire_l_ancien(monde: Monde) -> None:
    dossier = monde.dossier()
    monde.habiliter(monde.conseil, "accompagnateur", dossier=dossier)
    autre = structure(monde.session, "Collectif Neuf", "accompagnateur")
    nouveau = monde.personne("accompagnateur", autre)
    monde.faire("deposer_candidature", dossier, {**CANDIDATURE, "accompagnateur": autre.id}, monde.contact, "porteur")
    assert roles(monde.session, dossier) == {(nouveau.id, "accompagnateur")}
    monde.faire(
        "deposer_candidature",
        dossier,
        {**CANDIDATURE, "accompagnateur": monde.accompagnateur.id},
        monde.contact,
        "porteur",
        JOUR + timedelta(days=1),
    )
    assert roles(monde.session, dossier) == {(monde.conseil.id, "accompagnateur")}


def test_completer_garde_les_autres_reponses(monde: Monde) -> None:
    dossier = monde.dossier(reponses={"adresse": "ici", "nombre_logements": 3})
    monde.faire("completer", dossier, {"reponses": {"adresse": "là"}}, monde.contact, "porteur")
    monde.session.expire_all()
    assert dossier.reponses == {"adresse": "là", "nombre_logements": 3}


# --- étude ------------------------------------------------------------------------------------------------------------


def volets(monde: Monde) -> dict[str, str]:
    return {v.volet: v.statut for v in monde.session.exec(select(VoletEtude))}


def test_un_volet_se_depose_se_renvoie_se_redepose_et_se_valide(monde: Monde) -> None:
    dossier = monde.dossier()

    def volet(acte: str, **donnees: str) -> dict[str, str]:
        par, role = (monde.conseil, "accompagnateur") if acte == "deposer_volet" else (monde.agent, "agent")
        monde.faire(acte, dossier, {"volet": "objectifs", **donnees}, par, role)
        return volets(monde)

    assert volet("deposer_volet", resume="v1") == {"objectifs": "depose"}
    assert volet("renvoyer_volet", commentaire="À préciser") == {"objectifs": "renvoye"}
    with pytest.raises(DonneesInvalides, match="pas encore été redéposée"):
        volet("valider_volet")
    assert volet("deposer_volet", resume="v2") == {"objectifs": "depose"}
    assert volet("valider_volet") == {"objectifs": "valide"}
    with pytest.raises(DonneesInvalides, match="déjà validée"):
        volet("deposer_volet")
    assert volet("renvoyer_volet", commentaire="Erreur de notre part") == {"objectifs": "renvoye"}


@pytest.mark.parametrize("acte", ["deposer_volet", "renvoyer_volet", "valider_volet"])
def test_une_partie_que_le_reglement_ne_demande_pas_est_refusee(monde_leger: Monde, acte: str) -> None:
    donnees = {"volet": "couleur", **({"commentaire": "non"} if acte == "renvoyer_volet" else {})}
    with pytest.raises(DonneesInvalides, match="Parties : objectifs"):
        monde_leger.faire(acte, monde_leger.dossier(), donnees, monde_leger.agent, "agent")


def test_on_ne_valide_pas_ce_qui_n_est_pas_depose(monde: Monde) -> None:
    with pytest.raises(DonneesInvalides, match="pas encore été déposée"):
        monde.faire("valider_volet", monde.dossier(), {"volet": "objectifs"}, monde.agent, "agent")


def test_deposer_l_etude_garde_son_cout_reel(monde: Monde) -> None:
    dossier = monde.dossier()
    for cout in ("6000.00", "6100.00"):
        monde.faire("deposer_etude", dossier, {"cout_reel": cout}, monde.conseil, "accompagnateur")
    etude = monde.session.exec(select(Etude)).one()
    assert (etude.cout_reel, etude.deposee_le) == (Decimal(6100), JOUR)


# --- réclamation ------------------------------------------------------------------------------------------------------


def test_une_reclamation_nait_sur_un_dossier_de_la_campagne_et_recoit_sa_reponse(monde: Monde) -> None:
    dossier = monde.dossier()
    contenu = {"objet": "Rejet", "texte": "Je conteste.", "dossier": dossier.id}
    reclamation = monde.faire("reclamer", None, contenu, monde.contact, "porteur")
    assert isinstance(reclamation, Reclamation)
    assert (reclamation.version, reclamation.auteur_id, reclamation.dossier_id) == (0, monde.contact.id, dossier.id)
    reponse = {"reponse": "Votre dossier sera revu.", "suite": "accueillie"}
    monde.faire("repondre_reclamation", reclamation, reponse, monde.agent, "agent")
    assert (reclamation.reponse, reclamation.suite) == ("Votre dossier sera revu.", "accueillie")


def test_on_ne_reclame_pas_sur_un_dossier_qui_n_existe_pas(monde: Monde) -> None:
    with pytest.raises(Introuvable):
        monde.faire("reclamer", None, {"objet": "a", "texte": "b", "dossier": 999_999}, monde.contact, "porteur")


# --- ce qu'aucun acte ne fait -----------------------------------------------------------------------------------------

SANS_FAIT = {
    "instruire": {"decision": "recevable", "motif": "ok"},
    "lancer_evaluation": {},
    "notifier": {},
    "accepter_place": {},
    "verser": {},
    "abandonner": {"motif": "ok"},
    "se_desister": {"motif": "ok"},
    "resilier": {"motif": "ok"},
}


@pytest.mark.parametrize("acte", SANS_FAIT)
def test_ces_actes_laissent_les_faits_a_la_porte(monde_leger: Monde, acte: str) -> None:
    dossier = monde_leger.dossier()
    avant = dossier.model_dump()
    monde_leger.faire(acte, dossier, SANS_FAIT[acte], monde_leger.agent, "agent")
    assert not monde_leger.session.dirty
    assert dossier.model_dump() == avant


def test_personne_ne_disparait_quand_un_acte_est_refuse(monde: Monde) -> None:
    """A refusal half-way leaves nothing once the edge rolls back."""
    monde.session.commit()
    personnes = len(monde.session.exec(select(Personne)).all())
    with pytest.raises(DonneesInvalides):
        monde.faire("ouvrir_dossier", None, ouverture(monde, accompagnateur=999_999), monde.agent, "agent")
    monde.session.rollback()
    assert monde.session.exec(select(Dossier)).all() == []
    assert len(monde.session.exec(select(Personne)).all()) == personnes
    assert monde.session.exec(select(Affectation)).all() == []
