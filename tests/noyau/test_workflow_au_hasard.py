"""Whatever people try, in whatever order and role: every act moves all or nothing, and the journal tells the story.

A state machine throws plausible acts (right and wrong roles, right and wrong moments, data within and beyond the
thresholds) and sweeps at a dossier of the real règlement.
"""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, text
from sqlmodel import Session, col, func, select

from ami.agir import avancer
from ami.erreurs import ErreurMetier
from ami.guichet import faire
from ami.journal import verifier
from ami.models import Affectation, Courriel, Dossier, Echeance, Engagement, Enveloppe, Journal, Structure
from ami.sujets import Acteur, Mouvement, charger_sujet
from rules.chargement import charger
from tests.noyau.conftest import JOUR, REGLEMENT, Lieu, ouvrir
from tests.support.parcours import mener_jusqu_a

CHARGE = charger(REGLEMENT)
WORKFLOW = CHARGE.reglement.workflow("dossier")
CRITERES = [critere.code for critere in CHARGE.reglement.grille.criteres] if CHARGE.reglement.grille else []
DEPARTS = ["brouillon", "recevable", "etude_en_cours", "en_evaluation", "evalue", "laureat", "conventionne"]
VOLETS = st.sampled_from([volet.code for volet in CHARGE.reglement.volets])
MONTANTS = st.sampled_from(["0.01", "2500.00", "5000.00", "5000.01", "15000.00", "15000.01", "40000.00"])
TEXTE = st.sampled_from(["Parce que", "Un motif\nsur deux lignes"])


def notes(valeur: str, final: bool) -> dict[str, Any]:
    extreme = {"commentaire": "Voilà pourquoi"}
    return {"final": final, "notes": {code: {"valeur": valeur, **extreme} for code in CRITERES}}


ACTES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "deposer_candidature": st.fixed_dictionaries(
        {
            "cout_prevu": MONTANTS,
            "montant_demande": MONTANTS,
            "reponses": st.just({"presentation": "x", "nombre_logements": 3, "adresse": "y"}),
        }
    ),
    "completer": st.fixed_dictionaries({"message": TEXTE}),
    "instruire": st.fixed_dictionaries(
        {"decision": st.sampled_from(["recevable", "a_completer", "irrecevable"]), "motif": TEXTE}
    ),
    "selectionner": st.fixed_dictionaries(
        {
            "decision": st.sampled_from(["retenu", "liste", "non_retenu"]),
            "motif": TEXTE,
            "montant_accorde": MONTANTS,
        }
    ),
    "signer_convention": st.fixed_dictionaries(
        {
            "nature": st.sampled_from(["aide_etude", "aide_projet"]),
            "signee_le": st.just(JOUR.date().isoformat()),
            "reference": st.sampled_from(["R-1", "R-2"]),
        }
    ),
    "deposer_volet": st.fixed_dictionaries({"volet": VOLETS, "resume": TEXTE}),
    "renvoyer_volet": st.fixed_dictionaries({"volet": VOLETS, "commentaire": TEXTE}),
    "valider_volet": st.fixed_dictionaries({"volet": VOLETS}),
    "deposer_etude": st.fixed_dictionaries({"cout_reel": MONTANTS}),
    "lancer_evaluation": st.just({}),
    "noter": st.builds(notes, st.sampled_from(["1.00", "3.00", "5.00"]), st.booleans()),
    "rouvrir_evaluation": st.fixed_dictionaries({"evaluateur": st.integers(1, 12), "motif": TEXTE}),
    "se_deporter": st.fixed_dictionaries({"motif": TEXTE}),
    "deliberer": st.fixed_dictionaries(
        {
            "decision": st.sampled_from(["laureat", "liste_complementaire", "ajourne", "non_retenu"]),
            "motif": TEXTE,
            "rang": st.integers(0, 3),
            "montant_accorde": MONTANTS,
        }
    ),
    "notifier": st.just({}),
    "accepter_place": st.just({}),
    "demander_solde": st.fixed_dictionaries({"depenses_reelles": MONTANTS, "bilan": TEXTE}),
    "verser": st.just({}),
    "constater_reversement": st.fixed_dictionaries({"recu_le": st.just(JOUR.date().isoformat())}),
    "abandonner": st.fixed_dictionaries({"motif": TEXTE}),
    "se_desister": st.fixed_dictionaries({"motif": TEXTE}),
    "resilier": st.fixed_dictionaries({"motif": TEXTE}),
}


class Vie(RuleBasedStateMachine):
    """One dossier, and everything that may be tried on it."""

    engine: Engine
    lieu: Lieu

    @initialize(depart=st.sampled_from(DEPARTS))
    def naitre(self, depart: str) -> None:
        self.maintenant = JOUR
        self.sujet = mener_jusqu_a(self.lieu.marche(), "Au hasard", depart)

    @rule(jours=st.sampled_from([0, 1, 20, 40]))
    def laisser_passer_et_balayer(self, jours: int) -> None:
        self.maintenant += timedelta(days=jours)
        with Session(self.engine) as session:
            avancer(session, self.sujet, self.maintenant)
            session.commit()

    @rule(choix=st.data(), au_bon_moment=st.booleans())
    def agir(self, choix: st.DataObject, au_bon_moment: bool) -> None:
        with Session(self.engine) as session:
            etat = charger_sujet(session, self.sujet).etat
        ouverts = sorted({str(t.acte) for t in WORKFLOW.depuis(etat)} & set(ACTES)) if au_bon_moment else []
        acte = choix.draw(st.sampled_from(ouverts or sorted(ACTES)))
        role = choix.draw(st.sampled_from(["porteur", "accompagnateur", "agent", "evaluateur"]))
        donnees = choix.draw(ACTES[acte])
        avant = self.photo()
        mouvement = self.tenter(acte, role, donnees)
        if mouvement is None:
            assert self.photo() == avant
            return
        assert mouvement.seq == avant["version"] + 1
        assert (mouvement.de, mouvement.vers) == (avant["etat"], self.photo()["etat"])

    def tenter(self, acte: str, role: str, donnees: dict[str, Any]) -> Mouvement | None:
        """The move, or None when it was refused."""
        try:
            return faire(self.engine, acte, self.sujet, donnees, acteur=self.acteur(role), maintenant=self.maintenant)
        except ErreurMetier:
            return None

    def acteur(self, role: str) -> Acteur:
        if role != "evaluateur":
            return Acteur(role, self.lieu.personnes[role])
        with Session(self.engine) as session:
            confie = session.exec(
                select(Affectation.personne_id)
                .where(Affectation.dossier_id == self.sujet.id, Affectation.statut == "demandee")
                .order_by(col(Affectation.personne_id))
            ).first()
        return Acteur(role, confie or self.lieu.personnes["evaluateur1"])

    def photo(self) -> dict[str, Any]:
        with Session(self.engine) as session:
            dossier = session.get_one(Dossier, self.sujet.id)
            comptes = {
                table.__name__: session.exec(select(func.count()).select_from(table)).one()
                for table in (Journal, Courriel, Echeance, Engagement, Affectation, Structure)
            }
            return {**dossier.model_dump(), **comptes}

    @invariant()
    def le_journal_raconte_le_dossier(self) -> None:
        if not hasattr(self, "sujet"):
            return
        with Session(self.engine) as session:
            assert verifier(session) == []

    @invariant()
    def l_argent_tient(self) -> None:
        with Session(self.engine) as session:
            for enveloppe in session.exec(select(Enveloppe)):
                lignes = session.exec(select(Engagement).where(Engagement.enveloppe_id == enveloppe.id)).all()
                assert enveloppe.engage_net == sum(e.engage - e.libere for e in lignes)
                assert enveloppe.engage_net <= enveloppe.montant

    @invariant()
    def un_etat_final_n_attend_plus_rien(self) -> None:
        if not hasattr(self, "sujet"):
            return
        with Session(self.engine) as session:
            dossier = session.get_one(Dossier, self.sujet.id)
            ouvertes = session.exec(
                select(Echeance.code).where(
                    Echeance.sujet_id == self.sujet.id,
                    Echeance.sujet_kind == "dossier",
                    col(Echeance.fermee_le).is_(None),
                )
            ).all()
            # Money asked back for the study may still be owed after the dossier ended.
            if WORKFLOW.etat_par_code[dossier.etat or ""].final:
                assert set(ouvertes) <= {"reversement_etude"}


def test_whatever_is_tried_moves_all_or_nothing(engine: Engine) -> None:
    with tempfile.TemporaryDirectory() as pieces:
        Vie.engine, Vie.lieu = engine, ouvrir(engine, Path(pieces))
        # Examples share the campagne: one must not exhaust what the next one draws on.
        with engine.begin() as connexion:
            connexion.execute(text("UPDATE enveloppe SET montant = 10000000000"))
            connexion.execute(text("UPDATE campagne SET places = 1000000"))
        run_state_machine_as_test(Vie, settings=settings(max_examples=12, stateful_step_count=12, deadline=None))
