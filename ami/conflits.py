"""Who may not judge a dossier, and why: interests declared, and interests found in the records.

A conflict is the same for every act and every reading: an evaluator who reads, notes or exports, a member of the comité
who votes. Sources: domain §9 (an evaluator with a conflict of interest withdraws), règlement « deport_obligatoire ».
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from ami.models import (
    Deport,
    Dossier,
    DossierTerritoire,
    Enveloppe,
    Habilitation,
    Interet,
    LignePlan,
    Partenaire,
    Personne,
    Structure,
    Territoire,
)
from ami.saisie import aplatir
from ami.sujets import identifiant
from rules.vocabulaire import Role

# Roles held on one dossier that leave its holder free to judge it.
JUGES: Final[tuple[Role, ...]] = ("evaluateur", "membre_comite")


def en_conflit(session: Session, dossier: Dossier, personne: Personne, *, siege: bool = False) -> str | None:
    """Why this person may not judge this dossier (French, starts with a small letter); None when they may."""
    return conflits(session, dossier, [personne], siege=siege).get(personne.id or 0)


def sans_conflit(session: Session, dossier: Dossier, personnes: Sequence[Personne]) -> list[Personne]:
    """Those who may judge the dossier, in the order given."""
    ecartes = conflits(session, dossier, personnes)
    return [personne for personne in personnes if (personne.id or 0) not in ecartes]


def conflits(
    session: Session, dossier: Dossier, personnes: Sequence[Personne], *, siege: bool = False
) -> dict[int, str]:
    """The reason of each person who may not judge the dossier, by person.

    A déport declared; another role on this very dossier; an interest declared in one of its structures or communes; the
    same structure as the porteur, the accompagnateur, a partner or a financeur (of the campagne or the plan); a
    structure seated in a commune of the dossier. To sit in the comité (`siege`), paying is no conflict: financeurs are
    its members.
    """
    return conflits_de_chacun(session, [dossier], personnes, siege=siege)[identifiant(dossier)]


def conflits_de_chacun(
    session: Session, dossiers: Sequence[Dossier], personnes: Sequence[Personne], *, siege: bool = False
) -> dict[int, dict[int, str]]:
    """The same for many dossiers, by dossier then person: as many queries for a thousand as for one."""
    lot = _Lot(session, dossiers, personnes)
    trouves: dict[int, dict[int, str]] = {identifiant(dossier): {} for dossier in dossiers}
    for cherche in _RECHERCHES:
        for dossier_id, personne_id, motif in cherche(lot):
            if not (siege and motif in _DES_FINANCEURS):
                trouves[dossier_id].setdefault(personne_id, motif)
    return trouves


@dataclass
class _Lot:
    """The dossiers and persons looked at together, and what several searches read of them."""

    session: Session
    dossiers: Sequence[Dossier]
    personnes: Sequence[Personne]

    @cached_property
    def ids(self) -> list[int]:
        """The dossiers."""
        return [identifiant(dossier) for dossier in self.dossiers]

    @cached_property
    def ids_personnes(self) -> list[int]:
        """The persons."""
        return [personne.id for personne in self.personnes if personne.id is not None]

    @cached_property
    def par_structure(self) -> dict[int, list[int]]:
        """The persons of each structure."""
        gens: dict[int, list[int]] = defaultdict(list)
        for personne in self.personnes:
            if personne.structure_id is not None:
                gens[personne.structure_id].append(personne.id or 0)
        return gens

    @cached_property
    def liees(self) -> dict[int, dict[int, str]]:
        """Structures with a stake in each dossier, and which."""
        return _structures_liees(self)

    @cached_property
    def communes(self) -> dict[int, set[str]]:
        """Communes of the quartiers each dossier names, ready to compare."""
        return _communes(self)


Trouves = Iterator[tuple[int, int, str]]  # dossier, person, why
_DU_PLAN: Final = "sa structure finance ce dossier"
_DE_LA_CAMPAGNE: Final = "sa structure finance cette campagne"
_DES_FINANCEURS: Final = (_DU_PLAN, _DE_LA_CAMPAGNE)


def _deports(lot: _Lot) -> Trouves:
    requete = select(Deport.dossier_id, Deport.personne_id).where(
        col(Deport.dossier_id).in_(lot.ids), col(Deport.personne_id).in_(lot.ids_personnes)
    )
    for dossier_id, personne_id in lot.session.exec(requete):
        yield dossier_id, personne_id, "cette personne s'est déportée"


def _roles(lot: _Lot) -> Trouves:
    requete = select(Habilitation.dossier_id, Habilitation.personne_id).where(
        col(Habilitation.dossier_id).in_(lot.ids),
        col(Habilitation.role).not_in(JUGES),
        col(Habilitation.personne_id).in_(lot.ids_personnes),
    )
    for dossier_id, personne_id in lot.session.exec(requete):
        yield dossier_id or 0, personne_id, "cette personne tient un autre rôle sur ce dossier"


def _interets(lot: _Lot) -> Trouves:
    requete = select(Interet).where(col(Interet.personne_id).in_(lot.ids_personnes))
    for interet in lot.session.exec(requete):
        commune = aplatir(interet.commune or "")
        for dossier_id in lot.ids:
            if interet.structure_id in lot.liees[dossier_id] or commune in lot.communes[dossier_id]:
                yield dossier_id, interet.personne_id, "cette personne a déclaré un intérêt dans ce dossier"


def _structures(lot: _Lot) -> Trouves:
    for dossier_id, liees in lot.liees.items():
        for structure_id in liees.keys() & lot.par_structure.keys():
            for personne_id in lot.par_structure[structure_id]:
                yield dossier_id, personne_id, liees[structure_id]


def _territoires(lot: _Lot) -> Trouves:
    """Whoever works from the very commune of the project is too near to judge it."""
    if not any(lot.communes.values()):
        return
    requete = select(Structure.id, Structure.commune).where(col(Structure.id).in_(list(lot.par_structure)))
    voisins: dict[str, list[int]] = defaultdict(list)
    for structure_id, commune in lot.session.exec(requete):
        voisins[aplatir(commune or "")] += lot.par_structure[structure_id or 0]
    for dossier_id, communes in lot.communes.items():
        for commune in communes & voisins.keys():
            for personne_id in voisins[commune]:
                yield dossier_id, personne_id, "sa structure a son siège dans la commune du projet"


_RECHERCHES: Final[tuple[Callable[[_Lot], Trouves], ...]] = (_deports, _roles, _interets, _structures, _territoires)


def _structures_liees(lot: _Lot) -> dict[int, dict[int, str]]:
    """Who carries each dossier, helps it, takes part in it, pays for it; the first reason found is the one said."""
    liees: dict[int, dict[int, str]] = {dossier_id: {} for dossier_id in lot.ids}
    payeurs = _payeurs_de_campagne(lot)
    directes = [(identifiant(d), d.porteur_id, "sa structure porte ce dossier") for d in lot.dossiers]
    directes += [(identifiant(d), d.accompagnateur_id, "sa structure accompagne ce dossier") for d in lot.dossiers]
    directes += [(d, s, "sa structure est partenaire du dossier") for d, s in _partenaires(lot)]
    directes += [(identifiant(d), s, _DE_LA_CAMPAGNE) for d in lot.dossiers for s in payeurs[d.campagne_id]]
    directes += [(d, s, _DU_PLAN) for d, s in _payeurs_du_plan(lot)]
    for dossier_id, structure_id, motif in directes:
        if structure_id is not None:
            liees[dossier_id].setdefault(structure_id, motif)
    return liees


def _partenaires(lot: _Lot) -> list[tuple[int, int]]:
    requete = select(Partenaire.dossier_id, Partenaire.structure_id).where(col(Partenaire.dossier_id).in_(lot.ids))
    return [(dossier_id, structure_id) for dossier_id, structure_id in lot.session.exec(requete)]


def _payeurs_de_campagne(lot: _Lot) -> dict[int, set[int]]:
    campagnes = {dossier.campagne_id for dossier in lot.dossiers}
    payeurs: dict[int, set[int]] = {campagne_id: set() for campagne_id in campagnes}
    requete = select(Enveloppe.campagne_id, Enveloppe.financeur_id).where(col(Enveloppe.campagne_id).in_(campagnes))
    for campagne_id, financeur_id in lot.session.exec(requete):
        payeurs[campagne_id].add(financeur_id)
    return payeurs


def _payeurs_du_plan(lot: _Lot) -> Iterator[tuple[int, int]]:
    """The structures named as financeurs by the plans: names typed by people, a capital must not hide an interest."""
    nom = func.lower(LignePlan.financeur)
    lignes = lot.session.exec(
        select(LignePlan.dossier_id, nom).where(col(LignePlan.dossier_id).in_(lot.ids)).distinct()
    )
    cites: dict[str, list[int]] = defaultdict(list)
    for dossier_id, financeur in lignes:
        cites[financeur].append(dossier_id)
    connues = select(Structure.id, func.lower(Structure.nom)).where(func.lower(Structure.nom).in_(list(cites)))
    for structure_id, financeur in lot.session.exec(connues) if cites else ():
        for dossier_id in cites[financeur]:
            yield dossier_id, structure_id or 0


def _communes(lot: _Lot) -> dict[int, set[str]]:
    communes: dict[int, set[str]] = {dossier_id: set() for dossier_id in lot.ids}
    requete = (
        select(DossierTerritoire.dossier_id, Territoire.commune)
        .join(Territoire, col(DossierTerritoire.code) == col(Territoire.code))
        .where(col(DossierTerritoire.dossier_id).in_(lot.ids))
    )
    for dossier_id, commune in lot.session.exec(requete):
        communes[dossier_id].add(aplatir(commune or ""))
    return {dossier_id: trouvees - {""} for dossier_id, trouvees in communes.items()}
