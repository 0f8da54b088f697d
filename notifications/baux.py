"""Leases on the outbox: each method is one short transaction, conditional on what it expects to find.

A lease is a token and a deadline. Whoever lost the token has lost the mail: its updates touch no row.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Update, and_, bindparam, exists, or_, select, true, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from notifications.database import lecture_seule
from notifications.evenements import noter
from notifications.models import Courriel, EtatCourriel, Politique
from notifications.settings import TENTATIVES_MAX
from notifications.transport import Envoi

REPONSE_MAX = 1000
# Addresses were validated when they came in; here, only what an envelope can hold.
_ADRESSE_ENVELOPPE = re.compile(r"[!#-;=?A-~]+@[A-Za-z0-9.-]+")
# As a server may write an address back: in any case, in Unicode, or as part of a link.
_ADRESSE_CITEE = re.compile(r"""(?:"[^"@]*"|[^\s<>"@]+)(?:@|%40)(?:[\w.-]+|\[[^\]\s]*\])""")
ADRESSE_TUE = "[adresse]"
_FIN_DE_LIGNE_NUE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Illisible(Exception):
    """The row cannot be sent as it stands; it must not hold up the others."""


@dataclass(frozen=True)
class Bail:
    """A leased mail. `jeton` is the fencing token."""

    id: int
    jeton: str
    fin: datetime
    masque: bool


@dataclass(frozen=True)
class Menage:
    """What a round of housekeeping found: leases taken back, doubts, mails past their use."""

    recuperes: int
    incertains: int
    abandonnes: int


class Baux:
    """The outbox as a dispatcher sees it. `idempotent`: handing a mail over twice leaves one copy.

    `tentatives_max`: a mail that may be sent again when nobody knows is uncertain all the same after so many attempts.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        duree: timedelta,
        duree_corps: timedelta,
        idempotent: bool,
        tentatives_max: int = TENTATIVES_MAX,
    ) -> None:
        self._engine = engine
        self._lecture = lecture_seule(engine)
        self._duree = duree
        self._duree_corps = duree_corps
        self._idempotent = idempotent
        self._tentatives_max = tentatives_max

    def a_faire(self, maintenant: datetime) -> bool:
        """Whether a look is worth a write lock: something is due, out of date, or leased for too long."""
        du = and_(
            col(Courriel.etat) == EtatCourriel.A_ENVOYER,
            or_(col(Courriel.essai_a) <= maintenant, col(Courriel.expire_a) <= maintenant),
        )
        expire = and_(col(Courriel.etat) == EtatCourriel.EN_COURS, col(Courriel.bail_fin) <= maintenant)
        with self._lecture.connect() as connexion:
            # Two questions rather than one OR: each has its own index.
            return any(connexion.execute(select(exists().where(cas))).scalar_one() for cas in (du, expire))

    def ranger(self, maintenant: datetime) -> Menage:
        """Take back expired leases and drop mails past their use."""
        with self._engine.begin() as connexion:
            return Menage(
                recuperes=self._reprendre(connexion, maintenant),
                incertains=self._douter(connexion, maintenant),
                abandonnes=_abandonner(connexion, maintenant),
            )

    def prendre(self, maintenant: datetime, lot: int) -> list[Bail]:
        """Lease up to `lot` due mails; two dispatchers never get the same one."""
        prets = (
            select(col(Courriel.id))
            .where(
                col(Courriel.etat) == EtatCourriel.A_ENVOYER,
                col(Courriel.essai_a) <= maintenant,
                or_(col(Courriel.expire_a).is_(None), col(Courriel.expire_a) > maintenant),
            )
            .order_by(col(Courriel.priorite), col(Courriel.essai_a), col(Courriel.id))
            .limit(lot)
            .with_for_update(skip_locked=True)
            .cte("prets")
        )
        # A fencing token is no domain value: it has to be unique across processes, seeded or not.
        jeton, fin = secrets.token_hex(16), maintenant + self._duree
        prise = (
            update(Courriel)
            .where(col(Courriel.id).in_(select(prets.c.id)), col(Courriel.etat) == EtatCourriel.A_ENVOYER)
            .values(etat=EtatCourriel.EN_COURS.value, bail_jeton=jeton, bail_fin=fin, marque_a=None)
            .returning(col(Courriel.priorite), col(Courriel.essai_a), col(Courriel.id), col(Courriel.masque))
        )
        with self._engine.begin() as connexion:
            lignes = sorted(connexion.execute(prise).all())
        return [Bail(id=numero or 0, jeton=jeton, fin=fin, masque=masque) for *_, numero, masque in lignes]

    def charger(self, bail: Bail) -> Envoi:
        """Read a leased mail. Raises `Illisible` when it cannot be sent as it stands, and says why."""
        with self._lecture.connect() as connexion:
            try:
                ligne = connexion.execute(_CHARGER, {"b_id": bail.id}).one()
                _verifier(ligne.octets, ligne.message_id, ligne.destinataire, ligne.expediteur)
            except SQLAlchemyError:
                raise
            except (TypeError, ValueError, AttributeError) as erreur:
                raise Illisible(f"ligne illisible : {erreur}") from erreur
        return Envoi(
            id=bail.id,
            clef=ligne.clef,
            message=ligne.message,
            expediteur=ligne.expediteur,
            destinataire=ligne.destinataire,
            octets=ligne.octets,
            du_a=ligne.du_a,
            tentatives=ligne.tentatives,
            renvoyable=self._idempotent or ligne.politique == Politique.RENVOYER,
        )

    def marquer(self, bail: Bail, maintenant: datetime) -> bool:
        """Commit the mark before the body, and a lease that outlasts the wait; False when the lease is lost."""
        valeurs = {"b_marque_a": maintenant, "b_bail_fin": maintenant + self._duree_corps, **_cle(bail)}
        with self._engine.begin() as connexion:
            tenu = connexion.execute(_MARQUER, valeurs).first() is not None
            return tenu or _perdu(connexion, bail, maintenant, "avant le corps du message")

    def conclure(self, bail: Bail, etat: EtatCourriel, maintenant: datetime, reponse: str) -> bool:
        """Record how a sending ended; False (and an event) when the lease went to another meanwhile."""
        envoye_a = maintenant if etat is EtatCourriel.ENVOYE else None
        reponse = taire_les_adresses(reponse)
        valeurs = {"b_etat": etat.value, "b_reponse": reponse[:REPONSE_MAX], "b_envoye_a": envoye_a, **_cle(bail)}
        with self._engine.begin() as connexion:
            if connexion.execute(_CONCLURE, valeurs).first() is None:
                return _perdu(connexion, bail, maintenant, f"conclusion : {etat.value}, {reponse}")
            if bail.masque:
                connexion.execute(update(Courriel).where(col(Courriel.id) == bail.id).values(octets=b""))
            noter(connexion, bail.id, etat.value, maintenant, reponse)
            return True

    def reporter(self, bail: Bail, essai_a: datetime, maintenant: datetime, raison: str, *, compter: bool) -> bool:
        """Put a mail back for later; `compter` adds an attempt when the mark hasn't counted it already."""
        raison = taire_les_adresses(raison)
        valeurs: dict[str, object] = {
            "etat": EtatCourriel.A_ENVOYER.value,
            "essai_a": essai_a,
            "marque_a": None,
            "reponse": raison[:REPONSE_MAX],
            "tentatives": col(Courriel.tentatives) + int(compter),
            **_SANS_BAIL,
        }
        with self._engine.begin() as connexion:
            if not _applique(connexion, _du_bail(bail).values(**valeurs)):
                return _perdu(connexion, bail, maintenant, f"report : {raison}")
            noter(connexion, bail.id, "reporte", maintenant, f"{essai_a.isoformat()} {raison}"[:REPONSE_MAX])
            return True

    def rendre(self, baux: Iterable[Bail], *, corps_retenu: bool = False) -> int:
        """Give back mails nobody tried to send: no attempt is counted, they can leave at once.

        A marked mail is left alone, unless the caller knows that its body did not go out (`corps_retenu`).
        """
        valeurs: dict[str, object] = {"etat": EtatCourriel.A_ENVOYER.value, "marque_a": None, **_SANS_BAIL}
        sans_marque = true() if corps_retenu else col(Courriel.marque_a).is_(None)
        with self._engine.begin() as connexion:
            return sum(_applique(connexion, _du_bail(bail).where(sans_marque).values(**valeurs)) for bail in baux)

    def _reprendre(self, connexion: Connection, maintenant: datetime) -> int:
        """Expired leases whose body did not go out, or may go out again, are to be sent."""
        renvoyable = true() if self._idempotent else col(Courriel.politique) == Politique.RENVOYER
        renvoi = and_(renvoyable, col(Courriel.tentatives) < self._tentatives_max)
        reprise = _expires(maintenant).where(or_(col(Courriel.marque_a).is_(None), renvoi))
        valeurs = {"etat": EtatCourriel.A_ENVOYER.value, "marque_a": None, **_SANS_BAIL}
        return _changer_et_noter(connexion, reprise.values(**valeurs), "bail_expire", maintenant)

    def _douter(self, connexion: Connection, maintenant: datetime) -> int:
        """What is left was marked: nobody knows whether it was received."""
        doute = _expires(maintenant).where(col(Courriel.marque_a).is_not(None))
        valeurs = {"etat": EtatCourriel.INCERTAIN.value, **_SANS_BAIL}
        nombre = _changer_et_noter(connexion, doute.values(**valeurs), EtatCourriel.INCERTAIN.value, maintenant)
        _effacer_masques(connexion, EtatCourriel.INCERTAIN)
        return nombre


_SANS_BAIL: dict[str, object] = {"bail_jeton": None, "bail_fin": None}

# Built once: they run for each mail, and building them costs more than running them.
_CHARGER = select(
    col(Courriel.clef),
    col(Courriel.message),
    col(Courriel.message_id),
    col(Courriel.expediteur),
    col(Courriel.destinataire),
    col(Courriel.octets),
    col(Courriel.du_a),
    col(Courriel.tentatives),
    col(Courriel.politique),
).where(col(Courriel.id) == bindparam("b_id"))
_TENU = update(Courriel).where(
    col(Courriel.id) == bindparam("b_id"),
    col(Courriel.etat) == EtatCourriel.EN_COURS,
    col(Courriel.bail_jeton) == bindparam("b_jeton"),
)
_MARQUER = _TENU.values(
    marque_a=bindparam("b_marque_a"),
    bail_fin=bindparam("b_bail_fin"),
    tentatives=col(Courriel.tentatives) + 1,
).returning(col(Courriel.id))
_CONCLURE = _TENU.values(
    etat=bindparam("b_etat"), reponse=bindparam("b_reponse"), envoye_a=bindparam("b_envoye_a"), **_SANS_BAIL
).returning(col(Courriel.id))


def taire_les_adresses(texte: str) -> str:
    """A server's answer without the addresses it quotes: events are never rewritten, and a person may be erased."""
    return _ADRESSE_CITEE.sub(ADRESSE_TUE, texte)


def _cle(bail: Bail) -> dict[str, object]:
    return {"b_id": bail.id, "b_jeton": bail.jeton}


def _verifier(octets: bytes, message_id: str, destinataire: str, expediteur: str) -> None:
    """Refuse what would break the conversation with the server, or smuggle a second mail into it."""
    entetes, separateur, _corps = octets.partition(b"\r\n\r\n")
    if not separateur:
        raise Illisible("le texte du message est vide ou tronqué")
    if not octets.endswith(b"\r\n") or _FIN_DE_LIGNE_NUE.search(octets) or b"\0" in octets:
        raise Illisible("le texte du message contient une fin de ligne irrégulière")
    if message_id.encode() not in entetes:
        raise Illisible("le texte du message ne porte pas son Message-ID")
    for qui, adresse in (("du destinataire", destinataire), ("de l'expéditeur", expediteur)):
        if not _ADRESSE_ENVELOPPE.fullmatch(adresse):
            raise Illisible(f"l'adresse {qui} n'est pas sous sa forme ASCII")


def _du_bail(bail: Bail) -> Update:
    return update(Courriel).where(
        col(Courriel.id) == bail.id,
        col(Courriel.etat) == EtatCourriel.EN_COURS,
        col(Courriel.bail_jeton) == bail.jeton,
    )


def _expires(maintenant: datetime) -> Update:
    return update(Courriel).where(col(Courriel.etat) == EtatCourriel.EN_COURS, col(Courriel.bail_fin) <= maintenant)


def _applique(connexion: Connection, changement: Update) -> bool:
    """Run a conditional update on one row; True when it found it."""
    retour = changement.returning(col(Courriel.id))
    return connexion.execute(retour).first() is not None


def _perdu(connexion: Connection, bail: Bail, maintenant: datetime, detail: str) -> bool:
    noter(connexion, bail.id, "bail_perdu", maintenant, taire_les_adresses(detail)[:REPONSE_MAX])
    return False


def _changer_et_noter(connexion: Connection, changement: Update, kind: str, maintenant: datetime) -> int:
    retour = changement.returning(col(Courriel.id))
    numeros = connexion.execute(retour).scalars().all()
    for numero in numeros:
        noter(connexion, numero, kind, maintenant)
    return len(numeros)


def _abandonner(connexion: Connection, maintenant: datetime) -> int:
    """Reminders and links past their use are dropped, with an event (faults 10 and 31)."""
    perime = (
        update(Courriel)
        .where(col(Courriel.etat) == EtatCourriel.A_ENVOYER, col(Courriel.expire_a) <= maintenant)
        .values(etat=EtatCourriel.ABANDONNE.value, reponse="périmé avant d'avoir pu partir")
    )
    nombre = _changer_et_noter(connexion, perime, EtatCourriel.ABANDONNE.value, maintenant)
    _effacer_masques(connexion, EtatCourriel.ABANDONNE)
    return nombre


def _effacer_masques(connexion: Connection, etat: EtatCourriel) -> None:
    """A secret has no reason to outlive its mail."""
    connexion.execute(
        update(Courriel)
        .where(col(Courriel.etat) == etat, col(Courriel.masque).is_(True), col(Courriel.octets) != b"")
        .values(octets=b"")
    )
