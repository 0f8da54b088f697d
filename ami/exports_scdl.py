"""Grants as open data: one row per convention and per financeur, in the SCDL *subventions* schema.

The one who grants is the financeur of the enveloppe, not the body that runs the call: the money is theirs, and a
règlement knows no SIRET. A participation is no grant: it is left out.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from ami.beneficiaires import beneficiaire_de
from ami.erreurs import Refus
from ami.fichiers import inerte, remplacer
from ami.maturation import avenant_en_vigueur
from ami.models import Campagne, Convention, Dossier, Engagement, Enveloppe, Liberation, Structure, Versement
from ami.regards import Regard, exiger_vue
from ami.reglements import reglement_de
from ami.scdl import AUTRE, COLONNES, ECHELONNE, NUMERAIRE, UNIQUE, defauts
from ami.sujets import identifiant
from notifications.formats import PARIS
from rules.modele import Aide, EffetOrdonnerVersement, Reglement
from rules.vocabulaire import Nature

ZERO: Final = Decimal(0)
PARTICIPATION: Final[Nature] = "participation"
DERNIERS: Final = ("solde", "unique")  # payments after which none comes


@dataclass(frozen=True)
class Accord:
    """A convention with what a row says of it: its last amount, its end if an avenant sets one, what was paid."""

    convention: Convention
    dossier: Dossier
    aide: Aide
    montant: Decimal
    fin: date | None
    versements: Sequence[Versement]


def exporter_scdl(
    session: Session, regard: Regard, campagne: Campagne, vers: Path, *, seuil: Decimal | None, notifiee: bool = False
) -> int:
    """Write the grants above a threshold (all of them without one); returns the number of rows.

    Raises:
        Introuvable: the role sees no accounts in this campagne.
        Refus: a row would not be valid: each is named, with what to do, and nothing is written.
    """
    exiger_vue(session, regard, campagne, "comptes")
    reglement = reglement_de(session, identifiant(campagne)).reglement
    lignes: list[dict[str, str]] = []
    refus: list[str] = []
    for accord in _accords(session, campagne, reglement):
        if seuil is None or accord.montant > seuil:
            lignes += _lignes(session, campagne, reglement, accord, refus)
    lignes = [ligne | {"notificationUE": "oui" if notifiee else "non"} for ligne in lignes]
    refus += [f"{ligne['referenceDecision']} : {'; '.join(mal)}." for ligne in lignes if (mal := defauts(ligne))]
    if refus:
        raise Refus("Rien n'est écrit : des lignes ne seraient pas valides. " + " ".join(dict.fromkeys(refus)))
    remplacer(vers, en_csv(lignes).encode())
    return len(lignes)


def en_csv(lignes: Sequence[Mapping[str, str]]) -> str:
    """UTF-8, commas, the schema's columns in its order."""
    sortie = io.StringIO()
    plume = csv.DictWriter(sortie, [c.nom for c in COLONNES], lineterminator="\r\n")
    plume.writeheader()
    plume.writerows({nom: inerte(valeur) for nom, valeur in ligne.items()} for ligne in lignes)
    return sortie.getvalue()


def _accords(session: Session, campagne: Campagne, reglement: Reglement) -> Iterator[Accord]:
    aides: dict[str, Aide] = {aide.nature: aide for aide in reglement.aides if aide.nature != PARTICIPATION}
    requete = (
        select(Convention, Dossier)
        .join(Dossier, col(Dossier.id) == col(Convention.dossier_id))
        .where(Dossier.campagne_id == campagne.id, col(Convention.nature).in_(list(aides)))
        .order_by(col(Convention.signee_le), col(Dossier.numero), col(Convention.nature))
    )
    for convention, dossier in session.exec(requete).all():
        avenant = avenant_en_vigueur(session, dossier, convention.nature)
        verses = session.exec(
            select(Versement)
            .join(Engagement, col(Engagement.id) == col(Versement.engagement_id))
            .where(
                Engagement.dossier_id == dossier.id, Engagement.nature == convention.nature, Versement.montant > ZERO
            )
            .order_by(col(Versement.ordonne_le))
        ).all()
        yield Accord(
            convention,
            dossier,
            aides[convention.nature],
            avenant.montant if avenant is not None else convention.montant,
            avenant.fin if avenant is not None else None,
            verses,
        )


def _lignes(
    session: Session, campagne: Campagne, reglement: Reglement, accord: Accord, refus: list[str]
) -> list[dict[str, str]]:
    paye_a = session.get(Structure, beneficiaire_de(session, accord.dossier, accord.aide) or 0)
    parts, periode = parts_des_financeurs(session, accord), _periode(campagne, accord)
    manques = list(_manques(accord, paye_a, parts, periode))
    refus += [f"{accord.convention.reference} : {manque}" for manque in manques]
    if manques or paye_a is None or periode is None:
        return []
    commun = {
        "dateConvention": accord.convention.signee_le.isoformat(),
        "referenceDecision": accord.convention.reference,
        "nomBeneficiaire": paye_a.nom,
        "idBeneficiaire": paye_a.siret or "",
        "objet": f"{accord.aide.libelle} : {accord.dossier.titre} ({accord.dossier.numero})"[:256],
        "nature": NUMERAIRE,
        "conditionsVersement": _conditions(reglement, accord),
        "datesPeriodeVersement": periode,
        "idRAE": "",
        "pourcentageSubvention": "1.00",  # of the grant, to its only beneficiary
    }
    return [
        {**commun, "nomAttribuant": f.nom, "idAttribuant": f.siret or "", "montant": f"{part:.2f}"} for f, part in parts
    ]


def _manques(
    accord: Accord, paye_a: Structure | None, parts: Sequence[tuple[Structure, Decimal]], periode: str | None
) -> Iterator[str]:
    """What a row lacks, and what to do about it."""
    if paye_a is None:
        yield f"le dossier {accord.dossier.numero} n'a pas de bénéficiaire ; nommez sa structure."
    if not parts:
        yield "ce qui est engagé n'explique pas son montant ; voyez « ami exporter comptes »."
    if periode is None:
        yield "la fin des versements n'est pas connue ; donnez une « fin » à la campagne."
    for structure in (paye_a, *(s for s, _ in parts)):
        if structure is not None and not structure.siret:
            yield f"« {structure.nom} » n'a pas de SIRET ; importez-le (« ami importer structures »)."


def parts_des_financeurs(session: Session, accord: Accord) -> list[tuple[Structure, Decimal]]:
    """What each financeur puts in an amount signed, by name: the last time what was engaged made that amount."""
    mouvements = sorted(_mouvements(session, accord), key=lambda m: m[0])
    etat: dict[int, Decimal] = {}
    trouve: dict[int, Decimal] = {}
    for _, financeur_id, montant in mouvements:
        etat[financeur_id] = etat.get(financeur_id, ZERO) + montant
        if sum(etat.values(), ZERO) == accord.montant:
            trouve = dict(etat)
    parts = [(session.get_one(Structure, f), part) for f, part in trouve.items() if part > ZERO]
    return sorted(parts, key=lambda p: (p[0].nom, p[0].siret or ""))


def _mouvements(session: Session, accord: Accord) -> Iterator[tuple[datetime, int, Decimal]]:
    """What was engaged and freed for an aid, each with its financeur."""
    requete = (
        select(Engagement, Enveloppe.financeur_id)
        .join(Enveloppe, col(Enveloppe.id) == col(Engagement.enveloppe_id))
        .where(Engagement.dossier_id == accord.dossier.id, Engagement.nature == accord.convention.nature)
    )
    for engagement, financeur_id in session.exec(requete).all():
        yield engagement.engage_le, financeur_id, engagement.engage
        for part in session.exec(select(Liberation).where(Liberation.engagement_id == engagement.id)).all():
            yield part.libere_le, financeur_id, -part.montant


def _conditions(reglement: Reglement, accord: Accord) -> str:
    """From the payments the règlement foresees for this aid and those made: several kinds, one, or none known."""
    prevus = {
        effet.motif
        for transition in reglement.workflow("dossier").transitions
        for effet in transition.effets
        if isinstance(effet, EffetOrdonnerVersement) and effet.nature == accord.convention.nature
    }
    faits = {versement.ordonne_le for versement in accord.versements}
    nombre = max(len(prevus), len(faits))
    return AUTRE if not nombre else UNIQUE if nombre == 1 else ECHELONNE


def _periode(campagne: Campagne, accord: Accord) -> str | None:
    """From the signature to the last payment when it is made, to the end foreseen otherwise; None when none is."""
    jours = [v.ordonne_le.astimezone(PARIS).date() for v in accord.versements]
    debut = accord.convention.signee_le
    if jours and accord.versements[-1].motif in DERNIERS:
        return jours[0].isoformat() if len(set(jours)) == 1 else f"{min(debut, jours[0])}/{jours[-1]}"
    fin = accord.fin or (campagne.fin.astimezone(PARIS).date() if campagne.fin is not None else None)
    return f"{debut}/{max([fin, debut, *jours])}" if fin is not None else None
