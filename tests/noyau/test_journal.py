"""Fault 38: whoever rewrites the past is named, by the chain or by the seal kept outside."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from ami import journal
from ami.journal import Anomalie, verifier
from ami.models import Journal, JournalDetail
from ami.sceaux import ecrire_sceau, lire_sceau, lire_sceaux, sceller, verifier_sceaux
from tests.noyau.conftest import JOUR, Lieu
from tests.support.parcours import mener_jusqu_a


@pytest.fixture
def scelle(lieu: Lieu, tmp_path: Path) -> Path:
    """Two dossiers walked and sealed; gives the folder of the seals."""
    mener_jusqu_a(lieu.marche(), "Un", "recevable")
    mener_jusqu_a(lieu.marche(), "Deux", "retenu_etude")
    sceaux = tmp_path / "sceaux"
    with Session(lieu.engine) as session:
        resultat = sceller(session, JOUR)
        assert resultat is not None
        ecrire_sceau(sceaux, resultat)
        session.commit()
    return sceaux


def falsifier(engine: Engine, *ordres: str) -> None:
    """What a person with the database's own keys can do: drop the triggers, then write."""
    with engine.begin() as connexion:
        if connexion.dialect.name == "postgresql":
            connexion.execute(text("SET session_replication_role = replica"))
        else:
            noms = connexion.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for nom in noms:
                connexion.execute(text(f"DROP TRIGGER {nom}"))
        for ordre in ordres:
            connexion.execute(text(ordre))


def anomalies(engine: Engine, sceaux: Path) -> list[Anomalie]:
    with Session(engine) as session:
        return verifier(session) + verifier_sceaux(session, lire_sceaux(sceaux))


def test_an_untouched_journal_has_nothing_to_say(lieu: Lieu, scelle: Path) -> None:
    assert anomalies(lieu.engine, scelle) == []


def test_lines_written_before_warnings_were_digested_are_still_verified(
    lieu: Lieu, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as avant:
        avant.setattr(journal, "constats_en_json", lambda constats: [journal.sans_defaut(c) for c in constats])
        mener_jusqu_a(lieu.marche(), "Un", "recevable")
    with Session(lieu.engine) as session:
        assert verifier(session) == []
    falsifier(lieu.engine, "UPDATE constat SET satisfait = NOT satisfait WHERE sujet_id = 1")
    with Session(lieu.engine) as session:
        assert verifier(session)


@pytest.mark.parametrize("ordre", ["UPDATE journal SET vers = 'clos'", "DELETE FROM journal"])
def test_the_database_refuses_to_change_or_delete_a_line(lieu: Lieu, scelle: Path, ordre: str) -> None:
    with pytest.raises(DBAPIError), lieu.engine.begin() as connexion:
        connexion.execute(text(ordre))
    assert anomalies(lieu.engine, scelle) == []


FALSIFICATIONS: dict[str, tuple[list[str], Callable[[Anomalie], bool]]] = {
    "une ligne modifiée": (
        ["UPDATE journal SET acteur_id = 999 WHERE sujet_id = 1 AND seq = 2"],
        lambda a: (a.sujet, a.seq) == ("dossier:1", 2) and "modifiée" in a.raison,
    ),
    "une ligne du milieu retirée": (
        ["DELETE FROM journal WHERE sujet_id = 2 AND seq = 2"],
        lambda a: a.sujet == "dossier:2" and "retirée" in a.raison,
    ),
    "la fin coupée": (
        ["DELETE FROM journal WHERE sujet_id = 2 AND seq = 4"],
        lambda a: a.sujet == "dossier:2" and "s'arrête ici" in a.raison,
    ),
    "les données d'un acte changées": (
        ['UPDATE journal_detail SET donnees = \'{"montant_accorde": "9000.00"}\' WHERE sujet_id = 2 AND seq = 4'],
        lambda a: (a.sujet, a.seq) == ("dossier:2", 4) and "empreinte" in a.raison,
    ),
    "un constat réécrit": (
        ["UPDATE constat SET raison = 'tout va bien', satisfait = true WHERE sujet_id = 2 AND seq = 4"],
        lambda a: (a.sujet, a.seq) == ("dossier:2", 4) and "constats" in a.raison,
    ),
    "un refus changé en simple signalement": (
        ["UPDATE constat SET defaut = 'avertissement' WHERE sujet_id = 2 AND seq = 4"],
        lambda a: (a.sujet, a.seq) == ("dossier:2", 4) and "constats" in a.raison,
    ),
    "un constat retiré": (
        ["DELETE FROM constat WHERE sujet_id = 2 AND seq = 4"],
        lambda a: (a.sujet, a.seq) == ("dossier:2", 4) and "constats" in a.raison,
    ),
    "le sceau de la base réécrit": (
        ["UPDATE sceau SET racine = '0000', nombre = 99"],
        lambda a: a.sujet.startswith("sceau du") and "même chose" in a.raison,
    ),
    "l'état changé hors de la porte": (
        ["UPDATE dossier SET etat = 'clos' WHERE id = 1"],
        lambda a: a.sujet == "dossier:1" and "clos" in a.raison,
    ),
}


@pytest.mark.parametrize("nom", FALSIFICATIONS)
def test_the_first_bad_line_is_named(lieu: Lieu, scelle: Path, nom: str) -> None:
    ordres, attendue = FALSIFICATIONS[nom]
    falsifier(lieu.engine, *ordres)
    trouvees = anomalies(lieu.engine, scelle)
    assert trouvees
    assert attendue(trouvees[0])


def test_a_tail_cut_together_with_the_dossier_is_seen_by_the_seal_alone(lieu: Lieu, scelle: Path) -> None:
    with Session(lieu.engine) as session:
        avant = session.exec(select(Journal).where(Journal.sujet_id == 2, Journal.seq == 3)).one()
        etat = avant.vers
    falsifier(
        lieu.engine,
        "DELETE FROM journal WHERE sujet_id = 2 AND seq = 4",
        "DELETE FROM journal_detail WHERE sujet_id = 2 AND seq = 4",
        f"UPDATE dossier SET etat = '{etat}', version = 3 WHERE id = 2",
    )
    with Session(lieu.engine) as session:
        assert verifier(session) == []
        par_sceau = verifier_sceaux(session, lire_sceaux(scelle))
    assert [(a.sujet, a.seq) for a in par_sceau] == [("dossier:2", 4)]
    assert "disparu" in par_sceau[0].raison


def test_a_seal_file_that_was_edited_says_so(lieu: Lieu, scelle: Path) -> None:
    fichier = next(scelle.glob("*.json"))
    fichier.write_text(fichier.read_text(encoding="utf-8").replace('"dossier"', '"dossier2"', 1), encoding="utf-8")
    assert "modifié" in anomalies(lieu.engine, scelle)[0].raison


def test_a_seal_whose_file_is_gone_says_so(lieu: Lieu, scelle: Path) -> None:
    next(scelle.glob("*.json")).unlink()
    assert "disparu" in anomalies(lieu.engine, scelle)[0].raison


def test_a_seal_cut_before_its_commit_is_taken_up_as_it_was_told_to_the_outside(lieu: Lieu, tmp_path: Path) -> None:
    mener_jusqu_a(lieu.marche(), "Un", "recevable")
    sceaux = tmp_path / "sceaux"
    with Session(lieu.engine) as session:
        premier = sceller(session, JOUR)
        assert premier is not None
        ecrire_sceau(sceaux, premier)
        session.rollback()
    mener_jusqu_a(lieu.marche(), "Deux", "recevable")
    with Session(lieu.engine) as session:
        reprise = sceller(session, JOUR, lire_sceau(sceaux, premier["jour"]))
        assert reprise is not None
        assert reprise["racine"] == premier["racine"]
        session.commit()
    assert anomalies(lieu.engine, sceaux) == []


def test_the_day_is_sealed_once(lieu: Lieu, scelle: Path) -> None:
    with Session(lieu.engine) as session:
        assert sceller(session, JOUR) is None


def test_erasing_the_data_of_acts_leaves_the_chain_valid(lieu: Lieu, scelle: Path) -> None:
    with Session(lieu.engine) as session:
        for detail in session.exec(select(JournalDetail)):
            session.delete(detail)
        session.commit()
    assert anomalies(lieu.engine, scelle) == []
