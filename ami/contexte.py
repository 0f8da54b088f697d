"""The facts a règlement's expressions look at, read from the database: exactly `rules.contexte.CONTEXTE`.

Money leaves here as integer centimes, shares per thousand rounded up (a rate one thousandth over its ceiling must
show), dates as aware datetimes; what does not exist yet is an empty text, a zero or a far date, never a null a guard
would trip on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from ami import contexte_accompagnement as autour
from ami.comite import comite_de
from ami.contexte_notes import lire_notes
from ami.enveloppes import tirage_de
from ami.formulaires import reponses_pour_expressions
from ami.maturation import depenses_declarees
from ami.models import (
    ActionSensibilisation,
    Avenant,
    Campagne,
    Convention,
    Dossier,
    DossierTerritoire,
    Echeance,
    Engagement,
    Etude,
    Journal,
    LignePlan,
    Piece,
    Structure,
    SujetBase,
    Territoire,
    VoletEtude,
)
from ami.presences import presents_pour
from ami.preuves import derniere_preuve, distance_au_quartier, mesurees, point_donne
from ami.propositions import proposition_pour
from ami.sujets import Acteur, dossier_de, identifiant, sujet_de
from notifications.columns import en_centimes
from rules.evaluation import contexte_controles, parametres_contexte
from rules.expressions import vrai
from rules.modele import Reglement
from rules.vocabulaire import NATURES

PARIS: Final = ZoneInfo("Europe/Paris")
JAMAIS: Final = datetime(9999, 12, 31, tzinfo=UTC)  # no end is set
ORIGINE: Final = datetime(1970, 1, 1, tzinfo=UTC)  # it has not happened
Contexte = dict[str, Any]


class ContexteParesseux(Mapping[str, Any]):
    """The context, each root read from the database the first time an expression names it, then kept.

    A guard names two or three roots out of eighteen: reading them all was most of the cost of a move.
    """

    def __init__(self, lectures: Mapping[str, Callable[["ContexteParesseux"], Any]]) -> None:
        self._lectures = lectures
        self._lus: Contexte = {}

    def __getitem__(self, racine: str) -> Any:
        """The value of a root; `KeyError` when the context has no such root."""
        if racine not in self._lus:
            self._lus[racine] = self._lectures[racine](self)
        return self._lus[racine]

    def __iter__(self) -> Iterator[str]:
        """The roots, read or not."""
        return iter(self._lectures)

    def __len__(self) -> int:
        """How many roots there are."""
        return len(self._lectures)


def construire(
    session: Session,
    ligne: SujetBase,
    reglement: Reglement,
    *,
    acteur: Acteur,
    donnees: Mapping[str, object],
    maintenant: datetime,
    acte: str | None = None,
) -> ContexteParesseux:
    """Build the whole context of one sujet. Reads only. `acte` is the act under way, if any.

    Instants are compared to the second, as receipts show them: the whole of a closing second is in time.
    """
    dossier = dossier_de(session, ligne)
    seconde = maintenant.replace(microsecond=0)
    return ContexteParesseux(
        {
            "dossier": lambda _: _dossier(dossier, reglement),
            "campagne": lambda _: _campagne(session, session.get_one(Campagne, dossier.campagne_id), reglement),
            "territoire": lambda _: _territoire(session, dossier, reglement),
            "porteur": lambda _: _tiers(session, dossier.porteur_id),
            "accompagnateur": lambda _: _tiers(session, dossier.accompagnateur_id),
            "action": lambda _: _action(session, dossier),
            "pieces": lambda contexte: _pieces(session, dossier, reglement, contexte, acte),
            "etude": lambda _: _etude(session, dossier, reglement),
            "budget": lambda _: _budget(session, dossier),
            "notes": lambda _: lire_notes(session, dossier, reglement.grille, maintenant),
            "proposition": lambda _: proposition_pour(session, dossier),
            "comite": lambda _: _comite(session, dossier, donnees, reglement, maintenant),
            "convention": lambda _: _conventions(session, dossier),
            "echeances": lambda _: _echeances(session, ligne, seconde),
            "acteur": lambda _: {"role": acteur.role},
            "controles": lambda contexte: contexte_controles(reglement, contexte),
            "donnees": lambda _: {clef: pour_cel(valeur) for clef, valeur in donnees.items()},
            "parametres": lambda _: parametres_contexte(reglement),
            "maintenant": lambda _: seconde,
            **autour.lectures(session, dossier, reglement, seconde),
        }
    )


def pour_cel(valeur: object) -> Any:
    """A value as expressions see it: money in centimes, dates as instants, no null."""
    match valeur:
        case bool() | int() | str() | datetime() | None:
            return "" if valeur is None else valeur
        case Decimal():
            return en_centimes(valeur)
        case date():
            return datetime.combine(valeur, time(), tzinfo=PARIS)
        case Mapping():
            return {str(clef): pour_cel(element) for clef, element in valeur.items()}
        case Sequence():
            return [pour_cel(element) for element in valeur]
        case _:
            return str(valeur)


def taux_pour_mille(part: Decimal, total: Decimal) -> int:
    """`part / total` per thousand, rounded up; 0 when the total is 0 and the part too, 1001 when only the total is."""
    if total == 0:
        return 0 if part == 0 else 1001
    # Not `//`: on decimals it drops the fraction towards zero, and 80,05 % would pass for 80 %.
    return int((part * 1000 / total).to_integral_value(ROUND_CEILING))


def _dossier(dossier: Dossier, reglement: Reglement) -> Contexte:
    return {
        "numero": dossier.numero,
        "etat": dossier.etat or "",
        "depuis": dossier.etat_depuis or dossier.cree_le,
        "reponses": pour_cel(reponses_pour_expressions(reglement, dossier.reponses)),
        "montant_demande": en_centimes(dossier.montant_demande),
        "montant_accorde": en_centimes(dossier.montant_accorde),
        "cout_prevu": en_centimes(dossier.cout_prevu),
        "taux_demande": taux_pour_mille(dossier.montant_demande, dossier.cout_prevu),
        "decision": dossier.decision,
        "rang": dossier.rang,
    }


def _campagne(session: Session, campagne: Campagne, reglement: Reglement) -> Contexte:
    # The rank is read before the places: a place taken meanwhile is then seen; two sweeps never offer one twice.
    prochain = _prochain_rang(session, campagne, reglement)
    return {
        "code": campagne.code,
        "ouverture": campagne.ouverture,
        "cloture": campagne.cloture,
        "fin": campagne.fin or JAMAIS,
        "reattribution": campagne.convention_reattribution or "",
        "places": campagne.places,
        "prochain_rang": prochain,
        "places_libres": campagne.places - _places_prises(session, campagne, reglement),
    }


def _prochain_rang(session: Session, campagne: Campagne, reglement: Reglement) -> int:
    listes = [etat.code for etat in reglement.workflow("dossier").etats if etat.liste_ordonnee]
    requete = select(func.min(Dossier.rang)).where(Dossier.campagne_id == campagne.id, col(Dossier.etat).in_(listes))
    return session.exec(requete).one() or 0


def _places_prises(session: Session, campagne: Campagne, reglement: Reglement) -> int:
    etats = [etat.code for etat in reglement.workflow("dossier").etats if etat.occupe_place]
    requete = (
        select(func.count())
        .select_from(Dossier)
        .where(Dossier.campagne_id == campagne.id, col(Dossier.etat).in_(etats))
    )
    return session.exec(requete).one()


def _territoire(session: Session, dossier: Dossier, reglement: Reglement) -> Contexte:
    """What the lists say now of the codes named, and what the last check kept of the point (see `ami.lieu`)."""
    codes = sorted(session.exec(select(DossierTerritoire.code).where(DossierTerritoire.dossier_id == dossier.id)).all())
    # Never the contours: a guard has no use for polygons.
    champs = (Territoire.code, Territoire.kind, Territoire.commune, Territoire.region, Territoire.interet)
    connus = session.execute(
        select(*champs, Territoire.millesime).where(col(Territoire.code).in_(codes))  # type: ignore[call-overload]
    ).all()
    preuves = derniere_preuve(session, identifiant(dossier))
    return {
        "codes": codes,
        "kinds": sorted({t.kind for t in connus}),
        "communes": sorted({t.commune for t in connus}),
        "regions": sorted({t.region for t in connus if t.region}),
        "interets": sorted({t.interet for t in connus if t.interet}),
        "millesimes": sorted({str(t.millesime) for t in connus}),
        "connus": bool(codes) and {t.code for t in connus} == set(codes),
        # Quartier by quartier: one of urban renewal is most often in another list too, under the same code.
        "admis": bool(codes) and {t.code for t in connus if t.kind in reglement.territoires} == set(codes),
        "point_donne": point_donne(reglement, dossier.reponses) is not None,
        "point_verifie": bool(mesurees(preuves)),
        "point_dedans": any(preuve.dedans for preuve in mesurees(preuves)),
        "distance_m": distance_au_quartier(preuves),
    }


def _tiers(session: Session, structure_id: int | None) -> Contexte:
    structure = session.get(Structure, structure_id) if structure_id else None
    return {
        "connu": structure is not None,
        "nom": structure.nom if structure else "",
        "kind": structure.kind if structure else "",
        "adhesions": list(structure.adhesions) if structure else [],
        "region": (structure.region if structure else None) or "",
        "siret_present": bool(structure and structure.siret),
    }


def _action(session: Session, dossier: Dossier) -> Contexte:
    requete = (
        select(ActionSensibilisation)
        .where(ActionSensibilisation.dossier_id == dossier.id)
        .order_by(col(ActionSensibilisation.id).desc())
    )
    action = session.exec(requete).first()
    if action is None:
        return {"prevue": False, "date": ORIGINE, "cout_prevu": 0, "cout_reel": 0, "projets": 0}
    return {
        "prevue": True,
        "date": action.prevue_le,
        "cout_prevu": en_centimes(action.cout_prevu),
        "cout_reel": en_centimes(action.cout_reel or Decimal(0)),
        "projets": action.projets,
    }


def _etude(session: Session, dossier: Dossier, reglement: Reglement) -> Contexte:
    etude = session.exec(select(Etude).where(Etude.dossier_id == dossier.id)).first()
    requete = (
        select(VoletEtude.statut, func.count())
        .where(VoletEtude.etude_id == (etude.id if etude else None))
        .group_by(col(VoletEtude.statut))
    )
    par_statut = dict(session.exec(requete).all()) if etude else {}
    valides, renvoyes = par_statut.get("valide", 0), par_statut.get("renvoye", 0)
    return {
        "volets_attendus": len(reglement.volets),
        "volets_deposes": par_statut.get("depose", 0) + valides,
        "volets_valides": valides,
        "volets_renvoyes": renvoyes,
        "cout_reel": en_centimes(etude.cout_reel if etude else Decimal(0)),
    }


def _budget(session: Session, dossier: Dossier) -> Contexte:
    budget: Contexte = {nature: _budget_nature(session, dossier, nature) for nature in NATURES}
    requete = (
        select(LignePlan.sens, func.coalesce(func.sum(LignePlan.montant), 0))
        .where(LignePlan.dossier_id == dossier.id, col(LignePlan.en_nature).is_(False))
        .group_by(col(LignePlan.sens))
    )
    sommes = {sens: en_centimes(Decimal(montant)) for sens, montant in session.exec(requete)}
    budget["emplois"], budget["ressources"] = sommes.get("emploi", 0), sommes.get("ressource", 0)
    budget["depenses_reelles"] = en_centimes(dossier.depenses_reelles)
    return budget


def _budget_nature(session: Session, dossier: Dossier, nature: str) -> Contexte:
    engagements = session.exec(
        select(Engagement).where(Engagement.dossier_id == dossier.id, Engagement.nature == nature)
    ).all()
    return {
        "engage": sum(en_centimes(e.engage) for e in engagements),
        "paye": sum(en_centimes(e.paye) for e in engagements),
        "reverse": sum(en_centimes(e.reverse) for e in engagements),
        "libere": sum(en_centimes(e.libere) for e in engagements),
        "a_reverser": sum(en_centimes(e.a_reverser) for e in engagements),
        "depenses": en_centimes(depenses_declarees(session, dossier, nature)),
        "disponible": en_centimes(tirage_de(session, dossier, nature).disponible),
    }


def _comite(
    session: Session,
    dossier: Dossier,
    donnees: Mapping[str, object],
    reglement: Reglement,
    maintenant: datetime,
) -> Contexte:
    """The session that decides: the one the act names, else the latest that has sat (see `ami.comite.comite_de`).

    `presents` are those who judge this very dossier: whoever leaves for it does not make its quorum.
    """
    nomme = donnees.get("comite")
    comite = comite_de(session, dossier, nomme if isinstance(nomme, int) else None, maintenant)
    return {
        "membres": len(comite.membres) if comite else 0,
        "presents": len(presents_pour(session, comite, dossier, reglement)) if comite else 0,
        "quorum": reglement.comite.quorum if reglement.comite else 0,
    }


def _conventions(session: Session, dossier: Dossier) -> Contexte:
    signees = session.exec(select(Convention.nature).where(Convention.dossier_id == dossier.id)).all()
    avenants = session.exec(select(func.count()).select_from(Avenant).where(Avenant.dossier_id == dossier.id)).one()
    return {"signees": sorted(signees), "avenants": avenants}


def _echeances(session: Session, ligne: SujetBase, maintenant: datetime) -> Contexte:
    sujet = sujet_de(ligne)
    ouvertes = session.exec(
        select(Echeance)
        .where(
            Echeance.sujet_kind == sujet.kind,
            Echeance.sujet_id == identifiant(ligne),
            col(Echeance.fermee_le).is_(None),
        )
        # Of several of one code (one per evaluator), the last to be written here is the first to fall due.
        .order_by(col(Echeance.due_a).desc())
    ).all()
    return {
        "ouvertes": sorted({e.code for e in ouvertes}),
        "depassees": sorted({e.code for e in ouvertes if e.due_a < maintenant}),
        "termes": {e.code: e.due_a for e in ouvertes},
    }


def _pieces(
    session: Session, dossier: Dossier, reglement: Reglement, contexte: Mapping[str, Any], acte: str | None
) -> Contexte:
    """Pièces laid in the dossier, and those demanded that are not: `si` is evaluated on the rest of the context."""
    deposees = set(session.exec(select(Piece.code).where(Piece.dossier_id == dossier.id)).all())
    exigibles = _actes_faits(session, dossier, reglement) | {acte}
    manquantes = [
        piece
        for piece in reglement.pieces
        if piece.obligatoire
        and piece.acte in exigibles
        and piece.code not in deposees
        and (piece.si is None or vrai(piece.si, contexte))
    ]
    return {
        "manquantes": [piece.code for piece in manquantes],
        "manquantes_libelles": [piece.libelle for piece in manquantes],
        "deposees": sorted(deposees),
    }


def _actes_faits(session: Session, dossier: Dossier, reglement: Reglement) -> set[str | None]:
    """The acts already journaled on a dossier: a pièce is owed from the act that demands it on."""
    transitions = reglement.workflow("dossier").transition_par_code
    faites = session.exec(
        select(Journal.transition).where(Journal.sujet_kind == "dossier", Journal.sujet_id == dossier.id).distinct()
    ).all()
    return {transitions[code].acte for code in faites if code in transitions}
