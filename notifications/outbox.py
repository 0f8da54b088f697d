"""The outbox: mails are enqueued in the transaction that caused them, so both happen or neither does."""

from datetime import datetime

from sqlalchemy import Insert, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from notifications.evenements import noter
from notifications.models import Courriel, CourrielPause, EtatCourriel
from notifications.render import CourrielPret

ADRESSE_EFFACEE = "efface@invalid"


class HorsTransaction(RuntimeError):
    """A mail was about to be enqueued outside of the transaction that causes it."""

    def __init__(self) -> None:
        super().__init__(
            "Un courriel ne s'enregistre que dans la transaction de l'acte qui le cause : "
            "ouvrez la transaction et écrivez l'acte d'abord."
        )


class ResolutionImpossible(ValueError):
    """The mail is not uncertain any more, or can no longer be sent again."""


def enqueue(session: Session, pret: CourrielPret, maintenant: datetime) -> bool:
    """Put a rendered mail in the outbox; True when it is new, False when its key is already there.

    Runs inside the transaction the session has open and never commits. Raises `HorsTransaction` when there
    is none: the mail would then leave although the act did not happen.
    """
    if not session.in_transaction():
        raise HorsTransaction
    session.flush()
    identifiant = session.execute(_insertion(session, pret, maintenant)).scalar_one_or_none()
    if identifiant is None:
        return False
    noter(session, identifiant, "enregistre", maintenant, f"dû le {pret.du_a.isoformat()}")
    return True


def resoudre_incertain(session: Session, courriel_id: int, *, recu: bool, par: str, maintenant: datetime) -> None:
    """Settle an uncertain mail by a person's word: received (it becomes sent), or not (same bytes leave again).

    `par` names the person (an identifier, kept in the events). Raises `ResolutionImpossible` when the mail is
    not uncertain, or when its body was wiped: the person was erased, or it held a secret.
    """
    ligne = session.get(Courriel, courriel_id)
    if ligne is None or ligne.etat != EtatCourriel.INCERTAIN:
        raise ResolutionImpossible(f"Le courriel {courriel_id} n'est pas (ou plus) incertain.")
    if not recu and ligne.destinataire == ADRESSE_EFFACEE:
        raise ResolutionImpossible(
            f"Le courriel {courriel_id} était adressé à une personne dont les données ont été effacées depuis : "
            "il ne peut pas repartir. Indiquez-le comme reçu pour le clore."
        )
    if not recu and not ligne.octets:
        raise ResolutionImpossible(
            f"Le courriel {courriel_id} contenait un lien de connexion et son texte a été effacé : "
            "demandez à la personne de redemander un lien."
        )
    valeurs: dict[str, object] = {"etat": EtatCourriel.ENVOYE.value}
    if not recu:
        valeurs = {"etat": EtatCourriel.A_ENVOYER.value, "essai_a": maintenant, "marque_a": None}
    _changer(session, courriel_id, valeurs)
    noter(session, courriel_id, "resolu_recu" if recu else "resolu_renvoi", maintenant, f"par {par}")


def suspendre_file(session: Session, raison: str, *, maintenant: datetime) -> None:
    """Pause the queue until a person lifts it (a restored backup, a doubt): nothing probes meanwhile."""
    session.merge(CourrielPause(id=1, raison=raison, depuis=maintenant, jusqu_a=None))
    noter(session, None, "file_en_pause", maintenant, raison)


def reprendre_file(session: Session, *, par: str, maintenant: datetime) -> bool:
    """Lift the pause of the queue by a person's word; False when it was not paused."""
    pause = session.get(CourrielPause, 1)
    if pause is None:
        return False
    session.delete(pause)
    noter(session, None, "file_reprise", maintenant, f"par {par}")
    return True


def etat_file(session: Session) -> dict[EtatCourriel, int]:
    """Number of mails in each état; every état is present."""
    lignes = session.execute(select(col(Courriel.etat), func.count()).group_by(col(Courriel.etat)))
    comptes: dict[str, int] = {etat: nombre for etat, nombre in lignes}  # noqa: C416 - typed under every SQLAlchemy
    return {etat: comptes.get(etat.value, 0) for etat in EtatCourriel}


def effacer_personne(session: Session, destinataire_ref: str, *, maintenant: datetime) -> int:
    """Erase a person's address, subjects, bodies and answers from the outbox; what had not left is dropped.

    The rows, their keys and states stay, so that the counts still hold. Returns how many mails were erased.
    """
    lignes = session.execute(
        select(col(Courriel.id), col(Courriel.etat))
        .where(col(Courriel.destinataire_ref) == destinataire_ref, col(Courriel.destinataire) != ADRESSE_EFFACEE)
        .with_for_update()
    ).all()
    for courriel_id, etat in lignes:
        valeurs: dict[str, object] = {"destinataire": ADRESSE_EFFACEE, "objet": "", "octets": b"", "reponse": None}
        if etat in {EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS}:
            valeurs |= {"etat": EtatCourriel.ABANDONNE.value, "bail_jeton": None, "bail_fin": None}
        _changer(session, courriel_id, valeurs)
        noter(session, courriel_id, "efface", maintenant)
    return len(lignes)


def _changer(session: Session, courriel_id: int, valeurs: dict[str, object]) -> None:
    """Update one row in the database and in the objects the session already holds."""
    session.execute(
        update(Courriel).where(col(Courriel.id) == courriel_id).values(**valeurs),
        execution_options={"synchronize_session": "fetch"},
    )


def _insertion(session: Session, pret: CourrielPret, maintenant: datetime) -> Insert:
    valeurs: dict[str, object] = {
        "clef": pret.clef,
        "cause": pret.cause,
        "message": pret.message,
        "destinataire": pret.destinataire.adresse,
        "destinataire_ref": pret.destinataire.ref,
        "expediteur": pret.expediteur,
        "objet": pret.objet,
        "octets": pret.octets,
        "message_id": pret.message_id,
        "cree_a": maintenant,
        "du_a": pret.du_a,
        "essai_a": pret.du_a,
        "expire_a": pret.expire_a,
        "priorite": pret.priorite,
        "etat": EtatCourriel.A_ENVOYER.value,
        "tentatives": 0,
        "masque": pret.masque,
        "politique": pret.politique.value,
    }
    if session.get_bind().dialect.name == "postgresql":
        insertion = postgresql.insert(Courriel).values(**valeurs).on_conflict_do_nothing(index_elements=["clef"])
        return insertion.returning(col(Courriel.id))
    insertion_sqlite = sqlite.insert(Courriel).values(**valeurs).on_conflict_do_nothing(index_elements=["clef"])
    return insertion_sqlite.returning(col(Courriel.id))


__all__ = [
    "HorsTransaction",
    "ResolutionImpossible",
    "effacer_personne",
    "enqueue",
    "etat_file",
    "reprendre_file",
    "resoudre_incertain",
    "suspendre_file",
]
