"""Stories in French (YAML) played against the real engine, line by line.

After each line the whole outcome is compared: the état, the journal lines added, the euros, and the exact courriels;
anything that was not announced fails, so « no other e-mail left » holds at every line.
"""

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.agir import agir
from ami.balayage import balayer
from ami.campagnes import ajouter_enveloppe, ouvrir_campagne
from ami.erreurs import ErreurMetier
from ami.magasin import Magasin
from ami.models import (
    Campagne,
    Comite,
    Courriel,
    Dossier,
    Engagement,
    Habilitation,
    Journal,
    Personne,
    ScoreFige,
    Structure,
    Territoire,
)
from ami.pieces import joindre_piece
from ami.reglements import reglement_de
from ami.relances import emettre_relances
from ami.sujets import Acteur, Sujet, charger_sujet, identifiant
from notifications.apercu import apercu
from rules.chargement import charger
from tests.support.parcours import PDF, Marche, mener_jusqu_a
from tests.support.raccourcis import Guide, completer_notes, mener

PARIS = ZoneInfo("Europe/Paris")
RACINE = Path(__file__).parents[2]


def instant(texte: str) -> datetime:
    """« 12/01/2026 10:00 », legal time in Paris."""
    format_ = "%d/%m/%Y %H:%M" if " " in texte else "%d/%m/%Y"
    return datetime.strptime(texte, format_).replace(tzinfo=PARIS)


@dataclass
class Scene:
    """The world of a story: names of the file on one side, identifiers on the other."""

    engine: Engine
    pieces: Path
    ids: dict[str, int] = field(default_factory=dict)
    sujets: dict[str, Sujet] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    argent: dict[tuple[str, str], dict[str, Decimal]] = field(default_factory=dict)

    @property
    def campagne_id(self) -> int:
        return self.ids["campagne"]


def lire(chemin: Path) -> dict[str, Any]:
    """A story over its décor: dictionaries are completed key by key, anything else is replaced."""
    recit: dict[str, Any] = yaml.safe_load(chemin.read_text(encoding="utf-8"))
    decor = recit.pop("decor", None)
    return recit if decor is None else _sur(yaml.safe_load((chemin.parent / decor).read_text("utf-8")), recit)


def _sur(decor: dict[str, Any], propre: Mapping[str, Any]) -> dict[str, Any]:
    ensemble = dict(decor)
    for clef, valeur in propre.items():
        avant = ensemble.get(clef)
        ensemble[clef] = _sur(avant, valeur) if isinstance(avant, dict) and isinstance(valeur, dict) else valeur
    return ensemble


def planter(engine: Engine, pieces: Path, recit: Mapping[str, Any]) -> Scene:
    """Build the campagne, the structures, the persons and the quartiers of a story."""
    scene = Scene(engine, pieces)
    decor = recit["campagne"]
    ouverture = instant(decor["ouverture"])
    with Session(engine, expire_on_commit=False) as session:
        for nom, donnees in recit["structures"].items():
            scene.ids[nom] = _ajouter(session, Structure(**donnees))
        charge = charger(RACINE / recit["reglement"])
        campagne = ouvrir_campagne(
            session,
            code=decor["code"],
            nom=decor["nom"],
            prefixe=decor["prefixe"],
            charge=charge,
            ouverture=ouverture,
            cloture=instant(decor["cloture"]),
            fin=instant(decor["fin"]) if decor.get("fin") else None,
            places=decor["places"],
            courriel_suivi=decor.get("courriel_suivi"),
            maintenant=ouverture,
        )
        scene.ids["campagne"] = campagne.id or 0
        for nature, enveloppe in decor["enveloppes"].items():
            financeur = session.get_one(Structure, scene.ids[enveloppe["financeur"]])
            ajouter_enveloppe(session, campagne, financeur, nature, Decimal(enveloppe["montant"]))
        for donnees in recit["territoires"]:
            session.add(Territoire(**{"millesime": 2015, "kind": "QPV", **donnees}))
        for nom, donnees in recit["personnes"].items():
            _personne(session, scene, nom, donnees, ouverture)
        session.commit()
    return scene


def _ajouter(session: Session, ligne: Any) -> int:
    session.add(ligne)
    session.flush()
    return identifiant(ligne)


def _personne(session: Session, scene: Scene, nom: str, donnees: dict[str, Any], depuis: datetime) -> None:
    prenom, _, famille = donnees["nom"].partition(" ")
    structure = scene.ids.get(donnees.get("structure", ""))
    scene.ids[nom] = _ajouter(
        session, Personne(prenom=prenom, nom=famille, courriel=f"{nom}@example.org", structure_id=structure)
    )
    scene.roles[nom] = donnees.get("role", "")
    if donnees.get("campagne", True) and donnees.get("role"):
        session.add(
            Habilitation(personne_id=scene.ids[nom], role=donnees["role"], campagne_id=scene.campagne_id, depuis=depuis)
        )


def jouer(scene: Scene, recit: Mapping[str, Any]) -> Iterator[str]:
    """Play every line; yields what it plays, so that a failure names its line."""
    for numero, ligne in enumerate(recit["histoire"], start=1):
        titre = f"ligne {numero} ({ligne['le']}) : {ligne.get('acte') or ligne.get('que') or 'balayage'}"
        yield titre
        if "coulisse" in ligne:
            _mener(scene, recit, ligne, instant(ligne["le"]))
            continue
        avant = _photographier(scene)
        _executer(scene, ligne)
        _verifier(scene, ligne, avant, titre)


def _mener(scene: Scene, recit: Mapping[str, Any], ligne: Mapping[str, Any], le: datetime) -> None:
    """A dossier brought by the shortest way to an état, outside of the story; `avec` says who walks it."""
    nom, etat = ligne["coulisse"], ligne["jusqu_a"]
    qui = {role: scene.ids[personne] for personne, role in reversed(scene.roles.items()) if role}
    if "raccourcis" in recit:
        qui |= {role: scene.ids[personne] for role, personne in ligne.get("avec", {}).items()}
        guide = Guide(scene.engine, scene.pieces, scene.campagne_id, qui, recit["raccourcis"], le)
        scene.sujets[nom] = mener(guide, nom.replace("_", " ").capitalize(), etat, scene.sujets.get(nom))
    else:
        usuels = qui["porteur"], qui["accompagnateur"], qui["agent"]
        scene.sujets[nom] = mener_jusqu_a(Marche(scene.engine, scene.pieces, scene.campagne_id, *usuels, le), nom, etat)
    with Session(scene.engine) as session:
        scene.argent = _argent(session, scene)


def _executer(scene: Scene, ligne: Mapping[str, Any]) -> None:
    maintenant = instant(ligne["le"])
    with Session(scene.engine, expire_on_commit=False) as session:
        for habilitation in ligne.get("habiliter", []):
            session.add(
                Habilitation(
                    personne_id=scene.ids[habilitation["personne"]],
                    role=habilitation["role"],
                    dossier_id=scene.sujets[habilitation["dossier"]].id,
                    depuis=maintenant,
                )
            )
        for comite in ligne.get("comites", []):
            scene.ids[comite["code"]] = _ajouter(
                session, Comite(campagne_id=scene.campagne_id, tenue_le=maintenant, **comite)
            )
        for piece in ligne.get("pieces", []):
            _joindre(session, scene, ligne, piece, maintenant)
        session.commit()
    if "acte" in ligne:
        _agir(scene, ligne, maintenant)
    with Session(scene.engine, expire_on_commit=False) as session:
        campagne = session.get_one(Campagne, scene.campagne_id)
        if ligne.get("relances"):
            emettre_relances(session, campagne, maintenant)
            session.commit()
    for phase in ligne.get("balayage", []):
        balayer(scene.engine, campagne, phase, maintenant)


def _joindre(session: Session, scene: Scene, ligne: Mapping[str, Any], code: str, maintenant: datetime) -> None:
    dossier = session.get_one(Dossier, scene.sujets[ligne["dossier"]].id)
    joindre_piece(
        session,
        dossier,
        code,
        f"{code}.pdf",
        io.BytesIO(PDF + code.encode()),
        reglement=reglement_de(session, scene.campagne_id).reglement,
        magasin=Magasin(scene.pieces),
        acteur=_acteur(scene, ligne["par"]),
        maintenant=maintenant,
    )


def _acteur(scene: Scene, nom: str) -> Acteur:
    return Acteur(scene.roles[nom], scene.ids[nom])


def _agir(scene: Scene, ligne: Mapping[str, Any], maintenant: datetime) -> None:
    refus = _refus(scene, ligne, maintenant)
    # A story is typed with ordinary spaces; messages keep numbers together with no-break ones.
    lisible = refus.replace("\u202f", " ").replace("\u00a0", " ")
    assert ligne.get("refus", "") in lisible, lisible
    assert ("refus" in ligne) == bool(refus), refus or f"un refus était attendu : {ligne['refus']}"


def _refus(scene: Scene, ligne: Mapping[str, Any], maintenant: datetime) -> str:
    """Do the act and commit; the message of the refusal, or nothing."""
    sujet = scene.sujets.get(ligne["dossier"])
    with Session(scene.engine, expire_on_commit=False) as session:
        reglement = reglement_de(session, scene.campagne_id).reglement
        try:
            mouvement = agir(
                session,
                ligne["acte"],
                sujet,
                completer_notes(_identifiants(scene, ligne.get("donnees", {})), reglement),
                acteur=_acteur(scene, ligne["par"]),
                maintenant=maintenant,
                campagne_id=scene.campagne_id if sujet is None and ligne["acte"] != "reclamer" else None,
            )
        except ErreurMetier as erreur:
            return erreur.message
        session.commit()
        scene.sujets[ligne["dossier"]] = mouvement.sujet
        return ""


def _identifiants(scene: Scene, valeur: Any) -> Any:
    """« @claire » stands for the identifier of claire."""
    if isinstance(valeur, dict):
        return {clef: _identifiants(scene, v) for clef, v in valeur.items()}
    if isinstance(valeur, list):
        return [_identifiants(scene, v) for v in valeur]
    if isinstance(valeur, str) and valeur.startswith("@"):
        nom = valeur[1:]
        return scene.sujets[nom].id if nom in scene.sujets else scene.ids[nom]
    return valeur


@dataclass(frozen=True)
class Photo:
    courriel: int
    journal: int


def _photographier(scene: Scene) -> Photo:
    with Session(scene.engine) as session:
        courriel = session.exec(select(Courriel.id).order_by(col(Courriel.id).desc())).first()
        journal = session.exec(select(Journal.id).order_by(col(Journal.id).desc())).first()
        return Photo(courriel or 0, journal or 0)


def _verifier(scene: Scene, ligne: Mapping[str, Any], avant: Photo, titre: str) -> None:
    with Session(scene.engine) as session:
        argent = _argent(session, scene)
        obtenu: dict[str, object] = {
            "état": _etat(session, scene, ligne),
            "autres états": {nom: charger_sujet(session, scene.sujets[nom]).etat for nom in ligne.get("aussi", {})},
            "journal": _journal(session, scene, avant),
            "courriels": _courriels(session, scene, avant),
            "argent": argent,
        }
    attendu: dict[str, object] = {
        "état": ligne.get("etat", obtenu["état"]),
        "autres états": {nom: aussi["etat"] for nom, aussi in ligne.get("aussi", {}).items()},
        "journal": _journal_attendu(scene, ligne),
        "courriels": Counter(
            f"{message} → {qui}" for message, gens in ligne.get("courriels", {}).items() for qui in gens
        ),
        "argent": _argent_attendu(scene, ligne),
    }
    for sur_quoi, valeur in attendu.items():
        constate = obtenu[sur_quoi]
        assert constate == valeur, f"{titre}\n  {sur_quoi} attendu : {valeur}\n  {sur_quoi} constaté : {constate}"
    scene.argent = argent
    if "note" in ligne:
        assert _note(scene, ligne["dossier"]) == Decimal(str(ligne["note"])), titre
    for message, phrases in ligne.get("lettres", {}).items():
        _lire(scene, avant, message, phrases, titre)


def _lire(scene: Scene, avant: Photo, message: str, phrases: list[str], titre: str) -> None:
    """Every letter of that message says each phrase; « pas: … » must not be said."""
    with Session(scene.engine) as session:
        requete = select(Courriel).where(col(Courriel.id) > avant.courriel, Courriel.message == message)
        textes = [" ".join(f"{vu.objet} {vu.texte}".split()) for vu in map(apercu, session.exec(requete))]
    assert textes, f"{titre}\n  aucun courriel « {message} » à lire"
    for texte in textes:
        for phrase in phrases:
            assert (phrase.removeprefix("pas: ") in texte) != phrase.startswith("pas: "), (
                f"{titre}\n  {phrase}\n{texte}"
            )


def _note(scene: Scene, nom: str) -> Decimal:
    with Session(scene.engine) as session:
        fige = session.exec(select(ScoreFige).where(ScoreFige.dossier_id == scene.sujets[nom].id)).one()
        return Decimal(fige.total_millieme).scaleb(-3)


def _etat(session: Session, scene: Scene, ligne: Mapping[str, Any]) -> str | None:
    sujet = scene.sujets.get(ligne.get("dossier", ""))
    return charger_sujet(session, sujet).etat if sujet else None


def _journal(session: Session, scene: Scene, avant: Photo) -> Counter[str]:
    lignes = session.exec(select(Journal).where(col(Journal.id) > avant.journal)).all()
    noms = {(sujet.kind, sujet.id): nom for nom, sujet in scene.sujets.items()}
    return Counter(f"{noms[(ligne.sujet_kind, ligne.sujet_id)]} : {ligne.transition}" for ligne in lignes)


def _journal_attendu(scene: Scene, ligne: Mapping[str, Any]) -> Counter[str]:
    """« transition » is of the line's own sujet (else of the story's first one), « nom : transition » of another."""
    propre = ligne.get("dossier") or next(iter(scene.sujets), "")
    return Counter(dit if " : " in dit else f"{propre} : {dit}" for dit in ligne.get("journal", []))


def _courriels(session: Session, scene: Scene, avant: Photo) -> Counter[str]:
    noms = {f"personne:{identifiant}": nom for nom, identifiant in scene.ids.items() if nom in scene.roles}
    noms[f"campagne:{scene.campagne_id}:suivi"] = "suivi"
    nouveaux = session.exec(select(Courriel).where(col(Courriel.id) > avant.courriel)).all()
    return Counter(f"{courriel.message} → {noms[courriel.destinataire_ref]}" for courriel in nouveaux)


def _argent(session: Session, scene: Scene) -> dict[tuple[str, str], dict[str, Decimal]]:
    noms = {sujet.id: nom for nom, sujet in scene.sujets.items() if sujet.kind == "dossier"}
    sommes: dict[tuple[str, str], dict[str, Decimal]] = {}
    for e in session.exec(select(Engagement).order_by(col(Engagement.id))):
        total = sommes.setdefault((noms[e.dossier_id], e.nature), {})
        for colonne in ("engage", "paye", "libere", "reverse", "a_reverser"):
            montant = total.get(colonne, Decimal(0)) + getattr(e, colonne)
            total[colonne] = montant
    return {clef: {c: m for c, m in total.items() if m} for clef, total in sommes.items()}


def _argent_attendu(scene: Scene, ligne: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Decimal]]:
    """What the line says, over what stood before: money moves only where a line says so."""
    attendu = dict(scene.argent)
    dits = {nom: aussi.get("argent", {}) for nom, aussi in ligne.get("aussi", {}).items()}
    for nom, argent in {**dits, ligne.get("dossier", ""): ligne.get("argent", {})}.items():
        for nature, montants in argent.items():
            attendu[(nom, nature)] = {c: Decimal(str(m)) for c, m in montants.items() if Decimal(str(m))}
    return attendu


__all__ = ["Scene", "jouer", "lire", "planter"]
