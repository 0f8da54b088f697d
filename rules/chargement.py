"""From a file, or the text a campagne pinned, to a règlement: read, bounded, shaped, hashed.

Loading says whether the document has the right shape; `rules.verification` says whether it holds together.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from rules.defauts import Defaut, Gravite, ReglementRefuse
from rules.messages_pydantic import phrases
from rules.modele import Reglement
from rules.yaml_borne import TAILLE_MAX, YamlRefuse, lire

ORIGINE_EPINGLEE = "règlement épinglé"


@dataclass(frozen=True)
class ReglementCharge:
    """A règlement with what identifies it: `empreinte` is the SHA-256 (hexadecimal) of the file's bytes."""

    reglement: Reglement
    empreinte: str
    texte: str = field(repr=False)
    origine: str
    lignes: Mapping[str, int] = field(repr=False)

    def ligne(self, chemin: str) -> int:
        """The line (from 1) of a path of the document, or of its nearest parent written in the file."""
        return ligne_de(self.lignes, chemin)

    def defaut(self, chemin: str, raison: str, remede: str, *, gravite: Gravite = "erreur") -> Defaut:
        """A defect at a path of this règlement."""
        return Defaut(self.origine, self.ligne(chemin), chemin, gravite, raison, remede)


def ligne_de(lignes: Mapping[str, int], chemin: str) -> int:
    """The line of a path, or of its nearest parent known; 1 at worst."""
    while chemin and chemin not in lignes:
        chemin = chemin.rpartition(".")[0]
    return lignes.get(chemin, 1)


def empreinte_de(contenu: bytes) -> str:
    """The identity of a règlement's content."""
    return hashlib.sha256(contenu).hexdigest()


def charger(chemin: Path | str) -> ReglementCharge:
    """Load a règlement file.

    Raises:
        ReglementRefuse: unreadable file, not UTF-8, too large, bad YAML, wrong shape; with every defect found.
    """
    origine = str(chemin)
    try:
        with Path(chemin).open("rb") as fichier:
            contenu = fichier.read(TAILLE_MAX + 1)
        texte = contenu.decode("utf-8")
    except OSError as erreur:
        remede = "Vérifiez le chemin et le droit de lecture."
        raise _refus(origine, 1, f"le fichier ne peut pas être lu : {_cause(erreur)}", remede) from erreur
    except UnicodeDecodeError as erreur:
        ligne = contenu[: erreur.start].count(b"\n") + 1
        raise _refus(origine, ligne, "le fichier n’est pas en UTF-8", "Enregistrez-le en UTF-8.") from erreur
    return charger_texte(texte, origine)


def charger_texte(texte: str, origine: str) -> ReglementCharge:
    """Load a règlement from its text; `origine` names it in the defects.

    Raises:
        ReglementRefuse: too large, bad YAML, wrong shape; with every defect found.
    """
    try:
        document = lire(texte)
    except YamlRefuse as erreur:
        raise _refus(origine, erreur.ligne, erreur.raison, erreur.remede, erreur.chemin) from erreur
    try:
        reglement = Reglement.model_validate(document.valeur)
    except ValidationError as erreur:
        raise ReglementRefuse(_defauts_de_forme(erreur, document.lignes, origine)) from erreur
    egares = [_booleen_egare(chemin, document.lignes, origine) for chemin in _booleens(document.valeur, reglement, "")]
    if egares:
        raise ReglementRefuse(egares)
    return ReglementCharge(reglement, empreinte_de(texte.encode()), texte, origine, MappingProxyType(document.lignes))


@lru_cache(maxsize=64)
def depuis_texte_epingle(texte: str) -> ReglementCharge:
    """The règlement a campagne pinned, from the text kept; the same text is read once.

    Raises:
        ReglementRefuse: the text kept is no longer acceptable to this version of the engine.
    """
    return charger_texte(texte, ORIGINE_EPINGLEE)


def _cause(erreur: OSError) -> str:
    causes = {
        FileNotFoundError: "il n’existe pas",
        IsADirectoryError: "c’est un dossier",
        PermissionError: "sa lecture n’est pas permise",
    }
    return causes.get(type(erreur), str(erreur.strerror))


def _refus(origine: str, ligne: int, raison: str, remede: str, chemin: str = "") -> ReglementRefuse:
    return ReglementRefuse([Defaut(origine, ligne, chemin, "erreur", raison, remede)])


def _defauts_de_forme(erreur: ValidationError, lignes: Mapping[str, int], origine: str) -> list[Defaut]:
    defauts = []
    for detail in erreur.errors(include_url=False):
        chemin = _chemin_ecrit(detail["loc"], lignes)
        raison, remede = phrases(detail)
        defauts.append(Defaut(origine, ligne_de(lignes, chemin), chemin, "erreur", raison, remede))
    return sorted(defauts, key=lambda defaut: defaut.ligne)


def _booleens(brut: object, lu: object, chemin: str) -> Iterator[str]:
    """Where a true or false was taken for something else: the shape would count `jours: true` as one day."""
    if isinstance(brut, bool):
        yield from () if isinstance(lu, bool) else (chemin,)
    elif isinstance(brut, dict):
        for clef, valeur in brut.items():
            suite = lu.get(clef) if isinstance(lu, dict) else getattr(lu, clef, None)
            yield from _booleens(valeur, suite, f"{chemin}.{clef}" if chemin else clef)
    elif isinstance(brut, list) and isinstance(lu, list):
        for rang, (valeur, element) in enumerate(zip(brut, lu, strict=False)):
            yield from _booleens(valeur, element, f"{chemin}.{rang}")


def _booleen_egare(chemin: str, lignes: Mapping[str, int], origine: str) -> Defaut:
    raison = f"« {chemin.rpartition('.')[2]} » ne se dit pas par true ou false"
    return Defaut(origine, ligne_de(lignes, chemin), chemin, "erreur", raison, "Écrivez la valeur.")


def _chemin_ecrit(lieu: tuple[int | str, ...], lignes: Mapping[str, int]) -> str:
    """The path as written: the names pydantic adds for its own use (chosen effect, key) are left out."""
    morceaux: list[str] = []
    for morceau in map(str, lieu):
        if ".".join((*morceaux, morceau)) in lignes:
            morceaux.append(morceau)
    return ".".join(morceaux)
