"""The process that plays, under the settings its supervisor gives it: `python -m flows.demonstration.jouer DOSSIER`.

It ends with its supervisor: its standard input is a pipe that closes when the supervisor is no more.
"""

import os
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from sqlalchemy import Engine

from ami.database import creer_engine, migrer
from ami.pieces import Magasin
from ami.settings import Settings
from flows.demonstration.affichage import afficher, afficher_ecarts, afficher_suite, console, progression
from flows.demonstration.atelier import Atelier
from flows.demonstration.bilan import Tableau, dresser
from flows.demonstration.decor import Decor, planter
from flows.demonstration.deroule import derouler
from flows.demonstration.jeu import Imprevu, Jeu
from flows.demonstration.lecture import Demonstration, lire
from flows.demonstration.mecanique import par_prefect

INTERROMPU: Final = 3
Mecanique = Callable[[Decor], Callable[[str, datetime], None]]


def jouer(engine: Engine, demonstration: Demonstration, atelier: Atelier, mecanique: Mecanique, sortie: Console) -> int:
    """Play, show, compare; the exit code: 0 when all is as announced, 1 otherwise."""
    migrer(engine)
    decor = planter(engine, demonstration)
    jeu = Jeu(engine, demonstration, decor, Magasin(atelier.pieces))
    try:
        with progression(sortie, len(demonstration.passages)) as suivi:
            fin = derouler(engine, demonstration, jeu, atelier, mecanique(decor), suivi.montrer)
    except Imprevu as imprevu:
        afficher_ecarts(sortie, [str(imprevu)])
        return 1
    numeros = jeu.numeros()
    tableau = dresser(engine, decor.campagne_id, demonstration, numeros, atelier)
    afficher(sortie, tableau, fin)
    if tableau.ecarts:
        afficher_ecarts(sortie, tableau.ecarts)
        return 1
    afficher_suite(sortie, atelier, fin, _a_suivre(demonstration, numeros, tableau))
    return 0


def _a_suivre(demonstration: Demonstration, numeros: Mapping[str, str], tableau: Tableau) -> str:
    """Of the dossiers somebody is still awaited for, the one with the longest story (of all, when none is)."""
    attendus = {compte.etat for compte in tableau.etats if compte.attend is not None}
    vivants = [dossier for dossier in demonstration.dossiers if dossier.attendu in attendus]
    return numeros[max(vivants or demonstration.dossiers, key=lambda dossier: len(dossier.lignes)).code]


def _finir_avec_le_superviseur() -> None:
    """Leave at once when the pipe closes: an orphan would go on writing."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(INTERROMPU)


def main() -> int:
    """Entry point."""
    threading.Thread(target=_finir_avec_le_superviseur, daemon=True).start()
    settings, atelier = Settings(_env_file=None), Atelier(Path(sys.argv[1]))
    engine = creer_engine(settings)
    return jouer(engine, lire(), atelier, lambda decor: par_prefect(settings, decor.campagne_code), console())


if __name__ == "__main__":
    sys.exit(main())
