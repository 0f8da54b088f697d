"""A whole règlement in words: what its page shows of each guard, transition, échéance, pièce, figure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rules.affichage import afficher
from rules.evaluation import controles_cites
from rules.francais import Phrase, a, capitaliser, de, decapiter, enumerer, guillemets
from rules.modele import (
    Champ,
    EcheanceRegle,
    EffetOuvrirEcheance,
    Etat,
    Garde,
    Parametre,
    Phase,
    PieceDemandee,
    Quota,
    Reglement,
    Transition,
    Workflow,
)
from rules.mot import HorsDuParler
from rules.mots import Traducteur
from rules.mots_actes import ACTES
from rules.mots_effets import Consequences, nom_du_role
from rules.mots_listes import (
    BASES,
    BENEFICIAIRES,
    CHAMPS_DE_QUOTA,
    DEPARTAGES,
    HORS_PHASE,
    NATURES,
    NON_APPLICABLE,
    ROLES,
    SENS,
    SUJETS,
    TYPES_DE_CHAMP,
    VALEURS,
)

A_CONFIRMER: Final = "à confirmer"
PLACE_DE_LA_VALEUR: Final = "[…]"
_TEXTES: Final = frozenset({"texte", "texte_long"})


@dataclass(frozen=True)
class Condition:
    """A condition in words, or its formula when the words are missing."""

    phrase: Phrase | None
    formule: str


@dataclass(frozen=True)
class GardeDite:
    """A guard: its label, the same exactly, what is said when it is not met, and what that means (`defaut`).

    `condition` is None when the exact words are those of the label.
    """

    libelle: str
    condition: Condition | None
    raison: str
    article: str
    defaut: str


@dataclass(frozen=True)
class EffetDit:
    """An effect, and the condition under which it happens."""

    texte: str
    si: Condition | None


@dataclass(frozen=True)
class TransitionDite:
    """A transition, whole."""

    ancre: str
    libelle: str
    article: str
    automatique: bool
    auteurs: str
    acte: str
    passage: str
    quand: Condition | None
    cites: tuple[str, ...]  # contrôles that `quand` counts
    controle: str | None
    gardes: tuple[GardeDite, ...]
    effets: tuple[EffetDit, ...]
    sans_courriel: str | None


@dataclass(frozen=True)
class PhaseDite:
    """A phase of a workflow: its états and the transitions that start there."""

    ancre: str
    libelle: str
    objet: str
    etats: tuple[Etat, ...]
    transitions: tuple[TransitionDite, ...]


class Paroles:
    """Says a règlement, block by block; `messages` gives the title of each message by its code. Pure."""

    def __init__(self, reglement: Reglement, messages: Mapping[str, str]) -> None:
        """Keep the règlement and what its sentences are made with."""
        self.reglement = reglement
        self.traducteur = Traducteur(reglement)
        self.suites = Consequences(reglement, self.traducteur, messages)

    def condition(self, source: str, actes: tuple[str, ...] = ()) -> Condition:
        """An expression in words, its formula kept beside for when there are none."""
        try:
            return Condition(self.traducteur.condition(source, actes), source)
        except HorsDuParler:
            return Condition(None, source)

    def garde(self, garde: Garde, actes: tuple[str, ...] = ()) -> GardeDite:
        """A guard; the value found stands as « […] » in what is said when it is not met."""
        raison = garde.raison.replace("{valeur}", PLACE_DE_LA_VALEUR).replace("{seuil}", self._seuil(garde))
        condition: Condition | None = self.condition(garde.si, actes)
        if condition is not None and condition.phrase == decapiter(garde.libelle):
            condition = None
        return GardeDite(garde.libelle, condition, raison, garde.article, garde.defaut)

    def _seuil(self, garde: Garde) -> str:
        """The threshold when it is a figure of the règlement, else the place it will take."""
        racine, _, code = (garde.seuil or "").partition(".")
        chiffre = self.reglement.parametres.get(code) if racine == "parametres" else None
        return self.chiffre(chiffre) if chiffre is not None else PLACE_DE_LA_VALEUR

    def phases(self, kind: str) -> Iterator[PhaseDite]:
        """The phases of a workflow in their order, then what belongs to none."""
        workflow = self.reglement.workflow(kind)
        for phase in self.reglement.phases:
            dite = self._phase(kind, workflow, phase)
            if dite.etats:
                yield dite
        reste = self._phase(kind, workflow, None)
        if reste.etats or reste.transitions:
            yield reste

    def _phase(self, kind: str, workflow: Workflow, phase: Phase | None) -> PhaseDite:
        code = phase.code if phase else None
        transitions = [t for t in workflow.transitions if _phase_de(workflow, t) == code]
        return PhaseDite(
            ancre=f"{kind}-{code or 'hors-phase'}",
            libelle=phase.libelle if phase else HORS_PHASE,
            objet=phase.objet if phase else "",
            etats=tuple(etat for etat in workflow.etats if etat.phase == code),
            transitions=tuple(self.transition(kind, transition) for transition in transitions),
        )

    def transition(self, kind: str, transition: Transition) -> TransitionDite:
        """A transition in words."""
        actes = (transition.acte,) if transition.acte else ()
        return TransitionDite(
            ancre=f"{kind}-{transition.code}",
            libelle=transition.libelle,
            article=transition.article,
            automatique=transition.automatique,
            auteurs=self._auteurs(transition),
            acte=ACTES.get(transition.acte or "", ""),
            passage=self._passage(kind, transition),
            quand=self.condition(transition.quand, actes) if transition.quand else None,
            cites=tuple(code for code in controles_cites(transition) if code != transition.controle),
            controle=transition.controle,
            gardes=tuple(self.garde(garde, actes) for garde in transition.gardes),
            effets=tuple(
                EffetDit(
                    self.suites.effet(effet, actes),
                    self.condition(si, actes) if (si := getattr(effet, "si", None)) else None,
                )
                for effet in transition.effets
            ),
            sans_courriel=transition.sans_courriel,
        )

    def _auteurs(self, transition: Transition) -> str:
        if transition.automatique:
            return f"{nom_du_role('systeme')}, de lui-même"
        return enumerer([nom_du_role(role) for role in transition.roles], "ou")

    def _passage(self, kind: str, transition: Transition) -> str:
        etats = self.reglement.workflow(kind).etat_par_code
        sujet = SUJETS[kind].nom if kind in SUJETS else kind
        departs = enumerer([guillemets(etats[code].libelle) for code in transition.de], "ou")
        vers = guillemets(etats[transition.vers].libelle) if transition.vers else ""
        if not transition.de:
            return f"{sujet} commence dans l’état {vers}"
        if not vers:
            return f"{sujet} reste dans son état ({departs})"
        return f"{sujet} passe de {'l’un des états' if len(transition.de) > 1 else 'l’état'} {departs} à l’état {vers}"

    def sorties(self, kind: str, etat: Etat) -> list[tuple[str, str, str]]:
        """The ways out of an état: label, where to, by whom."""
        etats = self.reglement.workflow(kind).etat_par_code
        return [
            (t.libelle, etats[t.vers].libelle if t.vers else "reste dans son état", self._auteurs(t))
            for t in self.reglement.workflow(kind).depuis(etat.code)
        ]

    def attend(self, etat: Etat) -> str:
        """Whom an état waits for, and what else is particular to it."""
        dits = [f"on attend {nom_du_role(etat.attend)}"] if etat.attend else []
        dits += ["état final"] if etat.final else []
        dits += ["occupe une place de la campagne"] if etat.occupe_place else []
        dits += ["attend une place, dans l’ordre des rangs"] if etat.liste_ordonnee else []
        return " ; ".join(dits)

    def chiffre(self, parametre: Parametre) -> str:
        """The value of a figure with its unit."""
        return afficher(parametre.entier, parametre.unite)

    def provenance(self, source: str | None, hypothese: bool) -> str:
        """Where a figure comes from, or that it is to be confirmed."""
        if hypothese or source is None:
            return A_CONFIRMER
        return self.reglement.sources[source].titre if source in self.reglement.sources else source

    def piece(self, piece: PieceDemandee) -> str:
        """At which act a pièce is demanded, its formats and its size."""
        formats = enumerer([mot.upper() for mot in piece.types], "ou")
        statut = "obligatoire" if piece.obligatoire else "facultative"
        return f"{statut}, pour {ACTES[piece.acte]} ; {formats}, {piece.taille_max_mo}\u00a0Mo au plus"

    def champ(self, champ: Champ) -> str:
        """What kind of answer a question expects."""
        genre = TYPES_DE_CHAMP[champ.type]
        if champ.choix:
            genre = f"au choix : {enumerer([guillemets(choix) for choix in champ.choix], 'ou')}"
        if champ.type in _TEXTES:
            genre += f", {afficher(champ.longueur_max, 'nombre')} caractères au plus"
        return f"{genre} ; {'obligatoire' if champ.obligatoire else 'facultatif'}"

    def delai(self, echeance: EcheanceRegle) -> str:
        """The delay of an échéance, counted from where it is opened."""
        return self.suites.delai(echeance.delai, self._actes_ouvrant(echeance.code), "le jour de son ouverture")

    def ouvertures(self, code: str) -> list[str]:
        """The labels of the transitions that open an échéance."""
        return [t.libelle for t in self._ouvrant(code)]

    def _actes_ouvrant(self, code: str) -> tuple[str, ...]:
        return tuple(t.acte for t in self._ouvrant(code) if t.acte)

    def _ouvrant(self, code: str) -> list[Transition]:
        return [
            transition
            for workflow in self.reglement.sujets.values()
            for transition in workflow.transitions
            if any(isinstance(e, EffetOuvrirEcheance) and e.echeance == code for e in transition.effets)
        ]

    def mois(self, nombre: int) -> str:
        """A number of months, and the years it makes."""
        dit = afficher(nombre, "mois")
        if nombre < 24 or nombre % 12:
            return dit
        return f"{dit}, soit {nombre // 12}\u00a0ans"

    def acte(self, acte: str) -> str:
        """What an act consists in."""
        return ACTES[acte]

    def role(self, role: str) -> str:
        """A role with its article."""
        return nom_du_role(role)

    def nature(self, nature: str) -> str:
        """A nature of aid with its article."""
        return NATURES[nature]

    def natures(self, natures: Iterable[str]) -> str:
        """Natures of aid with their articles."""
        return enumerer([NATURES[nature] for nature in natures], "et")

    def structures(self, kinds: Iterable[str]) -> str:
        """Kinds of structures, as what one of them is."""
        return enumerer([VALEURS["structures"].get(kind, kind.replace("_", " ")) for kind in kinds], "ou")

    def territoires(self) -> str:
        """Where a project may be."""
        return enumerer([VALEURS["territoires"][code] for code in self.reglement.territoires], "ou")

    def beneficiaire(self, qui: str) -> str:
        """To whom a grant is paid: « au porteur »."""
        return a(BENEFICIAIRES.get(qui, qui.replace("_", " ")))

    def base(self, base: str) -> str:
        """What spending is counted in."""
        return BASES[base]

    def somme(self, source: str) -> Condition:
        """An amount in words, its formula kept beside for when there are none."""
        try:
            return Condition(self.traducteur.valeur(source), source)
        except HorsDuParler:
            return Condition(None, source)

    def departages(self) -> list[str]:
        """What parts two dossiers of the same score, in the order tried."""
        if (grille := self.reglement.grille) is None:
            return []
        criteres = {critere.code: critere.libelle for critere in grille.criteres}
        return [
            DEPARTAGES[regle.selon] + (f" {guillemets(criteres[regle.critere])}" if regle.critere else "")
            for regle in grille.departage
        ]

    def quota(self, quota: Quota) -> str:
        """How many dossiers a quota asks for, at least or at most."""
        bornes = (
            (quota.minimum, "nombre", "au moins"),
            (quota.maximum, "nombre", "au plus"),
            (quota.part_min, "taux", "au moins"),
            (quota.part_max, "taux", "au plus"),
        )
        dites = [f"{sens} {_nombre_ou_part(borne, unite)}" for borne, unite, sens in bornes if borne is not None]
        champ = CHAMPS_DE_QUOTA[quota.champ]
        ou = f"pour {champ} {guillemets(quota.valeur)}" if quota.valeur else f"pour chaque {champ}"
        return f"{enumerer(dites, 'et')} {ou}"

    def question(self, code: str) -> str:
        """How a question of a form is called."""
        champs = (champ for formulaire in self.reglement.formulaires.values() for champ in formulaire.champs)
        return guillemets(next((champ.libelle for champ in champs if champ.code == code), code))

    def points(self, nombre: int) -> str:
        """« 1 point », « 2 points », « aucun point »."""
        return f"{nombre or 'aucun'} point{'s' if nombre > 1 else ''}"

    def sens(self, sens: str) -> str:
        """Which way an indicator is meant to go."""
        return SENS[sens]

    def sujet(self, kind: str) -> str:
        """« du dossier », « de la réclamation »."""
        return de(SUJETS[kind].nom)

    def non_applicable(self, regle: str) -> str:
        """What becomes of a critère without object."""
        return NON_APPLICABLE[regle]

    def etats(self, codes: Iterable[str]) -> str:
        """États of a dossier by their labels."""
        connus = self.reglement.workflow("dossier").etat_par_code
        return enumerer([guillemets(connus[code].libelle) for code in codes], "ou")

    def roles(self) -> list[tuple[str, str]]:
        """The roles this règlement uses, in the order of the vocabulary: name and definition."""
        utilises = {e.role for e in self.reglement.echeances} | {"systeme"}
        for workflow in self.reglement.sujets.values():
            utilises |= {role for t in workflow.transitions for role in t.roles}
            utilises |= {etat.attend for etat in workflow.etats if etat.attend}
        return [(capitaliser(mot.nom), mot.definition) for role, mot in ROLES.items() if role in utilises]


def _phase_de(workflow: Workflow, transition: Transition) -> str | None:
    """The phase a transition is shown in: where it starts, or where it brings its sujet into being."""
    code = transition.de[0] if transition.de else transition.vers
    return workflow.etat_par_code[code or ""].phase


def _nombre_ou_part(borne: Decimal | int, unite: str) -> str:
    """A count of dossiers, or a share of those kept."""
    if unite == "taux":
        return f"{afficher(int(borne * 1000), 'taux')} des dossiers retenus"
    return f"{borne} dossier{'s' if borne > 1 else ''}"
