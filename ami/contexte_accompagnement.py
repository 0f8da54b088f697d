"""The part of the context that tells what surrounds a dossier (see `ami.contexte`)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from ami.avis import avis_de
from ami.demandes import demandes_pour_expressions
from ami.minimis import minimis
from ami.models import (
    Audition,
    Dossier,
    ExamenParticipation,
    LignePlan,
    Partenaire,
    ReleveIndicateur,
    Revue,
    Structure,
)
from ami.partenariat import CO_CANDIDAT, CO_INVESTISSEUR, partenaires_de
from notifications.columns import en_centimes
from rules.calendrier import PARIS
from rules.modele import Reglement

Contexte = dict[str, Any]
JAMAIS_VU: Final = datetime(1970, 1, 1, tzinfo=UTC)


def lectures(
    session: Session, dossier: Dossier, reglement: Reglement, maintenant: datetime
) -> dict[str, Callable[[object], Contexte]]:
    """How each root is read, the first time an expression names it."""
    return {
        "partenaires": lambda _: partenaires(session, dossier),
        "plan": lambda _: plan(session, dossier),
        "avis": lambda _: avis(session, dossier),
        "demandes": lambda _: demandes_pour_expressions(session, dossier),
        "minimis": lambda _: minimis(session, dossier, reglement, maintenant),
        "revue": lambda _: revue(session, dossier),
        "audition": lambda _: audition(session, dossier),
        "participation": lambda _: participation(session, dossier),
        "indicateurs": lambda _: indicateurs(session, dossier, reglement),
    }


def partenaires(session: Session, dossier: Dossier) -> Contexte:
    """Who takes part, and who has signed."""
    tous = partenaires_de(session, dossier)
    structures = {p.structure_id: session.get_one(Structure, p.structure_id) for p in tous}
    attendus = [p for p in tous if p.signe_le is None]
    investisseurs = [p for p in tous if p.qualite == CO_INVESTISSEUR and p.signe_le is not None]

    def kinds(lignes: Sequence[Partenaire]) -> list[str]:
        return sorted({structures[p.structure_id].kind for p in lignes})

    return {
        "nombre": len(structures),
        "kinds": kinds(tous),
        "co_candidats": kinds([p for p in tous if p.qualite == CO_CANDIDAT]),
        "non_signes": len({p.structure_id for p in attendus}),
        "non_signes_noms": sorted({structures[p.structure_id].nom for p in attendus}),
        "co_investisseurs": kinds(investisseurs),
        "co_investissement": sum(en_centimes(p.apport) for p in investisseurs),
    }


def plan(session: Session, dossier: Dossier) -> Contexte:
    """What the financing plan says beyond its two totals."""
    lignes = session.exec(select(LignePlan).where(LignePlan.dossier_id == dossier.id)).all()

    def somme(*, sens: str, en_nature: bool, statuts: Sequence[str] = ("", "sollicite", "acquis")) -> int:
        retenues = [x for x in lignes if (x.sens, x.en_nature) == (sens, en_nature) and x.statut in statuts]
        return sum(en_centimes(ligne.montant) for ligne in retenues)

    especes = [ligne for ligne in lignes if ligne.sens == "ressource" and not ligne.en_nature]
    return {
        "lignes": len(lignes),
        "base": dossier.base_plan,
        "aides_publiques": sum(en_centimes(ligne.montant) for ligne in especes if ligne.public),
        "autofinancement": sum(en_centimes(ligne.montant) for ligne in especes if not ligne.financeur),
        "acquis": somme(sens="ressource", en_nature=False, statuts=("", "acquis")),
        "sollicite": somme(sens="ressource", en_nature=False, statuts=("sollicite",)),
        "cout_eligible": sum(
            en_centimes(x.montant) for x in lignes if x.sens == "emploi" and x.eligible and not x.en_nature
        ),
        "sans_statut": [x.financeur for x in lignes if x.sens == "ressource" and x.financeur and not x.statut],
        "en_nature_emplois": somme(sens="emploi", en_nature=True),
        "en_nature_ressources": somme(sens="ressource", en_nature=True),
    }


def avis(session: Session, dossier: Dossier) -> Contexte:
    """How many views were asked, and which way they went."""
    sens = [un.sens for un in avis_de(session, dossier)]
    return {
        "demandes": len(sens),
        "rendus": sum(1 for mot in sens if mot),
        "favorables": sens.count("favorable"),
        "reserves": sens.count("reserve"),
        "defavorables": sens.count("defavorable"),
    }


def revue(session: Session, dossier: Dossier) -> Contexte:
    """How many revues sat, and what the last one said."""
    revues = session.exec(select(Revue).where(Revue.dossier_id == dossier.id).order_by(col(Revue.id))).all()
    derniere = revues[-1] if revues else None
    prochaine = derniere.prochaine_le if derniere else None
    return {
        "tenues": len(revues),
        "decision": derniere.decision if derniere else "",
        "prochaine": datetime.combine(prochaine, time(), tzinfo=PARIS) if prochaine else JAMAIS_VU,
    }


def audition(session: Session, dossier: Dossier) -> Contexte:
    """Whether the porteur was heard."""
    requete = select(Audition.id).where(Audition.dossier_id == dossier.id)
    return {"tenue": session.exec(requete).first() is not None}


def participation(session: Session, dossier: Dossier) -> Contexte:
    """The last word on a co-investment."""
    requete = select(ExamenParticipation).where(ExamenParticipation.dossier_id == dossier.id)
    dernier = session.exec(requete.order_by(col(ExamenParticipation.id).desc())).first()
    return {
        "decision": dernier.decision if dernier else "",
        "montant": en_centimes(dernier.montant if dernier else Decimal(0)),
        "capital": en_centimes(dernier.capital if dernier else Decimal(0)),
    }


def indicateurs(session: Session, dossier: Dossier, reglement: Reglement) -> Contexte:
    """How many indicators the règlement follows, and on how many days they were read."""
    requete = select(func.count(func.distinct(ReleveIndicateur.releve_le)))
    releves = session.exec(requete.where(ReleveIndicateur.dossier_id == dossier.id)).one()
    return {"attendus": len(reglement.indicateurs), "releves": releves}
