"""The ledgers: every movement, balanced to the centime with the counters, and nothing written when they are not."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from ami import argent
from ami.candidats import lire_donnees
from ami.comptes import comptes_de
from ami.erreurs import Refus
from ami.exports_comptes import exporter_comptes
from ami.models import Campagne, Convention, Dossier, Enveloppe, Liberation, Structure
from ami.regards import OPERATEUR
from ami.sujets import identifiant

from .campagne_choisie import ajouter_dossier, planter_choix

JOUR = datetime(2026, 12, 1, 9, tzinfo=UTC)
NATURE = "aide_projet"


def le_dossier(session: Session, numero: str) -> Dossier:
    return session.exec(select(Dossier).where(Dossier.numero == numero)).one()


def vivre(session: Session) -> Campagne:
    """Two aids that may draw on both enveloppes: one does, is paid, then partly given back; one is given up."""
    campagne = planter_choix(session)
    un, deux = (le_dossier(session, f"CH26-000{n}") for n in (3, 4))
    jours = (JOUR + timedelta(days=n) for n in range(9))
    argent.engager(session, un, NATURE, Decimal("30000.01"), next(jours))
    argent.engager(session, deux, NATURE, Decimal("70000.00"), next(jours))
    argent.ordonner_versement(session, un, NATURE, Decimal("20000.01"), motif="acompte", maintenant=next(jours))
    argent.demander_reversement(session, un, NATURE, Decimal("0.50"))
    un.version = 2
    argent.constater_reversement(session, un, NATURE, next(jours))
    argent.liberer(session, un, NATURE, Decimal("3.33"), next(jours))
    argent.liberer(session, un, NATURE, None, next(jours))
    argent.liberer(session, deux, NATURE, None, next(jours))
    convention = Convention(
        dossier_id=identifiant(un),
        nature=NATURE,
        reference="=CONV-1",
        signee_le=JOUR.date(),
        montant=Decimal("30000.01"),
    )
    session.add(convention)
    session.flush()
    return campagne


@pytest.fixture
def campagne(session: Session) -> Campagne:
    return vivre(session)


def test_les_comptes_tombent_juste_et_se_suivent(session: Session, campagne: Campagne, tmp_path: Path) -> None:
    comptes = comptes_de(session, campagne)
    enveloppes = {e.montant: e for e in session.exec(select(Enveloppe)).all()}
    for compte in comptes:
        assert compte.disponible == compte.dote - enveloppes[compte.dote].engage_net
    assert sum(c.somme("Versement") for c in comptes) == Decimal("20000.01")
    assert sum(c.somme("Reversement") for c in comptes) == Decimal("0.50")
    premier = next(c for c in comptes if c.dote == Decimal(95_000))
    siens = [(e.genre, e.engage, e.verse) for e in premier.ecritures if e.dossier == "CH26-0003"]
    assert siens == [
        ("Engagement", Decimal("15000.01"), Decimal(0)),
        ("Versement", Decimal(0), Decimal("5000.01")),
        ("Reversement", Decimal(0), Decimal("-0.50")),
        ("Libération", Decimal("-3.33"), Decimal(0)),
        ("Libération", Decimal("-9997.17"), Decimal(0)),
    ]
    assert (premier.engages[-1], premier.verses[-1]) == (Decimal("4999.51"), Decimal("4999.51"))
    _les_fichiers_disent_de_meme(session, campagne, tmp_path)


def _les_fichiers_disent_de_meme(session: Session, campagne: Campagne, dossier: Path) -> None:
    classeur, texte = exporter_comptes(session, OPERATEUR, campagne, dossier, JOUR)
    lignes = list(csv.DictReader(io.StringIO(texte.read_text("utf-8-sig"), newline=""), delimiter=";"))
    assert {ligne["Convention"] for ligne in lignes} == {"'=CONV-1", ""}
    assert "90000,49" in {ligne["Disponible après"] for ligne in lignes}
    lu = openpyxl.load_workbook(classeur)
    assert lu.sheetnames == ["Récapitulatif", "1 Agence d'essai", "2 Région d'essai"]
    recap = [[c.value for c in rangee] for rangee in lu["Récapitulatif"].iter_rows(min_row=5, max_row=7)]
    assert recap[0][3:] == ["Doté", "Engagé", "Libéré", "Versé", "Reversé", "Versé net", "Disponible"]
    assert recap[1][3:] == [95000, 85000.01, 80000.5, 5000.01, 0.5, 4999.51, 90000.49]
    assert recap[2][3:] == [15000, 15000, 0, 15000, 0, 15000, 0]
    assert exporter_comptes(session, OPERATEUR, campagne, dossier / "b", JOUR)[0].read_bytes() == classeur.read_bytes()


def test_un_centime_perdu_est_nomme_et_rien_n_est_ecrit(session: Session, campagne: Campagne, tmp_path: Path) -> None:
    perdue = session.exec(select(Liberation).where(Liberation.montant == Decimal("3.33"))).one()
    perdue.montant = Decimal("3.32")
    session.add(perdue)
    session.flush()
    with pytest.raises(Refus, match=r"CH26-0003, libéré : 10.000,49.€ par les mouvements, 10.000,50.€ au compteur"):
        exporter_comptes(session, OPERATEUR, campagne, tmp_path / "rien", JOUR)
    assert not (tmp_path / "rien").exists()


def test_le_compteur_d_une_enveloppe_ne_s_ecarte_pas_de_ses_mouvements(session: Session, campagne: Campagne) -> None:
    enveloppe = session.exec(select(Enveloppe).where(Enveloppe.montant == Decimal(95_000))).one()
    enveloppe.engage_net += Decimal("0.01")
    session.flush()
    with pytest.raises(Refus, match=r"d'essai : 4.999,51.€ par les mouvements, 4.999,52.€ au compteur"):
        comptes_de(session, campagne)


def test_dix_fois_plus_de_dossiers_ne_font_pas_une_requete_de_plus(engine_sqlite: Engine) -> None:
    requetes: list[str] = []
    event.listen(engine_sqlite, "before_cursor_execute", lambda *appel: requetes.append(appel[2]))

    def combien(lire: Callable[[], object]) -> int:
        session.expire_all()
        requetes.clear()
        lire()
        return len(requetes)

    with Session(engine_sqlite, expire_on_commit=False) as session:
        campagne = vivre(session)
        lectures = (lambda: lire_donnees(session, OPERATEUR, campagne, JOUR), lambda: comptes_de(session, campagne))
        avant = [combien(lire) for lire in lectures]
        porteur = session.exec(select(Structure.id).where(Structure.kind == "association")).first()
        for rang in range(10, 90):
            numero = f"CH26-00{rang}"
            ajouter_dossier(session, campagne, porteur or 0, (numero, "QP031001", "10.00", {}), {})
            argent.engager(session, le_dossier(session, numero), NATURE, Decimal("10.00"), JOUR)
        assert len(lire_donnees(session, OPERATEUR, campagne, JOUR).candidats) == 88
        assert [combien(lire) for lire in lectures] == avant
