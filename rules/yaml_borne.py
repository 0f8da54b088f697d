"""Reading YAML 1.2 from people: safe types only, bounded, each value with its line.

The document is built here from the parser's nodes rather than by a generic constructor, so that a duplicated key, a
foreign tag, an alias bomb or a number that would become a float is refused with the line it stands on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

TAILLE_MAX: Final = 512 * 1024  # bytes; the real files are under 100 kB
NOEUDS_MAX: Final = 50_000  # values once aliases are expanded
PROFONDEUR_MAX: Final = 32
_TAG: Final = "tag:yaml.org,2002:"
_VRAI: Final = frozenset({"true", "True", "TRUE"})


class YamlRefuse(ValueError):
    """The text is no acceptable document; `ligne` counts from 1."""

    def __init__(self, ligne: int, chemin: str, raison: str, remede: str) -> None:
        """Keep the place, the reason and the remedy."""
        self.ligne, self.chemin, self.raison, self.remede = ligne, chemin, raison, remede
        super().__init__(f"ligne {ligne} : {raison}")


@dataclass
class Document:
    """The value read and the line of each path (`echeances.2.delai.jours`)."""

    valeur: Any = None
    lignes: dict[str, int] = field(default_factory=dict)


def lire(texte: str) -> Document:
    """Read one document.

    Raises:
        YamlRefuse: syntax, duplicated key, tag, anchor abuse, depth, size, several documents, nothing at all.
    """
    if len(texte.encode()) > TAILLE_MAX:
        remede = "Un règlement est un texte lisible : retirez ce qui n’en est pas."
        raise YamlRefuse(1, "", f"le fichier dépasse {TAILLE_MAX // 1024} kio", remede)
    racine = _composer(texte.removeprefix("\ufeff"))
    if racine is None:
        raise YamlRefuse(1, "", "le fichier est vide", "Écrivez-y un règlement, ou partez d’un règlement existant.")
    document = Document()
    document.valeur = _Constructeur(document.lignes).construire(racine, (), racine.start_mark.line + 1)
    return document


def _composer(texte: str) -> Node | None:
    try:
        return YAML(typ="safe", pure=True).compose(texte)  # type: ignore[no-any-return]
    except MarkedYAMLError as erreur:
        marque = erreur.problem_mark or erreur.context_mark
        raise YamlRefuse((marque.line + 1) if marque else 1, "", *_syntaxe(erreur)) from erreur
    except YAMLError as erreur:
        remede = "Retirez le caractère invisible ou de contrôle qui s’y trouve."
        raise YamlRefuse(1, "", "le fichier contient un caractère refusé par YAML", remede) from erreur
    except RecursionError as erreur:
        raise YamlRefuse(1, "", "le fichier est trop imbriqué", "Réduisez le nombre de niveaux.") from erreur


def _syntaxe(erreur: MarkedYAMLError) -> tuple[str, str]:
    probleme = str(erreur.problem or "")
    if "alias" in probleme:
        return "un alias (*nom) renvoie à une ancre qui n’existe pas", "Déclarez l’ancre (&nom) avant, ou recopiez."
    if "single document" in str(erreur.context or ""):
        return (
            "le fichier contient plusieurs documents",
            "Gardez un seul règlement par fichier, sans « --- ».",
        )
    if "\\t" in probleme or "tab" in probleme:
        return "une tabulation sert de retrait", "Remplacez-la par des espaces."
    return (
        "la syntaxe YAML est incorrecte à cet endroit",
        "Vérifiez le retrait, les deux-points et les guillemets de cette ligne et de la précédente.",
    )


@dataclass
class _Constructeur:
    """Builds the values, counting them so that aliases cannot multiply without end."""

    lignes: dict[str, int]
    vus: int = 0

    def construire(self, noeud: Node, chemin: tuple[str, ...], ligne: int) -> Any:
        self.vus += 1
        texte_chemin = ".".join(chemin)
        if self.vus > NOEUDS_MAX or len(chemin) > PROFONDEUR_MAX:
            remede = "Réduisez les alias (*nom) et l’imbrication."
            raise YamlRefuse(ligne, texte_chemin, "le document est trop grand une fois déplié", remede)
        self.lignes[texte_chemin] = ligne
        if isinstance(noeud, MappingNode):
            return self._dictionnaire(noeud, chemin)
        if isinstance(noeud, SequenceNode):
            return [
                self.construire(element, (*chemin, str(rang)), element.start_mark.line + 1)
                for rang, element in enumerate(noeud.value)
            ]
        return _scalaire(noeud, texte_chemin)

    def _dictionnaire(self, noeud: MappingNode, chemin: tuple[str, ...]) -> dict[str, Any]:
        resultat: dict[str, Any] = {}
        for clef, valeur, ligne in _paires(noeud, chemin):
            if clef in resultat:
                remede = "Gardez une seule des deux écritures."
                raise YamlRefuse(ligne, ".".join((*chemin, clef)), f"la clé « {clef} » est écrite deux fois", remede)
            resultat[clef] = self.construire(valeur, (*chemin, clef), ligne)
        return resultat


def _paires(noeud: MappingNode, chemin: tuple[str, ...]) -> Iterator[tuple[str, Node, int]]:
    for clef, valeur in noeud.value:
        ligne = clef.start_mark.line + 1
        if not isinstance(clef, ScalarNode) or str(clef.tag).removeprefix(_TAG) == "merge":
            raise YamlRefuse(ligne, ".".join(chemin), "une clé n’est pas un simple mot", "Écrivez « mot: valeur ».")
        yield str(clef.value), valeur, ligne


def _scalaire(noeud: Node, chemin: str) -> Any:
    genre, brut = str(noeud.tag).removeprefix(_TAG), str(noeud.value)
    if genre == "null":
        return None
    if genre == "bool":
        return brut in _VRAI
    if genre in {"int", "float"}:
        return _nombre(brut, noeud.start_mark.line + 1, chemin)
    if genre in {"str", "timestamp"}:
        return brut
    remede = "Retirez l’étiquette : seuls textes, nombres, oui/non, listes et dictionnaires sont admis."
    raise YamlRefuse(noeud.start_mark.line + 1, chemin, f"l’étiquette YAML « {noeud.tag} » est refusée", remede)


def _nombre(brut: str, ligne: int, chemin: str) -> int | Decimal:
    """An integer, or a Decimal read from its digits: a float would not be the figure that was written."""
    try:
        nombre = Decimal(brut)
        if not nombre.is_finite() or abs(nombre.adjusted()) > 18:
            raise InvalidOperation
        return int(nombre) if "." not in brut and "e" not in brut.lower() else nombre
    except InvalidOperation as erreur:
        remede = "Écrivez-le en chiffres, avec un point pour la virgule, ou mettez ce texte entre guillemets."
        raise YamlRefuse(ligne, chemin, f"« {brut} » n’est pas un nombre lisible", remede) from erreur
