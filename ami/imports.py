"""Bring in what people keep elsewhere: structures, personnes, territoires and dossiers, from CSV or XLSX.

Each bad line is named with its column, its value, the reason and the remedy; the good ones are kept, or none, as asked.
Running the same file again changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ami.erreurs import DonneesInvalides, ErreurMetier
from ami.imports_dossiers import campagne_et_acteur, ecrire_dossier, questions
from ami.imports_ecriture import Chantier, Ecriture, ecrire_personne, ecrire_structure, ecrire_territoire
from ami.imports_lecture import Tableau, lire
from ami.imports_rapport import ErreurLigne, Issue, LigneRefusee, RapportImport
from ami.imports_schemas import Ligne, LigneDossier, LignePersonne, LigneStructure, LigneTerritoire
from ami.models import Campagne
from ami.sujets import Acteur

COLONNES_NOMMEES: Final = 8  # among those left aside: statistical files have dozens
Mode = Literal["tout_ou_rien", "bonnes_lignes"]


@dataclass(frozen=True)
class Recette:
    """How one kind of file is read and written."""

    schema: type[Ligne]
    ecriture: Ecriture


RECETTES: Final[dict[str, Recette]] = {
    "structures": Recette(LigneStructure, ecrire_structure),
    "personnes": Recette(LignePersonne, ecrire_personne),
    "territoires": Recette(LigneTerritoire, ecrire_territoire),
    "dossiers": Recette(LigneDossier, ecrire_dossier),
}
# What pydantic finds by itself, said in French: reason and remedy.
_RAISONS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("Cette cellule est vide alors qu'elle est obligatoire.", "Complétez-la."),
    "string_too_long": ("Ce texte est trop long.", "Raccourcissez-le à {max_length} caractères."),
    "int_parsing": ("Un nombre entier est attendu.", "Écrivez-le en chiffres, sans décimale."),
    "greater_than_equal": ("Ce nombre est trop petit.", "Le plus petit accepté est {ge}."),
    "less_than_equal": ("Ce nombre est trop grand.", "Le plus grand accepté est {le}."),
}


def importer(
    session: Session,
    kind: str,
    chemin: Path,
    *,
    maintenant: datetime,
    mode: Mode = "tout_ou_rien",
    millesime: int | None = None,
    kind_territoire: str | None = None,
    campagne: Campagne | None = None,
    acteur: Acteur | None = None,
) -> RapportImport:
    """Import a file; the caller commits.

    `tout_ou_rien` gives everything up when a line is refused; `bonnes_lignes` keeps the others. `millesime` and
    `kind_territoire` are those of a list of quartiers that does not say, `campagne` the one roles and dossiers belong
    to, `acteur` who deposits dossiers.
    Raises `DonneesInvalides` when the file cannot be read at all, or a mandatory column is absent.
    """
    if kind not in RECETTES:
        raise DonneesInvalides(f"On ne sait pas importer « {kind} ». Possibles : {', '.join(RECETTES)}.")
    recette = RECETTES[kind]
    tableau = lire(chemin)
    colonnes = _colonnes(recette.schema, tableau, chemin.name)
    rapport = RapportImport(kind=kind, fichier=chemin.name, format=tableau.format, mode=mode)
    rapport.erreurs.extend(tableau.decalees)
    chantier = Chantier(session, maintenant, millesime, campagne, acteur, {}, kind_territoire)
    _avertir(rapport, tableau, {*colonnes.values(), *_autres_colonnes(chantier, kind)})
    with session.begin_nested() as tout:
        _traiter(chantier, recette, tableau, colonnes, rapport)
        if rapport.erreurs and mode == "tout_ou_rien":
            tout.rollback()
            rapport.renoncer()
    rapport.erreurs.sort(key=lambda erreur: erreur.ligne)
    return rapport


def _traiter(
    chantier: Chantier, recette: Recette, tableau: Tableau, colonnes: Mapping[str, str], rapport: RapportImport
) -> None:
    vues: dict[str, int] = {}
    rapport.lues = len(tableau.decalees)
    for numero, cellules in tableau.cellules():
        rapport.lues += 1
        try:
            ligne = recette.schema.model_validate(_champs(cellules, colonnes))
            _controler_double(ligne, numero, vues)
            rapport.compter(_ecrire(chantier, recette, ligne, cellules))
        except ValidationError as erreur:
            rapport.erreurs.extend(_traduire(e, numero, cellules, colonnes) for e in erreur.errors())
        except LigneRefusee as refus:
            rapport.erreurs.append(_en_erreur(refus, numero, cellules, colonnes))


def _ecrire(chantier: Chantier, recette: Recette, ligne: Ligne, cellules: Mapping[str, str]) -> Issue:
    """Write one line in a savepoint of its own: a bad one leaves nothing behind."""
    propre = replace(chantier, originaux=cellules)
    try:
        with chantier.session.begin_nested():
            return recette.ecriture(propre, ligne)
    except ErreurMetier as erreur:
        raise LigneRefusee("", erreur.message, "Corrigez la ligne puis relancez l'import.") from erreur
    except IntegrityError as erreur:
        raise LigneRefusee(
            "",
            "Cette ligne contredit des données déjà enregistrées.",
            "Vérifiez ses identifiants (SIRET, code, courriel).",
        ) from erreur


def _colonnes(schema: type[Ligne], tableau: Tableau, nom: str) -> dict[str, str]:
    """For each field, the reduced heading that holds it.

    Raises `DonneesInvalides` naming every mandatory column that is absent.
    """
    presentes = tableau.entetes_reduites()
    colonnes = {}
    for champ in schema.model_fields:
        noms = (champ, *schema.SYNONYMES.get(champ, ()))
        trouvee = next((candidat for candidat in noms if candidat in presentes), None)
        if trouvee is not None:
            colonnes[champ] = trouvee
    absentes = [c for c, champ in schema.model_fields.items() if champ.is_required() and c not in colonnes]
    if absentes:
        raise DonneesInvalides(
            f"« {nom} », ligne 1 : colonne(s) absente(s) : {', '.join(map(_titre, absentes))}. "
            f"Colonnes lues : {', '.join(tableau.entetes)}."
        )
    return colonnes


def _champs(cellules: Mapping[str, str], colonnes: Mapping[str, str]) -> dict[str, str]:
    """The cells that hold something, by field: a blank one counts as absent."""
    return {champ: cellules[colonne] for champ, colonne in colonnes.items() if cellules[colonne].strip()}


def _controler_double(ligne: Ligne, numero: int, vues: dict[str, int]) -> None:
    premiere = vues.setdefault(ligne.clef(), numero)
    if premiere != numero:
        raise LigneRefusee("", f"Cette ligne répète la ligne {premiere}.", "Supprimez l'une des deux.")


def _traduire(
    detail: ErrorDetails, numero: int, cellules: Mapping[str, str], colonnes: Mapping[str, str]
) -> ErreurLigne:
    champ = str(detail["loc"][0])
    contexte = detail.get("ctx", {})
    raison, remede = _RAISONS.get(detail["type"], ("Cette valeur est refusée.", "Corrigez-la puis relancez l'import."))
    return ErreurLigne(
        ligne=numero,
        colonne=_titre(champ),
        valeur=cellules.get(colonnes.get(champ, ""), "")[:80],
        raison=str(contexte.get("raison", raison)),
        remede=str(contexte.get("remede", remede.format(**contexte) if detail["type"] in _RAISONS else remede)),
    )


def _en_erreur(
    refus: LigneRefusee, numero: int, cellules: Mapping[str, str], colonnes: Mapping[str, str]
) -> ErreurLigne:
    valeur = cellules.get(colonnes.get(refus.champ, refus.champ), "")
    colonne = _titre(refus.champ) if refus.champ else "(toute la ligne)"
    return ErreurLigne(numero, colonne, valeur[:80], refus.raison, refus.remede)


def _titre(champ: str) -> str:
    """The name of a field as a person types it in a heading."""
    return "type" if champ == "kind" else champ


def _autres_colonnes(chantier: Chantier, kind: str) -> set[str]:
    """The columns a règlement adds to those of the kind: the answers to its forms.

    Raises `DonneesInvalides` when dossiers are imported without a campagne or a person who acts.
    """
    if kind != "dossiers":
        return set()
    campagne, _acteur = campagne_et_acteur(chantier)
    return set(questions(chantier.session, campagne))


def _avertir(rapport: RapportImport, tableau: Tableau, lues: set[str]) -> None:
    """Say which columns were left aside."""
    colonnes = zip(tableau.entetes, tableau.entetes_reduites(), strict=True)
    restantes = [entete for entete, reduite in colonnes if reduite not in lues]
    if restantes:
        suite = f" et {len(restantes) - COLONNES_NOMMEES} autres" if len(restantes) > COLONNES_NOMMEES else ""
        rapport.avertissements.append(f"Colonnes laissées de côté : {', '.join(restantes[:COLONNES_NOMMEES])}{suite}.")
