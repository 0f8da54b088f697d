"""A candidature laid by its porteur through the real acts, for tests that look at what follows."""

from ami.agir import agir
from ami.models import Piece, Territoire
from ami.sujets import Acteur, Sujet
from tests.usecases.monde import JOUR, Monde

PIECES = ("deliberation", "budget_previsionnel", "lettre_bailleur")


def deposer(monde: Monde, *, cout: str = "6400.00", aide: str = "5000.00", pieces: tuple[str, ...] = PIECES) -> Sujet:
    """A candidature laid by its porteur, as the règlement wants it but for what the test changes."""
    monde.accompagnateur.adhesions = ["RAHP"]
    monde.session.add(Territoire(code="QP031001", millesime=2015, kind="QPV", nom="Le Mirail", commune="Toulouse"))
    monde.session.flush()
    porteur = Acteur("porteur", monde.contact.id)
    ouverture = {
        "titre": "Les Terrasses",
        "territoires": ["QP031001"],
        "porteur": monde.porteur.id,
        "contact": monde.contact.id,
        "accompagnateur": monde.accompagnateur.id,
    }
    session = monde.session
    sujet = agir(
        session, "ouvrir_dossier", None, ouverture, acteur=porteur, maintenant=JOUR, campagne_id=monde.campagne.id
    ).sujet
    session.add_all(_piece(sujet, code) for code in pieces)
    session.flush()
    reponses = {"presentation": "Un projet", "nombre_logements": 12, "adresse": "1 rue Neuve"}
    depot = {"cout_prevu": cout, "montant_demande": aide, "reponses": reponses}
    agir(session, "deposer_candidature", sujet, depot, acteur=porteur, maintenant=JOUR)
    return sujet


def _piece(sujet: Sujet, code: str) -> Piece:
    return Piece(
        dossier_id=sujet.id,
        code=code,
        empreinte="0" * 64,
        nom_origine="piece.pdf",
        type_reel="application/pdf",
        taille=1,
        deposee_le=JOUR,
    )
