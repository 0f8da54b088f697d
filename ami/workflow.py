"""The one door. A sujet changes état here and nowhere else: état, journal, money, échéances and courriels, all or none.

The order is the contract of the kernel: pinned règlement, transition declared from this état for this role, guards,
messages rendered, conditional UPDATE, journal, effects, courriels. Nothing commits: the edge that opened the session
does.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import CursorResult
from sqlmodel import Session, col

from ami import effets, faits, journal
from ami.campagnes import reserver_campagne
from ami.contexte import construire
from ami.destinataires import destinataire_de, destinataire_suivi, portee, resoudre
from ami.erreurs import ConflitDeVersion, DonneesInvalides, Refus
from ami.faits_accompagnement import cause_de_seance
from ami.models import Campagne, ConstatLigne, SujetBase
from ami.plan import planifier
from ami.reglements import reglement_de
from ami.sujets import SYSTEME, TABLES, Acteur, Mouvement, Sujet, charger_sujet, dossier_de
from notifications.outbox import enqueue
from notifications.render import CourrielPret, Destinataire, clef_de, render
from rules.evaluation import Constat, est_due, evaluer_transition, raisons_transition
from rules.expressions import vrai
from rules.modele import EffetCourriel, Reglement, Transition, Workflow
from rules.motifs import motifs_transition


def move(
    session: Session,
    sujet: Sujet,
    transition: str,
    *,
    acteur: Acteur,
    maintenant: datetime,
    version_vue: int,
    donnees: Mapping[str, Any] | None = None,
    clef: str | None = None,
) -> Mouvement:
    """Move a sujet through one transition of its règlement.

    The same `clef` twice returns the first move and changes nothing.

    Raises:
        Introuvable: no such sujet.
        ConflitDeVersion: someone moved it since `version_vue`.
        Refus: the act is out of order from this état or for this role, or a guard is not met.
        FaitManquant: a courriel could not be written; nothing was moved.
    """
    deja = rejouer(session, clef, sujet, acteur, transition=transition)
    if deja is not None:
        return deja
    ligne = charger_sujet(session, sujet)
    if ligne.version != version_vue:
        raise conflit(sujet)
    recit, mouvement = _preparer(session, sujet, ligne, transition, acteur, maintenant, donnees or {})
    courriels = _rediger(recit, mouvement)
    _ecrire_etat(session, ligne, mouvement)
    journal.ajouter(session, mouvement, acteur=acteur, donnees=recit.donnees, clef=clef)
    _garder_constats(session, mouvement)
    effets.appliquer(
        session,
        recit.reglement,
        recit.transition,
        recit.plan,
        mouvement,
        dossier=dossier_de(session, ligne),
        acteur=acteur,
    )
    for courriel in courriels:
        enqueue(session, courriel, maintenant)
    session.flush()
    return mouvement


def _preparer(
    session: Session,
    sujet: Sujet,
    ligne: SujetBase,
    transition: str,
    acteur: Acteur,
    maintenant: datetime,
    donnees: Mapping[str, Any],
) -> tuple[faits.Recit, Mouvement]:
    """Everything that can be known, computed and refused before the sujet is written."""
    reglement = reglement_de(session, ligne.campagne_id).reglement
    regle = _transition(reglement, sujet, ligne, transition, acteur)
    if _touche_aux_places(reglement.workflow(sujet.kind), ligne.etat, regle.vers):
        reserver_campagne(session, ligne.campagne_id)
    contexte = construire(
        session, ligne, reglement, acteur=acteur, donnees=donnees, maintenant=maintenant, acte=regle.acte
    )
    constats = _controler(reglement, regle, contexte)
    raisons = raisons_transition(reglement, regle, contexte)
    motifs = motifs_transition(reglement, regle, contexte)
    plan = planifier(session, reglement, regle, contexte, dossier=dossier_de(session, ligne), maintenant=maintenant)
    vers = regle.vers or ligne.etat or ""
    trouves = _sans_redite([*constats, *raisons, *motifs, *plan.constats])
    mouvement = Mouvement(sujet, ligne.version + 1, regle.code, ligne.etat, vers, maintenant, trouves)
    recit = faits.Recit(
        session, ligne, reglement, regle, contexte, plan, donnees, [c.raison for c in raisons], acteur, maintenant
    )
    return recit, mouvement


def rejouer(
    session: Session,
    clef: str | None,
    sujet: Sujet | None,
    acteur: Acteur,
    *,
    acte: str | None = None,
    transition: str | None = None,
) -> Mouvement | None:
    """The move this `clef` already made, if any: the same act, by the same person, on the same sujet.

    Raises:
        DonneesInvalides: the clef was used for something else; what for is not told.
    """
    ligne = journal.ligne_de_clef(session, clef) if clef else None
    if ligne is None:
        return None
    mouvement = journal.mouvement_de_ligne(ligne)
    meme = (
        (ligne.acteur_id, ligne.acteur_role) == (acteur.personne_id, acteur.role)
        and sujet in (None, mouvement.sujet)
        and transition in (None, ligne.transition)
        and acte in (None, _acte_de(session, mouvement))
    )
    if not meme:
        raise DonneesInvalides("Cette clef d'envoi a déjà servi pour un autre acte : prenez-en une nouvelle.")
    return mouvement


def _acte_de(session: Session, mouvement: Mouvement) -> str | None:
    """The act a past move was, under the règlement it ran under."""
    ligne = charger_sujet(session, mouvement.sujet)
    workflow = reglement_de(session, ligne.campagne_id).reglement.workflow(mouvement.sujet.kind)
    regle = workflow.transition_par_code.get(mouvement.transition)
    return regle.acte if regle is not None else None


def conflit(sujet: Sujet) -> ConflitDeVersion:
    """What the second of two people is told: what happened, and what to do."""
    quoi, le = ("ce dossier", "le") if sujet.kind == "dossier" else ("cette réclamation", "la")
    return ConflitDeVersion(
        f"Quelqu'un d'autre vient d'agir sur {quoi}. Relisez-{le}, puis recommencez si c'est encore utile."
    )


def _transition(reglement: Reglement, sujet: Sujet, ligne: SujetBase, code: str, acteur: Acteur) -> Transition:
    """The transition, if it is declared from this état for this role."""
    workflow = reglement.workflow(sujet.kind)
    regle = workflow.transition_par_code.get(code)
    etat = workflow.etat_par_code[ligne.etat].libelle if ligne.etat in workflow.etat_par_code else "sa création"
    if regle is None or regle not in workflow.depuis(ligne.etat):
        libelle = regle.libelle if regle else code
        raise Refus(f"« {libelle} » n'est pas possible depuis « {etat} ».", hors_sequence=True)
    roles = [SYSTEME.role] if regle.automatique else regle.roles
    if acteur.role not in roles:
        raise Refus(
            f"« {regle.libelle} » n'est pas ouvert au rôle « {acteur.role} ». Rôles admis : {', '.join(roles)}.",
            hors_sequence=True,
        )
    return regle


def _touche_aux_places(workflow: Workflow, de: str | None, vers: str | None) -> bool:
    """True when the move takes a place, or a rank in an ordered list: what two dossiers may both want at once."""
    if vers is None or vers == de:
        return False
    avant, apres = workflow.etat_par_code.get(de or ""), workflow.etat_par_code[vers]
    prend_une_place = apres.occupe_place and not (avant is not None and avant.occupe_place)
    return prend_une_place or apres.liste_ordonnee


def _controler(reglement: Reglement, regle: Transition, contexte: Mapping[str, Any]) -> list[Constat]:
    """The constats: all satisfied, but for warnings."""
    if not est_due(regle, contexte):
        raise Refus(f"« {regle.libelle} » ne correspond pas à la situation de ce dossier.", hors_sequence=True)
    constats = evaluer_transition(reglement, regle, contexte)
    manques = [constat for constat in constats if not constat.passe]
    if manques:
        raise Refus("\n".join(f"{c.raison} ({c.article})" for c in manques), manques)
    return constats


def _sans_redite(constats: Sequence[Constat]) -> list[Constat]:
    """Each constat once: a contrôle may be both the transition's own and counted by its `quand`."""
    return list(dict.fromkeys(constats))


def _ecrire_etat(session: Session, ligne: SujetBase, mouvement: Mouvement) -> None:
    """The only writing of an état: one row, still at the version and état it was read at, or somebody was faster."""
    table = TABLES[mouvement.sujet.kind]
    session.flush()
    avant = col(table.etat).is_(None) if mouvement.de is None else col(table.etat) == mouvement.de
    valeurs: dict[str, object] = {"version": mouvement.seq, "etat": mouvement.vers}
    if mouvement.de != mouvement.vers:
        valeurs["etat_depuis"] = mouvement.instant
    resultat = session.execute(
        update(table)
        .where(col(table.id) == mouvement.sujet.id, col(table.version) == mouvement.seq - 1, avant)
        .values(valeurs)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(resultat, CursorResult) or resultat.rowcount != 1:
        raise conflit(mouvement.sujet)
    session.refresh(ligne)


def _garder_constats(session: Session, mouvement: Mouvement) -> None:
    for constat in mouvement.constats:
        session.add(
            ConstatLigne(
                sujet_kind=mouvement.sujet.kind,
                sujet_id=mouvement.sujet.id,
                seq=mouvement.seq,
                regle=constat.regle,
                article=constat.article,
                libelle=constat.libelle,
                valeur=constat.valeur,
                seuil=constat.seuil,
                satisfait=constat.satisfait,
                raison=constat.raison,
                defaut=constat.defaut,
            )
        )


def _rediger(recit: faits.Recit, mouvement: Mouvement) -> list[CourrielPret]:
    """Render every courriel of the move, before anything is written: what cannot be said is not done."""
    effets_courriel = [e for e in recit.transition.effets if isinstance(e, EffetCourriel)]
    if not effets_courriel:
        return []
    campagne = recit.session.get_one(Campagne, recit.ligne.campagne_id)
    expediteur = faits.expediteur_de(campagne, recit.reglement)
    base = faits.faits_de(recit)
    propre = f"{mouvement.sujet}:{mouvement.seq}:{mouvement.transition}"
    prets: dict[str, CourrielPret] = {}
    for effet in effets_courriel:
        if effet.si is not None and not vrai(effet.si, recit.contexte):
            continue
        contenu = base | faits.montant_pour(effet.message, recit)
        cause = cause_de_seance(recit.session, effet.message, recit.donnees) or propre
        for destinataire in _destinataires(recit, effet, campagne):
            clef = clef_de(cause, effet.message, destinataire.ref)
            prets[clef] = render(
                effet.message,
                contenu,
                destinataire,
                expediteur=expediteur,
                clef=clef,
                cause=cause,
                maintenant=recit.maintenant,
            )
    return list(prets.values())


def _destinataires(recit: faits.Recit, effet: EffetCourriel, campagne: Campagne) -> list[Destinataire]:
    """The persons told, and the staff's own copy."""
    ou = portee(recit.session, recit.ligne, recit.acteur, recit.maintenant, recit.plan.sollicites)
    trouves = [destinataire_de(personne) for personne in resoudre(effet.destinataires, ou)]
    suivi = destinataire_suivi(campagne, recit.reglement)
    copie = recit.reglement.copie_suivi
    if suivi is not None and trouves and copie.active and effet.message not in copie.sauf:
        trouves.append(suivi)
    return trouves
