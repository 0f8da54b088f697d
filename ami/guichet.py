"""The counter: where an act asked by a person becomes one transaction, committed or wholly undone.

Refusals worth remembering (an act out of order, an attempt on someone else's dossier) are written to `refus` in a
transaction of their own, after the rollback (kernel: « The door »).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from ami.agir import agir
from ami.database import session_ecriture
from ami.erreurs import ConflitDeVersion, ErreurMetier, Introuvable, Refus
from ami.models import Refus as LigneRefus
from ami.pannes import annulee_pour_une_autre
from ami.sujets import Acteur, Mouvement, Sujet

ESSAIS: Final = 3  # of one act, when the database keeps undoing it to let others pass


def faire(
    engine: Engine,
    acte: str,
    sujet: Sujet | None,
    donnees: Mapping[str, object],
    *,
    acteur: Acteur,
    maintenant: datetime,
    campagne_id: int | None = None,
    version_vue: int | None = None,
    clef: str | None = None,
    avant: Callable[[Session], None] | None = None,
) -> Mouvement:
    """Do one act and commit it. `avant` is done first, in the same transaction: both stand, or neither.

    With a `clef`, two identical requests at once (a double click) end as one act: the loser of the race finds the
    winner's move and returns it.

    Raises:
        the errors of `ami.agir.agir`; nothing is then kept but, where it matters, the refusal.
    """

    def agir_et_valider() -> Mouvement:
        with session_ecriture(engine) as session:
            if avant is not None:
                avant(session)
            mouvement = agir(
                session,
                acte,
                sujet,
                donnees,
                acteur=acteur,
                maintenant=maintenant,
                campagne_id=campagne_id,
                version_vue=version_vue,
                clef=clef,
            )
            session.commit()
            return mouvement

    try:
        return _deux_fois(lambda: _malgre_les_autres(agir_et_valider), rejouable=clef is not None)
    except ErreurMetier as erreur:
        if memorable(erreur):
            noter_refus(engine, erreur, acte=acte, sujet=sujet, acteur=acteur, maintenant=maintenant)
        raise


def _deux_fois(essayer: Callable[[], Mouvement], *, rejouable: bool) -> Mouvement:
    """Try again once when somebody was faster: with a clef, they may have made the very same act."""
    try:
        return essayer()
    except (ConflitDeVersion, IntegrityError) as erreur:
        if rejouable:
            return essayer()
        if isinstance(erreur, ConflitDeVersion):
            raise
        raise ConflitDeVersion("Quelqu'un d'autre vient d'agir au même moment. Relisez, puis recommencez.") from erreur


def _malgre_les_autres(essayer: Callable[[], Mouvement]) -> Mouvement:
    """Again when two transactions waited for each other and the database gave up ours: nobody's fault, nothing kept."""
    for _ in range(ESSAIS - 1):
        try:
            return essayer()
        except OperationalError as erreur:
            if not annulee_pour_une_autre(erreur):
                raise
    return essayer()


def memorable(erreur: ErreurMetier) -> bool:
    """True for a refusal to keep: an act out of order, an attempt on what is somebody else's."""
    return isinstance(erreur, Introuvable) or (isinstance(erreur, Refus) and erreur.hors_sequence)


def noter_refus(
    engine: Engine,
    erreur: ErreurMetier,
    *,
    acte: str,
    sujet: Sujet | None,
    acteur: Acteur,
    maintenant: datetime,
) -> None:
    """Keep a refusal, in its own transaction."""
    with session_ecriture(engine) as session:
        session.add(
            LigneRefus(
                instant=maintenant,
                acteur_id=acteur.personne_id,
                acteur_role=acteur.role,
                sujet_kind=sujet.kind if sujet else "dossier",
                sujet_id=sujet.id if sujet else None,
                acte=acte[:60],
                raison=erreur.message,
            )
        )
        session.commit()
