"""Values in words: amounts, dates, counts and texts an expression reads or computes, as nouns a clause is made with."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from rules.affichage import afficher, afficher_instant
from rules.arbre_cel import Appel, Binaire, Choix, Litteral, Noeud, Unaire, chemin_de
from rules.contexte import CONTEXTE as SCHEMA
from rules.francais import Phrase, accorder, de, decapiter, en_ligne, fermer, guillemets
from rules.modele import Champ, Parametre, Reglement
from rules.mot import HorsDuParler, Mot
from rules.mots_actes import DONNEES
from rules.mots_contexte import CONTEXTE, DIFFERENCES
from rules.mots_listes import VALEURS
from rules.vocabulaire import DONNEES as TYPES_DONNEES

_UNITES: Final[dict[str, str]] = {"centimes": "euros", "instant": "date", "entier": "nombre"}
_TYPES_DE_CHAMP: Final[dict[str, str]] = {
    "entier": "entier",
    "euros": "centimes",
    "taux": "millieme",
    "date": "instant",
    "booleen": "booleen",
}
_MILLE: Final = Litteral(1000)  # shares are per thousand in expressions
_DUREE: Final = re.compile(r"^(\d+)h$")
TEXTE: Final = "texte"
LISTE: Final = "liste"
INSTANT: Final = "instant"
BOOLEEN: Final = "booleen"
DUREE: Final = "duree"
_DECALAGES: Final = {"+": "augmenté", "-": "diminué"}


@dataclass(frozen=True)
class Terme:
    """A value as a noun: its words, and what is needed to speak of it (type, unit, clauses of its own)."""

    mot: Mot
    type: str = "entier"
    simple: bool = True  # one name, or a computed value that needs care when it is combined again
    renvoi: str = ""  # what the figure is, shown in brackets after it

    @property
    def nom(self) -> str:
        """The noun with its article."""
        return self.mot.nom

    @property
    def dit(self) -> str:
        """The noun, and what its figure is."""
        return f"{self.nom} ({self.renvoi})" if self.renvoi else self.nom

    @property
    def unite(self) -> str:
        """How numbers compared with it are shown."""
        return self.mot.unite or _UNITES.get(self.type, "")


@dataclass(frozen=True)
class Lecture:
    """Where an expression is read: the acts under way, and the variables bound by comprehensions."""

    actes: tuple[str, ...] = ()
    variables: Mapping[str, Terme] = field(default_factory=dict)

    def avec(self, nom: str, terme: Terme) -> "Lecture":
        """The same place, inside a comprehension that binds `nom`."""
        return replace(self, variables={**self.variables, nom: terme})


class Valeurs:
    """Says values, with the labels of one règlement. `dire` makes the conditions a value may depend on."""

    def __init__(self, reglement: Reglement, dire: Callable[[Noeud, Lecture], Phrase]) -> None:
        self._reglement = reglement
        self._dire = dire
        self._champs: dict[str, Champ] = {c.code: c for f in reglement.formulaires.values() for c in f.champs}
        self._libelles: dict[str, dict[str, str]] = {
            "etats": {e.code: e.libelle for w in reglement.sujets.values() for e in w.etats},
            "pieces": {p.code: p.libelle for p in reglement.pieces},
            "echeances": {e.code: e.libelle for e in reglement.echeances},
            "volets": {v.code: v.libelle for v in reglement.volets},
        }

    def terme(self, noeud: Noeud, lecture: Lecture, unite: str = "") -> Terme:
        """A value as a noun; a literal number is shown in `unite`.

        Raises:
            HorsDuParler: no words are known for it.
        """
        if (chemin := chemin_de(noeud)) is not None:
            return self._chemin(chemin, lecture)
        match noeud:
            case Litteral():
                return _litteral(noeud, unite)
            case Appel():
                return self._appel(noeud, lecture)
            case Binaire():
                return self._calcul(noeud, lecture)
            case Unaire("-", oppose):
                return self._calcul(Binaire("-", Litteral(0), oppose), lecture)
            case Choix(condition, oui, non):
                alors, sinon = self.terme(oui, lecture, unite), self.terme(non, lecture, unite)
                si = en_ligne(self._dire(condition, lecture))
                return Terme(Mot(f"{alors.dit} si {si}, {sinon.dit} sinon"), alors.type, simple=False)
        raise HorsDuParler("cette valeur n’a pas de mots")

    def texte(self, code: str, table: str) -> str:
        """What a text of the context means: a kind of structure, an état, a pièce, a decision…"""
        if table in VALEURS and code in VALEURS[table]:
            return VALEURS[table][code]
        if table in {"lexique", "decisions"} and code in self._reglement.lexique:
            lu = self._reglement.lexique[code]
            return lu if table == "lexique" else guillemets(lu)
        libelles = self._libelles["etats" if table == "decisions" else table] if table in self._avec_libelles else {}
        lu = libelles.get(code) or code.replace("_", " ")
        return lu if table == "lexique" else guillemets(decapiter(lu) if table == "decisions" else lu)

    @property
    def _avec_libelles(self) -> frozenset[str]:
        return frozenset({"decisions", *self._libelles})

    def parametre(self, code: str) -> Parametre:
        """A figure of the règlement.

        Raises:
            HorsDuParler: there is none of that code.
        """
        if code not in self._reglement.parametres:
            raise HorsDuParler(f"le chiffre « {code} » n’est pas au règlement")
        return self._reglement.parametres[code]

    def _chemin(self, chemin: str, lecture: Lecture) -> Terme:
        racine, *suite = noms = chemin.split(".")
        if racine in lecture.variables and not suite:
            return lecture.variables[racine]
        if racine == "parametres" and len(suite) == 1:
            chiffre = self.parametre(suite[0])
            nombre = Mot(afficher(chiffre.entier, chiffre.unite), unite=chiffre.unite)
            return Terme(nombre, renvoi=decapiter(chiffre.libelle))
        if racine == "donnees" and suite:
            return self._donnee(suite, lecture)
        if noms[:2] == ["dossier", "reponses"] and len(noms) == 3:
            return self._reponse(noms[2])
        if noms[:2] == ["echeances", "termes"] and len(noms) == 3:
            return Terme(Mot(f"le terme de l’échéance {self.texte(noms[2], 'echeances')}"), INSTANT)
        if chemin not in CONTEXTE:
            raise HorsDuParler(f"« {chemin} » n’a pas de mots")
        return Terme(self._preciser(chemin), _type_de(noms))

    def _preciser(self, chemin: str) -> Mot:
        """The word of a name, with the figure of the règlement it stands for when there is one."""
        mot, comite = CONTEXTE[chemin], self._reglement.comite
        if chemin == "comite.quorum" and comite is not None:
            return replace(mot, nom=f"{mot.nom} ({comite.quorum})")
        return mot

    def _donnee(self, suite: list[str], lecture: Lecture) -> Terme:
        if suite[0] == "reponses" and len(suite) == 2:
            return self._reponse(suite[1])
        for acte in lecture.actes:
            if len(suite) == 1 and suite[0] in DONNEES.get(acte, {}):
                return Terme(DONNEES[acte][suite[0]], TYPES_DONNEES.get(acte, {}).get(suite[0], TEXTE))
        raise HorsDuParler(f"« donnees.{'.'.join(suite)} » n’a pas de mots ici")

    def _reponse(self, code: str) -> Terme:
        champ = self._champs.get(code)
        libelle = guillemets(champ.libelle if champ else code.replace("_", " "))
        nom = f"la réponse à {libelle}"
        mot = Mot(
            nom,
            "f",
            unite="taux" if champ and champ.type == "taux" else "",
            oui=f"{nom} est « oui »" if champ and champ.type == "booleen" else "",
            non=f"{nom} est « non »" if champ and champ.type == "booleen" else "",
        )
        return Terme(mot, _TYPES_DE_CHAMP.get(champ.type, TEXTE) if champ else TEXTE)

    def _appel(self, appel: Appel, lecture: Lecture) -> Terme:
        if appel.fonction in {"min", "max"} and len(appel.arguments) == 2:
            return self._borne(appel, lecture)
        if appel.fonction == "proportion" and len(appel.arguments) == 3:
            return self._proportion(*appel.arguments, lecture=lecture)
        if appel.fonction == "size" and len(appel.arguments) == 1:
            liste = self.terme(appel.arguments[0], lecture)
            return Terme(Mot(f"le nombre {de(liste.nom)}"))
        if appel.fonction in {"int", "string"} and len(appel.arguments) == 1:
            return self.terme(appel.arguments[0], lecture)
        constante = appel.arguments[0] if len(appel.arguments) == 1 else None
        if appel.fonction == "timestamp" and isinstance(constante, Litteral):
            return Terme(Mot(f"le {afficher_instant(datetime.fromisoformat(str(constante.valeur)))}"), INSTANT)
        if appel.fonction == "duration" and constante is not None:
            return self._duree(constante, lecture)
        raise HorsDuParler(f"la fonction « {appel.fonction} » n’a pas de mots ici")

    def _duree(self, noeud: Noeud, lecture: Lecture) -> Terme:
        """`"720h"`, or a count of days written `string(jours * 24) + "h"`: the language knows no day.

        Twelve hours less are half a day against the change of hour, which must not change the day.
        """
        match noeud:
            case Litteral(str(texte)):
                return Terme(Mot(_duree(texte)), DUREE)
            case Binaire("+", Appel("string", None, (Binaire("*", jours, Litteral(24)),)), Litteral("h")):
                return replace(self.terme(jours, lecture, "jours"), type=DUREE)
            case Binaire("+", Appel("string", None, (Binaire("-", mesure, Litteral(12)),)), Litteral("h")):
                pleine = Binaire("+", Appel("string", None, (mesure,)), Litteral("h"))
                terme = self._duree(pleine, lecture)
                return replace(terme, mot=Mot(f"{terme.dit}, comptés depuis midi", terme.mot.accord), renvoi="")
        raise HorsDuParler("cette durée n’a pas de mots")

    def _borne(self, appel: Appel, lecture: Lecture) -> Terme:
        """« X, dans la limite de Y » when Y is a plain name; else « le plus faible de ces montants (X ; Y) »."""
        unites = [self.terme(argument, lecture).unite for argument in appel.arguments]
        unite = next((unite for unite in unites if unite), "")
        termes = sorted((self.terme(a, lecture, unite) for a in appel.arguments), key=lambda terme: terme.simple)
        composes, limite = [terme for terme in termes if not terme.simple], termes[-1]
        if appel.fonction == "min" and len(composes) == 1:
            return _calcule(termes[0], f"{termes[0].dit}, dans la limite {de(limite.dit)}")
        superlatif = "faible" if appel.fonction == "min" else "élevé"
        choix = " ; ".join(terme.dit for terme in termes) if composes else " ou ".join(terme.dit for terme in termes)
        return replace(termes[0], mot=Mot(f"le plus {superlatif} de ces montants ({choix})", unite=unite), renvoi="")

    def _proportion(self, montant: Noeud, numerateur: Noeud, denominateur: Noeud, *, lecture: Lecture) -> Terme:
        base, haut = self.terme(montant, lecture), self.terme(numerateur, lecture, "taux")
        if denominateur == _MILLE:
            return _part(haut, base)
        bas = self.terme(denominateur, lecture)
        return _calcule(base, f"{_ferme(base)}, à proportion du rapport entre {_ferme(haut)} et {_ferme(bas)}")

    def _calcul(self, calcul: Binaire, lecture: Lecture) -> Terme:
        signe, noms = calcul.operateur, (chemin_de(calcul.gauche) or "", chemin_de(calcul.droite) or "")
        if signe == "-" and noms in DIFFERENCES:
            return Terme(DIFFERENCES[noms], "centimes")
        if signe == "*" and (multiple := _multiple(calcul)) is not None:
            base = self.terme(multiple[1], lecture)
            dit = f"{afficher(multiple[0], None)} fois {_ferme(base)}"
            return Terme(Mot(dit, unite=base.unite), base.type, simple=False)
        gauche = self.terme(calcul.gauche, lecture)
        droite = self.terme(calcul.droite, lecture, gauche.unite)
        gauche = self.terme(calcul.gauche, lecture, droite.unite)
        if signe == "*" and "taux" in (gauche.unite, droite.unite):
            return _part(*((gauche, droite) if gauche.unite == "taux" else (droite, gauche)))
        if gauche.type == INSTANT and droite.type == DUREE and signe in _DECALAGES:
            decale = accorder(_DECALAGES[signe], gauche.mot.accord)
            return _calcule(gauche, f"{gauche.dit}, {decale} {de(droite.dit)}")
        return _arithmetique(signe, gauche, droite)


def _litteral(litteral: Litteral, unite: str) -> Terme:
    match litteral.valeur:
        case int(nombre) if not isinstance(nombre, bool):
            return Terme(Mot(afficher(nombre, unite or None)))
        case str(texte):
            return Terme(Mot(guillemets(texte)), TEXTE)
    raise HorsDuParler("cette valeur n’a pas de mots")


def _multiple(produit: Binaire) -> tuple[int, Noeud] | None:
    """How many times what, when one side of a product is a number written as such."""
    match produit:
        case Binaire("*", Litteral(int(fois)), base) | Binaire("*", base, Litteral(int(fois))):
            return fois, base
    return None


def _part(part: Terme, base: Terme) -> Terme:
    """« 80 % du coût prévu », what the share is being told after."""
    return Terme(Mot(f"{part.nom} {de(_ferme(base))}", unite=base.unite), base.type, simple=False, renvoi=part.renvoi)


def _ferme(terme: Terme) -> str:
    """A value about to be combined: one that is itself computed is put in brackets, so that nothing is ambiguous."""
    return terme.dit if terme.simple else f"le montant ainsi calculé ({terme.dit})"


def _calcule(modele: Terme, nom: str) -> Terme:
    """A computed value that agrees with one it is made of."""
    return Terme(Mot(nom, modele.mot.accord, unite=modele.unite), modele.type, simple=False)


def _arithmetique(signe: str, gauche: Terme, droite: Terme) -> Terme:
    if signe == "-" and gauche.simple and droite.simple:
        return _calcule(gauche, f"{gauche.dit}, déduction faite {de(droite.dit)}")
    dits = {
        "-": Mot(f"la différence entre, d’une part, {fermer(gauche.dit)} et, d’autre part, {droite.dit}", "f"),
        "+": Mot(f"la somme {de(_ferme(gauche))} et {de(_ferme(droite))}", "f"),
        "*": Mot(f"le produit {de(_ferme(gauche))} par {_ferme(droite)}"),
        "/": Mot(f"le quotient {de(_ferme(gauche))} par {_ferme(droite)}"),
    }
    if signe not in dits:
        raise HorsDuParler(f"l’opération « {signe} » n’a pas de mots")
    return Terme(replace(dits[signe], unite=gauche.unite or droite.unite), gauche.type, simple=False)


def _type_de(noms: list[str]) -> str:
    """The type the documented context gives a name."""
    niveau: object = SCHEMA
    for nom in noms:
        niveau = niveau.get(nom, TEXTE) if isinstance(niveau, dict) else TEXTE
    return str(niveau)


def _duree(texte: str) -> str:
    lu = _DUREE.match(texte)
    if lu is None:
        raise HorsDuParler(f"la durée « {texte} » n’a pas de mots")
    jours, heures = divmod(int(lu.group(1)), 24)
    return f"{lu.group(1)} heures" if heures else afficher(jours, "jours")
