"""A dossier walked by the shortest way to an état, for tests that need a neighbour and not its story."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.agir import agir, avancer
from ami.magasin import Magasin
from ami.models import Affectation, Campagne, Comite, Dossier, Habilitation, Personne, Structure, Territoire
from ami.pieces import joindre_piece
from ami.reglements import reglement_de
from ami.sujets import Acteur, Sujet, charger_sujet

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
BONNES = {"valeur": "4.00"}


@dataclass
class Marche:
    """Who walks the dossier, and when."""

    engine: Engine
    pieces: Path
    campagne_id: int
    porteur: int
    accompagnateur: int
    agent: int
    le: datetime
    balayer: bool = True  # fire what is automatic after each act, as a sweep would

    def etapes(self, titre: str) -> Iterator[tuple[Sujet, str]]:
        """Walk on, one act at a time; yields the sujet and its état after each."""
        yield self._ouvrir(titre)
        yield self._agir(
            "deposer_candidature",
            {
                "cout_prevu": "6000.00",
                "montant_demande": "4000.00",
                "reponses": {"presentation": "Un projet", "nombre_logements": 12, "adresse": "1 rue Neuve"},
            },
            pieces=["deliberation", "budget_previsionnel", "lettre_bailleur"],
            le=self._avant_cloture(),
        )
        choix = {"decision": "retenu", "motif": "Bon projet", "montant_accorde": "4000.00"}
        yield self._agir("selectionner", choix, role="agent")
        yield self._agir(
            "signer_convention",
            {"nature": "aide_etude", "signee_le": self.le.date().isoformat(), "reference": f"E-{titre}"[:60]},
            role="agent",
        )
        for volet in self._reglement().volets:
            yield self._agir("deposer_volet", {"volet": volet.code, "resume": "Fait"}, role="accompagnateur")
        for volet in self._reglement().volets:
            yield self._agir("valider_volet", {"volet": volet.code}, role="agent")
        yield self._agir("deposer_etude", {"cout_reel": "6000.00"}, role="accompagnateur", pieces=["rapport_etude"])
        yield self._agir("lancer_evaluation", {}, role="agent")
        yield from self._evaluer()
        yield self._agir(
            "deliberer",
            {"decision": "laureat", "motif": "Très bon", "montant_accorde": "15000.00", "comite": self._comite()},
            role="agent",
        )
        yield self._agir("notifier", {}, role="agent")
        yield self._agir(
            "signer_convention",
            {"nature": "aide_projet", "signee_le": self.le.date().isoformat(), "reference": f"P-{titre}"[:60]},
            role="agent",
        )
        yield self._agir("demander_solde", {"depenses_reelles": "20000.00", "bilan": "Fini"}, pieces=["bilan"])
        yield self._agir("verser", {}, role="agent")

    def _evaluer(self) -> Iterator[tuple[Sujet, str]]:
        with Session(self.engine) as session:
            requete = select(Affectation.personne_id).where(Affectation.dossier_id == self.sujet.id)
            personnes = sorted(session.exec(requete))
        criteres = self._reglement().grille.criteres
        for personne in personnes:
            notes = {critere.code: BONNES for critere in criteres}
            yield self._agir("noter", {"final": True, "notes": notes}, acteur=Acteur("evaluateur", personne))

    def _ouvrir(self, titre: str) -> tuple[Sujet, str]:
        maintenant = self._avant_cloture()
        with Session(self.engine, expire_on_commit=False) as session:
            porteur = session.get_one(Personne, self.porteur)
            accompagnateur = session.get_one(Personne, self.accompagnateur)
            territoire = session.exec(select(Territoire)).first()
            assert territoire is not None
            donnees = {
                "titre": titre,
                "territoires": [territoire.code],
                "porteur": porteur.structure_id,
                "contact": self.porteur,
                "accompagnateur": accompagnateur.structure_id,
            }
            mouvement = agir(
                session,
                "ouvrir_dossier",
                None,
                donnees,
                acteur=Acteur("porteur", self.porteur),
                maintenant=maintenant,
                campagne_id=self.campagne_id,
            )
            session.commit()
            self.sujet = mouvement.sujet
            return self.sujet, mouvement.vers

    def _agir(
        self,
        acte: str,
        donnees: Mapping[str, Any],
        *,
        role: str = "porteur",
        acteur: Acteur | None = None,
        pieces: list[str] | None = None,
        le: datetime | None = None,
    ) -> tuple[Sujet, str]:
        acteur = acteur or Acteur(role, getattr(self, role))
        reglement = self._reglement()
        with Session(self.engine, expire_on_commit=False) as session:
            for code in pieces or []:
                self._joindre(session, code, acteur, reglement)
            agir(session, acte, self.sujet, donnees, acteur=acteur, maintenant=le or self.le)
            if self.balayer:
                avancer(session, self.sujet, le or self.le)
            session.commit()
            return self.sujet, charger_sujet(session, self.sujet).etat or ""

    def _joindre(self, session: Session, code: str, acteur: Acteur, reglement: Any) -> None:
        joindre_piece(
            session,
            session.get_one(Dossier, self.sujet.id),
            code,
            f"{code}.pdf",
            io.BytesIO(PDF + code.encode()),
            reglement=reglement,
            magasin=Magasin(self.pieces),
            acteur=acteur,
            maintenant=self.le,
        )

    def _reglement(self) -> Any:
        with Session(self.engine) as session:
            return reglement_de(session, self.campagne_id).reglement

    def _avant_cloture(self) -> datetime:
        with Session(self.engine) as session:
            return min(self.le, session.get_one(Campagne, self.campagne_id).cloture - timedelta(days=1))

    def _comite(self) -> int:
        with Session(self.engine, expire_on_commit=False) as session:
            comite = Comite(
                campagne_id=self.campagne_id,
                code=f"parcours-{self.sujet.id}",
                tenue_le=self.le,
                lieu="Paris",
                membres=["A", "B", "C"],
                presents=["A", "B", "C"],
            )
            session.add(comite)
            session.commit()
            return comite.id or 0


def mener_jusqu_a(marche: Marche, titre: str, etat: str) -> Sujet:
    """Walk a new dossier until it stands in that état."""
    for sujet, atteint in marche.etapes(titre):
        if atteint == etat:
            return sujet
    raise AssertionError(f"le parcours ne passe pas par « {etat} »")


def peupler(session: Session, campagne: Campagne, depuis: datetime) -> dict[str, int]:
    """The persons a walk needs, on any campagne: one porteur, one accompagnateur, one agent, four evaluators."""
    commune = Structure(nom="Collectivité fictive", kind="collectivite", region="Occitanie")
    atelier = Structure(nom="Atelier fictif", kind="accompagnateur", adhesions=["RAHP"], region="Occitanie")
    session.add_all(
        [
            commune,
            atelier,
            Territoire(
                code="QP031007", millesime=2015, kind="QPV", nom="Grand Mirail", commune="Toulouse", region="Occitanie"
            ),
        ]
    )
    session.flush()
    qui = {"porteur": commune.id, "accompagnateur": atelier.id, "agent": None}
    qui |= {f"evaluateur{n}": None for n in range(1, 5)}
    ids: dict[str, int] = {}
    for nom, structure in qui.items():
        personne = Personne(prenom=nom, nom="Fictif", courriel=f"{nom}@example.org", structure_id=structure)
        session.add(personne)
        session.flush()
        ids[nom] = personne.id or 0
        role = nom.rstrip("0123456789")
        if role != "porteur":
            session.add(Habilitation(personne_id=ids[nom], role=role, campagne_id=campagne.id, depuis=depuis))
    session.flush()
    return ids
