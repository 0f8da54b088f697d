"""Every flow is deployed, with a schedule that exists and parameters that it takes."""

import importlib
import pkgutil
from inspect import Parameter, signature
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect import Flow, flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule

import flows
from ami.settings import DEPLOIEMENTS
from tests.support.sources import RACINE

ENTREES: list[dict[str, Any]] = yaml.safe_load(DEPLOIEMENTS.read_text("utf-8"))["deployments"]
CLEFS = {"name", "entrypoint", "description", "tags", "parameters", "schedules", "concurrency_limit"}
par_entree = pytest.mark.parametrize("entree", ENTREES, ids=lambda entree: entree["name"])


def _flow(entrypoint: str) -> Flow[..., Any]:
    fichier, _, nom = entrypoint.partition(":")
    assert (RACINE / fichier).is_file(), f"{fichier} n'existe pas"
    module = importlib.import_module(fichier.removesuffix(".py").replace("/", "."))
    trouve = getattr(module, nom)
    assert isinstance(trouve, Flow)
    return trouve


def _flows_du_produit() -> set[str]:
    """Entrypoint of every flow that a module of `flows` defines."""
    trouves = set()
    for info in pkgutil.iter_modules(flows.__path__):
        module = importlib.import_module(f"flows.{info.name}")
        for nom, objet in vars(module).items():
            if isinstance(objet, Flow) and objet.fn.__module__ == module.__name__:
                trouves.add(f"flows/{info.name}.py:{nom}")
    return trouves


def _parametres_de_trop(deploye: Flow[..., Any], parametres: dict[str, Any]) -> set[str]:
    return set(parametres) - set(signature(deploye.fn).parameters)


def _parametres_manquants(deploye: Flow[..., Any], parametres: dict[str, Any]) -> set[str]:
    exiges = {nom for nom, p in signature(deploye.fn).parameters.items() if p.default is Parameter.empty}
    return exiges - set(parametres)


def _horaire(horaire: dict[str, Any]) -> CronSchedule | IntervalSchedule:
    return CronSchedule(**horaire) if "cron" in horaire else IntervalSchedule(**horaire)


def test_chaque_flux_a_son_deploiement_et_reciproquement() -> None:
    assert _flows_du_produit() == {entree["entrypoint"] for entree in ENTREES}


def test_les_noms_sont_uniques() -> None:
    noms = [entree["name"] for entree in ENTREES]
    assert len(noms) == len(set(noms))


@par_entree
def test_une_entree_dit_tout_et_rien_d_autre(entree: dict[str, Any]) -> None:
    assert set(entree) == CLEFS
    assert entree["description"].strip().endswith(".")


@par_entree
def test_les_parametres_sont_ceux_du_flux(entree: dict[str, Any]) -> None:
    deploye = _flow(entree["entrypoint"])
    assert _parametres_de_trop(deploye, entree["parameters"]) == set()
    deploye.validate_parameters({**dict.fromkeys(_parametres_manquants(deploye, {}), "x"), **entree["parameters"]})


@par_entree
def test_un_flux_a_l_horaire_n_attend_aucun_parametre(entree: dict[str, Any]) -> None:
    manquants = _parametres_manquants(_flow(entree["entrypoint"]), entree["parameters"])
    assert not entree["schedules"] or manquants == set()


@par_entree
def test_les_horaires_se_lisent_et_sont_a_l_heure_de_paris(entree: dict[str, Any]) -> None:
    for horaire in entree["schedules"]:
        assert ZoneInfo(_horaire(horaire).timezone or "UTC") == ZoneInfo("Europe/Paris")


@par_entree
def test_aucun_horaire_ne_vise_l_heure_qui_saute(entree: dict[str, Any]) -> None:
    """A daily job at 02:30 would not run, or run twice, on the nights when the clocks change."""
    for horaire in entree["schedules"]:
        heure = horaire.get("cron", "* * * * *").split()[1]
        assert heure not in {"2", "02"}


@par_entree
def test_deux_passages_ne_se_marchent_pas_dessus(entree: dict[str, Any]) -> None:
    assert ConcurrencyLimitConfig(**entree["concurrency_limit"]).limit == 1


@flow
def _exemple(campagne: str, phase: str | None = None) -> tuple[str, str | None]:
    return campagne, phase


def test_un_parametre_de_trop_ou_manquant_est_vu() -> None:
    assert _parametres_de_trop(_exemple, {"campagne": "HP26", "etape": "x"}) == {"etape"}
    assert _parametres_manquants(_exemple, {"phase": "x"}) == {"campagne"}


def test_un_horaire_faux_est_refuse() -> None:
    with pytest.raises(ValueError, match="cron"):
        _horaire({"cron": "61 * * * *", "timezone": "Europe/Paris"})
