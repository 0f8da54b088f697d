"""A campagne declared in a YAML file: read, checked whole, then opened with its règlement and its enveloppes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from sqlmodel import Session, select

from ami.campagnes import ajouter_enveloppe, ouvrir_campagne
from ami.choix.donnees import Reserve
from ami.enveloppes import CHAMPS_LIBELLES
from ami.erreurs import DonneesInvalides
from ami.imports_champs import lire_courriel, lire_montant, lire_siret
from ami.models import Campagne, Structure
from notifications.formats import PARIS, instant
from rules.chargement import ReglementCharge, ligne_de
from rules.vocabulaire import NATURES, Nature
from rules.yaml_borne import Document, YamlRefuse, lire

ANNEES: Final = (2000, 2200)


def _instant(valeur: object) -> object:
    """A day or a day and hour, in legal time; a day alone is left as it is, its meaning depends on the field."""
    if not isinstance(valeur, str):
        return valeur
    lue = datetime.fromisoformat(valeur) if "T" in valeur or ":" in valeur else date.fromisoformat(valeur)
    if not ANNEES[0] <= lue.year <= ANNEES[1]:
        raise ValueError("année hors du calendrier d'une campagne")
    return lue


Instant = Annotated[datetime | date, BeforeValidator(_instant)]
Adresse = Annotated[str | None, BeforeValidator(lambda valeur: valeur and lire_courriel(valeur))]
Euros = Annotated[Decimal, BeforeValidator(lire_montant)]


class Bloc(BaseModel):
    """Base of the blocks of the file: an unknown key is a typing error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FinanceurDeclare(Bloc):
    """Who pays: found again by SIRET, else by name, created when new."""

    nom: str = Field(min_length=1, max_length=200)
    siret: Annotated[str | None, BeforeValidator(lambda valeur: valeur and lire_siret(valeur))] = None


class EnveloppeDeclaree(Bloc):
    """Money of one financeur for one nature of aid; `reserve` says which dossiers alone may draw on it."""

    financeur: FinanceurDeclare
    nature: Nature
    montant: Euros
    reserve: Reserve | None = None


class DeclarationCampagne(Bloc):
    """The file. Days alone open at midnight and close at 23:59:59, legal time in Paris."""

    code: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    nom: str = Field(min_length=1, max_length=200)
    prefixe: str = Field(min_length=1, max_length=12, pattern=r"^[A-Z0-9]+$")
    reglement: str = Field(min_length=1)
    ouverture: Instant
    cloture: Instant
    fin: Instant | None = None
    places: int = Field(default=0, ge=0)
    courriel_suivi: Adresse = None
    courriel_expediteur: Adresse = None
    convention_reattribution: str | None = Field(default=None, max_length=200)
    enveloppes: list[EnveloppeDeclaree] = []


@dataclass(frozen=True)
class CampagneDeclaree:
    """A declaration read, and where its règlement is."""

    declaration: DeclarationCampagne
    chemin_reglement: Path


def lire_declaration(chemin: Path) -> CampagneDeclaree:
    """Read and check the file of a campagne; the path of its règlement is relative to it.

    Raises `DonneesInvalides` naming file, line, what is wrong and what to do.
    """
    document = _lire_yaml(chemin)
    try:
        declaration = DeclarationCampagne.model_validate(document.valeur)
    except ValidationError as erreur:
        raise DonneesInvalides("\n".join(_phrase(chemin, document, detail) for detail in erreur.errors())) from erreur
    fautes = list(_dates_en_desordre(chemin, document, declaration))
    if fautes:
        raise DonneesInvalides("\n".join(fautes))
    reglement = chemin.parent / declaration.reglement
    if not reglement.is_file():
        ligne = ligne_de(document.lignes, "reglement")
        raise DonneesInvalides(
            f"{chemin}:{ligne} : le règlement « {declaration.reglement} » n'existe pas. "
            "Son chemin se donne depuis le dossier de ce fichier."
        )
    return CampagneDeclaree(declaration, reglement)


def _dates_en_desordre(chemin: Path, document: Document, declaration: DeclarationCampagne) -> Iterator[str]:
    """Dates that overlap, each on its line: a campagne opens, then closes, then ends."""
    ouverture, cloture = _debut(declaration.ouverture), _terme(declaration.cloture)
    if cloture <= ouverture:
        ligne = ligne_de(document.lignes, "cloture")
        yield (
            f"{chemin}:{ligne} : « cloture » : la clôture ({instant(cloture)}) doit venir après l'ouverture "
            f"({instant(ouverture)}). Corrigez l'une des deux."
        )
    fin = _terme(declaration.fin) if declaration.fin is not None else cloture
    if fin < cloture:
        ligne = ligne_de(document.lignes, "fin")
        yield (
            f"{chemin}:{ligne} : « fin » : la fin du programme ({instant(fin)}) doit venir après la clôture "
            f"({instant(cloture)}). Corrigez l'une des deux."
        )


def ouvrir_declaree(
    session: Session, declaration: DeclarationCampagne, charge: ReglementCharge, maintenant: datetime
) -> Campagne:
    """Open the campagne declared, under a règlement already checked, with its enveloppes.

    Raises `DonneesInvalides` as `ouvrir_campagne` and `ajouter_enveloppe` do.
    """
    campagne = ouvrir_campagne(
        session,
        code=declaration.code,
        nom=declaration.nom,
        prefixe=declaration.prefixe,
        charge=charge,
        ouverture=_debut(declaration.ouverture),
        cloture=_terme(declaration.cloture),
        fin=_terme(declaration.fin) if declaration.fin is not None else None,
        places=declaration.places,
        courriel_suivi=declaration.courriel_suivi,
        courriel_expediteur=declaration.courriel_expediteur,
        convention_reattribution=declaration.convention_reattribution,
        maintenant=maintenant,
    )
    for enveloppe in declaration.enveloppes:
        financeur = _financeur(session, enveloppe.financeur)
        ajouter_enveloppe(session, campagne, financeur, enveloppe.nature, enveloppe.montant, reserve=enveloppe.reserve)
    return campagne


def _lire_yaml(chemin: Path) -> Document:
    if not chemin.is_file():
        raise DonneesInvalides(f"Le fichier « {chemin} » n'existe pas. Vérifiez son nom et son dossier.")
    try:
        return lire(chemin.read_text(encoding="utf-8-sig"))
    except YamlRefuse as erreur:
        raise DonneesInvalides(f"{chemin}:{erreur.ligne} : {erreur.raison}.") from erreur
    except UnicodeDecodeError as erreur:
        raise DonneesInvalides(f"« {chemin} » n'est pas en UTF-8. Enregistrez-le dans cet encodage.") from erreur


_RAISONS: Final = {
    "missing": "cette clef est obligatoire.",
    "extra_forbidden": "cette clef est inconnue ; vérifiez son orthographe.",
    "string_pattern_mismatch": "lettres, chiffres et tirets seulement (chiffres et majuscules pour le préfixe).",
    "string_too_long": "ce texte est trop long.",
    "string_type": "un texte est attendu.",
    "greater_than_equal": "un nombre positif est attendu.",
    "int_type": "un nombre entier est attendu.",
    "int_parsing": "un nombre entier est attendu.",
    "model_type": "le fichier doit donner une liste de « clef: valeur ».",
    "literal_error": f"natures possibles : {', '.join(NATURES)}.",
}
_EXEMPLE_RESERVE: Final = "par exemple {champ: region, valeur: Bretagne}."
_RAISONS_PROPRES: Final = {
    ("model_type", "financeur"): "le financeur s'écrit {nom: Agence d'essai}, avec au besoin son siret.",
    ("model_type", "reserve"): f"une réserve dit ce qu'elle regarde et la valeur voulue, {_EXEMPLE_RESERVE}",
    ("literal_error", "champ"): f"une réserve regarde : {', '.join(CHAMPS_LIBELLES)} ; {_EXEMPLE_RESERVE}",
}


def _phrase(chemin: Path, document: Document, detail: ErrorDetails) -> str:
    ou = ".".join(str(partie) for partie in detail["loc"] if partie not in ("datetime", "date"))
    contexte = detail.get("ctx", {})
    propre = f"{contexte['raison']} {contexte['remede']}" if "raison" in contexte else None
    particuliere = _RAISONS_PROPRES.get((detail["type"], ou.rpartition(".")[2]))
    ordinaire = _RAISONS.get(detail["type"], "cette valeur est refusée ; une date s'écrit 2026-03-30.")
    raison = propre or particuliere or ordinaire
    return f"{chemin}:{ligne_de(document.lignes, ou)} : {f'« {ou} » : ' if ou else ''}{raison}"


def _debut(jour: datetime | date) -> datetime:
    return _legal(jour) if isinstance(jour, datetime) else _legal(datetime.combine(jour, time(0)))


def _terme(jour: datetime | date) -> datetime:
    if isinstance(jour, datetime):
        return _legal(jour)
    return _legal(datetime.combine(jour + timedelta(days=1), time(0))) - timedelta(seconds=1)


def _legal(moment: datetime) -> datetime:
    """A bare hour is legal time in Paris."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=PARIS)).astimezone(UTC)


def _financeur(session: Session, declare: FinanceurDeclare) -> Structure:
    par = {"siret": declare.siret} if declare.siret else {"nom": declare.nom}
    connue = session.exec(select(Structure).filter_by(**par)).first()
    if connue is not None:
        return connue
    nouvelle = Structure(nom=declare.nom, kind="financeur", siret=declare.siret)
    session.add(nouvelle)
    session.flush()
    return nouvelle
