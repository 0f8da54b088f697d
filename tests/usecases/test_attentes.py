"""Who owes what: every act awaited, from whom by name, since when, until when, the latest first."""

import csv
import io
from datetime import datetime

import pytest

from ami.attentes import Attendu, attentes, resumer
from ami.attentes_csv import COLONNES, en_csv
from ami.models import Dossier, Echeance, Incident, Reclamation, RelanceEmise
from ami.regards import OPERATEUR
from ami.sujets import identifiant
from tests.usecases.monde import Monde, le

MIDI = le("2026-04-20 12:00")


def ouvrir(monde: Monde, dossier: Dossier, code: str, ouverte: str, due: str, personne: int | None = None) -> Echeance:
    regle = monde.reglement.echeance_par_code[code]
    echeance = Echeance(
        sujet_kind="dossier",
        sujet_id=identifiant(dossier),
        campagne_id=dossier.campagne_id,
        code=code,
        acte=regle.acte,
        role=regle.role,
        personne_id=personne,
        ouverte_le=le(ouverte),
        ouverte_seq=1,
        due_a=le(due),
    )
    monde.session.add(echeance)
    monde.session.flush()
    return echeance


def emettre(monde: Monde, echeance: Echeance, code: str, quand: str) -> None:
    emise = RelanceEmise(
        echeance_id=identifiant(echeance), code=code, issue="envoyee", prevue_a=le(quand), emise_le=le(quand)
    )
    monde.session.add(emise)
    monde.session.flush()


def lignes(monde: Monde, quand: datetime = MIDI, **filtres: str) -> list[Attendu]:
    return attentes(monde.session, OPERATEUR, monde.campagne, quand, **filtres)


def test_an_act_late_says_who_since_when_how_late_and_the_next_reminder(monde: Monde) -> None:
    dossier = monde.dossier("a_completer", etat_depuis=le("2026-03-28 10:00"))
    monde.habiliter(monde.contact, "porteur", dossier=dossier)
    echeance = ouvrir(monde, dossier, "pieces", "2026-03-28 10:00", "2026-04-18 23:59:59")
    emettre(monde, echeance, "j_moins_7", "2026-04-10 09:00")
    ouvrir(monde, dossier, "pieces_ultime", "2026-03-28 10:00", "2026-05-03 23:59:59")
    (ligne,) = lignes(monde)
    assert (ligne.numero, ligne.etat, ligne.quoi) == (dossier.numero, "À compléter", "Pièces complémentaires")
    assert (ligne.qui, ligne.courriels) == (("Alix Porteur",), ("alix@example.org",))
    assert (ligne.jours, ligne.depassee, ligne.retard) == (23, True, 2)
    # Three days after the due day, a Tuesday, at nine in Paris.
    assert ligne.relance_le == le("2026-04-21 09:00")
    assert ligne.echeance == le("2026-04-18 23:59:59")


def test_days_are_counted_in_legal_time(monde_leger: Monde) -> None:
    dossier = monde_leger.dossier("a_completer")
    ouvrir(monde_leger, dossier, "pieces", "2026-03-28 23:30", "2026-04-18 23:59:59")
    minuit_dix = le("2026-04-19 00:10")  # still the 18th in UTC
    (ligne,) = lignes(monde_leger, minuit_dix)
    assert (ligne.jours, ligne.depassee, ligne.retard) == (22, True, 1)
    (ligne,) = lignes(monde_leger, le("2026-04-18 23:59"))
    assert (ligne.depassee, ligne.retard) == (False, 0)


def test_a_reminder_issued_is_followed_by_the_next_and_one_not_sent_yet_leaves_at_the_next_run(monde: Monde) -> None:
    dossier = monde.dossier("a_completer")
    echeance = ouvrir(monde, dossier, "pieces", "2026-04-01 10:00", "2026-04-22 23:59:59")
    (ligne,) = lignes(monde)
    assert ligne.relance_le == MIDI
    emettre(monde, echeance, "j_moins_7", "2026-04-15 09:00")
    (ligne,) = lignes(monde)
    assert ligne.relance_le == le("2026-04-27 09:00")  # the 25th is a Saturday


def test_an_etat_without_a_date_waits_for_the_acts_of_its_role(monde_leger: Monde) -> None:
    monde_leger.dossier("recevable", etat_depuis=le("2026-04-10 09:00"))
    (ligne,) = lignes(monde_leger)
    assert ligne.quoi == "Instruire le dossier ou décider de la première sélection"
    assert (ligne.role, ligne.qui, ligne.jours) == ("agent", ("Noa Agent",), 10)
    assert (ligne.echeance, ligne.depassee, ligne.relance_le) == (None, False, None)


def test_a_date_for_another_act_does_not_hide_what_the_etat_waits_for(monde_leger: Monde) -> None:
    dossier = monde_leger.dossier("etude_validee")
    ouvrir(monde_leger, dossier, "reversement_etude", "2026-04-01 10:00", "2026-05-01 23:59:59")
    assert {ligne.quoi for ligne in lignes(monde_leger)} == {
        "Reversement du trop-perçu sur l’aide à l’étude",
        "Lancer l’évaluation",
    }


def test_the_engine_and_a_place_are_waited_for_too(monde_leger: Monde) -> None:
    depose = monde_leger.dossier("candidature_deposee")
    monde_leger.dossier("liste_complementaire", rang=11)
    monde_leger.session.add(
        Incident(
            sujet_kind="dossier",
            sujet_id=identifiant(depose),
            origine="balayage",
            raison="Le règlement regarde une réponse absente.",
            vu_le=MIDI,
        )
    )
    monde_leger.session.flush()
    moteur, place = sorted(lignes(monde_leger), key=lambda ligne: ligne.etat)
    assert moteur.quoi == "Demander des compléments, déclarer recevable ou déclarer irrecevable"
    assert moteur.noms == "le moteur"
    assert moteur.remarque == "Mis de côté par le moteur : Le règlement regarde une réponse absente."
    assert place.quoi == "Une place qui se libère (rang 11)"


def test_each_evaluator_owes_their_own_note_and_then_the_engine_closes(monde: Monde) -> None:
    dossier = monde.dossier("en_evaluation")
    un, deux = monde.personne("evaluateur"), monde.personne("evaluateur")
    monde.affecter(dossier, un, "rendue")
    monde.affecter(dossier, deux)
    ouvrir(monde, dossier, "evaluation", "2026-04-01 10:00", "2026-04-19 23:59:59", identifiant(deux))
    (ligne,) = lignes(monde)
    assert (ligne.qui, ligne.retard) == ((deux.nom_complet,), 1)
    assert lignes(monde, courriel=un.courriel) == []
    assert lignes(monde, courriel=deux.courriel.upper()) == [ligne]
    autre = monde.dossier("en_evaluation")
    monde.affecter(autre, un, "rendue")
    assert [a.quoi for a in lignes(monde, role="systeme")] == [
        "Remplacer un évaluateur qui a un intérêt dans le dossier, demander une évaluation supplémentaire "
        "ou arrêter la note"
    ]


def test_a_final_dossier_owes_only_what_can_still_be_done(monde_leger: Monde) -> None:
    rejete, abandonne = monde_leger.dossier("irrecevable"), monde_leger.dossier("abandonne")
    ouvrir(monde_leger, rejete, "pieces", "2026-03-28 10:00", "2026-04-18 23:59:59")
    ouvrir(monde_leger, abandonne, "reversement_etude", "2026-03-28 10:00", "2026-05-18 23:59:59")
    (ligne,) = lignes(monde_leger)
    assert (ligne.numero, ligne.quoi) == (abandonne.numero, "Reversement du trop-perçu sur l’aide à l’étude")


def test_nobody_to_ask_is_said(monde_leger: Monde) -> None:
    monde_leger.dossier("ajourne")
    (ligne,) = lignes(monde_leger)
    assert ligne.noms == "le porteur (personne d'habilité)"
    assert [resume.nom for resume in resumer([ligne])] == ["Le porteur (personne d'habilité)"]


def test_a_reclamation_is_named_with_its_dossier(monde: Monde) -> None:
    dossier = monde.dossier("clos")
    reclamation = Reclamation(
        campagne_id=dossier.campagne_id,
        dossier_id=identifiant(dossier),
        auteur_id=identifiant(monde.contact),
        objet="Montant",
        texte="Je conteste.",
        recue_le=MIDI,
        etat="recue",
        version=1,
        etat_depuis=le("2026-04-18 10:00"),
    )
    monde.session.add(reclamation)
    monde.session.flush()
    (ligne,) = lignes(monde)
    assert ligne.numero == f"{dossier.numero}, réclamation n° {reclamation.id}"
    assert (ligne.quoi, ligne.jours) == ("Répondre à la réclamation", 2)


def test_the_latest_come_first_then_the_nearest_dates_then_the_longest_waits(monde: Monde) -> None:
    for numero, due in (("B", "2026-04-25 23:59:59"), ("A", "2026-04-10 23:59:59"), ("C", "2026-04-15 23:59:59")):
        dossier = monde.dossier("a_completer", numero=numero)
        monde.habiliter(monde.contact, "porteur", dossier=dossier)
        ouvrir(monde, dossier, "pieces", "2026-03-28 10:00", due)
    monde.dossier("recevable", numero="D", etat_depuis=le("2026-04-10 09:00"))
    monde.dossier("recevable", numero="E", etat_depuis=le("2026-04-01 09:00"))
    assert [ligne.numero for ligne in lignes(monde)] == ["A", "C", "B", "E", "D"]
    assert [(r.nom, r.nombre, r.en_retard, r.retard_max, r.jours_max) for r in resumer(lignes(monde))] == [
        ("Alix Porteur", 3, 2, 10, 23),
        ("Noa Agent", 2, 0, 0, 19),
    ]
    assert [ligne.numero for ligne in lignes(monde, role="agent")] == ["E", "D"]
    assert lignes(monde, courriel="alix@example.org") == lignes(monde, role="porteur")


@pytest.mark.parametrize("titre", ["=1+1", "Projet « A » ; B", "Deux\nlignes"])
def test_the_csv_is_inert_and_reads_back(monde_leger: Monde, titre: str) -> None:
    monde_leger.dossier("recevable", titre=titre, numero="ES26-1")
    contenu = en_csv(lignes(monde_leger))
    assert contenu.startswith(b"\xef\xbb\xbf")
    entete, ligne = csv.reader(io.StringIO(contenu.decode("utf-8-sig"), newline=""), delimiter=";")
    assert entete == list(COLONNES)
    assert dict(zip(entete, ligne, strict=True))["Projet"] == (f"'{titre}" if titre.startswith("=") else titre)
    assert dict(zip(entete, ligne, strict=True))["De qui"] == "Noa Agent"
