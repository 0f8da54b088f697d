"""Who belongs to a dossier: the habilitations an act gives on it, which say who may act and who is told."""

from datetime import datetime

from sqlmodel import Session, col, select

from ami.actes import Cadre
from ami.erreurs import DonneesInvalides
from ami.habilitations import en_vigueur
from ami.models import Dossier, Habilitation, Personne, Structure
from ami.saisie import existant
from ami.sujets import identifiant

PORTEUR = "porteur"
ACCOMPAGNATEUR = "accompagnateur"


def rattacher(session: Session, dossier: Dossier, personne_id: int, role: str, maintenant: datetime) -> None:
    """Give a person a role on a dossier; one who lost it gets it back, one who has it keeps it."""
    dossier_id = identifiant(dossier)
    deja = session.exec(
        select(Habilitation).where(
            Habilitation.personne_id == personne_id, Habilitation.role == role, Habilitation.dossier_id == dossier_id
        )
    ).first()
    if deja is None:
        session.add(Habilitation(personne_id=personne_id, role=role, dossier_id=dossier_id, depuis=maintenant))
    elif deja.jusqu_a is not None and deja.jusqu_a <= maintenant:
        deja.depuis, deja.jusqu_a = maintenant, None
    session.flush()


def nommer_accompagnateur(cadre: Cadre, dossier: Dossier, structure_id: int) -> None:
    """Make a structure the accompagnateur of a dossier, and attach its people who accompany on this campagne.

    Those of a former accompagnateur lose their role on the dossier: they must not read it any more (fault 30).

    Raises:
        DonneesInvalides: no such structure, or nobody of it to write to: what is asked of them would reach nobody.
    """
    structure = existant(cadre.session, Structure, structure_id, "accompagnateur")
    personnes = _accompagnateurs_de(cadre, structure_id)
    if not personnes:
        raise DonneesInvalides(
            f"« accompagnateur » : personne n'est habilité à accompagner pour {structure.nom} dans cette campagne ; "
            "habilitez d'abord quelqu'un."
        )
    if dossier.accompagnateur_id not in (None, structure_id):
        _detacher(cadre, dossier, ACCOMPAGNATEUR)
    dossier.accompagnateur_id = structure_id
    for personne_id in personnes:
        rattacher(cadre.session, dossier, personne_id, ACCOMPAGNATEUR, cadre.maintenant)


def changer_porteur(cadre: Cadre, dossier: Dossier, structure_id: int, contact: int | None) -> None:
    """Another body carries the dossier from now on: its contact is told, those of the former one no longer are.

    Raises:
        DonneesInvalides: no such structure or person, or nobody to write to.
    """
    existant(cadre.session, Structure, structure_id, "porteur")
    if contact is None:
        raise DonneesInvalides("« contact » : nommez la personne à qui écrire chez le nouveau porteur.")
    existant(cadre.session, Personne, contact, "contact")
    _detacher(cadre, dossier, PORTEUR)
    dossier.porteur_id = structure_id
    rattacher(cadre.session, dossier, contact, PORTEUR, cadre.maintenant)


def rattacher_acteur_accompagnateur(cadre: Cadre, dossier: Dossier) -> None:
    """The accompagnateur who takes a dossier nobody accompanies becomes its accompagnateur."""
    if cadre.acteur.role != ACCOMPAGNATEUR or cadre.acteur.personne_id is None:
        return
    personne = existant(cadre.session, Personne, cadre.acteur.personne_id, "acteur")
    if dossier.accompagnateur_id is None:
        dossier.accompagnateur_id = personne.structure_id
    if dossier.accompagnateur_id == personne.structure_id:
        rattacher(cadre.session, dossier, cadre.acteur.personne_id, ACCOMPAGNATEUR, cadre.maintenant)


def _accompagnateurs_de(cadre: Cadre, structure_id: int) -> list[int]:
    requete = (
        select(Personne.id)
        .join(Habilitation, col(Habilitation.personne_id) == col(Personne.id))
        .where(
            Personne.structure_id == structure_id,
            Habilitation.role == ACCOMPAGNATEUR,
            Habilitation.campagne_id == cadre.campagne.id,
            *en_vigueur(cadre.maintenant),
        )
        .order_by(col(Personne.id))
    )
    return [personne_id for personne_id in cadre.session.exec(requete) if personne_id is not None]


def _detacher(cadre: Cadre, dossier: Dossier, role: str) -> None:
    requete = select(Habilitation).where(
        Habilitation.dossier_id == dossier.id,
        Habilitation.role == role,
        col(Habilitation.jusqu_a).is_(None),
    )
    for habilitation in cadre.session.exec(requete):
        habilitation.jusqu_a = cadre.maintenant
