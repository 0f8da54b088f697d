"""Mail addresses: checked once, when they come in, so that nothing odd reaches an envelope."""

import unicodedata
from email.header import Header
from email.headerregistry import Address

from email_validator import EmailNotValidError, validate_email

from notifications.textes import ligne

NOM_MAX = 120


class AdresseInvalide(ValueError):
    """The address cannot be written to; the text says why, in French."""


def valider_adresse(texte: str) -> str:
    """Return the ASCII form of an address (IDN domain in its `xn--` form), ready for the envelope.

    Raises `AdresseInvalide` on control characters or line separators, on a local part that is not ASCII (it
    would need SMTPUTF8, which many servers lack) and on anything that is no address.
    """
    if any(unicodedata.category(caractere) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for caractere in texte):
        raise AdresseInvalide("L'adresse contient un caractère invisible ou un retour à la ligne.")
    adresse = texte.strip()
    locale, arobase, _domaine = adresse.rpartition("@")
    if not arobase:
        raise AdresseInvalide(f"« {adresse} » n'est pas une adresse de courriel : il y manque le signe @.")
    if not locale.isascii():
        raise AdresseInvalide(f"« {adresse} » : la partie avant @ ne peut pas contenir d'accent.")
    try:
        resultat = validate_email(adresse, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as erreur:
        raise AdresseInvalide(f"« {adresse} » n'est pas une adresse de courriel valide.") from erreur
    if resultat.ascii_email is None:
        raise AdresseInvalide(f"« {adresse} » ne peut pas s'écrire en caractères ASCII.")
    return resultat.ascii_email


def entete(nom: str, adresse: str) -> Address:
    """Build an address header: a comma or an accent in the name stays in the name (fault 25)."""
    return Address(display_name=ligne(nom)[:NOM_MAX].strip(), addr_spec=valider_adresse(adresse))


def mots_encodes(champ: str, texte: str) -> str:
    """The value of a text header, folded, as encoded words (RFC 2047) unless it is plain ASCII."""
    nu = texte.isascii() and "=?" not in texte
    return Header(texte, "us-ascii" if nu else "utf-8", header_name=champ).encode(linesep="\r\n")


def ligne_adresse(champ: str, adresse: Address) -> str:
    """The value of an address header, folded; the name is quoted, or encoded when it is not ASCII."""
    nom = adresse.display_name
    if nom.isascii() and "=?" not in nom:
        return str(adresse)
    return f"{mots_encodes(champ, nom)}\r\n <{adresse.addr_spec}>"
