"""One dossier whole, as who looks may see it: what people read before they act on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from ami.alertes import alertes
from ami.avis import SENS
from ami.choix.classement import en_points
from ami.discretion import ANNONCE, PREPARE
from ami.instruction_suivie import montrable
from ami.libelles import STATUTS_PLAN, decision_en_mots, libelles_des_aides
from ami.models import (
    Affectation,
    Avis,
    Convention,
    Deliberation,
    Dossier,
    DossierTerritoire,
    Engagement,
    Etude,
    Journal,
    LignePlan,
    Note,
    Personne,
    Piece,
    ScoreFige,
    Structure,
    VoletEtude,
)
from ami.passe import passe
from ami.queries import trouver_dossier
from ami.regards import Regard
from ami.reglements import reglement_de
from notifications.formats import jour, montant, nombre, note
from rules.modele import Reglement
from rules.mots_listes import BASES

STATUTS_VOLET: Final = {"depose": "déposé", "renvoye": "renvoyé", "valide": "validé"}
STATUTS_EVALUATION: Final = {"demandee": "demandée", "rendue": "rendue", "close": "close", "deportee": "déport"}


@dataclass(frozen=True)
class Rubrique:
    """A part of the sheet: what each line is about, and what it says."""

    titre: str
    lignes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Fiche:
    """A dossier at a glance; `version` is what `ami agir --version` asks for. Parts with nothing to say are absent."""

    numero: str
    titre: str
    etat: str
    phase: str
    version: int
    rubriques: tuple[Rubrique, ...]


@dataclass(frozen=True)
class _Lecture:
    """What every part reads."""

    session: Session
    regard: Regard
    dossier: Dossier
    reglement: Reglement


def fiche(session: Session, regard: Regard, numero: str) -> Fiche:
    """The sheet of a dossier, by its number.

    Raises:
        Introuvable: none of that number, or not for who looks.
    """
    dossier = trouver_dossier(session, regard, numero)
    lu = _Lecture(session, regard, dossier, reglement_de(session, dossier.campagne_id).reglement)
    etat = lu.reglement.workflow("dossier").etat_par_code[dossier.etat or ""]
    phases = {phase.code: phase.libelle for phase in lu.reglement.phases}
    lues = [Rubrique(titre, tuple(partie(lu))) for titre, partie in _PARTIES]
    return Fiche(
        numero=dossier.numero,
        titre=dossier.titre,
        etat=etat.libelle,
        phase=phases.get(etat.phase or "", ""),
        version=dossier.version,
        rubriques=tuple(rubrique for rubrique in lues if rubrique.lignes),
    )


Lignes = Iterator[tuple[str, str]]


def _identite(lu: _Lecture) -> Lignes:
    for titre, structure_id in (("Porteur", lu.dossier.porteur_id), ("Accompagnateur", lu.dossier.accompagnateur_id)):
        if structure_id is not None:
            yield titre, lu.session.get_one(Structure, structure_id).nom
    requete = select(DossierTerritoire.code).where(DossierTerritoire.dossier_id == lu.dossier.id)
    codes = lu.session.exec(requete.order_by(col(DossierTerritoire.code))).all()
    if codes:
        yield "Quartiers", ", ".join(codes)


def _reponses(lu: _Lecture) -> Lignes:
    libelles = {champ.code: champ.libelle for f in lu.reglement.formulaires.values() for champ in f.champs}
    for code, valeur in lu.dossier.reponses.items():
        yield libelles.get(code, code), {True: "oui", False: "non"}[valeur] if isinstance(valeur, bool) else str(valeur)


def _plan(lu: _Lecture) -> Lignes:
    if not lu.regard.voit("argent"):
        return
    yield "Coût prévu", montant(lu.dossier.cout_prevu)
    yield "Aide demandée", montant(lu.dossier.montant_demande)
    requete = select(LignePlan).where(LignePlan.dossier_id == lu.dossier.id).order_by(col(LignePlan.id))
    lignes = lu.session.exec(requete).all()
    if lignes and lu.dossier.base_plan in BASES:
        yield "Montants du plan", BASES[lu.dossier.base_plan]
    for ligne in lignes:
        dites = ", ".join(_precisions(ligne))
        yield f"{ligne.sens.capitalize()} : {ligne.libelle}", montant(ligne.montant) + (f" ({dites})" if dites else "")


def _precisions(ligne: LignePlan) -> Iterator[str]:
    """What is said of a line beside its amount: who pays and how surely, what the aid may not cover."""
    if ligne.financeur:
        yield ligne.financeur
    if ligne.sens == "ressource" and ligne.public:
        yield "argent public"
    if ligne.statut:
        yield STATUTS_PLAN[ligne.statut]
    if ligne.en_nature:
        yield "en nature"
    if ligne.sens == "emploi" and not ligne.eligible:
        yield "non éligible"


def _pieces(lu: _Lecture) -> Lignes:
    libelles = {piece.code: piece.libelle for piece in lu.reglement.pieces}
    requete = select(Piece).where(Piece.dossier_id == lu.dossier.id).order_by(col(Piece.id))
    for piece in lu.session.exec(requete):
        yield libelles.get(piece.code, piece.code), f"{piece.nom_origine}, déposée le {jour(piece.deposee_le)}"


def _etude(lu: _Lecture) -> Lignes:
    requete = select(VoletEtude).join(Etude, col(Etude.id) == col(VoletEtude.etude_id))
    lus = {v.volet: v for v in lu.session.exec(requete.where(Etude.dossier_id == lu.dossier.id))}
    for volet in lu.reglement.volets:
        if volet.code in lus:
            trouve = lus[volet.code]
            dit = STATUTS_VOLET[trouve.statut]
            yield volet.libelle, f"{dit} ({trouve.commentaire})" if trouve.commentaire else dit


def _avis(lu: _Lecture) -> Lignes:
    """Views asked and given: a confidential one, or one not given yet, is for those who ask and for its author."""
    requete = (
        select(Avis, Personne)
        .join(Personne, col(Personne.id) == col(Avis.personne_id))
        .where(Avis.dossier_id == lu.dossier.id)
        .order_by(col(Avis.id))
    )
    for avis, personne in lu.session.exec(requete):
        if not montrable(lu.regard, avis):
            continue
        sens = SENS[avis.sens] if avis.rendu_le is not None else "attendu"
        confidentiel = ", confidentiel" if avis.confidentiel else ""
        yield f"Avis de {personne.nom_complet}", f"{sens}{confidentiel}. {avis.texte}".strip()
        for reserve in avis.reserves.splitlines():
            yield "– Réserve", reserve


def _notes(lu: _Lecture) -> Lignes:
    """The score once closed; one's own notes at any time, those of all for those who see them once closed."""
    fige = lu.session.exec(select(ScoreFige).where(ScoreFige.dossier_id == lu.dossier.id)).first()
    if fige is not None and lu.regard.voit("scores"):
        yield "Note du dossier", f"{note(en_points(fige.total_millieme))} sur 100"
    requete = (
        select(Affectation, Personne)
        .join(Personne, col(Personne.id) == col(Affectation.personne_id))
        .where(Affectation.dossier_id == lu.dossier.id)
        .order_by(col(Affectation.id))
    )
    criteres = {c.code: c.libelle for c in lu.reglement.grille.criteres} if lu.reglement.grille is not None else {}
    for affectation, personne in lu.session.exec(requete).all():
        sienne = lu.regard.est(personne.id)
        if sienne or lu.regard.voit("juges"):
            yield f"Évaluation de {personne.nom_complet}", STATUTS_EVALUATION[affectation.statut]
        if sienne or (lu.regard.voit("notes") and (fige is not None or lu.regard.voit("conduite"))):
            yield from _notes_de(lu, affectation, criteres)


def _notes_de(lu: _Lecture, affectation: Affectation, criteres: dict[str, str]) -> Lignes:
    requete = select(Note).where(Note.affectation_id == affectation.id).order_by(col(Note.id))
    for donnee in lu.session.exec(requete):
        valeur = nombre(donnee.valeur) if donnee.valeur is not None else "non applicable"
        dit = f"{valeur}. {donnee.commentaire}" if donnee.commentaire else valeur
        yield f"– {criteres.get(donnee.critere, donnee.critere)}", dit


def _decisions(lu: _Lecture) -> Lignes:
    """What was decided; a decision prepared and not announced is for those who prepare it."""
    codes = [t.code for t in lu.reglement.workflow("dossier").transitions if t.acte == ANNONCE]
    annonces = select(Journal.instant).where(
        Journal.sujet_kind == "dossier", Journal.sujet_id == lu.dossier.id, col(Journal.transition).in_(codes)
    )
    derniere = max(lu.session.exec(annonces), default=None)
    requete = select(Deliberation).where(Deliberation.dossier_id == lu.dossier.id).order_by(col(Deliberation.id))
    for prise in lu.session.exec(requete):
        preparee = prise.acte == PREPARE and (derniere is None or prise.decide_le > derniere)
        if preparee and not lu.regard.voit("decisions_preparees"):
            continue
        rang = f", rang {prise.rang}" if prise.rang else ""
        yield (
            f"Décision du {jour(prise.decide_le)}",
            f"{decision_en_mots(lu.reglement, prise.decision)}{rang}. {prise.motif}".strip(),
        )


def _a_regarder(lu: _Lecture) -> Lignes:
    """Warnings that stand, as far as who looks may know of the conditions they come from."""
    for etape, constat in alertes(passe(lu.session, lu.regard, lu.dossier)):
        yield f"{constat.libelle} ({constat.article})", f"{constat.raison} Relevé le {jour(etape.instant)}."


def _argent(lu: _Lecture) -> Lignes:
    if not lu.regard.voit("argent"):
        return
    libelles = libelles_des_aides(lu.reglement)
    conventions = select(Convention).where(Convention.dossier_id == lu.dossier.id).order_by(col(Convention.id))
    for convention in lu.session.exec(conventions):
        signee = f"{montant(convention.montant)}, signée le {jour(convention.signee_le)}"
        yield f"Convention {convention.reference}", signee
    engagements = select(Engagement).where(Engagement.dossier_id == lu.dossier.id).order_by(col(Engagement.id))
    for e in lu.session.exec(engagements):
        dit = f"engagé {montant(e.engage - e.libere)}, versé {montant(e.paye - e.reverse)}"
        du = f", à reverser {montant(e.a_reverser)}" if e.a_reverser else ""
        yield libelles.get(e.nature, e.nature), dit + du


_PARTIES: Final[tuple[tuple[str, Callable[[_Lecture], Lignes]], ...]] = (
    ("Qui et où", _identite),
    ("À regarder", _a_regarder),
    ("Réponses", _reponses),
    ("Plan de financement", _plan),
    ("Pièces", _pieces),
    ("Étude", _etude),
    ("Avis", _avis),
    ("Notes", _notes),
    ("Décisions", _decisions),
    ("Argent", _argent),
)
