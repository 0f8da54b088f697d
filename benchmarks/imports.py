"""Rate and peak memory of the imports, at 10,000 and 100,000 lines: `python -m benchmarks.imports`.

Each measure is a process of its own, on a fresh SQLite file. The peer, in the same run, is a bare SQLAlchemy Core
insert of the same rows from a generator: no reading, no check, no look-up. Memory is the peak resident size of the
process; seconds are of processor, for the machine may be busy with something else. The parent stays small: a child's
peak counts from its parent's size.
"""

import csv
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from sqlalchemy import insert
from sqlmodel import Session
from stdnum import luhn

from ami.database import migrer
from ami.imports import importer
from ami.models import Structure
from notifications.database import create_engine_for

TAILLES = (10_000, 100_000)
MAINTENANT = datetime(2026, 2, 10, tzinfo=UTC)
COLONNES = ("nom", "type", "siret", "adhesions", "region", "commune")
FORMATS = ("csv", "xlsx", "json")
LOT = 500
KILO_PAR_MEGA = 1024


def lignes(combien: int) -> Iterator[tuple[str, ...]]:
    """Structures that do not repeat, with accents and a SIRET whose key is right."""
    for rang in range(combien):
        sans_clef = f"{rang + 1000000:08d}"
        siren = sans_clef + luhn.calc_check_digit(sans_clef)
        siret = siren + "0001" + luhn.calc_check_digit(siren + "0001")
        yield f"Régie de quartier n° {rang}", "association", siret, "USH, HPF", "Occitanie", f"Commune {rang % 900}"


def ecrire_csv(fichier: Path, combien: int) -> None:
    """As a French spreadsheet writes it."""
    with fichier.open("w", encoding="cp1252", newline="") as texte:
        plume = csv.writer(texte, delimiter=";")
        plume.writerow(COLONNES)
        plume.writerows(lignes(combien))


def ecrire_json(fichier: Path, combien: int) -> None:
    """An array of objects."""
    with fichier.open("w", encoding="utf-8") as texte:
        texte.write("[")
        for rang, ligne in enumerate(lignes(combien)):
            texte.write(("," if rang else "") + json.dumps(dict(zip(COLONNES, ligne, strict=True))))
        texte.write("]")


def ecrire_xlsx(fichier: Path, combien: int) -> None:
    """As Excel writes it: every text in the table of shared strings."""
    with xlsxwriter.Workbook(str(fichier)) as classeur:
        feuille = classeur.add_worksheet()
        feuille.write_row(0, 0, COLONNES)
        for rang, ligne in enumerate(lignes(combien), start=1):
            for colonne, valeur in enumerate(ligne):
                feuille.write_string(rang, colonne, valeur)


PLUMES: dict[str, Callable[[Path, int], None]] = {"csv": ecrire_csv, "json": ecrire_json, "xlsx": ecrire_xlsx}


def importer_fichier(base: str, fichier: Path) -> None:
    """What `ami importer structures` does, without its screen."""
    with Session(create_engine_for(base), expire_on_commit=False) as session:
        rapport = importer(session, "structures", fichier, maintenant=MAINTENANT)
        if rapport.refusees:
            raise RuntimeError(str(rapport.erreurs[0]))
        session.commit()


def inserer_nu(base: str, combien: int) -> None:
    """The peer: the same rows straight into the table."""
    with create_engine_for(base).begin() as connexion:
        a_venir = lignes(combien)
        while lot := list(islice(a_venir, LOT)):
            valeurs = [
                {"nom": n, "kind": k, "siret": s, "adhesions": a.split(", "), "region": r, "commune": c}
                for n, k, s, a, r, c in lot
            ]
            connexion.execute(insert(Structure), valeurs)


def dans_un_processus(*arguments: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one measure; nothing of a process that only writes its file."""
    fait = subprocess.run(
        [sys.executable, "-m", "benchmarks.imports", *arguments], check=True, capture_output=True, text=True
    )
    if not fait.stdout:
        return 0, 0
    duree, pic = json.loads(fait.stdout)
    return duree, pic


def mesurer(action: Callable[[], None]) -> None:
    """Run an action and print its seconds and peak megabytes."""
    debut = time.process_time()
    action()
    duree = time.process_time() - debut
    print(json.dumps([duree, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILO_PAR_MEGA]))


def base_neuve(dossier: Path, nom: str) -> str:
    """A migrated SQLite file."""
    adresse = f"sqlite:///{dossier / nom}.db"
    engine = create_engine_for(adresse)
    migrer(engine)
    engine.dispose()
    return adresse


def tableau(dossier: Path) -> None:
    """Measure everything and print it."""
    pics: dict[str, list[float]] = {}
    print(f"{'':24}{'lignes':>10}{'s':>8}{'lignes/s':>10}{'÷ insertion':>13}{'Mo':>8}")
    for combien in TAILLES:
        nu, pic = dans_un_processus("inserer", base_neuve(dossier, f"nu{combien}"), str(combien))
        _montrer("insertion nue", combien, nu, nu, pic)
        for genre in FORMATS:
            fichier = dossier / f"structures{combien}.{genre}"
            dans_un_processus("ecrire", str(fichier), str(combien))
            base = base_neuve(dossier, f"{genre}{combien}")
            for essai in (genre, f"{genre}, relu"):
                duree, pic = dans_un_processus("importer", base, str(fichier))
                _montrer(essai, combien, duree, nu, pic)
                pics.setdefault(essai, []).append(pic)
    print(f"\nmémoire, de {TAILLES[0]} à {TAILLES[1]} lignes :")
    for essai, (petit, grand) in pics.items():
        print(f"  {essai:22}{petit:6.0f} → {grand:.0f} Mo, × {grand / petit:.2f}")


def _montrer(quoi: str, combien: int, duree: float, nu: float, pic: float) -> None:
    print(f"{quoi:24}{combien:>10}{duree:>8.1f}{combien / duree:>10.0f}{duree / nu:>13.1f}{pic:>8.0f}")


def main(arguments: list[str]) -> None:
    """Measure everything, or be one of the processes measured."""
    match arguments:
        case ["importer", base, fichier]:
            mesurer(lambda: importer_fichier(base, Path(fichier)))
        case ["ecrire", fichier, combien]:
            PLUMES[Path(fichier).suffix[1:]](Path(fichier), int(combien))
        case ["inserer", base, combien]:
            mesurer(lambda: inserer_nu(base, int(combien)))
        case _:
            with TemporaryDirectory(prefix="ami-imports-") as dossier:
                tableau(Path(dossier))


if __name__ == "__main__":
    main(sys.argv[1:])
