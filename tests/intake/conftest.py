"""A small règlement with two états, one form and a campagne open under it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from ami.campagnes import ouvrir_campagne
from ami.models import Campagne
from rules.chargement import charger_texte
from tests.support.ligne import Ami, ligne_de_commande

MAINTENANT = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)
REGLEMENT = """\
schema_version: 1
programme:
  code: essai
  nom: Programme d'essai
  version: "1"
  organisme: {nom: Association d'essai, contact: contact@example.org}
  resume: Un programme pour les tests.
sources: {}
parametres:
  plafond: {libelle: Plafond, valeur: 5000, unite: euros, hypothese: true}
territoires: [QPV]
phases:
  - {code: entree, libelle: Entrée, objet: Recevoir}
  - {code: suite, libelle: Suite, objet: Instruire}
formulaires:
  candidature:
    libelle: Candidature
    acte: deposer_candidature
    champs:
      - {code: logements, libelle: Nombre de logements, type: entier, obligatoire: false}
      - {code: statut, libelle: Statut juridique, type: choix, choix: [Coopérative, Société civile], obligatoire: false}
      - {code: debut, libelle: Début des travaux, type: date, obligatoire: false}
      - {code: foncier, libelle: Coût du foncier, type: euros, obligatoire: false}
recours: Écrivez à l'association.
mention_donnees: Vos données servent à instruire votre demande.
sujets:
  dossier:
    etats:
      - {code: ouvert, libelle: Dossier ouvert, phase: entree, attend: porteur}
      - {code: recu, libelle: Dossier reçu, phase: suite, attend: agent}
      - {code: fini, libelle: Dossier fini, phase: suite, final: true}
    transitions:
      - code: ouverture
        libelle: Ouverture
        vers: ouvert
        acte: ouvrir_dossier
        roles: [porteur, agent]
        article: art. 1
      - code: depot
        libelle: Dépôt de la candidature
        de: [ouvert]
        vers: recu
        acte: deposer_candidature
        roles: [porteur, agent]
        article: art. 2
        gardes:
          - code: sous_plafond
            libelle: L'aide demandée tient sous le plafond
            article: art. 3
            si: dossier.montant_demande <= parametres.plafond
            valeur: dossier.montant_demande
            seuil: parametres.plafond
            unite: euros
            raison: "L'aide demandée ({valeur}) dépasse le plafond ({seuil})."
      - {code: fin, libelle: Fin, de: [recu], vers: fini, acte: instruire, roles: [agent], article: art. 4}
      - code: abandon
        libelle: Abandon
        de: [ouvert, recu]
        vers: fini
        acte: abandonner
        roles: [porteur, agent]
        article: art. 5
"""
OCCITANIE = Path(__file__).parent / "donnees" / "qpv_2015_occitanie.csv"


@pytest.fixture
def ami(poste: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ami:
    """`ami` in the operator's folder, which each module fills as it needs (`poste`)."""
    monkeypatch.chdir(poste)
    return ligne_de_commande(capsys)


@pytest.fixture
def occitanie() -> Path:
    """The 105 quartiers of 2015 of a region, as published: BOM, commas, real names."""
    return OCCITANIE


@pytest.fixture
def campagne(session: Session) -> Campagne:
    """A campagne open at the instant of the tests."""
    return ouvrir_campagne(
        session,
        code="ESSAI-2026",
        nom="Essai 2026",
        prefixe="ES26",
        charge=charger_texte(REGLEMENT, "essai.yaml"),
        ouverture=datetime(2026, 1, 1, tzinfo=UTC),
        cloture=datetime(2026, 6, 1, tzinfo=UTC),
        fin=datetime(2028, 6, 1, tzinfo=UTC),
        places=2,
        maintenant=MAINTENANT,
    )
