"""Why a dossier (or a réclamation) is where it is: what it waits for, on whom, since when, what each way out lacks.

Everything is computed as the door would compute it, at the instant given; nothing is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from ami.contexte import construire
from ami.destinataires import personnes_du_role, portee
from ami.discretion import montrable
from ami.models import Campagne, Dossier, Reclamation, SujetBase
from ami.queries_echeances import EcheanceOuverte, echeances_ouvertes, nommable, nommer
from ami.regards import Regard, exiger_lecture
from ami.reglements import reglement_de
from ami.sujets import SYSTEME, Acteur, dossier_de, sujet_de
from rules.calendrier import jour_legal
from rules.evaluation import Constat, est_due, evaluer_garde
from rules.expressions import EvaluationImpossible, compile_expression
from rules.francais import decapiter
from rules.modele import Garde, Reglement, Transition
from rules.mots_listes import ROLES

# The words people use for the closed list of roles.
ROLES_LIBELLES: Mapping[str, str] = {role: mot.nom for role, mot in ROLES.items()}


@dataclass(frozen=True)
class Sortie:
    """A transition possible from here. `due` is False when its own condition (`quand`) does not hold at present."""

    code: str
    libelle: str
    article: str
    acte: str | None
    roles: tuple[str, ...]
    vers: str
    due: bool | None
    constats: tuple[Constat, ...]
    a_la_saisie: tuple[str, ...]  # guards that look at what will be typed with the act: labels

    @property
    def automatique(self) -> bool:
        """True when the sweep fires it."""
        return self.acte is None

    @property
    def ouverte(self) -> bool:
        """True when nothing known today stands in the way."""
        return self.due is not False and all(constat.passe for constat in self.constats)


@dataclass(frozen=True)
class Explication:
    """The whole answer. `depuis_jours` counts calendar days, legal time; `attend_noms` are persons or structures."""

    numero: str
    titre: str
    etat: str
    phase: str
    explication: str
    depuis: datetime
    depuis_jours: int
    attend: str | None
    attend_noms: tuple[str, ...]
    echeances: tuple[EcheanceOuverte, ...]
    sorties: tuple[Sortie, ...]
    final: bool
    reclamations: tuple[str, ...] = ()  # those on this dossier: how to name each, and its état


def pourquoi(session: Session, regard: Regard, ligne: SujetBase, maintenant: datetime) -> Explication:
    """Explain a dossier or a réclamation at an instant, as far as who looks may know. Reads only.

    Raises:
        Introuvable: it may not be read.
    """
    exiger_lecture(session, regard, ligne)
    sujet, dossier = sujet_de(ligne), dossier_de(session, ligne)
    reglement = reglement_de(session, ligne.campagne_id).reglement
    workflow = reglement.workflow(sujet.kind)
    etat = workflow.etat_par_code[ligne.etat or ""]
    campagne = session.get_one(Campagne, ligne.campagne_id)
    depuis = ligne.etat_depuis or dossier.cree_le
    phases = {phase.code: phase.libelle for phase in reglement.phases}
    return Explication(
        numero=nommer(dossier.numero, sujet),
        titre=ligne.objet if isinstance(ligne, Reclamation) else dossier.titre,
        etat=etat.libelle,
        phase=phases.get(etat.phase or "", ""),
        explication=etat.explication or "",
        depuis=depuis,
        depuis_jours=(jour_legal(maintenant) - jour_legal(depuis)).days,
        attend=etat.attend,
        attend_noms=_noms(session, regard, ligne, etat.attend, maintenant),
        echeances=tuple(echeances_ouvertes(session, regard, campagne, maintenant, sujet=sujet)),
        sorties=tuple(
            _sortie(session, ligne, reglement, t, maintenant)
            for t in workflow.depuis(ligne.etat)
            if montrable(regard, reglement, t)
        ),
        final=etat.final,
        reclamations=_reclamations(session, ligne, reglement) if regard.voit("reclamations") else (),
    )


def _reclamations(session: Session, ligne: SujetBase, reglement: Reglement) -> tuple[str, ...]:
    """The réclamations on a dossier, each by the name `ami pourquoi` knows it by."""
    if not isinstance(ligne, Dossier) or "reclamation" not in reglement.sujets:
        return ()
    etats = reglement.workflow("reclamation").etat_par_code
    requete = select(Reclamation).where(Reclamation.dossier_id == ligne.id).order_by(col(Reclamation.id))
    return tuple(
        f"{sujet_de(r)} « {r.objet} », {decapiter(etats[r.etat].libelle)}"
        for r in session.exec(requete)
        if r.etat in etats
    )


def _noms(
    session: Session, regard: Regard, ligne: SujetBase, role: str | None, maintenant: datetime
) -> tuple[str, ...]:
    if role is None:
        return ()
    personnes = personnes_du_role(portee(session, ligne, SYSTEME, maintenant), role)
    return tuple(personne.nom_complet for personne in personnes if nommable(regard, role, personne))


def _sortie(
    session: Session, ligne: SujetBase, reglement: Reglement, transition: Transition, maintenant: datetime
) -> Sortie:
    acteur = SYSTEME if transition.automatique else Acteur(transition.roles[0])
    contexte = construire(
        session, ligne, reglement, acteur=acteur, donnees={}, maintenant=maintenant, acte=transition.acte
    )
    gardes = _gardes(reglement, transition)
    saisies = [garde for garde in gardes if _lit_la_saisie(garde.si)]
    etats = reglement.workflow(sujet_de(ligne).kind).etat_par_code
    vers = etats.get(transition.vers or ligne.etat or "")
    return Sortie(
        code=transition.code,
        libelle=transition.libelle,
        article=transition.article,
        acte=transition.acte,
        roles=tuple(transition.roles),
        vers=vers.libelle if vers is not None else "",
        due=_due(transition, contexte),
        constats=tuple(_constat(garde, contexte) for garde in gardes if garde not in saisies),
        a_la_saisie=tuple(garde.libelle for garde in saisies),
    )


def _gardes(reglement: Reglement, transition: Transition) -> list[Garde]:
    controle = reglement.controles[transition.controle] if transition.controle else []
    return [*controle, *transition.gardes]


def _lit_la_saisie(expression: str) -> bool:
    """True when an expression looks at what will be typed with the act: nobody knows yet."""
    return any(chemin.split(".")[0] == "donnees" for chemin in compile_expression(expression).chemins())


def _due(transition: Transition, contexte: Mapping[str, object]) -> bool | None:
    if transition.quand is None:
        return True
    try:
        return None if _lit_la_saisie(transition.quand) else est_due(transition, contexte)
    except EvaluationImpossible:
        return False


def _constat(garde: Garde, contexte: Mapping[str, object]) -> Constat:
    """The constat of a guard; one that looks at an answer not given yet is not met, and says so."""
    try:
        return evaluer_garde(garde, contexte)
    except EvaluationImpossible:
        raison = "L'information à vérifier n'a pas encore été donnée."
        return Constat(garde.code, garde.libelle, garde.article, False, "", "", raison, garde.defaut)
