"""Open data of grants: read again by another reader, and a row that lacks something stops them all."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from ami.erreurs import Refus
from ami.exports_scdl import exporter_scdl
from ami.models import Avenant, Campagne, Convention, Structure
from ami.regards import OPERATEUR
from ami.scdl import COLONNES, defauts

from .campagne_choisie import SIRETS
from .test_comptes import vivre

# The fields of the published schema, in its order, and the pattern of a valid value.
JOUR = r"\d{4}-\d{2}-\d{2}"
SCHEMA = {
    "nomAttribuant": ".+",
    "idAttribuant": r"\d{14}",
    "dateConvention": JOUR,
    "referenceDecision": ".*",
    "nomBeneficiaire": ".+",
    "idBeneficiaire": r"\d{14}",
    "objet": ".{1,256}",
    "montant": r"\d+(\.\d+)?",
    "nature": "aide en numéraire|aide en nature|aide en numéraire;aide en nature|aide en nature;aide en numéraire",
    "conditionsVersement": ".{1,256}",
    "datesPeriodeVersement": rf"{JOUR}(/{JOUR})?",
    "idRAE": ".{0,5}",
    "notificationUE": "oui|non",
    "pourcentageSubvention": r"1(\.0+)?|0\.\d*[1-9]\d*",
}


def relire(octets: bytes) -> list[dict[str, str]]:
    """Another reader: every value against its pattern, every day a day, every SIRET with its key."""
    lignes = list(csv.DictReader(io.StringIO(octets.decode("utf-8"), newline="")))
    for ligne in lignes:
        assert list(ligne) == list(SCHEMA)
        for nom, motif in SCHEMA.items():
            assert re.fullmatch(motif, ligne[nom]), (nom, ligne[nom])
        for jour in (ligne["dateConvention"], *ligne["datesPeriodeVersement"].split("/")):
            date.fromisoformat(jour)
        for siret in (ligne["idAttribuant"], ligne["idBeneficiaire"]):
            doubles = [int(c) * (2 - rang % 2) for rang, c in enumerate(siret)]
            assert sum(d - 9 * (d > 9) for d in doubles) % 10 == 0, siret
    return lignes


@pytest.fixture
def campagne(session: Session) -> Campagne:
    return vivre(session)


def test_une_convention_de_deux_financeurs_donne_deux_lignes_qui_font_son_montant(
    session: Session, campagne: Campagne, tmp_path: Path
) -> None:
    with pytest.raises(Refus, match="=CONV-1 : la fin des versements n'est pas connue"):
        exporter_scdl(session, OPERATEUR, campagne, tmp_path / "s.csv", seuil=Decimal(23000))
    assert not (tmp_path / "s.csv").exists()
    campagne.fin = campagne.cloture.replace(year=2028)
    assert exporter_scdl(session, OPERATEUR, campagne, tmp_path / "s.csv", seuil=Decimal(23000)) == 2
    lignes = relire((tmp_path / "s.csv").read_bytes())
    assert [(n["nomAttribuant"], n["idAttribuant"], n["montant"]) for n in lignes] == [
        ("Agence d'essai", SIRETS[0], "15000.01"),
        ("Région d'essai", SIRETS[1], "15000.00"),
    ]
    assert {n["datesPeriodeVersement"] for n in lignes} == {"2026-12-01/2028-06-01"}
    assert {n["conditionsVersement"] for n in lignes} == {"unique"}  # one payment made, none foreseen by this règlement
    assert exporter_scdl(session, OPERATEUR, campagne, tmp_path / "s.csv", seuil=Decimal("30000.01")) == 0
    assert exporter_scdl(session, OPERATEUR, campagne, tmp_path / "s.csv", seuil=None) == 2
    # Of two avenants the last recorded stands, whatever day an older base says it was signed.
    convention = session.exec(select(Convention)).one()
    commun: dict[str, Any] = {"dossier_id": convention.dossier_id, "nature": convention.nature, "motif": "x"}
    for jour, montant in ((10, "10000.00"), (5, "30000.01")):
        session.add(
            Avenant(
                **commun,
                reference=f"AV-{jour}",
                signe_le=date(2026, 12, jour),
                montant=Decimal(montant),
                fin=date(2029, 1, jour),
            )
        )
        session.flush()
    assert exporter_scdl(session, OPERATEUR, campagne, tmp_path / "s.csv", seuil=None) == 2
    assert {n["datesPeriodeVersement"] for n in relire((tmp_path / "s.csv").read_bytes())} == {"2026-12-01/2029-01-05"}


def test_un_siret_absent_nomme_la_ligne_et_laisse_le_fichier_d_avant(
    session: Session, campagne: Campagne, tmp_path: Path
) -> None:
    campagne.fin = campagne.cloture.replace(year=2028)
    financeur = session.exec(select(Structure).where(Structure.siret == SIRETS[1])).one()
    financeur.siret = None
    session.flush()
    (tmp_path / "s.csv").write_text("celui d'avant")
    with pytest.raises(Refus, match="=CONV-1 : « Région d'essai » n'a pas de SIRET ; importez-le"):
        exporter_scdl(session, OPERATEUR, campagne, tmp_path / "s.csv", seuil=None)
    assert (tmp_path / "s.csv").read_text() == "celui d'avant"


def test_apres_un_avenant_chaque_part_est_celle_qui_etait_engagee_pour_son_montant(
    session: Session, campagne: Campagne, tmp_path: Path
) -> None:
    convention = session.exec(select(Convention)).one()
    avenant = Avenant(
        dossier_id=convention.dossier_id,
        nature=convention.nature,
        reference="AV-1",
        signe_le=date(2026, 12, 6),
        montant=Decimal("29996.68"),
        fin=date(2029, 1, 31),
        motif="Moins cher",
    )
    session.add(avenant)
    session.flush()
    exporter_scdl(session, OPERATEUR, campagne, tmp_path / "s.csv", seuil=None)
    lignes = relire((tmp_path / "s.csv").read_bytes())
    assert [n["montant"] for n in lignes] == ["14996.68", "15000.00"]
    assert {n["datesPeriodeVersement"] for n in lignes} == {"2026-12-01/2029-01-31"}


BONNE = {
    "nomAttribuant": "Agence",
    "idAttribuant": SIRETS[0],
    "dateConvention": "2026-12-01",
    "referenceDecision": "",
    "nomBeneficiaire": "Coopérative",
    "idBeneficiaire": SIRETS[2],
    "objet": "Étude",
    "montant": "23000.01",
    "nature": "aide en numéraire",
    "conditionsVersement": "échelonné",
    "datesPeriodeVersement": "2026-12-01/2027-12-01",
    "idRAE": "",
    "notificationUE": "non",
    "pourcentageSubvention": "1.00",
}


@pytest.mark.parametrize(
    ("nom", "valeur"),
    [
        ("nomAttribuant", ""),
        ("idAttribuant", "10000000900018"),
        ("idBeneficiaire", "1000000250001"),
        ("dateConvention", "2026-02-30"),
        ("dateConvention", "01/12/2026"),
        ("objet", "x" * 257),
        ("montant", "23 000,01"),
        ("montant", "NaN"),
        ("montant", "0"),
        ("nature", "numéraire"),
        ("datesPeriodeVersement", "2027-12-01/2026-12-01"),
        ("datesPeriodeVersement", "2026-12-01_2027-12-01"),
        ("idRAE", "123456"),
        ("notificationUE", "true"),
        ("pourcentageSubvention", "1.01"),
        ("pourcentageSubvention", "0"),
    ],
)
def test_notre_transcription_du_schema_refuse_ce_qu_il_refuse(nom: str, valeur: str) -> None:
    assert [c.nom for c in COLONNES] == list(SCHEMA)
    assert defauts(BONNE) == []
    assert [defaut.split(" :")[0] for defaut in defauts({**BONNE, nom: valeur})] == [nom]
