"""Read a CSV file as people's spreadsheets write it: any usual encoding and separator, one line at a time."""

import codecs
import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from ami.erreurs import DonneesInvalides
from ami.imports_champs import cle
from ami.imports_lignes import Defaut, LigneLue, Unite

MORCEAU: Final = 1 << 16  # bytes
OCTETS_PAR_LIGNE: Final = 1 << 20  # beyond, the file has no lines
ECHANTILLON: Final = 1 << 16  # bytes; enough to see the headings and the separator
LIGNES_ECHANTILLON: Final = 30
LIGNE_MAX: Final = 1 << 21  # characters of one line of the file; what `detecter_encodage` lets through is shorter
LIGNES_PAR_CELLULE: Final = 100  # beyond, the quotation mark was never closed
CONTROLES_PERMIS: Final = b"\t\n\r\x0b\x0c"
CONTROLES_EPARS: Final = 2  # pasted by accident; the check of their cell refuses them
_SEPARATEURS: Final = {";": "point-virgule", ",": "virgule", "\t": "tabulation", "|": "barre verticale"}
_UTF8: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HAUTS: Final = re.compile(rb"[\x80-\xff]")
_COURANTES: Final = frozenset("éèàçêôîûùâ’É")
_POSSIBLES: Final = frozenset("äëïöüÿœæñáíóúÀÂÄÇÈÊËÎÏÔÖÙÛÜŒÆ‘“”«»€°–—…²³µ§£½·•\u00a0")
_SANS_BOM: Final = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "cp850": "DOS (cp850)"}
_GUILLEMET: Final = Defaut(
    "Un guillemet de cette ligne n'est pas refermé, ou l'est au mauvais endroit.",
    "Doublez les guillemets à l'intérieur d'un texte, ou réenregistrez le fichier depuis un tableur.",
)


@dataclass(frozen=True)
class Encodage:
    """How bytes become text: the codec, and its name for people."""

    codec: str
    lisible: str


class FichierTexte:
    """A CSV file. `connues` are the headings looked for (reduced): they tell the separator from a title's commas.

    Raises `DonneesInvalides` when the file is no text, or in no encoding we know.
    """

    unite: Unite = "ligne"
    largeur_fixe = True

    def __init__(self, chemin: Path, connues: Collection[str]) -> None:
        self._chemin = chemin
        self._encodage, self.estimees = detecter_encodage(chemin)
        self._separateur = self._trouver_separateur(connues)
        self.format = f"CSV, {self._encodage.lisible}, séparateur {_SEPARATEURS[self._separateur]}"
        self.remarques: list[str] = []

    def lignes(self) -> Iterator[LigneLue]:
        """Each line, numbered as a spreadsheet that opens the file numbers it.

        A line whose quotation marks are wrong comes alone, refused, and the reading starts again after it.
        """
        with self._ouvrir() as texte:
            physiques = _Physiques(texte, self._chemin.name)
            numero = 0
            while physiques.reste():
                try:
                    for cellules in csv.reader(physiques, delimiter=self._separateur, strict=True):
                        numero += 1
                        physiques.passer()
                        if cellules:
                            yield LigneLue(numero, cellules)
                except csv.Error:
                    numero += 1
                    yield LigneLue(numero, [physiques.isoler().rstrip("\r\n")], refus=_GUILLEMET)

    def _ouvrir(self) -> IO[str]:
        # Bytes that are not in the file's encoding become signs a cell's check refuses, naming line and column.
        erreurs = "surrogateescape" if self._encodage.codec == "utf-8-sig" else "replace"
        return self._chemin.open(encoding=self._encodage.codec, errors=erreurs, newline="")

    def _trouver_separateur(self, connues: Collection[str]) -> str:
        """The separator that shows most known headings on one line, then the most regular lines."""
        with self._ouvrir() as texte:
            lignes = texte.read(ECHANTILLON).splitlines()[:LIGNES_ECHANTILLON]
        return max(_SEPARATEURS, key=lambda separateur: _regularite(lignes, separateur, connues))


class _Physiques:
    """The lines of a file, with those of the record being read kept aside so that they can be given again."""

    def __init__(self, texte: IO[str], nom: str) -> None:
        self._texte = texte
        self._nom = nom
        self._rendues: deque[str] = deque()
        self._en_cours: list[str] = []
        self._fin = False

    def __iter__(self) -> "_Physiques":
        return self

    def __next__(self) -> str:
        if len(self._en_cours) >= LIGNES_PAR_CELLULE:
            raise csv.Error("quotation mark never closed")
        if not self.reste():
            raise StopIteration
        ligne = self._rendues.popleft()
        self._en_cours.append(ligne)
        return ligne

    def reste(self) -> bool:
        """True when there is a line to read."""
        if not self._rendues and not self._fin:
            ligne = self._texte.readline(LIGNE_MAX)
            self._fin = not ligne
            if len(ligne) >= LIGNE_MAX:
                raise ligne_demesuree(self._nom)
            if ligne:
                self._rendues.append(ligne)
        return bool(self._rendues)

    def passer(self) -> None:
        """The record is read: forget its lines."""
        self._en_cours.clear()

    def isoler(self) -> str:
        """The first line of the record that failed; the others will be read again, each for itself."""
        premiere, *suite = self._en_cours
        self._rendues.extendleft(reversed(suite))
        self._en_cours.clear()
        return premiere


def detecter_encodage(chemin: Path, *, par_lignes: bool = True) -> tuple[Encodage, int]:
    """The encoding of a text file, and about how many lines it has (`par_lignes`: it must have some).

    UTF-8 when most of its accents are (a line in another encoding is then a fault of that line); otherwise the old
    encoding whose signs look most like French. Raises `DonneesInvalides` when the file is no text.
    """
    with chemin.open("rb") as fichier:
        debut = fichier.read(ECHANTILLON)
    large = _utf16(debut)
    if large is None:
        _refuser_binaire(debut, chemin.name)
    valides, autres, lignes = _compter_octets(chemin, par_lignes=par_lignes)
    if large is not None:
        return Encodage(large, "UTF-16"), lignes
    invalides = autres.total()
    if not invalides or valides > invalides:
        return Encodage("utf-8-sig", "UTF-8"), lignes
    return _ancien(autres + _hauts_valides(chemin) if valides else autres, chemin.name), lignes


def _utf16(debut: bytes) -> str | None:
    """UTF-16, by its mark or by the zero that every other byte is in a European text."""
    if debut.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(debut) < 4:
        return None
    moitie = len(debut) // 2
    if debut[1::2].count(0) * 3 > moitie:
        return "utf-16-le"
    return "utf-16-be" if debut[::2].count(0) * 3 > moitie else None


def _refuser_binaire(debut: bytes, nom: str) -> None:
    """A text has next to no control characters; a few spoil a cell, many mean that it is no text."""
    controles = sum(1 for octet in debut if octet < 32 and octet not in CONTROLES_PERMIS)
    if controles > CONTROLES_EPARS and controles * 50 > len(debut):
        raise DonneesInvalides(f"« {nom} » contient des caractères nuls ou illisibles : ce n'est pas un fichier texte.")


def _compter_octets(chemin: Path, *, par_lignes: bool) -> tuple[int, Counter[int], int]:
    """Well-formed UTF-8 signs, the other bytes above 127, and the lines.

    Raises `DonneesInvalides` on a line so long that it would not be read by lines: known before anything is written.
    """
    valides, lignes, sans_fin = 0, 0, 0
    autres: Counter[int] = Counter()
    for morceau in _morceaux(chemin):
        fins = morceau.count(b"\n") or morceau.count(b"\r")
        sans_fin = 0 if fins else sans_fin + len(morceau)
        if par_lignes and sans_fin > OCTETS_PAR_LIGNE:
            raise ligne_demesuree(chemin.name)
        lignes += fins
        if not morceau.isascii():
            reste, nombre = _UTF8.subn(b"", morceau)
            valides += nombre
            autres.update(octet for signe in _HAUTS.findall(reste) for octet in signe)
    return valides, autres, lignes + 1


def _hauts_valides(chemin: Path) -> Counter[int]:
    """The bytes that look like UTF-8 by accident, for they belong to the old encoding as well."""
    return Counter(octet for morceau in _morceaux(chemin) for signe in _UTF8.findall(morceau) for octet in signe)


def _morceaux(chemin: Path) -> Iterator[bytes]:
    """The file by pieces that end on a plain ASCII byte, so that no sign is cut in two."""
    with chemin.open("rb") as fichier:
        while morceau := fichier.read(MORCEAU):
            while morceau[-1] > 127 and (suite := fichier.read(1)):
                morceau += suite
            yield morceau


def ligne_demesuree(nom: str) -> DonneesInvalides:
    """The refusal of a file that has no lines, or endless ones."""
    return DonneesInvalides(
        f"« {nom} » a une ligne de plus d'un million de caractères : ce n'est pas un tableau. "
        "Réenregistrez-le en CSV depuis un tableur."
    )


def _ancien(octets: Counter[int], nom: str) -> Encodage:
    """Of the encodings of one byte a sign, the one that gives the most French letters."""
    choisi = max(_SANS_BOM, key=lambda codec: _vraisemblance(codec, octets))
    if choisi != "cp1252" and _part(octets, choisi, _etrange) > 1:
        choisi = "cp1252"
    if _part(octets, choisi, _indefini) > 1:
        raise DonneesInvalides(f"L'encodage de « {nom} » est illisible. Enregistrez-le en « CSV UTF-8 ».")
    return Encodage(choisi, _SANS_BOM[choisi])


def _signe(codec: str, octet: int) -> str:
    """The sign a byte stands for; U+FFFD when it stands for none."""
    return bytes([octet]).decode(codec, "replace")


def _part(octets: Counter[int], codec: str, critere: Callable[[str], bool]) -> int:
    """Tenths of the bytes whose sign is such."""
    return 10 * sum(n for octet, n in octets.items() if critere(_signe(codec, octet))) // octets.total()


def _etrange(signe: str) -> bool:
    return _poids(signe) == 0


def _indefini(signe: str) -> bool:
    return signe == "\ufffd"


def _vraisemblance(codec: str, octets: Counter[int]) -> int:
    return sum(nombre * _poids(_signe(codec, octet)) for octet, nombre in octets.items())


def _poids(signe: str) -> int:
    return 3 if signe in _COURANTES else int(signe in _POSSIBLES)


def _regularite(lignes: list[str], separateur: str, connues: Collection[str]) -> tuple[int, int, int]:
    """How well a separator explains the first lines: known headings, lines of the usual width, that width."""
    largeurs: Counter[int] = Counter()
    reconnues = 0
    for ligne in lignes:
        cellules = next(csv.reader([ligne], delimiter=separateur), [])
        reconnues = max(reconnues, len({cle(cellule) for cellule in cellules} & set(connues)))
        if len(cellules) > 1:
            largeurs[len(cellules)] += 1
    largeur, nombre = max(largeurs.items(), key=lambda paire: (paire[1], paire[0]), default=(0, 0))
    return reconnues, nombre, largeur
