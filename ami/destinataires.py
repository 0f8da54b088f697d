"""From a word of the règlement (« porteur », « évaluateurs ») to the persons it means for one sujet, at one instant."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from ami.avis import consultes
from ami.conflits import sans_conflit
from ami.erreurs import ErreurMetier
from ami.habilitations import en_vigueur
from ami.models import (
    ActionSensibilisation,
    Affectation,
    Campagne,
    Dossier,
    DossierTerritoire,
    Habilitation,
    Invite,
    Partenaire,
    Personne,
    Reclamation,
    Structure,
    SujetBase,
    Territoire,
)
from ami.partenariat import CO_CANDIDAT
from ami.sujets import Acteur, dossier_de
from ami.vivier import DEMANDEE, RENDUE
from notifications.render import Destinataire
from rules.modele import Reglement


@dataclass(frozen=True)
class Portee:
    """What resolving a recipient needs to know of the move under way."""

    session: Session
    ligne: SujetBase
    dossier: Dossier
    acteur: Acteur
    maintenant: datetime
    sollicites: Sequence[Personne] = field(default_factory=tuple)  # persons asked by this very move


def portee(
    session: Session, ligne: SujetBase, acteur: Acteur, maintenant: datetime, sollicites: Sequence[Personne] = ()
) -> Portee:
    """Build the scope of a move."""
    return Portee(session, ligne, dossier_de(session, ligne), acteur, maintenant, sollicites)


def destinataire_de(personne: Personne) -> Destinataire:
    """How a person is written to."""
    return Destinataire(adresse=personne.courriel, nom=personne.nom_complet, ref=f"personne:{personne.id}")


def destinataire_suivi(campagne: Campagne, reglement: Reglement) -> Destinataire | None:
    """Where staff's own copy goes, when the campagne has a follow-up address."""
    if not campagne.courriel_suivi:
        return None
    return Destinataire(
        adresse=campagne.courriel_suivi, nom=reglement.programme.organisme.nom, ref=f"campagne:{campagne.id}:suivi"
    )


def resoudre(mots: Iterable[str], ou: Portee) -> list[Personne]:
    """Every person meant, each once, in a fixed order.

    Raises:
        ErreurMetier: nobody can be told on behalf of the porteur, which no move may ignore.
    """
    trouves: dict[int, Personne] = {}
    for mot in mots:
        personnes = RESOLUTIONS[mot](ou)
        if mot == "porteur" and not personnes:
            raise ErreurMetier(
                f"Le dossier {ou.dossier.numero} n'a aucun correspondant chez le porteur : habilitez une personne, "
                "puis recommencez."
            )
        for personne in personnes:
            trouves.setdefault(personne.id or 0, personne)
    return list(trouves.values())


def personnes_du_role(ou: Portee, role: str) -> list[Personne]:
    """Persons who hold a role today on the dossier, or else on its campagne."""
    return _habilitees(ou, role, Habilitation.dossier_id == ou.dossier.id) or _habilitees(
        ou, role, Habilitation.campagne_id == ou.dossier.campagne_id
    )


def habilitees_sur(session: Session, campagne: Campagne, role: str, maintenant: datetime) -> list[Personne]:
    """Persons who hold a role today on a whole campagne."""
    return _habilitees_a(session, maintenant, role, Habilitation.campagne_id == campagne.id)


def _habilitees(ou: Portee, role: str, ou_cela: object) -> list[Personne]:
    return _habilitees_a(ou.session, ou.maintenant, role, ou_cela)


def _habilitees_a(session: Session, maintenant: datetime, role: str, ou_cela: object) -> list[Personne]:
    requete = (
        select(Personne)
        .join(Habilitation, col(Habilitation.personne_id) == col(Personne.id))
        .where(
            Habilitation.role == role,
            *en_vigueur(maintenant),
            ou_cela,  # type: ignore[arg-type]  # a column comparison, which SQLModel types as bool
        )
        .order_by(col(Personne.id))
    )
    return list(session.exec(requete))


def _du_dossier(role: str) -> Callable[[Portee], list[Personne]]:
    return lambda ou: _habilitees(ou, role, Habilitation.dossier_id == ou.dossier.id)


def _de_la_campagne(role: str) -> Callable[[Portee], list[Personne]]:
    return lambda ou: _habilitees(ou, role, Habilitation.campagne_id == ou.dossier.campagne_id)


def _evaluateurs(ou: Portee) -> list[Personne]:
    """Those who hold the dossier and may still judge it."""
    requete = (
        select(Personne)
        .join(Affectation, col(Affectation.personne_id) == col(Personne.id))
        .where(Affectation.dossier_id == ou.dossier.id, col(Affectation.statut).in_((DEMANDEE, RENDUE)))
        .order_by(col(Personne.id))
    )
    return sans_conflit(ou.session, ou.dossier, list(ou.session.exec(requete)))


def _invites(ou: Portee) -> list[Personne]:
    derniere = (
        select(ActionSensibilisation.id)
        .where(ActionSensibilisation.dossier_id == ou.dossier.id)
        .order_by(col(ActionSensibilisation.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    requete = (
        select(Personne)
        .join(Invite, col(Invite.personne_id) == col(Personne.id))
        .where(col(Invite.action_id) == derniere)
        .order_by(col(Personne.id))
    )
    return list(ou.session.exec(requete))


def _partenaires(ou: Portee) -> list[Personne]:
    """Those to write to at the partners'; a co-candidat's contact is told as the porteur is."""
    contacts = select(Partenaire.contact_id).where(
        Partenaire.dossier_id == ou.dossier.id, Partenaire.qualite != CO_CANDIDAT
    )
    requete = select(Personne).where(col(Personne.id).in_(contacts)).order_by(col(Personne.id))
    return list(ou.session.exec(requete))


def _accompagnateurs_region(ou: Portee) -> list[Personne]:
    """Accompagnateurs of the campagne whose structure works in a region of the dossier's territories."""
    regions = (
        select(Territoire.region)
        .join(DossierTerritoire, col(DossierTerritoire.code) == col(Territoire.code))
        .where(DossierTerritoire.dossier_id == ou.dossier.id)
    )
    locales = set(ou.session.exec(select(Structure.id).where(col(Structure.region).in_(regions))))
    return [p for p in _de_la_campagne("accompagnateur")(ou) if p.structure_id in locales]


def _personne(ou: Portee, personne_id: int | None) -> list[Personne]:
    personne = ou.session.get(Personne, personne_id) if personne_id is not None else None
    return [personne] if personne is not None else []


def _reclamant(ou: Portee) -> list[Personne]:
    return _personne(ou, ou.ligne.auteur_id) if isinstance(ou.ligne, Reclamation) else []


RESOLUTIONS: Final[dict[str, Callable[[Portee], list[Personne]]]] = {
    "porteur": _du_dossier("porteur"),
    "accompagnateur": _du_dossier("accompagnateur"),
    "agents": _de_la_campagne("agent"),
    "evaluateurs": _evaluateurs,
    "evaluateurs_sollicites": lambda ou: list(ou.sollicites),
    "membres_comite": _de_la_campagne("membre_comite"),
    "financeurs": _de_la_campagne("financeur"),
    "invites": _invites,
    "consultes": lambda ou: consultes(ou.session, ou.dossier),
    "consultes_sollicites": lambda ou: list(ou.sollicites),
    "partenaires": _partenaires,
    "accompagnateurs_region": _accompagnateurs_region,
    "acteur": lambda ou: _personne(ou, ou.acteur.personne_id),
    "reclamant": _reclamant,
}
