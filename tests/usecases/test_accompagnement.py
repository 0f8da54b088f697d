"""Acts around a dossier: partners, financing plan, avis, revues, hearings, avenants, spending, readings."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from ami.contexte import construire
from ami.destinataires import portee, resoudre
from ami.erreurs import DonneesInvalides, Introuvable
from ami.fiche import fiche
from ami.models import (
    Avenant,
    Avis,
    Comite,
    Convention,
    Dossier,
    Habilitation,
    LignePlan,
    Partenaire,
    ReleveIndicateur,
    Revue,
)
from ami.regards import OPERATEUR
from ami.sujets import SYSTEME, identifiant
from rules.modele import IndicateurRegle, Reglement
from tests.usecases.monde import JOUR, Monde, le, structure

BALANCE = [
    {"sens": "emploi", "libelle": "Études", "montant": "240000.00"},
    {
        "sens": "ressource",
        "libelle": "Aide demandée",
        "montant": "120000.00",
        "financeur": "État",
        "statut": "sollicite",
        "public": True,
    },
    {"sens": "ressource", "libelle": "Fonds propres", "montant": "120000.00"},
    {"sens": "emploi", "libelle": "Bénévolat", "montant": "5000.00", "en_nature": True},
    {"sens": "ressource", "libelle": "Bénévolat", "montant": "5000.00", "en_nature": True},
]


def contexte(monde: Monde, dossier: Dossier, reglement: Reglement | None = None) -> Any:
    return construire(monde.session, dossier, reglement or monde.reglement, acteur=SYSTEME, donnees={}, maintenant=JOUR)


def declarer(monde: Monde, dossier: Dossier, *partenaires: dict[str, Any]) -> None:
    monde.faire("declarer_partenaires", dossier, {"partenaires": list(partenaires)}, monde.contact, "porteur")


# --- partenaires ------------------------------------------------------------------------------------------------------


def test_un_co_candidat_porte_le_dossier_et_recoit_ce_que_le_porteur_recoit(monde: Monde) -> None:
    commune, dossier = structure(monde.session, "Commune de Rochebelle", "collectivite"), monde.dossier()
    maire = monde.personne(structure=commune)
    declarer(monde, dossier, {"structure": commune.id, "qualite": "co_candidat", "contact": maire.id})
    roles = monde.session.exec(select(Habilitation.role).where(Habilitation.personne_id == maire.id)).all()
    assert roles == ["porteur"]
    assert contexte(monde, dossier)["partenaires"]["co_candidats"] == ["collectivite"]


def test_un_co_candidat_sans_contact_est_refuse(monde: Monde) -> None:
    commune, dossier = structure(monde.session, "Commune de Rochebelle", "collectivite"), monde.dossier()
    with pytest.raises(DonneesInvalides, match="contact"):
        declarer(monde, dossier, {"structure": commune.id, "qualite": "co_candidat"})


def test_le_porteur_n_est_pas_son_propre_co_candidat(monde: Monde) -> None:
    dossier = monde.dossier()
    with pytest.raises(DonneesInvalides, match="propre co-candidat"):
        declarer(monde, dossier, {"structure": monde.porteur.id, "qualite": "co_candidat", "contact": monde.contact.id})


def test_un_partenaire_redit_est_corrige_et_non_double(monde: Monde) -> None:
    entreprise, dossier = structure(monde.session, "Énergies du Fleuve", "entreprise"), monde.dossier()
    declarer(monde, dossier, {"structure": entreprise.id, "apport": "10.00"})
    declarer(monde, dossier, {"structure": entreprise.id, "apport": "20.00"})
    assert [p.apport for p in monde.session.exec(select(Partenaire))] == [Decimal("20.00")]


def test_un_partenaire_nomme_deux_fois_est_refuse(monde: Monde) -> None:
    entreprise, dossier = structure(monde.session, "Énergies du Fleuve", "entreprise"), monde.dossier()
    with pytest.raises(DonneesInvalides, match="deux fois"):
        declarer(monde, dossier, {"structure": entreprise.id}, {"structure": entreprise.id})


def test_seul_un_engagement_signe_compte_comme_co_investissement(monde: Monde) -> None:
    fonds, dossier = structure(monde.session, "Fonds du Fleuve", "entreprise"), monde.dossier()
    declarer(monde, dossier, {"structure": fonds.id, "qualite": "co_investisseur", "apport": "600000.00"})
    avant = contexte(monde, dossier)["partenaires"]
    assert (avant["co_investissement"], avant["non_signes_noms"]) == (0, ["Fonds du Fleuve"])
    signature = {"structure": fonds.id, "signe_le": "2026-03-15", "reference": "LOI-7"}
    monde.faire("signer_engagement", dossier, signature, monde.agent, "agent")
    apres = contexte(monde, dossier)["partenaires"]
    assert (apres["co_investissement"], apres["co_investisseurs"]) == (600_000_00, ["entreprise"])
    assert apres["non_signes"] == 0


def test_qui_n_est_pas_partenaire_ne_signe_rien(monde: Monde) -> None:
    donnees = {"structure": monde.financeur.id, "signe_le": "2026-03-15", "reference": "LOI-7"}
    with pytest.raises(DonneesInvalides, match="pas partenaire"):
        monde.faire("signer_engagement", monde.dossier(), donnees, monde.agent, "agent")


# --- plan de financement ----------------------------------------------------------------------------------------------


def test_le_plan_remplace_le_precedent_et_compte_a_part_ce_qui_est_en_nature(monde: Monde) -> None:
    dossier = monde.dossier()
    for _ in range(2):
        monde.faire("deposer_plan", dossier, {"lignes": BALANCE}, monde.contact, "porteur")
    assert len(monde.session.exec(select(LignePlan)).all()) == len(BALANCE)
    ici = contexte(monde, dossier)
    assert (ici["budget"]["emplois"], ici["budget"]["ressources"]) == (240_000_00, 240_000_00)
    assert ici["plan"] == {
        "lignes": 5,
        "acquis": 120_000_00,
        "sollicite": 120_000_00,
        "base": "HT",
        "aides_publiques": 120_000_00,
        "autofinancement": 120_000_00,
        "cout_eligible": 240_000_00,
        "sans_statut": [],
        "en_nature_emplois": 5_000_00,
        "en_nature_ressources": 5_000_00,
    }


def test_la_fiche_dit_du_plan_sa_base_qui_paie_et_ce_que_l_aide_ne_couvre_pas(monde_leger: Monde) -> None:
    dossier = monde_leger.dossier(numero="PLAN-1")
    terrain = {"sens": "emploi", "libelle": "Terrain", "montant": "10.00", "eligible": False}
    reste = {"sens": "ressource", "libelle": "Prêt", "montant": "10.00"}
    plan = {"lignes": [*BALANCE, terrain, reste], "base": "TTC"}
    monde_leger.faire("deposer_plan", dossier, plan, monde_leger.contact, "porteur")
    avis = Avis(dossier_id=identifiant(dossier), personne_id=identifiant(monde_leger.agent), demande_le=JOUR)
    avis.rendu_le, avis.sens, avis.texte, avis.reserves = JOUR, "reserve", "Oui, mais.", "Un bail\nUn accès"
    monde_leger.session.add(avis)
    monde_leger.session.flush()
    rubriques = {r.titre: r.lignes for r in fiche(monde_leger.session, OPERATEUR, "PLAN-1").rubriques}
    dit = dict(rubriques["Plan de financement"])
    assert dit["Montants du plan"] == "toutes taxes comprises (TTC)"
    assert dit["Ressource : Aide demandée"].endswith("(État, argent public, sollicité)")
    assert dit["Emploi : Bénévolat"].endswith("(en nature)")
    assert dit["Emploi : Terrain"].endswith("(non éligible)")
    assert dit["Emploi : Études"].endswith("€")
    assert rubriques["Avis"][1:] == (("– Réserve", "Un bail"), ("– Réserve", "Un accès"))


@pytest.mark.parametrize(
    ("ligne", "raison"),
    [
        ({"sens": "emploi", "libelle": "Études", "montant": "1.00", "financeur": "État"}, "la ligne 1 est un emploi"),
        (
            {"sens": "ressource", "libelle": "Aide", "montant": "1.00", "eligible": False},
            "seul un emploi peut être écarté",
        ),
    ],
)
def test_une_ligne_de_plan_qui_n_a_pas_de_sens_est_nommee(monde: Monde, ligne: dict[str, Any], raison: str) -> None:
    with pytest.raises(DonneesInvalides, match=raison):
        monde.faire("deposer_plan", monde.dossier(), {"lignes": [ligne]}, monde.contact, "porteur")


# --- avis -------------------------------------------------------------------------------------------------------------


def test_un_avis_demande_ouvre_le_dossier_a_qui_le_donne(monde: Monde) -> None:
    dossier, prefet = monde.dossier(), monde.personne()
    monde.faire("demander_avis", dossier, {"personnes": [prefet.id]}, monde.agent, "agent")
    role = monde.session.exec(select(Habilitation.role).where(Habilitation.personne_id == prefet.id)).one()
    assert role == "consulte"
    monde.faire("rendre_avis", dossier, {"sens": "reserve", "texte": "Sous réserve du foncier."}, prefet, "consulte")
    assert contexte(monde, dossier)["avis"] == {
        "demandes": 1,
        "rendus": 1,
        "favorables": 0,
        "reserves": 1,
        "defavorables": 0,
    }


def test_un_avis_deja_attendu_n_est_pas_redemande_et_n_est_donne_qu_une_fois(monde: Monde) -> None:
    dossier, prefet = monde.dossier(), monde.personne()
    monde.faire("demander_avis", dossier, {"personnes": [prefet.id]}, monde.agent, "agent")
    with pytest.raises(DonneesInvalides, match="déjà attendu"):
        monde.faire("demander_avis", dossier, {"personnes": [prefet.id]}, monde.agent, "agent")
    avis = {"sens": "favorable", "texte": "Oui."}
    monde.faire("rendre_avis", dossier, avis, prefet, "consulte")
    with pytest.raises(Introuvable):
        monde.faire("rendre_avis", dossier, avis, prefet, "consulte")


def test_nul_ne_donne_l_avis_d_un_autre(monde: Monde) -> None:
    dossier, prefet, autre = monde.dossier(), monde.personne(), monde.personne()
    monde.faire("demander_avis", dossier, {"personnes": [prefet.id]}, monde.agent, "agent")
    with pytest.raises(Introuvable):
        monde.faire("rendre_avis", dossier, {"sens": "favorable", "texte": "Oui."}, autre, "consulte")


def test_la_base_refuse_un_avis_rendu_sans_sens(monde: Monde) -> None:
    dossier, prefet = monde.dossier(), monde.personne()
    monde.session.add(
        Avis(dossier_id=identifiant(dossier), personne_id=identifiant(prefet), demande_le=JOUR, rendu_le=JOUR)
    )
    with pytest.raises(IntegrityError):
        monde.session.flush()


# --- revues, audition, participation ----------------------------------------------------------------------------------


def test_une_revue_dit_ses_conditions_et_la_date_qui_suit(monde: Monde) -> None:
    dossier = monde.dossier()
    donnees = {"tenue_le": "2026-03-20", "decision": "conditions", "conditions": "a", "prochaine_le": "2026-06-30"}
    monde.faire("tenir_revue", dossier, donnees, monde.agent, "agent")
    revue = contexte(monde, dossier)["revue"]
    assert (revue["tenues"], revue["decision"], revue["prochaine"]) == (1, "conditions", le("2026-06-30 00:00"))


@pytest.mark.parametrize(
    ("tenue", "prochaine", "champ"),
    [("2026-04-01", "2026-06-30", "tenue_le"), ("2026-03-20", "2026-03-20", "prochaine_le")],
)
def test_une_revue_se_tient_avant_d_etre_notee_et_en_annonce_une_autre_apres(
    monde: Monde, tenue: str, prochaine: str, champ: str
) -> None:
    donnees = {"tenue_le": tenue, "decision": "poursuite", "prochaine_le": prochaine}
    with pytest.raises(DonneesInvalides, match=champ):
        monde.faire("tenir_revue", monde.dossier(), donnees, monde.agent, "agent")
    assert monde.session.exec(select(Revue)).all() == []


def test_on_convoque_a_un_comite_a_venir_de_cette_campagne(monde: Monde) -> None:
    passe = Comite(
        campagne_id=identifiant(monde.campagne), code="passe", tenue_le=JOUR - timedelta(days=2), lieu="Paris"
    )
    monde.session.add(passe)
    monde.session.flush()
    for comite, raison in ((passe.id, "déjà réuni"), (999_999, "aucun comité")):
        with pytest.raises(DonneesInvalides, match=raison):
            monde.faire("convoquer", monde.dossier(), {"comite": comite}, monde.agent, "agent")


def test_le_dernier_examen_d_une_participation_compte(monde: Monde) -> None:
    dossier = monde.dossier()
    for montant in ("500000.00", "400000.00"):
        donnees = {"decision": "retenu", "motif": "Sain", "montant": montant, "capital": "1000000.00"}
        monde.faire("examiner_participation", dossier, donnees, monde.agent, "agent")
    attendu = {"decision": "retenu", "montant": 400_000_00, "capital": 1_000_000_00}
    assert contexte(monde, dossier)["participation"] == attendu


# --- dépenses, avenants, indicateurs ----------------------------------------------------------------------------------


def convention(monde: Monde, paye: str = "0.00") -> Dossier:
    dossier = monde.dossier()
    engagement = monde.engager(dossier, "aide_projet", "70000.00")
    engagement.paye = Decimal(paye)
    monde.session.add(
        Convention(
            dossier_id=identifiant(dossier),
            nature="aide_projet",
            reference="C-1",
            signee_le=date(2026, 2, 1),
            montant=Decimal("70000.00"),
        )
    )
    monde.session.flush()
    return dossier


def test_les_depenses_se_declarent_depuis_l_origine(monde: Monde) -> None:
    dossier = convention(monde)
    declaration = {"nature": "aide_projet", "montant": "1000.00"}
    monde.faire("declarer_depenses", dossier, declaration, monde.contact, "porteur")
    assert contexte(monde, dossier)["budget"]["aide_projet"]["depenses"] == 1_000_00
    with pytest.raises(DonneesInvalides, match="depuis l'origine"):
        monde.faire("declarer_depenses", dossier, {**declaration, "montant": "999.99"}, monde.contact, "porteur")


def test_sans_convention_ni_depense_ni_avenant(monde: Monde) -> None:
    with pytest.raises(DonneesInvalides, match="aucune convention"):
        monde.faire(
            "declarer_depenses", monde.dossier(), {"nature": "aide_projet", "montant": "1.00"}, monde.contact, "porteur"
        )


AVENANT = {
    "nature": "aide_projet",
    "signe_le": "2026-03-30",
    "reference": "C-1/A",
    "montant": "60000.00",
    "fin": "2028-12-31",
    "motif": "Chantier plus long, programme réduit",
}


def test_un_avenant_est_garde_et_compte(monde: Monde) -> None:
    dossier = convention(monde)
    monde.faire("signer_avenant", dossier, AVENANT, monde.agent, "agent")
    assert contexte(monde, dossier)["convention"] == {"signees": ["aide_projet"], "avenants": 1}
    with pytest.raises(DonneesInvalides, match="déjà enregistré"):
        monde.faire("signer_avenant", dossier, AVENANT, monde.agent, "agent")
    plus_tot = {**AVENANT, "reference": "C-1/B", "signe_le": "2026-03-29"}
    with pytest.raises(DonneesInvalides, match="précède la signature de l'avenant C-1/A, le 30/03/2026"):
        monde.faire("signer_avenant", dossier, plus_tot, monde.agent, "agent")


@pytest.mark.parametrize(
    ("changement", "champ"),
    [
        ({"montant": "70000.01"}, "montant"),
        ({"montant": "9999.99"}, "montant"),
        ({"fin": "2026-03-30"}, "fin"),
        ({"fin": "2026-03-20", "signe_le": "2026-03-10"}, "fin"),
        ({"signe_le": "2026-03-31"}, "signe_le"),
        ({"signe_le": "2026-01-31"}, "précède la signature de la convention C-1"),
        ({"nature": "participation"}, "nature"),
    ],
)
def test_un_avenant_ni_ne_releve_l_aide_ni_ne_reprend_ce_qui_est_verse(
    monde: Monde, changement: dict[str, str], champ: str
) -> None:
    dossier = convention(monde, paye="10000.00")
    with pytest.raises(DonneesInvalides, match=champ):
        monde.faire("signer_avenant", dossier, {**AVENANT, **changement}, monde.agent, "agent")
    assert monde.session.exec(select(Avenant)).all() == []


def suivant(reglement: Reglement) -> Reglement:
    indicateur = IndicateurRegle(code="actions", libelle="Actions menées", unite="actions")
    return reglement.model_copy(update={"indicateurs": [indicateur]})


def test_un_releve_corrige_le_meme_jour_se_remplace(monde: Monde) -> None:
    dossier, reglement = monde.dossier(), suivant(monde.reglement)
    for valeur in ("3", "4.5"):
        donnees = {"releve_le": "2026-03-30", "valeurs": {"actions": valeur}}
        monde.faire("relever_indicateurs", dossier, donnees, monde.contact, "porteur", reglement=reglement)
    assert [releve.valeur for releve in monde.session.exec(select(ReleveIndicateur))] == [Decimal("4.50")]
    assert contexte(monde, dossier, reglement)["indicateurs"] == {"attendus": 1, "releves": 1}


def test_un_indicateur_que_le_reglement_n_a_pas_est_nomme(monde: Monde) -> None:
    donnees = {"releve_le": "2026-03-30", "valeurs": {"degradations": "3"}}
    with pytest.raises(DonneesInvalides, match="degradations"):
        monde.faire(
            "relever_indicateurs",
            monde.dossier(),
            donnees,
            monde.contact,
            "porteur",
            reglement=suivant(monde.reglement),
        )


def test_les_personnes_consultees_et_les_partenaires_sont_joignables(monde: Monde) -> None:
    entreprise, dossier = structure(monde.session, "Énergies du Fleuve", "entreprise"), monde.dossier()
    commune = structure(monde.session, "Commune de Rochebelle", "collectivite")
    prefet, ingenieur, maire = monde.personne(), monde.personne(structure=entreprise), monde.personne(structure=commune)
    monde.faire("demander_avis", dossier, {"personnes": [prefet.id]}, monde.agent, "agent")
    declarer(
        monde,
        dossier,
        {"structure": entreprise.id, "contact": ingenieur.id},
        {"structure": commune.id, "contact": maire.id, "qualite": "co_candidat"},
    )
    ou = portee(monde.session, dossier, SYSTEME, JOUR)
    assert [p.id for p in resoudre(["consultes", "partenaires"], ou)] == [prefet.id, ingenieur.id]
    assert [p.id for p in resoudre(["porteur"], ou)] == [maire.id]
