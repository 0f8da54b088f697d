"""Read one line of an import against the columns it knows: the values it gives, or everything that is wrong with it."""

import re
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ami.imports_cellules import defaut_de, vide_dit
from ami.imports_colonnes import Colonnes
from ami.imports_lignes import Defaut, LigneLue, montrable
from ami.imports_rapport import RAISON_MAX, TOUTE_LA_LIGNE, VALEUR_MONTREE, ErreurLigne, Motif
from ami.imports_schemas import Ligne

_TOTAL: Final = re.compile(
    r"^(sous[- ]?)?(total|totaux|somme|moyenne)( générale?| (de |des |du |d').{1,60})? ?:?$", re.IGNORECASE
)
# What pydantic finds by itself, said in French: reason and remedy.
_RAISONS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("Cette cellule est vide alors qu'elle est obligatoire.", "Complétez-la."),
    "string_too_long": ("Ce texte est trop long.", "Raccourcissez-le à {max_length} caractères."),
    "int_parsing": ("Un nombre entier est attendu.", "Écrivez-le en chiffres, sans décimale."),
    "greater_than_equal": ("Ce nombre est trop petit.", "Le plus petit accepté est {ge}."),
    "less_than_equal": ("Ce nombre est trop grand.", "Le plus grand accepté est {le}."),
}


class LigneDeTotal(Exception):
    """The line sums up the others: it is no line of the table."""


class LigneFautive(Exception):
    """The line cannot be used; `erreurs` tells every reason."""

    def __init__(self, erreurs: list[ErreurLigne]) -> None:
        super().__init__(erreurs)
        self.erreurs = erreurs


@dataclass(frozen=True, slots=True)
class LigneBonne:
    """A line whose cells are all right: its values, and the cells of the columns a règlement adds, by code."""

    lue: LigneLue
    valeurs: Ligne
    autres: dict[str, str]


@dataclass(frozen=True)
class Examen:
    """The examination of the lines of one file."""

    colonnes: Colonnes
    largeur_fixe: bool

    def examiner(self, lue: LigneLue) -> LigneBonne:
        """Read a line.

        Raises `LigneFautive` with every fault found, `LigneDeTotal` when the line sums up the others.
        """
        if lue.refus is not None:
            raise LigneFautive([self._sur_la_ligne(lue, lue.refus)])
        erreurs: list[ErreurLigne] = []
        champs = self._cellules(lue, self.colonnes.champs, erreurs)
        autres = self._cellules(lue, self.colonnes.autres, erreurs)
        fautifs = {erreur.colonne for erreur in erreurs}
        try:
            valeurs = self.colonnes.vocabulaire.schema.model_validate(champs)
        except ValidationError as erreur:
            if _est_un_total(lue):
                raise LigneDeTotal from erreur
            traduites = [self._traduire(detail, lue) for detail in erreur.errors()]
            erreurs += [traduite for traduite in traduites if traduite.colonne not in fautifs]
            raise LigneFautive(erreurs) from erreur
        if erreurs:
            raise LigneFautive(erreurs)
        return LigneBonne(lue, valeurs, autres)

    def refuser(self, lue: LigneLue, motif: Motif) -> ErreurLigne:
        """The refusal of a line that could not be written."""
        defaut = Defaut(motif.raison, motif.remede)
        return self.sur(lue, motif.champ, defaut) if motif.champ else self._sur_la_ligne(lue, defaut)

    def sur(self, lue: LigneLue, champ: str, defaut: Defaut) -> ErreurLigne:
        """An error on one cell."""
        rang = self.colonnes.rang(champ)
        valeur = lue.cellules[rang] if rang is not None and rang < len(lue.cellules) else ""
        nom, lettre = self.colonnes.nom(champ), self.colonnes.lettre(champ)
        return _erreur(lue, nom, valeur, defaut, lettre, rang)

    def _cellules(self, lue: LigneLue, rangs: dict[str, int], erreurs: list[ErreurLigne]) -> dict[str, str]:
        """The cells that hold something, by field or code: a blank one counts as absent, a spoilt one as an error."""
        lues = {}
        vocabulaire = self.colonnes.vocabulaire
        for champ, rang in rangs.items():
            texte = lue.cellules[rang] if rang < len(lue.cellules) else ""
            defaut = lue.defauts.get(rang)
            if defaut is None and texte and not texte.isspace():
                rien = None if champ in vocabulaire.sans_objet else vide_dit(texte)
                if rien is not None and champ in vocabulaire.libres:
                    continue
                lues[champ] = texte
                defaut = rien or defaut_de(texte)
            if defaut is not None:
                erreurs.append(self.sur(lue, champ, defaut))
        return lues

    def _traduire(self, detail: ErrorDetails, lue: LigneLue) -> ErreurLigne:
        champ = str(detail["loc"][0])
        contexte = detail.get("ctx", {})
        raison, remede = _RAISONS.get(
            detail["type"], ("Cette valeur est refusée.", "Corrigez-la puis relancez l'import.")
        )
        if detail["type"] == "missing" and self.largeur_fixe and self._coupee(lue, champ):
            raison = f"La ligne s'arrête avant cette colonne : {len(lue.cellules)} cellule(s) pour {self._largeur}."
        if detail["type"] in _RAISONS:
            remede = remede.format_map(contexte)
        defaut = Defaut(str(contexte.get("raison", raison)), str(contexte.get("remede", remede)))
        return self.sur(lue, champ, defaut)

    @property
    def _largeur(self) -> int:
        return len(self.colonnes.entetes)

    def _coupee(self, lue: LigneLue, champ: str) -> bool:
        rang = self.colonnes.rang(champ)
        return rang is not None and rang >= len(lue.cellules)

    def _sur_la_ligne(self, lue: LigneLue, defaut: Defaut) -> ErreurLigne:
        valeur = " | ".join(cellule for cellule in lue.cellules if cellule.strip())
        return _erreur(lue, TOUTE_LA_LIGNE, valeur, defaut)


def _erreur(
    lue: LigneLue, colonne: str, valeur: str, defaut: Defaut, lettre: str = "", rang: int | None = None
) -> ErreurLigne:
    """An error as it is kept and shown: short, and without a code for the screen."""
    montree = montrable(valeur[:VALEUR_MONTREE])
    return ErreurLigne(
        lue.numero, colonne, montree, defaut.raison[:RAISON_MAX], defaut.remede[:RAISON_MAX], lettre, rang
    )


def _est_un_total(lue: LigneLue) -> bool:
    premiere = next((cellule.strip() for cellule in lue.cellules if cellule.strip()), "")
    return _TOTAL.match(premiere) is not None
