"""Which column of a file is which field: by its heading, by what the person says, by what they said last time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from openpyxl.utils import get_column_letter

from ami.erreurs import DonneesInvalides
from ami.imports_champs import cle, proche
from ami.imports_lignes import Tableau
from ami.imports_schemas import Ligne

IGNOREE: Final = "-"  # what a correspondance says of a column to leave aside
COLONNES_NOMMEES: Final = 8  # among those left aside: statistical files have dozens


@dataclass(frozen=True)
class Vocabulaire:
    """The columns one import knows.

    `autres` are those a règlement adds (answers to its forms, notes of its grille): reduced heading → code. `titres`
    name those codes for people. « n/a » is an answer in `sans_objet` columns, and as good as nothing in `libres` ones.
    """

    schema: type[Ligne]
    autres: Mapping[str, str] = field(default_factory=dict)
    titres: Mapping[str, str] = field(default_factory=dict)
    sans_objet: frozenset[str] = frozenset()
    libres: frozenset[str] = frozenset()

    def connues(self) -> set[str]:
        """Every reduced heading that means something."""
        return {nom for champ in self.schema.model_fields for nom in self.noms(champ)} | set(self.autres)

    def noms(self, champ: str) -> tuple[str, ...]:
        """The reduced headings of a field, the best one first."""
        return (champ, *self.schema.SYNONYMES.get(champ, ()))

    def cible(self, nom: str) -> str | None:
        """The field or code a person names, by any of its names; None when there is none such."""
        reduit = cle(nom)
        for champ in self.schema.model_fields:
            if reduit in self.noms(champ):
                return champ
        return nom if nom in self.autres.values() else self.autres.get(reduit)

    def titre(self, cible: str) -> str:
        """How a field or a code is called when the file has no heading for it."""
        return self.titres.get(cible, "type" if cible == "kind" else cible)

    def possibles(self) -> list[str]:
        """What a column may be said to be."""
        return [self.titre(champ) for champ in self.schema.model_fields] + sorted(set(self.autres.values()))


@dataclass(frozen=True)
class Colonnes:
    """Where each field is: positions from 0 in the lines of one file."""

    vocabulaire: Vocabulaire
    entetes: list[str]
    unite: str
    champs: dict[str, int]
    autres: dict[str, int]  # by code, for the columns a règlement adds
    ignorees: frozenset[int] = frozenset()  # left aside because somebody said so

    def rang(self, champ: str) -> int | None:
        """The position of a field or code; None when the file does not have it."""
        return self.champs.get(champ, self.autres.get(champ))

    def nom(self, champ: str) -> str:
        """The heading of a field as the person typed it, or its usual name."""
        rang = self.rang(champ)
        return self.vocabulaire.titre(champ) if rang is None else self.entetes[rang]

    def lettre(self, champ: str) -> str:
        """The column as a spreadsheet names it; empty when the file has no such column, or no columns at all."""
        rang = self.rang(champ)
        return lettre(rang, self.unite) if rang is not None else ""

    def inutilisees(self) -> list[str]:
        """The headings of the columns left aside though nobody said so."""
        prises = {*self.champs.values(), *self.autres.values(), *self.ignorees}
        return [entete for rang, entete in enumerate(self.entetes) if rang not in prises and entete]


def lettre(rang: int, unite: str) -> str:
    """« C » for the third column; nothing in a file of objects, which has keys and no columns."""
    return str(get_column_letter(rang + 1)) if unite == "ligne" else ""


def rapprocher(tableau: Tableau, vocabulaire: Vocabulaire, dites: Mapping[str, str]) -> Colonnes:
    """Find the column of each field. `dites` is what the person says: heading → field, code, or « - ».

    Raises `DonneesInvalides`: a column said is not in the file, a field said is unknown, a heading that is used comes
    twice, or mandatory columns are absent (all of them are named).
    """
    reduites = tableau.entetes_reduites()
    champs: dict[str, int] = {}
    autres: dict[str, int] = {}
    prises: set[int] = set()
    for entete, cible in dites.items():
        rang = _rang_dit(tableau, reduites, entete)
        prises.add(rang)
        if cible != IGNOREE:
            trouvee = _cible_dite(vocabulaire, cible)
            rangs = champs if trouvee in vocabulaire.schema.model_fields else autres
            if trouvee in rangs:
                raise DonneesInvalides(f"Deux colonnes sont données pour « {cible} ». N'en gardez qu'une.")
            rangs[trouvee] = rang
    libres = {rang: nom for rang, nom in enumerate(reduites) if rang not in prises and nom}
    for champ in vocabulaire.schema.model_fields:
        trouve = None if champ in champs else _chercher(vocabulaire.noms(champ), libres, tableau)
        if trouve is not None:
            champs[champ] = trouve
            del libres[trouve]
    for nom, code in vocabulaire.autres.items():
        trouve = None if code in autres else _chercher((nom,), libres, tableau)
        if trouve is not None:
            autres[code] = trouve
            del libres[trouve]
    _exiger(tableau, vocabulaire, champs)
    ignorees = prises.difference(champs.values(), autres.values())
    return Colonnes(vocabulaire, tableau.entetes, tableau.unite, champs, autres, frozenset(ignorees))


def _rang_dit(tableau: Tableau, reduites: list[str], entete: str) -> int:
    if cle(entete) not in reduites:
        raise DonneesInvalides(
            f"« {tableau.nom} » n'a pas de colonne « {entete} ».{proche(entete, tableau.entetes)} "
            f"Colonnes lues : {_enumerer(tableau)}."
        )
    return reduites.index(cle(entete))


def _cible_dite(vocabulaire: Vocabulaire, cible: str) -> str:
    trouvee = vocabulaire.cible(cible)
    if trouvee is None:
        possibles = vocabulaire.possibles()
        raise DonneesInvalides(
            f"Aucune donnée de cet import ne s'appelle « {cible} ».{proche(cible, possibles)} "
            f"Possibles : {', '.join(possibles)}, ou « {IGNOREE} » pour laisser la colonne de côté."
        )
    return trouvee


def _chercher(noms: Iterable[str], libres: Mapping[int, str], tableau: Tableau) -> int | None:
    """The one free column with the first of these names that the file has."""
    for nom in noms:
        rangs = [rang for rang, libre in libres.items() if libre == nom]
        if len(rangs) > 1:
            lettres = " et ".join(filter(None, (lettre(rang, tableau.unite) for rang in rangs)))
            raise DonneesInvalides(
                f"« {tableau.nom} », ligne {tableau.ligne_entetes} : la colonne « {tableau.entetes[rangs[1]]} » "
                f"apparaît deux fois ({lettres}). Renommez celle qui n'est pas à lire."
            )
        if rangs:
            return rangs[0]
    return None


def _exiger(tableau: Tableau, vocabulaire: Vocabulaire, champs: Mapping[str, int]) -> None:
    """Every mandatory column must be there."""
    obligatoires = [champ for champ, regle in vocabulaire.schema.model_fields.items() if regle.is_required()]
    absentes = [champ for champ in obligatoires if champ not in champs]
    if not absentes:
        return
    ressemblances = "".join(
        f" « {voisine} » ressemble à « {vocabulaire.titre(champ)} »."
        for champ in absentes
        for voisine in tableau.entetes
        if cle(voisine) and proche(voisine, vocabulaire.noms(champ)) and cle(voisine) not in vocabulaire.connues()
    )
    exemple = f"{next((e for e in tableau.entetes if cle(e) not in vocabulaire.connues()), 'Votre colonne')}"
    raise DonneesInvalides(
        f"« {tableau.nom} », ligne {tableau.ligne_entetes} : colonne(s) absente(s) : "
        f"{', '.join(map(vocabulaire.titre, absentes))}. Colonnes lues : {_enumerer(tableau)}.{ressemblances} "
        f'Si l\'une porte un autre nom, dites-le : --colonne "{exemple}={vocabulaire.titre(absentes[0])}".'
    )


def _enumerer(tableau: Tableau) -> str:
    noms = [entete for entete in tableau.entetes if entete]
    return ", ".join(noms[:30]) + (" …" if len(noms) > 30 else "")


def laissees_de_cote(colonnes: Colonnes) -> str | None:
    """The sentence that says which columns were not used; None when all were."""
    restantes = colonnes.inutilisees()
    if not restantes:
        return None
    suite = f" et {len(restantes) - COLONNES_NOMMEES} autres" if len(restantes) > COLONNES_NOMMEES else ""
    return f"Colonnes laissées de côté : {', '.join(restantes[:COLONNES_NOMMEES])}{suite}."
