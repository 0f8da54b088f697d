"""Write the good lines of an import: find what is already known, create or complete it. A blank cell erases nothing.

Each writer looks up, judges and refuses before it touches anything: a line refused leaves nothing behind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel

from ami.imports_annuaire import Annuaire
from ami.imports_champs import cle
from ami.imports_rapport import Issue, LigneRefusee
from ami.imports_schemas import Ligne, LigneStructure, LigneTerritoire
from ami.imports_territoires import enregistrer_quartier
from ami.models import Campagne, Structure
from ami.sujets import Acteur


@dataclass
class Chantier:
    """What writing a line needs besides the line. `originaux` changes with each line."""

    session: Session
    maintenant: datetime
    millesime: int | None = None
    campagne: Campagne | None = None
    acteur: Acteur | None = None
    originaux: Mapping[str, str] = field(default_factory=dict)  # cells a règlement's own columns hold, by code
    kind_territoire: str | None = None  # of quartiers whose file does not say
    finales: bool = False  # evaluations that do not say it are rendered
    connus: Annuaire = field(init=False)
    ensuite: list[Callable[[], None]] = field(default_factory=list)  # what waits for the numbers of new rows

    def __post_init__(self) -> None:
        self.connus = Annuaire(self.session)

    def terminer(self) -> None:
        """Send the lot to the database, then what waited for it."""
        self.session.flush()
        for suite in self.ensuite:
            suite()
        self.ensuite.clear()
        self.session.flush()

    def oublier(self) -> None:
        """The lot is over, or undone: nothing of it may be taken for known."""
        self.ensuite.clear()
        self.connus.vider()


Table = TypeVar("Table", bound=SQLModel)


def precharger_structures(chantier: Chantier, lignes: list[LigneStructure]) -> None:
    """Look up together what a lot of lines needs."""
    chantier.connus.par_siret.precharger(ligne.siret for ligne in lignes)
    chantier.connus.par_rna.precharger(ligne.rna for ligne in lignes)
    chantier.connus.par_nom.precharger(ligne.nom for ligne in lignes)


def ecrire_structure(chantier: Chantier, ligne: LigneStructure) -> Issue:
    """Create a structure, or complete the one with the same SIRET, RNA number, or name and commune."""
    connus = chantier.connus
    structure, issue = enregistrer(chantier.session, _structure_connue(connus, ligne), Structure, donnes(ligne))
    for index in (connus.par_siret, connus.par_rna, connus.par_nom):
        index.ajouter(structure)
    return issue


def precharger_territoires(chantier: Chantier, lignes: list[LigneTerritoire]) -> None:
    """Look up together what a lot of lines needs."""
    chantier.connus.territoires.precharger(ligne.code for ligne in lignes)


def ecrire_territoire(chantier: Chantier, ligne: LigneTerritoire) -> Issue:
    """Create or complete a quartier of one vintage (see `ami.imports_territoires`)."""
    return enregistrer_quartier(chantier.session, ligne, millesime=chantier.millesime, kind=chantier.kind_territoire)


def trouver_structure(connus: Annuaire, dite: str, champ: str) -> Structure:
    """The structure a cell names by its SIRET or its name.

    Raises `LigneRefusee` when none has it, or several.
    """
    trouvees = connus.structures_dites(dite)
    if len(trouvees) > 1:
        raise LigneRefusee(champ, "Plusieurs structures portent ce nom.", "Indiquez son SIRET plutôt que son nom.")
    if not trouvees:
        raise LigneRefusee(
            champ, "Cette structure est inconnue.", "Importez d'abord les structures, ou corrigez son nom."
        )
    return trouvees[0]


def donnes(ligne: Ligne) -> dict[str, Any]:
    """The fields whose cells hold something."""
    return {nom: getattr(ligne, nom) for nom in ligne.model_fields_set}


def enregistrer(
    session: Session, connue: Table | None, table: type[Table], valeurs: Mapping[str, Any]
) -> tuple[Table, Issue]:
    """Create a row or complete the known one. Nothing is sent to the database before the lot's flush."""
    if connue is None:
        nouvelle = table(**valeurs)
        session.add(nouvelle)
        return nouvelle, Issue.CREE
    differents = {nom: valeur for nom, valeur in valeurs.items() if getattr(connue, nom) != valeur}
    for nom, valeur in differents.items():
        setattr(connue, nom, valeur)
    return connue, Issue.MIS_A_JOUR if differents else Issue.INCHANGE


def _structure_connue(connus: Annuaire, ligne: LigneStructure) -> Structure | None:
    if ligne.siret is not None:
        return connus.par_siret.premier(ligne.siret) or _homonyme(connus, ligne, sans_siret=True)
    if ligne.rna is not None:
        par_rna = connus.par_rna.premier(ligne.rna)
        if par_rna is not None:
            return par_rna
    return _homonyme(connus, ligne, sans_siret=False)


def _homonyme(connus: Annuaire, ligne: LigneStructure, *, sans_siret: bool) -> Structure | None:
    """A structure of the same name and commune; one that has another SIRET is another structure."""
    for structure in connus.par_nom.tous(ligne.nom):
        meme_commune = not ligne.commune or not structure.commune or cle(structure.commune) == cle(ligne.commune)
        if meme_commune and (structure.siret is None or not sans_siret):
            return structure
    return None
