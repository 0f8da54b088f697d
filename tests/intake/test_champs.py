"""What a cell may hold: French amounts, dates, SIRET, quartier codes."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from ami.imports_champs import (
    lire_code_qpv,
    lire_codes_qpv,
    lire_courriel,
    lire_date,
    lire_iban,
    lire_montant,
    lire_region,
    lire_rna,
    lire_siret,
)
from ami.imports_geographie import REGIONS, departement_du_quartier, region_du_departement


@pytest.mark.parametrize(
    ("ecrit", "lu"),
    [
        ("12 000,50 €", "12000.50"),
        ("12\u00a0000,50\u202f€", "12000.50"),
        ("12000.5", "12000.50"),
        ("12.000,50", "12000.50"),
        ("0", "0.00"),
        ("1 234 567,89", "1234567.89"),
    ],
)
def test_les_montants_s_ecrivent_a_la_francaise(ecrit: str, lu: str) -> None:
    assert lire_montant(ecrit) == Decimal(lu)


@pytest.mark.parametrize(
    "ecrit", ["12,345", "-5", "douze", "12 00,5", "12.000", "1,5,5", "1e5", "NaN", "١٢٣", "9" * 40]
)
def test_un_montant_ambigu_est_refuse(ecrit: str) -> None:
    with pytest.raises(PydanticCustomError):
        lire_montant(ecrit)


@given(st.integers(min_value=0, max_value=10**12))
def test_un_montant_affiche_a_la_francaise_se_relit_au_centime(centimes: int) -> None:
    euros, reste = divmod(centimes, 100)
    assert lire_montant(f"{euros:,}".replace(",", "\u202f") + f",{reste:02d} €") == Decimal(centimes).scaleb(-2)


@pytest.mark.parametrize(
    "ecrit", ["28/02/2027", "2027-02-28", "28-02-2027", "28.2.2027", "28 février 2027", "28 FEVRIER 2027"]
)
def test_une_date_se_lit_sous_ses_formes_usuelles(ecrit: str) -> None:
    assert lire_date(ecrit) == date(2027, 2, 28)


def test_le_premier_du_mois_se_lit_aussi() -> None:
    assert lire_date("1er août 2026") == date(2026, 8, 1)


@pytest.mark.parametrize(
    ("ecrit", "raison"),
    [
        ("29/02/2027", "n'existe pas"),
        ("31/04/2026", "n'existe pas"),
        ("demain", "illisible"),
        ("12/05/26", "deux chiffres"),
    ],
)
def test_une_date_impossible_est_refusee(ecrit: str, raison: str) -> None:
    with pytest.raises(PydanticCustomError, match=raison):
        lire_date(ecrit)


def test_le_siret_est_controle_par_sa_cle() -> None:
    assert lire_siret("732 829 320 00074") == "73282932000074"
    assert lire_siret("35600000049837") == "35600000049837"  # La Poste: a rule of its own
    for faux in ("73282932000075", "7328293200007", "ABCDEFGHIJKLMN"):
        with pytest.raises(PydanticCustomError):
            lire_siret(faux)


def test_les_codes_de_quartier_suivent_les_deux_millesimes() -> None:
    for code in ("QP031001", "QP02A001", "QP2A0001", "QP971001", "QN00401M", "QN97414I", "QN02A01N"):
        assert lire_code_qpv(code.lower()) == code
    for faux in ("QP31001", "QN00401X", "QP0310011", "31001", ""):
        with pytest.raises(PydanticCustomError):
            lire_code_qpv(faux)
    assert lire_codes_qpv("QP031001; qp031002,QP031001") == ["QP031001", "QP031002"]


def test_le_departement_et_la_region_viennent_du_code() -> None:
    cas = {
        "QP009001": "Occitanie",
        "QN97414I": "La Réunion",
        "QP02A001": "Corse",
        "QP2A0001": "Corse",
        "QP093001": "Île-de-France",
    }
    for code, region in cas.items():
        assert region_du_departement(departement_du_quartier(code)) == region
    assert region_du_departement("9") == "Occitanie"
    assert region_du_departement("20") is None


def test_une_region_se_reconnait_sans_ses_accents() -> None:
    assert lire_region("ile de france") == "Île-de-France"
    assert all(lire_region(region.upper()) == region for region in REGIONS)
    with pytest.raises(PydanticCustomError, match="inconnue"):
        lire_region("Septimanie")


def test_les_autres_identifiants_sont_controles() -> None:
    assert lire_rna("w751234567") == "W751234567"
    assert lire_iban("FR14 2004 1010 0505 0001 3M02 606") == "FR1420041010050500013M02606"
    assert lire_courriel("Anne.Dupont@Example.ORG") == "anne.dupont@example.org"
    for lire, faux in ((lire_rna, "751234567"), (lire_iban, "FR1420041010050500013M02607"), (lire_courriel, "anne@")):
        with pytest.raises(PydanticCustomError):
            lire(faux)
