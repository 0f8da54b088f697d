"""Who owes what in a campagne: act by act, from whom by name, since when, until when, and when the next reminder goes.

One line per act awaited: the échéances open (those of one act and one debtor together, the first to fall due named),
then what the état of each dossier or réclamation waits for beyond them: a role's act, the engine, a place.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlmodel import Session, col, select

from ami.destinataires import personnes_du_role, portee
from ami.interets import ORIGINE as INTERETS
from ami.models import Affectation, Campagne, Dossier, Echeance, Incident, Personne, SujetBase
from ami.queries_echeances import nommable, nommer
from ami.regards import Regard, lisibles
from ami.reglements import reglement_de
from ami.relances import prochaine_relance, relances_emises
from ami.sujets import SYSTEME, TABLES, Sujet, dossier_de, identifiant, sujet_de
from ami.vivier import DEMANDEE
from rules.calendrier import jour_legal
from rules.francais import capitaliser, decapiter, enumerer
from rules.modele import Etat, Reglement, Workflow
from rules.mots_actes import ACTES
from rules.mots_listes import ROLES

# Acts by which one leaves or contests: open to people, awaited from nobody.
JAMAIS_ATTENDUS: Final = frozenset({"abandonner", "se_desister", "resilier", "reclamer", "se_deporter"})
# The role whose persons are named by the dossier's affectations, not by their habilitation.
EVALUATEUR: Final = "evaluateur"
ECARTE: Final = "Mis de côté par le moteur"
_LOIN: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Attendu:
    """One act awaited. `qui` is empty when nobody holds the role; `retard` counts legal days since the due day."""

    numero: str
    titre: str
    etat: str
    quoi: str
    role: str
    qui: tuple[str, ...]
    courriels: tuple[str, ...]
    depuis: datetime
    jours: int
    echeance: datetime | None
    depassee: bool
    retard: int
    relance_le: datetime | None
    remarque: str = ""
    tu: bool = False  # somebody owes it whom who looks may not know

    @property
    def noms(self) -> str:
        """Who is awaited, by name when somebody is."""
        if self.qui:
            return ", ".join(self.qui)
        if self.tu:
            return ROLES[self.role].nom
        return ROLES[self.role].nom if self.role == SYSTEME.role else f"{ROLES[self.role].nom} (personne d'habilité)"


@dataclass(frozen=True)
class ResumePersonne:
    """What one person (or a role nobody holds) owes: how many acts, how many late, the longest delay and wait."""

    nom: str
    nombre: int
    en_retard: int
    retard_max: int
    jours_max: int


@dataclass(frozen=True)
class _Vue:
    """What every line needs to know of the campagne, read once."""

    session: Session
    regard: Regard
    reglement: Reglement
    maintenant: datetime
    echeances: Mapping[Sujet, list[Echeance]]
    emises: Mapping[int, Mapping[str, datetime]]
    incidents: Mapping[Sujet, str]


def attentes(
    session: Session,
    regard: Regard,
    campagne: Campagne,
    maintenant: datetime,
    *,
    courriel: str | None = None,
    role: str | None = None,
) -> list[Attendu]:
    """Every act awaited in a campagne (or from one person by address, or from one role) on what may be read.

    Reads only. The échéance passed for longest comes first, then the next to come, then those that wait for longest.
    """
    vue = _Vue(
        session,
        regard,
        reglement_de(session, identifiant(campagne)).reglement,
        maintenant,
        _echeances(session, campagne),
        relances_emises(session, campagne),
        _incidents(session) if regard.voit("conduite") else {},
    )
    adresse = courriel.strip().lower() if courriel else None
    lignes = [
        attendu
        for sujet in _sujets(session, regard, campagne, vue.reglement)
        for attendu in _du_sujet(vue, sujet)
        if role in (None, attendu.role) and (adresse is None or adresse in attendu.courriels)
    ]
    return sorted(lignes, key=lambda attendu: (attendu.echeance or _LOIN, -attendu.jours, attendu.numero, attendu.quoi))


def resumer(lignes: Iterable[Attendu]) -> list[ResumePersonne]:
    """The same by person, those who are latest first."""
    par_personne: dict[tuple[str, str], list[Attendu]] = defaultdict(list)
    for ligne in lignes:
        for qui in zip(ligne.qui, ligne.courriels, strict=True) if ligne.qui else ((ligne.noms, ""),):
            par_personne[qui].append(ligne)
    resumes = [
        ResumePersonne(
            nom=capitaliser(nom),
            nombre=len(dues),
            en_retard=sum(due.depassee for due in dues),
            retard_max=max(due.retard for due in dues),
            jours_max=max(due.jours for due in dues),
        )
        for (nom, _), dues in par_personne.items()
    ]
    return sorted(resumes, key=lambda r: (-r.retard_max, -r.en_retard, -r.nombre, r.nom))


def _sujets(session: Session, regard: Regard, campagne: Campagne, reglement: Reglement) -> Iterator[SujetBase]:
    """What has a workflow in the campagne, of the dossiers that may be read."""
    tous = session.exec(select(Dossier).where(Dossier.campagne_id == campagne.id))
    lus = {d.id for d in lisibles(session, regard, tous)}
    for kind in sorted(reglement.sujets):
        table = TABLES[kind]
        requete = select(table).where(table.campagne_id == campagne.id, col(table.etat).is_not(None))
        for ligne in session.exec(requete.order_by(col(table.id))):
            visible = isinstance(ligne, Dossier) or regard.voit("reclamations")
            if visible and dossier_de(session, ligne).id in lus:
                yield ligne


def _echeances(session: Session, campagne: Campagne) -> dict[Sujet, list[Echeance]]:
    requete = (
        select(Echeance)
        .where(Echeance.campagne_id == campagne.id, col(Echeance.fermee_le).is_(None))
        .order_by(col(Echeance.due_a), col(Echeance.id))
    )
    par_sujet: dict[Sujet, list[Echeance]] = defaultdict(list)
    for echeance in session.exec(requete):
        par_sujet[Sujet(echeance.sujet_kind, echeance.sujet_id)].append(echeance)
    return par_sujet


def _incidents(session: Session) -> dict[Sujet, str]:
    ouverts = session.exec(select(Incident).where(col(Incident.resolu_le).is_(None)).order_by(col(Incident.id)))
    dits: dict[Sujet, list[str]] = defaultdict(list)
    for i in ouverts:
        dits[Sujet(i.sujet_kind, i.sujet_id)].append(i.raison if i.origine == INTERETS else f"{ECARTE} : {i.raison}")
    return {sujet: " ".join(phrases) for sujet, phrases in dits.items()}


def _du_sujet(vue: _Vue, ligne: SujetBase) -> Iterator[Attendu]:
    """The lines of one sujet: its échéances, then what its état waits for beyond them."""
    sujet = sujet_de(ligne)
    workflow = vue.reglement.workflow(sujet.kind)
    etat = workflow.etat_par_code.get(ligne.etat or "")
    if etat is None:
        return
    possibles = {t.acte for t in workflow.depuis(etat.code) if t.acte}
    # What is owed past the end of the road is what can still be done there: money to give back.
    ouvertes = [e for e in vue.echeances.get(sujet, []) if not etat.final or e.acte in possibles]
    groupes: dict[tuple[str, str, int | None], list[Echeance]] = defaultdict(list)
    for echeance in ouvertes:
        groupes[echeance.acte, echeance.role, echeance.personne_id].append(echeance)
    for groupe in groupes.values():
        yield _par_echeance(vue, ligne, etat, groupe)
    dates = {e.acte for e in ouvertes if e.role == etat.attend}
    if not etat.final and not dates & set(_actes_attendus(workflow, etat, etat.attend)):
        yield _par_etat(vue, ligne, etat)


def _par_echeance(vue: _Vue, ligne: SujetBase, etat: Etat, groupe: Sequence[Echeance]) -> Attendu:
    """An act with a due date; the reminders of every échéance of the group count."""
    premiere, regles = groupe[0], vue.reglement.echeance_par_code
    relances = [
        prevue
        for e in groupe
        if e.code in regles and not etat.final
        for prevue in [prochaine_relance(regles[e.code], e, vue.emises.get(identifiant(e), {}), vue.maintenant)]
        if prevue is not None
    ]
    libelle = regles[premiere.code].libelle if premiere.code in regles else premiere.code
    personnes = _personnes(vue, ligne, premiere.role, premiere.personne_id)
    depuis = min(e.ouverte_le for e in groupe)
    return _attendu(
        vue, ligne, etat, libelle, premiere.role, personnes, depuis, premiere.due_a, min(relances, default=None)
    )


def _par_etat(vue: _Vue, ligne: SujetBase, etat: Etat) -> Attendu:
    """What an état waits for without a date: a role's act, else the engine, or a place."""
    role = etat.attend or SYSTEME.role
    personnes = _personnes(vue, ligne, role, None) if role != SYSTEME.role else []
    if role == EVALUATEUR and not personnes:
        role = SYSTEME.role  # every evaluation is in: the engine closes them
    depuis = ligne.etat_depuis or dossier_de(vue.session, ligne).cree_le
    return _attendu(vue, ligne, etat, _quoi(vue, ligne, etat, role), role, personnes, depuis, None, None)


def _quoi(vue: _Vue, ligne: SujetBase, etat: Etat, role: str) -> str:
    """What is awaited, in words: the acts of this role, what the engine will do, or a place."""
    workflow = vue.reglement.workflow(sujet_de(ligne).kind)
    if role == SYSTEME.role:
        if etat.liste_ordonnee and isinstance(ligne, Dossier):
            return f"Une place qui se libère (rang {ligne.rang})" if ligne.rang else "Une place qui se libère"
        libelles = [decapiter(t.libelle) for t in workflow.depuis(etat.code) if t.automatique]
        return capitaliser(enumerer(list(dict.fromkeys(libelles)), "ou")) or "Rien"
    actes = [ACTES[acte] for acte in _actes_attendus(workflow, etat, role)]
    return capitaliser(enumerer(actes, "ou")) or "Rien"


def _actes_attendus(workflow: Workflow, etat: Etat, role: str | None) -> list[str]:
    """The acts a role may do from an état: those that move its sujet, or all when none does."""
    ouvertes = [t for t in workflow.depuis(etat.code) if role in t.roles and t.acte not in JAMAIS_ATTENDUS]
    qui_avancent = [t for t in ouvertes if t.vers not in (None, etat.code)]
    return list(dict.fromkeys(t.acte for t in qui_avancent or ouvertes if t.acte))


def _personnes(vue: _Vue, ligne: SujetBase, role: str, personne_id: int | None) -> list[Personne]:
    """The person who owes it, or those who hold the role for this sujet."""
    if personne_id is not None:
        personne = vue.session.get(Personne, personne_id)
        return [personne] if personne is not None else []
    if role == EVALUATEUR:
        requete = (
            select(Personne)
            .join(Affectation, col(Affectation.personne_id) == col(Personne.id))
            .where(Affectation.dossier_id == dossier_de(vue.session, ligne).id, Affectation.statut == DEMANDEE)
            .order_by(col(Personne.id))
        )
        return list(vue.session.exec(requete))
    return personnes_du_role(portee(vue.session, ligne, SYSTEME, vue.maintenant), role)


def _attendu(
    vue: _Vue,
    ligne: SujetBase,
    etat: Etat,
    quoi: str,
    role: str,
    personnes: Sequence[Personne],
    depuis: datetime,
    echeance: datetime | None,
    relance_le: datetime | None,
) -> Attendu:
    sujet, dossier, jour = sujet_de(ligne), dossier_de(vue.session, ligne), jour_legal(vue.maintenant)
    connues = [personne for personne in personnes if nommable(vue.regard, role, personne)]
    depassee = echeance is not None and echeance < vue.maintenant
    return Attendu(
        numero=nommer(dossier.numero, sujet),
        titre=dossier.titre,
        etat=etat.libelle,
        quoi=quoi,
        role=role,
        qui=tuple(personne.nom_complet for personne in connues),
        courriels=tuple(personne.courriel.lower() for personne in connues),
        depuis=depuis,
        jours=(jour - jour_legal(depuis)).days,
        echeance=echeance,
        depassee=depassee,
        retard=(jour - jour_legal(echeance)).days if echeance is not None and depassee else 0,
        relance_le=relance_le,
        remarque=vue.incidents.get(sujet, ""),
        tu=bool(personnes) and not connues,
    )
