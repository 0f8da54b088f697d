"""Acts of the evaluators: note, withdraw from a dossier they have an interest in; staff re-open what was rendered."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator
from sqlmodel import col, select

from ami.actes import Cadre, Donnees, SansDonnees, acte
from ami.conflits import en_conflit
from ami.erreurs import DonneesInvalides, Introuvable, Refus
from ami.habilitations import refus_d_interet
from ami.models import Affectation, Deport, Dossier, Note, Personne
from ami.saisie import Identifiant, Paragraphe, ParagrapheLibre
from ami.scores import est_figee
from ami.sujets import identifiant
from ami.vivier import DEMANDEE, DEPORTEE, RENDUE
from notifications.formats import nombre
from rules.modele import Critere, Grille, Reglement


class NoteDonnee(Donnees):
    """One note: a value on the grille's scale, or `na` (not applicable)."""

    valeur: Annotated[Decimal, Field(max_digits=6, decimal_places=2)] | None = None
    na: bool = False
    commentaire: ParagrapheLibre = ""

    @model_validator(mode="after")
    def _une_chose(self) -> Self:
        if (self.valeur is None) != self.na:
            raise ValueError("donnez une valeur, ou dites « non applicable », mais pas les deux")
        return self


class Noter(Donnees):
    """Notes by critère; a draft may be partial, a `final` one is whole and closes the evaluation."""

    notes: dict[str, NoteDonnee]
    final: bool = False


class SeDeporter(Donnees):
    """Why the evaluator withdraws."""

    motif: Paragraphe


class RouvrirEvaluation(Donnees):
    """Whose evaluation goes back to draft, and why."""

    evaluateur: Identifiant
    motif: Paragraphe


@acte("lancer_evaluation", SansDonnees)
def lancer_evaluation(_cadre: Cadre, _dossier: Dossier, _donnees: SansDonnees) -> None:
    """Staff start the review; the effect `demander_evaluations` chooses the evaluators."""


@acte("noter", Noter)
def noter(cadre: Cadre, dossier: Dossier, donnees: Noter) -> None:
    """Keep the notes of the evaluator who acts, as a draft or for good.

    Raises:
        Introuvable: this person was not asked to read the dossier, or withdrew from it.
        Refus: the evaluation is already rendered or closed, or the person has an interest in the dossier.
        DonneesInvalides: unknown critère, note off the scale, critère or comment missing.
    """
    affectation = affectation_de(cadre, dossier, cadre.acteur.personne_id)
    _peut_noter(cadre, dossier, affectation)
    grille = _grille(cadre.reglement)
    anciennes = _anciennes(cadre, affectation)
    # What a draft kept is judged as what is given: a comment skipped in a draft would never be asked otherwise.
    jugees = {**_relues(anciennes), **donnees.notes} if donnees.final else donnees.notes
    for code, note in jugees.items():
        controler_note(grille, code, note, final=donnees.final)
    if donnees.final:
        _controler_completude(grille, set(jugees))
    _ecrire(cadre, affectation, anciennes, donnees.notes)
    if donnees.final:
        affectation.statut, affectation.rendue_le = RENDUE, cadre.maintenant
    cadre.session.flush()


@acte("rouvrir_evaluation", RouvrirEvaluation)
def rouvrir_evaluation(cadre: Cadre, dossier: Dossier, donnees: RouvrirEvaluation) -> None:
    """Bring a rendered evaluation back to draft: its notes stay, and count again once rendered again.

    Raises:
        Introuvable: this person does not evaluate the dossier.
        Refus: nothing was rendered, the score is frozen, or the evaluator now has an interest in the dossier.
    """
    affectation = affectation_de(cadre, dossier, donnees.evaluateur, "Cette personne n'évalue pas ce dossier.")
    personne = cadre.session.get_one(Personne, affectation.personne_id)
    _peut_rouvrir(cadre, dossier, affectation, personne)
    affectation.statut, affectation.rendue_le = DEMANDEE, None
    affectation.demandee_le = cadre.maintenant
    cadre.session.flush()


def _peut_rouvrir(cadre: Cadre, dossier: Dossier, affectation: Affectation, personne: Personne) -> None:
    if affectation.statut == DEMANDEE:
        raise Refus(f"{personne.nom_complet} n'a pas encore rendu son évaluation : il n'y a rien à rouvrir.")
    if affectation.statut != RENDUE or est_figee(cadre.session, dossier):
        raise Refus(f"La note du dossier {dossier.numero} est arrêtée : ses évaluations ne se rouvrent plus.")
    motif = en_conflit(cadre.session, dossier, personne)
    if motif is not None:
        raise Refus(f"L'évaluation ne peut pas revenir à {personne.nom_complet} : {motif}.")


@acte("se_deporter", SeDeporter)
def se_deporter(cadre: Cadre, dossier: Dossier, donnees: SeDeporter) -> None:
    """Withdraw for good: the notes of this person no longer count, and nobody gives the dossier back to them.

    Raises:
        Introuvable: this person was not asked to read the dossier, or withdrew already.
    """
    affectation = affectation_de(cadre, dossier, cadre.acteur.personne_id)
    affectation.statut = DEPORTEE
    cadre.session.add(
        Deport(
            dossier_id=identifiant(dossier),
            personne_id=affectation.personne_id,
            motif=donnees.motif,
            declare_le=cadre.maintenant,
        )
    )
    cadre.session.flush()


def affectation_de(
    cadre: Cadre, dossier: Dossier, personne_id: int | None, sinon: str = "Ce dossier ne vous est pas confié."
) -> Affectation:
    """What binds a person to the dossier; without it, the dossier does not exist for them."""
    affectation = cadre.session.exec(
        select(Affectation).where(
            Affectation.dossier_id == dossier.id,
            Affectation.personne_id == personne_id,
            Affectation.statut != DEPORTEE,
        )
    ).first()
    if affectation is None:
        raise Introuvable(sinon)
    return affectation


def _peut_noter(cadre: Cadre, dossier: Dossier, affectation: Affectation) -> None:
    if affectation.statut == RENDUE:
        raise Refus(
            f"Votre évaluation du dossier {dossier.numero} est déjà rendue : elle ne se modifie plus. "
            "Pour la reprendre, demandez à l'équipe de la rouvrir."
        )
    if affectation.statut != DEMANDEE:
        raise Refus(f"L'évaluation du dossier {dossier.numero} est close.")
    personne = cadre.session.get_one(Personne, affectation.personne_id)
    motif = en_conflit(cadre.session, dossier, personne)
    if motif is not None:
        raise refus_d_interet(dossier, motif)


def _grille(reglement: Reglement) -> Grille:
    if reglement.grille is None:
        raise Refus("Le règlement de cette campagne n'a pas de grille : aucun dossier ne s'y note.")
    return reglement.grille


def controler_note(grille: Grille, code: str, note: NoteDonnee, *, final: bool) -> None:
    """Judge one note by the grille: its scale, « non applicable », a comment at the extremes of a final one.

    Raises:
        DonneesInvalides: unknown critère, or a note the grille does not admit.
    """
    critere = _critere(grille, code)
    if note.valeur is None:
        if grille.non_applicable == "interdit":
            raise DonneesInvalides(
                f"« {critere.libelle} » : ce critère doit être noté, « non applicable » n'est pas admis."
            )
        return
    if not grille.note_min <= note.valeur <= grille.note_max:
        raise DonneesInvalides(
            f"« {critere.libelle} » : la note {nombre(note.valeur)} doit être comprise entre "
            f"{nombre(grille.note_min)} et {nombre(grille.note_max)}."
        )
    extreme = note.valeur in (grille.note_min, grille.note_max)
    if final and extreme and grille.commentaire_aux_extremes and not note.commentaire:
        raise DonneesInvalides(
            f"« {critere.libelle} » : une note de {nombre(note.valeur)} s'explique ; ajoutez un commentaire."
        )


def _critere(grille: Grille, code: str) -> Critere:
    for critere in grille.criteres:
        if critere.code == code:
            return critere
    raise DonneesInvalides(f"« notes » : « {code} » n'est pas un critère de la grille.")


def _controler_completude(grille: Grille, notes: set[str]) -> None:
    manquants = [critere.libelle for critere in grille.criteres if critere.code not in notes]
    if manquants:
        raise DonneesInvalides(f"« notes » : il reste à noter {', '.join(manquants)}.")


def _anciennes(cadre: Cadre, affectation: Affectation) -> dict[str, Note]:
    requete = select(Note).where(Note.affectation_id == affectation.id).order_by(col(Note.id))
    return {note.critere: note for note in cadre.session.exec(requete)}


def _relues(anciennes: Mapping[str, Note]) -> dict[str, NoteDonnee]:
    return {
        code: NoteDonnee(valeur=note.valeur, na=note.valeur is None, commentaire=note.commentaire)
        for code, note in anciennes.items()
    }


def _ecrire(
    cadre: Cadre, affectation: Affectation, anciennes: Mapping[str, Note], notes: Mapping[str, NoteDonnee]
) -> None:
    for code, donnee in notes.items():
        note = anciennes.get(code) or Note(affectation_id=identifiant(affectation), critere=code)
        note.valeur, note.commentaire = donnee.valeur, donnee.commentaire
        cadre.session.add(note)
