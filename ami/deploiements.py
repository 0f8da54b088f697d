"""The deployments file: which flows run, when, with which parameters. Read here by whoever serves or asks for a run."""

from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ami.erreurs import ErreurMetier

GENERIQUE: Final = "balayage"  # the flow that takes any phase as a parameter


class DeploiementsInvalides(ErreurMetier):
    """The deployments file cannot be used; the message names the file and the entry."""


class Deploiement(BaseModel):
    """One entry of the file, in Prefect's own words."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    entrypoint: str = Field(pattern=r"^[\w./]+\.py:\w+$")
    description: str = ""
    tags: list[str] = []
    parameters: dict[str, Any] = {}
    schedules: list[dict[str, Any]] = []
    concurrency_limit: dict[str, Any] | None = None

    @property
    def module(self) -> str:
        """The module to import, wherever the package is installed."""
        return self.entrypoint.partition(":")[0].removesuffix(".py").replace("/", ".")

    @property
    def fonction(self) -> str:
        """The flow's name in its module, which is also its name in Prefect."""
        return self.entrypoint.partition(":")[2]

    @property
    def nom_complet(self) -> str:
        """How Prefect's API names it: flow/deployment."""
        return f"{self.fonction}/{self.name}"


def lire_deploiements(fichier: Path) -> list[Deploiement]:
    """Read the file.

    Raises:
        DeploiementsInvalides: unreadable file, bad YAML, an entry without its name or with a wrong entrypoint.
    """
    try:
        lu = YAML(typ="safe", pure=True).load(fichier.read_text(encoding="utf-8"))
    except OSError as erreur:
        raise DeploiementsInvalides(f"« {fichier} » ne peut pas être lu : {erreur.strerror}.") from erreur
    except YAMLError as erreur:
        raise DeploiementsInvalides(f"« {fichier} » n'est pas un YAML lisible : {erreur}") from erreur
    entrees = lu.get("deployments") if isinstance(lu, dict) else None
    if not isinstance(entrees, list) or not entrees:
        raise DeploiementsInvalides(f"« {fichier} » doit contenir une liste « deployments ».")
    return [_entree(fichier, rang, entree) for rang, entree in enumerate(entrees, start=1)]


def _entree(fichier: Path, rang: int, entree: object) -> Deploiement:
    try:
        return Deploiement.model_validate(entree)
    except ValidationError as erreur:
        defaut = erreur.errors()[0]
        champ = ".".join(map(str, defaut["loc"])) or "entrée"
        raise DeploiementsInvalides(f"« {fichier} », entrée n° {rang}, « {champ} » : {defaut['msg']}.") from erreur


def deploiement_de_phase(deploiements: list[Deploiement], phase: str) -> Deploiement:
    """The deployment made for a phase; failing that, the generic one.

    Raises:
        DeploiementsInvalides: the file has neither.
    """
    propre = next((d for d in deploiements if d.parameters.get("phase") == phase), None)
    trouve = propre or next((d for d in deploiements if d.fonction == GENERIQUE and "phase" not in d.parameters), None)
    if trouve is None:
        raise DeploiementsInvalides(
            f"Aucun flux ne balaie la phase « {phase} » : ajoutez-le au fichier de déploiements."
        )
    return trouve
