"""A scenario made from other data than today's cannot be found again from them: a pack leaves it out, and names it."""

from decimal import Decimal

from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel, col, select

from ami.choix.pack import Parametres, archiver, en_fichiers, ouvrir
from ami.choix.verification import verifier_pack
from ami.exports_pack import composer_pack, perimes
from ami.models import Note
from ami.regards import OPERATEUR

from .campagne_choisie import INSTANT, planter_choix


def test_un_scenario_perime_reste_dehors_et_le_pack_se_recalcule() -> None:
    engine, parametres = create_engine("sqlite://"), Parametres(ecart_poids="0.20", tirages=3, graine=2026)
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        campagne = planter_choix(session, 0)
        avant = composer_pack(session, OPERATEUR, campagne, parametres, INSTANT)
        assert [s.nom for s in avant.resultats.scenarios] == ["selon optimum", "selon rang"]
        assert perimes(session, OPERATEUR, campagne, avant) == []

        session.exec(select(Note).where(col(Note.valeur) == Decimal(4))).first().valeur = Decimal(5)  # type: ignore[union-attr]
        session.flush()
        apres = composer_pack(session, OPERATEUR, campagne, parametres, INSTANT)

        assert perimes(session, OPERATEUR, campagne, apres) == ["selon optimum", "selon rang"]
    assert apres.resultats.scenarios == ()
    assert verifier_pack(ouvrir(archiver(en_fichiers(apres)))) == []
