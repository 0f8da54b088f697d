"""What a cell of an imported file may hold: French amounts, dates, SIRET, quartier codes, addresses.

Each reader takes the text of a cell that is not empty and returns a value, or raises a pydantic error carrying a
French reason and a remedy: what is wrong, and what to type instead.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from babel.dates import get_month_names
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError
from stdnum import iban
from stdnum.exceptions import ValidationError as NumeroInvalide
from stdnum.fr import siret

from ami.imports_geographie import REGIONS
from notifications.render import valider_adresse

# domain.md §7: quartiers of 2015 (QP) and of 2024 (QN).
_QPV: Final = re.compile(r"^(QP(\d{3}|02[AB]|2[AB]\d)\d{3}|QN(\d{3}|02[AB])\d{2}[NMI])$", re.ASCII)
_RNA: Final = re.compile(r"^W[0-9A-Z]{9}$")
_MONTANT: Final = re.compile(r"^\d{1,3}(?: \d{3})*(?:[.,]\d{1,2})?$|^\d+(?:[.,]\d{1,2})?$", re.ASCII)
_MONTANT_POINTE: Final = re.compile(r"^\d{1,3}(?:\.\d{3})+,\d{1,2}$", re.ASCII)
_ISO: Final = re.compile(r"^(?P<annee>\d{4})-(?P<mois>\d{1,2})-(?P<jour>\d{1,2})$", re.ASCII)
_FRANCAISE: Final = re.compile(r"^(?P<jour>\d{1,2})[/.\-](?P<mois>\d{1,2})[/.\-](?P<annee>\d{4})$", re.ASCII)
_LETTRES: Final = re.compile(r"^(?P<jour>\d{1,2})(?:er)? (?P<mois>[a-z]+) (?P<annee>\d{4})$", re.ASCII)
_ESPACES: Final = re.compile(r"[\s\u00a0\u202f]+")
_SEPARATEURS: Final = re.compile(r"[;,|\n]")
_OUI: Final = frozenset({"oui", "o", "vrai", "true", "x", "1"})
_NON: Final = frozenset({"non", "n", "faux", "false", "0"})


def cle(texte: str) -> str:
    """Reduce a heading or a code to what does not vary: no accents, no capitals, words joined by `_`."""
    sans_accent = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", sans_accent.lower()).strip("_")


_MOIS: Final = {cle(nom): rang for rang, nom in get_month_names("wide", locale="fr_FR").items()}


def refus(raison: str, remede: str) -> PydanticCustomError:
    """The error of a cell: what is wrong, and what to do. To be raised."""
    return PydanticCustomError("valeur_refusee", "{raison}", {"raison": raison, "remede": remede})


def lire_texte(valeur: Any) -> str:
    """A text on one line: spaces gathered, control characters refused."""
    texte = _ESPACES.sub(" ", str(valeur)).strip()
    if any(unicodedata.category(signe) == "Cc" for signe in texte):
        raise refus("Le texte contient un caractère de contrôle invisible.", "Ressaisissez ce texte à la main.")
    return texte


def lire_montant(valeur: Any) -> Decimal:
    """Euros such as « 12 000,50 € », « 12000.5 » or « 12.000,50 »."""
    texte = _ESPACES.sub(" ", str(valeur)).replace("€", "").strip()
    if texte.startswith("-"):
        raise refus("Un montant ne peut pas être négatif.", "Saisissez un montant positif ou laissez la cellule vide.")
    if _MONTANT_POINTE.match(texte):
        texte = texte.replace(".", "")
    if not _MONTANT.match(texte):
        raise refus("Ce montant est illisible ou a plus de deux décimales.", "Écrivez-le ainsi : 12 000,50.")
    return Decimal(texte.replace(" ", "").replace(",", ".")).quantize(Decimal("0.01"))


def lire_date(valeur: Any) -> date:
    """A day such as 28/02/2027, 2027-02-28 or « 28 février 2027 »."""
    texte = _ESPACES.sub(" ", str(valeur)).strip()
    lue = _ISO.match(texte) or _FRANCAISE.match(texte) or _LETTRES.match(_sans_accent(texte))
    mois = (_MOIS.get(lue["mois"]) or (int(lue["mois"]) if lue["mois"].isdigit() else None)) if lue else None
    if lue is None or mois is None:
        raise refus("Cette date est illisible.", "Écrivez-la ainsi : 28/02/2027.")
    try:
        return date(int(lue["annee"]), mois, int(lue["jour"]))
    except ValueError as erreur:
        remede = "Vérifiez le jour et le mois (jour/mois/année)."
        raise refus("Cette date n'existe pas au calendrier.", remede) from erreur


def lire_siret(valeur: Any) -> str:
    """A SIRET of 14 digits, checked by its key (La Poste's exception included)."""
    texte = _ESPACES.sub("", str(valeur))
    if not texte.isdigit() or len(texte) != 14:
        raise refus("Un SIRET compte 14 chiffres.", "Recopiez-le depuis l'avis de situation de l'Insee.")
    try:
        return str(siret.validate(texte))
    except NumeroInvalide as erreur:
        raise refus(
            "La clé de contrôle de ce SIRET est fausse.", "Recopiez-le depuis l'avis de situation de l'Insee."
        ) from erreur


def lire_rna(valeur: Any) -> str:
    """An association's number: W and nine characters."""
    texte = _ESPACES.sub("", str(valeur)).upper()
    if not _RNA.match(texte):
        raise refus(
            "Un numéro RNA s'écrit W suivi de neuf caractères.", "Recopiez-le depuis le récépissé de préfecture."
        )
    return texte


def lire_iban(valeur: Any) -> str:
    """An IBAN checked by its key."""
    texte = _ESPACES.sub("", str(valeur)).upper()
    try:
        return str(iban.validate(texte))
    except NumeroInvalide as erreur:
        raise refus("Cet IBAN n'est pas valide.", "Recopiez-le depuis le relevé d'identité bancaire.") from erreur


def lire_courriel(valeur: Any) -> str:
    """An address a message can be sent to, in lower case."""
    try:
        return valider_adresse(str(valeur).strip()).lower()
    except ValueError as erreur:
        raise refus(str(erreur), "Corrigez l'adresse, par exemple nom@exemple.fr.") from erreur


def lire_code_qpv(valeur: Any) -> str:
    """The code of a quartier: QP031001 (2015) or QN00401M (2024)."""
    texte = _ESPACES.sub("", str(valeur)).upper()
    if not _QPV.match(texte):
        raise refus(
            "Ce code de quartier n'a pas la forme attendue.",
            "Attendu : QP et six caractères (liste 2015) ou QN, cinq caractères et N, M ou I (liste 2024).",
        )
    return texte


def lire_codes_qpv(valeur: Any) -> list[str]:
    """Several codes of quartiers in one cell, each once."""
    return list(dict.fromkeys(lire_code_qpv(code) for code in lire_liste(valeur)))


def lire_liste(valeur: Any) -> list[str]:
    """Several values in one cell, separated by a comma, a semicolon or a bar."""
    return [element.strip() for element in _SEPARATEURS.split(str(valeur)) if element.strip()]


def lire_region(valeur: Any) -> str:
    """The name of a region, whatever its accents and capitals."""
    texte = lire_texte(valeur)
    connues = {cle(region): region for region in REGIONS}
    if cle(texte) not in connues:
        raise refus("Cette région est inconnue.", f"Régions possibles : {', '.join(REGIONS)}.")
    return connues[cle(texte)]


def lire_booleen(valeur: Any) -> bool:
    """Oui or non."""
    texte = cle(str(valeur))
    if texte not in _OUI | _NON:
        raise refus("Une réponse par oui ou par non est attendue.", "Écrivez « oui » ou « non ».")
    return texte in _OUI


def en_cellule(valeur: object) -> str:
    """The text of a cell of a workbook that is not empty: whole numbers without decimals, dates in ISO form."""
    if isinstance(valeur, datetime | date):
        return valeur.strftime("%Y-%m-%d")
    if isinstance(valeur, float):
        return format(valeur, ".15g")  # what a spreadsheet shows: 0.1 + 0.2 is 0.3
    return str(valeur)


def _sans_accent(texte: str) -> str:
    return unicodedata.normalize("NFKD", texte.lower()).encode("ascii", "ignore").decode()


Texte = Annotated[str, BeforeValidator(lire_texte)]
Montant = Annotated[Decimal | None, BeforeValidator(lire_montant)]
Jour = Annotated[date | None, BeforeValidator(lire_date)]
Siret = Annotated[str | None, BeforeValidator(lire_siret)]
Rna = Annotated[str | None, BeforeValidator(lire_rna)]
Iban = Annotated[str | None, BeforeValidator(lire_iban)]
Courriel = Annotated[str, BeforeValidator(lire_courriel)]
CodeQpv = Annotated[str, BeforeValidator(lire_code_qpv)]
CodesQpv = Annotated[list[str], BeforeValidator(lire_codes_qpv)]
Liste = Annotated[list[str], BeforeValidator(lire_liste)]
Region = Annotated[str | None, BeforeValidator(lire_region)]
