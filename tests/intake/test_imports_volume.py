"""Big files: memory that does not follow the number of lines, lots that fall back to lines, two imports at once."""

import gc
import json
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from ami.erreurs import DonneesInvalides
from ami.imports import importer
from ami.imports_lecture import lire
from ami.imports_rapport import ERREURS_GARDEES, ErreurLigne, RapportImport
from ami.models import Campagne, Habilitation, Personne, Structure

from .conftest import MAINTENANT
from .outils import combien, ecrire, planter

PEU, BEAUCOUP = 2_000, 8_000
CROISSANCE_PERMISE = 1.3
PAUSE = 0.01


def nom(rang: int) -> str:
    return f"Régie de quartier n° {rang}"


def en_csv(dossier: Path, combien_: int) -> Path:
    lignes = (f"{nom(rang)};association;Commune {rang % 90}" for rang in range(combien_))
    return ecrire(dossier, f"{combien_}.csv", "\n".join(["nom;type;commune", *lignes]))


def en_json(dossier: Path, combien_: int) -> Path:
    objets = [{"nom": nom(rang), "type": "association", "commune": f"Commune {rang % 90}"} for rang in range(combien_)]
    return ecrire(dossier, f"{combien_}.json", json.dumps(objets))


def en_xlsx(dossier: Path, combien_: int) -> Path:
    fichier = dossier / f"{combien_}.xlsx"
    with xlsxwriter.Workbook(str(fichier)) as livre:
        feuille = livre.add_worksheet()
        feuille.write_row(0, 0, ["nom", "type", "commune"])
        for rang in range(combien_):
            feuille.set_row(rang + 1, 15)  # a height of its own, as LibreOffice gives each line
            feuille.write_row(rang + 1, 0, [nom(rang), "association", f"Commune {rang % 90}"])
    return fichier


def pic(action: Callable[[], object]) -> int:
    """The most bytes Python held at once during an action, above what it held before."""
    gc.collect()
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("plume", [en_csv, en_json, en_xlsx])
def test_lire_quatre_fois_plus_de_lignes_ne_prend_pas_plus_de_memoire(
    tmp_path: Path, plume: Callable[[Path, int], Path]
) -> None:
    petit, grand = plume(tmp_path, PEU), plume(tmp_path, BEAUCOUP)
    lues: dict[Path, int] = {}

    def parcourir(fichier: Path) -> None:
        lues[fichier] = sum(1 for _ in lire(fichier).lignes())

    parcourir(petit)  # what is loaded once does not count
    croissance = pic(lambda: parcourir(grand)) / pic(lambda: parcourir(petit))
    assert lues == {petit: PEU, grand: BEAUCOUP}
    assert croissance < CROISSANCE_PERMISE


def test_importer_quatre_fois_plus_de_lignes_ne_prend_pas_plus_de_memoire(
    engine_sqlite: Engine, tmp_path: Path
) -> None:
    def importer_et_renoncer(fichier: Path) -> None:
        with Session(engine_sqlite) as session:
            assert importer(session, "structures", fichier, maintenant=MAINTENANT).refusees == 0
            session.rollback()

    petit, grand = en_csv(tmp_path, PEU // 3), en_csv(tmp_path, BEAUCOUP // 3)
    importer_et_renoncer(petit)
    croissance = pic(lambda: importer_et_renoncer(grand)) / pic(lambda: importer_et_renoncer(petit))
    assert croissance < CROISSANCE_PERMISE


def test_au_dela_d_un_nombre_les_erreurs_sont_comptees_sans_etre_gardees() -> None:
    rapport = RapportImport(kind="structures", fichier="f.csv", format="CSV", mode="bonnes_lignes")
    for ligne in range(ERREURS_GARDEES + 5):
        rapport.refuser([ErreurLigne(ligne, "nom", "", "Faux.", "Corrigez.")])
    assert (rapport.refusees, rapport.erreurs_en_tout, len(rapport.erreurs)) == (
        ERREURS_GARDEES + 5,
        ERREURS_GARDEES + 5,
        ERREURS_GARDEES,
    )


def test_un_fichier_de_trop_de_lignes_est_refuse_avant_d_ecrire(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami.imports.LIGNES_MAX", 3)
    jalons: list[int] = []
    with pytest.raises(DonneesInvalides, match="dépasse 3 lignes"):
        importer(
            session,
            "structures",
            en_csv(tmp_path, 4),
            maintenant=MAINTENANT,
            mode="bonnes_lignes",
            jalon=lambda: jalons.append(1),
        )
    assert (jalons, combien(session, Structure)) == ([], 0)


LOT_CONTESTE = """\
prenom;nom;courriel;roles;campagne
Anne;Un;un@example.org;agent;
Anne;Deux;deux@example.org;agent;
Anne;Un;un@example.org;agent;ESSAI-2026
Anne;Trois;trois@example.org;agent;
"""


def test_un_lot_que_la_base_refuse_est_repris_ligne_par_ligne(session: Session, tmp_path: Path) -> None:
    """The same role twice for a person who is new in the lot: only the database sees it."""
    campagne = planter(session).campagne
    avant = combien(session, Habilitation)
    rapport = importer(
        session, "personnes", ecrire(tmp_path, "p.csv", LOT_CONTESTE), maintenant=MAINTENANT, campagne=campagne
    )
    assert rapport.bilan == (3, 0, 1, 0), rapport.erreurs
    assert combien(session, Habilitation) == avant + 3


def test_une_personne_enregistree_avec_des_capitales_est_reconnue(session: Session, tmp_path: Path) -> None:
    campagne: Campagne = planter(session).campagne
    session.add(Personne(prenom="Zoé", nom="Petit", courriel="Zoe.Petit@Example.ORG"))
    session.flush()
    texte = "prenom;nom;courriel;roles\nZoé;Petit;zoe.petit@example.org;agent\n"
    rapport = importer(session, "personnes", ecrire(tmp_path, "p.csv", texte), maintenant=MAINTENANT, campagne=campagne)
    assert rapport.bilan == (0, 1, 0, 0), rapport.erreurs


def test_deux_lignes_d_une_meme_structure_se_completent_dans_le_meme_lot(session: Session, tmp_path: Path) -> None:
    texte = "nom;type;siret;commune\nLes Lilas;association;;Foix\nLes Lilas;association;73282932000074;Foix\n"
    rapport = importer(session, "structures", ecrire(tmp_path, "s.csv", texte), maintenant=MAINTENANT)
    assert rapport.bilan == (1, 1, 0, 0)
    assert session.exec(select(Structure.siret)).all() == ["73282932000074"]


def quelqu_un_attend(engine: Engine) -> bool:
    """True when the other import waits for its turn; on SQLite it cannot even start to read."""
    if engine.dialect.name == "sqlite":
        return True
    with engine.connect() as connexion:
        return bool(connexion.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())


def test_deux_imports_a_la_fois_ne_creent_pas_deux_fois_la_meme_structure(engine: Engine, tmp_path: Path) -> None:
    fichier = en_csv(tmp_path, 20)
    bilans: list[Any] = []

    def autre() -> None:
        with Session(engine) as seconde:
            bilans.append(importer(seconde, "structures", fichier, maintenant=MAINTENANT).bilan)
            seconde.commit()

    with Session(engine) as premiere:
        bilans.append(importer(premiere, "structures", fichier, maintenant=MAINTENANT).bilan)
        fil = threading.Thread(target=autre)
        fil.start()
        while fil.is_alive() and not quelqu_un_attend(engine):
            time.sleep(PAUSE)
        premiere.commit()
    fil.join(timeout=60)
    assert bilans == [(20, 0, 0, 0), (0, 0, 20, 0)]


def test_les_bonnes_lignes_se_gardent_par_lots_entiers(session: Session, tmp_path: Path) -> None:
    """The edge is called after each lot, and the account of the progress with it."""
    jalons: list[int] = []
    progres: list[tuple[int, int]] = []
    importer(
        session,
        "structures",
        en_csv(tmp_path, 1_200),
        maintenant=MAINTENANT,
        mode="bonnes_lignes",
        progres=lambda lues, attendues: progres.append((lues, attendues)),
        jalon=lambda: jalons.append(combien(session, Structure)),
    )
    assert jalons == [500, 1000, 1200]
    session.rollback()
    importer(session, "structures", en_csv(tmp_path, 1_200), maintenant=MAINTENANT, jalon=lambda: jalons.append(0))
    assert jalons[3:] == []
    assert progres == [(500, 1200), (1000, 1200), (1200, 1200)]
