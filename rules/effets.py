"""The effects a transition may have: each is a closed kind, with its own fields.

The domain layer carries out one handler per effect, in the order of the file.
"""

from typing import Annotated, Literal

from pydantic import Field

from rules.blocs import Bloc, Cel, Code
from rules.vocabulaire import DestinataireRegle, Nature


class EffetCourriel(Bloc):
    """Tell someone. One courriel leaves per person resolved."""

    effet: Literal["courriel"]
    message: Code
    destinataires: list[DestinataireRegle] = Field(min_length=1)
    si: Cel | None = None


class EffetOuvrirEcheance(Bloc):
    """Open an échéance declared in `echeances`."""

    effet: Literal["ouvrir_echeance"]
    echeance: Code


class EffetFermerEcheances(Bloc):
    """Close open échéances of the sujet: those named; when none is, all but the return of money still due.

    In the act of someone who owes one `par_personne` (a note given, a déport), that person's alone is closed.
    """

    effet: Literal["fermer_echeances"]
    echeances: list[Code] = []


class EffetEngagerMontant(Bloc):
    """Engage centimes (`montant`, CEL) of the campagne's enveloppe of that nature."""

    effet: Literal["engager_montant"]
    nature: Nature
    montant: Cel


class EffetLibererMontant(Bloc):
    """Free what is engaged and not paid; `montant` (CEL, centimes) frees that much only."""

    effet: Literal["liberer_montant"]
    nature: Nature
    montant: Cel | None = None


class EffetOrdonnerVersement(Bloc):
    """Order a payment of `montant` (CEL, centimes; zero orders nothing) on an engagement."""

    effet: Literal["ordonner_versement"]
    nature: Nature
    motif: Literal["acompte", "intermediaire", "solde", "unique"]
    montant: Cel


class EffetDemanderReversement(Bloc):
    """Ask back `montant` (CEL, centimes) already paid."""

    effet: Literal["demander_reversement"]
    nature: Nature
    montant: Cel


class EffetConstaterReversement(Bloc):
    """The sum asked back has come; it returns to the enveloppe."""

    effet: Literal["constater_reversement"]
    nature: Nature


class EffetDemanderEvaluations(Bloc):
    """Ask evaluations: those the grille wants and the dossier lacks, never of someone in conflict.

    `supplementaire`: one more, because those rendered disagree beyond the grille's bound; nobody free, nobody is asked.
    `rouverte`: the one that the act brings back to draft. `remplacement`: those of people in whom a conflict was found
    since they were asked are set aside, then others are asked in their place.
    """

    effet: Literal["demander_evaluations"]
    lesquelles: Literal["manquantes", "supplementaire", "rouverte", "remplacement"] = "manquantes"


class EffetDemanderAvis(Bloc):
    """Ask an avis of the persons the act names; they may then read the dossier and answer."""

    effet: Literal["demander_avis"]


class EffetCloreEvaluations(Bloc):
    """Freeze the evaluations and keep the score reached."""

    effet: Literal["clore_evaluations"]


Effet = Annotated[
    EffetCourriel
    | EffetOuvrirEcheance
    | EffetFermerEcheances
    | EffetEngagerMontant
    | EffetLibererMontant
    | EffetOrdonnerVersement
    | EffetDemanderReversement
    | EffetConstaterReversement
    | EffetDemanderEvaluations
    | EffetDemanderAvis
    | EffetCloreEvaluations,
    Field(discriminator="effet"),
]
