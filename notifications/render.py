"""From facts to frozen bytes: what staff preview is, byte for byte, what is sent and what the record keeps."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from notifications.adresses import AdresseInvalide, entete, ligne_adresse, mots_encodes, valider_adresse
from notifications.agenda import calendrier, evenement_de
from notifications.catalogue import Message, message_type
from notifications.formats import PARIS
from notifications.modeles import Editions, editer
from notifications.models import Politique

__all__ = [
    "AdresseInvalide",
    "CourrielPret",
    "Destinataire",
    "Expediteur",
    "clef_de",
    "render",
    "valider_adresse",
]

CLEF_MAX = 300


@dataclass(frozen=True)
class Destinataire:
    """Who a mail goes to; `ref` is the caller's opaque name for the person (`personne:12`)."""

    adresse: str
    nom: str
    ref: str


@dataclass(frozen=True)
class Expediteur:
    """Who a mail comes from; `reponse_a` gets the answers, `retour` the bounces (the address by default)."""

    adresse: str
    nom: str
    reponse_a: str | None = None
    retour: str | None = None


@dataclass(frozen=True)
class CourrielPret:
    """A rendered mail, ready for the outbox; `destinataire.adresse` is already in its envelope form."""

    clef: str
    cause: str
    message: str
    destinataire: Destinataire
    expediteur: str
    objet: str
    octets: bytes
    message_id: str
    cree_a: datetime
    du_a: datetime
    expire_a: datetime | None
    politique: Politique
    masque: bool
    priorite: int


def clef_de(cause: str, message: str, ref: str) -> str:
    """Deduplication key of a mail: identifiers and ISO dates only.

    Raises `ValueError` on anything that looks like an address or a text: such a key would change when the
    person changes address, and the mail would leave twice.
    """
    clef = f"{cause}/{message}/{ref}"
    if "@" in clef or not clef.isascii() or any(c.isspace() or not c.isprintable() for c in clef):
        raise ValueError(
            f"Clef de courriel invalide : {clef!r}. Elle ne contient que des identifiants et des dates ISO."
        )
    if len(clef) > CLEF_MAX:
        raise ValueError(f"Clef de courriel trop longue ({len(clef)} caractères, {CLEF_MAX} au plus).")
    return clef


def render(
    message: str,
    faits: Mapping[str, object],
    destinataire: Destinataire,
    *,
    expediteur: Expediteur,
    clef: str,
    cause: str,
    maintenant: datetime,
    du_a: datetime | None = None,
    expire_a: datetime | None = None,
    politique: Politique | None = None,
) -> CourrielPret:
    """Render one message of the catalogue for one person. Pure: same arguments, same bytes.

    `du_a` is the instant before which it must not leave (now by default), `expire_a` the one after which it is
    dropped. Raises `MessageInconnu`, `FaitManquant`, `FaitInvalide` and `AdresseInvalide`.
    """
    contenu = message_type(message).depuis({**faits, "destinataire_nom": destinataire.nom})
    editions = editer(contenu)
    domaine = valider_adresse(expediteur.adresse).rpartition("@")[2]
    message_id = f"<{_empreinte(clef)[:40]}@{domaine}>"
    corps = _composer(contenu, editions, clef, uid=message_id[1:-1], maintenant=maintenant)
    return CourrielPret(
        clef=clef,
        cause=cause,
        message=message,
        destinataire=Destinataire(valider_adresse(destinataire.adresse), destinataire.nom, destinataire.ref),
        expediteur=valider_adresse(expediteur.retour or expediteur.adresse),
        objet=editions.objet,
        octets=_entetes(editions.objet, destinataire, expediteur, message_id, maintenant) + corps,
        message_id=message_id,
        cree_a=maintenant,
        du_a=du_a or maintenant,
        expire_a=expire_a or contenu.expiration(),
        politique=politique or contenu.politique,
        masque=contenu.masque,
        priorite=contenu.priorite,
    )


def _composer(contenu: Message, editions: Editions, clef: str, *, uid: str, maintenant: datetime) -> bytes:
    """The MIME part of the mail: text, HTML, and the diary entry when there is one."""
    courriel = _corps(editions)
    if evenement := evenement_de(contenu):
        _joindre_agenda(courriel, calendrier(evenement, uid=uid, maintenant=maintenant))
    _fixer_separateurs(courriel, _empreinte(clef))
    return courriel.as_bytes()


def _empreinte(clef: str) -> str:
    return hashlib.sha256(clef.encode()).hexdigest()


def _entetes(
    objet: str, destinataire: Destinataire, expediteur: Expediteur, message_id: str, maintenant: datetime
) -> bytes:
    """The headers, folded one by one: `EmailMessage` loses spaces when it folds between two encoded words."""
    lignes = (
        ("From", ligne_adresse("From", entete(expediteur.nom, expediteur.adresse))),
        ("To", ligne_adresse("To", entete(destinataire.nom, destinataire.adresse))),
        (
            "Reply-To",
            ligne_adresse("Reply-To", entete(expediteur.nom, expediteur.reponse_a or expediteur.adresse)),
        ),
        ("Subject", mots_encodes("Subject", objet)),
        ("Date", format_datetime(maintenant.astimezone(PARIS))),
        ("Message-ID", message_id),
        # RFC 3834: no out-of-office answer to a machine; the second header says it to Exchange (fault 40).
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Content-Language", "fr"),
    )
    return "".join(f"{nom}: {valeur}\r\n" for nom, valeur in lignes).encode("ascii")


def _corps(editions: Editions) -> EmailMessage:
    """Quoted-printable: seven bits, so that the frozen bytes need no conversion on any server."""
    courriel = EmailMessage(policy=SMTP)
    courriel.set_content(editions.texte, cte="quoted-printable")
    courriel.add_alternative(editions.html, subtype="html", cte="quoted-printable")
    return courriel


def _joindre_agenda(courriel: EmailMessage, ics: bytes) -> None:
    """Twice: as an alternative for the clients that show it, as a file for the others."""
    courriel.add_alternative(ics.decode(), subtype="calendar", params={"method": "PUBLISH"}, cte="quoted-printable")
    courriel.add_attachment(ics, maintype="application", subtype="ics", filename="agenda.ics")


def _fixer_separateurs(courriel: EmailMessage, empreinte: str) -> None:
    """MIME boundaries are drawn at random by default, which would make a second rendering differ."""
    for rang, partie in enumerate(courriel.walk()):
        if partie.is_multipart():
            partie.set_boundary(f"=_{rang}_{empreinte[:24]}")
