"""What the kind of financeur lets pay before the solde: an advance, then interim payments, on its own money only."""

from decimal import ROUND_DOWN, Decimal
from typing import Final

from sqlmodel import Session

from ami.argent import engagements, reste_a_payer
from ami.models import Dossier, Engagement, Enveloppe, Structure
from rules.affichage import afficher
from rules.evaluation import Constat
from rules.modele import PlafondVersement, Reglement

AVANCE: Final = "acompte"
SANS_PLAFOND: Final = frozenset({"solde", "unique"})
CENTIME: Final = Decimal("0.01")


def payable(session: Session, reglement: Reglement, engagement: Engagement, motif: str) -> Decimal:
    """What may be paid now on an engagement: what is left of it, within the bounds of its financeur."""
    reste = reste_a_payer(engagement)
    regle = None if motif in SANS_PLAFOND else _plafond(session, reglement, engagement)
    if regle is None:
        return reste
    taux = reglement.parametres[regle.avance if motif == AVANCE else regle.acomptes].valeur
    # Rounded down: thirty per cent at most is not a centime more.
    borne = ((engagement.engage - engagement.libere) * taux).quantize(CENTIME, ROUND_DOWN)
    return max(Decimal(0), min(reste, borne - engagement.paye + engagement.reverse))


def versement_admis(
    session: Session, reglement: Reglement, dossier: Dossier, nature: str, motif: str, voulu: Decimal
) -> tuple[Decimal, Constat | None]:
    """What may be paid of a sum the règlement computes, and what to keep in writing when a bound lowers it.

    What is not paid now comes with the solde. A sum above all that is engaged is left as it is, to be refused.
    """
    lignes = engagements(session, dossier, nature)
    admis = sum((payable(session, reglement, e, motif) for e in lignes), Decimal(0))
    if voulu <= admis or voulu > sum((reste_a_payer(e) for e in lignes), Decimal(0)):
        return voulu, None
    regle = next(r for e in lignes if (r := _plafond(session, reglement, e)) is not None)
    return admis, Constat(
        regle="plafond_versement",
        libelle="Le versement est ramené à ce que son financeur permet avant le solde",
        article=regle.article,
        satisfait=True,
        valeur=_euros(voulu),
        seuil=_euros(admis),
        raison="",
    )


def _plafond(session: Session, reglement: Reglement, engagement: Engagement) -> PlafondVersement | None:
    if not reglement.plafonds_versement:
        return None
    enveloppe = session.get_one(Enveloppe, engagement.enveloppe_id)
    kind = session.get_one(Structure, enveloppe.financeur_id).kind
    return next((regle for regle in reglement.plafonds_versement if kind in regle.financeurs), None)


def _euros(montant: Decimal) -> str:
    return afficher(int(montant * 100), "euros")
