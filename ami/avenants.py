"""The avenant to a convention, as data for its template: what changes, before and after, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import takewhile
from typing import Final

from sqlmodel import Session, col, select

from ami.beneficiaires import exiger_aide
from ami.conventions import Article, article, parties
from ami.documents import composer, en_lettres
from ami.emission import AVENANT, Emission
from ami.erreurs import DonneesInvalides
from ami.maturation import avenants_de, convention_signee, montant_possible
from ami.models import Avenant, Campagne, Convention, Dossier, Echeance
from ami.reglements import reglement_de
from notifications.formats import PARIS, jour_court
from notifications.formats import montant as en_chiffres
from rules.vocabulaire import Acte

BILAN: Final[Acte] = "demander_solde"


@dataclass(frozen=True)
class Changement:
    """What an avenant makes of a convention: the aid's total, the end, and the reason."""

    nature: str
    montant: Decimal
    fin: date
    motif: str


def avenant(session: Session, dossier: Dossier, reference: str, voulu: Changement | None) -> Emission:
    """The avenant of that reference: as signed when it is, else as `voulu` wants it, ready to be issued.

    Raises:
        DonneesInvalides: neither signed nor described, no convention signed, an end already passed by the present one,
            an aid raised or lowered under what is paid, nothing that changes.
    """
    signe = _signe(session, dossier, reference)
    change = voulu if signe is None else Changement(signe.nature, signe.montant, signe.fin, signe.motif)
    if change is None:
        raise DonneesInvalides(
            f"L'avenant {reference} n'est pas encore signé : dites ce qu'il change "
            "(--nature, --montant, --fin, --motif)."
        )
    convention = _convention(session, dossier, change.nature)
    precedent = _precedent(session, dossier, change.nature, signe)
    avant = precedent.montant if precedent is not None else convention.montant
    fin_avant = precedent.fin if precedent is not None else _fin_prevue(session, dossier) if signe is None else None
    if signe is None:
        _possible(session, dossier, change, avant, fin_avant)
    return _emission(session, dossier, reference, change, convention, avant, fin_avant)


def _emission(
    session: Session,
    dossier: Dossier,
    reference: str,
    change: Changement,
    convention: Convention,
    avant: Decimal,
    fin_avant: date | None,
) -> Emission:
    reglement = reglement_de(session, dossier.campagne_id).reglement
    aide = exiger_aide(reglement, change.nature)
    contenu = {
        "programme": reglement.programme.nom,
        "campagne": session.get_one(Campagne, dossier.campagne_id).nom,
        "dossier": f"{dossier.numero} – {dossier.titre}",
        "convention": convention.reference,
        "parties": parties(session, dossier, reglement, aide),
        "articles": _articles(aide.libelle, change, convention, avant, fin_avant),
    }
    return Emission(
        AVENANT,
        reference_complete(dossier, reference),
        contenu,
        lambda donnees: composer("avenant", donnees),
        {
            "avenant": reference,
            "nature": change.nature,
            "montant": str(change.montant),
            "avant": str(avant),
            "fin": change.fin.isoformat(),
            "motif": change.motif,
        },
    )


def reference_complete(dossier: Dossier, reference: str) -> str:
    """« AV-1 » is each dossier's own: on paper its number goes before."""
    return reference if reference.startswith(dossier.numero) else f"{dossier.numero}-{reference}"


def _articles(
    libelle: str, change: Changement, convention: Convention, avant: Decimal, fin_avant: date | None
) -> list[Article]:
    ecart = avant - change.montant
    baisse = f" L'aide baisse de {en_chiffres(ecart)} ; cette somme retourne à l'enveloppe." if ecart else ""
    ce_qui_change = article(
        "Ce qui change",
        f"Le montant de l'aide est désormais de {en_chiffres(change.montant)} ({en_lettres(change.montant)}) au plus."
        f"{baisse}",
        tableau=[
            ["Montant de l'aide", en_chiffres(avant), en_chiffres(change.montant)],
            [
                "Fin de la convention",
                jour_court(fin_avant) if fin_avant else "celle de la convention",
                jour_court(change.fin),
            ],
        ],
    )
    return [
        article(
            "Objet",
            f"Le présent avenant modifie la convention n° {convention.reference}, signée le "
            f"{jour_court(convention.signee_le)}, relative à l'aide « {libelle} ».",
        ),
        {**ce_qui_change, "entete": ["Clause", "Avant", "Désormais"]},
        article("Motif", *change.motif.splitlines()),
        article(
            "Autres clauses",
            "Les autres clauses de la convention, et des avenants antérieurs, restent applicables.",
            "L'avenant prend effet à sa signature par toutes les parties.",
        ),
    ]


def _signe(session: Session, dossier: Dossier, reference: str) -> Avenant | None:
    requete = select(Avenant).where(Avenant.dossier_id == dossier.id, Avenant.reference == reference)
    return session.exec(requete).first()


def _precedent(session: Session, dossier: Dossier, nature: str, signe: Avenant | None) -> Avenant | None:
    """The avenant in force before this one."""
    avant = list(takewhile(lambda autre: autre != signe, avenants_de(session, dossier, nature)))
    return avant[-1] if avant else None


def _convention(session: Session, dossier: Dossier, nature: str) -> Convention:
    convention = convention_signee(session, dossier, nature)
    if convention is None:
        raise DonneesInvalides(f"« nature » : aucune convention n'est signée pour l'aide « {nature} ».")
    return convention


def _fin_prevue(session: Session, dossier: Dossier) -> date | None:
    """The day the bilan is due, which ends a convention no avenant has moved."""
    requete = select(Echeance.due_a).where(
        Echeance.sujet_kind == "dossier",
        Echeance.sujet_id == dossier.id,
        Echeance.acte == BILAN,
        col(Echeance.fermee_le).is_(None),
    )
    due: datetime | None = session.exec(requete).first()
    return due.astimezone(PARIS).date() if due is not None else None


def _possible(session: Session, dossier: Dossier, change: Changement, avant: Decimal, fin_avant: date | None) -> None:
    montant_possible(session, dossier, change.nature, change.montant)
    if not change.motif.strip():
        raise DonneesInvalides("« motif » : dites pourquoi la convention change.")
    if change.montant == avant and change.fin == fin_avant:
        raise DonneesInvalides("L'avenant ne change ni le montant ni la fin de la convention.")
