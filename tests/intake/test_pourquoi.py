"""What a dossier waits for, on whom, since when, and what each way out lacks."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from ami.agir import agir
from ami.erreurs import Introuvable
from ami.models import Campagne, Dossier, Echeance, Habilitation, Incident, Personne, Structure, Territoire
from ami.pourquoi import Explication, Sortie, pourquoi
from ami.queries import (
    compter_par_etat,
    compter_par_phase,
    echeances_ouvertes,
    incidents_ouverts,
    lister_campagnes,
    lister_dossiers,
    trouver_dossier,
)
from ami.regards import OPERATEUR
from ami.sujets import Acteur, Mouvement, identifiant

from .conftest import MAINTENANT


@pytest.fixture
def agent(session: Session, campagne: Campagne) -> Acteur:
    personne = Personne(prenom="Paul", nom="Agent", courriel="paul@example.org")
    session.add(personne)
    session.flush()
    session.add(
        Habilitation(personne_id=identifiant(personne), role="agent", campagne_id=campagne.id, depuis=MAINTENANT)
    )
    session.flush()
    return Acteur("agent", personne.id)


@pytest.fixture
def ouverture(session: Session, campagne: Campagne, agent: Acteur) -> Mouvement:
    porteur = Structure(nom="Habitat du Mirail", kind="organisme_hlm")
    contact = Personne(prenom="Anne", nom="Martin", courriel="anne@example.org")
    quartier = Territoire(code="QP031001", millesime=2015, kind="QPV", nom="Le Mirail", commune="Toulouse")
    session.add_all([porteur, contact, quartier])
    session.flush()
    donnees = {
        "titre": "Les Terrasses",
        "territoires": ["QP031001"],
        "porteur": porteur.id,
        "contact": contact.id,
    }
    return agir(session, "ouvrir_dossier", None, donnees, acteur=agent, maintenant=MAINTENANT, campagne_id=campagne.id)


def dossier_de(session: Session, mouvement: Mouvement) -> Dossier:
    return session.get_one(Dossier, mouvement.sujet.id)


def expliquer(session: Session, mouvement: Mouvement, maintenant: datetime = MAINTENANT) -> Explication:
    return pourquoi(session, OPERATEUR, dossier_de(session, mouvement), maintenant)


def sortie(explication: Explication, code: str) -> Sortie:
    return next(sortie for sortie in explication.sorties if sortie.code == code)


def test_on_sait_qui_est_attendu_et_depuis_combien_de_jours(session: Session, ouverture: Mouvement) -> None:
    explication = expliquer(session, ouverture, MAINTENANT + timedelta(days=3))
    assert (explication.numero, explication.etat, explication.phase) == ("ES26-0001", "Dossier ouvert", "Entrée")
    assert (explication.attend, explication.attend_noms) == ("porteur", ("Anne Martin",))
    assert explication.depuis_jours == 3
    assert not explication.final


def test_les_jours_se_comptent_en_heure_legale(session: Session, ouverture: Mouvement) -> None:
    # 09:00 UTC the 10th to 23:30 UTC the 10th: already the 11th in Paris.
    assert expliquer(session, ouverture, MAINTENANT + timedelta(hours=14, minutes=30)).depuis_jours == 1


def test_chaque_suite_dit_ce_qui_lui_manque_avec_la_valeur_trouvee(session: Session, ouverture: Mouvement) -> None:
    dossier = dossier_de(session, ouverture)
    assert sortie(expliquer(session, ouverture), "depot").ouverte
    dossier.montant_demande = Decimal("6000.00")
    session.add(dossier)
    session.flush()
    depot = sortie(expliquer(session, ouverture), "depot")
    (constat,) = depot.constats
    assert not depot.ouverte
    assert not constat.satisfait
    raison = constat.raison.replace("\u202f", " ").replace("\xa0", " ")
    assert raison == "L'aide demandée (6 000,00 €) dépasse le plafond (5 000,00 €)."
    assert (depot.vers, depot.roles, depot.automatique) == ("Dossier reçu", ("porteur", "agent"), False)


def test_regarder_n_ecrit_rien(session: Session, ouverture: Mouvement) -> None:
    session.commit()
    expliquer(session, ouverture)
    assert not session.new
    assert not session.dirty
    assert dossier_de(session, ouverture).version == 1


def test_un_dossier_fini_n_attend_plus_rien(session: Session, ouverture: Mouvement, agent: Acteur) -> None:
    agir(session, "abandonner", ouverture.sujet, {"motif": "Sans suite"}, acteur=agent, maintenant=MAINTENANT)
    explication = expliquer(session, ouverture)
    assert explication.final
    assert explication.sorties == ()


def test_les_echeances_du_dossier_sont_montrees_les_plus_pressantes_d_abord(
    session: Session, campagne: Campagne, ouverture: Mouvement
) -> None:
    for jours, fermee in ((5, None), (-1, None), (2, MAINTENANT)):
        session.add(
            Echeance(
                sujet_kind="dossier",
                sujet_id=ouverture.sujet.id,
                campagne_id=identifiant(campagne),
                code=f"echeance_{jours + 9}",
                acte="completer",
                role="porteur",
                ouverte_le=MAINTENANT,
                ouverte_seq=1,
                due_a=MAINTENANT + timedelta(days=jours),
                fermee_le=fermee,
            )
        )
    session.flush()
    echeances = expliquer(session, ouverture).echeances
    assert [(e.code, e.depassee) for e in echeances] == [("echeance_8", True), ("echeance_14", False)]
    assert [e.numero for e in echeances_ouvertes(session, OPERATEUR, campagne, MAINTENANT)] == [
        "ES26-0001",
        "ES26-0001",
    ]


def test_les_listes_et_les_comptes_parlent_les_mots_du_reglement(
    session: Session, campagne: Campagne, ouverture: Mouvement
) -> None:
    assert [(c.libelle, c.nombre) for c in compter_par_etat(session, OPERATEUR, campagne)] == [
        ("Dossier ouvert", 1),
        ("Dossier reçu", 0),
        ("Dossier fini", 0),
    ]
    assert [(c.libelle, c.nombre) for c in compter_par_phase(session, OPERATEUR, campagne)] == [
        ("Entrée", 1),
        ("Suite", 0),
    ]
    (resume,) = lister_dossiers(session, OPERATEUR, campagne)
    assert (resume.porteur, resume.quartiers, resume.communes) == ("Habitat du Mirail", ("QP031001",), ("Toulouse",))
    assert (resume.etat_libelle, resume.attend) == ("Dossier ouvert", "porteur")
    assert lister_dossiers(session, OPERATEUR, campagne, phase="suite") == []
    assert [(c.code, nombre) for c, nombre in lister_campagnes(session, OPERATEUR)] == [("ESSAI-2026", 1)]


def test_un_dossier_se_trouve_par_son_numero(session: Session, ouverture: Mouvement) -> None:
    assert trouver_dossier(session, OPERATEUR, " es26-0001 ").id == ouverture.sujet.id
    with pytest.raises(Introuvable, match="ES26-9999"):
        trouver_dossier(session, OPERATEUR, "ES26-9999")


def test_les_incidents_ouverts_nomment_le_dossier(session: Session, ouverture: Mouvement) -> None:
    for origine, resolu in (("balayage", None), ("relances", MAINTENANT)):
        session.add(
            Incident(
                sujet_kind="dossier",
                sujet_id=ouverture.sujet.id,
                origine=origine,
                raison="Le règlement regarde une réponse absente.",
                vu_le=MAINTENANT,
                resolu_le=resolu,
            )
        )
    session.flush()
    assert [(i.nom, i.origine) for i in incidents_ouverts(session, OPERATEUR)] == [("ES26-0001", "balayage")]
