"""The sheets that tell the dossiers of a shortlist: plan de financement, quartiers, decisions, money."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from ami.exports_feuilles import Champ, Feuille
from ami.libelles import STATUTS_PLAN, decision_en_mots
from ami.models import (
    Comite,
    Deliberation,
    Dossier,
    DossierTerritoire,
    Engagement,
    LignePlan,
    PreuveTerritoire,
    Territoire,
)
from notifications.columns import Euros
from notifications.formats import jour_court
from rules.modele import Reglement

ZERO: Final = Decimal("0.00")


def feuille_plan(session: Session, dossiers: Sequence[Dossier], arrete: str) -> Feuille:
    """Every line of every plan; what is given in kind is beside the money, not in it."""
    champs = (
        Champ("Dossier", "texte", 13),
        Champ("Emploi ou ressource", "texte", 12),
        Champ("Poste", "texte", 36),
        Champ("Financeur", "texte", 26),
        Champ("Argent public", "texte", 9),
        Champ("Statut", "texte", 11),
        Champ("Éligible", "texte", 9),
        Champ("Base", "texte", 7),
        Champ("Emploi", "euros", 15, somme=True),
        Champ("Ressource", "euros", 15, somme=True),
        Champ("Emploi en nature", "euros", 15, somme=True),
        Champ("Ressource en nature", "euros", 15, somme=True),
    )
    lus = _par_id(dossiers)
    requete = select(LignePlan).where(col(LignePlan.dossier_id).in_(list(lus))).order_by(col(LignePlan.id))
    lignes = [_ligne_plan(lus[ligne.dossier_id], ligne) for ligne in session.exec(requete).all()]
    lignes.sort(key=lambda ligne: (str(ligne[0]), str(ligne[1])))
    sous_titres = (
        arrete,
        "Éligible : une dépense que l'aide peut couvrir. Base : hors taxes (HT) ou toutes taxes comprises (TTC), selon "
        "le plan de chaque dossier.",
    )
    return Feuille("Plan de financement", "Plans de financement", sous_titres, champs, lignes)


def _ligne_plan(dossier: Dossier, ligne: LignePlan) -> tuple[object, ...]:
    place = ("emploi", "ressource").index(ligne.sens) + 2 * ligne.en_nature
    montants = [ligne.montant if rang == place else None for rang in range(4)]
    public, eligible = ("oui" if dit else "non" for dit in (ligne.public, ligne.eligible))
    return (
        dossier.numero,
        ligne.sens.capitalize(),
        ligne.libelle,
        ligne.financeur or "",
        public if ligne.sens == "ressource" else "",
        STATUTS_PLAN.get(ligne.statut, ""),
        eligible if ligne.sens == "emploi" else "",
        dossier.base_plan,
        *montants,
    )


def feuille_territoires(session: Session, dossiers: Sequence[Dossier], arrete: str) -> Feuille:
    """Each quartier named, in each list that knows it, and how the place was proved."""
    champs = (
        Champ("Dossier", "texte", 13),
        Champ("Code", "texte", 12),
        Champ("Liste", "texte", 9),
        Champ("Millésime", "entier", 10),
        Champ("Quartier", "texte", 32),
        Champ("Commune", "texte", 22),
        Champ("Région", "texte", 22),
        Champ("Comment le lieu est prouvé", "texte", 46),
    )
    lus = _par_id(dossiers)
    nommes = session.exec(select(DossierTerritoire).where(col(DossierTerritoire.dossier_id).in_(list(lus)))).all()
    quartiers = session.exec(select(Territoire).where(col(Territoire.code).in_([n.code for n in nommes]))).all()
    preuves = _dernieres_preuves(session, list(lus))
    lignes: list[tuple[object, ...]] = []
    for nomme in nommes:
        siens = [q for q in quartiers if q.code == nomme.code]
        debut = (lus[nomme.dossier_id].numero, nomme.code)
        if not siens:
            lignes.append((*debut, "", None, "", "", "", "Aucune liste importée ne connaît ce code."))
        for q in siens:
            preuve = preuves.get((nomme.dossier_id, nomme.code, q.kind, q.millesime))
            lignes.append((*debut, q.kind, q.millesime, q.nom, q.commune, q.region or "", _preuve(preuve)))
    lignes.sort(key=lambda ligne: tuple(str(valeur) for valeur in ligne[:4]))
    return Feuille("Territoires", "Territoires des dossiers", (arrete,), champs, lignes, fige=2)


Clef = tuple[int, str, str | None, int | None]


def _dernieres_preuves(session: Session, ids: Sequence[int]) -> dict[Clef, PreuveTerritoire]:
    requete = select(PreuveTerritoire).where(col(PreuveTerritoire.dossier_id).in_(ids))
    lues = session.exec(requete.order_by(col(PreuveTerritoire.verifie_le))).all()
    return {(p.dossier_id, p.code, p.kind, p.millesime): p for p in lues}


def _preuve(preuve: PreuveTerritoire | None) -> str:
    if preuve is None:
        return "Le code, dans la liste importée ; aucun point vérifié."
    jour = jour_court(preuve.verifie_le)
    if preuve.dedans is None:
        return f"Le code, dans la liste importée, le {jour} ; pas de point, ou pas de contour."
    lieu = "dans le contour" if preuve.dedans else "hors du contour"
    return f"Le point donné est {lieu}, à {preuve.distance_m} m du bord ({jour})."


def feuille_decisions(session: Session, dossiers: Sequence[Dossier], reglement: Reglement, arrete: str) -> Feuille:
    """Every decision on every dossier, the oldest first: why, and why it departs from the proposal."""
    champs = (
        Champ("Dossier", "texte", 13),
        Champ("Décidé le", "jour", 12),
        Champ("Séance", "texte", 14),
        Champ("Décision", "texte", 20),
        Champ("Rang", "entier", 7),
        Champ("Montant accordé", "euros", 15),
        Champ("Motif", "texte", 55),
        Champ("Écart à la proposition", "texte", 45),
    )
    lus = _par_id(dossiers)
    comites = dict(session.exec(select(Comite.id, Comite.code)).all())
    requete = select(Deliberation).where(col(Deliberation.dossier_id).in_(list(lus)))
    lues = session.exec(requete.order_by(col(Deliberation.decide_le), col(Deliberation.id))).all()
    par_dossier = sorted(lues, key=lambda d: lus[d.dossier_id].numero)
    lignes = [
        (
            lus[d.dossier_id].numero,
            d.decide_le,
            comites.get(d.comite_id, ""),
            decision_en_mots(reglement, d.decision),
            d.rang or None,
            d.montant_accorde,
            d.motif,
            d.ecart,
        )
        for d in par_dossier
    ]
    return Feuille("Décisions", "Décisions du comité", (arrete,), champs, lignes)


def feuille_argent(session: Session, dossiers: Sequence[Dossier], reglement: Reglement, arrete: str) -> Feuille:
    """Engaged, paid and left to pay, nature by nature: an aid and a share of capital are never added up."""
    aides = {aide.nature: aide.libelle for aide in reglement.aides}
    champs = [Champ("Dossier", "texte", 13), Champ("Projet", "texte", 36)]
    for libelle in aides.values():
        champs += [Champ(f"{libelle} : {mot}", "euros", 16, somme=True) for mot in ("engagé", "versé", "reste")]
    lus = _par_id(dossiers)
    sommes = _sommes(session, list(lus))
    lignes = []
    for dossier_id, dossier in sorted(lus.items(), key=lambda paire: paire[1].numero):
        ligne: list[object] = [dossier.numero, dossier.titre]
        for nature in aides:
            engage, verse = sommes.get((dossier_id, nature), (ZERO, ZERO))
            ligne += [engage, verse, engage - verse]
        lignes.append(tuple(ligne))
    sous_titres = (arrete, "Engagé : sommes libérées déduites. Versé : reversements déduits.")
    return Feuille("Argent par aide", "Argent de chaque dossier, aide par aide", sous_titres, champs, lignes, fige=2)


def _sommes(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], tuple[Decimal, Decimal]]:
    requete = (
        select(
            Engagement.dossier_id,
            Engagement.nature,
            func.sum(col(Engagement.engage) - col(Engagement.libere), type_=Euros),
            func.sum(col(Engagement.paye) - col(Engagement.reverse), type_=Euros),
        )
        .where(col(Engagement.dossier_id).in_(ids))
        .group_by(col(Engagement.dossier_id), col(Engagement.nature))
    )
    return {(dossier, nature): (engage, verse) for dossier, nature, engage, verse in session.exec(requete).all()}


def _par_id(dossiers: Sequence[Dossier]) -> dict[int, Dossier]:
    return {d.id: d for d in dossiers if d.id is not None}
