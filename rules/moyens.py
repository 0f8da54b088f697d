"""The means of a règlement: how dossiers are scored, who decides, what is granted, what is measured and kept."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from rules.blocs import Bloc, Cel, Code, Texte
from rules.vocabulaire import Nature


class Critere(Bloc):
    """A criterion of the grille; `poids` out of 100.

    `eliminatoire_sous` is on the scale of the notes: a mean strictly below it eliminates the dossier.
    """

    code: Code
    libelle: Texte
    poids: Decimal = Field(gt=0)
    eliminatoire_sous: Decimal | None = None
    source: str | None = None
    hypothese: bool = False
    aide: str | None = None


class DepartageRegle(Bloc):
    """A tie-break, tried in the order of the file; the number of the dossier always comes last."""

    selon: Literal["note_critere", "depot", "montant", "cout", "numero"]
    critere: Code | None = None


class AffectationRegle(Bloc):
    """What makes an evaluator fit for a dossier, in whole points; people in conflict are never weighed at all.

    `competences` are questions with choices: a skill of the evaluator that is the answer given gains its points, once
    per question. A region of the dossier (its quartiers', its porteur's) that is one of the evaluator's gains its own.
    """

    competences: list[Code] = []
    points_competence: int = Field(default=2, ge=0, le=1000)
    points_region: int = Field(default=1, ge=0, le=1000)
    source: str | None = None
    hypothese: bool = False


class Grille(Bloc):
    """How dossiers are scored: notes from `note_min` to `note_max`, weights that sum to 100.

    `non_applicable`: `redistribuer` (weight shared among the other critères), `zero` (counts as the lowest note) or
    `interdit`. The score out of 100 is the weighted mean, evaluators averaged per critère. `ecart_max`: points between
    the highest and the lowest evaluator's own score beyond which a further evaluation may be asked.
    """

    note_min: Decimal = Decimal(0)
    note_max: Decimal = Decimal(5)
    criteres: list[Critere] = Field(min_length=1)
    non_applicable: Literal["redistribuer", "zero", "interdit"]
    evaluateurs_par_dossier: int = Field(ge=1)
    evaluations_minimales: int = Field(ge=1)
    commentaire_aux_extremes: bool = True
    correction_severite: bool = False  # the severity of evaluators is always estimated, corrected only if True
    departage: list[DepartageRegle] = []
    ecart_max: Decimal | None = Field(default=None, gt=0, lt=100, max_digits=6, decimal_places=3)
    affectation: AffectationRegle = AffectationRegle()
    source: str | None = None  # of the numbers of evaluators and of the scale
    hypothese: bool = False


class Quota(Bloc):
    """At least, or at most, so many dossiers of a value of a field; without `valeur`, of each value in turn.

    Shares (0-1) are of the number of dossiers kept.
    """

    code: Code
    libelle: Texte
    champ: Literal["region", "territoire", "axe"]
    valeur: Texte | None = None
    minimum: int | None = Field(default=None, ge=0)
    maximum: int | None = Field(default=None, ge=0)
    part_min: Decimal | None = Field(default=None, ge=0, le=1)
    part_max: Decimal | None = Field(default=None, ge=0, le=1)
    article: str | None = None
    hypothese: bool = False


class SelectionRegle(Bloc):
    """How the second selection is proposed: which aid, from which score, under which quotas.

    `seuil` names a paramètre in points; `montant` and `cout` are CEL over the dossier's context, in centimes: the aid
    asked and the cost it is a share of; `axe` is the question of a form that tells the axe of a dossier. With
    `partiel` an aid may be lowered, to no less than `plancher` (0-1) of what is asked.
    """

    nature: Nature
    seuil: Code
    montant: Cel
    cout: Cel = "budget.emplois"
    axe: Code | None = None
    partiel: bool = False
    plancher: Decimal | None = Field(default=None, gt=0, le=1)
    quotas: list[Quota] = []
    article: str | None = None
    hypothese: bool = False


class Comite(Bloc):
    """The committee: who sits, quorum, whether a déport is compulsory in case of conflict."""

    membres: list[Texte]
    quorum: int = Field(ge=1)
    deport_obligatoire: bool = True
    source: str | None = None
    hypothese: bool = False


class ArticleConvention(Bloc):
    """An article of a convention that is the programme's own: its title, and its text, a paragraph a line."""

    titre: Texte
    texte: Texte


class ConventionRegle(Bloc):
    """What the convention of an aid says that the règlement does not say elsewhere.

    The amount, the calendar of payments, what is owed and what comes back are read in the transitions; `base` is what
    spending is counted in.
    """

    objet: Texte
    base: Literal["HT", "TTC"] | None = None
    articles: list[ArticleConvention] = []
    hypothese: bool = False


class Aide(Bloc):
    """A grant: ceiling and maximal rate are names of paramètres; who receives it; the text of its convention."""

    nature: Nature
    libelle: Texte
    beneficiaire: Literal["porteur", "accompagnateur", "societe_projet"]
    plafond: Code
    taux_max: Code | None = None
    convention: ConventionRegle | None = None


class PlafondVersement(Bloc):
    """What may be paid before the solde out of the money of some kinds of financeurs: paramètres, in rates of the aid.

    `avance` bounds what is paid at the signature, `acomptes` all that is paid before the solde.
    """

    financeurs: list[Texte] = Field(min_length=1)
    avance: Code
    acomptes: Code
    article: Texte


class Minimis(Bloc):
    """The aids counted against the de minimis ceiling: which natures, over how many months, for whom.

    `duree` names a paramètre in months; `declaration` the question where the applicant says what it had from others;
    `hors` the kinds of structures the rule does not concern.
    """

    natures: list[Nature] = Field(min_length=1)
    duree: Code
    declaration: Code | None = None
    hors: list[Texte] = []
    article: Texte


class IndicateurRegle(Bloc):
    """Something measured while the project runs; `unite` is shown as it is, `sens` says which way is progress."""

    code: Code
    libelle: Texte
    unite: Texte
    sens: Literal["hausse", "baisse", "suivi"] = "suivi"
    article: str | None = None


class Conservation(Bloc):
    """How long a dossier is kept after it ended in one of `etats`, in months; then people are anonymised."""

    etats: list[Code]
    mois: int = Field(gt=0)
    source: str | None = None
    hypothese: bool = False


class CopieSuivi(Bloc):
    """Staff's own copy of what people receive: sent to the campagne's follow-up address when `active`."""

    active: bool = True
    sauf: list[Code] = []
