"""Two dossiers that were judged, and somebody who judges both: what readings are tried on."""

from dataclasses import dataclass
from decimal import Decimal
from email.message import EmailMessage
from typing import Any, Final

from sqlmodel import select
from stdnum import luhn

from ami.models import (
    Avis,
    Comite,
    Convention,
    Deliberation,
    Dossier,
    DossierTerritoire,
    Echeance,
    Interet,
    Note,
    Personne,
    ScoreFige,
    Territoire,
)
from ami.sujets import identifiant
from notifications.models import Courriel
from tests.usecases.entrees import NUMERO, VOISIN
from tests.usecases.monde import JOUR, Monde, structure

TITRE: Final = "Les Jardins de Zibeline"
COMMENTAIRE: Final = "Un commentaire de belette"
CONFIDENTIEL: Final = "Un avis de fouine"
PARTAGE: Final = "Un avis de martre"
MOTIF: Final = "Un motif de loutre"
SECRETS: Final = (NUMERO, VOISIN, TITRE, COMMENTAIRE, CONFIDENTIEL, MOTIF)
QUARTIER: Final = "QN03101N"


@dataclass(frozen=True)
class Scene:
    """A dossier judged, another one beside it; somebody who judges both, and a colleague of theirs."""

    monde: Monde
    secret: Dossier
    autre: Dossier
    interesse: Personne
    collegue: Personne


def monter(monde: Monde) -> Scene:
    """Play what comes before: everything a dossier may hold, notes and a decision not announced included."""
    session = monde.session
    ailleurs = structure(session, "Coopérative d'ailleurs", "cooperative")
    champs = {"montant_demande": Decimal(9000), "cout_prevu": Decimal(20000)}
    secret = monde.dossier("delibere", numero=NUMERO, titre=TITRE, decision="laureat", rang=3, **champs)
    autre = monde.dossier("evalue", numero="CONNU-1", porteur_id=ailleurs.id, accompagnateur_id=None, **champs)
    scene = Scene(monde, secret, autre, monde.personne("evaluateur"), monde.personne("evaluateur"))
    monde.habiliter(scene.interesse, "membre_comite")
    session.add(Territoire(code=QUARTIER, nom="Le Mirail", commune="Toulouse", kind="QPV", millesime=2024))
    for dossier in (secret, autre):
        session.add(DossierTerritoire(dossier_id=identifiant(dossier), code=QUARTIER))
        _evaluer(scene, dossier)
    _demander_des_avis(scene)
    _decider(scene)
    monde.engager(secret, "aide_projet", "9000")
    session.flush()
    return scene


def declarer_un_interet(scene: Scene) -> None:
    """From now on, the first dossier is not theirs to judge."""
    scene.monde.session.add(
        Interet(personne_id=identifiant(scene.interesse), structure_id=scene.secret.porteur_id, declare_le=JOUR)
    )
    scene.monde.session.flush()


def reunir(monde: Monde, **champs: Any) -> Comite:
    """A session of the comité."""
    ouverte: dict[str, Any] = {"campagne_id": monde.campagne.id, "code": "seance-1", "tenue_le": JOUR, "lieu": "Ici"}
    seance = Comite(**{**ouverte, **champs})
    monde.session.add(seance)
    monde.session.flush()
    return seance


def _evaluer(scene: Scene, dossier: Dossier) -> None:
    session = scene.monde.session
    assert scene.monde.reglement.grille is not None
    for personne in (scene.interesse, scene.collegue):
        affectation = identifiant(scene.monde.affecter(dossier, personne, "rendue"))
        dit = COMMENTAIRE if (dossier, personne) == (scene.secret, scene.collegue) else ""
        session.add_all(
            Note(affectation_id=affectation, critere=critere.code, valeur=Decimal(4), commentaire=dit)
            for critere in scene.monde.reglement.grille.criteres
        )
    champs = {"total_millieme": 71250, "eliminatoires": 0, "evaluations": 2}
    session.add(ScoreFige(dossier_id=identifiant(dossier), fige_le=JOUR, **champs))


def _demander_des_avis(scene: Scene) -> None:
    for texte, confidentiel in ((CONFIDENTIEL, True), (PARTAGE, False)):
        scene.monde.session.add(
            Avis(
                dossier_id=identifiant(scene.secret),
                personne_id=identifiant(scene.monde.personne()),
                demande_le=JOUR,
                rendu_le=JOUR,
                sens="favorable",
                texte=texte,
                confidentiel=confidentiel,
            )
        )


def _decider(scene: Scene) -> None:
    """A decision prepared, and an échéance passed: lists of what is late name the dossier."""
    secret = identifiant(scene.secret)
    scene.monde.session.add(
        Deliberation(dossier_id=secret, acte="deliberer", decision="laureat", rang=3, motif=MOTIF, decide_le=JOUR)
    )
    scene.monde.session.add(
        Echeance(
            sujet_kind="dossier",
            sujet_id=secret,
            campagne_id=identifiant(scene.monde.campagne),
            code="evaluation",
            acte="noter",
            role="evaluateur",
            personne_id=scene.collegue.id,
            ouverte_le=JOUR,
            ouverte_seq=1,
            due_a=JOUR,
        )
    )


def publier(scene: Scene) -> Dossier:
    """What comes after: a session that sat, its minutes, a letter told, money signed; another dossier of the porteur.

    Who has an interest holds a seat of the session.
    """
    monde, session, secret = scene.monde, scene.monde.session, scene.secret
    voisin = monde.dossier("evalue", numero=VOISIN, titre=TITRE)
    assert monde.reglement.comite is not None
    sieges = list(monde.reglement.comite.membres)
    seance = reunir(
        monde,
        membres=sieges,
        presents=sieges,
        sieges={sieges[0]: identifiant(scene.interesse)},
        ordre_du_jour=[identifiant(d) for d in (secret, scene.autre, voisin)],
    )
    for deliberation in session.exec(select(Deliberation)):
        deliberation.comite_id = seance.id
    monde.engager(secret, "aide_etude", "1000")
    for connue in (monde.porteur, monde.accompagnateur, monde.financeur):
        siren = 10_000_000 + identifiant(connue)
        debut = f"{siren}{luhn.calc_check_digit(str(siren))}0001"
        connue.siret = debut + luhn.calc_check_digit(debut)
    convention = Convention(
        dossier_id=identifiant(secret),
        nature="aide_projet",
        reference=f"{NUMERO}-C2",
        signee_le=JOUR.date(),
        montant=Decimal(9000),
    )
    session.add(convention)
    _annoncer(scene)
    session.flush()
    return voisin


def _annoncer(scene: Scene) -> None:
    """A decision told to the porteur, and to somebody else."""
    corps = EmailMessage()
    corps.set_content(TITRE)
    corps.add_alternative(f"<html><body><p>{TITRE} est retenu.</p></body></html>", subtype="html")
    for rang, personne in enumerate((scene.monde.contact, scene.collegue)):
        scene.monde.session.add(
            Courriel(
                clef=f"essai:{rang}",
                cause=f"dossier:{scene.secret.id}:notifier:{rang}",
                message="laureat" if rang == 0 else "selection_retenu",
                destinataire=personne.courriel,
                destinataire_ref=f"personne:{personne.id}",
                expediteur="ami@example.org",
                objet=f"Votre projet {NUMERO}",
                octets=corps.as_bytes(),
                message_id=f"<{rang}@example.org>",
                cree_a=JOUR,
                du_a=JOUR,
                essai_a=JOUR,
            )
        )
