"""A small world for the use cases: a campagne of the real règlement, structures, persons, and shortcuts that act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ami.actes import ACTES, Cadre
from ami.agir import valider
from ami.campagnes import ouvrir_campagne
from ami.models import Affectation, Campagne, Dossier, Engagement, Enveloppe, Habilitation, Personne, Structure
from ami.sujets import Acteur, identifiant
from rules.chargement import ReglementCharge, charger
from rules.modele import Reglement

PARIS = ZoneInfo("Europe/Paris")
FICHIER = Path(__file__).parents[2] / "rules" / "habitat_participatif_2026.yaml"
NUMERO = count(1)


@cache
def reglement_reel() -> ReglementCharge:
    """The règlement of the repository, read once: reading YAML with its lines takes seconds."""
    return charger(FICHIER)


def le(texte: str) -> datetime:
    """« 2026-03-30 10:00 », legal time in Paris."""
    return datetime.fromisoformat(texte).replace(tzinfo=PARIS)


JOUR = le("2026-03-30 10:00")


@dataclass
class Monde:
    """One campagne, and who takes part."""

    session: Session
    campagne: Campagne
    reglement: Reglement
    porteur: Structure
    accompagnateur: Structure
    financeur: Structure
    contact: Personne
    agent: Personne
    conseil: Personne  # works for the accompagnateur

    def personne(self, role: str | None = None, structure: Structure | None = None) -> Personne:
        """Someone new, with a role on the campagne when one is given."""
        rang = next(NUMERO)
        personne = Personne(
            prenom="Camille",
            nom=f"Essai {rang}",
            courriel=f"personne{rang}@example.org",
            structure_id=structure.id if structure else None,
        )
        self.session.add(personne)
        self.session.flush()
        if role:
            self.habiliter(personne, role)
        return personne

    def habiliter(self, personne: Personne, role: str, *, dossier: Dossier | None = None) -> Habilitation:
        """Give a role on the campagne, or on one dossier."""
        habilitation = Habilitation(
            personne_id=identifiant(personne),
            role=role,
            campagne_id=None if dossier else self.campagne.id,
            dossier_id=dossier.id if dossier else None,
            depuis=le("2026-01-01 00:00"),
        )
        self.session.add(habilitation)
        self.session.flush()
        return habilitation

    def dossier(self, etat: str = "etude_en_cours", **champs: object) -> Dossier:
        """A dossier already somewhere on its way."""
        rang = next(NUMERO)
        defauts: dict[str, Any] = {
            "campagne_id": self.campagne.id,
            "numero": f"ESSAI-{rang}",
            "titre": f"Projet {rang}",
            "porteur_id": self.porteur.id,
            "accompagnateur_id": self.accompagnateur.id,
            "etat": etat,
            "version": 1,
            "cree_le": le("2026-01-12 09:00"),
            "etat_depuis": le("2026-01-12 09:00"),
        }
        dossier = Dossier(**{**defauts, **champs})
        self.session.add(dossier)
        self.session.flush()
        return dossier

    def affecter(self, dossier: Dossier, personne: Personne, statut: str = "demandee") -> Affectation:
        """Give a dossier to an evaluator."""
        affectation = Affectation(
            dossier_id=identifiant(dossier),
            personne_id=identifiant(personne),
            statut=statut,
            demandee_le=JOUR,
        )
        self.session.add(affectation)
        self.session.flush()
        return affectation

    def engager(self, dossier: Dossier, nature: str, montant: str) -> Engagement:
        """Money set aside for a dossier."""
        enveloppe = Enveloppe(
            campagne_id=identifiant(self.campagne),
            financeur_id=identifiant(self.financeur),
            nature=nature,
            montant=Decimal(100_000),
            engage_net=Decimal(montant),
        )
        self.session.add(enveloppe)
        self.session.flush()
        engagement = Engagement(
            enveloppe_id=identifiant(enveloppe),
            dossier_id=identifiant(dossier),
            nature=nature,
            engage=Decimal(montant),
            engage_le=JOUR,
        )
        self.session.add(engagement)
        self.session.flush()
        return engagement

    def faire(
        self,
        acte: str,
        sujet: object,
        donnees: Mapping[str, object],
        par: Personne,
        role: str,
        quand: datetime = JOUR,
        reglement: Reglement | None = None,
    ) -> object:
        """Do the use case of an act, and nothing but it: the door is tested elsewhere."""
        cadre = Cadre(self.session, Acteur(role, par.id), quand, self.campagne, reglement or self.reglement)
        enregistre = ACTES[acte]
        resultat = enregistre.fonction(cadre, sujet, valider(enregistre, donnees))
        self.session.flush()
        return resultat


def structure(session: Session, nom: str, kind: str, region: str = "Occitanie") -> Structure:
    """A structure that exists."""
    ligne = Structure(nom=nom, kind=kind, region=region)
    session.add(ligne)
    session.flush()
    return ligne


def planter(session: Session, charge: ReglementCharge | None = None) -> Monde:
    """Build the world."""
    charge = charge or reglement_reel()
    campagne = ouvrir_campagne(
        session,
        code="essai",
        nom="Campagne d'essai",
        prefixe="ES26",
        charge=charge,
        ouverture=le("2026-01-01 00:00"),
        cloture=le("2026-12-31 23:59"),
        fin=le("2028-12-31 23:59"),
        places=10,
        convention_reattribution="Convention d'essai",
        maintenant=le("2026-01-01 00:00"),
    )
    monde = Monde(
        session=session,
        campagne=campagne,
        reglement=charge.reglement,
        porteur=structure(session, "Commune de Valmont", "collectivite"),
        accompagnateur=structure(session, "Atelier des Voisins", "accompagnateur"),
        financeur=structure(session, "Agence des Quartiers", "financeur", "Île-de-France"),
        contact=Personne(prenom="Alix", nom="Porteur", courriel="alix@example.org"),
        agent=Personne(prenom="Noa", nom="Agent", courriel="noa@example.org"),
        conseil=Personne(prenom="Sacha", nom="Conseil", courriel="sacha@example.org"),
    )
    monde.contact.structure_id, monde.conseil.structure_id = monde.porteur.id, monde.accompagnateur.id
    session.add_all([monde.contact, monde.agent, monde.conseil])
    session.flush()
    monde.habiliter(monde.agent, "agent")
    monde.habiliter(monde.conseil, "accompagnateur")
    return monde
