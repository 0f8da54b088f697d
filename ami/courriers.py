"""The letter of a decision: the courriel kept in the record, word for word, set on paper and never rendered again."""

from dataclasses import asdict, dataclass
from typing import Final

from sqlmodel import Session, col, or_, select

from ami.documents import composer
from ami.emission import LETTRE, Emission
from ami.erreurs import DonneesInvalides, Introuvable
from ami.models import Dossier, Personne, Reclamation, Structure
from ami.reglements import reglement_de
from notifications.catalogue import CATALOGUE
from notifications.formats import jour_court
from notifications.lettres import PasDeLettre, en_lettre
from notifications.models import Courriel

# The messages that are letters: decisions of the comité or of the organisme, and what they make due.
DECISIONS: Final = (
    "laureat",
    "liste_complementaire",
    "ajournement",
    "rejet",
    "selection_retenu",
    "selection_liste",
    "selection_non_retenu",
    "irrecevabilite",
    "place_proposee",
    "place_non_acceptee",
    "participation_retenue",
    "participation_non_retenue",
    "revue_arret",
    "resiliation",
    "demande_reversement",
    "reclamation_repondue",
)
PERSONNE: Final = "personne:"


@dataclass(frozen=True)
class Choix:
    """The courriel to set as a letter, and those it was preferred to."""

    courriel: Courriel
    autres: list[Courriel]


def choisir_courriel(session: Session, dossier: Dossier, message: str | None, adresse: str | None) -> Choix:
    """The last decision told about a dossier (of one message, to one address, when given).

    The first person told wins: the règlement names the porteur first. Staff's own copies are no letters.

    Raises:
        DonneesInvalides: no such message in the catalogue.
        Introuvable: none was told.
    """
    if message is not None and message not in CATALOGUE:
        raise DonneesInvalides(f"« message » : « {message} » n'est pas un message du catalogue.")
    admis = DECISIONS if message is None else (message,)
    trouves = [
        c
        for c in _courriels(session, dossier)
        if c.message in admis and (adresse is None or c.destinataire.lower() == adresse.strip().lower())
    ]
    if not trouves:
        quoi = f"de message « {message} »" if message else "de décision"
        qui = f" à {adresse}" if adresse else ""
        raise Introuvable(f"Le dossier {dossier.numero} n'a pas encore reçu{qui} {quoi} à mettre en lettre.")
    dernier = trouves[-1]
    courriel = next(c for c in trouves if (c.cause, c.message) == (dernier.cause, dernier.message))
    return Choix(courriel, [c for c in trouves if c is not courriel])


def lettre(session: Session, dossier: Dossier, courriel: Courriel) -> Emission:
    """A courriel of the record as a letter, ready to be issued.

    Raises:
        DonneesInvalides: its text was erased, or holds a secret link.
    """
    try:
        blocs = [asdict(bloc) for bloc in en_lettre(b"" if courriel.masque else courriel.octets)]
    except PasDeLettre as erreur:
        raise DonneesInvalides(str(erreur)) from erreur
    organisme = reglement_de(session, dossier.campagne_id).reglement.programme.organisme
    personne = _personne(session, courriel)
    structure = session.get(Structure, personne.structure_id or 0) if personne is not None else None
    contenu = {
        "objet": courriel.objet,
        "organisme": organisme.nom,
        "contact": organisme.contact,
        "destinataire": personne.nom_complet if personne is not None else courriel.destinataire,
        "structure": structure.nom if structure is not None else "",
        "date": jour_court(courriel.cree_a),
        "dossier": dossier.titre,
        "numero": dossier.numero,
        "pied": f"{organisme.nom} – dossier {dossier.numero}",
        "blocs": blocs,
    }
    reference = _reference(session, dossier, courriel)
    donnees = {"message": courriel.message, "destinataire": courriel.destinataire_ref}
    return Emission(LETTRE, reference, contenu, lambda d: composer("lettre", d), donnees, figee=True)


def est_une_lettre(courriel: Courriel) -> bool:
    """True when what it tells a person is a decision, put on paper."""
    return courriel.message in DECISIONS and courriel.destinataire_ref.startswith(PERSONNE)


def _reference(session: Session, dossier: Dossier, courriel: Courriel) -> str:
    """By the move that wrote it and its place among those of that move: known before it leaves, unlike a row's id.

    A letter previewed and the letter issued are then the same bytes. Reminders come from no move.
    """
    match courriel.cause.split(":"):
        case ["dossier", _, seq, _] if seq.isdigit():
            requete = select(Courriel.id).where(Courriel.cause == courriel.cause).order_by(col(Courriel.id))
            rang = session.exec(requete).all().index(courriel.id) + 1
            return f"{dossier.numero}-L{seq}-{rang}"
        case _:
            return f"{dossier.numero}-L{courriel.id}"


def titre_du_message(code: str) -> str:
    """What a message of the catalogue is called."""
    return CATALOGUE[code].libelle if code in CATALOGUE else code


def _courriels(session: Session, dossier: Dossier) -> list[Courriel]:
    """What people, not staff's follow-up box, were told of a dossier and of its réclamations, in order."""
    reclamations = session.exec(select(Reclamation.id).where(Reclamation.dossier_id == dossier.id))
    sujets = [f"dossier:{dossier.id}:", *(f"reclamation:{numero}:" for numero in reclamations)]
    requete = (
        select(Courriel)
        .where(or_(*(col(Courriel.cause).startswith(sujet) for sujet in sujets)))
        .where(col(Courriel.destinataire_ref).startswith(PERSONNE))
        .order_by(col(Courriel.id))
    )
    return list(session.exec(requete))


def _personne(session: Session, courriel: Courriel) -> Personne | None:
    numero = courriel.destinataire_ref.removeprefix(PERSONNE)
    return session.get(Personne, int(numero)) if numero.isdigit() else None
