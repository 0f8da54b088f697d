"""An expression in the French a jurist would sign: « l’aide demandée est inférieure ou égale à 5 000,00 € ».

The tree of the expression (`rules.arbre_cel`) is said with the words of the vocabulary (`rules.mots_contexte` and its
neighbours) and the labels of the règlement. What has no words raises `HorsDuParler`, and whoever shows it falls back on
the guard's own label.
"""

from typing import Final

from rules.arbre_cel import (
    Appel,
    Binaire,
    Choix,
    ExpressionIllisible,
    Liste,
    Litteral,
    Macro,
    Noeud,
    Unaire,
    arbre,
    chemin_de,
)
from rules.francais import Phrase, a, accorder, en_ligne, enumerer, est, fermer, grouper, guillemets
from rules.modele import Reglement
from rules.mot import HorsDuParler, Mot
from rules.mots_contexte import CONTEXTE
from rules.mots_valeurs import BOOLEEN, INSTANT, LISTE, TEXTE, Lecture, Terme, Valeurs

_AUJOURD_HUI: Final = CONTEXTE["maintenant"]
_INVERSES: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_RETOURNES: Final = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_NOMBRES: Final[dict[str, tuple[str, ...]]] = {
    "<": ("inférieur",),
    "<=": ("inférieur", "égal"),
    ">": ("supérieur",),
    ">=": ("supérieur", "égal"),
    "==": ("égal",),
}
_DATES: Final[dict[str, tuple[str, ...]]] = {
    "<": ("antérieur",),
    "<=": ("antérieur", "égal"),
    ">": ("postérieur",),
    ">=": ("postérieur", "égal"),
    "==": ("égal",),
}
# The date of the day against another date: what is said of that other date.
_JOURS: Final[dict[str, str]] = {
    "<": "{} n’est pas encore {arrivé}",
    "<=": "{} n’est pas {passé}",
    ">": "{} est {passé}",
    ">=": "{} est {arrivé}",
}
# Against zero: the adjectives, and whether they hold.
_ZERO: Final[dict[str, tuple[bool, tuple[str, ...]]]] = {
    ">=": (True, ("positif", "nul")),
    "==": (True, ("nul",)),
    "!=": (False, ("nul",)),
    "<": (True, ("négatif",)),
    "<=": (True, ("négatif", "nul")),
}
# A whole count: the comparisons that only say whether there is any.
_AUCUN: Final = frozenset({("==", 0), ("<=", 0), ("<", 1)})
_AU_MOINS_UN: Final = frozenset({(">", 0), ("!=", 0), (">=", 1)})
_CONTROLES: Final[dict[str, tuple[str, str]]] = {
    "bloquants": (
        "toutes les conditions bloquantes du contrôle {} sont remplies",
        "l’une au moins des conditions bloquantes du contrôle {} n’est pas remplie",
    ),
    "completables": (
        "aucune des conditions du contrôle {} que l’on peut faire compléter n’est en défaut",
        "l’une au moins des conditions du contrôle {} que l’on peut faire compléter n’est pas remplie",
    ),
}


class Traducteur:
    """Says the expressions of one règlement. Pure; cheap to build."""

    def __init__(self, reglement: Reglement) -> None:
        """Keep the labels of the règlement at hand."""
        self._reglement = reglement
        self._valeurs = Valeurs(reglement, lambda noeud, lecture: self._clause(noeud, lecture, True))

    def condition(self, source: str, actes: tuple[str, ...] = ()) -> Phrase:
        """A condition in words; `actes` are those under way where it is read.

        Raises:
            HorsDuParler: something in it has no words.
        """
        return self._clause(_lire(source), Lecture(actes), True)

    def valeur(self, source: str, actes: tuple[str, ...] = ()) -> str:
        """A value in words, as a noun with its article.

        Raises:
            HorsDuParler: something in it has no words.
        """
        return self._valeurs.terme(_lire(source), Lecture(actes)).dit

    def terme(self, noeud: Noeud, unite: str = "") -> Terme:
        """A value of the tree as a noun, where no act is under way.

        Raises:
            HorsDuParler: something in it has no words.
        """
        return self._valeurs.terme(noeud, Lecture(), unite)

    def clause(self, noeud: Noeud) -> Phrase:
        """A condition of the tree, where no act is under way.

        Raises:
            HorsDuParler: something in it has no words.
        """
        return self._clause(noeud, Lecture(), True)

    def nom_de_controle(self, code: str) -> str:
        """How a contrôle is called: by the lexique, else by its code read as words."""
        return guillemets(self._reglement.lexique.get(code) or code.replace("_", " "))

    def _clause(self, noeud: Noeud, lecture: Lecture, oui: bool) -> Phrase:
        """A condition (or, when `oui` is False, its contrary) in words."""
        match noeud:
            case Unaire("!", contraire):
                return self._clause(contraire, lecture, not oui)
            case Binaire("&&" | "||" as signe, gauche, droite):
                parties = [self._clause(terme, lecture, oui) for terme in (gauche, droite)]
                return grouper(parties, tous=(signe == "&&") == oui)
            case Choix(condition, alors, sinon):
                suites = ((alors, True), (sinon, False))
                cas = [
                    (self._clause(condition, lecture, si), self._clause(suite, lecture, oui)) for suite, si in suites
                ]
                return grouper([grouper(parties, tous=True) for parties in cas], tous=False)
            case Binaire():
                return self._comparaison(noeud, lecture, oui)
            case Appel() | Macro():
                return self._appel(noeud, lecture, oui)
        return self._nue(noeud, lecture, oui)

    def _nue(self, noeud: Noeud, lecture: Lecture, oui: bool) -> str:
        """A name that is true or false by itself, or a constant."""
        if isinstance(noeud, Litteral) and isinstance(noeud.valeur, bool):
            return "en toute circonstance" if noeud.valeur == oui else "en aucune circonstance"
        return _clause_de(self._valeurs.terme(noeud, lecture).mot, oui)

    def _appel(self, appel: Appel | Macro, lecture: Lecture, oui: bool) -> Phrase:
        if isinstance(appel, Macro):
            return self._pour_chacun(appel, lecture, oui)
        if appel.fonction == "has" and appel.arguments:
            terme = self._valeurs.terme(appel.arguments[0], lecture)
            return _donne(terme, oui)
        verbes = {"contains": ("contient", "ne contient pas"), "startsWith": ("commence par", "ne commence pas par")}
        verbes["endsWith"] = ("se termine par", "ne se termine pas par")
        if appel.fonction in verbes and appel.cible is not None:
            verbe = verbes[appel.fonction][0 if oui else 1]
            sujet, objet = self._valeurs.terme(appel.cible, lecture), self._valeurs.terme(appel.arguments[0], lecture)
            return f"{sujet.nom} {verbe} {objet.nom}"
        raise HorsDuParler(f"la fonction « {appel.fonction} » n’a pas de mots ici")

    def _pour_chacun(self, macro: Macro, lecture: Lecture, oui: bool) -> Phrase:
        """`liste.all(k, …)` and `liste.exists(k, …)`; the contrary of one is the other."""
        if macro.nom not in {"all", "exists"} or len(macro.corps) != 1:
            raise HorsDuParler(f"la fonction « {macro.nom} » n’a pas de mots ici")
        liste, corps = self._valeurs.terme(macro.cible, lecture), macro.corps[0]
        if not liste.mot.elements:
            raise HorsDuParler(f"les éléments de « {liste.nom} » n’ont pas de mots")
        tous = (macro.nom == "all") == oui
        dedans = lecture.avec(macro.variable, _element(liste.mot, tous))
        clause = self._clause(corps, dedans, oui)
        if isinstance(clause, str):
            return clause
        # « for each, a or b » is not « each a, or each b »: the members are then named once.
        qui = "chacun" if tous else "l’un au moins"
        nom = Terme(
            Mot("celui-ci", est="celui-ci est {}", nest="celui-ci n’est pas {}", valeurs=liste.mot.valeurs), TEXTE
        )
        phrase = en_ligne(self._clause(corps, lecture.avec(macro.variable, nom), oui))
        return f"pour {qui} {liste.mot.elements}, {phrase}"

    def _comparaison(self, comparaison: Binaire, lecture: Lecture, oui: bool) -> Phrase:
        signe, gauche, droite = comparaison.operateur, comparaison.gauche, comparaison.droite
        if signe == "in":
            return self._appartenance(gauche, droite, lecture, oui)
        if signe not in _INVERSES:
            raise HorsDuParler("un calcul n’est pas une condition")
        signe = signe if oui else _INVERSES[signe]
        if isinstance(gauche, Litteral) and not isinstance(droite, Litteral):
            gauche, droite, signe = droite, gauche, _RETOURNES[signe]
        gauche, droite = _sans_mille(gauche, droite)
        racine, *suite = (chemin_de(gauche) or "").split(".")
        if racine == "controles" and isinstance(droite, Litteral):
            return self._controle(suite, signe, droite)
        if isinstance(gauche, Appel) and _est_size(gauche) and isinstance(droite, Litteral):
            return self._compte(gauche.arguments[0], signe, droite, lecture)
        return self._entre(self._valeurs.terme(gauche, lecture), signe, droite, lecture)

    def _entre(self, gauche: Terme, signe: str, noeud: Noeud, lecture: Lecture) -> Phrase:
        """A comparison between a value already said and one of the tree."""
        litteral = noeud.valeur if isinstance(noeud, Litteral) else None
        if isinstance(litteral, bool):
            return _clause_de(gauche.mot, (signe == "==") == litteral)
        if isinstance(litteral, str):
            return self._egal_texte(gauche, signe, litteral)
        if isinstance(litteral, int) and (signe, litteral) in _AUCUN | _AU_MOINS_UN and gauche.mot.oui:
            return _clause_de(gauche.mot, (signe, litteral) in _AU_MOINS_UN)
        if litteral == 0 and isinstance(litteral, int):
            return _zero(gauche, signe)
        droite = self._valeurs.terme(noeud, lecture, gauche.unite)
        if INSTANT in (gauche.type, droite.type):
            return _dates(gauche, signe, droite)
        return _nombres(gauche, signe, droite)

    def _egal_texte(self, gauche: Terme, signe: str, texte: str) -> str:
        if texte == "":
            return _donne(gauche, signe == "!=")
        valeur = self._valeurs.texte(texte, gauche.mot.valeurs)
        return _est(gauche.mot, [valeur], signe == "==")

    def _compte(self, noeud: Noeud, signe: str, droite: Litteral, lecture: Lecture) -> Phrase:
        terme = self._valeurs.terme(noeud, lecture)
        couple = (signe, droite.valeur)
        if couple in _AUCUN | _AU_MOINS_UN:
            return _donne(terme, couple in _AU_MOINS_UN)
        if terme.type == TEXTE:
            raise HorsDuParler("la longueur d’un texte n’a pas de mots")
        nombre = self._valeurs.terme(Appel("size", None, (noeud,)), lecture)
        return self._entre(nombre, signe, droite, lecture)

    def _controle(self, suite: list[str], signe: str, droite: Litteral) -> Phrase:
        couple = (signe, droite.valeur)
        if len(suite) != 2 or suite[1] not in _CONTROLES or couple not in _AUCUN | _AU_MOINS_UN:
            raise HorsDuParler("ce décompte d’un contrôle n’a pas de mots")
        code, (remplies, en_defaut) = suite[0], _CONTROLES[suite[1]]
        gardes = self._reglement.controles.get(code, [])
        if len(gardes) == 1:
            verbe = "est remplie" if couple in _AUCUN else "n’est pas remplie"
            return f"la condition {guillemets(gardes[0].libelle)} {verbe}"
        return (remplies if couple in _AUCUN else en_defaut).format(self.nom_de_controle(code))

    def _appartenance(self, gauche: Noeud, droite: Noeud, lecture: Lecture, oui: bool) -> Phrase:
        if isinstance(droite, Liste):
            terme = self._valeurs.terme(gauche, lecture)
            codes = [e.valeur for e in droite.elements if isinstance(e, Litteral) and isinstance(e.valeur, str)]
            if len(codes) != len(droite.elements) or not codes:
                raise HorsDuParler("cette liste de valeurs n’a pas de mots")
            return _est(terme.mot, [self._valeurs.texte(code, terme.mot.valeurs) for code in codes], oui)
        liste = self._valeurs.terme(droite, lecture)
        modele = liste.mot.contient if oui else liste.mot.sans
        if not modele:
            raise HorsDuParler(f"l’appartenance à « {liste.nom} » n’a pas de mots")
        if isinstance(gauche, Litteral):
            return modele.format(self._valeurs.texte(str(gauche.valeur), liste.mot.valeurs))
        return modele.format(self._valeurs.terme(gauche, lecture).nom)


def _element(liste: Mot, tous: bool) -> Terme:
    """A member of a list, as the subject of a clause about each of them, or about one at least."""
    if tous:
        mot = Mot(
            f"chacun {liste.elements}",
            est=f"chacun {liste.elements} est {{}}",
            nest=f"aucun {liste.elements} n’est {{}}",
            valeurs=liste.valeurs,
        )
    else:
        nom = f"l’un au moins {liste.elements}"
        mot = Mot(nom, est=f"{nom} est {{}}", nest=f"{nom} n’est pas {{}}", valeurs=liste.valeurs)
    return Terme(mot, TEXTE)


def _clause_de(mot: Mot, oui: bool) -> str:
    """The whole clause of a word."""
    clause = mot.oui if oui else mot.non
    if not clause:
        raise HorsDuParler(f"« {mot.nom} » n’est pas une condition")
    return clause


def _donne(terme: Terme, oui: bool) -> str:
    """Whether a text, a list or an answer is there at all."""
    mot = terme.mot
    if mot.oui and terme.type != BOOLEEN:
        return _clause_de(mot, oui)
    if terme.type == LISTE and mot.elements:
        return f"l’une au moins {mot.elements} existe" if oui else f"aucun {mot.elements} n’existe"
    return f"{mot.nom} {est(mot.accord, oui=oui)} {accorder('renseigné', mot.accord)}"


def _est(mot: Mot, valeurs: list[str], oui: bool) -> str:
    """A text that is one of some values, or none of them."""
    if oui:
        modele = mot.est or f"{mot.nom} {est(mot.accord)} {{}}"
        return modele.format(enumerer(valeurs, "ou"))
    modele = mot.nest or f"{mot.nom} n’est pas {{}}"
    if len(valeurs) > 1 and "n’est pas {}" in modele:
        return modele.replace("pas {}", "{}").format("ni " + " ni ".join(valeurs))
    return modele.format(enumerer(valeurs, "ou"))


def _sujet(terme: Terme) -> str:
    """The subject of a clause: a figure does not begin it, and one made of several pieces is closed by a comma."""
    chiffre = terme.nom[:1].isdigit() and not terme.simple
    return fermer(f"le montant correspondant à {terme.dit}" if chiffre else terme.dit)


def _zero(gauche: Terme, signe: str) -> str:
    accord = gauche.mot.accord
    if signe not in _ZERO:
        return f"{_sujet(gauche)} {est(accord)} {accorder('supérieur', accord)} à zéro"
    oui, adjectifs = _ZERO[signe]
    return f"{_sujet(gauche)} {est(accord, oui=oui)} {' ou '.join(accorder(a_, accord) for a_ in adjectifs)}"


def _nombres(gauche: Terme, signe: str, droite: Terme) -> str:
    return f"{_sujet(gauche)} {_verbe(gauche, signe, _NOMBRES)} {a(droite.dit)}"


def _dates(gauche: Terme, signe: str, droite: Terme) -> str:
    if gauche.mot == _AUJOURD_HUI and signe in _JOURS:
        return _jour(droite, signe)
    if droite.mot == _AUJOURD_HUI and signe in _JOURS:
        return _jour(gauche, _RETOURNES[signe])
    return f"{_sujet(gauche)} {_verbe(gauche, signe, _DATES)} {a(droite.dit)}"


def _verbe(gauche: Terme, signe: str, table: dict[str, tuple[str, ...]]) -> str:
    """« est inférieure ou égale », agreed with the subject."""
    adjectifs = table.get(signe, ("égal",))
    return (
        f"{est(gauche.mot.accord, oui=signe != '!=')} {' ou '.join(accorder(x, gauche.mot.accord) for x in adjectifs)}"
    )


def _jour(terme: Terme, signe: str) -> str:
    accord = terme.mot.accord
    participes = {participe: accorder(participe, accord) for participe in ("arrivé", "passé")}
    return _JOURS[signe].format(_sujet(terme), **participes)


def _lire(source: str) -> Noeud:
    try:
        return arbre(source)
    except ExpressionIllisible as erreur:
        raise HorsDuParler(str(erreur)) from erreur


def _est_size(appel: Appel) -> bool:
    return appel.fonction == "size" and len(appel.arguments) == 1


def _sans_mille(gauche: Noeud, droite: Noeud) -> tuple[Noeud, Noeud]:
    """`a * 1000 <= b * taux` is said « a est inférieur ou égal à taux de b »: a share is per thousand."""
    match gauche, droite:
        case ((Binaire("*", reste, Litteral(1000)) | Binaire("*", Litteral(1000), reste)), Binaire("*")):
            return reste, droite
    return gauche, droite
