"""Write the persons of an import, and the roles each line gives them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ami.imports_champs import cle
from ami.imports_ecriture import Chantier, donnes, enregistrer, trouver_structure
from ami.imports_rapport import Issue, LigneRefusee
from ami.imports_schemas import LignePersonne
from ami.models import Campagne, Habilitation, Personne
from ami.sujets import identifiant
from notifications.formats import PARIS


@dataclass(frozen=True)
class _Portee:
    """Where a role is held: on a campagne, or on one dossier."""

    campagne_id: int | None = None
    dossier_id: int | None = None


def precharger_personnes(chantier: Chantier, lignes: list[LignePersonne]) -> None:
    """Look up together what a lot of lines needs."""
    connus = chantier.connus
    connus.personnes.precharger(ligne.courriel for ligne in lignes)
    connus.roles.precharger(
        personne.id for ligne in lignes if (personne := connus.personnes.premier(ligne.courriel)) is not None
    )
    connus.precharger_structures_dites(ligne.structure for ligne in lignes)
    connus.campagnes.precharger(ligne.campagne for ligne in lignes)
    connus.dossiers.precharger(ligne.dossier for ligne in lignes)


def ecrire_personne(chantier: Chantier, ligne: LignePersonne) -> Issue:
    """Create a person or complete the one with the same address, then give the roles asked.

    Raises `LigneRefusee` when the structure, the campagne or the dossier named is unknown, when a role ends before
    it begins, or when the address is already somebody else's.
    """
    connue = chantier.connus.personnes.premier(ligne.courriel)
    if connue is not None:
        _controler_meme_personne(connue, ligne)
    valeurs = {nom: valeur for nom, valeur in donnes(ligne).items() if nom in ("prenom", "nom", "courriel")}
    if ligne.structure is not None:
        valeurs["structure_id"] = identifiant(trouver_structure(chantier.connus, ligne.structure, "structure"))
    portees = {role: _portee(chantier, role, ligne) for role in ligne.roles}
    fin = _fin_de_journee(ligne.jusqu_au) if ligne.jusqu_au else None
    deja = {role: _role_tenu(chantier, connue, role, portee) for role, portee in portees.items()}
    _controler_fin(chantier, fin, deja)
    personne, issue = enregistrer(chantier.session, connue, Personne, valeurs)
    chantier.connus.personnes.ajouter(personne)
    nouvelles = [_habiliter(chantier, personne, role, portees[role], deja[role], fin) for role in ligne.roles]
    return Issue.MIS_A_JOUR if issue is Issue.INCHANGE and any(nouvelles) else issue


def _controler_meme_personne(connue: Personne, ligne: LignePersonne) -> None:
    """A first name or a name may be corrected; when both differ, two people were given one address."""
    avant, apres = (cle(connue.prenom), cle(connue.nom)), (cle(ligne.prenom), cle(ligne.nom))
    if avant[0] != apres[0] and avant[1] != apres[1]:
        inverses = avant == apres[::-1]
        raise LigneRefusee(
            "courriel",
            f"Cette adresse est déjà celle de {connue.nom_complet}.",
            "Le prénom et le nom semblent inversés." if inverses else "Donnez à chaque personne sa propre adresse.",
        )


def _role_tenu(chantier: Chantier, personne: Personne | None, role: str, portee: _Portee) -> Habilitation | None:
    """The role, when this person holds it already."""
    if personne is None or personne.id is None:
        return None
    for tenu in chantier.connus.roles.tous(personne.id):
        if (tenu.role, tenu.campagne_id, tenu.dossier_id) == (role, portee.campagne_id, portee.dossier_id):
            return tenu
    return None


def _controler_fin(chantier: Chantier, fin: datetime | None, deja: dict[str, Habilitation | None]) -> None:
    """A role given today may not have ended yesterday; one that has run its course may be read again."""
    nouveau = [role for role, tenu in deja.items() if tenu is None or tenu.jusqu_a != fin]
    if fin is not None and fin < chantier.maintenant and nouveau:
        raise LigneRefusee(
            "jusqu_au",
            f"Cette date est déjà passée : le rôle « {nouveau[0]} » finirait avant de commencer.",
            "Vérifiez l'année, ou laissez la cellule vide.",
        )


def _habiliter(
    chantier: Chantier,
    personne: Personne,
    role: str,
    portee: _Portee,
    deja: Habilitation | None,
    fin: datetime | None,
) -> bool:
    """Give a role; True when it was not held, or its end changed."""
    if deja is not None:
        change = fin is not None and deja.jusqu_a != fin
        deja.jusqu_a = fin if change else deja.jusqu_a
        return change

    def donner() -> None:
        role_donne = Habilitation(
            personne_id=identifiant(personne),
            role=role,
            campagne_id=portee.campagne_id,
            dossier_id=portee.dossier_id,
            depuis=chantier.maintenant,
            jusqu_a=fin,
        )
        chantier.session.add(role_donne)
        chantier.connus.roles.ajouter(role_donne)

    # A person just created has no number before the lot's flush.
    if personne.id is None:
        chantier.ensuite.append(donner)
    else:
        donner()
    return True


def _portee(chantier: Chantier, role: str, ligne: LignePersonne) -> _Portee:
    if ligne.dossier is not None:
        dossier = chantier.connus.dossiers.premier(ligne.dossier)
        if dossier is None:
            raise LigneRefusee(
                "dossier", "Aucun dossier ne porte ce numéro.", "Vérifiez-le avec « ami dossiers lister »."
            )
        return _Portee(dossier_id=identifiant(dossier))
    if role == "porteur":
        raise LigneRefusee(
            "roles",
            "Le rôle de porteur se donne sur un dossier précis, jamais sur toute une campagne.",
            "Ajoutez une colonne « dossier » avec le numéro du dossier.",
        )
    return _Portee(campagne_id=identifiant(_campagne(chantier, ligne.campagne)))


def _campagne(chantier: Chantier, code: str | None) -> Campagne:
    if code is not None:
        campagne = chantier.connus.campagnes.premier(code)
        if campagne is None:
            raise LigneRefusee(
                "campagne", "Cette campagne n'existe pas.", "Vérifiez son code avec « ami campagne lister »."
            )
        return campagne
    if chantier.campagne is None:
        raise LigneRefusee(
            "campagne",
            "Un rôle se donne sur une campagne.",
            "Ajoutez une colonne « campagne », ou l'option --campagne.",
        )
    return chantier.campagne


def _fin_de_journee(jour: date) -> datetime:
    """The last instant of a day, legal time."""
    lendemain = datetime.combine(jour + timedelta(days=1), time(0), tzinfo=PARIS)
    return lendemain.astimezone(UTC) - timedelta(seconds=1)
