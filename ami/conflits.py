"""Who may not judge a dossier, and why: interests declared, and interests found in the records.

A conflict is the same for every act and every reading: an evaluator who reads, notes or exports, a member of the comité
who votes. Sources: domain §9 (an evaluator with a conflict of interest withdraws), règlement « deport_obligatoire ».
"""

from collections.abc import Callable, Sequence
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
    trouves: dict[int, str] = {}
    for cherche in _RECHERCHES:
        for personne_id, motif in cherche(session, dossier, personnes).items():
            if not (siege and motif in _DES_FINANCEURS):
                trouves.setdefault(personne_id, motif)
    return trouves


Trouves = dict[int, str]
_DU_PLAN: Final = "sa structure finance ce dossier"
_DE_LA_CAMPAGNE: Final = "sa structure finance cette campagne"
_DES_FINANCEURS: Final = (_DU_PLAN, _DE_LA_CAMPAGNE)


def _deports(session: Session, dossier: Dossier, personnes: Sequence[Personne]) -> Trouves:
    requete = select(Deport.personne_id).where(
        Deport.dossier_id == dossier.id, col(Deport.personne_id).in_(_ids(personnes))
    )
    return dict.fromkeys(session.exec(requete), "cette personne s'est déportée")


def _roles(session: Session, dossier: Dossier, personnes: Sequence[Personne]) -> Trouves:
    requete = select(Habilitation.personne_id).where(
        Habilitation.dossier_id == dossier.id,
        col(Habilitation.role).not_in(JUGES),
        col(Habilitation.personne_id).in_(_ids(personnes)),
    )
    return dict.fromkeys(session.exec(requete), "cette personne tient un autre rôle sur ce dossier")


def _interets(session: Session, dossier: Dossier, personnes: Sequence[Personne]) -> Trouves:
    liees, communes = _structures_liees(session, dossier), _communes(session, dossier)
    requete = select(Interet).where(col(Interet.personne_id).in_(_ids(personnes)))
    return {
        i.personne_id: "cette personne a déclaré un intérêt dans ce dossier"
        for i in session.exec(requete)
        if i.structure_id in liees or _plat(i.commune) in communes
    }


def _structures(session: Session, dossier: Dossier, personnes: Sequence[Personne]) -> Trouves:
    liees = _structures_liees(session, dossier)
    return {p.id or 0: liees[p.structure_id] for p in personnes if p.structure_id in liees}


def _territoires(session: Session, dossier: Dossier, personnes: Sequence[Personne]) -> Trouves:
    """Whoever works from the very commune of the project is too near to judge it."""
    communes = _communes(session, dossier)
    sieges = _sieges(session, personnes) if communes else {}
    voisins = {structure for structure, commune in sieges.items() if _plat(commune) in communes}
    motif = "sa structure a son siège dans la commune du projet"
    return {p.id or 0: motif for p in personnes if p.structure_id in voisins}


_RECHERCHES: Final[tuple[Callable[[Session, Dossier, Sequence[Personne]], Trouves], ...]] = (
    _deports,
    _roles,
    _interets,
    _structures,
    _territoires,
)


def _structures_liees(session: Session, dossier: Dossier) -> dict[int | None, str]:
    """Structures with a stake in the dossier, and which: who carries it, helps it, takes part in it, pays for it."""
    enveloppes = select(Enveloppe.financeur_id).where(Enveloppe.campagne_id == dossier.campagne_id)
    # Names typed by people: a capital letter must not hide an interest.
    noms = select(func.lower(LignePlan.financeur)).where(LignePlan.dossier_id == dossier.id)
    du_plan = select(Structure.id).where(func.lower(Structure.nom).in_(noms))
    partenaires = select(Partenaire.structure_id).where(Partenaire.dossier_id == dossier.id)
    ids: list[tuple[str, list[int | None]]] = [
        (_DU_PLAN, [*session.exec(du_plan)]),
        (_DE_LA_CAMPAGNE, [*session.exec(enveloppes)]),
        ("sa structure est partenaire du dossier", [*session.exec(partenaires)]),
        ("sa structure accompagne ce dossier", [dossier.accompagnateur_id]),
        ("sa structure porte ce dossier", [dossier.porteur_id]),
    ]
    liees = {structure: motif for motif, structures in ids for structure in structures}
    liees.pop(None, None)
    return liees


def _communes(session: Session, dossier: Dossier) -> set[str]:
    """Communes of the quartiers the dossier names, ready to compare."""
    requete = (
        select(Territoire.commune)
        .join(DossierTerritoire, col(DossierTerritoire.code) == col(Territoire.code))
        .where(DossierTerritoire.dossier_id == dossier.id)
    )
    return {_plat(commune) for commune in session.exec(requete)} - {""}


def _sieges(session: Session, personnes: Sequence[Personne]) -> dict[int | None, str | None]:
    structures = {p.structure_id for p in personnes if p.structure_id is not None}
    return dict(session.exec(select(Structure.id, Structure.commune).where(col(Structure.id).in_(structures))).all())


def _ids(personnes: Sequence[Personne]) -> list[int]:
    return [p.id for p in personnes if p.id is not None]


def _plat(nom: str | None) -> str:
    """A commune's name without the capitals, hyphens and spaces people disagree on."""
    return "".join(c for c in (nom or "").casefold() if c.isalnum())
