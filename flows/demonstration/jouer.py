"""The process that plays, under the settings its supervisor gives it: `python -m flows.demonstration.jouer DOSSIER`.

It ends with its supervisor: its standard input is a pipe that closes when the supervisor is no more.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Final

from rich.console import Console
from sqlalchemy import Engine

from ami.database import creer_engine, migrer
from ami.pieces import Magasin
from ami.settings import Settings
from flows.demonstration.affichage import (
    afficher,
    afficher_ecarts,
    afficher_panne,
    afficher_suite,
    console,
    progression,
)
from flows.demonstration.atelier import Atelier
from flows.demonstration.bilan import dresser
from flows.demonstration.decor import planter
from flows.demonstration.deroule import Passer, derouler
from flows.demonstration.histoire import Demonstration
from flows.demonstration.jeu import Imprevu, Jeu
from flows.demonstration.lecture import lire
from flows.demonstration.livrables import livrer
from flows.demonstration.mecanique import par_prefect

INTERROMPU: Final = 3
AUTRES_RECITS: Final = "Si les récits ont changé depuis le premier passage, recommencez avec --neuf."


def jouer(engine: Engine, demonstration: Demonstration, atelier: Atelier, passer: Passer, sortie: Console) -> int:
    """Play, show, compare; the exit code: 0 when all is as announced, 1 otherwise."""
    migrer(engine)
    magasin = Magasin(atelier.pieces)
    jeux = {
        decor.recit.code: Jeu(engine, decor, magasin, atelier.papiers(decor.recit.prefixe))
        for decor in planter(engine, demonstration)
    }
    try:
        with progression(sortie, demonstration) as suivi:
            fin = derouler(engine, demonstration, jeux, atelier, passer, suivi.montrer)
    except Imprevu as imprevu:
        afficher_ecarts(sortie, [str(imprevu)])
        sortie.print(AUTRES_RECITS)
        return 1
    livrables = {code: livrer(engine, jeu, atelier, fin.instant) for code, jeu in jeux.items()}
    tableau = dresser(engine, jeux.values(), atelier, livrables)
    afficher(sortie, tableau, fin)
    if tableau.ecarts:
        afficher_ecarts(sortie, tableau.ecarts)
        return 1
    afficher_suite(sortie, atelier, fin, tableau)
    return 0


def _finir_avec_le_superviseur() -> None:
    """Leave at once when the pipe closes: an orphan would go on writing."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(INTERROMPU)


def main() -> int:
    """Entry point."""
    threading.Thread(target=_finir_avec_le_superviseur, daemon=True).start()
    settings, atelier, sortie = Settings(_env_file=None), Atelier(Path(sys.argv[1])), console()
    try:
        return jouer(creer_engine(settings), lire(), atelier, par_prefect(settings), sortie)
    except Exception as erreur:
        afficher_panne(sortie, atelier, erreur)
        return 1


if __name__ == "__main__":
    sys.exit(main())
