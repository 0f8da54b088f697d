"""Before the comité decides: who is in the running, with which money, and who reads what of it."""

from decimal import Decimal

import pytest
from sqlmodel import select

from ami.agir import agir
from ami.candidats import lire_donnees
from ami.erreurs import Introuvable
from ami.fiche import fiche
from ami.models import Dossier, Enveloppe, ScoreFige
from ami.regards import OPERATEUR, Regard
from ami.sujets import Acteur, Sujet, identifiant
from tests.usecases.entrees import NUMERO
from tests.usecases.monde import Monde
from tests.usecases.scene import COMMENTAIRE, monter
from tests.usecases.seance import SOIR, TENUE, evalue, seance


def abandonner(monde: Monde, dossier: Dossier) -> None:
    sujet, porteur = Sujet("dossier", identifiant(dossier)), Acteur("porteur", monde.contact.id)
    agir(monde.session, "abandonner", sujet, {"motif": "Plus de terrain"}, acteur=porteur, maintenant=SOIR)


def test_qui_s_est_retire_avant_la_deliberation_n_est_plus_en_lice_et_l_argent_engage_compte(
    monde_leger: Monde,
) -> None:
    session = monde_leger.session
    reste, decide, retire = (evalue(monde_leger, numero=f"ES26-{rang}") for rang in (1, 2, 3))
    seance(monde_leger).deliberer(decide, "non_retenu")
    abandonner(monde_leger, retire)
    monde_leger.engager(reste, "aide_projet", "15000.00")
    enveloppe = session.exec(select(Enveloppe).where(Enveloppe.nature == "aide_projet")).one()

    enveloppe.engage_net += 20_000  # for somebody not in the running
    session.flush()
    donnees = lire_donnees(session, OPERATEUR, monde_leger.campagne, TENUE)
    assert [c.dossier for c in donnees.candidats] == ["ES26-1", "ES26-2"]
    # What is engaged for a dossier in the running is still to be given, as when the choice was made.
    assert [e.montant for e in donnees.regles.enveloppes] == [Decimal(80_000)]


def test_les_notes_d_un_dossier_non_clos_ne_se_lisent_pas_et_un_dossier_non_note_n_est_pas_de_la_liste(
    monde_leger: Monde,
) -> None:
    scene, session = monter(monde_leger), monde_leger.session
    membre = Regard(Acteur("membre_comite", scene.interesse.id), TENUE)
    agent = Regard(Acteur("agent", monde_leger.agent.id), TENUE)
    financeur = Regard(Acteur("financeur", monde_leger.personne("financeur").id), TENUE)

    def lit(regard: Regard, numero: str = NUMERO) -> bool:
        return COMMENTAIRE in str(fiche(session, regard, numero))

    assert [lit(membre), lit(agent)] == [True, True]
    assert fiche(session, financeur, "CONNU-1").numero == "CONNU-1"
    for fige in session.exec(select(ScoreFige)):
        session.delete(fige)
    session.flush()
    assert [lit(membre), lit(agent)] == [False, True]
    with pytest.raises(Introuvable):
        fiche(session, financeur, "CONNU-1")
