"""Read a JSON file, an array of objects, one object at a time; money never passes through a binary float."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import ijson

from ami.erreurs import DonneesInvalides
from ami.imports_lignes import LARGEUR_MAX, TEXTE_MAX, Defaut, LigneLue, Unite
from ami.imports_texte import detecter_encodage

_SIMPLES: Final = {"string", "number", "boolean", "null"}
_PERDUS: Final = dict.fromkeys(range(0xDC80, 0xDD00), "\ufffd")  # bytes that are not in the encoding
_IMBRIQUE: Final = Defaut(
    "Cette valeur est un objet ou une liste imbriquée, là où une valeur simple est attendue.",
    "Mettez chaque valeur sous une clef à elle ; une liste de textes simples est admise.",
)
_REPETEE: Final = Defaut("Cette clef est écrite deux fois dans l'objet.", "Gardez-en une seule.")
_PAS_UN_OBJET: Final = Defaut("Cet élément n'est pas un objet.", 'Écrivez chaque ligne ainsi : {"nom": "…"}.')


class FichierJson:
    """An array of objects; their keys, in the order they first come, are the headings.

    Raises `DonneesInvalides` when the file is not one whole, well-formed array of objects.
    """

    unite: Unite = "objet"
    largeur_fixe = False

    def __init__(self, chemin: Path) -> None:
        self._chemin = chemin
        self._encodage, _ = detecter_encodage(chemin, par_lignes=False)
        self.format = f"JSON, {self._encodage.lisible}"
        self.remarques: list[str] = []
        self.estimees = 1
        self._rangs: dict[str, int] = {}
        for objet in self._objets():
            self.estimees += 1
            for clef, _valeur in objet or ():
                self._rangs.setdefault(clef, len(self._rangs))
            if len(self._rangs) > LARGEUR_MAX:
                raise DonneesInvalides(f"« {chemin.name} » a plus de {LARGEUR_MAX} clefs différentes.")

    def lignes(self) -> Iterator[LigneLue]:
        """The keys as line 0, then each object under its rank, from 1."""
        yield LigneLue(0, list(self._rangs))
        for numero, objet in enumerate(self._objets(), start=1):
            yield self._ligne(numero, objet)

    def _ligne(self, numero: int, objet: list[tuple[str, object]] | None) -> LigneLue:
        ligne = LigneLue(numero, [""] * len(self._rangs), refus=_PAS_UN_OBJET if objet is None else None)
        vues = set()
        for clef, valeur in objet or ():
            rang = self._rangs[clef]
            if isinstance(valeur, Defaut) or clef in vues:
                ligne.defauts[rang] = valeur if isinstance(valeur, Defaut) else _REPETEE
            vues.add(clef)
            ligne.cellules[rang] = "{…}" if isinstance(valeur, Defaut) else str(valeur)
        return ligne

    def _objets(self) -> Iterator[list[tuple[str, object]] | None]:
        """Each element of the array: its keys and values as text, or None when it is no object."""
        rang = 0
        try:
            # A byte that is not in the encoding becomes a sign that the check of its cell refuses.
            with self._chemin.open(encoding=self._encodage.codec, errors="surrogateescape", newline="") as texte:
                for objet in _elements(ijson.basic_parse(_EnUtf8(texte)), self._chemin.name):
                    rang += 1
                    yield objet
        except (ijson.JSONError, UnicodeDecodeError) as erreur:
            apres = f" après l'objet n° {rang}" if rang else ""
            raise DonneesInvalides(
                f"« {self._chemin.name} » est mal formé{apres} : virgule, accolade ou guillemet manquant. "
                "Rien n'a été lu. Faites-le écrire à nouveau par le logiciel qui l'a produit."
            ) from erreur


class _EnUtf8:
    """A text, read as the UTF-8 bytes a JSON reader wants."""

    def __init__(self, texte: IO[str]) -> None:
        self._texte = texte

    def read(self, taille: int = -1) -> bytes:
        """The next signs."""
        return self._texte.read(taille).translate(_PERDUS).encode("utf-8")


def _elements(evenements: Iterator[tuple[str, Any]], nom: str) -> Iterator[list[tuple[str, object]] | None]:
    """Cut the stream of events into the elements of the one array."""
    if next(evenements, ("", None))[0] != "start_array":
        raise DonneesInvalides(f"« {nom} » ne commence pas par un crochet : un tableau d'objets est attendu, [{{…}}].")
    for evenement, _valeur in evenements:
        if evenement == "start_map":
            yield _objet(evenements)
        elif evenement == "end_array":
            _finir(evenements)
        else:
            _avaler(evenements, evenement)
            yield None


def _finir(evenements: Iterator[tuple[str, Any]]) -> None:
    """Nothing may follow the array: the reader complains of it when asked for more."""
    for _ in evenements:
        pass


def _objet(evenements: Iterator[tuple[str, Any]]) -> list[tuple[str, object]]:
    """The keys and values of one object, up to its end."""
    paires: list[tuple[str, object]] = []
    for evenement, clef in evenements:
        if evenement == "end_map":
            break
        paires.append((clef, lire_valeur(evenements)))
    return paires


def lire_valeur(evenements: Iterator[tuple[str, Any]]) -> object:
    """A value as text; a list of plain values joined by semicolons; anything deeper is a fault."""
    evenement, valeur = next(evenements)
    if evenement in _SIMPLES:
        return _texte(valeur)
    if evenement == "start_map":
        _avaler(evenements, evenement)
        return _IMBRIQUE
    elements: list[str] = []
    imbrique, retenus = False, 0
    for evenement, valeur in evenements:
        if evenement == "end_array":
            break
        imbrique = imbrique or evenement not in _SIMPLES
        if evenement in _SIMPLES:
            retenus += len(_texte(valeur)) + 1
            if retenus < TEXTE_MAX:
                elements.append(_texte(valeur))
        else:
            _avaler(evenements, evenement)
    return _IMBRIQUE if imbrique else "; ".join(elements)


def _avaler(evenements: Iterator[tuple[str, Any]], premier: str) -> None:
    """Pass over a value of any depth, whose first event was just read."""
    profondeur = int(premier.startswith("start_"))
    while profondeur:
        evenement, _ = next(evenements)
        profondeur += evenement.startswith("start_") - evenement.startswith("end_")


def _texte(valeur: object) -> str:
    match valeur:
        case None:
            return ""
        case bool():
            return "oui" if valeur else "non"
        case Decimal():
            return format(valeur, "f") if abs(valeur.adjusted()) < 30 else str(valeur)
        case _:
            return str(valeur)
