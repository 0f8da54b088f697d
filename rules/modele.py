"""The shape of a règlement file: one readable YAML document per programme.

A règlement says everything that differs from one AMI to the next. The engine reads it, checks it
(`rules.verification`) and obeys it; it never knows a programme by name.
"""

from decimal import Decimal
from functools import cached_property
from typing import Literal

from pydantic import Field

from rules.blocs import Bloc, Cel, Code, Texte
from rules.effets import (
    Effet,
    EffetCloreEvaluations,
    EffetConstaterReversement,
    EffetCourriel,
    EffetDemanderAvis,
    EffetDemanderEvaluations,
    EffetDemanderReversement,
    EffetEngagerMontant,
    EffetFermerEcheances,
    EffetLibererMontant,
    EffetOrdonnerVersement,
    EffetOuvrirEcheance,
)
from rules.moyens import (
    AffectationRegle,
    Aide,
    ArticleConvention,
    Comite,
    Conservation,
    ConventionRegle,
    CopieSuivi,
    Critere,
    DepartageRegle,
    Grille,
    IndicateurRegle,
    Minimis,
    PlafondVersement,
    Quota,
    SelectionRegle,
)
from rules.vocabulaire import Acte, DestinataireRegle, Role, SujetKind, TypeChamp, Unite

__all__ = [
    "AffectationRegle",
    "Aide",
    "ArticleConvention",
    "Bloc",
    "Cel",
    "Champ",
    "Code",
    "Comite",
    "Conservation",
    "ConventionRegle",
    "CopieSuivi",
    "Critere",
    "Delai",
    "DepartageRegle",
    "EcheanceRegle",
    "Effet",
    "EffetCloreEvaluations",
    "EffetConstaterReversement",
    "EffetCourriel",
    "EffetDemanderAvis",
    "EffetDemanderEvaluations",
    "EffetDemanderReversement",
    "EffetEngagerMontant",
    "EffetFermerEcheances",
    "EffetLibererMontant",
    "EffetOrdonnerVersement",
    "EffetOuvrirEcheance",
    "Etat",
    "Formulaire",
    "Garde",
    "Grille",
    "IndicateurRegle",
    "Minimis",
    "Organisme",
    "Parametre",
    "Phase",
    "PieceDemandee",
    "PlafondVersement",
    "Programme",
    "Quota",
    "Reglement",
    "Relance",
    "SelectionRegle",
    "Source",
    "Texte",
    "Transition",
    "Volet",
    "Workflow",
]


class Organisme(Bloc):
    """The body that runs the call: name shown to people, address they may write to."""

    nom: Texte
    contact: Texte


class Programme(Bloc):
    """Identity of the programme and of this version of its règlement."""

    code: Code
    nom: Texte
    version: Texte
    organisme: Organisme
    resume: Texte


class Source(Bloc):
    """A document a value comes from."""

    titre: Texte
    lien: str | None = None


class Parametre(Bloc):
    """A figure of the règlement, with its unit and its source, or marked as assumed (`hypothese`).

    Units: `euros` (seen in expressions as integer centimes), `taux` (0–1, seen as per thousand), `points` (out of 100,
    seen as thousandths of a point), `jours`, `jours_ouvres`, `mois`, `metres`, `nombre`.
    `sans_effet` says why no rule uses it.
    """

    libelle: Texte
    valeur: Decimal
    unite: Unite
    source: str | None = None
    hypothese: bool = False
    article: str | None = None
    sans_effet: Texte | None = None

    @cached_property
    def entier(self) -> int:
        """The value as expressions see it: centimes, per thousand, thousandths of a point, or a plain count."""
        return int(self.valeur * {"euros": 100, "taux": 1000, "points": 1000}.get(self.unite, 1))


class Phase(Bloc):
    """A phase groups états; each has its sweep."""

    code: Code
    libelle: Texte
    objet: Texte


class Champ(Bloc):
    """One question of a form."""

    code: Code
    libelle: Texte
    type: TypeChamp
    obligatoire: bool = True
    choix: list[Texte] = []
    aide: str | None = None
    longueur_max: int = 4000


class Formulaire(Bloc):
    """The questions an act asks."""

    libelle: Texte
    acte: Acte
    champs: list[Champ]


class PieceDemandee(Bloc):
    """A document demanded; `si` (CEL) says when, always when absent."""

    code: Code
    libelle: Texte
    acte: Acte
    si: Cel | None = None
    obligatoire: bool = True
    types: list[str] = ["pdf"]
    taille_max_mo: int = Field(default=10, ge=1, le=100)
    article: str | None = None


class Volet(Bloc):
    """One part of the study."""

    code: Code
    libelle: Texte
    article: str | None = None


class Garde(Bloc):
    """A condition (CEL, true = satisfied), with what is said to a person when it is not.

    `raison` is French and may hold `{valeur}` and `{seuil}`; `valeur` and `seuil` are CEL expressions and `unite`
    says how to show them. `defaut` says what a failure means in a contrôle: `bloquant` (cannot be mended),
    `completable`, or `avertissement` (said and kept, it stops nothing).
    """

    code: Code
    libelle: Texte
    article: Texte
    si: Cel
    raison: Texte
    valeur: Cel | None = None
    seuil: Cel | None = None
    unite: Unite | Literal["texte", "liste", "date"] | None = None
    defaut: Literal["bloquant", "completable", "avertissement"] = "bloquant"


class Delai(Bloc):
    """A delay: exactly one of the units, from the act, or from the CEL timestamp `a_partir_de`.

    The due instant is the end of that day, 23:59:59 legal time in Paris, unless `heure` says otherwise. `jours: 0` with
    `a_partir_de` makes a day known elsewhere the due day itself.
    """

    jours: int | None = None
    jours_ouvres: int | None = None
    mois: int | None = None
    a_partir_de: Cel | None = None
    heure: str = "23:59:59"


class Relance(Bloc):
    """A reminder before (negative) or after (positive) the due instant, in calendar or working days.

    It leaves at `heure` on a working day: one that falls on a day off is advanced (before) or put back (after).
    Without `destinataires` it goes to whoever owes the act: the role, or the person (`par_personne`).
    """

    code: Code
    message: Code
    jours: int | None = None
    jours_ouvres: int | None = None
    heure: str = "09:00:00"
    destinataires: list[DestinataireRegle] = []


class EcheanceRegle(Bloc):
    """An échéance a transition can open: which act is awaited, from whom, until when, and its reminders."""

    code: Code
    libelle: Texte
    acte: Acte
    role: Role
    delai: Delai
    relances: list[Relance] = []
    par_personne: bool = False  # one échéance per person owing it (evaluators), not one for the role
    article: str | None = None
    source: str | None = None  # where the delay comes from, or `hypothese` when it is assumed
    hypothese: bool = False


class Etat(Bloc):
    """A state of a sujet. `attend` says who owes the next act, `sans_echeance` why by no date."""

    code: Code
    libelle: Texte
    phase: Code | None = None
    attend: Role | None = None
    sans_echeance: Texte | None = None
    final: bool = False
    occupe_place: bool = False  # against the campagne's places
    liste_ordonnee: bool = False  # waits for a place in the order of its rank
    explication: str | None = None


class Transition(Bloc):
    """One move, whole: from, to, by which act or by itself, who may, under which guards, with which effects.

    - `de` empty: creates the sujet. `vers` absent: the état stays, the act is journaled.
    - `acte` absent: automatic, fired by the sweep (role `systeme`).
    - `quand` (CEL) chooses between transitions of one act, or says when an automatic one is due; unlike a guard, its
      being false is no refusal.
    - `controle` names a list of `controles` whose guards all must hold.
    - `sans_courriel` says why an act of a person tells nobody; without it the checker warns.
    """

    code: Code
    libelle: Texte
    de: list[Code] = []
    vers: Code | None = None
    acte: Acte | None = None
    roles: list[Role] = []
    quand: Cel | None = None
    controle: Code | None = None
    gardes: list[Garde] = []
    effets: list[Effet] = []
    article: Texte
    sans_courriel: Texte | None = None

    @property
    def automatique(self) -> bool:
        """True when the sweep fires it, without anybody's act."""
        return self.acte is None


class Workflow(Bloc):
    """The états and transitions of one kind of sujet."""

    etats: list[Etat] = Field(min_length=1)
    transitions: list[Transition] = Field(min_length=1)

    @cached_property
    def etat_par_code(self) -> dict[str, Etat]:
        """États by code."""
        return {etat.code: etat for etat in self.etats}

    @cached_property
    def transition_par_code(self) -> dict[str, Transition]:
        """Transitions by code."""
        return {transition.code: transition for transition in self.transitions}

    def depuis(self, etat: str | None) -> list[Transition]:
        """Transitions declared from an état (None: those that create), in the file's order."""
        return [t for t in self.transitions if (etat in t.de if etat is not None else not t.de)]


class Reglement(Bloc):
    """A whole règlement. Build it with `rules.chargement`, which keeps the content hash and the lines."""

    schema_version: Literal[1]
    programme: Programme
    sources: dict[str, Source]
    parametres: dict[Code, Parametre]
    territoires: list[Literal["QPV", "NPNRU", "autre"]] = Field(min_length=1)
    phases: list[Phase] = Field(min_length=1)
    formulaires: dict[Code, Formulaire] = {}
    pieces: list[PieceDemandee] = []
    volets: list[Volet] = []
    controles: dict[Code, list[Garde]] = {}
    echeances: list[EcheanceRegle] = []
    aides: list[Aide] = []
    plafonds_versement: list[PlafondVersement] = []
    minimis: Minimis | None = None
    indicateurs: list[IndicateurRegle] = []
    grille: Grille | None = None
    selection: SelectionRegle | None = None
    comite: Comite | None = None
    copie_suivi: CopieSuivi = CopieSuivi()
    conservation: list[Conservation] = []
    recours: Texte
    recours_apres_reclamation: Texte | None = None  # what is left once a réclamation is answered
    mention_donnees: Texte
    lexique: dict[str, Texte] = {}  # how codes that bear no libelle read: contrôles, decisions, networks
    sujets: dict[SujetKind, Workflow]

    @cached_property
    def echeance_par_code(self) -> dict[str, EcheanceRegle]:
        """Échéances by code."""
        return {echeance.code: echeance for echeance in self.echeances}

    def workflow(self, kind: str) -> Workflow:
        """The workflow of a kind of sujet.

        Raises:
            KeyError: the règlement gives that kind no workflow.
        """
        return self.sujets[kind]  # type: ignore[index]

    def etats_de_phase(self, phase: str) -> list[str]:
        """Codes of the dossier's états in a phase."""
        return [etat.code for etat in self.sujets["dossier"].etats if etat.phase == phase]
