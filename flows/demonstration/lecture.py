"""The demonstration's data files, read and checked; a campagne is a folder of `recit/`, found by listing it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

from ruamel.yaml import YAML

from ami.declaration_campagne import lire_declaration
from flows.demonstration.histoire import Demonstration, DossierDemo, Recit, Recueil

RECIT: Final = Path(__file__).parent / "recit"


class HistoireInvalide(ValueError):
    """A data file of the demonstration contradicts itself; the message names the file and the word."""


def lire(dossier: Path = RECIT) -> Demonstration:
    """Read the whole demonstration.

    Raises:
        HistoireInvalide: a story names a piece or a word nobody defines.
        ami.erreurs.DonneesInvalides: the declaration of a campagne is wrong.
        pydantic.ValidationError: a block has not the shape expected.
    """
    return Demonstration(recits=[_recit(campagne.parent) for campagne in sorted(dossier.glob("*/campagne.yaml"))])


def _recit(dossier: Path) -> Recit:
    recueil = Recueil.model_validate(_yaml(dossier / "parcours.yaml"))
    return Recit(
        chemin=dossier,
        campagne=lire_declaration(dossier / "campagne.yaml"),
        gens=_yaml(dossier / "personnes.yaml"),
        tenue=_yaml(dossier / "seances.yaml"),
        territoires=_yaml(dossier / "territoires.yaml"),
        recueil=recueil,
        dossiers=[_dossier(recueil, fiche) for fiche in _yaml(dossier / "dossiers.yaml")["dossiers"]],
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
    for valeur in remplir(valeurs, mots):
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
