"""What can be imported: for each kind, the columns it knows and how its lines are looked up and written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ami.erreurs import DonneesInvalides
from ami.imports_colonnes import Colonnes, Vocabulaire
from ami.imports_dossiers import ecrire_dossier, precharger_dossiers, vocabulaire_dossiers
from ami.imports_ecriture import (
    Chantier,
    ecrire_structure,
    ecrire_territoire,
    precharger_structures,
    precharger_territoires,
)
from ami.imports_evaluations import (
    ecrire_evaluation,
    precharger_evaluations,
    refuser_criteres_inconnus,
    vocabulaire_evaluations,
)
from ami.imports_lignes import Tableau
from ami.imports_personnes import ecrire_personne, precharger_personnes
from ami.imports_rapport import Issue
from ami.imports_schemas import LignePersonne, LigneStructure, LigneTerritoire


@dataclass(frozen=True)
class Recette:
    """How one kind of file is read and written.

    `controle` refuses headings that cannot be left aside in silence. `lot` is how many lines are looked up and written
    together. A kind written by acts has each line in a savepoint of its own, since an act writes its facts before the
    règlement may refuse them.
    """

    vocabulaire: Callable[[Chantier], Vocabulaire]
    precharger: Callable[[Chantier, Any], None]
    ecriture: Callable[[Chantier, Any], Issue]
    controle: Callable[[Colonnes, Tableau], None] = lambda _colonnes, _tableau: None
    lot: int = 500
    par_actes: bool = False


RECETTES: Final[dict[str, Recette]] = {
    "structures": Recette(lambda _: Vocabulaire(LigneStructure), precharger_structures, ecrire_structure),
    "personnes": Recette(lambda _: Vocabulaire(LignePersonne), precharger_personnes, ecrire_personne),
    "territoires": Recette(lambda _: Vocabulaire(LigneTerritoire), precharger_territoires, ecrire_territoire),
    "dossiers": Recette(vocabulaire_dossiers, precharger_dossiers, ecrire_dossier, lot=50, par_actes=True),
    "evaluations": Recette(
        vocabulaire_evaluations,
        precharger_evaluations,
        ecrire_evaluation,
        refuser_criteres_inconnus,
        lot=50,
        par_actes=True,
    ),
}


def recette_de(kind: str) -> Recette:
    """The recipe of a kind of import.

    Raises `DonneesInvalides` on a kind nobody can import.
    """
    if kind not in RECETTES:
        raise DonneesInvalides(f"On ne sait pas importer « {kind} ». Possibles : {', '.join(RECETTES)}.")
    return RECETTES[kind]
