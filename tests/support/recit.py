"""Stories in French (YAML) played against the real engine, line by line.

After each line the whole outcome is compared (`tests.support.recit_constat`): every état, the journal lines added, the
euros, and the exact courriels; anything that was not announced fails, so « no other e-mail left » holds at every line.
What a file may say is in `tests.support.recit_modele`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML
from sqlalchemy import Engine
from sqlmodel import Session

from ami.agir import agir
from ami.balayage import balayer
from ami.campagnes import ajouter_enveloppe, ouvrir_campagne
from ami.erreurs import ErreurMetier
from ami.magasin import Magasin
from ami.models import Campagne, Comite, Habilitation, Personne, Structure, Territoire
from ami.reglements import reglement_de
from ami.relances import emettre_relances
from ami.sujets import Acteur, Sujet, identifiant
from rules.chargement import ReglementCharge, charger, charger_texte
from rules.vocabulaire import ACTES_CREATEURS
from tests.support.parcours import Marche, completer_notes, joindre, mener_jusqu_a, resoudre
from tests.support.recit_constat import comparer, constater
from tests.support.recit_gestes import Monde as MondeDesGestes
from tests.support.recit_gestes import accomplir, signer_papier
from tests.support.recit_modele import Ligne, PersonneDite, Recit, RecitInvalide, lire

__all__ = ["Recit", "RecitInvalide", "Scene", "instant", "jouer", "lire", "planter"]

PARIS: Final = ZoneInfo("Europe/Paris")
RACINE: Final = Path(__file__).parents[2]
FORMATS: Final = ("%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")


def instant(texte: str) -> datetime:
    """« 12/01/2026 10:00 », legal time in Paris; the hour and the second may be left out."""
    return datetime.strptime(texte, FORMATS[texte.count(" ") + texte.count(":") // 2]).replace(tzinfo=PARIS)


@dataclass
class Scene:
    """The world of a story: names of the file on one side, identifiers on the other."""

    engine: Engine
    pieces: Path
    ids: dict[str, int] = field(default_factory=dict)
    sujets: dict[str, Sujet] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)

    @property
    def campagne_id(self) -> int:
        """The campagne of the story."""
        return self.ids["campagne"]

    def acteur(self, nom: str | None) -> Acteur:
        """Somebody of the story, in their role."""
        if nom not in self.roles:
            raise RecitInvalide(f"« par: {nom} » : personne ne s'appelle ainsi dans ce récit.")
        return Acteur(self.roles[nom], self.ids[nom])

    def nomme(self, nom: str) -> int:
        """What « @nom » stands for."""
        if nom in self.sujets:
            return self.sujets[nom].id
        if nom not in self.ids:
            raise RecitInvalide(f"« @{nom} » ne désigne rien dans ce récit.")
        return self.ids[nom]


@cache
def _reglement(fichier: str, parametres: tuple[tuple[str, Any], ...]) -> ReglementCharge:
    """The règlement, with other figures where the story tries some; the file itself is not touched."""
    if not parametres:
        return charger(RACINE / fichier)
    yaml = YAML()
    document = yaml.load((RACINE / fichier).read_text(encoding="utf-8"))
    for nom, valeur in parametres:
        if nom not in document["parametres"]:
            raise RecitInvalide(f"« parametres.{nom} » : {fichier} n'a pas ce chiffre.")
        document["parametres"][nom]["valeur"] = valeur
    texte = StringIO()
    yaml.dump(document, texte)
    return charger_texte(texte.getvalue(), fichier)


def planter(engine: Engine, pieces: Path, recit: Recit) -> Scene:
    """Build the campagne, the structures, the persons and the quartiers of a story."""
    scene = Scene(engine, pieces)
    with Session(engine, expire_on_commit=False) as session:
        for nom, donnees in recit.structures.items():
            scene.ids[nom] = _ajouter(session, Structure(**donnees))
        campagne = _campagne(session, recit)
        scene.ids["campagne"] = identifiant(campagne)
        for nature, enveloppe in recit.campagne.enveloppes.items():
            financeur = session.get_one(Structure, scene.nomme(enveloppe.financeur))
            ajouter_enveloppe(session, campagne, financeur, nature, Decimal(enveloppe.montant))
        for donnees in recit.territoires:
            session.add(Territoire(**{"millesime": 2015, "kind": "QPV", **donnees}))
        for nom, personne in recit.personnes.items():
            _personne(session, scene, nom, personne, campagne.ouverture)
        session.commit()
    return scene


def _campagne(session: Session, recit: Recit) -> Campagne:
    dite = recit.campagne
    return ouvrir_campagne(
        session,
        code=dite.code,
        nom=dite.nom,
        prefixe=dite.prefixe,
        charge=_reglement(recit.reglement, tuple(recit.parametres.items())),
        ouverture=instant(dite.ouverture),
        cloture=instant(dite.cloture),
        fin=instant(dite.fin) if dite.fin else None,
        places=dite.places,
        courriel_suivi=dite.courriel_suivi,
        convention_reattribution=dite.convention_reattribution,
        maintenant=instant(dite.ouverture),
    )


def _ajouter(session: Session, ligne: Any) -> int:
    session.add(ligne)
    session.flush()
    return identifiant(ligne)


def _personne(session: Session, scene: Scene, nom: str, dite: PersonneDite, depuis: datetime) -> None:
    prenom, _, famille = dite.nom.partition(" ")
    structure = scene.nomme(dite.structure) if dite.structure else None
    scene.ids[nom] = _ajouter(
        session, Personne(prenom=prenom, nom=famille, courriel=f"{nom}@example.org", structure_id=structure)
    )
    scene.roles[nom] = dite.role
    if dite.campagne and dite.role:
        session.add(
            Habilitation(personne_id=scene.ids[nom], role=dite.role, campagne_id=scene.campagne_id, depuis=depuis)
        )


def jouer(scene: Scene, recit: Recit) -> Iterator[str]:
    """Play every line; yields what it plays, so that a failure names its line."""
    avant = constater(scene)
    for numero, ligne in enumerate(recit.histoire, start=1):
        titre = f"ligne {numero} ({ligne.le}, {ligne.dossier or ligne.coulisse or 'campagne'}) : {ligne.titre}"
        yield titre
        if ligne.coulisse is not None:
            _mener(scene, recit, ligne, instant(ligne.le))
            avant = constater(scene)
        else:
            _executer(scene, ligne, instant(ligne.le), titre)
            avant = comparer(scene, ligne, avant, titre)


def _mener(scene: Scene, recit: Recit, ligne: Ligne, le: datetime) -> None:
    """A dossier brought (or brought further) by the shortest way to an état, outside of the story.

    The first person of each role walks it, unless the line says who (`avec: {porteur: farida}`).
    """
    qui = {role: nom for nom, role in reversed(scene.roles.items()) if role} | dict(ligne.avec)
    ids = {role: scene.acteur(nom).personne_id or 0 for role, nom in qui.items()}
    usuels = (ids.get("porteur", 0), ids.get("accompagnateur", 0), ids.get("agent", 0))
    marche = Marche(scene.engine, scene.pieces, scene.campagne_id, *usuels, le, autres=ids)
    marche.raccourcis = recit.raccourcis
    nom, etat = ligne.coulisse or "", ligne.jusqu_a or ""
    scene.sujets[nom] = mener_jusqu_a(marche, _en_titre(nom), etat, scene.sujets.get(nom))


def _en_titre(nom: str) -> str:
    """« jardins_d_empalot » reads « Jardins d empalot » in the courriels of a dossier nobody titled."""
    return nom.replace("_", " ").capitalize()


def _executer(scene: Scene, ligne: Ligne, maintenant: datetime, titre: str) -> None:
    _preparer(scene, ligne, maintenant)
    if ligne.acte is not None:
        _controler_refus(ligne, _acte(scene, ligne, maintenant), titre)
    if ligne.gestes:
        _controler_refus(ligne, _geste(scene, ligne, maintenant), titre)
    with Session(scene.engine, expire_on_commit=False) as session:
        campagne = session.get_one(Campagne, scene.campagne_id)
        if ligne.relances:
            rappels = emettre_relances(session, campagne, maintenant)
            session.commit()
            assert rappels.echecs == [], f"{titre}\n  des rappels ont échoué : {rappels.echecs}"
    for phase in ligne.balayage:
        bilan = balayer(scene.engine, campagne, phase, maintenant)
        assert bilan.lot.ecartes == (), f"{titre}\n  le balayage a mis de côté {bilan.lot.ecartes}"


def _preparer(scene: Scene, ligne: Ligne, maintenant: datetime) -> None:
    """What an act needs to find: rights, sessions of the comité, pièces."""
    with Session(scene.engine, expire_on_commit=False) as session:
        for habilitation in ligne.habiliter:
            session.add(
                Habilitation(
                    personne_id=scene.nomme(habilitation["personne"]),
                    role=habilitation["role"],
                    dossier_id=scene.nomme(habilitation["dossier"]),
                    depuis=maintenant,
                )
            )
        for comite in ligne.comites:
            scene.ids[comite["code"]] = _ajouter(
                session, Comite(campagne_id=scene.campagne_id, tenue_le=maintenant, **comite)
            )
        for piece in ligne.pieces:
            sujet, magasin = scene.sujets.get(ligne.dossier or ""), Magasin(scene.pieces)
            joindre(session, sujet, piece, scene.acteur(ligne.par), magasin=magasin, maintenant=maintenant)
        session.commit()


def _controler_refus(ligne: Ligne, refus: str | None, titre: str) -> None:
    # A story is typed with ordinary spaces; messages keep numbers together with no-break ones.
    lisible = (refus or "").replace("\u202f", " ").replace("\u00a0", " ")
    attendu = ligne.refus or "aucun"
    conforme = (ligne.refus is None) == (refus is None) and (ligne.refus or "") in lisible
    assert conforme, f"{titre}\n  refus attendu : {attendu}\n  refus constaté : {lisible or 'aucun'}"


def _acte(scene: Scene, ligne: Ligne, maintenant: datetime) -> str | None:
    """Do the act and commit; the message of the refusal, or None."""
    assert ligne.acte is not None
    sujet = None if ligne.acte in ACTES_CREATEURS else scene.sujets.get(ligne.dossier or "")
    with Session(scene.engine, expire_on_commit=False) as session:
        reglement = reglement_de(session, scene.campagne_id).reglement
        try:
            mouvement = agir(
                session,
                ligne.acte,
                sujet,
                completer_notes(resoudre(ligne.donnees, scene.nomme), reglement),
                acteur=scene.acteur(ligne.par),
                maintenant=maintenant,
                campagne_id=scene.campagne_id if sujet is None else None,
            )
        except ErreurMetier as erreur:
            return erreur.message
        session.commit()
        scene.sujets[ligne.dossier or ""] = mouvement.sujet
        return None


def _geste(scene: Scene, ligne: Ligne, maintenant: datetime) -> str | None:
    """Do what the team does and commit; the message of the refusal, or None."""
    sujet = scene.sujets.get(ligne.dossier or "")
    acteur = scene.acteur(ligne.par) if ligne.par else None
    try:
        if ligne.signer is not None:
            assert sujet is not None, "un document se signe pour un « dossier » : lequel ?"
            assert acteur is not None, "un document signé est enregistré par quelqu'un (« par »)"
            signer_papier(scene.engine, scene.pieces, sujet.id, acteur, maintenant, ligne.signer)
            return None
        with Session(scene.engine, expire_on_commit=False) as session:
            monde = MondeDesGestes(session, scene.ids, sujet.id if sujet else None, acteur, maintenant, scene.pieces)
            accomplir(monde, ligne)
            session.commit()
    except ErreurMetier as erreur:
        return erreur.message
    return None
