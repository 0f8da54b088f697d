"""Notes that evaluators wrote in a spreadsheet, brought in by the act each of them would have done.

A file is compared with what is kept: an evaluation that already says the same is left alone, so that the same file
read again writes nothing in the journal.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from sqlmodel import col, select

from ami.agir import agir
from ami.erreurs import DonneesInvalides
from ami.evaluation import NoteDonnee, controler_note
from ami.habilitations import EVALUATEUR
from ami.imports_champs import cle, proche
from ami.imports_colonnes import IGNOREE, Colonnes, Vocabulaire, lettre
from ami.imports_ecriture import Chantier
from ami.imports_lignes import Tableau
from ami.imports_rapport import Issue, LigneRefusee
from ami.imports_schemas import LigneEvaluation
from ami.models import Affectation, Campagne, Dossier, Note, Personne
from ami.reglements import reglement_de
from ami.saisie import texte_lisible
from ami.sujets import Acteur, Sujet, identifiant
from ami.vivier import DEPORTEE, RENDUE
from rules.modele import Critere, Grille
from rules.vocabulaire import Acte

NOTER: Final[Acte] = "noter"
NOTE: Final = "note"
COMMENTAIRE: Final = "commentaire"
_SANS_OBJET: Final = frozenset({"na", "n_a", "so", "s_o", "sans_objet", "non_applicable"})
_NOMBRE: Final = re.compile(r"^-?\d{1,4}(?:[.,]\d{1,2})?$", re.ASCII)
_VOULU: Final = re.compile(r"^(note|commentaire)_|_(note|commentaire)$")
_DATE: Final = re.compile(r"^\d{4}-\d{2}-\d{2}$|^\d{1,2}/\d{1,2}/\d{4}$|^\d{1,2}-[a-zéû]{3,5}\.?$")
_SUR: Final = re.compile(r"^(\d+(?:[.,]\d+)?) ?(?:/|sur) ?\d+$")


def vocabulaire_evaluations(chantier: Chantier) -> Vocabulaire:
    """The columns of a file of evaluations: a note, and a comment, for each critère of the grille, by code or label.

    Raises `DonneesInvalides` when no campagne is given, or its règlement has no grille.
    """
    autres: dict[str, str] = {}
    titres: dict[str, str] = {}
    for critere in _grille(chantier).criteres:
        for nom in (critere.code, cle(critere.libelle)):
            autres |= {nom: _code(NOTE, critere), f"note_{nom}": _code(NOTE, critere)}
            autres |= {f"{nom}_note": _code(NOTE, critere), f"{nom}_commentaire": _code(COMMENTAIRE, critere)}
            autres |= {f"commentaire_{nom}": _code(COMMENTAIRE, critere)}
        titres[_code(NOTE, critere)] = critere.libelle
        titres[_code(COMMENTAIRE, critere)] = f"{critere.libelle} (commentaire)"
    notes = frozenset(code for code in titres if code.startswith(f"{NOTE}:"))
    return Vocabulaire(
        LigneEvaluation, autres, titres, sans_objet=notes, libres=frozenset([COMMENTAIRE, *titres]) - notes
    )


def refuser_criteres_inconnus(colonnes: Colonnes, tableau: Tableau) -> None:
    """A column that was meant for a critère and is not one would be a note lost: it is refused, not left aside.

    Raises `DonneesInvalides` naming the line of headings, the column and the critères of the grille.
    """
    titres = colonnes.vocabulaire.titres
    criteres = [titre for code, titre in titres.items() if code.startswith(NOTE)]
    for entete in colonnes.inutilisees():
        ressemble = proche(entete, [*criteres, *(code.partition(":")[2] for code in titres)])
        if ressemble or _VOULU.match(cle(entete)):
            rang = lettre(colonnes.entetes.index(entete), tableau.unite)
            raise DonneesInvalides(
                f"« {tableau.nom} », ligne {tableau.ligne_entetes}, colonne {rang or entete} : « {entete} » n'est pas "
                f"un critère de la grille.{ressemble} Critères : {', '.join(criteres)}. Corrigez l'en-tête, ou laissez "
                f'la colonne de côté : --colonne "{entete}={IGNOREE}".'
            )


def precharger_evaluations(chantier: Chantier, lignes: list[LigneEvaluation]) -> None:
    """Look up together what a lot of lines needs."""
    chantier.connus.dossiers.precharger(ligne.dossier for ligne in lignes)
    chantier.connus.personnes.precharger(ligne.evaluateur for ligne in lignes)


def ecrire_evaluation(chantier: Chantier, ligne: LigneEvaluation) -> Issue:
    """Keep the notes of a line by the act `noter`, in the name of the evaluator it gives.

    Raises `LigneRefusee` on an unknown dossier or person, a dossier not given to them, or a note the grille does not
    admit; `ErreurMetier` when the règlement refuses the act.
    """
    dossier = _dossier(chantier, ligne)
    evaluateur = _evaluateur(chantier, ligne)
    affectation = _affectation(chantier, dossier, evaluateur)
    final = ligne.finale if ligne.finale is not None else chantier.finales
    anciennes = _anciennes(chantier, affectation)
    notes = _notes(chantier, ligne, anciennes, final=final)
    if _rien_de_neuf(affectation, anciennes, notes, final=final):
        return Issue.INCHANGE
    if affectation.statut == RENDUE:
        raise LigneRefusee(
            "",
            f"L'évaluation de {evaluateur.nom_complet} sur le dossier {dossier.numero} est déjà rendue, autrement.",
            "Faites-la rouvrir (acte « rouvrir_evaluation »), ou retirez cette ligne.",
        )
    agir(
        chantier.session,
        NOTER,
        Sujet("dossier", identifiant(dossier)),
        {"notes": {code: note.model_dump() for code, note in notes.items()}, "final": final},
        acteur=Acteur(EVALUATEUR, identifiant(evaluateur)),
        maintenant=chantier.maintenant,
    )
    return Issue.MIS_A_JOUR if anciennes else Issue.CREE


def _campagne(chantier: Chantier) -> Campagne:
    if chantier.campagne is None:
        raise DonneesInvalides("Des évaluations s'importent dans une campagne : précisez-la avec --campagne.")
    return chantier.campagne


def _grille(chantier: Chantier) -> Grille:
    campagne = _campagne(chantier)
    grille = reglement_de(chantier.session, identifiant(campagne)).reglement.grille
    if grille is None:
        raise DonneesInvalides(f"Le règlement de la campagne {campagne.code} n'a pas de grille : rien ne s'y note.")
    return grille


def _code(quoi: str, critere: Critere) -> str:
    return f"{quoi}:{critere.code}"


def _dossier(chantier: Chantier, ligne: LigneEvaluation) -> Dossier:
    campagne = _campagne(chantier)
    dossier = chantier.connus.dossiers.premier(ligne.dossier)
    if dossier is None or dossier.campagne_id != campagne.id:
        autre = f"Ce dossier n'est pas de la campagne {campagne.code}."
        raison = "Aucun dossier ne porte ce numéro." if dossier is None else autre
        raise LigneRefusee("dossier", raison, "Vérifiez-le avec « ami dossiers lister ».")
    return dossier


def _evaluateur(chantier: Chantier, ligne: LigneEvaluation) -> Personne:
    personne = chantier.connus.personnes.premier(ligne.evaluateur)
    if personne is None:
        raise LigneRefusee(
            "evaluateur", "Personne n'est enregistré sous cette adresse.", "Corrigez-la, ou importez la personne."
        )
    return personne


def _affectation(chantier: Chantier, dossier: Dossier, evaluateur: Personne) -> Affectation:
    affectation = chantier.session.exec(
        select(Affectation).where(
            Affectation.dossier_id == dossier.id,
            Affectation.personne_id == evaluateur.id,
            Affectation.statut != DEPORTEE,
        )
    ).first()
    if affectation is None:
        raise LigneRefusee(
            "evaluateur",
            f"Le dossier {dossier.numero} n'est pas confié à {evaluateur.nom_complet}.",
            "Vérifiez le dossier et l'adresse ; les dossiers sont répartis par « ami revue declencher ».",
        )
    return affectation


def _anciennes(chantier: Chantier, affectation: Affectation) -> dict[str, tuple[Decimal | None, str]]:
    requete = select(Note).where(Note.affectation_id == affectation.id).order_by(col(Note.id))
    return {note.critere: (note.valeur, note.commentaire) for note in chantier.session.exec(requete)}


def _rien_de_neuf(
    affectation: Affectation,
    anciennes: Mapping[str, tuple[Decimal | None, str]],
    notes: Mapping[str, NoteDonnee],
    *,
    final: bool,
) -> bool:
    """True when what is kept already says what the line says."""
    memes = all(anciennes.get(code) == (note.valeur, note.commentaire) for code, note in notes.items())
    return memes and (affectation.statut == RENDUE or not final)


def _notes(
    chantier: Chantier,
    ligne: LigneEvaluation,
    anciennes: Mapping[str, tuple[Decimal | None, str]],
    *,
    final: bool,
) -> dict[str, NoteDonnee]:
    """The notes of a line, each judged by the grille so that the column at fault is named.

    An empty cell leaves what was there: a comment kept from a draft still goes with its note.
    """
    grille = _grille(chantier)
    notes = {}
    for critere in grille.criteres:
        lue = chantier.originaux.get(_code(NOTE, critere))
        dite = chantier.originaux.get(_code(COMMENTAIRE, critere))
        if lue is not None:
            commentaire = dite or ligne.commentaire or anciennes.get(critere.code, (None, ""))[1]
            notes[critere.code] = _note(grille, critere, lue, texte_lisible(commentaire.strip()), final=final)
        elif dite is not None:
            raise LigneRefusee(_code(NOTE, critere), "Ce commentaire n'a pas de note.", "Donnez la note, ou « N/A ».")
    if not notes:
        raise LigneRefusee("", "Cette ligne ne donne aucune note.", "Remplissez au moins un critère, ou ôtez-la.")
    manquant = next((c for c in grille.criteres if c.code not in {**notes, **anciennes}), None)
    if final and manquant is not None:
        raise LigneRefusee(
            _code(NOTE, manquant),
            f"Une évaluation définitive note tous les critères : il manque « {manquant.libelle} ».",
            "Donnez la note, ou « N/A » ; ou dites que c'est un brouillon.",
        )
    return notes


def _note(grille: Grille, critere: Critere, lue: str, commentaire: str, *, final: bool) -> NoteDonnee:
    """One note as the grille admits it."""
    valeur = None if cle(lue) in _SANS_OBJET else _nombre(critere, lue.strip())
    note = NoteDonnee(valeur=valeur, na=valeur is None, commentaire=commentaire)
    entre = f"Donnez une note de {grille.note_min} à {grille.note_max}."
    # First the scale, then what a final note owes: each has its own column.
    for colonne, definitive, remede in (
        (NOTE, False, entre),
        (COMMENTAIRE, final, "Écrivez-le dans sa colonne, ou dans une colonne « commentaire » qui vaut pour tout."),
    ):
        try:
            controler_note(grille, critere.code, note, final=definitive)
        except DonneesInvalides as erreur:
            raise LigneRefusee(_code(colonne, critere), erreur.message, remede) from erreur
    return note


def _nombre(critere: Critere, lue: str) -> Decimal:
    """« 3,5 » as a number; the usual ways to write a note otherwise are told from plain mistakes."""
    if _NOMBRE.match(lue):
        return Decimal(lue.replace(",", "."))
    if _DATE.match(lue):
        raison = "Le tableur a changé cette note en date (« 4/5 » devient le 4 mai)."
    elif _SUR.match(lue):
        raison = f"La note s'écrit seule, sans son barème (« {lue} »)."
    else:
        raison = f"« {lue[:30]} » n'est pas une note : un nombre, avec deux décimales au plus, ou « N/A »."
    raise LigneRefusee(_code(NOTE, critere), raison, "Ressaisissez la note : 3,5.")
