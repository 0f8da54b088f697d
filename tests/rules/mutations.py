# ruff: noqa: E501 — one operator, one word a line: the tables are read across
"""A règlement spoilt at random, always in the same way: the operators, and what a change that is accepted amounts to."""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Octets = bytes
ABSENT: Final = object()
FRAGMENTS = ("\u202e", "\u200b", "\ufeff", "\u0000", "\ufffd", "é", "ﬁ", "𝕏", "\u0301", "🪴", "\x07", "\x85", "“", "Ã©")
VALEURS = ("12", "-1", "0", "1e9", "99999999999999999999", "0.333", "true", "null", "~", "[]", "{}", "[a, b]", "{a: 1}", "''", "oui", "*rien", "&a b", "!!int 3", "@x", "2026-02-30", "'25:99'")  # fmt: skip
OPERATEURS = (">", ">=", "<", "<=", "==", "!=", "&&", "||", "+", "-", "*", "/", " in ", "!", "(", ")", "?", ".")
_LISTE = re.compile(r"^(\s*)- ")
_CLEF = re.compile(r"^(\s*(?:- )?)([a-z_]+):")
_SCALAIRE = re.compile(r"([a-z_]+): ([^\s,\[\]{}\"'>|&*#][^,\[\]{}\"'\n#]*)")
_EXPRESSION = re.compile(r"^\s*(?:si|quand|montant|valeur|seuil): ")


def _lignes(texte: str, motif: re.Pattern[str]) -> list[int]:
    return [rang for rang, ligne in enumerate(texte.split("\n")) if motif.match(ligne)]


def _bloc(lignes: Sequence[str], debut: int) -> int:
    """The line after a block that begins at a line: what is more indented belongs to it."""
    retrait = len(lignes[debut]) - len(lignes[debut].lstrip())
    fin = debut + 1
    while fin < len(lignes) and (not lignes[fin].strip() or len(lignes[fin]) - len(lignes[fin].lstrip()) > retrait):
        fin += 1
    return fin


def retirer_clef(texte: str, hasard: random.Random) -> Octets:
    lignes = texte.split("\n")
    debut = hasard.choice(_lignes(texte, _CLEF))
    del lignes[debut : _bloc(lignes, debut)]
    return "\n".join(lignes).encode()


def retirer_element(texte: str, hasard: random.Random) -> Octets:
    lignes = texte.split("\n")
    debut = hasard.choice(_lignes(texte, _LISTE))
    del lignes[debut : _bloc(lignes, debut)]
    return "\n".join(lignes).encode()


def repeter_bloc(texte: str, hasard: random.Random) -> Octets:
    lignes = texte.split("\n")
    debut = hasard.choice(_lignes(texte, hasard.choice([_LISTE, _CLEF])))
    fin = _bloc(lignes, debut)
    return "\n".join([*lignes[:fin], *lignes[debut:fin], *lignes[fin:]]).encode()


def echanger_voisins(texte: str, hasard: random.Random) -> Octets:
    lignes = texte.split("\n")
    debut = hasard.choice(_lignes(texte, _LISTE))
    milieu = _bloc(lignes, debut)
    fin = _bloc(lignes, milieu) if milieu < len(lignes) else milieu
    return "\n".join([*lignes[:debut], *lignes[milieu:fin], *lignes[debut:milieu], *lignes[fin:]]).encode()


def echanger_valeurs(texte: str, hasard: random.Random) -> Octets:
    """Two values of one key, wherever they stand."""
    par_clef: dict[str, list[re.Match[str]]] = {}
    for trouve in _SCALAIRE.finditer(texte):
        par_clef.setdefault(trouve[1], []).append(trouve)
    clef = hasard.choice([clef for clef, trouves in par_clef.items() if len({t[2] for t in trouves}) > 1])
    une, autre = sorted(hasard.sample(par_clef[clef], 2), key=lambda trouve: trouve.start())
    (a, b), (c, d) = une.span(2), autre.span(2)
    return (texte[:a] + autre[2] + texte[b:c] + une[2] + texte[d:]).encode()


def changer_valeur(texte: str, hasard: random.Random) -> Octets:
    """Another type, or a value nobody would write."""
    debut, fin = hasard.choice(list(_SCALAIRE.finditer(texte))).span(2)
    return (texte[:debut] + hasard.choice(VALEURS) + texte[fin:]).encode()


def renommer_code(texte: str, hasard: random.Random) -> Octets:
    fin = hasard.choice(
        list(re.finditer(r"(?:code|vers|controle|echeance|message|plafond|acte): ([a-z_]+)", texte))
    ).end(1)
    return (texte[:fin] + hasard.choice("xs_9") + texte[fin:]).encode()


def nier_nombre(texte: str, hasard: random.Random) -> Octets:
    debut = hasard.choice(list(re.finditer(r"(?<=: )-?\d", texte))).start()
    reste = texte[debut:].removeprefix("-")
    return (texte[:debut] + ("" if texte[debut] == "-" else "-") + reste).encode()


def tronquer(texte: str, hasard: random.Random) -> Octets:
    contenu = texte.encode()
    return contenu[: hasard.randrange(len(contenu))]


def abimer_octet(texte: str, hasard: random.Random) -> Octets:
    contenu = bytearray(texte.encode())
    contenu[hasard.randrange(len(contenu))] = hasard.randrange(256)
    return bytes(contenu)


def decaler(texte: str, hasard: random.Random) -> Octets:
    lignes = texte.split("\n")
    rang = hasard.choice([rang for rang, ligne in enumerate(lignes) if ligne.startswith("  ")])
    lignes[rang] = hasard.choice([" ", "  ", "\t"]) + lignes[rang] if hasard.random() < 0.5 else lignes[rang][hasard.choice([1, 2]) :]  # fmt: skip
    return "\n".join(lignes).encode()


def imbriquer(texte: str, hasard: random.Random) -> Octets:
    ouvrant, fermant = hasard.choice([("[", "]"), ("{a: ", "}"), ("(", ")"), ("!(", ")"), ("size(", ")")])
    profondeur = hasard.choice([5, 40, 300, 3000])
    motif = _EXPRESSION if fermant == ")" else _CLEF
    lignes = texte.split("\n")
    rang = hasard.choice([r for r in _lignes(texte, motif) if ": " in lignes[r]])
    debut, _, reste = lignes[rang].partition(": ")
    lignes[rang] = f"{debut}: {ouvrant * profondeur}{reste}{fermant * profondeur}"
    return "\n".join(lignes).encode()


def salir(texte: str, hasard: random.Random) -> Octets:
    place = hasard.randrange(len(texte))
    return (texte[:place] + hasard.choice(FRAGMENTS) + texte[place:]).encode()


def fausser_expression(texte: str, hasard: random.Random) -> Octets:
    """An operator for another, or a name cut short."""
    lignes = texte.split("\n")
    rang = hasard.choice(_lignes(texte, _EXPRESSION))
    debut, _, expression = lignes[rang].partition(": ")
    jetons = re.findall(r"[A-Za-z_]+|\d+|\s+|&&|\|\||[<>=!]=|.", expression)
    place = hasard.randrange(len(jetons))
    jetons[place] = hasard.choice([hasard.choice(OPERATEURS), "", jetons[place][:-1], "dossier.numero", "0", "'x'"])
    lignes[rang] = f"{debut}: {''.join(jetons)}"
    return "\n".join(lignes).encode()


MUTATIONS: Final[tuple[Callable[[str, random.Random], Octets], ...]] = (
    *(retirer_clef, retirer_element, repeter_bloc, echanger_voisins, echanger_valeurs, changer_valeur, renommer_code),
    *(nier_nombre, tronquer, abimer_octet, decaler, imbriquer, salir, fausser_expression),
)


def mutants(texte: str, nombre: int, graine: str) -> Iterator[tuple[str, Octets]]:
    """So many mutants of a text, each operator in turn, the same for the same seed."""
    for rang in range(nombre):
        mutation, hasard = MUTATIONS[rang % len(MUTATIONS)], random.Random(f"{graine}/{rang}")
        contenu = texte.encode()
        while contenu == texte.encode():  # two neighbours may be the same, or a byte replaced by itself
            contenu = mutation(texte, hasard)
        yield f"{mutation.__name__} n° {rang}", contenu


# What a change that is accepted amounts to, by the last key of its path…
CHANGEE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("libelle", "nom", "titre", "texte", "lien", "resume", "objet", "raison", "recours", "mention_donnees", "aide", "version",
         "explication", "sans_courriel", "sans_echeance", "sans_effet", "article", "contact", "lexique"),
        "texte lu par les personnes",
    ),
    **dict.fromkeys(("si", "quand", "montant", "valeur", "seuil", "a_partir_de"), "condition ou calcul, encore bien formé"),
    **dict.fromkeys(
        ("jours", "jours_ouvres", "mois", "heure", "longueur_max", "taille_max_mo", "quorum", "evaluateurs_par_dossier",
         "evaluations_minimales", "note_min", "note_max", "eliminatoire_sous", "poids"),
        "chiffre dans ses bornes",
    ),
    **dict.fromkeys(
        ("obligatoire", "hypothese", "active", "deport_obligatoire", "commentaire_aux_extremes", "non_applicable",
         "defaut", "motif", "type", "unite", "par_personne", "source", "nature", "beneficiaire", "code", "sens"),
        "option parmi celles admises",
    ),
    **dict.fromkeys(("vers", "phase", "attend", "role", "acte", "message", "controle", "echeance", "plafond", "taux_max"),
                    "renvoi à autre chose qui existe"),
}  # fmt: skip
# … or, when something is there on one side only, by the list it belongs to.
MEMBRE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("gardes", "controles"), "garde retirée, ajoutée ou renommée"),
    **dict.fromkeys(("effets", "echeances"), "effet ou échéance retiré, ajouté ou renommé"),
    "relances": "relance retirée, ajoutée ou renommée",
    **dict.fromkeys(("transitions", "de"), "chemin retiré ou ajouté, les autres suffisent"),
    **dict.fromkeys(("destinataires", "roles", "sauf"), "personne retirée ou ajoutée"),
    **dict.fromkeys(
        ("champs", "choix", "pieces", "types", "volets", "formulaires"), "demande retirée, ajoutée ou renommée"
    ),
    **dict.fromkeys(
        (
            "membres",
            "territoires",
            "indicateurs",
            "quotas",
            "departage",
            "lexique",
            "sources",
            "conservation",
            "etats",
            "copie_suivi",
            "articles",
            "competences",
            "plafonds_versement",
            "minimis",
        ),
        "liste raccourcie ou allongée",
    ),
    "parametres": "chiffre sans effet retiré",
    "criteres": "critère renommé, que rien ne cite",
}


def aplatir(valeur: Any, chemin: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every leaf of a document by its path; an element of a list is found again by its code, or by what it says."""
    if isinstance(valeur, Mapping):
        feuilles = {p: v for clef, partie in valeur.items() for p, v in aplatir(partie, (*chemin, clef)).items()}
    elif isinstance(valeur, list):
        feuilles = {}
        for partie in valeur:
            nom = str(partie.get("code") or partie.get("nature")) if _nomme(partie) else json.dumps(partie, default=str)
            feuilles |= aplatir(partie, (*chemin, f"[{nom}]")) if _nomme(partie) else {(*chemin, f"[{nom}]"): True}
    else:
        return {chemin: valeur}
    return feuilles or {chemin: json.dumps(valeur, default=str)}


def _nomme(partie: Any) -> bool:
    return isinstance(partie, Mapping) and ("code" in partie or ("nature" in partie and "effet" not in partie))


def classer(avant: Any, apres: Any) -> set[str]:
    """What changed between two documents, each change by its class; « inexpliqué » names what has none."""
    gauche, droite = aplatir(avant), aplatir(apres)
    changes = {c for c in gauche.keys() | droite.keys() if gauche.get(c, ABSENT) != droite.get(c, ABSENT)}
    if not changes:
        return {"ordre changé" if json.dumps(avant, default=str) != json.dumps(apres, default=str) else "mise en forme"}
    return {_classe(chemin, gauche, droite) for chemin in changes}


def _classe(chemin: tuple[str, ...], gauche: Mapping[Any, Any], droite: Mapping[Any, Any]) -> str:
    clefs = [morceau for morceau in chemin if not morceau.startswith("[")]
    if chemin in gauche and chemin in droite:
        return CHANGEE.get(clefs[-1], f"inexpliqué : {'.'.join(chemin)} changé")
    des_deux_cotes = all(any(c[:-1] == chemin[:-1] for c in cote) for cote in (gauche, droite))
    if not chemin[-1].startswith("[") and des_deux_cotes:
        return "rubrique facultative retirée ou ajoutée"
    for clef in reversed(clefs):
        if clef in MEMBRE:
            return MEMBRE[clef]
    return f"inexpliqué : {'.'.join(chemin)} d’un seul côté"
