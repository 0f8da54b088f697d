"""Acts of those who are consulted and do not decide: a view is asked, then given, once each time it is asked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field
from sqlmodel import Session, col, select

from ami.actes import Cadre, Donnees, acte
from ami.erreurs import DonneesInvalides, Introuvable
from ami.models import Avis, Dossier, Personne
from ami.rattachement import rattacher
from ami.saisie import Identifiant, Paragraphe, ParagrapheLibre, existant, sans_doublon
from ami.sujets import identifiant
from rules.vocabulaire import Role

CONSULTE: Final[Role] = "consulte"
SENS: Final = {
    "favorable": "favorable",
    "reserve": "favorable avec réserves",
    "defavorable": "défavorable",
}


class DemanderAvis(Donnees):
    """Whose view is asked, and on what."""

    personnes: Annotated[list[Identifiant], Field(min_length=1, max_length=20)]
    question: ParagrapheLibre = ""


class RendreAvis(Donnees):
    """The view given, the reserves it is subject to (one per line); a confidential one is not shown to the porteur."""

    sens: Literal["favorable", "reserve", "defavorable"]
    texte: Paragraphe
    reserves: ParagrapheLibre = ""
    confidentiel: bool = False


@acte("demander_avis", DemanderAvis)
def demander_avis(cadre: Cadre, dossier: Dossier, donnees: DemanderAvis) -> None:
    """Ask a view of each person; they may read the dossier from now on.

    Raises:
        DonneesInvalides: unknown person, named twice, or whose view is already awaited.
    """
    sans_doublon(donnees.personnes, "personnes")
    for personne_id in donnees.personnes:
        personne = existant(cadre.session, Personne, personne_id, "personnes")
        if _attendu(cadre.session, dossier, personne_id) is not None:
            raise DonneesInvalides(f"« personnes » : l'avis de {personne.nom_complet} est déjà attendu.")
        rattacher(cadre.session, dossier, personne_id, CONSULTE, cadre.maintenant)
        cadre.session.add(
            Avis(
                dossier_id=identifiant(dossier),
                personne_id=personne_id,
                question=donnees.question,
                demande_le=cadre.maintenant,
            )
        )
    cadre.session.flush()


@acte("rendre_avis", RendreAvis)
def rendre_avis(cadre: Cadre, dossier: Dossier, donnees: RendreAvis) -> None:
    """Keep the view of the person who acts.

    Raises:
        Introuvable: no view of this person is awaited on this dossier.
        DonneesInvalides: reserves on a view that has none.
    """
    if donnees.reserves and donnees.sens == "favorable":
        raise DonneesInvalides("« reserves » : un avis favorable n'en a pas. Rendez-le « reserve » ou retirez-les.")
    avis = _attendu(cadre.session, dossier, cadre.acteur.personne_id)
    if avis is None:
        raise Introuvable("Aucun avis n'est attendu de vous sur ce dossier.")
    avis.sens, avis.texte, avis.confidentiel = donnees.sens, donnees.texte, donnees.confidentiel
    avis.reserves, avis.rendu_le = donnees.reserves, cadre.maintenant
    cadre.session.flush()


def demandes_a(session: Session, dossier: Dossier, maintenant: datetime) -> list[Personne]:
    """Those whose view is asked by the act under way."""
    requete = (
        select(Personne)
        .join(Avis, col(Avis.personne_id) == col(Personne.id))
        .where(Avis.dossier_id == dossier.id, Avis.demande_le == maintenant, col(Avis.rendu_le).is_(None))
        .order_by(col(Personne.id))
    )
    return list(session.exec(requete))


def consultes(session: Session, dossier: Dossier) -> list[Personne]:
    """Everyone whose view was asked on a dossier, each once."""
    personnes = select(Avis.personne_id).where(Avis.dossier_id == dossier.id)
    return list(session.exec(select(Personne).where(col(Personne.id).in_(personnes)).order_by(col(Personne.id))))


def avis_de(session: Session, dossier: Dossier) -> Sequence[Avis]:
    """Every view asked on a dossier, oldest first."""
    return session.exec(select(Avis).where(Avis.dossier_id == dossier.id).order_by(col(Avis.id))).all()


def _attendu(session: Session, dossier: Dossier, personne_id: int | None) -> Avis | None:
    requete = select(Avis).where(
        Avis.dossier_id == dossier.id, Avis.personne_id == personne_id, col(Avis.rendu_le).is_(None)
    )
    return session.exec(requete).first()
