"""The data of a choice, read from a campagne: who is in the running, what was noted, what money and places there are.

Evaluators become pseudonyms on the way: what leaves the engine names none of them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session, col, select

from ami.choix.bareme import bareme_du_reglement, regles_du_reglement
from ami.choix.donnees import Candidat, EnveloppeChoix, Notation, Profil, ReglesSelection
from ami.choix.pack import Donnees
from ami.contexte import construire
from ami.enveloppes import nommees, profils_de, reserve_de, reste
from ami.erreurs import DonneesInvalides
from ami.models import (
    Affectation,
    Campagne,
    Deliberation,
    Dossier,
    Engagement,
    Enveloppe,
    Journal,
    Note,
    ScoreFige,
)
from ami.regards import Regard, exiger_ensemble, exiger_vue
from ami.reglements import reglement_de
from ami.sujets import SYSTEME, identifiant
from notifications.columns import en_euros
from rules.expressions import compile_expression
from rules.modele import Reglement, SelectionRegle
from rules.vocabulaire import Acte

Notes = dict[tuple[str, str], Decimal | None]
"""What an evaluator rendered: by dossier and critère."""

RENDUE: Final = "rendue"
DEPOT: Final[Acte] = "deposer_candidature"
DECISION: Final[Acte] = "deliberer"
RETRAITS: Final[frozenset[Acte]] = frozenset({"abandonner", "se_desister"})


@dataclass(frozen=True)
class Lecture:
    """What reading needs: the session, the campagne, its règlement and the rule of its selection."""

    session: Session
    campagne: Campagne
    reglement: Reglement
    regle: SelectionRegle
    maintenant: datetime


def lire_donnees(session: Session, regard: Regard, campagne: Campagne, maintenant: datetime) -> Donnees:
    """Everything the selection of a campagne is made from, at an instant, for who may read each of its dossiers.

    Raises:
        DonneesInvalides: the règlement has no grille or says nothing of its selection.
        Introuvable: one of them may not be read, or the role sees no ranking.
    """
    exiger_vue(session, regard, campagne, "classement")
    lecture = _lecture(session, campagne, maintenant)
    dossiers = en_lice(session, campagne, lecture.reglement)
    exiger_ensemble(session, regard, campagne, dossiers)
    return Donnees(
        campagne=campagne.code,
        arretee_a=maintenant.astimezone(UTC).isoformat(timespec="seconds"),
        bareme=bareme_du_reglement(lecture.reglement),
        regles=_regles(lecture, dossiers),
        candidats=_candidats(lecture, dossiers),
        notations=tuple(_notations(session, campagne, dossiers)),
    )


def en_lice(session: Session, campagne: Campagne, reglement: Reglement) -> list[Dossier]:
    """The dossiers whose evaluation was closed, less those withdrawn before the comité decided of them; by number."""
    figes = select(ScoreFige.dossier_id)
    requete = select(Dossier).where(Dossier.campagne_id == campagne.id, col(Dossier.id).in_(figes))
    tous = session.exec(requete.order_by(col(Dossier.numero))).all()
    decides = set(session.exec(select(Deliberation.dossier_id).where(Deliberation.acte == DECISION)))
    retires = _dossiers_dont_l_acte(session, reglement, RETRAITS)
    return [d for d in tous if identifiant(d) in decides or identifiant(d) not in retires]


def pseudonymes(campagne: Campagne, rendu: Mapping[int, Notes]) -> dict[int, str]:
    """A name for each evaluator that says nothing of who they are: what they rendered alone numbers them.

    Neither the number of a row, which differs from one database to the next, nor an address, which whoever knows the
    jury could try one by one.
    """

    def rang(personne: int) -> str:
        notes = sorted((dossier, critere, str(v)) for (dossier, critere), v in rendu[personne].items())
        return hashlib.sha256(f"{campagne.code}:{notes}".encode()).hexdigest()

    return {personne: f"évaluateur {n}" for n, personne in enumerate(sorted(rendu, key=rang), 1)}


def _lecture(session: Session, campagne: Campagne, maintenant: datetime) -> Lecture:
    reglement = reglement_de(session, identifiant(campagne)).reglement
    if reglement.grille is None or reglement.selection is None:
        raise DonneesInvalides(
            f"Le règlement de la campagne {campagne.code} ne dit pas comment choisir : il lui faut une « grille » et "
            "une rubrique « selection »."
        )
    return Lecture(session, campagne, reglement, reglement.selection, maintenant)


def _candidats(lecture: Lecture, dossiers: Sequence[Dossier]) -> tuple[Candidat, ...]:
    """What every dossier says of itself; where it is and when it came, read at once for all of them."""
    ids = [identifiant(d) for d in dossiers]
    profils = profils_de(lecture.session, dossiers, lecture.reglement)
    depots = _depots(lecture.session, lecture.reglement, ids)
    return tuple(
        _candidat(lecture, d, profils[i], depots.get(i, d.cree_le)) for i, d in zip(ids, dossiers, strict=True)
    )


def _candidat(lecture: Lecture, dossier: Dossier, profil: Profil, depose_le: datetime) -> Candidat:
    contexte = construire(
        lecture.session, dossier, lecture.reglement, acteur=SYSTEME, donnees={}, maintenant=lecture.maintenant
    )
    regle = lecture.regle
    montant = _euros(regle.montant, contexte)
    return Candidat(
        dossier=dossier.numero,
        depose_le=depose_le,
        cout=_euros(regle.cout, contexte),
        montant=montant,
        plancher=(montant * regle.plancher).quantize(Decimal("0.01")) if regle.plancher is not None else None,
        **profil.model_dump(),
    )


def _euros(expression: str, contexte: Mapping[str, Any]) -> Decimal:
    centimes = compile_expression(expression).evaluer(contexte)
    if not isinstance(centimes, int) or centimes < 0:
        raise DonneesInvalides(f"Le règlement calcule un montant impossible ({centimes!r}) par « {expression} ».")
    return en_euros(centimes)


def _depots(session: Session, reglement: Reglement, ids: Sequence[int]) -> dict[int, datetime]:
    """The instant of the last submission of each; a dossier that never was submitted has none."""
    requete = (
        select(Journal.sujet_id, Journal.instant)
        .where(Journal.sujet_kind == "dossier", col(Journal.sujet_id).in_(ids))
        .where(col(Journal.transition).in_(_transitions(reglement, frozenset({DEPOT}))))
        .order_by(col(Journal.seq))
    )
    return dict(session.exec(requete).all())


def _dossiers_dont_l_acte(session: Session, reglement: Reglement, actes: frozenset[Acte]) -> set[int]:
    codes = _transitions(reglement, actes)
    requete = select(Journal.sujet_id).where(Journal.sujet_kind == "dossier", col(Journal.transition).in_(codes))
    return set(session.exec(requete))


def _transitions(reglement: Reglement, actes: frozenset[Acte]) -> list[str]:
    return [t.code for t in reglement.workflow("dossier").transitions if t.acte in actes]


def _notations(session: Session, campagne: Campagne, dossiers: Sequence[Dossier]) -> list[Notation]:
    numeros = {identifiant(d): d.numero for d in dossiers}
    rendues = session.exec(
        select(Affectation).where(col(Affectation.dossier_id).in_(list(numeros)), Affectation.statut == RENDUE)
    ).all()
    notes: dict[int, dict[str, Decimal | None]] = {identifiant(a): {} for a in rendues}
    for note in session.exec(select(Note).where(col(Note.affectation_id).in_(list(notes)))):
        notes[note.affectation_id][note.critere] = note.valeur
    rendu: dict[int, Notes] = {a.personne_id: {} for a in rendues}
    for a in rendues:
        siennes = notes[identifiant(a)].items()
        rendu[a.personne_id] |= {(numeros[a.dossier_id], critere): valeur for critere, valeur in siennes}
    noms = pseudonymes(campagne, rendu)
    lues = [
        Notation(dossier=numeros[a.dossier_id], evaluateur=noms[a.personne_id], notes=notes[identifiant(a)])
        for a in rendues
    ]
    return sorted(lues, key=lambda n: (n.dossier, n.evaluateur))


def _regles(lecture: Lecture, dossiers: Sequence[Dossier]) -> ReglesSelection:
    return regles_du_reglement(lecture.reglement, _enveloppes(lecture, dossiers), lecture.campagne.places or None)


def _enveloppes(lecture: Lecture, dossiers: Sequence[Dossier]) -> list[EnveloppeChoix]:
    """What each enveloppe holds for this choice: all of it, less what is engaged for dossiers not in the running."""
    lues = nommees(lecture.session, identifiant(lecture.campagne), lecture.regle.nature)
    return [
        EnveloppeChoix(
            code=code,
            financeur=f.nom,
            montant=reste(e) + _engage_pour(lecture.session, e, dossiers),
            reserve=reserve_de(e),
        )
        for code, e, f in lues
    ]


def _engage_pour(session: Session, enveloppe: Enveloppe, dossiers: Sequence[Dossier]) -> Decimal:
    """What the running dossiers have engaged already: a choice told again afterwards starts from the same sums."""
    ids = [identifiant(d) for d in dossiers]
    requete = select(Engagement).where(Engagement.enveloppe_id == enveloppe.id, col(Engagement.dossier_id).in_(ids))
    return sum((e.engage - e.libere for e in session.exec(requete)), Decimal(0))
