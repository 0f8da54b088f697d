"""Who looks, from the command line: the pair of options every reading command shares, and the session it reads in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlmodel import Session

from ami.commandes.commun import maintenant, ouvrir, reglages
from ami.commandes.qui import personne_de
from ami.database import session_ecriture, session_lecture
from ami.erreurs import DonneesInvalides, ErreurMetier
from ami.guichet import memorable, noter_refus
from ami.regards import OPERATEUR, VUES, Regard
from ami.sujets import SYSTEME, Acteur

Par = Annotated[
    str | None, typer.Option("--par", help="Adresse de la personne qui regarde (ou AMI_PAR) ; sinon, l'exploitant.")
]
Role = Annotated[str | None, typer.Option("--role", help="Le rôle dans lequel elle regarde (ou AMI_ROLE).")]


@contextmanager
def regarder(
    par: str | None, role: str | None, lecture: str, *, ecrire: bool = False
) -> Iterator[tuple[Session, Regard]]:
    """Open the database to read it as a person may; a refusal is kept in `refus`, as those of acts are.

    Raises:
        DonneesInvalides: a person without a role, a role without a person, a role that does not exist.
    """
    engine = ouvrir()
    with (session_ecriture if ecrire else session_lecture)(engine) as session:
        regard = _regard(session, par or reglages().par, role or reglages().role)
        try:
            yield session, regard
            return
        except ErreurMetier as erreur:
            refus = erreur
    if regard.acteur is not None and memorable(refus):
        noter_refus(engine, refus, acte=lecture, sujet=None, acteur=regard.acteur, maintenant=regard.maintenant)
    raise refus


def _regard(session: Session, par: str | None, role: str | None) -> Regard:
    if par is None and role is None:
        return OPERATEUR
    if par is None or role is None:
        raise DonneesInvalides("Indiquez à la fois qui regarde (--par) et dans quel rôle (--role).")
    possibles = [nom for nom in VUES if nom != SYSTEME.role]
    if role not in possibles:
        raise DonneesInvalides(f"Le rôle « {role} » n'existe pas. Rôles possibles : {', '.join(possibles)}.")
    return Regard(Acteur(role, personne_de(session, par)), maintenant())
