"""Fault 17 on real processes: two people act on one dossier at the same instant; one wins, the other is told."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from ami.journal import verifier
from ami.models import Dossier, Journal
from ami.models import Refus as LigneRefus
from ami.sujets import Acteur, Sujet
from tests.noyau.conftest import JOUR, Lieu, ouvrir
from tests.pannes.conftest import Postes, adresse, attendre_qu_on_attende, distribuer
from tests.support.acteur import Acte
from tests.support.ligne import Sortie
from tests.support.parcours import mener_jusqu_a
from tests.support.poste import Ordre, Poste, au_guichet, commande, ensemble
from tests.support.smtp import ServeurSmtp

MANCHES = 15
TROP_TARD = "Quelqu'un d'autre vient d'agir sur ce dossier. Relisez-le, puis recommencez si c'est encore utile."
CANDIDATURE = {
    "cout_prevu": "6000.00",
    "montant_demande": "4000.00",
    "reponses": {"presentation": "Un projet", "nombre_logements": 12, "adresse": "1 rue Neuve"},
}
MOTIF = {"motif": "Le terrain est vendu"}


@pytest.fixture
def motif(tmp_path: Path) -> Path:
    fichier = tmp_path / "motif.yaml"
    fichier.write_text("motif: Le terrain est vendu\n", encoding="utf-8")
    return fichier


def numero(lieu: Lieu, sujet: Sujet) -> str:
    with Session(lieu.engine) as session:
        return session.get_one(Dossier, sujet.id).numero


def abandonner(lieu: Lieu, sujet: Sujet, motif: Path, role: str, version: int) -> Ordre:
    """The command by which somebody gives the dossier up, having seen that version of it."""
    qui = ("--par", f"{role}@example.org", "--role", role)
    return commande("agir", numero(lieu, sujet), "abandonner", *qui, "--donnees", motif, "--version", version)


def transitions(lieu: Lieu, sujet: Sujet, depuis: int) -> list[str]:
    """What the journal of a dossier says it went through, from that version on."""
    with Session(lieu.engine) as session:
        lignes = select(Journal).where(Journal.sujet_id == sujet.id, Journal.seq >= depuis).order_by("seq")
        return [ligne.transition for ligne in session.exec(lignes)]


def verifier_que_l_un_gagne(sorties: list[Sortie]) -> int:
    """Rank of the winner; the other was told what happened and what to do, in French, with code 1."""
    assert sorted(sortie.code for sortie in sorties) == [0, 1], sorties
    [gagnant] = [rang for rang, sortie in enumerate(sorties) if sortie.code == 0]
    assert sorties[1 - gagnant].erreur == TROP_TARD
    assert sorties[1 - gagnant].dit == ""
    return gagnant


def verifier_le_reste(lieu: Lieu) -> None:
    """The chains hold; and being second is no offence to be remembered."""
    with Session(lieu.engine) as session:
        assert verifier(session) == []
        assert session.exec(select(LigneRefus)).all() == []


def regler(engine: Engine, ordre: str) -> None:
    """Run a statement that wants no transaction."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connexion:
        connexion.execute(text(ordre))


def objets_recus(lieu: Lieu, smtp: ServeurSmtp) -> Counter[str]:
    """Subjects of what the SMTP server received, with how many copies of each; no message came twice."""
    ensuite = max(datetime.now(UTC), JOUR) + timedelta(minutes=1)
    for _ in range(2):
        distribuer(lieu, smtp, ensuite)
    assert set(smtp.comptes().values()) <= {1}
    return Counter(str(recu.message["Subject"]).replace("\u00a0", " ") for recu in smtp.recus())


def test_fault_17_of_two_people_at_once_one_wins_and_the_other_is_told(
    lieu: Lieu, smtp: ServeurSmtp, postes: Postes, motif: Path
) -> None:
    """In turn the same act by both, and two different ones: the porteur applies while staff give up."""
    un, autre = postes.ouvrir(), postes.ouvrir()
    porteur, agent = (Acteur(role, lieu.personnes[role]) for role in ("porteur", "agent"))
    attendus: Counter[str] = Counter()
    for manche in range(MANCHES):
        sujet = mener_jusqu_a(lieu.marche(), f"Essai {manche}", "brouillon")
        if manche % 2:
            ordres = [
                au_guichet("deposer_candidature", sujet, CANDIDATURE, porteur, JOUR, 1),
                au_guichet("abandonner", sujet, MOTIF, agent, JOUR, 1),
            ]
        else:
            ordres = [abandonner(lieu, sujet, motif, role, 1) for role in ("porteur", "agent")]
        gagnant = verifier_que_l_un_gagne(ensemble((un, ordres[0]), (autre, ordres[1])))
        depose = manche % 2 == 1 and gagnant == 0
        assert transitions(lieu, sujet, 2) == ["deposer_candidature" if depose else "abandonner"]
        objet = "Candidature {} : accusé de réception" if depose else "Dossier {} : abandon enregistré"
        attendus[objet.format(numero(lieu, sujet))] = 3
    verifier_le_reste(lieu)
    assert objets_recus(lieu, smtp) == attendus, "un accusé par destinataire, celui de l'acte qui a gagné"


def test_fault_17_a_person_and_the_sweep_at_once(lieu: Lieu, smtp: ServeurSmtp, postes: Postes, motif: Path) -> None:
    personne, balayeur = postes.ouvrir(), postes.ouvrir()
    for manche in range(8):
        marche = lieu.marche()
        marche.balayer = False
        sujet = mener_jusqu_a(marche, f"Essai {manche}", "candidature_deposee")
        ordre = abandonner(lieu, sujet, motif, "agent", 2)
        sortie, balayage = ensemble((personne, ordre), (balayeur, commande("balayer", "hp-2026")))
        assert balayage.code == 0, balayage
        if sortie.code == 0:
            assert transitions(lieu, sujet, 3) == ["abandonner"]
        else:
            assert (sortie.code, sortie.erreur) == (1, TROP_TARD)
            assert transitions(lieu, sujet, 3) == ["declarer_recevable"]
    verifier_le_reste(lieu)
    objets_recus(lieu, smtp)


def test_fault_17_who_comes_while_the_first_is_about_to_commit_waits_and_is_told(
    lieu: Lieu, smtp: ServeurSmtp, postes: Postes, motif: Path
) -> None:
    """The narrowest case, made certain: the first has written and not committed when the second arrives."""
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "brouillon")
    second = postes.ouvrir()
    porteur = Acteur("porteur", lieu.personnes["porteur"])
    venir = abandonner(lieu, sujet, motif, "agent", 1)
    premier = Acte(adresse(lieu), "abandonner", sujet, MOTIF, acteur=porteur, maintenant=JOUR)
    second.preparer(venir)
    second.lacher(0.0)
    attendre_qu_on_attende(lieu.engine)
    premier.valider()
    sortie = second.sortie()
    assert (sortie.code, sortie.erreur) == (1, TROP_TARD)
    assert transitions(lieu, sujet, 2) == ["abandonner"]
    verifier_le_reste(lieu)
    assert list(objets_recus(lieu, smtp).values()) == [3]


def test_fault_17_two_transactions_that_wait_for_each_other_do_not_become_a_persons_problem(
    engine_postgresql: Engine, tmp_path: Path
) -> None:
    """A sweep that holds the money and wants the dossier, a person who holds the dossier and wants the money."""
    lieu = ouvrir(engine_postgresql, tmp_path / "pieces")
    sujet = mener_jusqu_a(lieu.marche(), "Essai", "retenu_etude")
    # PostgreSQL looks for such circles after a while only: long enough here for the circle to be closed by then.
    regler(engine_postgresql, f"ALTER DATABASE {engine_postgresql.url.database} SET deadlock_timeout = '2s'")
    agent = Acteur("agent", lieu.personnes["agent"])
    poste = Poste(adresse(lieu))
    try:
        with engine_postgresql.begin() as balayage:
            # Whoever looks first is the one undone: let it be the person.
            balayage.execute(text("SET LOCAL deadlock_timeout = '10min'"))
            balayage.execute(text("UPDATE enveloppe SET montant = montant"))
            poste.preparer(au_guichet("abandonner", sujet, MOTIF, agent, JOUR))
            poste.lacher(0.0)
            attendre_qu_on_attende(engine_postgresql)
            balayage.execute(text("UPDATE dossier SET titre = titre"))
        assert poste.sortie() == Sortie(0, "abandonner_etude", "")
    finally:
        poste.fermer()
    assert transitions(lieu, sujet, 1)[-1] == "abandonner_etude"
    verifier_le_reste(lieu)
