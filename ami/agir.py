"""Acting on a sujet: the one entry of every act, whoever asks (command line, portal, import, scenario).

An act is checked (its data, the person's right to act here), its facts are written, then the door is asked to move the
sujet; a refusal leaves nothing, since the edge rolls the whole transaction back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

import ami.avis
import ami.comite
import ami.demandes
import ami.depot
import ami.etude
import ami.evaluation
import ami.financement
import ami.instruction
import ami.jury
import ami.maturation
import ami.partenariat
import ami.reclamation
import ami.sensibilisation
from ami.actes import ACTES, ActeEnregistre, Cadre, Donnees
from ami.contexte import construire
from ami.erreurs import INACCESSIBLE, DonneesInvalides, ErreurMetier, Introuvable, Refus
from ami.habilitations import verifier_habilitation
from ami.models import Campagne, SujetBase
from ami.phrases import raison
from ami.reglements import reglement_de
from ami.sujets import SYSTEME, Acteur, Mouvement, Sujet, charger_sujet, sujet_de
from ami.workflow import conflit, move, rejouer
from rules.evaluation import est_due, evaluer_transition
from rules.modele import Reglement, Transition
from rules.vocabulaire import ACTES_CREATEURS

# Importing the use cases is what fills the registry.
CAS_D_USAGE = (
    ami.avis,
    ami.comite,
    ami.demandes,
    ami.depot,
    ami.etude,
    ami.evaluation,
    ami.financement,
    ami.instruction,
    ami.jury,
    ami.maturation,
    ami.partenariat,
    ami.reclamation,
    ami.sensibilisation,
)


def agir(
    session: Session,
    acte: str,
    sujet: Sujet | None,
    donnees: Mapping[str, object],
    *,
    acteur: Acteur,
    maintenant: datetime,
    campagne_id: int | None = None,
    version_vue: int | None = None,
    clef: str | None = None,
) -> Mouvement:
    """Do one act. `version_vue` is the version the person had under their eyes (the present one when not given).

    Raises:
        DonneesInvalides: unknown act, wrong data (the message names the field), missing campagne.
        Introuvable: no such sujet, or this person may not act on it.
        Refus, ConflitDeVersion: see `ami.workflow.move`.
    """
    enregistre = ACTES.get(acte)
    if enregistre is None:
        raise DonneesInvalides(f"Acte inconnu : « {acte} ». Actes possibles : {', '.join(sorted(ACTES))}.")
    deja = rejouer(session, clef, sujet, acteur, acte=acte)
    if deja is not None:
        return deja
    if acte in ACTES_CREATEURS:
        valides = valider(enregistre, donnees)
        return _creer(session, enregistre, valides, acteur, maintenant, campagne_id, clef)
    if sujet is None:
        raise DonneesInvalides(f"L'acte « {acte} » porte sur un dossier : indiquez lequel.")
    ligne = _viser(session, sujet, acteur)
    # Before the data are looked at: what is wrong in them would tell that the dossier exists.
    verifier_habilitation(session, ligne, acteur, maintenant, acte)
    valides = valider(enregistre, donnees)
    cadre = _cadre(session, ligne.campagne_id, acteur, maintenant)
    vue = ligne.version if version_vue is None else version_vue
    if ligne.version != vue:
        # Said before the order of acts is looked at: who was only second has done nothing out of order.
        raise conflit(sujet)
    _verifier_sequence(cadre.reglement, sujet, ligne, acte, acteur)
    enregistre.fonction(cadre, ligne, valides)
    session.flush()
    brut = valides.model_dump()
    transition = choisir(session, cadre, ligne, acte, brut)
    return move(
        session, sujet, transition.code, acteur=acteur, maintenant=maintenant, version_vue=vue, donnees=brut, clef=clef
    )


def valider(enregistre: ActeEnregistre, donnees: Mapping[str, object]) -> Donnees:
    """The data of an act as its schema reads them.

    Raises:
        DonneesInvalides: every field that is wrong, with its reason.
    """
    try:
        return enregistre.schema.model_validate(dict(donnees))
    except ValidationError as erreur:
        raise DonneesInvalides(_en_francais(enregistre.nom, erreur)) from erreur


def _en_francais(acte: str, erreur: ValidationError) -> str:
    """One French line per wrong field."""
    lignes = [f"L'acte « {acte} » ne peut pas être enregistré :"]
    for defaut in erreur.errors():
        champ = ".".join(str(partie) for partie in defaut["loc"]) or "données"
        lignes.append(f"- {champ} : {raison(defaut)}.")
    return "\n".join(lignes)


def _creer(
    session: Session,
    enregistre: ActeEnregistre,
    donnees: Donnees,
    acteur: Acteur,
    maintenant: datetime,
    campagne_id: int | None,
    clef: str | None,
) -> Mouvement:
    """An act that brings its sujet into being."""
    campagne_id = campagne_id if campagne_id is not None else _campagne_du_dossier(session, donnees, acteur)
    cadre = _cadre(session, campagne_id, acteur, maintenant)
    ligne = enregistre.fonction(cadre, None, donnees)
    session.flush()
    sujet = sujet_de(ligne)
    verifier_habilitation(session, ligne, acteur, maintenant, enregistre.nom)
    brut = donnees.model_dump()
    transition = choisir(session, cadre, ligne, enregistre.nom, brut)
    return move(
        session, sujet, transition.code, acteur=acteur, maintenant=maintenant, version_vue=0, donnees=brut, clef=clef
    )


def _campagne_du_dossier(session: Session, donnees: Donnees, acteur: Acteur) -> int:
    dossier_id = getattr(donnees, "dossier", None)
    if dossier_id is None:
        raise DonneesInvalides("Indiquez la campagne dans laquelle ouvrir ce dossier.")
    return _viser(session, Sujet("dossier", dossier_id), acteur).campagne_id


def _viser(session: Session, sujet: Sujet, acteur: Acteur) -> SujetBase:
    """The sujet an act is about; who may not act on it is told the same when there is none."""
    try:
        return charger_sujet(session, sujet)
    except Introuvable as absent:
        if acteur == SYSTEME:
            raise
        raise Introuvable(INACCESSIBLE) from absent


def _cadre(session: Session, campagne_id: int, acteur: Acteur, maintenant: datetime) -> Cadre:
    campagne = session.get(Campagne, campagne_id)
    if campagne is None:
        raise Introuvable(f"La campagne n° {campagne_id} n'existe pas.")
    return Cadre(session, acteur, maintenant, campagne, reglement_de(session, campagne_id).reglement)


def _verifier_sequence(reglement: Reglement, sujet: Sujet, ligne: SujetBase, acte: str, acteur: Acteur) -> None:
    """Refuse an act out of order before its facts are written, so that the reason is the order and nothing else."""
    workflow = reglement.workflow(sujet.kind)
    ouvertes = [t for t in workflow.depuis(ligne.etat) if t.acte == acte]
    etat = workflow.etat_par_code[ligne.etat].libelle if ligne.etat in workflow.etat_par_code else "sa création"
    if not ouvertes:
        raise Refus(f"L'acte « {acte} » n'est pas possible depuis « {etat} ».", hors_sequence=True)
    if not any(acteur.role in t.roles for t in ouvertes):
        raise Refus(f"L'acte « {acte} » n'est pas ouvert au rôle « {acteur.role} ».", hors_sequence=True)


def choisir(session: Session, cadre: Cadre, ligne: SujetBase, acte: str, donnees: Mapping[str, Any]) -> Transition:
    """The transition an act means from here: the first of the file whose `quand` holds for this role.

    Raises:
        Refus: the act is out of order, or none of its transitions fits the data.
    """
    contexte = construire(
        session,
        ligne,
        cadre.reglement,
        acteur=cadre.acteur,
        donnees=donnees,
        maintenant=cadre.maintenant,
        acte=acte,
    )
    workflow = cadre.reglement.workflow(sujet_de(ligne).kind)
    possibles = [t for t in workflow.depuis(ligne.etat) if t.acte == acte and cadre.acteur.role in t.roles]
    for transition in possibles:
        if est_due(transition, contexte):
            return transition
    raise Refus(f"L'acte « {acte} » ne correspond pas à la situation de ce dossier.", hors_sequence=True)


def avancer(session: Session, sujet: Sujet, maintenant: datetime) -> list[Mouvement]:
    """Fire the automatic transitions due on a sujet, one after the other, until none is.

    Level-triggered: what is true now decides, not what happened. Bounded by the number of états.

    Raises:
        ErreurMetier: the règlement turns in circles.
    """
    mouvements: list[Mouvement] = []
    for _ in range(_borne(session, sujet)):
        due = _transition_due(session, sujet, maintenant)
        if due is None:
            return mouvements
        transition, version = due
        try:
            mouvements.append(
                move(session, sujet, transition.code, acteur=SYSTEME, maintenant=maintenant, version_vue=version)
            )
        except Refus as refus:
            # Another dossier took the place between the judgement and the door: no longer due, and nothing written.
            if refus.hors_sequence:
                return mouvements
            raise
    raise ErreurMetier(f"Le règlement fait tourner {sujet} en rond : {mouvements[-1].transition}.")


def _borne(session: Session, sujet: Sujet) -> int:
    ligne = charger_sujet(session, sujet)
    return len(reglement_de(session, ligne.campagne_id).reglement.workflow(sujet.kind).etats) + 1


def _transition_due(session: Session, sujet: Sujet, maintenant: datetime) -> tuple[Transition, int] | None:
    """The first automatic transition whose `quand` and guards hold, with the version it was judged on."""
    ligne = charger_sujet(session, sujet)
    reglement = reglement_de(session, ligne.campagne_id).reglement
    candidates = [t for t in reglement.workflow(sujet.kind).depuis(ligne.etat) if t.automatique]
    if not candidates:
        return None
    contexte = construire(session, ligne, reglement, acteur=SYSTEME, donnees={}, maintenant=maintenant)
    for transition in candidates:
        if est_due(transition, contexte):
            constats = evaluer_transition(reglement, transition, contexte)
            if all(constat.passe for constat in constats):
                return transition, ligne.version
    return None
