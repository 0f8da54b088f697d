"""Earmarked money goes where it was promised: engaging reads earmarks as choosing does, and keeps to the choice."""

from decimal import Decimal

import pytest
from sqlmodel import Session, col, select

from ami import argent
from ami.contexte import construire
from ami.erreurs import Refus
from ami.models import Campagne, Dossier, Engagement, Enveloppe, ScenarioSelection, Structure
from ami.propositions import relire
from ami.reglements import reglement_de
from ami.sujets import SYSTEME, identifiant
from tests.exports.campagne_choisie import INSTANT, planter_choix

NATURE = "aide_projet"
GRAINE = 1
A_TOULOUSE, A_RENNES = "CH26-0001", "CH26-0003"


def dossier(session: Session, numero: str) -> Dossier:
    return session.exec(select(Dossier).where(Dossier.numero == numero)).one()


def engager(session: Session, numero: str, euros: str) -> None:
    argent.engager(session, dossier(session, numero), NATURE, Decimal(euros), INSTANT)


def tire(session: Session, numero: str) -> dict[str, Decimal]:
    """What a dossier has engaged, by financeur."""
    siens = session.exec(select(Engagement).where(Engagement.dossier_id == dossier(session, numero).id)).all()
    enveloppes = {e.id: e for e in session.exec(select(Enveloppe))}
    noms = {f.id: f.nom for f in session.exec(select(Structure))}
    return {noms[enveloppes[e.enveloppe_id].financeur_id]: e.engage for e in siens}


def disponible(session: Session, campagne: Campagne, numero: str) -> Decimal:
    """What guards are told that a dossier may draw."""
    reglement = reglement_de(session, identifiant(campagne)).reglement
    contexte = construire(session, dossier(session, numero), reglement, acteur=SYSTEME, donnees={}, maintenant=INSTANT)
    return Decimal(contexte["budget"][NATURE]["disponible"]) / 100


def oublier_le_choix(session: Session) -> None:
    for scenario in session.exec(select(ScenarioSelection)):
        scenario.choisi_le, scenario.comite_id = None, None
    session.flush()


def test_l_argent_reserve_a_une_region_ne_sert_qu_a_elle(session: Session) -> None:
    campagne = planter_choix(session, GRAINE)
    declarees = session.exec(select(Enveloppe.reserve_valeur).order_by(col(Enveloppe.id))).all()
    assert declarees == ["", "Bretagne"]  # the earmarked one comes after the other, and is yet drawn first
    oublier_le_choix(session)
    assert disponible(session, campagne, A_TOULOUSE) == Decimal(95_000)
    assert disponible(session, campagne, A_RENNES) == Decimal(110_000)

    engager(session, A_RENNES, "20000")  # the earmarked money first: fewer may use it
    assert tire(session, A_RENNES) == {"Région d'essai": Decimal(15_000), "Agence d'essai": Decimal(5_000)}
    argent.liberer(session, dossier(session, A_RENNES), NATURE, None, INSTANT)

    with pytest.raises(Refus) as refus:
        engager(session, A_TOULOUSE, "95000.01")
    assert refus.value.message.replace("\u00a0", " ").replace("\u202f", " ") == (
        "L'enveloppe ne suffit pas : 95 000,01 € sont nécessaires, il manque 0,01 €. "
        "Ce qui reste ailleurs est réservé à d'autres dossiers : 15 000,00 € (région Bretagne)."
    )
    engager(session, A_TOULOUSE, "95000")
    assert tire(session, A_TOULOUSE) == {"Agence d'essai": Decimal(95_000)}
    assert disponible(session, campagne, A_TOULOUSE) == 0
    assert disponible(session, campagne, A_RENNES) == Decimal(15_000)


def test_l_engagement_suit_les_parts_du_scenario_du_comite_quel_que_soit_l_ordre(session: Session) -> None:
    planter_choix(session)
    choisi = session.exec(select(ScenarioSelection).where(col(ScenarioSelection.choisi_le).is_not(None))).one()
    retenus = relire(choisi).proposition.retenus
    assert {r.dossier: r.parts for r in retenus}[A_RENNES]["Région d'essai"] == Decimal(15_000)
    for retenu in reversed(retenus):
        engager(session, retenu.dossier, str(retenu.montant))
        assert tire(session, retenu.dossier) == retenu.parts


def test_une_part_qui_n_est_plus_possible_est_prise_ailleurs(session: Session) -> None:
    planter_choix(session)
    oublie = dossier(session, "CH26-0006")  # of the region, and not in the selection
    argent.engager(session, oublie, NATURE, Decimal(12_000), INSTANT)
    engager(session, A_RENNES, "20000")
    assert tire(session, A_RENNES) == {"Région d'essai": Decimal(3_000), "Agence d'essai": Decimal(17_000)}
