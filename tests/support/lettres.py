"""Read a story's courriels as the people in it do: `python -m tests.support.lettres FICHIER [MESSAGE …]`."""

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


def imprimer(fichier: Path, messages: list[str]) -> None:
    """Play a story on a database of its own and print what each line sends, staff's copies left out."""
    recit = lire(fichier)
    with TemporaryDirectory() as nom, base_sqlite(modele_sqlite(Path(nom)), Path(nom)) as engine:
        scene = planter(engine, Path(nom) / "pieces", recit)
        try:
            _jouer(engine, scene, recit, messages)
        except AssertionError as ecart:
            print(f"{TRAIT}\nLe récit s'arrête ici.\n{ecart}")


def _jouer(engine: Engine, scene: Scene, recit: Recit, messages: list[str]) -> None:
    lus, titre = 0, ""
    for suivant in jouer(scene, recit):
        lus = _imprimer(engine, lus, titre, messages)
        titre = suivant
    _imprimer(engine, lus, titre, messages)


def _imprimer(engine: Engine, lus: int, titre: str, messages: list[str]) -> int:
    """Print what left since; the same letter to several persons is printed once, as the first one reads it."""
    with Session(engine) as session:
        nouveaux = session.exec(select(Courriel).where(col(Courriel.id) > lus).order_by(col(Courriel.id))).all()
        lettres: dict[str, list[Courriel]] = {}
        for courriel in nouveaux:
            if courriel.destinataire_ref.startswith("personne:") and (not messages or courriel.message in messages):
                lettres.setdefault(f"{courriel.message}, {courriel.objet}", []).append(courriel)
        for recus in lettres.values():
            a = ", ".join(recu.destinataire for recu in recus)
            print(f"{TRAIT}\n{titre}\n{recus[0].message}, à {a}\nObjet : {recus[0].objet}\n\n{_sans_pied(recus[0])}")
        return max((courriel.id or 0 for courriel in nouveaux), default=lus)


def _sans_pied(courriel: Courriel) -> str:
    """The text without the notice on personal data, the same everywhere."""
    return apercu(courriel).texte.rpartition("-" * 70)[0]


if __name__ == "__main__":
    imprimer(Path(sys.argv[1]), sys.argv[2:])
