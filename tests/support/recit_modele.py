"""What a story file may say, and nothing else: a word mistyped is refused, so no check is ever skipped by a slip.

A story names a décor (`decor: ../decors/x.yaml`): campagne, quartiers, structures, persons, shortcuts. What the story
writes itself completes or replaces it, key by key.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rules.messages_pydantic import phrases
from tests.support.recit_gestes import Gestes

SCENARIOS = Path(__file__).parents[1] / "scenarios"
DECORS = SCENARIOS / "decors"
RECITS = sorted(chemin for chemin in SCENARIOS.rglob("*.yaml") if chemin.parent != DECORS)
"""Every story of the repository; where it stands in the folders is for its readers only."""


class RecitInvalide(Exception):
    """A story file that does not say what a story says, told in French."""


class Strict(BaseModel):
    """Base of every part of a story."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Pas(Strict):
    """One act of a shortcut, by a role; `evaluateurs` stands for each person asked to evaluate.

    `avant_cloture`: done the day before the campagne closes when the walk takes place later.
    """

    acte: str
    par: str
    donnees: dict[str, Any] = {}
    pieces: list[str] = []
    avant_cloture: bool = False


class Raccourci(Strict):
    """How to reach an état: from which other one (none: from nothing), by which acts.

    `etat` is the one reached when the shortcut is called otherwise (a stage within an état).
    """

    etat: str | None = None
    depuis: str | None = None
    pas: list[Pas] = []


Raccourcis = Mapping[str, Raccourci]


class Enveloppe(Strict):
    """Money given by one financeur (a structure of the story), in euros."""

    financeur: str
    montant: str


class CampagneDite(Strict):
    """The campagne; instants are legal time, `fin` may be absent."""

    code: str
    nom: str
    prefixe: str
    ouverture: str
    cloture: str
    fin: str | None = None
    places: int
    courriel_suivi: str | None = None
    convention_reattribution: str | None = None
    enveloppes: dict[str, Enveloppe]


class PersonneDite(Strict):
    """Somebody: first name then family name; `role` on the campagne unless `campagne: false`."""

    nom: str
    structure: str | None = None
    role: str = ""
    campagne: bool = True


class Aussi(Strict):
    """What a line changes on another sujet than its own."""

    etat: str | None = None
    argent: dict[str, dict[str, Any]] = {}


class Ligne(Gestes):
    """One line: what happens, then everything that comes of it.

    What is not said did not happen: no état changed, no line of journal, no courriel, no euro. There is no way to leave
    a check out.
    """

    le: str
    que: str = ""
    dossier: str | None = None
    # What happens: an act, a geste of the team (`tests.support.recit_gestes`), or duties of the engine, or a coulisse
    # (outside of the story, nothing is compared).
    acte: str | None = None
    par: str | None = None
    donnees: dict[str, Any] = {}
    pieces: list[str] = []
    balayage: list[str] = []
    relances: bool = False
    comites: list[dict[str, Any]] = []
    habiliter: list[dict[str, str]] = []
    coulisse: str | None = None
    jusqu_a: str | None = None
    avec: dict[str, str] = {}
    # What comes of it.
    refus: str | None = None
    etat: str | None = None
    journal: list[str] = []
    courriels: dict[str, list[str]] = {}
    argent: dict[str, dict[str, Any]] = {}
    aussi: dict[str, Aussi] = {}
    note: Any = None
    lettres: dict[str, list[str]] = {}

    @property
    def titre(self) -> str:
        """How the line is called when it fails."""
        if self.coulisse is not None:
            return f"coulisse jusqu'à « {self.jusqu_a} »"
        return self.que or self.acte or next(iter(self.gestes), None) or ("rappels" if self.relances else "balayage")

    @model_validator(mode="after")
    def _entiere(self) -> Self:
        if (self.coulisse is None) != (self.jusqu_a is None):
            raise ValueError("« coulisse » et « jusqu_a » vont ensemble")
        if self.coulisse is not None:
            return self._coulisse_seule()
        if len(ensemble := [*([self.acte] if self.acte else []), *self.gestes]) > 1:
            raise ValueError(f"une ligne, une chose : séparez {', '.join(ensemble)}")
        if (self.acte or self.pieces) and not (self.par and self.dossier):
            raise ValueError("un acte ou une pièce a un auteur (« par ») et un « dossier »")
        faits = (self.acte, self.gestes, self.pieces, self.balayage, self.relances, self.comites, self.habiliter)
        if not any(faits):
            raise ValueError("il ne se passe rien : écrivez « acte », « balayage », « relances », « pieces »…")
        if self.etat is not None and self.dossier is None:
            raise ValueError("« etat » sans « dossier » : l'état de quoi ?")
        return self

    def _coulisse_seule(self) -> Self:
        """What is brought from outside is not compared: announcing something there would be a check never done."""
        dits = self.model_fields_set - {"le", "que", "coulisse", "jusqu_a", "avec"}
        if dits:
            raise ValueError(f"une coulisse n'annonce rien ; retirez {', '.join(sorted(dits))}")
        return self


class Recit(Strict):
    """A whole story; `parametres` tries the règlement with other figures (« et si l'acompte était nul ? »)."""

    titre: str
    reglement: str
    parametres: dict[str, Any] = {}
    campagne: CampagneDite
    territoires: list[dict[str, Any]]
    structures: dict[str, dict[str, Any]]
    personnes: dict[str, PersonneDite]
    raccourcis: dict[str, Raccourci] = {}
    histoire: list[Ligne] = Field(min_length=1)


def nom_de(chemin: Path) -> str:
    """How a story of the repository is called: « habitat_participatif/rappels »."""
    return chemin.relative_to(SCENARIOS).with_suffix("").as_posix()


def lire(chemin: Path) -> Recit:
    """Read a story and its décor.

    Raises:
        RecitInvalide: the file says something a story does not, or the décor does not exist.
    """
    propre = lire_yaml(chemin)
    nom_decor = propre.pop("decor", None)
    return valider({**_sur(_decor(chemin.parent / nom_decor), propre)} if nom_decor else propre, str(chemin.name))


def valider(document: Mapping[str, Any], origine: str) -> Recit:
    """A story from what its file holds.

    Raises:
        RecitInvalide: every part that is wrong, with its place.
    """
    try:
        return Recit.model_validate(document)
    except ValidationError as erreur:
        raise RecitInvalide("\n".join(_en_francais(erreur, origine))) from erreur


@cache
def raccourcis_du_decor(nom: str) -> Raccourcis:
    """The shortcuts of a décor by its name, for tests that need a dossier at some état and no story."""
    dits = lire_yaml(DECORS / f"{nom}.yaml").get("raccourcis", {})
    return {etat: Raccourci.model_validate(raccourci) for etat, raccourci in dits.items()}


def _en_francais(erreur: ValidationError, origine: str) -> list[str]:
    lignes = []
    for defaut in erreur.errors(include_url=False):
        ou = ".".join(str(partie + 1 if isinstance(partie, int) else partie) for partie in defaut["loc"])
        raison = str(defaut["ctx"]["error"]) if defaut["type"] == "value_error" else phrases(defaut)[0]
        lignes.append(f"{origine}, {ou} : {raison}")
    return lignes


def _decor(chemin: Path) -> dict[str, Any]:
    if not chemin.is_file():
        raise RecitInvalide(f"Le décor « {chemin.name} » n'existe pas dans {chemin.parent.resolve().name}.")
    return lire_yaml(chemin)


def _sur(decor: Mapping[str, Any], propre: Mapping[str, Any]) -> dict[str, Any]:
    """The story over its décor: dictionaries are completed key by key, anything else is replaced."""
    ensemble = dict(decor)
    for clef, valeur in propre.items():
        avant = ensemble.get(clef)
        ensemble[clef] = _sur(avant, valeur) if isinstance(avant, dict) and isinstance(valeur, dict) else valeur
    return ensemble


def lire_yaml(chemin: Path) -> dict[str, Any]:
    """A file of the stories, as it is written."""
    # The loader in C: the pure Python one takes longer than playing a short story.
    document: dict[str, Any] = yaml.load(chemin.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return document
