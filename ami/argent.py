"""Every euro: engaged on an enveloppe, paid, freed, come back. The sums hold by the database's own constraints.

`paye - reverse + libere <= engage` for each engagement; the sum engaged and not freed never exceeds its enveloppe:
the enveloppe's counter is moved by a conditional UPDATE, so two engagements at once cannot both take the last euro.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, update
from sqlalchemy.engine import CursorResult
from sqlmodel import Session, col, select

from ami.enveloppes import promises, tirage_de
from ami.erreurs import ErreurMetier, Refus
from ami.models import Dossier, Engagement, Enveloppe, Liberation, Versement
from ami.sujets import identifiant
from notifications.formats import montant as en_francais

ZERO: Final = Decimal(0)


def engagements(session: Session, dossier: Dossier, nature: str) -> Sequence[Engagement]:
    """Engagements of a dossier for a nature, oldest first."""
    requete = (
        select(Engagement)
        .where(Engagement.dossier_id == dossier.id, Engagement.nature == nature)
        .order_by(col(Engagement.id))
    )
    return session.exec(requete).all()


def reste_a_payer(engagement: Engagement) -> Decimal:
    """What may still be paid on an engagement."""
    return engagement.engage - engagement.libere - engagement.paye + engagement.reverse


def engager(session: Session, dossier: Dossier, nature: str, montant: Decimal, maintenant: datetime) -> None:
    """Set money aside, on the enveloppes of that nature this dossier may draw on, as the comité's scenario parted it.

    Raises:
        Refus: these enveloppes do not hold enough.
    """
    if montant <= ZERO:
        raise Refus("Aucun montant n'est accordé : indiquez le montant avant d'engager l'aide.")
    tirage = tirage_de(session, dossier, nature, tenir=True)
    manque = montant - tirage.disponible
    if manque > ZERO:
        raise Refus(
            f"L'enveloppe ne suffit pas : {en_francais(montant)} sont nécessaires, il manque {en_francais(manque)}."
            f"{tirage.reserve_a_d_autres()}"
        )
    for enveloppe, part in tirage.parts(montant, promises(session, dossier, nature)):
        _engager_sur(session, dossier, enveloppe, part, maintenant)


def _engager_sur(session: Session, dossier: Dossier, enveloppe: Enveloppe, part: Decimal, maintenant: datetime) -> None:
    _bouger_enveloppe(session, identifiant(enveloppe), part)
    deja = session.exec(
        select(func.count())
        .select_from(Engagement)
        .where(Engagement.dossier_id == dossier.id, Engagement.enveloppe_id == enveloppe.id)
    ).one()
    session.add(
        Engagement(
            enveloppe_id=identifiant(enveloppe),
            dossier_id=identifiant(dossier),
            nature=enveloppe.nature,
            rang=deja + 1,
            engage=part,
            engage_le=maintenant,
        )
    )
    session.flush()


def _bouger_enveloppe(session: Session, enveloppe_id: int, montant: Decimal) -> None:
    """Move the enveloppe's counter, refusing in the database itself what would exceed it."""
    requete = (
        update(Enveloppe)
        .where(col(Enveloppe.id) == enveloppe_id)
        .where(col(Enveloppe.engage_net) + montant <= col(Enveloppe.montant))
        .values(engage_net=col(Enveloppe.engage_net) + montant)
        .execution_options(synchronize_session=False)
    )
    resultat = session.execute(requete)
    if not isinstance(resultat, CursorResult) or resultat.rowcount != 1:
        raise Refus(f"L'enveloppe ne suffit plus pour {en_francais(montant)} : une autre aide vient d'être engagée.")


def liberer(session: Session, dossier: Dossier, nature: str, montant: Decimal | None, maintenant: datetime) -> None:
    """Free what is engaged and not paid; `montant` frees that much at most, the latest engagement first."""
    reste = montant
    for engagement in reversed(engagements(session, dossier, nature)):
        libre = reste_a_payer(engagement)
        part = libre if reste is None else min(libre, reste)
        if part > ZERO:
            engagement.libere += part
            session.add(engagement)
            session.add(
                Liberation(
                    engagement_id=identifiant(engagement),
                    sujet_version=dossier.version,
                    montant=part,
                    libere_le=maintenant,
                )
            )
            session.flush()
            _bouger_enveloppe(session, engagement.enveloppe_id, -part)
            reste = None if reste is None else reste - part


def ordonner_versement(
    session: Session,
    dossier: Dossier,
    nature: str,
    montant: Decimal,
    *,
    motif: str,
    maintenant: datetime,
    payable: Callable[[Engagement], Decimal] = reste_a_payer,
) -> None:
    """Order a payment, on the oldest engagement first, `payable` at most on each. Zero orders nothing.

    Raises:
        ErreurMetier: more than what is engaged would be paid.
    """
    reste = montant
    for engagement in engagements(session, dossier, nature):
        part = min(reste, payable(engagement))
        if part > ZERO:
            engagement.paye += part
            session.add(engagement)
            _noter_versement(session, dossier, engagement, part, motif, maintenant)
            reste -= part
    if reste > ZERO:
        raise ErreurMetier(
            f"Le versement de {en_francais(montant)} dépasse ce qui reste engagé ; il manque {en_francais(reste)}."
        )


def demander_reversement(session: Session, dossier: Dossier, nature: str, montant: Decimal) -> None:
    """Ask back money already paid.

    Raises:
        ErreurMetier: more than what was paid would be asked back.
    """
    reste = montant
    for engagement in reversed(engagements(session, dossier, nature)):
        part = min(reste, engagement.paye - engagement.reverse - engagement.a_reverser)
        if part > ZERO:
            engagement.a_reverser += part
            session.add(engagement)
            reste -= part
    if reste > ZERO:
        raise ErreurMetier(f"Le reversement de {en_francais(montant)} dépasse ce qui a été versé.")
    session.flush()


def constater_reversement(session: Session, dossier: Dossier, nature: str, maintenant: datetime) -> None:
    """The money asked back has come: it is no longer paid, and may be freed."""
    for engagement in engagements(session, dossier, nature):
        if engagement.a_reverser > ZERO:
            part = engagement.a_reverser
            engagement.reverse += part
            engagement.a_reverser = ZERO
            session.add(engagement)
            _noter_versement(session, dossier, engagement, -part, "reversement", maintenant)


def _noter_versement(
    session: Session, dossier: Dossier, engagement: Engagement, montant: Decimal, motif: str, maintenant: datetime
) -> None:
    session.add(
        Versement(
            engagement_id=identifiant(engagement),
            sujet_version=dossier.version,
            motif=motif,
            montant=montant,
            ordonne_le=maintenant,
        )
    )
    session.flush()
