"""Reminders: each once, the one that matters and not the burst, one courriel per person."""

import email
import email.policy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from ami.models import Campagne, Courriel, Dossier, Echeance, Incident, Personne, RelanceEmise
from ami.relances import BilanRelances, emettre_relances
from ami.sujets import identifiant
from tests.usecases.monde import PARIS, Monde, le, planter

OUVERTE = le("2026-01-15 10:00")


def attendre(
    monde: Monde,
    dossier: Dossier,
    code: str,
    due: str,
    *,
    personne: Personne | None = None,
    ouverte: datetime = OUVERTE,
) -> Echeance:
    """Open an échéance of the règlement, due at the end of a day."""
    regle = monde.reglement.echeance_par_code[code]
    echeance = Echeance(
        sujet_kind="dossier",
        sujet_id=identifiant(dossier),
        campagne_id=identifiant(monde.campagne),
        code=code,
        acte=regle.acte,
        role=regle.role,
        personne_id=personne.id if personne else None,
        ouverte_le=ouverte,
        ouverte_seq=1,
        due_a=le(f"{due} 23:59:59"),
    )
    monde.session.add(echeance)
    monde.session.flush()
    return echeance


def relancer(monde: Monde, quand: str | datetime) -> BilanRelances:
    return emettre_relances(monde.session, monde.campagne, le(quand) if isinstance(quand, str) else quand)


def issues(monde: Monde, echeance: Echeance) -> dict[str, str]:
    requete = select(RelanceEmise).where(RelanceEmise.echeance_id == echeance.id)
    return {emise.code: emise.issue for emise in monde.session.exec(requete)}


def courriels(monde: Monde) -> list[tuple[str, str]]:
    """Message and address of everything enqueued, in order."""
    lignes = monde.session.exec(select(Courriel).order_by(col(Courriel.id)))
    return [(ligne.message, ligne.destinataire) for ligne in lignes]


def texte(courriel: Courriel) -> str:
    message = email.message_from_bytes(courriel.octets, policy=email.policy.default)
    corps = message.get_body(("plain",))
    assert corps is not None
    return str(corps.get_content())


def test_un_rappel_part_a_son_heure_et_une_seule_fois(monde: Monde) -> None:
    echeance = attendre(monde, monde.dossier(), "etude", "2026-06-30")
    assert relancer(monde, "2026-05-29 08:59") == BilanRelances()
    assert relancer(monde, "2026-05-29 09:00") == BilanRelances(envoyees=1, courriels=1)
    for plus_tard in ("2026-05-29 09:00", "2026-05-29 09:01", "2026-06-01 09:00", "2026-06-22 09:00"):
        assert relancer(monde, plus_tard) == BilanRelances()
    assert issues(monde, echeance) == {"j_moins_30": "envoyee"}
    assert courriels(monde) == [("relance_livrable", monde.conseil.courriel)]


def test_un_jour_chome_avance_le_rappel_d_avant_et_repousse_celui_d_apres(monde: Monde) -> None:
    """Due on Tuesday 28 April: J-30 is the Sunday when clocks change, J+3 is May Day."""
    attendre(monde, monde.dossier(), "etude", "2026-04-28")
    assert relancer(monde, "2026-03-27 08:59").envoyees == 0
    assert relancer(monde, "2026-03-27 09:00").envoyees == 1
    assert relancer(monde, "2026-04-21 09:00").envoyees == 1
    assert relancer(monde, "2026-05-03 23:00").envoyees == 0
    assert relancer(monde, "2026-05-04 09:00").envoyees == 1


@pytest.mark.parametrize("panne", [False, True], ids=["sans panne", "deux jours de panne"])
@pytest.mark.parametrize(
    ("debut", "arret"),
    [("2026-03-01", "2026-03-26"), ("2026-10-01", "2026-10-22")],
    ids=["passage à l'été", "passage à l'hiver"],
)
def test_deux_mois_de_passages_envoient_chaque_rappel_une_fois(
    monde: Monde, debut: str, arret: str, panne: bool
) -> None:
    """Two months of runs, the nights when clocks change included: each reminder once, at its first run."""
    depart, coupure = le(f"{debut} 00:00"), le(f"{arret} 00:00")
    ouvertes = bilans_attendus(monde, depart)
    relancer(monde, depart)  # what came due before the two months is not under test
    avant = {(e.echeance_id, e.code) for e in monde.session.exec(select(RelanceEmise))}
    vus = [i for i in passages(depart, 61) if not (panne and coupure <= i < coupure + timedelta(hours=48))]
    for instant in vus:
        relancer(monde, instant)
    emises = [e for e in monde.session.exec(select(RelanceEmise)) if (e.echeance_id, e.code) not in avant]
    attendues = {
        (identifiant(echeance), code): prevue(echeance, jours)
        for echeance in ouvertes
        for code, jours in (("j_moins_30", -30), ("j_moins_7", -7), ("j_plus_30", 30))
        if depart < prevue(echeance, jours) < vus[-1]
    }
    assert {(e.echeance_id, e.code): e.issue for e in emises} == dict.fromkeys(attendues, "envoyee")
    for emise in emises:
        a_l_heure = attendues[(emise.echeance_id, emise.code)]
        assert emise.emise_le == next(instant for instant in vus if instant >= a_l_heure)
    retardees = [heure for heure in attendues.values() if coupure <= heure < coupure + timedelta(hours=48)]
    assert retardees, "the outage must fall on some reminders"


def bilans_attendus(monde: Monde, depart: datetime) -> list[Echeance]:
    """A bilan due every fourth day of two months, each of a dossier of its own."""
    ouvertes = []
    for jour in range(1, 60, 4):
        dossier = monde.dossier(etat="conventionne")
        monde.habiliter(monde.contact, "porteur", dossier=dossier)
        due = (depart + timedelta(days=jour)).date().isoformat()
        ouvertes.append(attendre(monde, dossier, "bilan", due, ouverte=depart - timedelta(days=400)))
    return ouvertes


def passages(depart: datetime, jours: int) -> Iterator[datetime]:
    """Five runs a day by the clock: those of the night come three or five times when clocks change."""
    debut = depart.timestamp()
    toutes = (datetime.fromtimestamp(debut + 3600 * rang, tz=PARIS) for rang in range(24 * jours))
    return (instant for instant in toutes if instant.hour in {1, 2, 3, 9, 15})


# Days off of these months, written by hand: weekends and public holidays of 2026.
FERIES = {"2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25", "2026-11-11", "2026-12-25"}


def prevue(echeance: Echeance, jours: int) -> datetime:
    """When a reminder leaves, counted by hand."""
    jour = echeance.due_a.astimezone(PARIS).date() + timedelta(days=jours)
    while jour.weekday() >= 5 or jour.isoformat() in FERIES:
        jour += timedelta(days=1 if jours > 0 else -1)
    return le(f"{jour} 09:00")


def test_apres_une_longue_panne_seul_le_dernier_rappel_part(monde: Monde) -> None:
    echeance = attendre(monde, monde.dossier(), "etude", "2026-06-30")
    assert relancer(monde, "2026-07-10 11:00") == BilanRelances(envoyees=1, passees=2, courriels=1)
    assert issues(monde, echeance) == {"j_moins_30": "passee", "j_moins_7": "passee", "j_plus_3": "envoyee"}
    assert relancer(monde, "2026-07-20 11:00") == BilanRelances()


def test_un_rappel_d_avant_l_ouverture_n_a_jamais_compte(monde: Monde) -> None:
    echeance = attendre(monde, monde.dossier(), "etude", "2026-06-30", ouverte=le("2026-06-10 10:00"))
    assert relancer(monde, "2026-06-10 10:05") == BilanRelances()
    assert relancer(monde, "2026-06-23 09:00").envoyees == 1
    assert issues(monde, echeance) == {"j_moins_7": "envoyee"}


def test_plusieurs_rappels_a_une_personne_font_un_seul_courriel(monde: Monde) -> None:
    un, deux = monde.dossier(), monde.dossier()
    for dossier in (un, deux):
        attendre(monde, dossier, "etude", "2026-06-30")
    assert relancer(monde, "2026-05-29 09:00") == BilanRelances(envoyees=2, courriels=1)
    assert courriels(monde) == [("relances_groupees", monde.conseil.courriel)]
    lettre = texte(monde.session.exec(select(Courriel)).one())
    assert un.numero in lettre
    assert deux.numero in lettre
    assert "Dépôt de l’étude complète" in lettre


def test_chacun_recoit_ce_qui_le_regarde(monde: Monde) -> None:
    """The porteur owes two things, the accompagnateur is told of one of them only."""
    un, deux = monde.dossier(etat="a_completer"), monde.dossier(etat="conventionne")
    for dossier in (un, deux):
        monde.habiliter(monde.contact, "porteur", dossier=dossier)
    monde.habiliter(monde.conseil, "accompagnateur", dossier=un)
    attendre(monde, un, "pieces", "2026-06-30")
    attendre(monde, deux, "bilan", "2026-06-30")
    relancer(monde, "2026-06-23 09:00")
    assert sorted(courriels(monde)) == [
        ("relance_pieces", monde.conseil.courriel),
        ("relances_groupees", monde.contact.courriel),
    ]


def test_un_evaluateur_n_est_relance_que_pour_ce_qu_il_doit(monde: Monde) -> None:
    dossier = monde.dossier(etat="en_evaluation")
    lent, rapide = monde.personne("evaluateur"), monde.personne("evaluateur")
    for personne in (lent, rapide):
        monde.affecter(dossier, personne)
    due = attendre(monde, dossier, "evaluation", "2026-06-30", personne=lent)
    rendue = attendre(monde, dossier, "evaluation", "2026-06-30", personne=rapide)
    rendue.fermee_le = le("2026-06-15 10:00")
    monde.session.flush()
    relancer(monde, "2026-06-23 09:00")
    assert courriels(monde) == [("relance_evaluation", lent.courriel)]
    assert issues(monde, due) == {"j_moins_5": "envoyee"}
    assert issues(monde, rendue) == {}


@pytest.mark.parametrize("etat", ["clos", "abandonne", "non_retenu"])
def test_un_dossier_arrive_a_sa_fin_est_laisse_en_paix(monde: Monde, etat: str) -> None:
    attendre(monde, monde.dossier(etat=etat), "etude", "2026-06-30")
    assert relancer(monde, "2026-07-10 09:00") == BilanRelances()


def test_une_echeance_fermee_ne_relance_plus(monde: Monde) -> None:
    echeance = attendre(monde, monde.dossier(), "etude", "2026-06-30")
    echeance.fermee_le = le("2026-05-01 10:00")
    monde.session.flush()
    assert relancer(monde, "2026-07-10 09:00") == BilanRelances()
    assert courriels(monde) == []


@pytest.mark.parametrize(
    ("quand", "expire"),
    [
        ("2026-05-29 09:00", "2026-06-23 09:00"),
        ("2026-07-03 09:00", "2026-07-10 09:00"),
        ("2026-07-20 15:00", "2026-07-27 15:00"),
    ],
    ids=["au rappel suivant", "sept jours après le dernier", "sept jours après un rattrapage"],
)
def test_un_rappel_cesse_d_etre_utile(monde: Monde, quand: str, expire: str) -> None:
    attendre(monde, monde.dossier(), "etude", "2026-06-30")
    relancer(monde, quand)
    assert monde.session.exec(select(Courriel)).one().expire_a == le(expire)


def test_les_agents_ont_leur_copie_groupee_elle_aussi(monde: Monde) -> None:
    monde.campagne.courriel_suivi = "suivi@example.org"
    for _ in range(2):
        attendre(monde, monde.dossier(), "etude", "2026-06-30")
    assert relancer(monde, "2026-05-29 09:00") == BilanRelances(envoyees=2, courriels=2)
    assert courriels(monde) == [
        ("relances_groupees", monde.conseil.courriel),
        ("relances_groupees", "suivi@example.org"),
    ]


def test_un_rappel_sans_personne_est_signale_n_arrete_pas_les_autres_et_part_ensuite(monde: Monde) -> None:
    orphelin = monde.dossier(etat="conventionne")
    perdue = attendre(monde, orphelin, "bilan", "2026-06-30")
    attendre(monde, monde.dossier(), "etude", "2026-06-30")
    bilan = relancer(monde, "2026-06-23 09:00")
    assert (bilan.envoyees, bilan.courriels) == (1, 1)
    assert [(echec.sujet.id, echec.echeance_id) for echec in bilan.echecs] == [(orphelin.id, perdue.id)]
    assert orphelin.numero in bilan.echecs[0].raison
    assert issues(monde, perdue) == {}
    monde.habiliter(monde.contact, "porteur", dossier=orphelin)
    assert relancer(monde, "2026-06-23 10:00").envoyees == 1


@pytest.mark.parametrize(
    ("deformer", "raison"),
    [
        (lambda echeance: setattr(echeance, "code", "inconnue"), "KeyError"),
        (lambda echeance: setattr(echeance, "sujet_id", 999), "999"),
    ],
    ids=["une échéance que le règlement ne connaît pas", "un dossier disparu"],
)
def test_une_echeance_que_personne_n_avait_prevue_est_mise_de_cote_et_les_autres_partent(
    monde: Monde, deformer: Callable[[Echeance], None], raison: str
) -> None:
    tordue = attendre(monde, monde.dossier(), "etude", "2026-06-30")
    deformer(tordue)
    saine = attendre(monde, monde.dossier(), "etude", "2026-06-30")
    bilan = relancer(monde, "2026-05-29 09:00")
    assert (bilan.envoyees, bilan.courriels) == (1, 1)
    assert [(echec.echeance_id, raison in echec.raison) for echec in bilan.echecs] == [(tordue.id, True)]
    assert issues(monde, saine) == {"j_moins_30": "envoyee"}
    incident = monde.session.exec(select(Incident)).one()
    assert (incident.sujet_id, incident.origine, raison in incident.raison) == (tordue.sujet_id, "relances", True)


@contextmanager
def panne_a_la_reservation(session: Session, rang: int, panne: Callable[[], str]) -> Iterator[None]:
    """The nth reminder written meets `panne`: what it returns is executed instead."""
    vus, connexion = count(1), session.connection()

    def executer(_c: Any, _curseur: Any, requete: str, donnees: Any, *_: Any) -> tuple[str, Any]:
        vise = requete.startswith("INSERT INTO relance_emise") and next(vus) == rang
        return (panne(), ()) if vise else (requete, donnees)

    event.listen(connexion, "before_cursor_execute", executer, retval=True)
    try:
        yield
    finally:
        event.remove(connexion, "before_cursor_execute", executer)


def test_une_ecriture_refusee_ne_perd_que_son_echeance_et_rien_n_en_reste(monde: Monde) -> None:
    """The first two lines passed over are written when the third is refused: they go with it."""
    refusee = attendre(monde, monde.dossier(), "etude", "2026-06-30")
    saine = attendre(monde, monde.dossier(), "etude", "2026-06-30")
    with panne_a_la_reservation(monde.session, 3, lambda: "INSERT INTO relance_emise (echeance_id) VALUES (NULL)"):
        bilan = relancer(monde, "2026-07-10 11:00")
    assert (bilan.envoyees, bilan.passees, bilan.courriels) == (1, 2, 1)
    assert [(e.echeance_id, "IntegrityError" in e.raison) for e in bilan.echecs] == [(refusee.id, True)]
    assert issues(monde, refusee) == {}
    assert len(issues(monde, saine)) == 3
    assert relancer(monde, "2026-07-10 11:05") == BilanRelances(envoyees=1, passees=2, courriels=1)
    assert monde.session.exec(select(Incident)).one().resolu_le == le("2026-07-10 11:05")


def test_une_base_en_panne_remonte_au_passage_qui_recommencera(monde: Monde) -> None:
    def tomber() -> str:
        raise OperationalError("INSERT INTO relance_emise", {}, Exception("deadlock detected"))

    attendre(monde, monde.dossier(), "etude", "2026-06-30")
    with pytest.raises(OperationalError), panne_a_la_reservation(monde.session, 1, tomber):
        relancer(monde, "2026-05-29 09:00")


def test_une_reference_de_dossier_suffit_a_la_clef(monde: Monde) -> None:
    attendre(monde, monde.dossier(), "etude", "2026-06-30")
    relancer(monde, "2026-05-29 15:00")
    courriel = monde.session.exec(select(Courriel)).one()
    assert courriel.clef.endswith(f":2026-05-29/relance_livrable/personne:{monde.conseil.id}")


def test_deux_passages_en_meme_temps_n_envoient_rien_deux_fois(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        monde = planter(session)
        for _ in range(6):
            attendre(monde, monde.dossier(), "etude", "2026-06-30")
        session.commit()
        campagne_id = identifiant(monde.campagne)
    depart = Barrier(2)

    def passer(_: int) -> BilanRelances:
        depart.wait()
        with Session(engine, expire_on_commit=False) as session:
            bilan = emettre_relances(session, session.get_one(Campagne, campagne_id), le("2026-05-29 09:00"))
            session.commit()
            return bilan

    with ThreadPoolExecutor(2) as deux:
        bilans = list(deux.map(passer, range(2)))
    assert sorted(bilan.envoyees for bilan in bilans) == [0, 6]
    with Session(engine) as session:
        assert len(session.exec(select(RelanceEmise)).all()) == 6
        assert [c.message for c in session.exec(select(Courriel))] == ["relances_groupees"]


def test_rien_ne_reste_d_un_passage_interrompu(monde: Monde) -> None:
    attendre(monde, monde.dossier(), "etude", "2026-06-30")
    monde.session.commit()
    assert relancer(monde, "2026-05-29 09:00").courriels == 1
    monde.session.rollback()
    assert courriels(monde) == []
    assert relancer(monde, "2026-05-29 09:05").courriels == 1
