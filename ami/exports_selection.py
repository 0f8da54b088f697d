"""The shortlist of a campagne: its lines, and its columns declared once for every format.

Amounts stay exact (Decimal euros) up to the file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import pandas as pd
from sqlalchemy import func
from sqlmodel import Session, col, select

from ami.candidats import en_lice, lire_donnees
from ami.choix.calcul import calculer
from ami.choix.classement import en_points
from ami.exports_calcul import feuille_calcul
from ami.exports_choix import feuille_classement, feuille_notes, feuille_proposition, feuille_severite
from ami.exports_dossiers import feuille_argent, feuille_decisions, feuille_plan, feuille_territoires
from ami.exports_feuilles import Feuille, Genre
from ami.libelles import decision_en_mots
from ami.models import Campagne, Dossier, Engagement, ScoreFige, Structure
from ami.propositions import relire
from ami.queries import MontantEnveloppe, montants_par_enveloppe, quartiers_des_dossiers
from ami.regards import Regard, exiger_vue, lisibles
from ami.reglements import reglement_de
from ami.scenarios import lister
from ami.sujets import identifiant
from notifications.columns import Euros
from notifications.formats import instant
from rules.modele import Reglement

ZERO: Final = Decimal("0.00")


@dataclass(frozen=True)
class LigneSelection:
    """A dossier of the shortlist. `note` is out of 100, None before its evaluations were closed."""

    rang: int | None
    numero: str
    titre: str
    quartiers: str
    communes: str
    porteur: str
    accompagnateur: str
    note: Decimal | None
    decision: str
    situation: str
    depuis: datetime
    cout_prevu: Decimal
    montant_demande: Decimal
    montant_accorde: Decimal
    engage: Decimal
    paye: Decimal
    groupe: int = 2  # 0: holds a place; 1: waits in an ordered list; 2: neither

    @property
    def reste_a_payer(self) -> Decimal:
        """What is engaged and not paid yet."""
        return self.engage - self.paye


@dataclass(frozen=True)
class Colonne:
    """A column: heading, how a cell is drawn from a line, how it is shown, its width in characters, what it means."""

    titre: str
    valeur: Callable[[LigneSelection], object]
    genre: Genre
    largeur: int
    sens: str
    somme: bool = False


COLONNES: Final[tuple[Colonne, ...]] = (
    Colonne(
        "Rang", lambda ligne: ligne.rang, "entier", 6, "Rang donné par le comité ; vide quand il n'en a pas donné."
    ),
    Colonne("Dossier", lambda ligne: ligne.numero, "texte", 11, "Numéro du dossier dans la campagne."),
    Colonne("Projet", lambda ligne: ligne.titre, "texte", 32, "Titre donné par le porteur."),
    Colonne("Quartiers", lambda ligne: ligne.quartiers, "texte", 12, "Codes officiels des quartiers du projet."),
    Colonne(
        "Communes", lambda ligne: ligne.communes, "texte", 16, "Communes de ces quartiers, d'après la liste importée."
    ),
    Colonne("Porteur", lambda ligne: ligne.porteur, "texte", 22, "Structure qui porte le projet."),
    Colonne("Accompagnateur", lambda ligne: ligne.accompagnateur, "texte", 22, "Structure qui accompagne le porteur."),
    Colonne("Note /100", lambda ligne: ligne.note, "note", 7, "Moyenne pondérée des évaluations, à leur clôture."),
    Colonne(
        "Décision", lambda ligne: ligne.decision, "texte", 17, "Dernière décision prise par le comité sur ce dossier."
    ),
    Colonne("Situation", lambda ligne: ligne.situation, "texte", 16, "État du dossier le jour de l'export."),
    Colonne("Depuis le", lambda ligne: ligne.depuis, "jour", 11, "Jour du dernier changement d'état."),
    Colonne("Coût prévu", lambda ligne: ligne.cout_prevu, "euros", 12, "Coût déclaré au dépôt.", True),
    Colonne("Aide demandée", lambda ligne: ligne.montant_demande, "euros", 12, "Aide demandée au dépôt.", True),
    Colonne(
        "Aide accordée",
        lambda ligne: ligne.montant_accorde,
        "euros",
        13,
        "Aide accordée par la dernière décision.",
        True,
    ),
    Colonne("Engagé", lambda ligne: ligne.engage, "euros", 12, "Aides engagées, sommes libérées déduites.", True),
    Colonne("Versé net", lambda ligne: ligne.paye, "euros", 12, "Versements, reversements déduits.", True),
    Colonne("Reste à payer", lambda ligne: ligne.reste_a_payer, "euros", 12, "Engagé moins payé.", True),
)


@dataclass(frozen=True)
class Selection:
    """All an export shows of a campagne at an instant."""

    campagne: Campagne
    reglement: Reglement
    lignes: Sequence[LigneSelection]
    enveloppes: Sequence[MontantEnveloppe]
    arretee_a: datetime
    feuilles: Sequence[Feuille] = ()  # what tells the choice and the dossiers, beside the list


def selection_de(session: Session, regard: Regard, campagne: Campagne, maintenant: datetime) -> Selection:
    """Build the shortlist: every dossier scored, decided upon or engaged, ranked ones first, then by note.

    Dossiers one may not read are left out; the enveloppes are for those who see a campagne's sums.

    Raises:
        Introuvable: the role sees no ranking in this campagne.
    """
    exiger_vue(session, regard, campagne, "classement")
    reglement = reglement_de(session, identifiant(campagne)).reglement
    lignes = _lignes(session, regard, campagne, reglement)
    return Selection(
        campagne=campagne,
        reglement=reglement,
        lignes=lignes,
        enveloppes=montants_par_enveloppe(session, regard, campagne) if regard.voit("comptes") else (),
        arretee_a=maintenant,
        feuilles=_feuilles(session, regard, campagne, reglement, [ligne.numero for ligne in lignes], maintenant),
    )


def _feuilles(
    session: Session,
    regard: Regard,
    campagne: Campagne,
    reglement: Reglement,
    numeros: Sequence[str],
    maintenant: datetime,
) -> list[Feuille]:
    """The sheets of the choice, where the règlement says how to choose, then those of the dossiers."""
    arrete = f"{campagne.nom}, arrêté le {instant(maintenant)} (heure de Paris)."
    requete = select(Dossier).where(Dossier.campagne_id == campagne.id, col(Dossier.numero).in_(numeros))
    dossiers = session.exec(requete.order_by(col(Dossier.numero))).all()
    return [
        *_choix(session, regard, campagne, reglement, dossiers, arrete, maintenant),
        feuille_decisions(session, dossiers, reglement, arrete),
        feuille_plan(session, dossiers, arrete),
        feuille_territoires(session, dossiers, arrete),
        feuille_argent(session, dossiers, reglement, arrete),
    ]


def _choix(
    session: Session,
    regard: Regard,
    campagne: Campagne,
    reglement: Reglement,
    dossiers: Sequence[Dossier],
    arrete: str,
    maintenant: datetime,
) -> list[Feuille]:
    """What weighs dossiers against one another: whole, or left out for who may not read one of them."""
    if reglement.grille is None or reglement.selection is None:
        return []
    en_balance = en_lice(session, campagne, reglement)
    if len(lisibles(session, regard, en_balance)) != len(en_balance):
        return []
    donnees = lire_donnees(session, regard, campagne, maintenant)
    if not donnees.candidats:
        return []
    resultats = calculer(donnees)
    choisi = next((relire(ligne) for ligne in lister(session, regard, campagne) if ligne.choisi_le is not None), None)
    nom = f"Scénario « {choisi.nom} », choisi par le comité" if choisi else "Proposition du règlement"
    proposition = choisi.proposition if choisi else resultats.selection
    return [
        feuille_calcul(donnees, arrete),
        feuille_classement(donnees, resultats, {d.numero: d.titre for d in dossiers}, arrete),
        feuille_proposition(nom, proposition, resultats.classement, arrete),
        feuille_notes(donnees, arrete),
        feuille_severite(resultats, arrete),
    ]


def tableau(selection: Selection) -> pd.DataFrame:
    """The shortlist as a table of exact values (no float), one column per declared one."""
    lignes = [[colonne.valeur(ligne) for colonne in COLONNES] for ligne in selection.lignes]
    return pd.DataFrame(lignes, columns=pd.Index([colonne.titre for colonne in COLONNES]), dtype=object)


def _lignes(session: Session, regard: Regard, campagne: Campagne, reglement: Reglement) -> list[LigneSelection]:
    scores = _scores(session, campagne)
    argent = _argent(session, campagne)
    lieux = quartiers_des_dossiers(session, campagne)
    noms = dict(session.exec(select(Structure.id, Structure.nom)).all())
    requete = select(Dossier).where(Dossier.campagne_id == campagne.id, col(Dossier.etat).is_not(None))
    retenus = [
        d for d in lisibles(session, regard, session.exec(requete)) if d.decision or d.id in scores or d.id in argent
    ]
    lignes = [_ligne(d, reglement, scores, argent, lieux.get(identifiant(d), []), noms) for d in retenus]
    return sorted(lignes, key=_ordre)


def _ligne(
    dossier: Dossier,
    reglement: Reglement,
    scores: dict[int, Decimal],
    argent: dict[int, tuple[Decimal, Decimal]],
    lieux: list[tuple[str, str]],
    noms: dict[int | None, str],
) -> LigneSelection:
    etat = reglement.workflow("dossier").etat_par_code[dossier.etat or ""]
    engage, paye = argent.get(identifiant(dossier), (ZERO, ZERO))
    return LigneSelection(
        rang=dossier.rang or None,
        numero=dossier.numero,
        titre=dossier.titre,
        quartiers=", ".join(code for code, _ in lieux),
        communes=", ".join(dict.fromkeys(commune for _, commune in lieux if commune)),
        porteur=noms.get(dossier.porteur_id, ""),
        accompagnateur=noms.get(dossier.accompagnateur_id, ""),
        note=scores.get(identifiant(dossier)),
        decision=decision_en_mots(reglement, dossier.decision),
        situation=etat.libelle,
        depuis=dossier.etat_depuis or dossier.cree_le,
        cout_prevu=dossier.cout_prevu,
        montant_demande=dossier.montant_demande,
        montant_accorde=dossier.montant_accorde,
        engage=engage,
        paye=paye,
        groupe=0 if etat.occupe_place else 1 if etat.liste_ordonnee else 2,
    )


def _ordre(ligne: LigneSelection) -> tuple[int, int, Decimal, str]:
    """Dossiers that hold a place by their note, then the waiting list by its ranks, then the others by their note."""
    rang = (ligne.rang or 0) if ligne.groupe == 1 else 0
    return ligne.groupe, rang, -(ligne.note if ligne.note is not None else Decimal(-1)), ligne.numero


def _scores(session: Session, campagne: Campagne) -> dict[int, Decimal]:
    requete = (
        select(ScoreFige.dossier_id, ScoreFige.total_millieme)
        .join(Dossier, col(Dossier.id) == col(ScoreFige.dossier_id))
        .where(Dossier.campagne_id == campagne.id)
    )
    return {dossier_id: en_points(total) for dossier_id, total in session.exec(requete).all()}


def _argent(session: Session, campagne: Campagne) -> dict[int, tuple[Decimal, Decimal]]:
    """For each dossier: engaged and not freed, paid and not returned."""
    requete = (
        select(
            Engagement.dossier_id,
            func.sum(col(Engagement.engage) - col(Engagement.libere), type_=Euros),
            func.sum(col(Engagement.paye) - col(Engagement.reverse), type_=Euros),
        )
        .join(Dossier, col(Dossier.id) == col(Engagement.dossier_id))
        .where(Dossier.campagne_id == campagne.id)
        .group_by(col(Engagement.dossier_id))
    )
    return {dossier_id: (engage, paye) for dossier_id, engage, paye in session.exec(requete).all()}
