"""The facts a courriel is written from: one flat dictionary, the same names for every message of the catalogue.

Absent facts are absent keys: the catalogue then refuses a message that needs them, before anything moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session, col, select

from ami.beneficiaires import aide_de, beneficiaire_de
from ami.faits_accompagnement import faits_autour, seance
from ami.maturation import aide_en_vigueur
from ami.models import (
    ActionSensibilisation,
    Campagne,
    Comite,
    Deliberation,
    Dossier,
    Echeance,
    Personne,
    Structure,
    SujetBase,
)
from ami.plan import Plan
from ami.sujets import Acteur, dossier_de, sujet_de
from notifications.columns import en_euros
from notifications.render import Expediteur
from rules.calendrier import jour_legal
from rules.modele import (
    Aide,
    EffetConstaterReversement,
    EffetDemanderReversement,
    EffetEngagerMontant,
    EffetLibererMontant,
    EffetOrdonnerVersement,
    Reglement,
    Transition,
)
from rules.vocabulaire import Acte, Role

ZERO: Final = Decimal(0)
Faits = dict[str, Any]

# Data of acts in which a person says something to others.
COMMENTAIRES: Final = ("commentaire", "reponse", "message", "texte", "question", "compte_rendu")
# What « the amount » of a message is, when it is not what the move grants.
MONTANT_DEMANDE: Final = frozenset({"accuse_candidature"})
MONTANT_VERSE: Final = frozenset({"avis_versement", "etude_validee"})
MONTANT_REVERSE: Final = frozenset({"demande_reversement", "reversement_recu"})
MONTANT_LIBERE: Final = frozenset({"abandon", "desistement", "resiliation"})
MONTANT_DEPENSE: Final = frozenset({"action_realisee"})
# Acts that name the amount they are about.
ACTES_CHIFFRES: Final[frozenset[Acte]] = frozenset({"signer_avenant", "examiner_participation"})
# The act that tells a decision taken earlier, by the comité.
NOTIFICATION: Final[Acte] = "notifier"
EQUIPE: Final[Role] = "agent"


@dataclass(frozen=True)
class Recit:
    """What is being told: the sujet, the transition, its context and plan, by whom and when."""

    session: Session
    ligne: SujetBase
    reglement: Reglement
    transition: Transition
    contexte: Mapping[str, Any]
    plan: Plan
    donnees: Mapping[str, Any]
    raisons: Sequence[str]
    acteur: Acteur
    maintenant: datetime


def expediteur_de(campagne: Campagne, reglement: Reglement) -> Expediteur:
    """Who signs the courriels of a campagne; answers go to the organisme's contact."""
    organisme = reglement.programme.organisme
    return Expediteur(
        adresse=campagne.courriel_expediteur or organisme.contact, nom=organisme.nom, reponse_a=organisme.contact
    )


def faits_de_base(session: Session, dossier: Dossier, reglement: Reglement, maintenant: datetime) -> Faits:
    """The facts every message about a dossier carries."""
    campagne = session.get_one(Campagne, dossier.campagne_id)
    etats = reglement.workflow("dossier").etat_par_code
    return {
        "dossier_numero": dossier.numero,
        "dossier_titre": dossier.titre,
        "campagne_nom": campagne.nom,
        "programme_nom": reglement.programme.nom,
        "organisme_nom": reglement.programme.organisme.nom,
        "organisme_contact": reglement.programme.organisme.contact,
        "mention_donnees": reglement.mention_donnees,
        "voies_recours": reglement.recours,
        "date_acte": jour_legal(maintenant),
        "instant_acte": maintenant,
        "etat_libelle": etats[dossier.etat].libelle if dossier.etat in etats else "",
        "porteur_nom": _nom_structure(session, dossier.porteur_id),
        "accompagnateur_nom": _nom_structure(session, dossier.accompagnateur_id),
        **_action(session, dossier),
    }


def faits_de(recit: Recit) -> Faits:
    """Every fact of a move, but the amount, which depends on the message (see `montant_pour`)."""
    dossier = dossier_de(recit.session, recit.ligne)
    kind = sujet_de(recit.ligne).kind
    faits = faits_de_base(recit.session, dossier, recit.reglement, recit.maintenant)
    cible = recit.transition.vers or recit.ligne.etat
    etat = recit.reglement.workflow(kind).etat_par_code[cible or ""]
    raisons = list(recit.raisons) or _motif(recit, dossier)
    if recit.ligne is dossier:  # what happens to a réclamation is not the état of its dossier
        faits["etat_libelle"] = etat.libelle
    else:  # who has just been answered is not told to complain again
        faits["voies_recours"] = recit.reglement.recours_apres_reclamation
    faits |= {
        "etat_explication": etat.explication,
        "decision_libelle": _decision(recit, etat.libelle),
        "raisons": raisons,
        "pieces": _attendus(pieces_attendues(recit.contexte), raisons or []),
        "commentaire": _premier(recit.donnees, *COMMENTAIRES),
        "note": _note(recit.contexte),
        "rang": recit.donnees.get("rang") or dossier.rang or None,
        "volet_libelle": _volet(recit),
        "signee_le": recit.donnees.get("signee_le"),
        "recu_le": recit.donnees.get("recu_le"),
        "depenses": recit.donnees.get("depenses_reelles"),
        "evaluateur_nom": _nom_personne(recit.session, recit.acteur.personne_id),
        **_echeance(recit),
        **_argent(recit, dossier),
        **faits_autour(recit.session, dossier, recit.reglement, recit.donnees, recit.contexte),
        **_comite(recit),
    }
    return {nom: valeur for nom, valeur in faits.items() if valeur is not None}


def montant_pour(message: str, recit: Recit) -> Faits:
    """The amount a message speaks of: paid, asked back, given back, spent, or granted."""
    plan, transition = recit.plan, recit.transition
    if message in MONTANT_VERSE:
        return {"montant": plan.total(transition, EffetOrdonnerVersement)}
    if message in MONTANT_REVERSE:
        return {"montant": plan.total(transition, EffetDemanderReversement) or _rendu(recit, _nature(recit))}
    if message in MONTANT_LIBERE:
        libere = _libere(recit)
        return {"montant": libere} if libere else {}
    if message in MONTANT_DEPENSE:
        return {"montant": recit.donnees.get("cout_reel")}
    dossier = dossier_de(recit.session, recit.ligne)
    if message in MONTANT_DEMANDE:
        return {"montant": dossier.montant_demande}
    nomme = recit.donnees.get("montant") if transition.acte in ACTES_CHIFFRES else None
    accorde = nomme or plan.total(transition, EffetEngagerMontant) or _engage(recit) or dossier.montant_accorde
    return {"montant": accorde} if accorde else {}


def _rendu(recit: Recit, nature: str | None) -> Decimal:
    """What this move says has come back: all that was asked back of that nature, and nothing of another."""
    constatees = {e.nature for e in recit.transition.effets if isinstance(e, EffetConstaterReversement)}
    return en_euros(recit.contexte["budget"][nature]["a_reverser"]) if nature in constatees else ZERO


def _libere(recit: Recit) -> Decimal:
    """What this move gives back to the enveloppes: engaged, neither paid nor freed before (see `argent.liberer`)."""
    total = ZERO
    for rang, effet in enumerate(recit.transition.effets):
        if isinstance(effet, EffetLibererMontant):
            b = recit.contexte["budget"][effet.nature]
            reste = en_euros(b["engage"] - b["libere"] - b["paye"] + b["reverse"])
            total += min(reste, recit.plan.montants.get(rang, reste))
    return total


def _engage(recit: Recit) -> Decimal:
    """The aid of the nature at stake, before this move: as signed, else as engaged and not freed."""
    nature = _nature(recit)
    if nature is None:
        return ZERO
    signee = aide_en_vigueur(recit.session, dossier_de(recit.session, recit.ligne), nature)
    return _engage_net(recit.contexte["budget"][nature]) if signee is None else signee


def _engage_net(budget: Mapping[str, int]) -> Decimal:
    return en_euros(budget["engage"] - budget["libere"])


def _nature(recit: Recit) -> str | None:
    """The nature of aid a move is about: named by its data, by its effects, or paid from the état it leads to."""
    if recit.donnees.get("nature"):
        return str(recit.donnees["nature"])
    suites = recit.reglement.workflow(sujet_de(recit.ligne).kind).depuis(recit.transition.vers or recit.ligne.etat)
    payes = (e.nature for t in suites for e in t.effets if isinstance(e, EffetOrdonnerVersement))
    return next((n for e in recit.transition.effets if (n := getattr(e, "nature", None))), None) or next(payes, None)


def _aide(recit: Recit) -> Aide | None:
    return aide_de(recit.reglement, _nature(recit) or "")


def _argent(recit: Recit, dossier: Dossier) -> Faits:
    """Totals after the move, and who is paid."""
    aide = _aide(recit)
    if aide is None:
        return {"structure_nom": _nom_structure(recit.session, dossier.porteur_id)}
    budget = recit.contexte["budget"][aide.nature]
    engage = _engage(recit) + recit.plan.total(recit.transition, EffetEngagerMontant, nature=aide.nature)
    verse = (
        en_euros(budget["paye"] - budget["reverse"])
        - _rendu(recit, aide.nature)
        + recit.plan.total(recit.transition, EffetOrdonnerVersement, nature=aide.nature)
    )
    return {
        "nature_libelle": aide.libelle,
        "montant_engage": engage,
        "montant_verse": verse,
        "structure_nom": _nom_structure(recit.session, beneficiaire_de(recit.session, dossier, aide)),
    }


def _echeance(recit: Recit) -> Faits:
    """The date to act by: the one this move opens, else the nearest to come that is not owed by staff."""
    prevue = recit.plan.premiere_echeance()
    if prevue is not None:
        return {"echeance": prevue.due_a, "echeance_libelle": prevue.regle.libelle}
    sujet = sujet_de(recit.ligne)
    ouverte = recit.session.exec(
        select(Echeance)
        .where(
            Echeance.sujet_kind == sujet.kind,
            Echeance.sujet_id == sujet.id,
            col(Echeance.fermee_le).is_(None),
            col(Echeance.personne_id).is_(None),
            Echeance.role != EQUIPE,
            Echeance.due_a >= recit.maintenant,
        )
        .order_by(col(Echeance.due_a), col(Echeance.id))
    ).first()
    if ouverte is None:
        return {}
    regle = recit.reglement.echeance_par_code[ouverte.code]
    return {"echeance": ouverte.due_a, "echeance_libelle": regle.libelle}


def _decision(recit: Recit, libelle_etat: str) -> str:
    """The decision in words: the état of that name when the règlement has one, else the état reached."""
    decision = str(recit.donnees.get("decision") or recit.donnees.get("suite") or "")
    etat = recit.reglement.workflow("dossier").etat_par_code.get(decision)
    return etat.libelle if etat is not None else (decision.replace("_", " ") or libelle_etat)


def pieces_attendues(contexte: Mapping[str, Any]) -> list[str]:
    """The pièces the règlement demands and staff asked for, each once."""
    manquantes, demandees = contexte["pieces"]["manquantes_libelles"], contexte["demandes"]["en_attente_libelles"]
    return list(dict.fromkeys([*manquantes, *demandees]))


def _attendus(manquantes: Sequence[str], raisons: Sequence[str]) -> list[str]:
    """What must still come: the pièces missing, then what is asked for and is no pièce, in the words of its reason."""
    return [*manquantes, *(raison for raison in raisons if not any(piece in raison for piece in manquantes))]


def _motif(recit: Recit, dossier: Dossier) -> list[str] | None:
    """Reasons given by a person: with the act or, when a decision is notified, in the délibération that took it.

    A revue that sets conditions or stops a project says why in its conditions.
    """
    motif = _premier(recit.donnees, "motif", "conditions")
    if motif is None and recit.transition.acte == NOTIFICATION:
        derniere = recit.session.exec(
            select(Deliberation).where(Deliberation.dossier_id == dossier.id).order_by(col(Deliberation.id).desc())
        ).first()
        motif = derniere.motif if derniere else None
    return [ligne.strip() for ligne in motif.splitlines() if ligne.strip()] if motif else None


def _note(contexte: Mapping[str, Any]) -> Decimal | None:
    notes = contexte["notes"]
    return Decimal(notes["total"]).scaleb(-3) if notes["rendues"] else None


def _volet(recit: Recit) -> str | None:
    code = recit.donnees.get("volet")
    return next((volet.libelle for volet in recit.reglement.volets if volet.code == code), None)


def _action(session: Session, dossier: Dossier) -> Faits:
    requete = (
        select(ActionSensibilisation)
        .where(ActionSensibilisation.dossier_id == dossier.id)
        .order_by(col(ActionSensibilisation.id).desc())
    )
    action = session.exec(requete).first()
    if action is None:
        return {}
    return {"action_libelle": action.kind, "action_date": action.prevue_le, "action_lieu": action.lieu}


def _comite(recit: Recit) -> Faits:
    """The session people are convened to: the one named, else the next one, else the last that sat."""
    toutes = recit.session.exec(
        select(Comite)
        .where(Comite.campagne_id == recit.ligne.campagne_id, col(Comite.annulee_le).is_(None))
        .order_by(col(Comite.tenue_le))
    ).all()
    if not toutes:
        return {}
    prevu = next((c for c in toutes if c.tenue_le >= recit.maintenant), toutes[-1])
    comite = next((c for c in toutes if c.id == recit.donnees.get("comite")), prevu)
    return seance(comite)


def _premier(donnees: Mapping[str, Any], *noms: str) -> str | None:
    return next((str(donnees[nom]) for nom in noms if donnees.get(nom)), None)


def _nom_structure(session: Session, structure_id: int | None) -> str | None:
    structure = session.get(Structure, structure_id) if structure_id is not None else None
    return structure.nom if structure is not None else None


def _nom_personne(session: Session, personne_id: int | None) -> str | None:
    personne = session.get(Personne, personne_id) if personne_id is not None else None
    return personne.nom_complet if personne is not None else None
