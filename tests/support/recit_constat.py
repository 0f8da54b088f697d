"""The whole state of a story's world, and what a line may have changed of it: what it announces, and nothing else."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.models import Courriel, Dossier, Engagement, Journal, Reclamation, ScoreFige
from ami.sujets import Sujet
from notifications.apercu import apercu
from tests.support.recit_modele import Ligne

Sommes = dict[str, Decimal]
Argent = dict[tuple[str, str], Sommes]
SANS = "pas: "
COLONNES = ("engage", "paye", "libere", "reverse", "a_reverser")


class Monde(Protocol):
    """What comparing needs to know of a scene."""

    engine: Engine
    ids: dict[str, int]
    sujets: dict[str, Sujet]
    roles: dict[str, str]


@dataclass(frozen=True)
class Constat:
    """Every état and every euro, and how far the journal and the outbox go."""

    etats: dict[str, str | None]
    argent: Argent
    journal: int
    courriel: int


def constater(monde: Monde) -> Constat:
    """Look at everything."""
    with Session(monde.engine) as session:
        journal = session.exec(select(Journal.id).order_by(col(Journal.id).desc())).first()
        courriel = session.exec(select(Courriel.id).order_by(col(Courriel.id).desc())).first()
        return Constat(_etats(session, monde), _argent(session, monde), journal or 0, courriel or 0)


def comparer(monde: Monde, ligne: Ligne, avant: Constat, titre: str) -> Constat:
    """Hold what happened against what the line announces; what stands now.

    Raises:
        AssertionError: one thing differs, in French, naming what was awaited and what was found.
    """
    apres = constater(monde)
    with Session(monde.engine) as session:
        courriels = session.exec(select(Courriel).where(col(Courriel.id) > avant.courriel)).all()
        journal = _journal(session, monde, avant.journal)
    _memes(titre, "états", apres.etats, _etats_attendus(ligne, avant))
    _memes(titre, "journal", journal, _journal_attendu(monde, ligne))
    _memes(titre, "courriels", _courriels(monde, courriels), _courriels_attendus(ligne))
    _memes(titre, "argent", apres.argent, _argent_attendu(ligne, avant))
    if ligne.note is not None:
        _memes(titre, "note", _note(monde, ligne), Decimal(str(ligne.note)))
    for message, phrases in ligne.lettres.items():
        _lire(titre, message, phrases, [c for c in courriels if c.message == message])
    return apres


def _memes(titre: str, sur_quoi: str, constate: Any, attendu: Any) -> None:
    if isinstance(constate, Counter) and isinstance(attendu, Counter):
        en_trop, manque = constate - attendu, attendu - constate
        ecart = f"non annoncé : {_liste(en_trop)}\n  annoncé et absent : {_liste(manque)}"
    else:
        ecart = f"attendu : {attendu}\n  constaté : {constate}"
    assert constate == attendu, f"{titre}\n  {sur_quoi}, {ecart}"


def _liste(compte: Counter[Any]) -> str:
    return ", ".join(sorted(compte.elements())) or "rien"


def _lire(titre: str, message: str, phrases: list[str], courriels: list[Courriel]) -> None:
    """Every letter of that message says each phrase; « pas: … » must not be said."""
    assert courriels, f"{titre}\n  aucun courriel « {message} » à lire"
    for courriel in courriels:
        texte = lisible(courriel)
        for phrase in phrases:
            interdite, voulue = phrase.startswith(SANS), phrase.removeprefix(SANS)
            defaut = "dit, et ne devait pas dire" if interdite else "ne dit pas"
            assert (voulue in texte) != interdite, f"{titre}\n  « {message} » {defaut} « {voulue} » :\n  {texte}"


def lisible(courriel: Courriel) -> str:
    """Subject and text as a person reads them, on one line, with ordinary spaces as stories are typed."""
    vu = apercu(courriel)
    return " ".join(f"{vu.objet}\n{vu.texte}".split())


def _noms_des_sujets(monde: Monde) -> dict[tuple[str, int], str]:
    return {(sujet.kind, sujet.id): nom for nom, sujet in monde.sujets.items()}


def _etats(session: Session, monde: Monde) -> dict[str, str | None]:
    noms = _noms_des_sujets(monde)
    lignes = [("dossier", d.id, d.etat) for d in session.exec(select(Dossier))]
    lignes += [("reclamation", r.id, r.etat) for r in session.exec(select(Reclamation))]
    return {noms.get((kind, id_ or 0), f"{kind} n° {id_}"): etat for kind, id_, etat in lignes}


def _etats_attendus(ligne: Ligne, avant: Constat) -> dict[str, str | None]:
    dits = {nom: aussi.etat for nom, aussi in ligne.aussi.items() if aussi.etat is not None}
    if ligne.dossier is not None and ligne.etat is not None:
        dits[ligne.dossier] = ligne.etat
    return {**avant.etats, **dits}


def _journal(session: Session, monde: Monde, depuis: int) -> Counter[str]:
    noms = _noms_des_sujets(monde)
    lignes = session.exec(select(Journal).where(col(Journal.id) > depuis)).all()
    return Counter(
        f"{noms.get((ligne.sujet_kind, ligne.sujet_id), ligne.sujet_kind)} : {ligne.transition}" for ligne in lignes
    )


def _journal_attendu(monde: Monde, ligne: Ligne) -> Counter[str]:
    """« transition » is of the line's own sujet (else of the story's first one), « nom : transition » of another."""
    propre = ligne.dossier or next(iter(monde.sujets), "")
    return Counter(dit if " : " in dit else f"{propre} : {dit}" for dit in ligne.journal)


def _courriels(monde: Monde, courriels: Any) -> Counter[str]:
    noms = {f"personne:{monde.ids[nom]}": nom for nom in monde.roles}
    noms[f"campagne:{monde.ids['campagne']}:suivi"] = "suivi"
    return Counter(f"{c.message} → {noms.get(c.destinataire_ref, c.destinataire_ref)}" for c in courriels)


def _courriels_attendus(ligne: Ligne) -> Counter[str]:
    return Counter(f"{message} → {qui}" for message, gens in ligne.courriels.items() for qui in gens)


def _argent(session: Session, monde: Monde) -> Argent:
    noms = _noms_des_sujets(monde)
    sommes: Argent = {}
    for e in session.exec(select(Engagement).order_by(col(Engagement.id))):
        total = sommes.setdefault((noms.get(("dossier", e.dossier_id), str(e.dossier_id)), e.nature), {})
        for colonne in COLONNES:
            total[colonne] = total.get(colonne, Decimal(0)) + getattr(e, colonne)
    return {clef: {c: m for c, m in total.items() if m} for clef, total in sommes.items()}


def _argent_attendu(ligne: Ligne, avant: Constat) -> Argent:
    """What the line says, over what stood before: money moves only where a line says so."""
    dit = {nom: aussi.argent for nom, aussi in ligne.aussi.items()}
    if ligne.dossier is not None:
        dit[ligne.dossier] = ligne.argent
    return {**avant.argent, **{(nom, nature): _sommes(m) for nom, a in dit.items() for nature, m in a.items()}}


def _sommes(montants: Mapping[str, Any]) -> Sommes:
    inconnues = set(montants) - set(COLONNES)
    assert not inconnues, f"« argent » : {', '.join(sorted(inconnues))} n'est pas l'une de {', '.join(COLONNES)}"
    return {colonne: Decimal(str(m)) for colonne, m in montants.items() if Decimal(str(m))}


def _note(monde: Monde, ligne: Ligne) -> Decimal:
    with Session(monde.engine) as session:
        sujet = monde.sujets[ligne.dossier or ""]
        fige = session.exec(select(ScoreFige).where(ScoreFige.dossier_id == sujet.id)).one()
        return Decimal(fige.total_millieme).scaleb(-3)


__all__ = ["Constat", "Monde", "comparer", "constater", "lisible"]
