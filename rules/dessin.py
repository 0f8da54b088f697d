"""A workflow drawn as one SVG: états in boxes grouped by phase, arrows between them, automatic ones dashed.

Nothing depends on the picture: the page gives the same in a table. Integers only; texts are escaped.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import Final

from rules.dessin_rangs import Fleche, Rangs, etats_de_sortie, fleches, ranger
from rules.modele import Etat, Reglement, Workflow
from rules.mots_effets import titre_du_role

LARGEUR_BOITE: Final = 164
LARGEUR_STATION: Final = 16
ECART: Final = 26  # between two boxes of a row
ECART_DE_TRAIT: Final = 10  # between an arrow that passes and what is beside it
INTERLIGNE: Final = 15
MARGE: Final = 14
ENTRE_RANGEES: Final = 36
TITRE_DE_BANDE: Final = 42
SIGNES_PAR_LIGNE: Final = 23
_PASSES: Final = 4  # beyond, boxes and passing arrows drift apart and the drawing only widens


def dessiner_svg(reglement: Reglement, kind: str, titre: str) -> str:
    """The drawing of one workflow."""
    workflow = reglement.workflow(kind)
    traits = fleches(workflow)
    rangs = ranger(workflow, reglement.phases, traits)
    plan = _Plan(workflow, rangs)
    pointe = f"pointe-{kind}"
    corps = [*_bandes(plan), *(_fleche(plan, trait, pointe) for trait in traits), *_entrees(plan), *_boites(plan)]
    description = "Les mêmes passages sont écrits dans le tableau qui suit le dessin."
    taille = f'viewBox="0 0 {plan.largeur} {plan.hauteur}" width="{plan.largeur}" height="{plan.hauteur}"'
    return (
        f'<svg class="dessin" xmlns="http://www.w3.org/2000/svg" role="img" {taille}>'
        f"<title>{escape(titre)}</title><desc>{description}</desc>{_POINTE.format(pointe)}{''.join(corps)}</svg>"
    )


_POINTE: Final = (
    '<defs><marker id="{}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 L8 4 L0 8 z"/></marker></defs>'
)


class _Plan:
    """The coordinates: the top of each row, the left of each station, the lines of each box."""

    def __init__(self, workflow: Workflow, rangs: Rangs) -> None:
        self.workflow = workflow
        self.rangs = rangs
        self.rang = rangs.rang()
        self.etats = workflow.etat_par_code
        self.lignes = {code: _lignes(workflow, etat) for code, etat in self.etats.items()}
        self.hauteurs = [
            max([INTERLIGNE * len(self.lignes[n]) + 12 for n in rangee if n in self.etats], default=20)
            for rangee in rangs.rangees
        ]
        self.hauts, self.hauteur = self._verticales()
        self.gauches = _horizontales(rangs, self.etats)
        self.largeur = max(gauche + self.large(noeud) for noeud, gauche in self.gauches.items()) + MARGE
        self.prises = self._prises()

    def large(self, noeud: str) -> int:
        """The width of a station."""
        return _large(noeud, self.etats)

    def centre(self, noeud: str) -> int:
        """The middle of a station."""
        return self.gauches[noeud] + self.large(noeud) // 2

    def bas(self, noeud: str) -> int:
        """The bottom of a station: a box as high as its text, a row's whole height for an arrow passing through."""
        rang = self.rang[noeud]
        if noeud in self.etats:
            return self.hauts[rang] + INTERLIGNE * len(self.lignes[noeud]) + 12
        return self.hauts[rang] + self.hauteurs[rang]

    def haut(self, noeud: str) -> int:
        """The top of a station."""
        return self.hauts[self.rang[noeud]]

    def _verticales(self) -> tuple[list[int], int]:
        premieres = {debut for _, debut, _ in self.rangs.bandes}
        y, hauts = MARGE, []
        for rang, hauteur in enumerate(self.hauteurs):
            y += TITRE_DE_BANDE if rang in premieres else 0
            hauts.append(y)
            y += hauteur + ENTRE_RANGEES
        return hauts, y - ENTRE_RANGEES + MARGE + 8

    def _prises(self) -> dict[tuple[str, Fleche], int]:
        """Where each arrow leaves or reaches a box: spread over its side, in the order of where they go."""
        cotes: dict[tuple[str, bool], list[tuple[int, Fleche]]] = defaultdict(list)
        for trait, trajet in self.rangs.trajets.items():
            for noeud, voisin in ((trait.de, trajet[1]), (trait.vers, trajet[-2])):
                dessous = self.rang[voisin] > self.rang[noeud]
                cotes[noeud, dessous].append((self.centre(voisin), trait))
        prises: dict[tuple[str, Fleche], int] = {}
        for (noeud, _), liens in cotes.items():
            pas = self.large(noeud) // (len(liens) + 1)
            for rang, (_, trait) in enumerate(sorted(liens, key=lambda lien: lien[0]), start=1):
                prises[noeud, trait] = self.gauches[noeud] + rang * pas
        return prises


def _large(noeud: str, etats: dict[str, Etat]) -> int:
    return LARGEUR_BOITE if noeud in etats else LARGEUR_STATION


def _lignes(workflow: Workflow, etat: Etat) -> list[tuple[str, str]]:
    """The lines of a box, with the class of each: label, whom it waits for, ways out « at any time »."""
    lignes = [("nom", ligne) for ligne in wrap(etat.libelle, SIGNES_PAR_LIGNE)]
    if etat.attend:
        lignes += [("attend", ligne) for ligne in wrap(titre_du_role(etat.attend), SIGNES_PAR_LIGNE + 4)]
    sorties = etats_de_sortie(workflow)
    ailleurs = dict.fromkeys(t.vers for t in workflow.depuis(etat.code) if t.vers in sorties)
    noms = [workflow.etat_par_code[code].libelle for code in ailleurs if code]
    lignes += [("sortie", ligne) for nom in noms for ligne in wrap(f"→ {nom}", SIGNES_PAR_LIGNE + 4)]
    return lignes


def _horizontales(rangs: Rangs, etats: dict[str, Etat]) -> dict[str, int]:
    """The left of each station: rows packed, then drawn towards their neighbours without passing one another."""
    gauches: dict[str, int] = {}
    for rangee in rangs.rangees:
        for rang, noeud in enumerate(rangee):
            precedent = rangee[rang - 1] if rang else None
            gauches[noeud] = gauches[precedent] + _pas(precedent, noeud, etats) if precedent else 0
    liens = _liens(rangs, etats)
    for passe in range(_PASSES):
        for rangee in rangs.rangees if passe % 2 == 0 else reversed(rangs.rangees):
            _rapprocher(rangee, gauches, liens, etats)
    decalage = MARGE + 6 - min(gauches.values())
    return {noeud: gauche + decalage for noeud, gauche in gauches.items()}


def _liens(rangs: Rangs, etats: dict[str, Etat]) -> dict[str, list[str]]:
    """What draws each station: its own kind first, so that boxes stand in columns and long arrows run straight."""
    tous: dict[str, list[str]] = defaultdict(list)
    for trajet in rangs.trajets.values():
        for un, deux in pairwise(trajet):
            tous[un].append(deux)
            tous[deux].append(un)
    return {n: [v for v in voisins if (v in etats) == (n in etats)] or voisins for n, voisins in tous.items()}


def _pas(gauche: str, droite: str, etats: dict[str, Etat]) -> int:
    """From the left of a station to the least left of the next one in its row."""
    deux_boites = gauche in etats and droite in etats
    return _large(gauche, etats) + (ECART if deux_boites else ECART_DE_TRAIT)


def _rapprocher(
    rangee: Sequence[str], gauches: dict[str, int], liens: dict[str, list[str]], etats: dict[str, Etat]
) -> None:
    """Move a row towards the middle of its neighbours: pushed from the left, then from the right, and the mean kept."""
    voulus = []
    for noeud in rangee:
        centres = [gauches[lie] + _large(lie, etats) // 2 for lie in liens.get(noeud, [])]
        milieu = sum(centres) // len(centres) if centres else gauches[noeud] + _large(noeud, etats) // 2
        voulus.append(milieu - _large(noeud, etats) // 2)
    depuis_gauche, depuis_droite = list(voulus), list(voulus)
    pas = [_pas(un, deux, etats) for un, deux in pairwise(rangee)]
    for rang, saut in enumerate(pas, start=1):
        depuis_gauche[rang] = max(voulus[rang], depuis_gauche[rang - 1] + saut)
    for rang in range(len(pas) - 1, -1, -1):
        depuis_droite[rang] = min(voulus[rang], depuis_droite[rang + 1] - pas[rang])
    for noeud, un, deux in zip(rangee, depuis_gauche, depuis_droite, strict=True):
        gauches[noeud] = (un + deux) // 2


def _bandes(plan: _Plan) -> Iterator[str]:
    """The background of each phase, with its name."""
    for numero, (libelle, debut, fin) in enumerate(plan.rangs.bandes):
        haut = plan.hauts[debut] - TITRE_DE_BANDE + 2
        bas = plan.hauts[fin] + plan.hauteurs[fin] + 12
        classe = "bande paire" if numero % 2 else "bande"
        yield f'<rect class="{classe}" x="2" y="{haut}" width="{plan.largeur - 4}" height="{bas - haut}" rx="6"/>'
        yield f'<text class="phase" x="12" y="{haut + 16}">{escape(libelle)}</text>'


def _boites(plan: _Plan) -> Iterator[str]:
    for code, etat in plan.etats.items():
        x, y, bas = plan.gauches[code], plan.haut(code), plan.bas(code)
        classe = "boite finale" if etat.final else "boite"
        yield f'<rect class="{classe}" x="{x}" y="{y}" width="{LARGEUR_BOITE}" height="{bas - y}" rx="5"/>'
        for rang, (genre, ligne) in enumerate(plan.lignes[code], start=1):
            ordonnee = y + INTERLIGNE * rang + 2
            yield f'<text class="{genre}" x="{plan.centre(code)}" y="{ordonnee}">{escape(ligne)}</text>'


def _entrees(plan: _Plan) -> Iterator[str]:
    """A dot above each état a sujet may begin in."""
    for code in dict.fromkeys(t.vers for t in plan.workflow.transitions if not t.de and t.vers):
        x, y = plan.gauches[code] + 14, plan.haut(code)
        yield f'<circle class="entree" cx="{x}" cy="{y - 14}" r="5"/><path class="trait" d="M{x} {y - 9} V{y}"/>'


def _fleche(plan: _Plan, trait: Fleche, pointe: str) -> str:
    """A curve through the stations of an arrow: vertical where it crosses a row, bent between two rows."""
    trajet = plan.rangs.trajets[trait]
    descend = plan.rang[trait.vers] > plan.rang[trait.de]
    x, y = plan.prises[trait.de, trait], plan.bas(trait.de) if descend else plan.haut(trait.de)
    chemin = [f"M{x} {y}"]
    for station in trajet[1:]:
        arrivee = station == trait.vers
        cible = plan.prises[trait.vers, trait] if arrivee else plan.centre(station)
        entree = plan.haut(station) if descend else plan.bas(station)
        milieu = (y + entree) // 2
        chemin.append(f"C{x} {milieu} {cible} {milieu} {cible} {entree}")
        x, y = cible, entree
        if not arrivee:
            y = plan.bas(station) if descend else plan.haut(station)
            chemin.append(f"V{y}")
    classe = "trait automatique" if trait.automatique else "trait"
    titre = escape(" / ".join(trait.libelles) + (" (automatique)" if trait.automatique else ""))
    return f'<path class="{classe}" d="{" ".join(chemin)}" marker-end="url(#{pointe})"><title>{titre}</title></path>'
