"""A dossier walked by the shortest way to an état, for tests that need a neighbour and not its story.

The ways are data: `raccourcis` of a décor (tests/scenarios/decors) says for each état where to come from and by which
acts. Any programme gets its own by writing them in its décor.

In the data of an act, « @nom » stands for an identifier: `@porteur`, `@accompagnateur`… (the person of that role),
`@structure_porteur`… (their structure), `@dossier`, `@comite` (a session with its quorum); or for a text: `@territoire`
(a code), `@jour` (ISO date), `@titre`.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.agir import agir, avancer
from ami.magasin import Magasin
from ami.models import Affectation, Campagne, Comite, Dossier, Habilitation, Personne, Structure, Territoire
from ami.pieces import joindre_piece
from ami.reglements import reglement_de
from ami.sujets import Acteur, Sujet, charger_sujet, identifiant
from ami.vivier import DEMANDEE
from rules.modele import Reglement
from rules.vocabulaire import ACTES_CREATEURS
from tests.support.recit_modele import Pas, Raccourcis, raccourcis_du_decor

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
HABITUEL = "habitat_participatif"
EVALUATEURS = "evaluateurs"
PARTOUT = "partout"
STRUCTURE = "structure_"


def _raccourcis_habituels() -> Raccourcis:
    return raccourcis_du_decor(HABITUEL)


@dataclass
class Marche:
    """Who walks the dossier, and when. `autres`: who holds a role besides the three usual ones."""

    engine: Engine
    pieces: Path
    campagne_id: int
    porteur: int
    accompagnateur: int
    agent: int
    le: datetime
    balayer: bool = True  # fire what is automatic between the acts, as a sweep would
    raccourcis: Raccourcis = field(default_factory=_raccourcis_habituels)
    autres: Mapping[str, int] = field(default_factory=dict)

    @property
    def qui(self) -> dict[str, int]:
        """The person who acts in each role."""
        usuels = {"porteur": self.porteur, "accompagnateur": self.accompagnateur, "agent": self.agent}
        return {**self.autres, **usuels}

    def tenant(self, role: str) -> int:
        """The person of one role."""
        personne = self.qui.get(role)
        assert personne, f"un raccourci fait agir « {role} », et personne ne tient ce rôle ici"
        return personne


def mener_jusqu_a(marche: Marche, titre: str, etat: str, sujet: Sujet | None = None) -> Sujet:
    """Walk a new dossier (or go on with one that stands on the way) until it stands in that état.

    The whole walk is one transaction: the acts are those of an edge, their commits are not what is tested here.
    """
    maillons = list(_chemin(marche.raccourcis, etat))
    with Session(marche.engine, expire_on_commit=False) as session:
        if sujet is not None:
            maillons = _la_suite(maillons, _etat(session, sujet), etat)
        for pas in (pas for maillon in maillons for pas in marche.raccourcis[maillon].pas):
            sujet = _faire(session, marche, titre, sujet, pas)
        assert sujet is not None, f"le raccourci vers « {etat} » n'ouvre aucun dossier"
        _arriver(session, marche, sujet, etat)
        session.commit()
    return sujet


def _arriver(session: Session, marche: Marche, sujet: Sujet, etat: str) -> None:
    """What the engine does by itself may be the last step."""
    voulu = marche.raccourcis[etat].etat or etat
    if marche.balayer and _etat(session, sujet) != voulu:
        avancer(session, sujet, marche.le)
    atteint = _etat(session, sujet)
    assert atteint == voulu, f"le raccourci vers « {etat} » mène à « {atteint} »"


def _chemin(raccourcis: Raccourcis, etat: str) -> Iterator[str]:
    """The états to pass by, the first one first."""
    assert etat in raccourcis, f"aucun raccourci vers « {etat} » ; le décor connaît {', '.join(raccourcis)}"
    depuis = raccourcis[etat].depuis
    if depuis is not None:
        yield from _chemin(raccourcis, depuis)
    yield etat


def _la_suite(maillons: list[str], la: str, etat: str) -> list[str]:
    assert la in maillons, f"« {la} » n'est pas sur le chemin de « {etat} » ({', '.join(maillons)})"
    return maillons[maillons.index(la) + 1 :]


def _etat(session: Session, sujet: Sujet) -> str:
    return charger_sujet(session, sujet).etat or ""


def _faire(session: Session, marche: Marche, titre: str, sujet: Sujet | None, pas: Pas) -> Sujet:
    """One step, after what was automatic; a step by the evaluators is done by each of them."""
    le = _quand(session, marche, pas)
    if sujet is not None and marche.balayer:
        avancer(session, sujet, le)
    reglement = reglement_de(session, marche.campagne_id).reglement
    donnees = completer_notes(resoudre(pas.donnees, _noms(session, marche, titre, sujet)), reglement)
    acteurs = list(_acteurs(session, marche, sujet, pas.par))
    assert acteurs, f"le pas « {pas.acte} » est fait par les évaluateurs sollicités, et personne ne l'est"
    for acteur in acteurs:
        cible = None if pas.acte in ACTES_CREATEURS else sujet
        for code in pas.pieces if cible else []:
            joindre(session, cible, code, acteur, magasin=Magasin(marche.pieces), maintenant=le)
        campagne_id = marche.campagne_id if cible is None else None
        mouvement = agir(session, pas.acte, cible, donnees, acteur=acteur, maintenant=le, campagne_id=campagne_id)
    return mouvement.sujet


def _quand(session: Session, marche: Marche, pas: Pas) -> datetime:
    if not pas.avant_cloture:
        return marche.le
    return min(marche.le, session.get_one(Campagne, marche.campagne_id).cloture - timedelta(days=1))


def _acteurs(session: Session, marche: Marche, sujet: Sujet | None, par: str) -> Iterator[Acteur]:
    if par != EVALUATEURS:
        yield Acteur(par, marche.tenant(par))
        return
    assert sujet is not None
    requete = select(Affectation.personne_id).where(Affectation.dossier_id == sujet.id, Affectation.statut == DEMANDEE)
    for personne_id in sorted(session.exec(requete)):
        yield Acteur("evaluateur", personne_id)


def _noms(session: Session, marche: Marche, titre: str, sujet: Sujet | None) -> Callable[[str], Any]:
    """What each « @nom » of a shortcut stands for, looked up when it is named."""

    def nomme(nom: str) -> Any:
        if nom.startswith(STRUCTURE):
            return session.get_one(Personne, marche.tenant(nom.removeprefix(STRUCTURE))).structure_id
        if nom == "territoire":
            return session.exec(select(Territoire.code).order_by(col(Territoire.id))).first()
        if nom == "comite":
            return _comite(session, marche, sujet)
        fixes = {"titre": titre, "jour": marche.le.date().isoformat(), "dossier": sujet.id if sujet else None}
        return fixes[nom] if nom in fixes else marche.tenant(nom)

    return nomme


def _comite(session: Session, marche: Marche, sujet: Sujet | None) -> int:
    code = f"parcours-{sujet.id if sujet else 0}"
    deja = session.exec(select(Comite.id).where(Comite.campagne_id == marche.campagne_id, Comite.code == code)).first()
    if deja is not None:
        return deja
    trois = ["A", "B", "C"]
    comite = Comite(
        campagne_id=marche.campagne_id, code=code, tenue_le=marche.le, lieu="Paris", membres=trois, presents=trois
    )
    session.add(comite)
    session.flush()
    return identifiant(comite)


def resoudre(valeur: Any, nomme: Callable[[str], Any]) -> Any:
    """The data of an act with every « @nom » replaced, at any depth."""
    if isinstance(valeur, dict):
        return {clef: resoudre(v, nomme) for clef, v in valeur.items()}
    if isinstance(valeur, list):
        return [resoudre(v, nomme) for v in valeur]
    if isinstance(valeur, str) and valeur.startswith("@"):
        return nomme(valeur[1:])
    return valeur


def completer_notes(donnees: dict[str, Any], reglement: Reglement) -> dict[str, Any]:
    """Notes as people write them: `{partout: "3.50", emancipation: "1.50"}` notes every critère of the grille."""
    if "notes" not in donnees or reglement.grille is None:
        return donnees
    dites = dict(donnees["notes"])
    partout = dites.pop(PARTOUT, None)
    toutes = {critere.code: partout for critere in reglement.grille.criteres} if partout is not None else {}
    notes = {code: n if isinstance(n, dict) else {"valeur": n} for code, n in {**toutes, **dites}.items()}
    return {**donnees, "notes": notes}


def joindre(
    session: Session, sujet: Sujet | None, code: str, acteur: Acteur, *, magasin: Magasin, maintenant: datetime
) -> None:
    """Lay a small PDF in a dossier, another one each time."""
    assert sujet is not None, f"la pièce « {code} » se joint à un dossier ouvert"
    dossier = session.get_one(Dossier, sujet.id)
    joindre_piece(
        session,
        dossier,
        code,
        f"{code}.pdf",
        io.BytesIO(PDF + f"{code} {maintenant.isoformat()}".encode()),
        reglement=reglement_de(session, dossier.campagne_id).reglement,
        magasin=magasin,
        acteur=acteur,
        maintenant=maintenant,
    )


def peupler(session: Session, campagne: Campagne, depuis: datetime) -> dict[str, int]:
    """The persons a walk needs, on any campagne: one porteur, one accompagnateur, one agent, four evaluators."""
    commune = Structure(nom="Collectivité fictive", kind="collectivite", region="Occitanie")
    atelier = Structure(nom="Atelier fictif", kind="accompagnateur", adhesions=["RAHP"], region="Occitanie")
    session.add_all(
        [
            commune,
            atelier,
            Territoire(
                code="QP031007", millesime=2015, kind="QPV", nom="Grand Mirail", commune="Toulouse", region="Occitanie"
            ),
        ]
    )
    session.flush()
    qui = {"porteur": commune.id, "accompagnateur": atelier.id, "agent": None}
    qui |= {f"evaluateur{n}": None for n in range(1, 5)}
    ids: dict[str, int] = {}
    for nom, structure in qui.items():
        personne = Personne(prenom=nom, nom="Fictif", courriel=f"{nom}@example.org", structure_id=structure)
        session.add(personne)
        session.flush()
        ids[nom] = personne.id or 0
        role = nom.rstrip("0123456789")
        if role != "porteur":
            session.add(Habilitation(personne_id=ids[nom], role=role, campagne_id=campagne.id, depuis=depuis))
    session.flush()
    return ids
