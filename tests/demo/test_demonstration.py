"""A few dossiers of the demonstration played whole, without Prefect's processes: twice, and after an interruption."""

import io
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.balayage import balayer
from ami.database import session_ecriture, session_lecture
from ami.deploiements import lire_deploiements
from ami.exports import exporter_selection
from ami.models import Campagne, Comite, Courriel, DocumentEmis, Dossier, Journal, Vote
from ami.regards import OPERATEUR
from ami.registre import campagnes_ouvertes
from ami.relances import emettre_relances
from ami.scellement import sceller_jour
from ami.settings import Settings
from flows.demonstration.affichage import afficher_panne
from flows.demonstration.atelier import SMTP, Atelier, reglages
from flows.demonstration.boite import recus
from flows.demonstration.deroule import Passer
from flows.demonstration.histoire import Demonstration
from flows.demonstration.jouer import jouer
from flows.demonstration.lecture import lire
from flows.demonstration.serveur_courriel import ServeurCourriel
from notifications.dispatcher import Dispatcher

QUELQUES = ("jardins_empalot", "foix_centre", "colomiers", "bas_vernet_ancien", "veyrieres")


class Coupure(Exception):
    """The process that plays dies here."""


@pytest.fixture(scope="module")
def demonstration() -> Demonstration:
    return lire().reduite(QUELQUES)


@pytest.fixture
def atelier(tmp_path: Path) -> Atelier:
    return Atelier(tmp_path / "demo")


@pytest.fixture
def settings(atelier: Atelier) -> Iterator[Settings]:
    atelier.dossier.mkdir()
    with ServeurCourriel(atelier.boite, SMTP) as serveur:
        yield reglages(atelier, serveur.port)


def sans_prefect(engine: Engine, settings: Settings, *, coupure: int | None = None) -> Passer:
    """The work of each flow, called as its flow calls it, on each open campagne; dies at the `coupure`th call."""
    phases = {d.name: d.parameters.get("phase") for d in lire_deploiements(settings.deploiements)}
    appels = iter(range(1, 1000))

    def passer(nom: str, quand: datetime) -> None:
        with session_lecture(engine) as session:
            campagnes = campagnes_ouvertes(session, quand)
        phase = phases[nom]
        for campagne in campagnes:
            if phase is not None:
                balayer(engine, campagne, phase, quand)
            if nom in {"relances", "scoring"}:
                with session_ecriture(engine) as session:
                    emettre_relances(session, campagne, quand)
                    session.commit()
        if next(appels) == coupure:
            raise Coupure
        _passer_autre(engine, settings, campagnes, nom, quand)

    return passer


def _passer_autre(engine: Engine, settings: Settings, campagnes: list[Campagne], nom: str, quand: datetime) -> None:
    match nom:
        case "courriels":
            reglages_courriel = settings.reglages_courriel()
            Dispatcher(engine, reglages_courriel, lambda: datetime.now(UTC), random.Random(1)).passer(quand)
        case "exports":
            for campagne in campagnes:
                with session_lecture(engine) as session:
                    exporter_selection(session, OPERATEUR, campagne, settings.dossier_exports, quand)
        case "sceau":
            with session_ecriture(engine) as session:
                sceller_jour(session, settings, quand)
                session.commit()


def _jouer(
    engine: Engine, settings: Settings, demonstration: Demonstration, atelier: Atelier, coupure: int | None = None
) -> tuple[int, str]:
    ecran = io.StringIO()
    passer = sans_prefect(engine, settings, coupure=coupure)
    code = jouer(engine, demonstration, atelier, passer, Console(file=ecran, width=80))
    return code, ecran.getvalue()


def _photo(engine: Engine, atelier: Atelier) -> dict[str, object]:
    """Everything that must not change when nothing happens."""
    with Session(engine) as session:
        return {
            "dossiers": {d.numero: (d.etat, d.version) for d in session.exec(select(Dossier))},
            "journal": Counter((j.sujet_kind, j.sujet_id, j.transition) for j in session.exec(select(Journal))),
            "courriels": Counter((c.clef, c.etat) for c in session.exec(select(Courriel))),
            "reçus": recus(atelier.boite),
            "séances": Counter((c.code, *c.presents) for c in session.exec(select(Comite))),
            "voix": Counter((v.comite_id, v.dossier_id, v.membre, v.sens) for v in session.exec(select(Vote))),
            "papiers": Counter((d.genre, d.reference, d.signe_empreinte) for d in session.exec(select(DocumentEmis))),
        }


@pytest.mark.lent
def test_jouee_deux_fois_elle_finit_pareil_et_n_ecrit_personne_deux_fois(
    engine: Engine, settings: Settings, demonstration: Demonstration, atelier: Atelier
) -> None:
    code, ecran = _jouer(engine, settings, demonstration, atelier)
    assert code == 0, ecran
    premiere = _photo(engine, atelier)
    assert all(premiere.values())

    code, ecran = _jouer(engine, settings, demonstration, atelier)

    assert code == 0, ecran
    assert _photo(engine, atelier) == premiere
    assert "0 actes faits, 0 gestes de l'équipe" in ecran
    assert "recalculée depuis ce seul fichier : identique" in ecran


@pytest.mark.lent
def test_interrompue_puis_reprise_elle_finit_comme_si_de_rien_n_etait(
    engine_sqlite: Engine, settings: Settings, demonstration: Demonstration, atelier: Atelier
) -> None:
    with pytest.raises(Coupure):
        _jouer(engine_sqlite, settings, demonstration, atelier, coupure=30)

    code, ecran = _jouer(engine_sqlite, settings, demonstration, atelier)

    assert code == 0, ecran
    assert max(recus(atelier.boite).values()) == 1


def test_une_issue_qui_differe_est_dite_et_fait_echouer(
    engine_sqlite: Engine, settings: Settings, demonstration: Demonstration, atelier: Atelier
) -> None:
    (recit,) = demonstration.reduite(["foix_centre"]).recits
    fausse = recit.dossiers[0].model_copy(update={"attendu": "laureat"})
    faussee = Demonstration(recits=[recit.model_copy(update={"dossiers": [fausse]})])

    code, ecran = _jouer(engine_sqlite, settings, faussee, atelier)

    assert code == 1
    assert "« irrecevable » au lieu de « laureat »" in " ".join(ecran.split())


def test_un_courriel_perdu_par_le_serveur_est_dit(
    engine_sqlite: Engine, settings: Settings, demonstration: Demonstration, atelier: Atelier
) -> None:
    courte = demonstration.reduite(["foix_centre"])
    _jouer(engine_sqlite, settings, courte, atelier)
    next((atelier.boite / "new").iterdir()).unlink()

    code, ecran = _jouer(engine_sqlite, settings, courte, atelier)

    assert code == 1
    assert "mais reçu 0 fois" in " ".join(ecran.split())


def test_ce_qui_arrete_la_demonstration_est_dit_en_une_phrase_et_le_detail_garde(atelier: Atelier) -> None:
    atelier.dossier.mkdir()
    ecran = io.StringIO()

    try:
        raise ConnectionError("connexion refusée [7]")
    except ConnectionError as erreur:
        afficher_panne(Console(file=ecran, width=80), atelier, erreur)

    assert "connexion refusée [7]" in ecran.getvalue()
    assert "elle reprendra" in ecran.getvalue()
    assert "Traceback" not in ecran.getvalue()
    assert "Traceback" in atelier.panne.read_text("utf-8")
