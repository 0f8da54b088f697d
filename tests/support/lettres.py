"""Read a story's courriels as the people in it do: `python -m tests.support.lettres FICHIER [MESSAGE …]`.

What a coulisse sends is not of the story, and staff's copies say nothing more: neither is printed.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.models import Courriel
from notifications.apercu import apercu
from tests.support.bases import base_sqlite, modele_sqlite
from tests.support.recit import Recit, Scene, jouer, lire, planter

TRAIT = "=" * 100
PIED = "-" * 70


def imprimer(fichier: Path, messages: list[str]) -> None:
    """Play a story on a database of its own and print what each line sends."""
    recit = lire(fichier)
    with TemporaryDirectory() as nom, base_sqlite(modele_sqlite(Path(nom)), Path(nom)) as engine:
        scene = planter(engine, Path(nom) / "pieces", recit)
        try:
            _jouer(engine, scene, recit, messages)
        except AssertionError as ecart:
            print(f"{TRAIT}\nLe récit s'arrête ici.\n{ecart}")


def _jouer(engine: Engine, scene: Scene, recit: Recit, messages: list[str]) -> None:
    """A line is played when the next one is asked for: what left meanwhile is its own."""
    lus, lignes = 0, jouer(scene, recit)
    titre = next(lignes, None)
    for ligne in recit.histoire:
        suivant = next(lignes, None)
        nouveaux = _depuis(engine, lus)
        lus = max((courriel.id or 0 for courriel in nouveaux), default=lus)
        if ligne.coulisse is None:
            _imprimer(titre or "", [c for c in nouveaux if not messages or c.message in messages])
        titre = suivant


def _depuis(engine: Engine, lus: int) -> list[Courriel]:
    with Session(engine) as session:
        requete = select(Courriel).where(col(Courriel.id) > lus).order_by(col(Courriel.id))
        return list(session.exec(requete))


def _imprimer(titre: str, courriels: list[Courriel]) -> None:
    """The same letter to several persons is printed once, as the first one reads it."""
    lettres: dict[str, list[Courriel]] = {}
    for courriel in courriels:
        if courriel.destinataire_ref.startswith("personne:"):
            lettres.setdefault(f"{courriel.message}, {courriel.objet}", []).append(courriel)
    for recus in lettres.values():
        vu, gens = apercu(recus[0]), ", ".join(recu.destinataire for recu in recus)
        sans_pied = vu.texte.rpartition(PIED)[0].rstrip()  # without the notice on personal data, the same everywhere
        print(f"{TRAIT}\n{titre}\n{recus[0].message}, à {gens}\nObjet : {vu.objet}\n\n{sans_pied}\n")


if __name__ == "__main__":
    imprimer(Path(sys.argv[1]), sys.argv[2:])
