"""Is this point, or this code, in a quartier, and how far from its edge?"""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session

from ami.erreurs import DonneesInvalides, Introuvable
from ami.geometrie import Lieu
from ami.imports_geojson import importer_contours
from ami.models import Territoire
from ami.territoires import (
    Liste,
    lister_listes,
    lister_quartiers,
    nommer,
    quartiers_de_code,
    situer_code,
    situer_point,
)

from .conftest import forme

MIRAIL = Lieu.en_degres(Decimal("1.4012"), Decimal("43.5700"))
AILLEURS = Lieu.en_degres(Decimal("1.44"), Decimal("43.60"))


def test_un_point_du_quartier_y_est_situe_dans_chaque_millesime(session_2015: Session, liste_2024: Path) -> None:
    importer_contours(session_2015, liste_2024)
    position = situer_point(session_2015, MIRAIL)
    assert [(s.quartier.code, s.quartier.millesime) for s in position.dedans] == [
        ("QP031007", 2015),
        ("QN03107I", 2024),
    ]
    un, autre = position.dedans
    assert un.mesure == autre.mesure
    assert un.mesure.distance_m > 0
    assert un.empreinte == autre.empreinte
    assert (position.proche, position.contours) == (None, 10)
    seul = situer_point(session_2015, MIRAIL, millesime=2024)
    assert [s.quartier.code for s in seul.dedans] == ["QN03107I"]


def test_hors_de_tout_quartier_le_plus_proche_et_sa_distance_sont_dits(session_2015: Session) -> None:
    position = situer_point(session_2015, AILLEURS)
    assert position.dedans == []
    assert position.proche is not None
    assert nommer(position.proche.quartier) == "QP031008 Arènes (Toulouse), QPV 2015"
    assert position.proche.mesure.distance_m == 1716


def test_sans_aucun_contour_on_dit_quoi_importer(session: Session, session_2015: Session) -> None:
    with pytest.raises(Introuvable, match=r"millésime 2024.*ami importer territoires"):
        situer_point(session_2015, MIRAIL, millesime=2024)


@pytest.mark.parametrize(
    ("longitude", "latitude", "attendu"), [("43.57", "1.40", "inversées"), ("12.5", "41.9", "n'est pas en France")]
)
def test_un_point_impossible_est_refuse(session_sqlite: Session, longitude: str, latitude: str, attendu: str) -> None:
    with pytest.raises(DonneesInvalides, match=attendu):
        situer_point(session_sqlite, Lieu.en_degres(Decimal(longitude), Decimal(latitude)))


def test_un_code_absent_est_dit_avec_ou_il_existe_ou_ceux_qui_lui_ressemblent(session_2015: Session) -> None:
    assert [q.millesime for q in situer_code(session_2015, " qp031007 ")] == [2015]
    with pytest.raises(Introuvable, match=r"pas dans la liste de 2024\. Il existe au millésime : 2015 \(QPV\)"):
        situer_code(session_2015, "QP031007", millesime=2024)
    with pytest.raises(Introuvable, match=r"Codes proches : QP0310\d\d \("):
        situer_code(session_2015, "QP031070")
    with pytest.raises(Introuvable, match="ami territoire lister"):
        situer_code(session_2015, "XYZ")


def test_les_listes_et_leurs_quartiers_se_lisent_sans_les_contours(session_2015: Session, liste_2024: Path) -> None:
    session_2015.add(Territoire(code="QP031007", millesime=2015, kind="NPNRU", nom="Mirail", commune="Toulouse"))
    importer_contours(session_2015, liste_2024)
    session_2015.expunge_all()
    assert lister_listes(session_2015) == [
        Liste(2015, "NPNRU", 1, 0),
        Liste(2015, "QPV", 6, 6),
        Liste(2024, "QPV", 4, 4),
    ]
    trouves = lister_quartiers(session_2015, departement="31", kind="QPV", limite=4)
    assert [q.code for q in trouves] == ["QP031007", "QP031008", "QP031010", "QN03107I"]
    assert all("contour" not in vars(quartier) for quartier in trouves)
    assert all("contour" not in vars(q) for q in quartiers_de_code(session_2015, ["QP031007"]))


def test_le_lieu_se_dit_en_longitude_puis_latitude() -> None:
    assert str(MIRAIL) == "1,401200 ; 43,570000"
    assert forme("QP031007").bounds[0] < 1.4012 < forme("QP031007").bounds[2]
