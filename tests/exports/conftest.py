"""A campagne with a few dossiers at different points, and money on two enveloppes."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session

from ami.campagnes import ajouter_enveloppe, ouvrir_campagne
from ami.models import (
    Campagne,
    Dossier,
    DossierTerritoire,
    Engagement,
    ScoreFige,
    Structure,
    Territoire,
)
from ami.sujets import identifiant
from rules.chargement import charger_texte

MAINTENANT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
REGLEMENT = (Path(__file__).parent / "reglement.yaml").read_text(encoding="utf-8")
QUARTIERS = (("QP031001", "Toulouse"), ("QP031002", "Toulouse"), ("QP009002", "Foix"))
# number, title, rank, thousandths, decision, état, granted, engaged, paid
DOSSIERS = (
    ("ES26-0001", "Les Terrasses du Mirail", 2, 71250, "recu", "recu", "9000.10", "9000.10", "4500.05"),
    ("ES26-0002", '=HYPERLINK("http://example.org")', 1, 83400, "recu", "recu", "12000.00", "12000.00", "6000.00"),
    ("ES26-0003", "Le Jardin partagé", 0, 48000, "ecarte", "fini", "0", "0", "0"),
    ("ES26-0004", "Brouillon jamais déposé", 0, None, "", "ouvert", "0", "0", "0"),
    ("ES26-0005", "Évalué sans décision", 0, 64999, "", "recu", "0", "0", "0"),
)


@pytest.fixture
def campagne(session: Session) -> Campagne:
    """The campagne, as the shortlist finds it after its committee."""
    campagne = ouvrir_campagne(
        session,
        code="ESSAI-2026",
        nom="Essai 2026",
        prefixe="ES26",
        charge=charger_texte(REGLEMENT, "essai.yaml"),
        ouverture=datetime(2026, 1, 1, tzinfo=UTC),
        cloture=datetime(2026, 6, 1, tzinfo=UTC),
        places=2,
        maintenant=MAINTENANT,
    )
    session.add_all(
        Territoire(code=code, millesime=2015, kind="QPV", nom="Quartier", commune=commune, region="Occitanie")
        for code, commune in QUARTIERS
    )
    financeur = Structure(nom="Fondation d'essai", kind="financeur")
    porteur = Structure(nom="+Habitat & Cie", kind="organisme_hlm")
    session.add_all([financeur, porteur])
    session.flush()
    enveloppe = ajouter_enveloppe(session, campagne, financeur, "aide_projet", Decimal("50000.00"))
    ajouter_enveloppe(session, campagne, financeur, "aide_etude", Decimal("10000.50"))
    for donnees in DOSSIERS:
        _dossier(session, campagne, porteur, identifiant(enveloppe), donnees)
    enveloppe.engage_net = Decimal("21000.10")
    session.add(enveloppe)
    session.flush()
    return campagne


def _dossier(session: Session, campagne: Campagne, porteur: Structure, enveloppe_id: int, donnees: tuple) -> None:  # type: ignore[type-arg]
    numero, titre, rang, millieme, decision, etat, accorde, engage, paye = donnees
    dossier = Dossier(
        campagne_id=identifiant(campagne),
        numero=numero,
        titre=titre,
        porteur_id=porteur.id,
        rang=rang,
        decision=decision,
        etat=etat,
        version=1,
        etat_depuis=datetime(2026, 11, 19, 23, 30, tzinfo=UTC),
        cout_prevu=Decimal("20000.00"),
        montant_demande=Decimal("15000.00"),
        montant_accorde=Decimal(accorde),
        cree_le=MAINTENANT,
    )
    session.add(dossier)
    session.flush()
    dossier_id = identifiant(dossier)
    session.add_all(DossierTerritoire(dossier_id=dossier_id, code=code) for code, _ in QUARTIERS[:2])
    if millieme is not None:
        session.add(
            ScoreFige(
                dossier_id=dossier_id, total_millieme=millieme, eliminatoires=0, evaluations=2, fige_le=MAINTENANT
            )
        )
    if Decimal(engage):
        session.add(
            Engagement(
                enveloppe_id=enveloppe_id,
                dossier_id=dossier_id,
                nature="aide_projet",
                engage=Decimal(engage),
                paye=Decimal(paye),
                engage_le=MAINTENANT,
            )
        )
    session.flush()
