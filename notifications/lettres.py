"""A mail as the blocks of a letter: what was written to a person, word for word, ready to be set on paper."""

from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from typing import Literal

Genre = Literal["paragraphe", "titre", "puces", "tableau", "citation"]
_GENRES: dict[str, Genre] = {"p": "paragraphe", "h2": "titre", "blockquote": "citation"}
# What the HTML edition holds and a letter does not: its header, its footer, what only a screen can do.
HORS_LETTRE = frozenset({"organisme", "pied", "bouton", "ecran"})


@dataclass
class Bloc:
    """A block of a letter: its text, or its lines (bullets, or pairs of a table)."""

    genre: Genre
    texte: str = ""
    lignes: list[list[str]] = field(default_factory=list)


class PasDeLettre(ValueError):
    """A mail that has no text to set: masked, or erased. French message."""


def en_lettre(octets: bytes) -> list[Bloc]:
    """The body of a frozen mail, from the greeting to the closing words, without its header, its footer
    and what only a screen can do.

    Raises:
        PasDeLettre: it has no HTML edition any more.
    """
    corps = message_from_bytes(octets, policy=default).get_body(("html",)) if octets else None
    if corps is None:
        raise PasDeLettre(
            "Ce message n'a plus de texte à mettre en lettre : il a été effacé, ou il contenait un lien secret."
        )
    lecteur = _Lecteur()
    lecteur.feed(str(corps.get_content()))
    return lecteur.blocs


class _Lecteur(HTMLParser):
    """Reads the HTML edition our own templates make, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.blocs: list[Bloc] = []
        self._mots: list[str] | None = None
        self._hors: int = 0  # depth inside what is no part of the letter (header, footer)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open what the tag opens."""
        classe = dict(attrs).get("class") or ""
        if self._hors or classe in HORS_LETTRE or tag in ("head", "h1"):
            self._hors += tag not in ("br", "meta")
        elif tag in ("ul", "table"):
            self.blocs.append(Bloc("puces" if tag == "ul" else "tableau"))
        elif tag == "tr":
            self.blocs[-1].lignes.append([])
        elif tag == "br" and self._mots is not None:
            self._mots.append("\n")
        elif tag in _GENRES or tag in ("li", "th", "td"):
            self._mots = []

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        if self._hors:
            self._hors -= 1
        elif tag in _GENRES:
            self._fermer(tag)
        elif tag == "li":
            self.blocs[-1].lignes.append([self._dit()])
        elif tag in ("th", "td"):
            self.blocs[-1].lignes[-1].append(self._dit())

    def handle_data(self, data: str) -> None:
        """Keep the words of an open block."""
        if self._mots is not None and not self._hors:
            self._mots.append(data)

    def _fermer(self, tag: str) -> None:
        texte = self._dit()
        if texte:
            self.blocs.append(Bloc(_GENRES[tag], texte))

    def _dit(self) -> str:
        texte, self._mots = "".join(self._mots or []).strip(), None
        return texte
