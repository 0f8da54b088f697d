"""Broken lines of real spreadsheets: each is told with its line, its column, the reason and the remedy.

The cases are in `donnees/lignes_cassees.yaml`; the lines around a bad one always come in.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import Engine
from sqlmodel import Session

from ami.imports import importer

from .conftest import MAINTENANT
from .outils import Notation, planter

CAS: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).parent / "donnees" / "lignes_cassees.yaml")
# A good line of each kind: {0} to {3} stand for what is the line's own.
BONNES: dict[str, dict[str, str]] = {
    "structures": {
        "Nom": "{0}",
        "Type": "association",
        "SIRET": "",
        "RNA": "",
        "Région": "Occitanie",
        "Commune": "Toulouse",
        "IBAN": "",
    },
    "personnes": {
        "Prénom": "Bonne",
        "Nom": "Première",
        "Courriel": "{1}",
        "Structure": "",
        "Rôles": "agent",
        "Campagne": "",
        "Dossier": "",
        "Jusqu'au": "",
    },
    "territoires": {
        "code_qp": "{2}",
        "nom_qp": "Grand Mirail",
        "nom_commune": "Toulouse",
        "departement": "31",
        "millesime": "",
    },
    "dossiers": {
        "Référence": "{0}",
        "Titre": "Les Terrasses",
        "Porteur": "Habitat du Mirail",
        "Contact": "anne@example.org",
        "Quartiers": "QP031001",
        "Coût prévu": "8 000,00 €",
        "Montant demandé": "4000",
        "Statut juridique": "",
    },
    "evaluations": {
        "Dossier": "ES26-0900",
        "Évaluateur": "{3}",
        "Qualité du projet": "3,5",
        "Commentaire qualité du projet": "",
        "Mixité sociale": "4",
        "Finale": "non",
    },
}
# What tells a line of the file from the others: name, address, quartier, evaluator.
PREMIERE = ("Bonne première", "bonne.premiere@example.org", "QP031005", "eva1@example.org")
MAUVAISE = ("Mauvaise", "mauvaise@example.org", "QP031006", "eva3@example.org")
DERNIERE = ("Bonne dernière", "derniere@example.org", "QP031007", "eva2@example.org")


@pytest.fixture
def monde(engine_sqlite: Engine) -> Iterator[tuple[Session, Notation]]:
    """The reading of a cell does not depend on the database: SQLite alone."""
    with Session(engine_sqlite, expire_on_commit=False) as session:
        yield session, planter(session)


def bonne(kind: str, propre: tuple[str, str, str, str]) -> dict[str, str]:
    """A good line, with what is its own."""
    return {entete: modele.format(*propre) for entete, modele in BONNES[kind].items()}


def en_csv(cellules: dict[str, str]) -> str:
    return ";".join(f'"{texte}"' if set(texte) & {";", "\n"} else texte for texte in cellules.values())


def fichier_de(cas: dict[str, Any], dossier: Path) -> Path:
    """The headings, a good line, the bad one, a good one."""
    kind = cas["kind"]
    cellules = {nom: _longue(texte) for nom, texte in cas.get("cellules", {}).items()}
    mauvaise = cas.get("brute") or en_csv(bonne(kind, MAUVAISE) | cellules)
    autour = [";".join(BONNES[kind]), en_csv(bonne(kind, PREMIERE)), en_csv(bonne(kind, DERNIERE))]
    avant, apres = "\n".join(autour[:2]), autour[2]
    # Accents in the good lines, so that a line in another encoding is the exception.
    fichier = dossier / f"{kind}.csv"
    fichier.write_bytes(
        b"\n".join([avant.encode(), mauvaise.encode(cas.get("encodage", "utf-8")), apres.encode(), b""])
    )
    return fichier


def _longue(texte: str) -> str:
    mots = texte.split()
    return mots[2] * int(mots[1]) if mots[:1] == ["REPETER"] else texte


def test_il_y_a_au_moins_quarante_sortes_de_lignes_cassees() -> None:
    assert len({(cas["kind"], cas["cas"]) for cas in CAS}) == len(CAS) >= 40


@pytest.mark.parametrize("cas", CAS, ids=lambda cas: f"{cas['kind']} : {cas['cas']}")
def test_une_ligne_cassee_est_nommee_et_les_autres_entrent(
    monde: tuple[Session, Notation], cas: dict[str, Any], tmp_path: Path
) -> None:
    session, notation = monde
    rapport = importer(
        session,
        cas["kind"],
        fichier_de(cas, tmp_path),
        maintenant=MAINTENANT,
        mode="bonnes_lignes",
        campagne=notation.campagne,
        acteur=notation.agent,
    )
    assert (rapport.crees, rapport.refusees, rapport.lues) == (2, 1, 3), rapport.erreurs
    premiere = rapport.erreurs[0]
    assert (premiere.ligne, premiere.colonne) == (3, cas["colonne"])
    assert cas["raison"] in _simple(premiere.raison)
    assert cas["remede"] in _simple(premiere.remede)
    assert premiere.raison.endswith((".", "?", ")")), premiere.raison


def _simple(texte: str) -> str:
    return texte.replace("\u00a0", " ").replace("\u202f", " ")
