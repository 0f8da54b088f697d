"""Decisions and money: the comité, conventions, the bilan, and dates nobody may put in the future."""

from decimal import Decimal

import pytest
from sqlmodel import col, select

from ami.erreurs import DonneesInvalides
from ami.models import Comite, Convention, Deliberation
from ami.sujets import identifiant
from tests.usecases.monde import Monde, le


def comite(monde: Monde, code: str, quand: str) -> Comite:
    regle = monde.reglement.comite
    assert regle is not None
    ligne = Comite(
        campagne_id=identifiant(monde.campagne),
        code=code,
        tenue_le=le(quand),
        lieu="Paris",
        membres=regle.membres,
        presents=regle.membres[: regle.quorum],
    )
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
    signature = {"nature": "aide_etude", "signee_le": "2026-03-30", "reference": "CV-1"}
    with pytest.raises(DonneesInvalides, match="aucune aide"):
        monde.faire("signer_convention", dossier, signature, monde.agent, "agent")
    monde.engager(dossier, "aide_etude", "5000.00")
    with pytest.raises(DonneesInvalides, match="l'aide n'a été engagée que le 30/03/2026"):
        monde.faire("signer_convention", dossier, {**signature, "signee_le": "2026-03-29"}, monde.agent, "agent")
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
