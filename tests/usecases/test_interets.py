"""Evaluators found in conflict after they were given a dossier; and conflicts read for a thousand dossiers at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from ami.agir import agir
from ami.attentes import attentes
from ami.conflits import en_conflit
from ami.models import (
    Courriel,
    DeportComite,
    Dossier,
    DossierTerritoire,
    Echeance,
    Incident,
    Interet,
    Personne,
    Territoire,
)
from ami.queries import lister_dossiers
from ami.regards import OPERATEUR, Regard
from ami.relances import emettre_relances
from ami.seances import convoquer
from ami.sujets import Acteur, Sujet, identifiant
from notifications.apercu import texte_de
from tests.usecases.monde import Monde, le
from tests.usecases.scene import reunir

J_MOINS_7 = le("2026-04-10 09:00")


def confier(monde: Monde, dossier: Dossier, personne: Personne) -> None:
    """Ask somebody to evaluate, before 17 April."""
    monde.affecter(dossier, personne)
    regle = next(e for e in monde.reglement.echeances if e.role == "evaluateur")
    monde.session.add(
        Echeance(
            sujet_kind="dossier",
            sujet_id=identifiant(dossier),
            campagne_id=identifiant(monde.campagne),
            code=regle.code,
            acte=regle.acte,
            role=regle.role,
            personne_id=personne.id,
            ouverte_le=le("2026-03-20 10:00"),
            ouverte_seq=1,
            due_a=le("2026-04-17 23:59:59"),
        )
    )
    monde.session.flush()


def test_un_evaluateur_devenu_interesse_n_est_plus_relance_et_l_equipe_le_sait_une_fois(monde: Monde) -> None:
    session, dossier = monde.session, monde.dossier("en_evaluation")
    interesse, libre = monde.personne("evaluateur"), monde.personne("evaluateur")
    for personne in (interesse, libre):
        confier(monde, dossier, personne)
    session.add(Interet(personne_id=identifiant(interesse), structure_id=monde.porteur.id, declare_le=J_MOINS_7))
    session.flush()
    for quand in ("2026-04-16 09:00", "2026-04-16 10:00"):
        assert emettre_relances(session, monde.campagne, le(quand)).echecs == []
    assert [c.destinataire for c in session.exec(select(Courriel).order_by(col(Courriel.id)))] == [libre.courriel]
    (dit,) = session.exec(select(Incident))
    assert (dit.sujet_id, dit.fois, dit.resolu_le) == (dossier.id, 1, None)
    assert f"confié à {interesse.nom_complet} alors que" in dit.raison
    vus = {ligne.remarque for ligne in attentes(session, OPERATEUR, monde.campagne, le("2026-04-16 11:00"))}
    assert dit.raison in vus

    sujet = Sujet("dossier", identifiant(dossier))
    qui = Acteur("evaluateur", interesse.id)
    agir(session, "se_deporter", sujet, {"motif": "Un proche."}, acteur=qui, maintenant=le("2026-04-16 12:00"))
    emettre_relances(session, monde.campagne, le("2026-04-16 13:00"))
    session.refresh(dit)
    assert (dit.fois, dit.resolu_le) == (1, le("2026-04-16 13:00"))


@pytest.mark.parametrize("dite", ["SAINT ETIENNE", "saint-étienne"])
def test_un_interet_dans_une_commune_se_reconnait_sans_ses_accents(monde_leger: Monde, dite: str) -> None:
    session, dossier, juge = monde_leger.session, monde_leger.dossier(), monde_leger.personne("evaluateur")
    session.add(Territoire(code="QP042001", nom="Montreynaud", commune="Saint-Étienne", kind="QPV", millesime=2024))
    session.add(DossierTerritoire(dossier_id=identifiant(dossier), code="QP042001"))
    session.add(Interet(personne_id=identifiant(juge), commune=dite, declare_le=J_MOINS_7))
    session.flush()
    assert "intérêt" in (en_conflit(session, dossier, juge) or "")


def test_l_ordre_du_jour_tait_a_un_membre_le_dossier_ou_il_a_un_interet(monde_leger: Monde) -> None:
    session, dossier = monde_leger.session, monde_leger.dossier("evalue", numero="TU-1")
    lie, libre = monde_leger.personne("membre_comite"), monde_leger.personne("membre_comite")
    session.add(Interet(personne_id=identifiant(lie), structure_id=monde_leger.porteur.id, declare_le=J_MOINS_7))
    convoquer(
        session,
        monde_leger.campagne,
        monde_leger.reglement,
        code="c1",
        tenue_le=le("2026-05-05 14:00"),
        lieu="Lyon",
        dossiers=[dossier],
        maintenant=J_MOINS_7,
    )
    dits = {c.destinataire: "TU-1" in texte_de(c.octets) for c in session.exec(select(Courriel))}
    assert (dits[lie.courriel], dits[libre.courriel]) == (False, True)


@contextmanager
def requetes(engine: Engine) -> Iterator[list[str]]:
    """The queries made meanwhile."""
    faites: list[str] = []

    def noter(_c: Any, _curseur: Any, requete: str, *_: Any) -> None:
        faites.append(requete)

    event.listen(engine, "before_cursor_execute", noter)
    try:
        yield faites
    finally:
        event.remove(engine, "before_cursor_execute", noter)


def test_un_membre_du_comite_liste_mille_dossiers_en_peu_de_requetes(monde_leger: Monde, engine_sqlite: Engine) -> None:
    membre = monde_leger.personne("membre_comite")
    dossiers = [monde_leger.dossier(porteur_id=monde_leger.financeur.id) for _ in range(1000)]
    ecarte, sorti = dossiers[0], dossiers[1]
    ecarte.porteur_id = monde_leger.porteur.id
    session: Session = monde_leger.session
    session.add(Interet(personne_id=identifiant(membre), structure_id=monde_leger.porteur.id, declare_le=J_MOINS_7))
    seance = reunir(monde_leger)
    session.add(
        DeportComite(
            comite_id=identifiant(seance),
            dossier_id=identifiant(sorti),
            membre=membre.nom_complet,
            motif="Voisin",
            note_le=J_MOINS_7,
        )
    )
    session.flush()
    with requetes(engine_sqlite) as faites:
        lus = lister_dossiers(session, Regard(Acteur("membre_comite", membre.id), J_MOINS_7), monde_leger.campagne)
    assert {ligne.id for ligne in lus} == {d.id for d in dossiers[2:]}
    assert len(faites) < 25
