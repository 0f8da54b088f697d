"""Reading a page back: its sections as the text a person sees, and what its HTML is made of."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

SEULES = frozenset({"meta", "br", "link", "img", "input", "hr"})
DESSINS = frozenset({"rect", "path", "circle"})


@dataclass
class Page:
    """What a page says: the text of each element with an id, every tag and attribute, and tags left open."""

    textes: dict[str, str] = field(default_factory=dict)
    balises: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    ouvertes: list[str] = field(default_factory=list)
    regles: list[str] = field(default_factory=list)  # ids of the sections that say rules


class _Lecteur(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._pile: list[tuple[str, str | None]] = []

    def handle_starttag(self, balise: str, attributs: list[tuple[str, str | None]]) -> None:
        lus = {nom: valeur or "" for nom, valeur in attributs}
        self.page.balises.append((balise, lus))
        if balise in SEULES:
            return
        self._pile.append((balise, lus.get("id")))
        if "id" in lus:
            assert lus["id"] not in self.page.textes, f"id twice: {lus['id']}"
            self.page.textes[lus["id"]] = ""
        if "regle" in lus.get("class", "").split():
            self.page.regles.append(lus["id"])

    def handle_startendtag(self, balise: str, attributs: list[tuple[str, str | None]]) -> None:
        self.page.balises.append((balise, {nom: valeur or "" for nom, valeur in attributs}))

    def handle_endtag(self, balise: str) -> None:
        ouverte, _ = self._pile.pop()
        assert ouverte == balise, f"</{balise}> closes <{ouverte}>"
        self._ajouter(" ")

    def handle_data(self, texte: str) -> None:
        self._ajouter(texte)

    def _ajouter(self, texte: str) -> None:
        if any(balise == "style" for balise, _ in self._pile):
            return
        for _, ancre in self._pile:
            if ancre is not None:
                self.page.textes[ancre] += texte

    def close(self) -> None:
        super().close()
        self.page.ouvertes = [balise for balise, _ in self._pile]


def lire(html: str) -> Page:
    """The page as read; blanks of any kind folded into one space."""
    lecteur = _Lecteur()
    lecteur.feed(html)
    lecteur.close()
    lecteur.page.textes = {ancre: " ".join(texte.split()) for ancre, texte in lecteur.page.textes.items()}
    return lecteur.page
