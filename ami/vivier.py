"""The pool of evaluators of a campagne: who may read which dossier, how fit they are for it, and how much they read.

Everything is read for many dossiers at once: a thousand cost as many queries as one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from ami.conflits import conflits_de_chacun
from ami.habilitations import EVALUATEUR, en_vigueur
from ami.models import (
    Affectation,
    AffectationPrevue,
    Dossier,
    DossierTerritoire,
    Habilitation,
    Personne,
    ProfilEvaluateur,
    Structure,
    Territoire,
)
from ami.saisie import aplatir
from ami.sujets import identifiant
from rules.modele import AffectationRegle, Grille

DEMANDEE: Final = "demandee"
RENDUE: Final = "rendue"
DEPORTEE: Final = "deportee"
CLOSE: Final = "close"

Couple = tuple[int, int]
"""A dossier and a person."""


@dataclass(frozen=True)
class Vivier:
    """Who could read some dossiers, in the order of their identifiers.

    `ecartes` says, by dossier then person, why somebody may not: a conflict of interest, or no role on that dossier.
    """

    personnes: dict[int, Personne]
    profils: dict[int, ProfilEvaluateur]
    ecartes: dict[int, dict[int, str]]

    def libres(self, dossier: Dossier) -> list[int]:
        """Those who may read a dossier."""
        ecartes = self.ecartes[identifiant(dossier)]
        return [personne_id for personne_id in self.personnes if personne_id not in ecartes]

    def charge_max(self, personne_id: int) -> int | None:
        """How many dossiers of a campagne a person accepts; None: no limit."""
        profil = self.profils.get(personne_id)
        return profil.charge_max if profil is not None else None

    def place(self, personne_id: int, charges: Mapping[int, int]) -> bool:
        """True when a person accepts one dossier more."""
        borne = self.charge_max(personne_id)
        return borne is None or charges.get(personne_id, 0) < borne


def lire_vivier(session: Session, dossiers: Sequence[Dossier], maintenant: datetime) -> Vivier:
    """The evaluators who hold the role today on the campagne of the dossiers, or on one of them."""
    roles = _habilitations(session, {d.campagne_id for d in dossiers}, {identifiant(d) for d in dossiers}, maintenant)
    personnes = {identifiant(personne): personne for personne in _personnes(session, roles)}
    ecartes = conflits_de_chacun(session, dossiers, list(personnes.values()))
    for dossier in dossiers:
        admises = {h.personne_id for h in roles if dossier.id == h.dossier_id or dossier.campagne_id == h.campagne_id}
        for personne_id in personnes.keys() - admises:
            ecartes[identifiant(dossier)].setdefault(personne_id, "cette personne n'évalue pas ce dossier")
    return Vivier(personnes, profils_de(session, personnes), ecartes)


def evaluateurs_de(session: Session, campagne_id: int, maintenant: datetime) -> list[Personne]:
    """Everybody who holds the role today on a campagne, or on one of its dossiers."""
    dossiers = session.exec(select(Dossier.id).where(Dossier.campagne_id == campagne_id))
    return _personnes(session, _habilitations(session, {campagne_id}, {d for d in dossiers if d}, maintenant))


def _personnes(session: Session, roles: Iterable[Habilitation]) -> list[Personne]:
    requete = select(Personne).where(col(Personne.id).in_({h.personne_id for h in roles}))
    return list(session.exec(requete.order_by(col(Personne.id))))


def _habilitations(
    session: Session, campagnes: Collection[int], dossiers: Collection[int], maintenant: datetime
) -> list[Habilitation]:
    portee = or_(col(Habilitation.campagne_id).in_(campagnes), col(Habilitation.dossier_id).in_(dossiers))
    requete = select(Habilitation).where(
        Habilitation.role == EVALUATEUR,
        portee,
        *en_vigueur(maintenant),
    )
    return list(session.exec(requete))


def profils_de(session: Session, personnes: Iterable[int]) -> dict[int, ProfilEvaluateur]:
    """What those persons know and accept, for those who said so."""
    requete = select(ProfilEvaluateur).where(col(ProfilEvaluateur.personne_id).in_(list(personnes)))
    return {profil.personne_id: profil for profil in session.exec(requete)}


def charges(session: Session, campagne_id: int) -> dict[int, int]:
    """How many dossiers of the campagne each evaluator was given (those they withdrew from do not count)."""
    requete = (
        select(Affectation.personne_id, func.count())
        .join(Dossier, col(Dossier.id) == col(Affectation.dossier_id))
        .where(Dossier.campagne_id == campagne_id, Affectation.statut != DEPORTEE)
        .group_by(col(Affectation.personne_id))
    )
    return dict(session.exec(requete).all())


def prevues(session: Session, campagne_id: int) -> list[AffectationPrevue]:
    """The plan of the campagne, in a fixed order."""
    requete = (
        select(AffectationPrevue)
        .join(Dossier, col(Dossier.id) == col(AffectationPrevue.dossier_id))
        .where(Dossier.campagne_id == campagne_id)
        .order_by(col(AffectationPrevue.dossier_id), col(AffectationPrevue.personne_id))
    )
    return list(session.exec(requete))


def avec_les_prevues(deja: Mapping[int, int], plan: Iterable[AffectationPrevue]) -> dict[int, int]:
    """Loads once the plan is carried out."""
    comptes = defaultdict(int, deja)
    for prevue in plan:
        comptes[prevue.personne_id] += 1
    return dict(comptes)


# --- fit --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Lieux:
    """The regions of each dossier (its quartiers', its porteur's) and of each person (declared, of their structure)."""

    dossiers: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    personnes: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


def aptitudes(session: Session, grille: Grille, dossiers: Sequence[Dossier], vivier: Vivier) -> dict[Couple, int]:
    """How fit each person is for each dossier, in the points of the règlement (absent: none)."""
    regle, lieux = grille.affectation, _lieux(session, dossiers, vivier)
    savoirs = {p: {aplatir(c) for c in profil.competences} for p, profil in vivier.profils.items()}
    points: dict[Couple, int] = {}
    for dossier in dossiers:
        dossier_id, reponses = identifiant(dossier), _reponses(dossier, regle)
        for personne_id in vivier.personnes:
            sues = sum(1 for lues in reponses if lues & savoirs.get(personne_id, set()))
            proche = bool(lieux.dossiers[dossier_id] & lieux.personnes[personne_id])
            points[dossier_id, personne_id] = sues * regle.points_competence + proche * regle.points_region
    return points


def _reponses(dossier: Dossier, regle: AffectationRegle) -> list[set[str]]:
    """For each question read, the answers given."""
    lues = [dossier.reponses.get(code) for code in regle.competences]
    return [{aplatir(str(r)) for r in (lue if isinstance(lue, list) else [lue]) if r} for lue in lues]


def _lieux(session: Session, dossiers: Sequence[Dossier], vivier: Vivier) -> _Lieux:
    lieux = _Lieux()
    structures = {d.porteur_id for d in dossiers} | {p.structure_id for p in vivier.personnes.values()}
    requete = select(Structure.id, Structure.region).where(col(Structure.id).in_(structures - {None}))
    regions = {structure_id: aplatir(region or "") for structure_id, region in session.exec(requete)}
    for dossier in dossiers:
        lieux.dossiers[identifiant(dossier)].add(regions.get(dossier.porteur_id, ""))
    quartiers = (
        select(DossierTerritoire.dossier_id, Territoire.region)
        .join(Territoire, col(Territoire.code) == col(DossierTerritoire.code))
        .where(col(DossierTerritoire.dossier_id).in_(list(lieux.dossiers)))
        .distinct()
    )
    for dossier_id, region in session.exec(quartiers):
        lieux.dossiers[dossier_id].add(aplatir(region or ""))
    for personne_id, personne in vivier.personnes.items():
        profil = vivier.profils.get(personne_id)
        declarees = {aplatir(region) for region in profil.regions} if profil is not None else set()
        lieux.personnes[personne_id] = (declarees | {regions.get(personne.structure_id, "")}) - {""}
    return lieux
