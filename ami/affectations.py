"""Who evaluates a dossier: those planned for it while they still may, else the best by an exact computation.

Never someone in conflict (`ami.conflits`), nor someone already asked or withdrawn, nor beyond what a person accepts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from ami.choix.affectation import Demande, Lecteur, Repartition, RepartitionImpossible, repartir
from ami.choix.solveur import SolveurMuet
from ami.conflits import en_conflit, sans_conflit
from ami.erreurs import Refus
from ami.models import Affectation, AffectationPrevue, Deport, Dossier, Personne, ScoreFige
from ami.scores import en_conflit_ici
from ami.sujets import identifiant
from ami.vivier import (
    CLOSE,
    DEMANDEE,
    DEPORTEE,
    RENDUE,
    Couple,
    Vivier,
    aptitudes,
    avec_les_prevues,
    charges,
    lire_vivier,
    prevues,
)
from rules.modele import Grille


def affecter_evaluateurs(session: Session, dossier: Dossier, grille: Grille, maintenant: datetime) -> list[Personne]:
    """Ask the evaluators the grille wants, minus those the dossier already has; return those newly asked.

    A dossier whose former evaluations were closed starts a new round: its evaluators are asked again. A déport is never
    blocked for want of a replacement, since nobody may be kept in conflict: the dossier then waits for the minimum of
    evaluations.

    Raises:
        Refus: first demand, and the pool is too small to give the dossier its evaluators.
    """
    rappeles = _ouvrir_nouveau_tour(session, dossier, maintenant)
    manquent = max(0, grille.evaluateurs_par_dossier - len(vivantes(session, dossier)))
    choisis = _choisir(session, dossier, grille, manquent, maintenant) if manquent else []
    if len(choisis) < manquent and not _a_des_deports(session, dossier):
        raise _vivier_trop_petit(dossier, manquent, len(choisis))
    _demander(session, dossier, choisis, maintenant)
    _oublier_le_plan(session, dossier)
    return rappeles + choisis


def demander_supplementaire(session: Session, dossier: Dossier, grille: Grille, maintenant: datetime) -> list[Personne]:
    """Ask one evaluator more than the grille wants, because the others disagree; nobody when nobody may."""
    choisis = _choisir(session, dossier, grille, 1, maintenant)
    _demander(session, dossier, choisis, maintenant, supplementaire=True)
    return choisis


def remplacer_en_conflit(session: Session, dossier: Dossier, grille: Grille, maintenant: datetime) -> list[Personne]:
    """Set aside the evaluators in whom a conflict was found, then ask those the dossier lacks; return those asked."""
    ecarter_en_conflit(session, dossier, maintenant)
    return affecter_evaluateurs(session, dossier, grille, maintenant)


def ecarter_en_conflit(session: Session, dossier: Dossier, maintenant: datetime) -> None:
    """Withdraw the evaluators who have an interest in the dossier, as they should have: the reason found is kept.

    Their notes stay written and count no more, whatever becomes of the interest.
    """
    affectations = session.exec(select(Affectation).where(Affectation.dossier_id == dossier.id)).all()
    for affectation in en_conflit_ici(session, dossier, affectations):
        personne = session.get_one(Personne, affectation.personne_id)
        motif = f"Intérêt trouvé après la demande d'évaluation : {en_conflit(session, dossier, personne)}."
        affectation.statut = DEPORTEE
        ici = {"dossier_id": identifiant(dossier), "personne_id": affectation.personne_id}
        if session.exec(select(Deport).filter_by(**ici)).first() is None:
            session.add(Deport(**ici, motif=motif, declare_le=maintenant))
    session.flush()


def evaluateur_libre(session: Session, dossier: Dossier, maintenant: datetime) -> bool:
    """True when somebody could be asked to read the dossier besides those it has."""
    tirage = _preparer(session, dossier, maintenant)
    return any(tirage.vivier.place(personne_id, tirage.charges) for personne_id in tirage.libres)


def rouvertes(session: Session, dossier: Dossier, maintenant: datetime) -> list[Personne]:
    """The evaluators whose evaluation this very act brought back to draft."""
    requete = (
        select(Personne)
        .join(Affectation, col(Affectation.personne_id) == col(Personne.id))
        .where(
            Affectation.dossier_id == dossier.id,
            Affectation.statut == DEMANDEE,
            Affectation.demandee_le == maintenant,
        )
        .order_by(col(Personne.id))
    )
    return list(session.exec(requete))


def vivantes(session: Session, dossier: Dossier) -> list[Affectation]:
    """The evaluations asked or rendered, further ones left out: those the grille counts."""
    requete = select(Affectation).where(
        Affectation.dossier_id == dossier.id,
        col(Affectation.statut).in_((DEMANDEE, RENDUE)),
        col(Affectation.supplementaire).is_(False),
    )
    return list(session.exec(requete))


# --- choosing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tirage:
    """What a choice for one dossier is made from: the pool, those free to read it, the loads, the plan."""

    vivier: Vivier
    libres: list[int]
    charges: dict[int, int]
    plan: list[AffectationPrevue]


def _preparer(session: Session, dossier: Dossier, maintenant: datetime) -> _Tirage:
    vivier = lire_vivier(session, [dossier], maintenant)
    deja = set(session.exec(select(Affectation.personne_id).where(Affectation.dossier_id == dossier.id)))
    libres = [personne_id for personne_id in vivier.libres(dossier) if personne_id not in deja]
    return _Tirage(vivier, libres, charges(session, dossier.campagne_id), prevues(session, dossier.campagne_id))


def _choisir(session: Session, dossier: Dossier, grille: Grille, nombre: int, maintenant: datetime) -> list[Personne]:
    """The persons to ask, as many as may be found up to `nombre`: those planned first, then the best of the others."""
    tirage = _preparer(session, dossier, maintenant)
    pouvant = [p for p in tirage.libres if tirage.vivier.place(p, tirage.charges)]
    promis = {prevue.personne_id for prevue in tirage.plan if prevue.dossier_id == dossier.id}
    tenus = [p for p in pouvant if p in promis][:nombre]
    autres = [p for p in pouvant if p not in tenus]
    reste = min(nombre - len(tenus), len(autres))
    choisis = tenus + (_meilleurs(session, dossier, grille, tirage, autres, reste, maintenant) if reste else [])
    return [tirage.vivier.personnes[personne_id] for personne_id in choisis]


def _meilleurs(
    session: Session,
    dossier: Dossier,
    grille: Grille,
    tirage: _Tirage,
    candidats: Sequence[int],
    nombre: int,
    maintenant: datetime,
) -> list[int]:
    """The best of some candidates, whose number suffices.

    Those whom the plan of other dossiers leaves room are enough, most often; else the plan moves where it must, and
    when it cannot, it gives way: what is asked now comes before what is only planned.
    """
    points = aptitudes(session, grille, [dossier], tirage.vivier)
    autres = [prevue for prevue in tirage.plan if prevue.dossier_id != dossier.id]
    alors = avec_les_prevues(tirage.charges, autres)
    tranquilles = [p for p in candidats if tirage.vivier.place(p, alors)]
    if len(tranquilles) >= nombre:
        return _resoudre(dossier, nombre, tranquilles, points, alors, tirage.vivier)
    deplaces = _deplacer_le_moins(session, dossier, grille, candidats, nombre, autres, maintenant)
    return deplaces or _resoudre(dossier, nombre, candidats, points, tirage.charges, tirage.vivier)


def _resoudre(
    dossier: Dossier,
    nombre: int,
    candidats: Sequence[int],
    points: Mapping[Couple, int],
    deja: Mapping[int, int],
    vivier: Vivier,
) -> list[int]:
    """The exact choice for one dossier; what the fit leaves equal goes to the lightest load, then the first known."""
    dossier_id, pas = identifiant(dossier), nombre * len(candidats) + 1
    rangs = {p: rang for rang, p in enumerate(sorted(candidats, key=lambda p: (deja.get(p, 0), p)))}
    gains = {
        (dossier.numero, clef(p)): points.get((dossier_id, p), 0) * pas + len(candidats) - rangs[p] for p in candidats
    }
    lecteurs = [lecteur(p, deja, vivier) for p in candidats]
    trouvee = repartir([Demande(dossier=dossier.numero, nombre=nombre)], lecteurs, gains)
    return sorted(int(evaluateur) for _, evaluateur in trouvee.paires)


def clef(personne_id: int) -> str:
    """How the solver calls a person: its order is that of the identifiers."""
    return f"{personne_id:012d}"


def lecteur(personne_id: int, deja: Mapping[int, int], vivier: Vivier) -> Lecteur:
    """A person as the solver sees them."""
    return Lecteur(
        evaluateur=clef(personne_id), charge=deja.get(personne_id, 0), charge_max=vivier.charge_max(personne_id)
    )


# --- the plan of the others -------------------------------------------------------------------------------------------


def _deplacer_le_moins(
    session: Session,
    dossier: Dossier,
    grille: Grille,
    candidats: Collection[int],
    nombre: int,
    plan: Sequence[AffectationPrevue],
    maintenant: datetime,
) -> list[int]:
    """Choose for a dossier and move as few planned readings of the others as can be; nothing when it cannot be."""
    visees = {prevue.dossier_id for prevue in plan}
    dossiers = [dossier, *session.exec(select(Dossier).where(col(Dossier.id).in_(visees)).order_by(col(Dossier.id)))]
    vivier = lire_vivier(session, dossiers, maintenant)
    points = aptitudes(session, grille, dossiers, vivier)
    try:
        trouvee = _repartir_avec_le_plan(session, dossiers, vivier, points, candidats, nombre, plan)
    except (RepartitionImpossible, SolveurMuet):
        return []
    ids = {d.numero: identifiant(d) for d in dossiers}
    couples = {(ids[numero], int(evaluateur)) for numero, evaluateur in trouvee.paires}
    siens = {couple for couple in couples if couple[0] == identifiant(dossier)}
    recrire_le_plan(session, plan, couples - siens, points, maintenant)
    return sorted(personne_id for _, personne_id in siens)


def _repartir_avec_le_plan(
    session: Session,
    dossiers: Sequence[Dossier],
    vivier: Vivier,
    points: Mapping[Couple, int],
    candidats: Collection[int],
    nombre: int,
    plan: Sequence[AffectationPrevue],
) -> Repartition:
    """The first dossier gets `nombre` of the candidates, the others as many as planned, most of them the same."""
    premier, *suivants = dossiers
    numeros = {identifiant(d): d.numero for d in dossiers}
    demandes = [Demande(dossier=premier.numero, nombre=nombre)]
    demandes += [Demande(dossier=d.numero, nombre=sum(p.dossier_id == d.id for p in plan)) for d in suivants]
    exclus = {(numeros[d], clef(p)) for d, ecartes in vivier.ecartes.items() for p in ecartes}
    exclus |= {(premier.numero, clef(p)) for p in vivier.personnes if p not in candidats}
    exclus |= {(numeros[d], clef(p)) for d, p in deja_demandes(session, suivants)}
    deja = charges(session, premier.campagne_id)
    return repartir(
        demandes,
        [lecteur(p, deja, vivier) for p in vivier.personnes],
        {(numeros[d], clef(p)): valeur for (d, p), valeur in points.items()},
        exclus,
        {(numeros[p.dossier_id], clef(p.personne_id)) for p in plan},
    )


def deja_demandes(session: Session, dossiers: Sequence[Dossier]) -> list[Couple]:
    requete = select(Affectation.dossier_id, Affectation.personne_id).where(
        col(Affectation.dossier_id).in_([dossier.id for dossier in dossiers])
    )
    return [(dossier_id, personne_id) for dossier_id, personne_id in session.exec(requete)]


def recrire_le_plan(
    session: Session,
    plan: Sequence[AffectationPrevue],
    voulus: Collection[Couple],
    points: Mapping[Couple, int],
    maintenant: datetime,
) -> None:
    """Write only what changes: a planned reading that stays keeps its row."""
    actuels = {(prevue.dossier_id, prevue.personne_id): prevue for prevue in plan}
    for couple, prevue in actuels.items():
        if couple not in voulus:
            session.delete(prevue)
    session.flush()
    for dossier_id, personne_id in sorted(set(voulus) - actuels.keys()):
        aptitude = points.get((dossier_id, personne_id), 0)
        session.add(
            AffectationPrevue(dossier_id=dossier_id, personne_id=personne_id, aptitude=aptitude, prevue_le=maintenant)
        )
    session.flush()


def _oublier_le_plan(session: Session, dossier: Dossier) -> None:
    """A dossier whose evaluators are asked is no longer planned."""
    for prevue in session.exec(select(AffectationPrevue).where(AffectationPrevue.dossier_id == dossier.id)):
        session.delete(prevue)
    session.flush()


# --- asking -----------------------------------------------------------------------------------------------------------


def _demander(
    session: Session,
    dossier: Dossier,
    personnes: Sequence[Personne],
    maintenant: datetime,
    *,
    supplementaire: bool = False,
) -> None:
    session.add_all(
        Affectation(
            dossier_id=identifiant(dossier),
            personne_id=identifiant(personne),
            demandee_le=maintenant,
            supplementaire=supplementaire,
        )
        for personne in personnes
    )
    session.flush()


def _a_des_deports(session: Session, dossier: Dossier) -> bool:
    requete = select(Affectation.id).where(Affectation.dossier_id == dossier.id, Affectation.statut == DEPORTEE)
    return session.exec(requete).first() is not None


def _ouvrir_nouveau_tour(session: Session, dossier: Dossier, maintenant: datetime) -> list[Personne]:
    """A dossier scored once and sent to evaluation again: its evaluators still free to judge are asked afresh.

    Their former notes stay as drafts to start from; the frozen score, which was of the former study, goes.
    """
    fige = session.exec(select(ScoreFige).where(ScoreFige.dossier_id == dossier.id)).first()
    if fige is None:
        return []
    session.delete(fige)
    anciennes = {a.personne_id: a for a in _anciennes(session, dossier)}
    habilitees = lire_vivier(session, [dossier], maintenant).personnes
    libres = sans_conflit(session, dossier, [p for p in habilitees.values() if p.id in anciennes])
    gardes = {p.id for p in libres}
    for personne_id, affectation in anciennes.items():
        _rouvrir(affectation, maintenant, garder=personne_id in gardes)
    session.flush()
    return libres


def _anciennes(session: Session, dossier: Dossier) -> list[Affectation]:
    requete = select(Affectation).where(Affectation.dossier_id == dossier.id, Affectation.statut != DEPORTEE)
    return list(session.exec(requete.order_by(col(Affectation.id))))


def _rouvrir(affectation: Affectation, maintenant: datetime, *, garder: bool) -> None:
    affectation.statut = DEMANDEE if garder else CLOSE
    affectation.supplementaire = False  # a new round: they are the evaluators of the dossier, all of them
    affectation.rendue_le = None
    affectation.demandee_le = maintenant


def _vivier_trop_petit(dossier: Dossier, manquent: int, trouves: int) -> Refus:
    return Refus(
        f"Le dossier {dossier.numero} a besoin de {manquent} évaluateur(s) de plus et {trouves} seulement peuvent le "
        "lire, sans conflit d'intérêts et dans la charge qu'ils acceptent. Habilitez d'autres évaluateurs sur la "
        "campagne, ou relevez une charge (« ami evaluateurs profil »), puis recommencez."
    )
