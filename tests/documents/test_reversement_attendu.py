"""Leaving does not make anybody forget the money that is to come back."""

from decimal import Decimal

import pytest
from sqlmodel import select

from ami.agir import agir
from ami.models import Echeance
from ami.sujets import Acteur, sujet_de
from tests.usecases.monde import JOUR, Monde, le


@pytest.mark.parametrize(("du", "restent"), [("500", ["reversement_etude"]), ("0", [])])
def test_a_dossier_abandoned_still_owes_what_it_must_pay_back(monde: Monde, du: str, restent: list[str]) -> None:
    dossier = monde.dossier("etude_validee")
    monde.habiliter(monde.contact, "porteur", dossier=dossier)
    engagement = monde.engager(dossier, "aide_etude", "4000")
    engagement.paye, engagement.a_reverser = Decimal(2000), Decimal(du)
    for code, acte in (("reversement_etude", "constater_reversement"), ("evaluations", "noter")):
        monde.session.add(
            Echeance(
                sujet_kind="dossier",
                sujet_id=dossier.id or 0,
                campagne_id=dossier.campagne_id,
                code=code,
                acte=acte,
                role="agent",
                ouverte_le=JOUR,
                ouverte_seq=1,
                due_a=le("2026-05-01 10:00"),
            )
        )
    monde.session.flush()
    quitter = {"motif": "Le foncier est vendu"}
    agir(
        monde.session, "abandonner", sujet_de(dossier), quitter, acteur=Acteur("agent", monde.agent.id), maintenant=JOUR
    )
    ouvertes = [e.code for e in monde.session.exec(select(Echeance)) if e.fermee_le is None]
    assert dossier.etat == "abandonne"
    assert ouvertes == restent
