"""Playing the acts: each is one transaction of the edge, with a clef of its own, so that a replay changes nothing."""

import io
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.agir import agir
from ami.database import session_ecriture, session_lecture
from ami.erreurs import ErreurMetier
from ami.journal import ligne_de_clef, mouvement_de_ligne
from ami.models import Affectation, Dossier
from ami.pieces import Magasin, joindre_piece
from ami.presences import presents_pour
from ami.reglements import reglement_de
from ami.scrutins import accorder, examiner, voter
from ami.seances import trouver_seance
from ami.sujets import Acteur, Sujet
from ami.votes import ACTES_DE_COMITE
from flows.demonstration.decor import Decor
from flows.demonstration.documents import pdf
from flows.demonstration.histoire import DossierDemo, Ligne, Recit
from flows.demonstration.lecture import remplir
from flows.demonstration.papiers import SIGNATURES, Papier, signer
from rules.modele import Grille, Reglement
from rules.vocabulaire import ACTES_CREATEURS

_EVALUATEUR: Final = re.compile(r"evaluateur_(\d+)")
DOSSIER: Final = "dossier"


class Imprevu(Exception):
    """The engine did not do what the story says. French message, naming dossier, date and act."""


class Jeu:
    """Plays the acts of one campagne on a database; knows which sujet stands behind each dossier of its files."""

    def __init__(self, engine: Engine, decor: Decor, magasin: Magasin, papiers: Path) -> None:
        self.decor = decor
        self._engine = engine
        self._magasin = magasin
        self._papiers = papiers
        self._sujets: dict[tuple[str, str], Sujet] = {}
        with session_lecture(engine) as session:
            self._reglement = reglement_de(session, decor.campagne_id).reglement

    def numeros(self) -> dict[str, str]:
        """The number of each dossier already opened, by its code in the files."""
        with session_lecture(self._engine) as session:
            return {
                code: session.get_one(Dossier, sujet.id).numero
                for (code, kind), sujet in self._sujets.items()
                if kind == DOSSIER
            }

    def dossier(self, session: Session, code: str) -> Dossier:
        """A dossier already opened, by its code in the files."""
        return session.get_one(Dossier, self._sujets[code, DOSSIER].id)

    def jouer(self, dossier: DossierDemo, ligne: Ligne) -> bool:
        """Do one act; False when it was done already, or was refused as the story says.

        Raises:
            Imprevu: refused though it should not be, or the other way round.
        """
        if ligne.refus is not None and self._passee(dossier, ligne):
            return False
        try:
            fait = self._signer(dossier, ligne) if ligne.acte in SIGNATURES else self._faire(dossier, ligne)
        except ErreurMetier as erreur:
            if ligne.refus is not None and ligne.refus in erreur.message:
                return False
            raise Imprevu(f"{_titre(dossier, ligne)} : {erreur.message}") from erreur
        if ligne.refus is not None:
            raise Imprevu(f"{_titre(dossier, ligne)} : l'acte aurait dû être refusé (« {ligne.refus} »).")
        return fait

    def _clef(self, dossier: DossierDemo, rang: int) -> str:
        return f"demonstration:{self.decor.recit.code}:{dossier.code}:{rang}"

    def _passee(self, dossier: DossierDemo, ligne: Ligne) -> bool:
        """True when a later act of the dossier is done: what was refused then might be for another reason today."""
        with session_lecture(self._engine) as session:
            suivantes = range(ligne.rang + 1, len(dossier.lignes))
            return any(ligne_de_clef(session, self._clef(dossier, rang)) is not None for rang in suivantes)

    def _faire(self, dossier: DossierDemo, ligne: Ligne) -> bool:
        clef = self._clef(dossier, ligne.rang)
        with session_ecriture(self._engine) as session:
            deja = ligne_de_clef(session, clef)
            mouvement = mouvement_de_ligne(deja) if deja else self._agir(session, dossier, ligne, clef)
            session.commit()
        self._sujets[dossier.code, mouvement.sujet.kind] = mouvement.sujet
        return deja is None

    def _signer(self, dossier: DossierDemo, ligne: Ligne) -> bool:
        """The paper is issued, and its copy signed comes back: the file and the act stand together."""
        with session_lecture(self._engine) as session:
            acteur, donnees = self._acteur(session, dossier, ligne.par), self._donnees(session, dossier, ligne)
        papier = Papier(donnees, ligne.le, acteur)
        return signer(self._engine, self._magasin, self._sujets[dossier.code, DOSSIER].id, papier, self._papiers)

    def _mettre_aux_voix(self, session: Session, demo: DossierDemo, ligne: Ligne, decision: str) -> None:
        """A decision that names its session is put to it first: a consensus, or the vote of all who may."""
        code = str(ligne.donnees.get("comite", "")).removeprefix("@")
        dite = self.decor.recit.tenue.seances.get(code)
        if dite is None or ligne.acte not in ACTES_DE_COMITE:
            return
        dossier, comite = self.dossier(session, demo.code), trouver_seance(session, code)
        examen = examiner(session, comite, dossier, ligne.le, ligne.acte)
        if demo.code in dite.consensus:
            accorder(examen, decision)
            return
        autres = dite.voix.get(demo.code, {})
        votants = [s for s in presents_pour(session, comite, dossier, self._reglement) if s in comite.sieges]
        voter(examen, decision, {siege: autres.get(siege, "pour") for siege in votants})

    def _agir(self, session: Session, dossier: DossierDemo, ligne: Ligne, clef: str) -> Any:
        sujet = None if ligne.acte in ACTES_CREATEURS else self._sujet(dossier, ligne)
        acteur = self._acteur(session, dossier, ligne.par)
        for code in ligne.pieces:
            self._joindre(session, dossier, code, acteur, ligne.le)
        donnees = self._donnees(session, dossier, ligne)
        self._mettre_aux_voix(session, dossier, ligne, str(donnees.get("decision", "")))
        return agir(
            session,
            ligne.acte,
            sujet,
            donnees,
            acteur=acteur,
            maintenant=ligne.le,
            campagne_id=self.decor.campagne_id if sujet is None else None,
            clef=clef,
        )

    def _sujet(self, dossier: DossierDemo, ligne: Ligne) -> Sujet:
        """What the act bears on: the règlement says which kind of sujet has a transition for it."""
        for kind, workflow in self._reglement.sujets.items():
            if any(t.acte == ligne.acte for t in workflow.transitions) and (dossier.code, kind) in self._sujets:
                return self._sujets[dossier.code, kind]
        raise Imprevu(f"{_titre(dossier, ligne)} : rien n'est encore ouvert à quoi cet acte s'applique.")

    def _acteur(self, session: Session, dossier: DossierDemo, par: str) -> Acteur:
        """Who acts: a role, whose holder the dossier or the campagne tells, or « role@nom » for somebody else."""
        role, _, nom = par.partition("@")
        rang = _EVALUATEUR.fullmatch(role)
        if rang is not None:
            return Acteur("evaluateur", self._evaluateur(session, dossier, int(rang.group(1))))
        return Acteur(role, self.decor.ids[nom or self._titulaire(dossier, par)])

    def _titulaire(self, dossier: DossierDemo, par: str) -> str:
        gens = self.decor.recit.gens
        match par:
            case "porteur":
                return dossier.contact
            case "accompagnateur":
                return next(
                    c for c, p in gens.personnes.items() if p.structure == dossier.accompagnateur and p.role == par
                )
            case "agent":
                return gens.agent
            case _:
                raise Imprevu(f"{dossier.code} : « par: {par} » ne désigne personne.")

    def _evaluateur(self, session: Session, dossier: DossierDemo, rang: int) -> int:
        """The person the engine gave the dossier to in the `rang`th place; those who withdrew keep theirs."""
        requete = select(Affectation.personne_id).where(
            Affectation.dossier_id == self._sujets[dossier.code, DOSSIER].id
        )
        confies = session.exec(requete.order_by(col(Affectation.id))).all()
        if rang > len(confies):
            raise Imprevu(f"{dossier.code} : le moteur n'a confié ce dossier qu'à {len(confies)} évaluateur(s).")
        return confies[rang - 1]

    def _joindre(self, session: Session, demo: DossierDemo, code: str, acteur: Acteur, maintenant: datetime) -> None:
        dossier = self.dossier(session, demo.code)
        libelles = {piece.code: piece.libelle for piece in self._reglement.pieces}
        contenu = pdf(libelles.get(code, code), f"{dossier.numero} : {dossier.titre}")
        joindre_piece(
            session,
            dossier,
            code,
            f"{dossier.numero}-{code}.pdf",
            io.BytesIO(contenu),
            reglement=self._reglement,
            magasin=self._magasin,
            acteur=acteur,
            maintenant=maintenant,
        )

    def _donnees(self, session: Session, dossier: DossierDemo, ligne: Ligne) -> dict[str, Any]:
        sujet = self._sujets.get((dossier.code, DOSSIER))
        numero = session.get_one(Dossier, sujet.id).numero if sujet is not None else ""
        donnees: dict[str, Any] = self._resoudre(remplir(ligne.donnees, {"numero": numero}))
        if isinstance(donnees.get("notes"), str):
            donnees["notes"] = _notes(self._reglement, self.decor.recit, donnees["notes"])
        rang = _EVALUATEUR.fullmatch(str(donnees.get("evaluateur", "")))
        if rang is not None:
            donnees["evaluateur"] = self._evaluateur(session, dossier, int(rang.group(1)))
        return donnees

    def _resoudre(self, valeur: Any) -> Any:
        """« @nom » stands for the identifier of what the files call so."""
        match valeur:
            case dict():
                return {clef: self._resoudre(element) for clef, element in valeur.items()}
            case list():
                return [self._resoudre(element) for element in valeur]
            case str() if valeur.startswith("@"):
                nom = valeur[1:]
                sujet = self._sujets.get((nom, DOSSIER))
                return sujet.id if sujet is not None else self.decor.ids[nom]
            case _:
                return valeur


def _titre(dossier: DossierDemo, ligne: Ligne) -> str:
    return f"{dossier.titre} ({dossier.code}), le {ligne.le:%d/%m/%Y}, « {ligne.acte} » par {ligne.par}"


def _notes(reglement: Reglement, recit: Recit, notes: str) -> Mapping[str, Mapping[str, object]]:
    """Notes written « 4 3 - 5 … » (or the name of a profile), in the order of the grille."""
    recueil = recit.recueil
    valeurs = recueil.profils.get(notes, notes).split()
    grille: Grille | None = reglement.grille
    criteres = [critere.code for critere in grille.criteres] if grille is not None else []
    if len(valeurs) != len(criteres):
        raise Imprevu(f"« {notes} » donne {len(valeurs)} note(s) pour {len(criteres)} critère(s).")
    autre = recueil.commentaires["autre"]
    return {
        critere: {"na": True}
        if valeur == "-"
        else {"valeur": valeur, "commentaire": recueil.commentaires.get(valeur, autre)}
        for critere, valeur in zip(criteres, valeurs, strict=True)
    }
