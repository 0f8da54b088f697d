"""What a role opens and what it sees there: dossiers, parts of them, and the past as it may be told."""

from collections.abc import Mapping
from typing import Final

import pytest

from ami.agir import agir, avancer
from ami.erreurs import Introuvable
from ami.fiche import fiche
from ami.models import DeportComite, Personne
from ami.passe import passe
from ami.pourquoi import pourquoi
from ami.regards import OPERATEUR, Regard, lisibles
from ami.sujets import Acteur, Sujet, identifiant
from tests.usecases.entrees import (
    NUMERO,
)
from tests.usecases.monde import JOUR, Monde, le
from tests.usecases.scene import (
    COMMENTAIRE,
    CONFIDENTIEL,
    MOTIF,
    PARTAGE,
    declarer_un_interet,
    monter,
    reunir,
)

JUGES: Final = ("evaluateur", "membre_comite")


def test_un_interet_declare_ou_une_fonction_quittee_ferme_le_dossier_a_l_instant(monde: Monde) -> None:
    scene = monter(monde)
    session, dossiers = monde.session, [scene.secret, scene.autre]
    juges = [Regard(Acteur(role, scene.interesse.id), JOUR) for role in JUGES]
    assert [lisibles(session, juge, dossiers) for juge in juges] == [dossiers, dossiers]
    declarer_un_interet(scene)
    assert [lisibles(session, juge, dossiers) for juge in juges] == [[scene.autre], [scene.autre]]
    session.add(
        DeportComite(
            comite_id=identifiant(reunir(monde)),
            dossier_id=identifiant(scene.autre),
            membre=scene.interesse.nom_complet.upper(),
            motif="Je connais le porteur",
            note_le=JOUR,
        )
    )
    session.flush()
    assert [lisibles(session, juge, dossiers) for juge in juges] == [[scene.autre], []]
    # Who pays sits in the comité; they do not note.
    payeur = monde.personne("membre_comite", monde.financeur)
    monde.habiliter(payeur, "evaluateur")
    monde.affecter(scene.secret, payeur)
    payeurs = [Regard(Acteur(role, payeur.id), JOUR) for role in JUGES]
    assert [lisibles(session, regard, dossiers) for regard in payeurs] == [[], dossiers]
    collegue = Acteur("evaluateur", scene.collegue.id)
    partie = monde.habiliter(scene.collegue, "membre_comite")
    partie.jusqu_a = le("2026-03-31 00:00")
    session.flush()
    membre = Acteur("membre_comite", scene.collegue.id)
    assert lisibles(session, Regard(membre, JOUR), dossiers) == dossiers
    assert lisibles(session, Regard(membre, le("2026-03-31 00:00")), dossiers) == []
    assert lisibles(session, Regard(collegue, le("2026-03-31 00:00")), dossiers) == dossiers


def test_chacun_voit_du_dossier_ce_que_son_role_permet(monde: Monde) -> None:
    scene = monter(monde)
    collegue, marques = scene.collegue.nom_complet, (COMMENTAIRE, CONFIDENTIEL, PARTAGE, MOTIF, "71,25", "9 000")

    def vus(personne: Personne, role: str) -> list[str]:
        trouvee = fiche(monde.session, Regard(Acteur(role, personne.id), JOUR), NUMERO)
        assert trouvee.version == scene.secret.version
        dites = [dite for rubrique in trouvee.rubriques for ligne in rubrique.lignes for dite in ligne]
        texte = " ".join(" ".join(dites).split())
        return [marque for marque in (*marques, collegue) if marque in texte]

    monde.habiliter(monde.contact, "porteur", dossier=scene.secret)
    financeur = monde.personne("financeur")
    assert vus(monde.agent, "agent") == [*marques, collegue]
    assert vus(scene.interesse, "membre_comite") == [*marques, collegue]
    assert vus(scene.collegue, "evaluateur") == [COMMENTAIRE, PARTAGE, "71,25", "9 000", collegue]
    assert vus(scene.interesse, "evaluateur") == [PARTAGE, "71,25", "9 000"]
    assert vus(financeur, "financeur") == [PARTAGE, MOTIF, "71,25", "9 000"]
    assert vus(monde.contact, "porteur") == [PARTAGE, "9 000"]
    assert vus(monde.conseil, "accompagnateur") == [PARTAGE, "9 000"]
    d_ailleurs = monde.personne("accompagnateur")
    for personne, role in ((d_ailleurs, "accompagnateur"), (monde.conseil, "consulte"), (monde.conseil, "porteur")):
        with pytest.raises(Introuvable, match="accessible"):
            vus(personne, role)
    assert OPERATEUR.voit("notes")


def test_le_passe_tait_les_juges_et_la_decision_jusqu_a_son_annonce(monde: Monde) -> None:
    dossier, juges = monde.dossier("en_evaluation"), [monde.personne("evaluateur") for _ in range(3)]
    monde.habiliter(monde.contact, "porteur", dossier=dossier)
    sujet, agent = Sujet("dossier", identifiant(dossier)), Acteur("agent", monde.agent.id)
    assert monde.reglement.grille is not None
    notes = {critere.code: {"valeur": "3"} for critere in monde.reglement.grille.criteres}
    for juge in juges:
        monde.affecter(dossier, juge)
        _agir(monde, "noter", sujet, {"notes": notes, "final": True}, Acteur("evaluateur", juge.id))
    assert monde.reglement.comite is not None
    membres = list(monde.reglement.comite.membres)
    reunir(monde, membres=membres, presents=membres)
    avancer(monde.session, sujet, JOUR)

    def lu(acteur: Acteur) -> tuple[list[str], str]:
        regard = Regard(acteur, JOUR)
        etapes = passe(monde.session, regard, dossier)
        return [etape.code for etape in etapes], f"{etapes} {pourquoi(monde.session, regard, dossier, JOUR)}"

    porteur, premier = Acteur("porteur", monde.contact.id), Acteur("evaluateur", juges[0].id)
    codes = ["rendre_evaluation", "rendre_evaluation", "rendre_evaluation", "clore_evaluation"]
    assert lu(agent)[0] == codes
    assert lu(premier)[0] == ["rendre_evaluation", "clore_evaluation"]
    assert lu(porteur)[0] == ["clore_evaluation"]
    # What the ranking was judged on is said to staff, who prepares the decision, and to them alone.
    assert ["60 / 100" in dit.replace("\u00a0", " ") for dit in (lu(agent)[1], lu(premier)[1], lu(porteur)[1])] == [
        True,
        False,
        False,
    ]
    decision = {"decision": "non_retenu", "motif": MOTIF}
    _agir(monde, "deliberer", sujet, decision, agent)
    assert [MOTIF in lu(qui)[1] for qui in (agent, premier, porteur)] == [True, False, False]
    assert "Notifier" not in lu(porteur)[1]
    _agir(monde, "notifier", sujet, {}, agent)
    assert [MOTIF in lu(qui)[1] for qui in (agent, premier, porteur)] == [True, True, True]
    noms = [juge.nom_complet for juge in juges]
    assert [[nom in lu(qui)[1] for nom in noms] for qui in (agent, premier, porteur)] == [
        [True, True, True],
        [True, False, False],
        [False, False, False],
    ]


def _agir(monde: Monde, acte: str, sujet: Sujet, donnees: Mapping[str, object], acteur: Acteur) -> None:
    agir(monde.session, acte, sujet, donnees, acteur=acteur, maintenant=JOUR)
