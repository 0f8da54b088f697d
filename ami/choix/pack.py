"""The shortlist pack: everything a choice was made from and gave, in one ZIP that anybody can recompute.

Machine-readable files are JSON with sorted keys, the archive has no clock of its own: the same inputs give the same
bytes. The manifest holds the SHA-256 of every file and, last, of itself.
"""

import hashlib
import io
import json
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from ami.choix.donnees import Bareme, Candidat, Classe, Notation, Proposition, ReglesSelection, Valeur
from ami.choix.sensibilite import Sensibilite
from ami.choix.severite import Severite

FORMAT: Final = 1
MANIFESTE: Final = "manifeste.json"
REGLEMENT: Final = "reglement.yaml"
DONNEES: Final = "donnees.json"
RESULTATS: Final = "resultats.json"
SENSIBILITES: Final = "sensibilites.json"
DECISIONS: Final = "decisions.json"
SEANCES: Final = "seances.json"
_EPOQUE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say
TIRAGES, GRAINE, ECART_POIDS = 1000, 2026, "0.20"  # of the draws, unless another is asked for
TIRAGES_MIN: Final = 400  # under which the tolerance of a probability exceeds ten points: it could say anything
TIRAGES_MAX: Final = 10_000  # two points of tolerance, and minutes to compute: more would firm up nothing
TAILLE_MAX: Final = 200 * 1024 * 1024  # bytes of all files once unpacked


class PackIllisible(ValueError):
    """The file is no pack. The message is French."""


class Scenario(Valeur):
    """A what-if: its name, the rules it was made under, what it proposes, whether the comité started from it."""

    nom: str
    regles: ReglesSelection
    proposition: Proposition
    choisi: bool = False


class Donnees(Valeur):
    """What the choice was made from. Evaluators are pseudonyms."""

    campagne: str
    arretee_a: str  # ISO instant, UTC
    bareme: Bareme
    regles: ReglesSelection
    candidats: tuple[Candidat, ...]
    notations: tuple[Notation, ...]


class Resultats(Valeur):
    """What was computed: severities, ranking (and the other one, corrected or not), selection, scenarios."""

    severites: tuple[Severite, ...]
    classement: tuple[Classe, ...]
    autre_classement: tuple[Classe, ...]
    selection: Proposition
    scenarios: tuple[Scenario, ...] = ()


class Decision(Valeur):
    """What the comité decided of a dossier; `ecart` says why, where it departs from the proposal."""

    dossier: str
    decision: str
    rang: Annotated[int, Field(ge=0, le=10_000)]
    montant: Annotated[str, Field(pattern=r"^\d{1,15}\.\d{2}$")]  # euros, as text: no float ever
    motif: str
    ecart: str = ""
    comite: str = ""


class DeportSeance(Valeur):
    """A member who left the room for a dossier."""

    dossier: str
    membre: str
    motif: str


class VoteSeance(Valeur):
    """What a member said of a decision on a dossier; `acte` is the one that decides."""

    dossier: str
    acte: str
    membre: str
    sens: str
    decision: str


class AccordSeance(Valeur):
    """A decision on which everybody in the room agreed, without a vote."""

    dossier: str
    acte: str
    decision: str


class Seance(Valeur):
    """A session of the comité, as its minutes tell it. Members are bodies: who held a seat is not in a pack."""

    code: str
    tenue_le: str  # ISO instant, UTC
    lieu: str
    annulee: bool = False
    ordre_du_jour: tuple[str, ...] = ()
    membres: tuple[str, ...]
    presents: tuple[str, ...]
    deports: tuple[DeportSeance, ...] = ()
    votes: tuple[VoteSeance, ...] = ()
    accords: tuple[AccordSeance, ...] = ()


class Parametres(Valeur):
    """How the draws were made. Bounded: a file from elsewhere must not make its reader compute for ever."""

    ecart_poids: Annotated[str, Field(pattern=r"^(0|1|0\.\d{1,4}|1\.0{1,4})$")]
    tirages: int = Field(ge=1, le=TIRAGES_MAX)
    graine: int


class Pack(Valeur):
    """The machine-readable part of a pack."""

    reglement: str
    donnees: Donnees
    resultats: Resultats
    decisions: tuple[Decision, ...] = ()
    seances: tuple[Seance, ...] = ()
    parametres: Parametres
    sensibilites: tuple[Sensibilite, ...] = ()


class Tirages(Valeur):
    """The file of the draws."""

    parametres: Parametres
    sensibilites: tuple[Sensibilite, ...] = ()


class Manifeste(Valeur):
    """What is in the archive: SHA-256 by file, and of the manifest itself."""

    format: int
    fichiers: dict[str, str]
    empreinte: str


T = TypeVar("T")
_DONNEES: Final = TypeAdapter(Donnees)
_RESULTATS: Final = TypeAdapter(Resultats)
_TIRAGES: Final = TypeAdapter(Tirages)
_DECISIONS: Final = TypeAdapter(tuple[Decision, ...])
_SEANCES: Final = TypeAdapter(tuple[Seance, ...])
_MANIFESTE: Final = TypeAdapter(Manifeste)


def en_fichiers(pack: Pack) -> dict[str, bytes]:
    """The machine-readable files of a pack, by name."""
    return {
        REGLEMENT: pack.reglement.encode(),
        DONNEES: canonique(pack.donnees.model_dump(mode="json")),
        RESULTATS: canonique(pack.resultats.model_dump(mode="json")),
        DECISIONS: canonique(_DECISIONS.dump_python(pack.decisions, mode="json")),
        SEANCES: canonique(_SEANCES.dump_python(pack.seances, mode="json")),
        SENSIBILITES: canonique(
            Tirages(parametres=pack.parametres, sensibilites=pack.sensibilites).model_dump(mode="json")
        ),
    }


def archiver(fichiers: Mapping[str, bytes]) -> bytes:
    """A ZIP of these files and of their manifest; the same files give the same bytes.

    Raises:
        PackIllisible: a name that `ouvrir` would refuse.
    """
    _exiger_de_vrais_noms([*fichiers, MANIFESTE])
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in sorted({**fichiers, MANIFESTE: _manifeste(fichiers)}.items()):
            archive.writestr(zipfile.ZipInfo(nom, _EPOQUE), contenu, zipfile.ZIP_DEFLATED)
    return sortie.getvalue()


def ouvrir(octets: bytes) -> dict[str, bytes]:
    """The files of an archive, by name.

    Raises:
        PackIllisible: no ZIP, too large once unpacked, a name that would lead elsewhere or hide another, or a file
            that cannot be read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            if sum(element.file_size for element in archive.infolist()) > TAILLE_MAX:
                raise PackIllisible("Ce fichier est démesuré une fois décompressé : il n'a pas été ouvert.")
            _exiger_de_vrais_noms([element.orig_filename for element in archive.infolist()])
            return {element.filename: _extraire(archive, element) for element in archive.infolist()}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as erreur:
        raise PackIllisible("Ce fichier n'est pas une archive lisible, ou il est abîmé.") from erreur


def _exiger_de_vrais_noms(noms: Sequence[str]) -> None:
    for nom in noms:
        if (defaut := defaut_de_nom(nom.removesuffix("/"))) is not None:
            raise PackIllisible(f"« {ascii(nom)[1:-1]} » : {defaut}.")
    for nom, autre in _confondus(noms):
        raison = "est deux fois dans l'archive" if nom == autre else f"et {autre} sont un même nom ailleurs"
        raise PackIllisible(f"{nom} {raison} : on ne sait lequel croire.")


def defaut_de_nom(nom: str) -> str | None:
    """Why a name could be unpacked elsewhere than it says, on one system or another; None when it is plain."""
    pas = nom.split("/")
    if not nom.isprintable():
        return "un nom de fichier ne contient pas de caractère invisible"
    if any(c in nom for c in '\\:*?"<>|'):
        return 'un nom de fichier ne contient ni barre oblique inverse, ni deux-points, ni * ? " < > |'
    if any(p in ("", ".", "..") for p in pas):
        return "un nom de fichier ne remonte pas de dossier et ne part pas de la racine"
    if any(p != p.strip() or p.endswith(".") for p in pas):
        return "un nom de fichier ne commence ni ne finit par une espace, et ne finit pas par un point"
    return None


def _confondus(noms: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names that a system blind to case, or to how an accent is written, takes for one another."""
    vus: dict[str, str] = {}
    for nom in noms:
        autre = vus.setdefault(clef_de_nom(nom), nom)
        if autre is not nom:
            yield autre, nom


def clef_de_nom(nom: str) -> str:
    """The same for two names that some system takes for one."""
    return unicodedata.normalize("NFKC", nom.removesuffix("/")).casefold()


def _extraire(archive: zipfile.ZipFile, element: zipfile.ZipInfo) -> bytes:
    if element.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise PackIllisible(f"{element.filename} : compressé d'une façon que le produit n'emploie pas.")
    try:
        return archive.read(element)
    except (zipfile.BadZipFile, EOFError, zlib.error) as erreur:
        raise PackIllisible(f"{element.filename} : abîmé dans l'archive, sa somme de contrôle est fausse.") from erreur


def lire(fichiers: Mapping[str, bytes]) -> Pack:
    """The machine-readable part of a pack.

    Raises:
        PackIllisible: a file is absent, or has not the shape expected; says which, and where.
    """
    absents = [n for n in (REGLEMENT, DONNEES, RESULTATS, DECISIONS, SEANCES, SENSIBILITES) if n not in fichiers]
    if absents:
        raise PackIllisible(f"Il manque dans l'archive : {', '.join(absents)}.")
    tirages = _lu(SENSIBILITES, _TIRAGES, fichiers)
    return Pack(
        reglement=fichiers[REGLEMENT].decode(errors="replace"),
        donnees=_lu(DONNEES, _DONNEES, fichiers),
        resultats=_lu(RESULTATS, _RESULTATS, fichiers),
        decisions=_lu(DECISIONS, _DECISIONS, fichiers),
        seances=_lu(SEANCES, _SEANCES, fichiers),
        parametres=tirages.parametres,
        sensibilites=tirages.sensibilites,
    )


def _lu(nom: str, forme: TypeAdapter[T], fichiers: Mapping[str, bytes]) -> T:
    try:
        return forme.validate_json(fichiers[nom])
    except ValidationError as erreur:
        lieu = ", ".join(str(pas) for pas in erreur.errors()[0]["loc"]) or "le document"
        raise PackIllisible(f"{nom} : {lieu} n'a pas la forme attendue.") from erreur


def mal_ecrits(fichiers: Mapping[str, bytes], pack: Pack) -> list[str]:
    """Files that read as they should and are not written as the engine writes them: a key twice, a number otherwise."""
    ecarts = []
    for nom, attendu in en_fichiers(pack).items():
        if nom != REGLEMENT and fichiers[nom] != attendu:
            paires = zip(fichiers[nom].splitlines(), attendu.splitlines(), strict=False)
            ligne = next((rang for rang, (un, autre) in enumerate(paires, 1) if un != autre), "dernière")
            ecarts.append(f"{nom}, ligne {ligne} : ce n'est pas ainsi que le produit écrit ces valeurs.")
    return ecarts


def empreinte(contenu: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(contenu).hexdigest()


def canonique(valeur: Any) -> bytes:
    """JSON with sorted keys and one value a line, so that two files compare line by line."""
    return (json.dumps(valeur, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _manifeste(fichiers: Mapping[str, bytes]) -> bytes:
    return _manifeste_de({nom: empreinte(contenu) for nom, contenu in fichiers.items()})


def _manifeste_de(sommes: Mapping[str, str]) -> bytes:
    corps = {"format": FORMAT, "fichiers": dict(sommes)}
    return canonique({**corps, "empreinte": empreinte(canonique(corps))})


def ecarts_du_manifeste(fichiers: Mapping[str, bytes]) -> list[str]:
    """Every file that is not what the manifest says, in French; the manifest itself first."""
    try:
        manifeste = _MANIFESTE.validate_json(fichiers[MANIFESTE])
    except (KeyError, ValidationError):
        return [f"{MANIFESTE} : absent ou illisible."]
    ecarts, sommes = [], manifeste.fichiers
    if fichiers[MANIFESTE] != _manifeste_de(sommes):
        ecarts.append(f"{MANIFESTE} : son contenu n'est pas celui que son empreinte annonce.")
    presents = {nom: empreinte(contenu) for nom, contenu in fichiers.items() if nom != MANIFESTE}
    for nom in sorted({*sommes, *presents}):
        if nom not in presents:
            ecarts.append(f"{nom} : annoncé par le manifeste, absent de l'archive.")
        elif nom not in sommes:
            ecarts.append(f"{nom} : présent dans l'archive, inconnu du manifeste.")
        elif sommes[nom] != presents[nom]:
            ecarts.append(f"{nom} : le contenu n'est pas celui que le manifeste annonce.")
    return ecarts


__all__ = [
    "Decision",
    "Donnees",
    "Pack",
    "PackIllisible",
    "Parametres",
    "Resultats",
    "Scenario",
    "Seance",
    "archiver",
    "canonique",
    "clef_de_nom",
    "defaut_de_nom",
    "ecarts_du_manifeste",
    "empreinte",
    "en_fichiers",
    "lire",
    "mal_ecrits",
    "ouvrir",
]
