"""The demonstration's data files, read and checked: who, where, which stories, and when the flows run."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from ruamel.yaml import YAML

from notifications.formats import PARIS
from rules.vocabulaire import Acte, Role

RECIT: Final = Path(__file__).parent / "recit"


class HistoireInvalide(ValueError):
    """A data file of the demonstration contradicts itself; the message names the file and the word."""


def _instant(valeur: object) -> object:
    """« 2026-01-12 10:00 », legal time in Paris."""
    if isinstance(valeur, str):
        return datetime.fromisoformat(valeur).replace(tzinfo=PARIS).astimezone(UTC)
    return valeur


Instant = Annotated[datetime, BeforeValidator(_instant)]


class Bloc(BaseModel):
    """Base of the blocks: an unknown key is a typing error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StructureDemo(Bloc):
    """A body of the demonstration."""

    nom: str
    kind: str
    siret: str | None = None
    adhesions: list[str] = []
    region: str | None = None
    commune: str | None = None


class PersonneDemo(Bloc):
    """Somebody; `role` is held on the whole campagne."""

    prenom: str
    nom: str
    courriel: str
    structure: str
    role: Role | None = None


class ComiteDemo(Bloc):
    """A session of the committee."""

    le: Instant
    lieu: str
    presents: list[str]


class Gens(Bloc):
    """File `personnes.yaml`."""

    structures: dict[str, StructureDemo]
    personnes: dict[str, PersonneDemo]
    comites: dict[str, ComiteDemo]
    agent: str


class TerritoireDemo(Bloc):
    """A quartier of the official list."""

    code: str
    nom: str
    commune: str
    departement: str


class Territoires(Bloc):
    """File `territoires.yaml`."""

    millesime: int
    region: str
    kind: str
    territoires: list[TerritoireDemo]


class Passage(Bloc):
    """The flows that run at an instant, in order, by their names in the deployments file."""

    le: Instant
    flux: list[str]
    evenement: str


class Ligne(Bloc):
    """One act of a story. `refus`: words its refusal must hold. `rang` numbers it in its dossier, for good."""

    le: Instant
    par: str
    acte: Acte
    donnees: dict[str, Any] = {}
    pieces: list[str] = []
    refus: str | None = None
    rang: int = 0


class DossierDemo(Bloc):
    """One dossier: who carries it, its acts, what it shows and the état it must end in."""

    code: str
    titre: str
    porteur: str
    contact: str
    accompagnateur: str
    territoires: list[str]
    issue: str
    attendu: str
    lignes: tuple[Ligne, ...]


class Recueil(Bloc):
    """File `parcours.yaml`: defaults, profiles of notes, comments at the extremes, pieces of story."""

    defauts: dict[str, Any]
    profils: dict[str, str]
    commentaires: dict[str, str]
    parcours: dict[str, list[str | dict[str, Any]]]


class Demonstration(Bloc):
    """Everything the demonstration plays."""

    gens: Gens
    territoires: Territoires
    recueil: Recueil
    dossiers: list[DossierDemo] = Field(min_length=1)
    passages: list[Passage]

    @cached_property
    def calendrier(self) -> list[tuple[datetime, DossierDemo, Ligne] | Passage]:
        """Acts and passages, merged by date; at one instant the acts come first."""
        actes = [(ligne.le, dossier, ligne) for dossier in self.dossiers for ligne in dossier.lignes]
        dates = [(acte[0], 0, rang, acte) for rang, acte in enumerate(actes)]
        dates += [(passage.le, 1, rang, passage) for rang, passage in enumerate(self.passages)]  # type: ignore[misc]
        return [evenement for _, _, _, evenement in sorted(dates, key=lambda date: date[:3])]

    def reduite(self, codes: Iterable[str]) -> "Demonstration":
        """The same with some dossiers only."""
        gardes = set(codes)
        return self.model_copy(update={"dossiers": [d for d in self.dossiers if d.code in gardes]})


def lire(dossier: Path = RECIT) -> Demonstration:
    """Read the whole demonstration.

    Raises:
        HistoireInvalide: a story names a piece or a word nobody defines.
        pydantic.ValidationError: a block has not the shape expected.
    """
    recueil = Recueil.model_validate(_yaml(dossier / "parcours.yaml"))
    fiches = _yaml(dossier / "dossiers.yaml")["dossiers"]
    return Demonstration(
        gens=Gens.model_validate(_yaml(dossier / "personnes.yaml")),
        territoires=Territoires.model_validate(_yaml(dossier / "territoires.yaml")),
        recueil=recueil,
        dossiers=[_dossier(recueil, fiche) for fiche in fiches],
        passages=_yaml(dossier / "calendrier.yaml")["passages"],
    )


def _yaml(chemin: Path) -> Any:
    return YAML(typ="safe", pure=True).load(chemin.read_text(encoding="utf-8"))


def _dossier(recueil: Recueil, fiche: Mapping[str, Any]) -> DossierDemo:
    # The number is known only once the dossier exists: the word stays for the play to fill in.
    mots = {**recueil.defauts, "numero": "$numero", **fiche}
    lignes = [remplir(brute, valeurs) for brute, valeurs in _derouler(recueil, fiche["histoire"], mots)]
    connus = {nom: fiche[nom] for nom in DossierDemo.model_fields if nom in fiche}
    return DossierDemo.model_validate(
        {**connus, "lignes": [{**ligne, "rang": rang} for rang, ligne in enumerate(lignes)]}
    )


def _derouler(
    recueil: Recueil, histoire: Iterable[Any], mots: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Lines of a story with the words they are filled with: pieces of story are opened, repeated acts repeated."""
    for element in histoire:
        if isinstance(element, str):
            yield from _derouler(recueil, _parcours(recueil, element), mots)
        elif "acte" in element:
            yield from _repeter(element, mots)
        else:
            ((nom, propres),) = element.items()
            yield from _derouler(recueil, _parcours(recueil, nom), {**mots, **propres})


def _parcours(recueil: Recueil, nom: str) -> list[str | dict[str, Any]]:
    if nom not in recueil.parcours:
        raise HistoireInvalide(f"dossiers.yaml : « {nom} » n'est pas un bout d'histoire de parcours.yaml.")
    return recueil.parcours[nom]


def _repeter(ligne: Mapping[str, Any], mots: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    seule = {clef: valeur for clef, valeur in ligne.items() if clef != "pour_chaque"}
    if "pour_chaque" not in ligne:
        yield seule, mots
        return
    ((mot, valeurs),) = ligne["pour_chaque"].items()
    for valeur in valeurs:
        yield seule, {**mots, mot: valeur}


def remplir(valeur: Any, mots: Mapping[str, Any]) -> Any:
    """`valeur` with its « $mot » replaced; one that is alone keeps the type of its word.

    Raises:
        HistoireInvalide: a word nobody defines.
    """
    match valeur:
        case dict():
            return {clef: remplir(element, mots) for clef, element in valeur.items()}
        case list():
            return [remplir(element, mots) for element in valeur]
        case str() if "$" in valeur:
            return _remplir_texte(valeur, mots)
        case _:
            return valeur


def _remplir_texte(texte: str, mots: Mapping[str, Any]) -> Any:
    try:
        if texte.startswith("$") and texte[1:].isidentifier():
            return mots[texte[1:]]
        return Template(texte).substitute(mots)
    except KeyError as absent:
        raise HistoireInvalide(
            f"Le mot « ${absent.args[0]} » n'est défini ni par le dossier ni par défaut."
        ) from absent
