"""A mail as a person may look at it: before it leaves, or in the record."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from notifications.models import Courriel
from notifications.render import CourrielPret

MASQUE = "Ce message contient un lien secret : son texte n'est pas affiché."
VIDE = "Le texte de ce message a été effacé."


@dataclass(frozen=True)
class Apercu:
    """Subject and the two editions; `html` is None when the body is hidden or gone."""

    objet: str
    texte: str
    html: str | None


def apercu(courriel: Courriel | CourrielPret) -> Apercu:
    """Decode the frozen bytes. A masked mail never shows its body, sent or not."""
    if courriel.masque:
        return Apercu(courriel.objet, MASQUE, None)
    if not courriel.octets:
        return Apercu(courriel.objet, VIDE, None)
    lu = message_from_bytes(courriel.octets, policy=default)
    return Apercu(courriel.objet, _partie(lu, "plain") or VIDE, _partie(lu, "html"))


def texte_de(octets: bytes) -> str:
    """What a person reads of a frozen mail that holds no secret: to whom, about what, and the text."""
    lu = message_from_bytes(octets, policy=default)
    return f"À : {lu['To']}\nObjet : {lu['Subject']}\n\n{_partie(lu, 'plain') or VIDE}"


def _partie(lu: EmailMessage, genre: str) -> str | None:
    corps = lu.get_body((genre,))
    return str(corps.get_content()).replace("\r\n", "\n") if corps is not None else None
