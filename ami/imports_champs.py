"""What a cell may hold, and how to say what is wrong with it.

Each reader takes the text of a cell that is not empty and returns a value, or raises a pydantic error carrying a
French reason and a remedy: what is wrong, and what to type instead. The usual accidents of spreadsheets (a number
turned into 7,32E+13, a lost zero, a date turned into its serial number) are named, never mended in silence.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, Final

from babel.dates import get_month_names
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError
from stdnum import iban
from stdnum.exceptions import ValidationError as NumeroInvalide
from stdnum.fr import siren, siret

from ami.imports_geographie import DEPARTEMENTS, REGIONS
from notifications.render import valider_adresse

# domain.md §7: quartiers of 2015 (QP) and of 2024 (QN).
_QPV: Final = re.compile(r"^(QP(\d{3}|02[AB]|2[AB]\d)\d{3}|QN(\d{3}|02[AB])\d{2}[NMI])$", re.ASCII)
_RNA: Final = re.compile(r"^W[0-9A-Z]{9}$")
_MONTANT: Final = re.compile(r"^\d{1,3}(?: \d{3})*(?:[.,]\d{1,2})?$|^\d+(?:[.,]\d{1,2})?$", re.ASCII)
_MONTANT_POINTE: Final = re.compile(r"^\d{1,3}(?:\.\d{3})+,\d{1,2}$", re.ASCII)
PLUS_GRAND: Final = Decimal(10) ** 11  # what an amount may not reach
_EUROS: Final = re.compile(r"(€|EUR|euros?)$", re.IGNORECASE)
_ECRIRE_MONTANT: Final = "Écrivez-le ainsi : 12 000,50."
_MONTANTS_FAUTIFS: Final = tuple(
    (re.compile(motif, re.ASCII | re.IGNORECASE), raison, remede)
    for motif, raison, remede in (
        (
            r"^[-(−]",
            "Un montant ne peut pas être négatif.",
            "Saisissez un montant positif ou laissez la cellule vide.",
        ),
        (r"%", "Un montant en euros est attendu, pas un pourcentage.", _ECRIRE_MONTANT),
        (r"\d ?[km]", "Les milliers et les millions ne s'abrègent pas (« k€ », « M€ »).", "Écrivez 12000 pour 12 k€."),
        (r"[$£]", "Ce montant n'est pas en euros.", "Convertissez-le en euros."),
        (
            r"^\d([.,]\d+)?E\+?\d+$",
            "Le tableur a mis ce nombre en notation scientifique.",
            "Mettez la colonne au format Nombre.",
        ),
        (r"^\d{1,3}[.]\d{3}$", "« {} » peut se lire de deux façons : mille ou unité.", "Écrivez 12 000 ou 12,00."),
        (r"[.,].*[.,]", "Ce montant a plusieurs signes décimaux.", _ECRIRE_MONTANT),
    )
)
_HEURE: Final = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.0+)?)?)?"  # what programs add to a day
_ISO: Final = re.compile(rf"^(?P<annee>\d{{4}})-(?P<mois>\d{{1,2}})-(?P<jour>\d{{1,2}}){_HEURE}$", re.ASCII)
_FRANCAISE: Final = re.compile(
    rf"^(?P<jour>\d{{1,2}})[/.\-](?P<mois>\d{{1,2}})[/.\-](?P<annee>\d{{4}}){_HEURE}$", re.ASCII
)
_LETTRES: Final = re.compile(r"^(?:[a-z]+ )?(?P<jour>\d{1,2})(?:er)? (?P<mois>[a-z]+) (?P<annee>\d{4})$", re.ASCII)
_ANNEE_COURTE: Final = re.compile(r"^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}$", re.ASCII)
_SERIE: Final = re.compile(r"^[1-9]\d{4}(?:[.,]\d+)?$", re.ASCII)  # days since 1900, of the years 1927 to 2173
_EPOQUE_EXCEL: Final = date(1899, 12, 30)
_ANNEES: Final = range(1900, 2101)
_SCIENTIFIQUE: Final = re.compile(r"^\d(?:[.,]\d+)?E\+?\d+$", re.ASCII | re.IGNORECASE)
_ENTIER_FLOTTANT: Final = re.compile(r"^(\d+)[.,]0+$", re.ASCII)  # « 73282932000074.0 », as programs write a number
_TELEPHONE: Final = re.compile(r"^(?:\+|00|0)[\d .\-()/]{8,}$", re.ASCII)
_ADRESSE: Final = re.compile(r"[^\s<>;,\"'“”«»()]+@[^\s<>;,\"'“”«»()]+")
_ESPACES: Final = re.compile(r"[\s\u00a0\u202f]+")
_RETOURNEURS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")  # a text read in another order than it is
_ESPACES_INVISIBLES: Final = re.compile("[\u200b\u2060\ufeff\u00ad]")  # pasted from the web; they mean nothing
_SEPARATEURS: Final = re.compile(r"[;,|\n]")
_OUI: Final = frozenset({"oui", "o", "vrai", "true", "x", "1"})
_NON: Final = frozenset({"non", "n", "faux", "false", "0"})
_INSEE: Final = "Recopiez-le depuis l'avis de situation de l'Insee."


@lru_cache(maxsize=4096)
def cle(texte: str) -> str:
    """Reduce a heading or a code to what does not vary: no accents, no capitals, words joined by `_`."""
    sans_accent = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", sans_accent.lower()).strip("_")


_MOIS: Final = {
    cle(nom): rang
    for largeur in ("wide", "abbreviated")
    for rang, nom in get_month_names(largeur, locale="fr_FR").items()
}


_REGIONS: Final = {cle(region): region for region in REGIONS}


def refus(raison: str, remede: str) -> PydanticCustomError:
    """The error of a cell: what is wrong, and what to do. To be raised."""
    return PydanticCustomError("valeur_refusee", "{raison}", {"raison": raison, "remede": remede})


def proche(lu: str, connus: Iterable[str]) -> str:
    """« Vouliez-vous dire … ? » when a word looks like a known one; nothing otherwise. Starts with a space."""
    par_clef = {cle(connu): connu for connu in connus}
    trouves = get_close_matches(cle(lu), par_clef, n=1, cutoff=3 / 4)
    return f" Vouliez-vous dire « {par_clef[trouves[0]]} » ?" if trouves else ""


def lire_texte(valeur: Any) -> str:
    """A text on one line: spaces gathered, accents in one sign, control characters refused."""
    texte = _ESPACES.sub(" ", _ESPACES_INVISIBLES.sub("", str(valeur))).strip()
    texte = unicodedata.normalize("NFC", texte)
    if not texte.isprintable() and any(unicodedata.category(signe) == "Cc" for signe in texte):
        raise refus("Le texte contient un caractère de contrôle invisible.", "Ressaisissez ce texte à la main.")
    if _RETOURNEURS.search(texte):
        raise refus(
            "Le texte contient un caractère invisible qui retourne le sens de lecture.",
            "Ressaisissez ce texte à la main.",
        )
    return texte


def lire_nom_de_personne(valeur: Any) -> str:
    """A first name or a name; what cannot be one tells of shifted columns."""
    texte = lire_texte(valeur)
    if "@" in texte or any(signe.isdigit() for signe in texte):
        raise refus(
            "Cette cellule devrait contenir un nom : elle contient un chiffre ou une adresse.",
            "Vérifiez que les cellules de cette ligne ne sont pas décalées.",
        )
    return texte


def lire_montant(valeur: Any) -> Decimal:
    """Euros such as « 12 000,50 € », « 12000.5 » or « 12.000,50 »."""
    lu = montant_ecrit(valeur)
    if lu >= PLUS_GRAND:
        raise refus("Ce montant est démesuré.", "Vérifiez le nombre de chiffres.")
    return lu.quantize(Decimal("0.01"))


def montant_ecrit(valeur: Any) -> Decimal:
    """The number an amount says, however great."""
    texte = _EUROS.sub("", _ESPACES.sub(" ", str(valeur)).strip()).strip()
    if _MONTANT_POINTE.match(texte):
        texte = texte.replace(".", "")
    if not _MONTANT.match(texte):
        raise _montant_refuse(texte)
    return Decimal(texte.replace(" ", "").replace(",", "."))


def _montant_refuse(texte: str) -> PydanticCustomError:
    """What is wrong with an amount: the first accident it looks like."""
    for motif, raison, remede in _MONTANTS_FAUTIFS:
        if motif.search(texte):
            return refus(raison.format(texte[:30]), remede)
    return refus("Ce montant est illisible ou a plus de deux décimales.", _ECRIRE_MONTANT)


def lire_date(valeur: Any) -> date:
    """A day such as 28/02/2027, 2027-02-28 or « 28 février 2027 »; an hour written after it is left out."""
    texte = _ESPACES.sub(" ", str(valeur)).strip()
    lue = _ISO.match(texte) or _FRANCAISE.match(texte) or _LETTRES.match(_sans_accent(texte).replace(".", ""))
    mois = (_MOIS.get(lue["mois"]) or (int(lue["mois"]) if lue["mois"].isdigit() else None)) if lue else None
    if lue is None or mois is None:
        raise _date_refusee(texte)
    jour, annee = int(lue["jour"]), int(lue["annee"])
    if mois > 12 and jour <= 12:
        raise refus(
            f"Cette date est écrite à l'américaine : il n'y a pas de mois {mois}.",
            f"Écrivez {mois:02d}/{jour:02d}/{annee}, et vérifiez les autres dates de la colonne.",
        )
    try:
        lu = date(annee, mois, jour)
    except ValueError as erreur:
        remede = "Vérifiez le jour et le mois (jour/mois/année)."
        raise refus("Cette date n'existe pas au calendrier.", remede) from erreur
    if annee not in _ANNEES:
        raise refus(f"L'année {annee} est invraisemblable.", "Vérifiez l'année, sur quatre chiffres.")
    return lu


def _date_refusee(texte: str) -> PydanticCustomError:
    """What is wrong with a date that does not even look like one."""
    if _ANNEE_COURTE.match(texte):
        return refus("L'année de cette date n'a que deux chiffres.", "Écrivez l'année en entier : 28/02/2027.")
    if _SERIE.match(texte):
        jour = _EPOQUE_EXCEL + timedelta(days=int(re.split("[.,]", texte)[0]))
        return refus(
            f"Le tableur a remplacé cette date par son numéro de série : ce serait le {jour:%d/%m/%Y}.",
            "Mettez la colonne au format Date, ou ressaisissez-la : 28/02/2027.",
        )
    return refus("Cette date est illisible.", "Écrivez-la ainsi : 28/02/2027.")


def lire_siret(valeur: Any) -> str:
    """A SIRET of 14 digits, checked by its key (La Poste's exception included)."""
    texte = _ESPACES.sub("", str(valeur))
    flottant = _ENTIER_FLOTTANT.match(texte)
    texte = flottant[1] if flottant else texte
    if not (texte.isascii() and texte.isdigit() and len(texte) == 14):
        raise _siret_refuse(texte)
    try:
        return str(siret.validate(texte))
    except NumeroInvalide as erreur:
        raise refus("La clé de contrôle de ce SIRET est fausse.", _INSEE) from erreur


def _siret_refuse(texte: str) -> PydanticCustomError:
    """What is wrong with what should be a SIRET."""
    if _SCIENTIFIQUE.match(texte):
        return refus(
            "Le tableur a changé ce SIRET en nombre arrondi : ses derniers chiffres sont perdus.",
            f"Mettez la colonne au format Texte. {_INSEE}",
        )
    if 11 <= len(texte) < 14 and siret.is_valid(texte.zfill(14)):
        return refus(
            f"Ce SIRET compte {len(texte)} chiffres : le tableur a ôté les zéros du début.",
            f"Mettez la colonne au format Texte et écrivez {texte.zfill(14)}.",
        )
    if siren.is_valid(texte):
        return refus(
            "C'est un SIREN (9 chiffres) ; un SIRET en compte 14.", f"Ajoutez les 5 derniers chiffres. {_INSEE}"
        )
    if "@" in texte:
        return refus("Une adresse se trouve à la place du SIRET.", "Vérifiez que la ligne n'est pas décalée.")
    return refus("Un SIRET compte 14 chiffres.", _INSEE)


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
    texte = str(valeur).strip()
    try:
        return valider_adresse(texte).lower()
    except ValueError as erreur:
        raise _courriel_refuse(texte, erreur) from erreur


def _courriel_refuse(texte: str, erreur: ValueError) -> PydanticCustomError:
    """What is wrong with what should be an address."""
    adresses = _ADRESSE.findall(texte.removeprefix("mailto:"))
    if len(adresses) > 1:
        return refus(f"Cette cellule contient {len(adresses)} adresses.", "Gardez-en une : une personne par ligne.")
    if _TELEPHONE.match(texte):
        return refus("C'est un numéro de téléphone.", "Mettez ici l'adresse électronique, par exemple nom@exemple.fr.")
    if len(adresses) == 1 and adresses[0] != texte:
        return refus("Il y a autre chose que l'adresse dans cette cellule.", f"Gardez seulement {adresses[0][:60]}.")
    return refus(str(erreur), "Corrigez l'adresse, par exemple nom@exemple.fr.")


def lire_code_qpv(valeur: Any) -> str:
    """The code of a quartier: QP031001 (2015) or QN00401M (2024)."""
    texte = _ESPACES.sub("", str(valeur)).upper()
    if _QPV.match(texte):
        return texte
    corrige = texte[:2] + re.sub("[IL](?!$)", "1", texte[2:].replace("O", "0"))
    if _QPV.match(corrige):
        raise refus(
            "Ce code contient une lettre à la place d'un chiffre (O pour 0, I ou L pour 1).",
            f"Vouliez-vous dire « {corrige} » ?",
        )
    raise refus(
        "Ce code de quartier n'a pas la forme attendue.",
        "Attendu : QP et six caractères (liste 2015) ou QN, cinq caractères et N, M ou I (liste 2024).",
    )


def lire_codes_qpv(valeur: Any) -> list[str]:
    """Several codes of quartiers in one cell, each once."""
    return list(dict.fromkeys(lire_code_qpv(code) for code in lire_liste(valeur)))


def lire_liste(valeur: Any) -> list[str]:
    """Several values in one cell, separated by a comma, a semicolon or a bar."""
    return [element.strip() for element in _SEPARATEURS.split(str(valeur)) if element.strip()]


def lire_region(valeur: Any) -> str:
    """The name of a region, whatever its accents and capitals."""
    texte = lire_texte(valeur)
    if cle(texte) not in _REGIONS:
        suggestion = proche(texte, REGIONS)
        raise refus(f"Cette région est inconnue.{suggestion}", f"Régions possibles : {', '.join(REGIONS)}.")
    return _REGIONS[cle(texte)]


def lire_departement(valeur: Any) -> str:
    """The code of a département: 09, 2A, 974; a zero lost by a spreadsheet is put back."""
    texte = _ESPACES.sub("", str(valeur)).upper()
    code = texte.zfill(2)
    if code == "20":
        raise refus("Le département 20 n'existe plus.", "La Corse s'écrit 2A (Corse-du-Sud) ou 2B (Haute-Corse).")
    if code not in DEPARTEMENTS:
        raise refus("Ce département est inconnu.", "Écrivez son code : 09, 2A, 974.")
    return code


def lire_booleen(valeur: Any) -> bool:
    """Oui or non."""
    texte = cle(str(valeur))
    if texte not in _OUI | _NON:
        raise refus("Une réponse par oui ou par non est attendue.", "Écrivez « oui » ou « non ».")
    return texte in _OUI


def _sans_accent(texte: str) -> str:
    return unicodedata.normalize("NFKD", texte.lower()).encode("ascii", "ignore").decode()


Texte = Annotated[str, BeforeValidator(lire_texte)]
NomDePersonne = Annotated[str, BeforeValidator(lire_nom_de_personne)]
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
Departement = Annotated[str | None, BeforeValidator(lire_departement)]
