"""From YAML text to plain nodes that know their line, read event by event.

Reading events rather than letting a library build objects keeps everything in our hands: no type but text is ever
created from the file, depth is bounded while reading, and an alias is a reference to a node, not a copy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

PROFONDEUR_MAX: Final = 32
_TEXTE: Final = "tag:yaml.org,2002:str"


class YamlRefuse(ValueError):
    """The text is no acceptable document; `ligne` counts from 1."""

    def __init__(self, ligne: int, chemin: str, raison: str, remede: str) -> None:
        """Keep the place, the reason and the remedy."""
        self.ligne, self.chemin, self.raison, self.remede = ligne, chemin, raison, remede
        super().__init__(f"ligne {ligne} : {raison}")


@dataclass
class Noeud:
    """A node of the document. A mapping's `enfants` are keys and values in turn; `simple`: written without quotes."""

    genre: Literal["texte", "liste", "dictionnaire"]
    ligne: int
    texte: str = ""
    simple: bool = False
    enfants: list["Noeud"] = field(default_factory=list)
    complet: bool = True  # False while it is being read: an alias to it would hold itself


def composer(texte: str) -> Noeud | None:
    """The root node of the one document of a text; None when there is nothing.

    Raises:
        YamlRefuse: syntax, tag, unknown or circular alias, depth, several documents.
    """
    try:
        return _Lecteur(YAML(typ="safe").parse(texte)).racine()
    except MarkedYAMLError as erreur:
        marque = erreur.context_mark if "quoted" in str(erreur.context) else erreur.problem_mark
        raise YamlRefuse((marque.line + 1) if marque else 1, "", *_syntaxe(erreur)) from erreur
    except YAMLError as erreur:
        remede = "Retirez le caractère invisible ou de contrôle qui s’y trouve."
        raise YamlRefuse(1, "", "le fichier contient un caractère refusé par YAML", remede) from erreur


def _syntaxe(erreur: MarkedYAMLError) -> tuple[str, str]:
    probleme = f"{erreur.context} {erreur.problem}"
    if "quoted" in probleme:
        return "un guillemet ouvert ici n’est jamais refermé", "Refermez-le."
    if "any token" in probleme:
        remede = "Mettez le texte entre guillemets ; remplacez une tabulation de retrait par des espaces."
        return "un caractère (tabulation, @, %…) ne peut pas commencer une valeur", remede
    return (
        "la syntaxe YAML est incorrecte à cet endroit",
        "Vérifiez le retrait, les deux-points et les guillemets de cette ligne et de la précédente.",
    )


@dataclass
class _Lecteur:
    evenements: Iterator[Event]
    ancres: dict[str, Noeud] = field(default_factory=dict)

    def racine(self) -> Noeud | None:
        documents = 0
        racine: Noeud | None = None
        for evenement in self.evenements:
            if isinstance(evenement, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    remede = "Gardez un seul règlement par fichier, sans « --- »."
                    raise YamlRefuse(_ligne(evenement), "", "le fichier contient plusieurs documents", remede)
                racine = self._noeud(next(self.evenements), 1)
        return racine

    def _noeud(self, evenement: Event, profondeur: int) -> Noeud:
        ligne = _ligne(evenement)
        if profondeur > PROFONDEUR_MAX:
            raise YamlRefuse(ligne, "", "le document est trop imbriqué", "Réduisez le nombre de niveaux.")
        if isinstance(evenement, AliasEvent):
            return self._alias(str(evenement.anchor), ligne)
        etiquette = getattr(evenement, "tag", None)
        if etiquette not in {None, _TEXTE}:
            remede = "Retirez l’étiquette : seuls textes, nombres, true/false, listes et dictionnaires sont admis."
            raise YamlRefuse(ligne, "", f"l’étiquette YAML « {etiquette} » est refusée", remede)
        if isinstance(evenement, ScalarEvent):
            simple = bool(evenement.implicit[0])
            return self._retenir(evenement, Noeud("texte", ligne, str(evenement.value), simple))
        genre: Literal["liste", "dictionnaire"] = (
            "liste" if isinstance(evenement, SequenceStartEvent) else "dictionnaire"
        )
        noeud = self._retenir(evenement, Noeud(genre, ligne, complet=False))
        for suivant in self.evenements:
            if isinstance(suivant, SequenceEndEvent | MappingEndEvent):
                break
            noeud.enfants.append(self._noeud(suivant, profondeur + 1))
        noeud.complet = True
        return noeud

    def _retenir(self, evenement: ScalarEvent | SequenceStartEvent | MappingStartEvent | Event, noeud: Noeud) -> Noeud:
        ancre = getattr(evenement, "anchor", None)
        if ancre is not None:
            self.ancres[str(ancre)] = noeud
        return noeud

    def _alias(self, nom: str, ligne: int) -> Noeud:
        noeud = self.ancres.get(nom)
        if noeud is None:
            remede = "Déclarez l’ancre (&nom) avant, ou recopiez."
            raise YamlRefuse(ligne, "", f"l’alias « *{nom} » renvoie à une ancre qui n’existe pas", remede)
        if not noeud.complet:
            raise YamlRefuse(ligne, "", f"l’alias « *{nom} » se contient lui-même", "Recopiez plutôt ce passage.")
        return noeud


def _ligne(evenement: Event) -> int:
    return int(evenement.start_mark.line) + 1
