"""Each act writes its facts, checks its data against the règlement, and never touches the état."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session, col, select

from ami.actes import ACTES
from ami.erreurs import DonneesInvalides, Introuvable, Refus
from ami.models import (
    ActionSensibilisation,
    Affectation,
    Comite,
    Convention,
    Deliberation,
    Deport,
    Dossier,
    DossierTerritoire,
    Etude,
    Habilitation,
    Invite,
    Note,
    Personne,
    Reclamation,
    VoletEtude,
)
from ami.sujets import identifiant
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


# --- évaluation -------------------------------------------------------------------------------------------------------


def notes(monde: Monde, valeur: str = "3", **autres: dict[str, object]) -> dict[str, object]:
    assert monde.reglement.grille is not None
    return {**{c.code: {"valeur": valeur} for c in monde.reglement.grille.criteres}, **autres}


def test_un_brouillon_peut_etre_partiel_et_se_finit_en_deux_fois(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    affectation = monde.affecter(dossier, eva)
    toutes = notes(monde)
    premiere, *reste = toutes
    monde.faire("noter", dossier, {"notes": {premiere: {"valeur": "1"}}}, eva, "evaluateur")
    assert affectation.statut == "demandee"
    with pytest.raises(DonneesInvalides, match="il reste à noter"):
        monde.faire("noter", dossier, {"notes": {premiere: {"valeur": "2"}}, "final": True}, eva, "evaluateur")
    monde.faire("noter", dossier, {"notes": {c: toutes[c] for c in reste}, "final": True}, eva, "evaluateur")
    assert (affectation.statut, affectation.rendue_le) == ("rendue", JOUR)
    lues = {n.critere: n.valeur for n in monde.session.exec(select(Note))}
    assert lues == {premiere: Decimal(1), **dict.fromkeys(reste, Decimal(3))}


def test_une_evaluation_rendue_ne_se_modifie_plus(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    monde.affecter(dossier, eva)
    monde.faire("noter", dossier, {"notes": notes(monde), "final": True}, eva, "evaluateur")
    with pytest.raises(Refus, match="déjà rendue"):
        monde.faire("noter", dossier, {"notes": notes(monde)}, eva, "evaluateur")


@pytest.mark.parametrize(
    ("mauvaise", "raison"),
    [
        ({"mixite": {"valeur": "5.5"}}, "comprise entre 0 et 5"),
        ({"mixite": {"valeur": "-1"}}, "comprise entre 0 et 5"),
        ({"mixite": {"valeur": "3.123"}}, "mixite"),
        ({"mixite": {}}, "une valeur"),
        ({"mixite": {"valeur": "3", "na": True}}, "une valeur"),
        ({"beaute": {"valeur": "3"}}, "n'est pas un critère"),
        ({"mixite": {"valeur": "5"}}, "commentaire"),
        ({"mixite": {"valeur": "0"}}, "commentaire"),
    ],
)
def test_une_note_fautive_est_refusee(monde_leger: Monde, mauvaise: dict[str, dict[str, object]], raison: str) -> None:
    dossier, eva = monde_leger.dossier(), monde_leger.personne("evaluateur")
    monde_leger.affecter(dossier, eva)
    with pytest.raises(DonneesInvalides, match=raison):
        monde_leger.faire("noter", dossier, {"notes": notes(monde_leger, **mauvaise), "final": True}, eva, "evaluateur")


def test_une_note_extreme_commentee_est_admise(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    affectation = monde.affecter(dossier, eva)
    extreme = notes(monde, mixite={"valeur": "5", "commentaire": "Exemplaire."})
    monde.faire("noter", dossier, {"notes": extreme, "final": True}, eva, "evaluateur")
    assert affectation.statut == "rendue"


@pytest.mark.parametrize(("regle", "admis"), [("redistribuer", True), ("zero", True), ("interdit", False)])
def test_non_applicable_n_est_admis_que_si_la_grille_l_admet(monde_leger: Monde, regle: str, admis: bool) -> None:
    dossier, eva = monde_leger.dossier(), monde_leger.personne("evaluateur")
    monde_leger.affecter(dossier, eva)
    assert monde_leger.reglement.grille is not None
    grille = monde_leger.reglement.grille.model_copy(update={"non_applicable": regle})
    reglement = monde_leger.reglement.model_copy(update={"grille": grille})
    donnees = {"notes": {"mixite": {"na": True}}}
    if admis:
        monde_leger.faire("noter", dossier, donnees, eva, "evaluateur", reglement=reglement)
        assert monde_leger.session.exec(select(Note)).one().valeur is None
    else:
        with pytest.raises(DonneesInvalides, match="non applicable"):
            monde_leger.faire("noter", dossier, donnees, eva, "evaluateur", reglement=reglement)


def test_le_dossier_d_un_autre_n_existe_pas_pour_un_evaluateur(monde: Monde) -> None:
    with pytest.raises(Introuvable):
        monde.faire("noter", monde.dossier(), {"notes": {}}, monde.personne("evaluateur"), "evaluateur")


def test_un_evaluateur_devenu_interesse_ne_note_plus(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    monde.affecter(dossier, eva)
    eva.structure_id = monde.porteur.id
    monde.session.flush()
    with pytest.raises(Refus, match="déportez-vous"):
        monde.faire("noter", dossier, {"notes": notes(monde)}, eva, "evaluateur")


def test_se_deporter_ferme_l_affectation_pour_de_bon(monde: Monde) -> None:
    dossier, eva = monde.dossier(), monde.personne("evaluateur")
    affectation = monde.affecter(dossier, eva)
    monde.faire("se_deporter", dossier, {"motif": "J'ai conseillé ce projet."}, eva, "evaluateur")
    assert affectation.statut == "deportee"
    assert monde.session.exec(select(Deport)).one().motif == "J'ai conseillé ce projet."
    for acte, donnees in (("noter", {"notes": {}}), ("se_deporter", {"motif": "encore"})):
        with pytest.raises(Introuvable):
            monde.faire(acte, dossier, donnees, eva, "evaluateur")


# --- comité et argent -------------------------------------------------------------------------------------------------


def comite(monde: Monde, code: str, quand: str) -> Comite:
    ligne = Comite(campagne_id=identifiant(monde.campagne), code=code, tenue_le=le(quand), lieu="Paris")
    monde.session.add(ligne)
    monde.session.flush()
    return ligne


def decision(**options: object) -> dict[str, object]:
    return {"decision": "laureat", "motif": "Projet solide.", "montant_accorde": "15000.00", **options}


def test_la_derniere_deliberation_compte_et_les_deux_restent(monde: Monde) -> None:
    dossier, seance = monde.dossier(), comite(monde, "c1", "2026-03-28 14:00")
    monde.faire("deliberer", dossier, decision(rang=1, comite=seance.id), monde.agent, "agent")
    monde.faire(
        "deliberer",
        dossier,
        decision(decision="liste_complementaire", rang=11, montant_accorde="9000.00"),
        monde.agent,
        "agent",
    )
    assert (dossier.decision, dossier.rang, dossier.montant_accorde) == ("liste_complementaire", 11, Decimal(9000))
    ecrites = monde.session.exec(select(Deliberation).order_by(col(Deliberation.id))).all()
    assert [(d.decision, d.rang, d.comite_id) for d in ecrites] == [
        ("laureat", 1, seance.id),
        ("liste_complementaire", 11, seance.id),
    ]


def test_sans_comite_nomme_le_dernier_reuni_decide_et_non_le_prochain(monde: Monde) -> None:
    dossier, passe = monde.dossier(), comite(monde, "passe", "2026-03-30 18:00")
    futur = comite(monde, "futur", "2026-06-01 14:00")
    monde.faire("selectionner", dossier, decision(decision="retenu"), monde.agent, "agent")
    assert monde.session.exec(select(Deliberation)).one().comite_id == passe.id
    with pytest.raises(DonneesInvalides, match="ne s'est pas encore réuni"):
        monde.faire("selectionner", dossier, decision(comite=futur.id), monde.agent, "agent")
    with pytest.raises(DonneesInvalides, match="aucun comité"):
        monde.faire("selectionner", dossier, decision(comite=999_999), monde.agent, "agent")


def test_deux_dossiers_n_ont_pas_le_meme_rang_dans_une_seance(monde: Monde) -> None:
    seance = comite(monde, "c1", "2026-03-28 14:00")
    un, deux = monde.dossier(), monde.dossier()
    monde.faire("deliberer", un, decision(rang=11, comite=seance.id), monde.agent, "agent")
    with pytest.raises(DonneesInvalides, match=f"déjà celui du dossier {un.numero}"):
        monde.faire("deliberer", deux, decision(rang=11, comite=seance.id), monde.agent, "agent")
    monde.faire("deliberer", un, decision(rang=11, comite=seance.id), monde.agent, "agent")
    monde.faire("deliberer", deux, decision(rang=0, comite=seance.id), monde.agent, "agent")
    assert (un.rang, deux.rang) == (11, 0)


@pytest.mark.parametrize("acte", ["selectionner", "deliberer", "abandonner", "se_desister", "resilier", "se_deporter"])
def test_une_decision_ou_un_depart_a_toujours_un_motif(monde_leger: Monde, acte: str) -> None:
    with pytest.raises(DonneesInvalides, match="motif"):
        monde_leger.faire(acte, monde_leger.dossier(), {}, monde_leger.agent, "agent")


def test_une_convention_porte_le_montant_engage_et_ne_se_signe_qu_une_fois(monde: Monde) -> None:
    dossier = monde.dossier()
    signature = {"nature": "aide_etude", "signee_le": "2026-03-29", "reference": "CV-1"}
    with pytest.raises(DonneesInvalides, match="aucune aide"):
        monde.faire("signer_convention", dossier, signature, monde.agent, "agent")
    monde.engager(dossier, "aide_etude", "5000.00")
    monde.faire("signer_convention", dossier, signature, monde.agent, "agent")
    assert monde.session.exec(select(Convention)).one().montant == Decimal(5000)
    with pytest.raises(DonneesInvalides, match="déjà signée"):
        monde.faire("signer_convention", dossier, signature, monde.agent, "agent")


@pytest.mark.parametrize(
    ("acte", "donnees"),
    [
        ("signer_convention", {"nature": "aide_etude", "signee_le": "2026-03-31", "reference": "CV-1"}),
        ("constater_reversement", {"recu_le": "2026-03-31"}),
    ],
)
def test_une_date_de_demain_est_refusee(monde_leger: Monde, acte: str, donnees: dict[str, object]) -> None:
    with pytest.raises(DonneesInvalides, match="pas encore arrivé"):
        monde_leger.faire(acte, monde_leger.dossier(), donnees, monde_leger.agent, "agent")


def test_la_date_du_jour_se_lit_a_l_heure_legale(monde: Monde) -> None:
    """At 00:30 in Paris on the 31st it is still the 30th in UTC: the 31st is today."""
    nuit = le("2026-03-31 00:30")
    monde.faire("constater_reversement", monde.dossier(), {"recu_le": "2026-03-31"}, monde.agent, "agent", nuit)
    with pytest.raises(DonneesInvalides, match="30/03/2026"):
        monde.faire(
            "constater_reversement",
            monde.dossier(),
            {"recu_le": "2026-03-31"},
            monde.agent,
            "agent",
            le("2026-03-30 23:30"),
        )


def test_une_aide_que_le_reglement_n_a_pas_ne_se_conventionne_pas(monde: Monde) -> None:
    with pytest.raises(DonneesInvalides, match="Aides prévues"):
        monde.faire(
            "signer_convention",
            monde.dossier(),
            {"nature": "participation", "signee_le": "2026-03-29", "reference": "CV-1"},
            monde.agent,
            "agent",
        )


def test_le_bilan_garde_les_depenses_reelles(monde: Monde) -> None:
    dossier = monde.dossier()
    bilan = {"depenses_reelles": "8625.00", "bilan": "Fait."}
    monde.faire("demander_solde", dossier, bilan, monde.contact, "porteur")
    assert dossier.depenses_reelles == Decimal(8625)


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
