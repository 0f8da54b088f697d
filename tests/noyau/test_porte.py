"""The door refuses what the file does not declare, moves all or nothing, and lets one of two rivals through."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, func, select

from ami.agir import agir
from ami.database import session_ecriture
from ami.erreurs import ConflitDeVersion, DonneesInvalides, Introuvable, Refus
from ami.guichet import faire
from ami.journal import verifier
from ami.models import Comite, Courriel, Dossier, Echeance, Engagement, Journal, Reclamation
from ami.models import Refus as LigneRefus
from ami.sujets import SYSTEME, Acteur, Sujet
from ami.workflow import move
from notifications.catalogue import FaitManquant
from rules.chargement import charger
from rules.table import couples_non_declares, transitions_non_declarees
from tests.noyau.conftest import JOUR, REGLEMENT, Lieu, ouvrir
from tests.support.parcours import mener_jusqu_a

CHARGE = charger(REGLEMENT)
KINDS = sorted(CHARGE.reglement.sujets)


def compte(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def photo(engine: Engine) -> dict[str, object]:
    """Everything a move may change."""
    with Session(engine) as session:
        lignes = {table.__name__: compte(session, table) for table in (Journal, Courriel, Echeance, Engagement)}
        etats = sorted((d.numero, d.etat, d.version) for d in session.exec(select(Dossier)))
        return {**lignes, "etats": etats}


def poser(session: Session, lieu: Lieu, kind: str, etat: str | None) -> Sujet:
    """A sujet put in an état from outside, as no code of the product can."""
    dossier = session.exec(select(Dossier)).first()
    if dossier is None:
        dossier = Dossier(campagne_id=lieu.campagne_id, numero="HP26-T", titre="Essai", cree_le=JOUR)
        session.add(dossier)
        session.flush()
    sujet_id = dossier.id or 0
    if kind == "reclamation":
        reclamation = session.exec(select(Reclamation)).first() or Reclamation(
            campagne_id=lieu.campagne_id,
            dossier_id=sujet_id,
            auteur_id=lieu.personnes["porteur"],
            objet="Essai",
            texte="Essai",
            recue_le=JOUR,
        )
        session.add(reclamation)
        session.flush()
        sujet_id = reclamation.id or 0
    version = 0 if etat is None else 1
    session.execute(
        text(f"UPDATE {kind} SET etat = :etat, version = :version WHERE id = :id"),
        {"etat": etat, "version": version, "id": sujet_id},
    )
    return Sujet(kind, sujet_id)


def interdits() -> Iterator[tuple[str, str | None, str]]:
    for kind in KINDS:
        for etat, transition in transitions_non_declarees(CHARGE.reglement, kind):
            yield kind, etat, transition


def test_every_transition_not_declared_from_an_etat_is_refused(lieu: Lieu) -> None:
    """The table is generated from the file: a new transition is covered the day it is written."""
    passes = []
    with Session(lieu.engine) as session:
        for kind, etat, code in interdits():
            sujet = poser(session, lieu, kind, etat)
            regle = CHARGE.reglement.workflow(kind).transition_par_code[code]
            acteur = SYSTEME if regle.automatique else Acteur(regle.roles[0], lieu.personnes["agent"])
            version = 0 if etat is None else 1
            with pytest.raises(Refus) as refus:
                move(session, sujet, code, acteur=acteur, maintenant=JOUR, version_vue=version)
            assert refus.value.hors_sequence
            passes.append((kind, etat, code))
        assert compte(session, Journal) == 0
    assert len(passes) > 1000


def test_every_act_not_declared_from_an_etat_is_refused_before_its_facts_are_written(lieu: Lieu) -> None:
    with Session(lieu.engine) as session:
        for kind in KINDS:
            for etat, acte in couples_non_declares(CHARGE.reglement, kind):
                sujet = poser(session, lieu, kind, etat)
                with pytest.raises((Refus, DonneesInvalides, Introuvable)):
                    agir(session, acte, sujet, {}, acteur=Acteur("agent", lieu.personnes["agent"]), maintenant=JOUR)
        assert compte(session, Journal) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_role_the_file_does_not_name_is_refused(lieu: Lieu, kind: str) -> None:
    roles = {"porteur", "accompagnateur", "agent", "evaluateur", "membre_comite", "financeur", "systeme"}
    with Session(lieu.engine) as session:
        for transition in CHARGE.reglement.workflow(kind).transitions:
            admis = {"systeme"} if transition.automatique else set(transition.roles)
            depart = transition.de[0] if transition.de else None
            for role in sorted(roles - admis):
                sujet = poser(session, lieu, kind, depart)
                with pytest.raises(Refus, match="rôle"):
                    move(
                        session,
                        sujet,
                        transition.code,
                        acteur=Acteur(role, lieu.personnes["agent"]),
                        maintenant=JOUR,
                        version_vue=1 if depart else 0,
                    )


def test_a_refused_act_leaves_nothing_but_its_refusal(lieu: Lieu) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    avant = photo(lieu.engine)
    with pytest.raises(Refus):
        faire(lieu.engine, "notifier", sujet, {}, acteur=Acteur("agent", lieu.personnes["agent"]), maintenant=JOUR)
    assert photo(lieu.engine) == avant
    with Session(lieu.engine) as session:
        refus = session.exec(select(LigneRefus)).one()
        assert (refus.acte, refus.sujet_id, refus.acteur_role) == ("notifier", sujet.id, "agent")
        assert "Brouillon" in refus.raison


def test_someone_elses_dossier_does_not_exist_and_the_attempt_is_kept(lieu: Lieu) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    intrus = Acteur("porteur", lieu.personnes["evaluateur1"])
    with pytest.raises(Introuvable) as ici:
        faire(lieu.engine, "abandonner", sujet, {"motif": "Je sabote"}, acteur=intrus, maintenant=JOUR)
    with pytest.raises(Introuvable) as ailleurs:
        faire(lieu.engine, "abandonner", Sujet("dossier", 999), {"motif": "?"}, acteur=intrus, maintenant=JOUR)
    assert "accessible" in ici.value.message
    assert ailleurs.value.message == ici.value.message
    with Session(lieu.engine) as session:
        assert compte(session, LigneRefus) == 2


def test_the_same_clef_twice_makes_one_act_and_returns_the_first(lieu: Lieu) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    agent = Acteur("agent", lieu.personnes["agent"])
    premier = faire(lieu.engine, "abandonner", sujet, {"motif": "Fin"}, acteur=agent, maintenant=JOUR, clef="a1")
    avant = photo(lieu.engine)
    second = faire(
        lieu.engine,
        "abandonner",
        sujet,
        {"motif": "Fin"},
        acteur=agent,
        maintenant=JOUR + timedelta(hours=1),
        clef="a1",
    )
    assert second == premier
    assert second.rejoue
    assert photo(lieu.engine) == avant


def test_a_clef_used_for_another_dossier_is_refused(lieu: Lieu) -> None:
    un = mener_jusqu_a(lieu.marche(), "Un", "brouillon")
    deux = mener_jusqu_a(lieu.marche(), "Deux", "brouillon")
    agent = Acteur("agent", lieu.personnes["agent"])
    faire(lieu.engine, "abandonner", un, {"motif": "Fin"}, acteur=agent, maintenant=JOUR, clef="a1")
    with pytest.raises(DonneesInvalides, match="clef"):
        faire(lieu.engine, "abandonner", deux, {"motif": "Fin"}, acteur=agent, maintenant=JOUR, clef="a1")


def test_a_clef_answers_only_the_same_act_by_the_same_person(lieu: Lieu) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Un", "brouillon")
    agent = Acteur("agent", lieu.personnes["agent"])
    faire(lieu.engine, "abandonner", sujet, {"motif": "Fin"}, acteur=agent, maintenant=JOUR, clef="a1")
    autres: list[tuple[str, Sujet | None, dict[str, object], Acteur]] = [
        ("abandonner", sujet, {"motif": "Fin"}, Acteur("porteur", lieu.personnes["porteur"])),
        ("abandonner", sujet, {"motif": "Fin"}, Acteur("agent", 999)),
        ("notifier", sujet, {}, agent),
        ("ouvrir_dossier", None, {"titre": "Autre", "porteur": 1, "contact": lieu.personnes["porteur"]}, agent),
    ]
    for acte, cible, donnees, acteur in autres:
        with pytest.raises(DonneesInvalides, match="clef") as refus:
            faire(
                lieu.engine,
                acte,
                cible,
                donnees,
                acteur=acteur,
                maintenant=JOUR,
                campagne_id=lieu.campagne_id,
                clef="a1",
            )
        assert "HP26" not in refus.value.message


def test_two_dossiers_never_take_the_last_place_together(lieu: Lieu) -> None:
    """On PostgreSQL each transaction would see the place free without a lock on the campagne."""
    un = mener_jusqu_a(lieu.marche(), "Un", "delibere")
    deux = mener_jusqu_a(lieu.marche(), "Deux", "delibere")
    with lieu.engine.begin() as connexion:
        connexion.execute(text("UPDATE campagne SET places = 1"))
    agent = Acteur("agent", lieu.personnes["agent"])
    depart, issues = Barrier(2), []

    def notifier(sujet: Sujet) -> None:
        depart.wait()
        try:
            faire(lieu.engine, "notifier", sujet, {}, acteur=agent, maintenant=JOUR)
            issues.append("lauréat")
        except Refus as refus:
            issues.append(refus.message)

    fils = [Thread(target=notifier, args=(sujet,)) for sujet in (un, deux)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(issues)[1] == "lauréat"
    assert "places" in sorted(issues)[0]
    with Session(lieu.engine) as session:
        assert sorted(d.etat or "" for d in session.exec(select(Dossier))) == ["delibere", "laureat"]


def test_a_place_is_counted_after_the_campagne_is_held(engine_postgresql: Engine, tmp_path: Path) -> None:
    """The write skew itself: the second act starts while the first is not committed, and must see it once it is."""
    lieu = ouvrir(engine_postgresql, tmp_path / "pieces")
    un = mener_jusqu_a(lieu.marche(), "Un", "delibere")
    deux = mener_jusqu_a(lieu.marche(), "Deux", "delibere")
    with lieu.engine.begin() as connexion:
        connexion.execute(text("UPDATE campagne SET places = 1"))
    agent, issues = Acteur("agent", lieu.personnes["agent"]), []

    def second() -> None:
        try:
            faire(lieu.engine, "notifier", deux, {}, acteur=agent, maintenant=JOUR)
            issues.append("lauréat")
        except Refus as refus:
            issues.append(refus.message)

    fil = Thread(target=second)
    with session_ecriture(lieu.engine) as session:
        agir(session, "notifier", un, {}, acteur=agent, maintenant=JOUR)
        fil.start()
        fil.join(timeout=2)
        assert fil.is_alive(), "the second act did not wait for the first"
        session.commit()
    fil.join()
    assert "places" in issues[0]


def test_two_dossiers_never_get_the_same_rank(lieu: Lieu) -> None:
    un = mener_jusqu_a(lieu.marche(), "Un", "evalue")
    deux = mener_jusqu_a(lieu.marche(), "Deux", "evalue")
    agent = Acteur("agent", lieu.personnes["agent"])
    with Session(lieu.engine) as session:
        session.add(
            Comite(
                campagne_id=lieu.campagne_id,
                code="c1",
                tenue_le=JOUR,
                lieu="Paris",
                membres=["A", "B", "C"],
                presents=["A", "B", "C"],
            )
        )
        session.commit()
    choix = {"decision": "liste_complementaire", "rang": 1, "motif": "Bien", "montant_accorde": "1000.00"}
    depart, issues = Barrier(2), []

    def deliberer(sujet: Sujet) -> None:
        depart.wait()
        try:
            faire(lieu.engine, "deliberer", sujet, choix, acteur=agent, maintenant=JOUR)
            issues.append("rangé")
        except DonneesInvalides as erreur:
            issues.append(erreur.message)

    fils = [Thread(target=deliberer, args=(sujet,)) for sujet in (un, deux)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert "rangé" in issues
    assert any("déjà celui du dossier" in issue for issue in issues)


def test_of_two_people_acting_at_once_one_wins_and_the_other_is_told(lieu: Lieu) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    agent = Acteur("agent", lieu.personnes["agent"])
    depart, issues = Barrier(2), []

    def essayer(motif: str) -> None:
        depart.wait()
        try:
            faire(lieu.engine, "abandonner", sujet, {"motif": motif}, acteur=agent, maintenant=JOUR, version_vue=1)
            issues.append("fait")
        except ConflitDeVersion as erreur:
            issues.append(erreur.message)

    fils = [Thread(target=essayer, args=(f"Motif {n}",)) for n in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert len(issues) == 2
    assert issues.count("fait") == 1
    assert any("Relisez-le" in issue for issue in issues)
    with Session(lieu.engine) as session:
        lignes = session.exec(select(Journal).where(Journal.transition == "abandonner")).all()
        assert len(lignes) == 1
        assert session.exec(select(func.count()).where(Courriel.message == "abandon")).one() == 3


def test_a_version_already_passed_is_a_conflict(lieu: Lieu) -> None:
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "recevable")
    agent = Acteur("agent", lieu.personnes["agent"])
    with pytest.raises(ConflitDeVersion, match="Relisez"):
        faire(lieu.engine, "abandonner", sujet, {"motif": "Fin"}, acteur=agent, maintenant=JOUR, version_vue=1)


def test_a_courriel_that_cannot_be_written_stops_the_move_before_anything(
    lieu: Lieu, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 28: a fact is missing for the message."""
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    avant = photo(lieu.engine)
    with session_ecriture(lieu.engine) as session:
        session.execute(text("UPDATE dossier SET titre = ''"))
        with pytest.raises(FaitManquant, match="dossier_titre"):
            agir(
                session,
                "abandonner",
                sujet,
                {"motif": "Fin"},
                acteur=Acteur("agent", lieu.personnes["agent"]),
                maintenant=JOUR,
            )
        session.rollback()
    assert photo(lieu.engine) == avant


def test_a_whole_walk_leaves_a_journal_that_verifies_and_money_that_balances(lieu: Lieu) -> None:
    mener_jusqu_a(lieu.marche(), "Essai", "clos")
    with Session(lieu.engine) as session:
        assert verifier(session) == []
        for engagement in session.exec(select(Engagement)):
            assert engagement.paye - engagement.reverse + engagement.libere == engagement.engage
