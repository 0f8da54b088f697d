"""The past of a dossier in words: who did what, from where to where, and what the engine found when it decided."""

import pytest
from sqlmodel import col, select

from ami.agir import agir, avancer
from ami.journal import verifier
from ami.models import ConstatLigne, JournalDetail, Personne, Reclamation
from ami.passe import Etape, passe
from ami.pourquoi import pourquoi
from ami.regards import OPERATEUR
from ami.reglements import reglement_de
from ami.sujets import Acteur, Sujet, charger_sujet
from tests.usecases.candidature import deposer
from tests.usecases.monde import JOUR, Monde, le


def etapes(monde: Monde, sujet: Sujet) -> tuple[Etape, ...]:
    return passe(monde.session, OPERATEUR, charger_sujet(monde.session, sujet))


def reclamer(monde: Monde, sujet: Sujet) -> Sujet:
    donnees = {"objet": "Le plafond", "texte": "Je conteste ce calcul.", "dossier": sujet.id}
    acteur = Acteur("porteur", monde.contact.id)
    return agir(
        monde.session, "reclamer", None, donnees, acteur=acteur, maintenant=JOUR, campagne_id=monde.campagne.id
    ).sujet


def test_each_line_says_when_what_by_whom_from_where_to_where(monde: Monde) -> None:
    sujet = deposer(monde, aide="6000.00")
    avancer(monde.session, sujet, le("2026-03-31 08:00"))
    ouverture, depot, refus = etapes(monde, sujet)
    assert (ouverture.transition, ouverture.de, ouverture.vers) == (
        "Ouvrir un dossier de candidature",
        None,
        "Brouillon",
    )
    assert (depot.auteur, depot.role, depot.automatique, depot.instant) == ("Alix Porteur", "porteur", False, JOUR)
    assert (depot.de, depot.vers) == ("Brouillon", "Candidature déposée")
    assert (refus.transition, refus.auteur, refus.role) == ("Déclarer irrecevable", None, "systeme")
    assert refus.automatique
    assert refus.avance


def test_an_automatic_decision_shows_value_threshold_and_article(monde_leger: Monde) -> None:
    sujet = deposer(monde_leger, aide="6000.00")
    avancer(monde_leger.session, sujet, JOUR)
    plafond, _ = etapes(monde_leger, sujet)[-1].constats
    assert not plafond.satisfait
    assert (" ".join(plafond.valeur.split()), " ".join(plafond.seuil.split())) == ("6 000,00 €", "5 000,00 €")
    assert plafond.article == "art. 6.1"
    assert " ".join(plafond.raison.split()) == "L’aide demandée (6 000,00 €) dépasse le plafond de 5 000,00 €."


def test_the_reason_a_person_gave_is_shown_as_long_as_it_is_kept(monde: Monde) -> None:
    sujet = deposer(monde)
    agent = Acteur("agent", monde.agent.id)
    decision = {"decision": "irrecevable", "motif": "Le projet est hors du quartier."}
    agir(monde.session, "instruire", sujet, decision, acteur=agent, maintenant=JOUR)
    assert etapes(monde, sujet)[-1].motif == "Le projet est hors du quartier."
    for detail in monde.session.exec(select(JournalDetail).where(JournalDetail.sujet_id == sujet.id)):
        monde.session.delete(detail)
    monde.session.flush()
    derniere = etapes(monde, sujet)[-1]
    assert (derniere.motif, derniere.auteur) == ("", "Noa Agent")


def test_what_the_reglement_no_longer_names_is_shown_as_it_was_written(
    monde_leger: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    sujet = deposer(monde_leger)
    epingle = reglement_de(monde_leger.session, monde_leger.campagne.id or 0)
    workflow = epingle.reglement.workflow("dossier")
    monkeypatch.delitem(workflow.transition_par_code, "deposer_candidature")
    monkeypatch.delitem(workflow.etat_par_code, "brouillon")
    depot = etapes(monde_leger, sujet)[-1]
    assert (depot.transition, depot.de, depot.vers) == ("deposer_candidature", "brouillon", "Candidature déposée")


def test_a_reclamation_has_its_own_past_and_its_own_present(monde: Monde) -> None:
    sujet = deposer(monde, aide="6000.00")
    avancer(monde.session, sujet, JOUR)
    reclamation = reclamer(monde, sujet)
    explication = pourquoi(monde.session, OPERATEUR, charger_sujet(monde.session, reclamation), le("2026-04-03 12:00"))
    ligne = monde.session.get_one(Reclamation, reclamation.id)
    assert explication.numero == f"ES26-0001, réclamation n° {ligne.id}"
    assert (explication.titre, explication.etat, explication.depuis_jours) == ("Le plafond", "Réclamation reçue", 4)
    assert [e.libelle for e in explication.echeances] == ["Réponse à la réclamation"]
    assert [sortie.libelle for sortie in explication.sorties] == ["Répondre à la réclamation"]
    assert [etape.transition for etape in etapes(monde, reclamation)] == ["Déposer une réclamation"]
    dossier = pourquoi(monde.session, OPERATEUR, charger_sujet(monde.session, sujet), JOUR)
    assert dossier.reclamations == (f"reclamation:{ligne.id} « Le plafond », réclamation reçue",)


def test_reading_the_past_changes_nothing(monde: Monde) -> None:
    sujet = deposer(monde, aide="6000.00")
    avancer(monde.session, sujet, JOUR)
    monde.session.commit()
    avant = monde.session.exec(select(ConstatLigne).order_by(col(ConstatLigne.id))).all()
    etapes(monde, sujet)
    assert not monde.session.new
    assert not monde.session.dirty
    assert monde.session.exec(select(ConstatLigne).order_by(col(ConstatLigne.id))).all() == avant
    assert verifier(monde.session) == []
    assert monde.session.get_one(Personne, monde.contact.id).nom == "Porteur"
