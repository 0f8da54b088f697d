"""What went wrong, sorted: trouble of the database that may pass, refusals of the domain, what nobody foresaw."""

from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError

from ami.erreurs import ErreurMetier

TROUBLES: Final = (DBAPIError, PendingRollbackError)
ANNULEES: Final = {"40P01", "40001"}  # PostgreSQL, class 40: deadlock detected, serialization failure


def passager(erreur: Exception) -> bool:
    """Whether the database itself is in trouble, so that the same statement may succeed later."""
    if isinstance(erreur, DBAPIError) and not erreur.connection_invalidated:
        return isinstance(erreur, OperationalError | InterfaceError)
    return isinstance(erreur, TROUBLES)


def annulee_pour_une_autre(erreur: DBAPIError) -> bool:
    """Whether the database undid this transaction to let another one pass: nothing was kept, trying again is safe."""
    return getattr(erreur.orig, "sqlstate", None) in ANNULEES


def raison_de(erreur: Exception) -> str:
    """What staff read: the domain's own sentence, or what to pass on when nobody foresaw it."""
    if isinstance(erreur, ErreurMetier):
        return erreur.message
    if passager(erreur):
        return "La base de données n'a pas répondu à temps. Rien n'a été modifié ; le prochain passage réessaiera."
    premiere = (str(erreur).splitlines() or [""])[0]
    return f"Erreur inattendue, à transmettre à l'exploitant ({type(erreur).__name__}) : {premiere}"
