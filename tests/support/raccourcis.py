"""A dossier brought to an état by the acts its décor lists (`raccourcis`), for a programme with its own ways.

« @nom » in the data of an act is the person of that role, `@structure_<role>` their structure, `@comite` a session with
its quorum; `@jour`, `@titre` and `@territoire` are what they say.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.affectations import DEMANDEE
from ami.agir import agir, avancer
from ami.magasin import Magasin
from ami.models import Affectation, Campagne, Comite, Dossier, Personne, Territoire
from ami.pieces import joindre_piece
from ami.reglements import reglement_de
from ami.sujets import Acteur, Sujet, charger_sujet, identifiant
from rules.modele import Reglement
from rules.vocabulaire import ACTES_CREATEURS
from tests.support.parcours import PDF

Nommer = Callable[[str], Any]


@dataclass(frozen=True)
class Guide:
    """Who walks, where and when; `qui` holds the person of each role."""

    engine: Engine
    pieces: Path
    campagne_id: int
    qui: Mapping[str, int]
    raccourcis: Mapping[str, Any]
    le: datetime


def mener(guide: Guide, titre: str, etat: str, sujet: Sujet | None = None) -> Sujet:
    """Walk a new dossier, or go on with one that stands on the way, until it stands in that état."""
    chemin = list(_chemin(guide.raccourcis, etat))
    with Session(guide.engine, expire_on_commit=False) as session:
        if sujet is not None:
            chemin = chemin[chemin.index(charger_sujet(session, sujet).etat or "") + 1 :]
        for pas in (pas for maillon in chemin for pas in guide.raccourcis[maillon].get("pas", [])):
            for acteur in list(_acteurs(session, guide, sujet, pas["par"])):
                sujet = _faire(session, guide, titre, sujet, pas, acteur)
            avancer(session, sujet, guide.le) if sujet is not None else None
        session.commit()
        assert sujet is not None, f"le raccourci vers « {etat} » n'ouvre aucun dossier"
        atteint, voulu = charger_sujet(session, sujet).etat, guide.raccourcis[etat].get("etat", etat)
    assert atteint == voulu, f"le raccourci vers « {etat} » mène à « {atteint} »"
    return sujet


def completer_notes(donnees: dict[str, Any], reglement: Reglement) -> dict[str, Any]:
    """Notes as people write them: `{partout: "3.50", innovation: "1.50"}` notes every critère of the grille."""
    if "notes" not in donnees or reglement.grille is None:
        return donnees
    dites = dict(donnees["notes"])
    partout = dites.pop("partout", None)
    toutes = {critere.code: partout for critere in reglement.grille.criteres} if partout else {}
    notes = {code: n if isinstance(n, dict) else {"valeur": n} for code, n in {**toutes, **dites}.items()}
    return {**donnees, "notes": notes}


def remplacer(valeur: Any, nommer: Nommer) -> Any:
    """The data of an act with every « @nom » replaced, at any depth."""
    if isinstance(valeur, dict):
        return {clef: remplacer(v, nommer) for clef, v in valeur.items()}
    if isinstance(valeur, list):
        return [remplacer(v, nommer) for v in valeur]
    return nommer(valeur[1:]) if isinstance(valeur, str) and valeur.startswith("@") else valeur


def _chemin(raccourcis: Mapping[str, Any], etat: str) -> Iterator[str]:
    depuis = raccourcis[etat].get("depuis")
    if depuis is not None:
        yield from _chemin(raccourcis, depuis)
    yield etat


def _acteurs(session: Session, guide: Guide, sujet: Sujet | None, par: str) -> Iterator[Acteur]:
    if par != "evaluateurs" or sujet is None:
        yield Acteur(par, guide.qui[par])
        return
    requete = select(Affectation.personne_id).where(Affectation.dossier_id == sujet.id, Affectation.statut == DEMANDEE)
    yield from (Acteur("evaluateur", personne_id) for personne_id in sorted(session.exec(requete)))


def _faire(
    session: Session, guide: Guide, titre: str, sujet: Sujet | None, pas: Mapping[str, Any], acteur: Acteur
) -> Sujet:
    reglement = reglement_de(session, guide.campagne_id).reglement
    cible = None if pas["acte"] in ACTES_CREATEURS else sujet
    le = _quand(session, guide, pas)
    for code in pas.get("pieces", []) if cible is not None else []:
        joindre_piece(
            session,
            session.get_one(Dossier, cible.id if cible else 0),
            code,
            f"{code}.pdf",
            io.BytesIO(PDF + code.encode()),
            reglement=reglement,
            magasin=Magasin(guide.pieces),
            acteur=acteur,
            maintenant=le,
        )
    donnees = completer_notes(remplacer(pas.get("donnees", {}), _noms(session, guide, titre, sujet)), reglement)
    campagne_id = guide.campagne_id if cible is None else None
    return agir(session, pas["acte"], cible, donnees, acteur=acteur, maintenant=le, campagne_id=campagne_id).sujet


def _quand(session: Session, guide: Guide, pas: Mapping[str, Any]) -> datetime:
    if not pas.get("avant_cloture"):
        return guide.le
    return min(guide.le, session.get_one(Campagne, guide.campagne_id).cloture - timedelta(days=1))


def _noms(session: Session, guide: Guide, titre: str, sujet: Sujet | None) -> Nommer:
    def nommer(nom: str) -> Any:
        if nom.startswith("structure_"):
            return session.get_one(Personne, guide.qui[nom.removeprefix("structure_")]).structure_id
        if nom == "territoire":
            return session.exec(select(Territoire.code).order_by(col(Territoire.id))).first()
        if nom == "comite":
            return _comite(session, guide, sujet)
        return {"titre": titre, "jour": guide.le.date().isoformat()}.get(nom) or guide.qui[nom]

    return nommer


def _comite(session: Session, guide: Guide, sujet: Sujet | None) -> int:
    code, trois = f"parcours-{sujet.id if sujet else 0}", ["A", "B", "C"]
    comite = session.exec(select(Comite).where(Comite.code == code)).first() or Comite(
        campagne_id=guide.campagne_id, code=code, tenue_le=guide.le, lieu="Paris", membres=trois, presents=trois
    )
    session.add(comite)
    session.flush()
    return identifiant(comite)
