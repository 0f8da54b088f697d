"""What a transition does, in words: courriels, échéances, money, evaluations; and delays and reminders."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rules.affichage import afficher
from rules.francais import a, de, enumerer, guillemets
from rules.modele import Delai, EcheanceRegle, Effet, Reglement, Relance
from rules.mot import HorsDuParler
from rules.mots import Traducteur
from rules.mots_listes import DESTINATAIRES, MOTIFS, NATURES, ROLES
from rules.vocabulaire import Acte

CONSTATER: Final[Acte] = "constater_reversement"
FIN_DU_JOUR: Final = "23:59:59"


class Consequences:
    """Says what the effects of a règlement do. `messages` gives the title of each message by its code."""

    def __init__(self, reglement: Reglement, traducteur: Traducteur, messages: Mapping[str, str]) -> None:
        """Keep what the sentences are made of."""
        self._reglement = reglement
        self._traducteur = traducteur
        self._messages = messages

    def effet(self, effet: Effet, actes: tuple[str, ...] = ()) -> str:
        """One effect, as a sentence without final stop; `actes` are those under way."""
        dire = EFFETS.get(effet.effet)
        return dire(self, effet, actes) if dire is not None else effet.effet.replace("_", " ")

    def delai(self, delai: Delai, actes: tuple[str, ...] = (), depart: str = "ce jour") -> str:
        """A delay: how long, from what, and its hour when it is not the end of the day."""
        if delai.a_partir_de is not None:
            depart = self.valeur(delai.a_partir_de, actes)
        heure = "" if delai.heure == FIN_DU_JOUR else f", jusqu’à {self.heure(delai.heure)}"
        duree = self.duree(delai)
        if not duree:
            return f"{'ce jour même' if depart == 'ce jour' else depart}{heure}"
        return f"{duree} à compter {de(depart)}{heure}"

    def duree(self, delai: Delai | Relance) -> str:
        """How long a delay is, "" when it is no day at all."""
        for unite in ("jours", "jours_ouvres", "mois"):
            nombre = getattr(delai, unite, None)
            if nombre is not None:
                return afficher(abs(nombre), unite) if nombre else ""
        return ""

    def heure(self, heure: str) -> str:
        """« 9 h 00 »."""
        heures, minutes, secondes = (int(partie) for partie in heure.split(":"))
        precise = f"\u00a0min\u00a0{secondes:02d}\u00a0s" if secondes else ""
        return f"{heures}\u00a0h\u00a0{minutes:02d}{precise}"

    def relance(self, relance: Relance, echeance: EcheanceRegle) -> str:
        """A reminder: when, to whom, and which message."""
        nombre = relance.jours if relance.jours is not None else relance.jours_ouvres or 0
        sens = "avant" if nombre < 0 else "après"
        quand = f"{self.duree(relance)} {sens} l’échéance" if nombre else "le jour de l’échéance"
        qui = self.destinataires(relance.destinataires) if relance.destinataires else self.debiteur(echeance)
        return f"{quand}, à {self.heure(relance.heure)}, {qui} : {self.message(relance.message)}"

    def debiteur(self, echeance: EcheanceRegle) -> str:
        """To whom a reminder goes when it names nobody: those who owe the act."""
        if echeance.par_personne:
            return "à la personne qui doit l’acte"
        return a(nom_du_role(echeance.role))

    def redevable(self, echeance: EcheanceRegle) -> str:
        """Who owes an échéance."""
        qui = nom_du_role(echeance.role)
        chacun = ROLES[echeance.role].chacun if echeance.role in ROLES else ""
        return f"{qui}, {chacun}" if echeance.par_personne and chacun else qui

    def destinataires(self, mots: list[Any]) -> str:
        """Recipients, joined."""
        return enumerer([DESTINATAIRES.get(mot, f"à {mot.replace('_', ' ')}") for mot in mots], "et")

    def message(self, code: str) -> str:
        """The title of a message."""
        return guillemets(self._messages.get(code) or code.replace("_", " "))

    def copie(self, message: str) -> bool:
        """True when staff get their own copy of that message."""
        copie = self._reglement.copie_suivi
        return copie.active and message not in copie.sauf

    def valeur(self, source: str, actes: tuple[str, ...] = ()) -> str:
        """An amount or a date in words; the formula itself when it has none."""
        try:
            return self._traducteur.valeur(source, actes)
        except HorsDuParler:
            return f"le résultat de la formule {guillemets(source)}"

    def echeance(self, code: str) -> EcheanceRegle:
        """An échéance of the règlement."""
        return self._reglement.echeance_par_code[code]

    @property
    def sauf_reversement(self) -> str:
        """What « all » leaves open, where the règlement may ask money back."""
        attend = any(e.acte == CONSTATER for e in self._reglement.echeances)
        return ", sauf celle d’un reversement encore dû" if attend else ""

    @property
    def evaluateurs(self) -> int:
        """How many evaluators a dossier gets, 0 when there is no grille."""
        return self._reglement.grille.evaluateurs_par_dossier if self._reglement.grille else 0


def nom_du_role(role: str) -> str:
    """« le porteur », « les évaluateurs »."""
    return ROLES[role].nom if role in ROLES else role.replace("_", " ")


def titre_du_role(role: str) -> str:
    """« porteur », « évaluateur »: what one person of a role is."""
    return ROLES[role].titre if role in ROLES else role.replace("_", " ")


def _courriel(dire: Consequences, effet: Any, _actes: tuple[str, ...]) -> str:
    copie = " ; copie à l’équipe" if dire.copie(effet.message) else ""
    return f"Courriel {dire.message(effet.message)} {dire.destinataires(effet.destinataires)}{copie}"


def _ouvrir_echeance(dire: Consequences, effet: Any, actes: tuple[str, ...]) -> str:
    regle = dire.echeance(effet.echeance)
    delai = dire.delai(regle.delai, actes)
    charge = f"à la charge {de(dire.redevable(regle))}"
    return f"L’échéance {guillemets(regle.libelle)} s’ouvre, {charge} ; délai : {delai}"


def _fermer_echeances(dire: Consequences, effet: Any, _actes: tuple[str, ...]) -> str:
    if not effet.echeances:
        return f"Toutes les échéances ouvertes sont fermées{dire.sauf_reversement}"
    noms = [guillemets(dire.echeance(code).libelle) for code in effet.echeances]
    if len(noms) == 1:
        return f"L’échéance {noms[0]} est fermée"
    return f"Les échéances {enumerer(noms, 'et')} sont fermées"


def _engager(dire: Consequences, effet: Any, actes: tuple[str, ...]) -> str:
    return f"Est engagé sur l’enveloppe {de(NATURES[effet.nature])} : {dire.valeur(effet.montant, actes)}"


def _liberer(dire: Consequences, effet: Any, actes: tuple[str, ...]) -> str:
    if effet.montant is None:
        return f"Ce qui reste engagé et non versé au titre {de(NATURES[effet.nature])} retourne à l’enveloppe"
    return f"Retourne à l’enveloppe {de(NATURES[effet.nature])} : {dire.valeur(effet.montant, actes)}"


def _verser(dire: Consequences, effet: Any, actes: tuple[str, ...]) -> str:
    motif = MOTIFS.get(effet.motif, effet.motif)
    return (
        f"Est ordonné le versement {motif} au titre {de(NATURES[effet.nature])} : {dire.valeur(effet.montant, actes)}"
    )


def _reverser(dire: Consequences, effet: Any, actes: tuple[str, ...]) -> str:
    return f"Est demandé le reversement, au titre {de(NATURES[effet.nature])} : {dire.valeur(effet.montant, actes)}"


def _constater_reversement(_dire: Consequences, effet: Any, _actes: tuple[str, ...]) -> str:
    return (
        f"Les sommes à reverser au titre {de(NATURES[effet.nature])} sont constatées reçues et retournent à l’enveloppe"
    )


def _demander_evaluations(dire: Consequences, effet: Any, _actes: tuple[str, ...]) -> str:
    if effet.lesquelles == "rouverte":
        return "L’évaluation désignée redevient un brouillon, que son évaluateur reprend et rend de nouveau"
    if effet.lesquelles == "supplementaire":
        return "Un évaluateur de plus est sollicité, à l’exclusion de ceux qui ont un conflit d’intérêts"
    if effet.lesquelles == "remplacement":
        return "Qui a un intérêt dans le dossier est écarté avec ses notes, et d’autres évaluateurs sont sollicités"
    combien = f", jusqu’à {dire.evaluateurs} par dossier" if dire.evaluateurs else ""
    return f"Les évaluateurs qui manquent sont sollicités{combien}, à l’exclusion de ceux qui ont un conflit d’intérêts"


def _demander_avis(_dire: Consequences, _effet: Any, _actes: tuple[str, ...]) -> str:
    return "Les personnes que l’acte désigne sont consultées, et le dossier leur est ouvert en lecture"


def _clore_evaluations(_dire: Consequences, _effet: Any, _actes: tuple[str, ...]) -> str:
    return "Les évaluations sont arrêtées et la note obtenue est conservée"


# How each kind of effect is said, by its name in the files.
EFFETS: Final[dict[str, Callable[[Consequences, Any, tuple[str, ...]], str]]] = {
    "courriel": _courriel,
    "ouvrir_echeance": _ouvrir_echeance,
    "fermer_echeances": _fermer_echeances,
    "engager_montant": _engager,
    "liberer_montant": _liberer,
    "ordonner_versement": _verser,
    "demander_reversement": _reverser,
    "constater_reversement": _constater_reversement,
    "demander_evaluations": _demander_evaluations,
    "demander_avis": _demander_avis,
    "clore_evaluations": _clore_evaluations,
}
