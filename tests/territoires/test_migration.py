"""An installation that already knows quartiers keeps them, contours included, when it is brought up to date."""

import json

from alembic import command
from sqlalchemy import Engine, text

from ami.database import configuration_alembic, migrer

CONTOUR = {"type": "Polygon", "coordinates": [[[1.4, 43.6], [1.41, 43.6], [1.41, 43.61], [1.4, 43.6]]]}


def test_les_quartiers_deja_connus_sont_gardes(engine: Engine) -> None:
    with engine.begin() as connexion:
        command.downgrade(configuration_alembic(connexion), "0005")
    with engine.begin() as connexion:
        connexion.execute(
            text(
                "INSERT INTO territoire (code, millesime, kind, nom, commune, contour) "
                "VALUES ('QP031007', 2015, 'QPV', 'Grand Mirail', 'Toulouse', :contour)"
            ),
            {"contour": json.dumps(CONTOUR)},
        )
    migrer(engine)
    with engine.connect() as connexion:
        ligne = connexion.execute(text("SELECT code, nom, contour, interet, ouest FROM territoire")).one()
    contour = json.loads(ligne.contour) if isinstance(ligne.contour, str) else ligne.contour
    assert (ligne.code, ligne.nom, contour) == ("QP031007", "Grand Mirail", CONTOUR)
    assert (ligne.interet, ligne.ouest) == (None, None)
