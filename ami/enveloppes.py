"""The enveloppes a dossier may draw on, their earmarks read one way by who chooses and by who engages."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlmodel import Session, col, select

from ami.choix.donnees import Profil, Reserve
from ami.erreurs import DonneesInvalides
from ami.imports_geographie import REGIONS
from ami.models import Campagne, Dossier, DossierTerritoire, Engagement, Enveloppe, Structure, Territoire
from ami.propositions import parts_pour
from ami.reglements import reglement_de
from ami.sujets import identifiant
from notifications.formats import montant as en_francais
from rules.modele import Reglement

ZERO: Final = Decimal(0)
CHAMPS_LIBELLES: Final = {"region": "région", "territoire": "territoires", "axe": "axe"}


@dataclass(frozen=True)
class Tirage:
    """The enveloppes of one nature: those open to a dossier, in the order it draws on them, and the others."""

    ouvertes: Sequence[Enveloppe]
    fermees: Sequence[Enveloppe]

    @property
    def disponible(self) -> Decimal:
        """What the dossier may still draw."""
        return sum((reste(e) for e in self.ouvertes), ZERO)

    def parts(self, montant: Decimal, promises: Mapping[int, Decimal]) -> list[tuple[Enveloppe, Decimal]]:
        """What each enveloppe pays: first what it was promised to pay, then whatever is left, in order."""
        parts: defaultdict[int, Decimal] = defaultdict(Decimal)
        promis = [(e, promises.get(identifiant(e), ZERO)) for e in self.ouvertes]
        bornes = [*promis, *((e, montant) for e in self.ouvertes)]
        for enveloppe, borne in bornes:
            clef = identifiant(enveloppe)
            parts[clef] += max(ZERO, min(montant - sum(parts.values()), borne, reste(enveloppe) - parts[clef]))
        return [(e, parts[identifiant(e)]) for e in self.ouvertes if parts[identifiant(e)] > ZERO]

    def reserve_a_d_autres(self) -> str:
        """What is left on enveloppes this dossier may not draw on, in French; "" when there is nothing."""
        dits = [f"{en_francais(reste(e))} ({dire_reserve(e)})" for e in self.fermees if reste(e) > ZERO]
        return f" Ce qui reste ailleurs est réservé à d'autres dossiers : {', '.join(dits)}." if dits else ""


def reste(enveloppe: Enveloppe) -> Decimal:
    """What may still be engaged on an enveloppe."""
    return enveloppe.montant - enveloppe.engage_net


def reserve_de(enveloppe: Enveloppe) -> Reserve | None:
    """The earmark of an enveloppe; None when it is open to all."""
    if not enveloppe.reserve_champ:
        return None
    return Reserve.model_validate({"champ": enveloppe.reserve_champ, "valeur": enveloppe.reserve_valeur})


def dire_reserve(enveloppe: Enveloppe) -> str:
    """An earmark as people read it: « région Bretagne »; "" when there is none."""
    reserve = reserve_de(enveloppe)
    return f"{CHAMPS_LIBELLES[reserve.champ]} {reserve.valeur}" if reserve is not None else ""


def profil_de(session: Session, dossier: Dossier, reglement: Reglement) -> Profil:
    """What earmarks and quotas see of a dossier: where it is, and the axe it answered."""
    return profils_de(session, [dossier], reglement)[identifiant(dossier)]


def profils_de(session: Session, dossiers: Sequence[Dossier], reglement: Reglement) -> dict[int, Profil]:
    """The same of many dossiers, read at once."""
    requete = (
        select(DossierTerritoire.dossier_id, Territoire.region, Territoire.kind)
        .join(Territoire, col(Territoire.code) == col(DossierTerritoire.code))
        .where(col(DossierTerritoire.dossier_id).in_([identifiant(d) for d in dossiers]))
    )
    connus: dict[int, set[tuple[str | None, str]]] = {}
    for dossier_id, region, kind in session.exec(requete):
        connus.setdefault(dossier_id, set()).add((region, kind))
    axe = reglement.selection.axe if reglement.selection is not None else None
    return {identifiant(d): _profil(d, connus.get(identifiant(d), set()), axe) for d in dossiers}


def _profil(dossier: Dossier, lieux: set[tuple[str | None, str]], axe: str | None) -> Profil:
    return Profil(
        region=", ".join(sorted({region for region, _ in lieux if region})),
        territoires=tuple(sorted({kind for _, kind in lieux})),
        axe=str(dossier.reponses.get(axe, "")) if axe else "",
    )


def nommees(session: Session, campagne_id: int, nature: str) -> list[tuple[str, Enveloppe, Structure]]:
    """The enveloppes of a nature under the names a choice gives them, with their financeurs."""
    requete = (
        select(Enveloppe, Structure)
        .join(Structure, col(Structure.id) == col(Enveloppe.financeur_id))
        .where(Enveloppe.campagne_id == campagne_id, Enveloppe.nature == nature)
    )
    # By name, then SIRET: rows come in another order on another database.
    lues = sorted(session.exec(requete).all(), key=lambda ligne: (ligne[1].nom, ligne[1].siret or ""))
    homonymes = Counter(financeur.nom for _, financeur in lues)
    return [(f"{f.nom} ({f.siret or 'sans SIRET'})" if homonymes[f.nom] > 1 else f.nom, e, f) for e, f in lues]


def tirage_de(session: Session, dossier: Dossier, nature: str, *, tenir: bool = False) -> Tirage:
    """Which enveloppes a dossier may draw on: the earmarked ones first, since fewer may use them, then the open ones.

    `tenir` holds them all until the transaction ends, in one order for everybody.
    """
    requete = (
        select(Enveloppe)
        .where(Enveloppe.campagne_id == dossier.campagne_id, Enveloppe.nature == nature)
        .order_by(col(Enveloppe.id))
        # The counter is moved by plain UPDATEs: never trust a copy the session already holds.
        .execution_options(populate_existing=True)
    )
    toutes = session.exec(requete.with_for_update() if tenir else requete).all()
    if not any(e.reserve_champ for e in toutes):
        return Tirage(toutes, ())
    profil = profil_de(session, dossier, reglement_de(session, dossier.campagne_id).reglement)
    admises = [e for e in toutes if (reserve := reserve_de(e)) is None or reserve.admet(profil)]
    fermees = [e for e in toutes if e not in admises]
    return Tirage(sorted(admises, key=lambda e: not e.reserve_champ), fermees)


def exiger_reserve_atteignable(session: Session, campagne: Campagne, financeur: str, reserve: Reserve) -> None:
    """Money nobody can ever draw is a typing error: the value must be one a dossier of the campagne may have.

    Raises:
        DonneesInvalides: it is not; says which are.
    """
    reglement = reglement_de(session, identifiant(campagne)).reglement
    if reserve.champ == "axe" and (reglement.selection is None or reglement.selection.axe is None):
        raise DonneesInvalides(
            f"L'enveloppe de {financeur} est réservée à un axe, mais le règlement ne dit pas où l'axe se lit : ajoutez "
            "« axe » à sa rubrique « selection », ou réservez par region ou territoire."
        )
    possibles = _valeurs_possibles(session, reglement, reserve)
    if possibles and reserve.valeur not in possibles:
        raise DonneesInvalides(
            f"L'enveloppe de {financeur} est réservée ({CHAMPS_LIBELLES[reserve.champ]} « {reserve.valeur} »), mais "
            f"aucun dossier ne peut y répondre. Valeurs possibles : {', '.join(possibles)}."
        )


def _valeurs_possibles(session: Session, reglement: Reglement, reserve: Reserve) -> list[str]:
    """What an earmark may name; nothing when answers are free."""
    match reserve.champ:
        case "territoire":
            return sorted(reglement.territoires)
        case "region":
            importees = session.exec(select(Territoire.region).distinct()).all()
            return sorted({*REGIONS, *(region for region in importees if region)})
        case "axe":
            axe = reglement.selection.axe if reglement.selection is not None else None
            champs = [champ for formulaire in reglement.formulaires.values() for champ in formulaire.champs]
            return [choix for champ in champs if champ.code == axe for choix in champ.choix]


def promises(session: Session, dossier: Dossier, nature: str) -> dict[int, Decimal]:
    """By enveloppe, what the comité's scenario has it pay for this dossier, less what it engaged there already.

    A selection was proven to fit with these parts: drawn otherwise, the last dossier might find its money gone.
    """
    parts = parts_pour(session, dossier)
    selection = reglement_de(session, dossier.campagne_id).reglement.selection if parts else None
    if selection is None or selection.nature != nature:
        return {}
    deja: defaultdict[int, Decimal] = defaultdict(Decimal)
    for engagement in session.exec(select(Engagement).where(Engagement.dossier_id == dossier.id)):
        deja[engagement.enveloppe_id] += engagement.engage - engagement.libere
    lues = nommees(session, dossier.campagne_id, nature)
    return {(clef := identifiant(e)): parts[code] - deja[clef] for code, e, _ in lues if code in parts}
