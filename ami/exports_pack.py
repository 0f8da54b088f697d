"""The shortlist pack of a campagne: what its selection was made from, computed and decided, in one verifiable file."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from ami.candidats import lire_donnees
from ami.choix.calcul import calculer, sensibilites
from ami.choix.pack import (
    Decision,
    DeportSeance,
    Pack,
    Parametres,
    Seance,
    VoteSeance,
    archiver,
    en_fichiers,
)
from ami.erreurs import DonneesInvalides
from ami.exports import en_csv
from ami.exports_classeur import ecrire_classeur
from ami.exports_selection import selection_de
from ami.models import Campagne, Comite, Deliberation, DeportComite, Dossier, Vote
from ami.propositions import relire
from ami.regards import Regard, exiger_ensemble
from ami.reglements import reglement_de
from ami.scenarios import lister
from ami.sujets import identifiant
from rules.vocabulaire import Acte

DELIBERER: Acte = "deliberer"


def composer_pack(
    session: Session, regard: Regard, campagne: Campagne, parametres: Parametres, maintenant: datetime
) -> Pack:
    """Everything a third party needs to compute the choice again.

    Raises:
        DonneesInvalides: the règlement says nothing of a selection, or no dossier is scored yet.
        Introuvable: one of its dossiers may not be read, or the role sees no ranking.
    """
    decides = session.exec(select(Dossier).where(Dossier.campagne_id == campagne.id, Dossier.decision != ""))
    exiger_ensemble(session, regard, campagne, decides)
    donnees = lire_donnees(session, regard, campagne, maintenant)
    if not donnees.candidats:
        raise DonneesInvalides(f"La campagne {campagne.code} n'a encore aucun dossier dont l'évaluation soit close.")
    # By name: the order rows were written in is not the campagne's.
    scenarios = sorted((relire(ligne) for ligne in lister(session, regard, campagne)), key=lambda s: s.nom)
    return Pack(
        reglement=reglement_de(session, identifiant(campagne)).texte,
        donnees=donnees,
        resultats=calculer(donnees, scenarios),
        decisions=tuple(_decisions(session, campagne)),
        seances=tuple(_seances(session, campagne)),
        parametres=parametres,
        sensibilites=sensibilites(donnees, parametres),
    )


def ecrire_pack(pack: Pack, autres: Mapping[str, bytes]) -> bytes:
    """The archive: the machine-readable files, and those people read (minutes, workbook) beside them."""
    return archiver({**autres, **en_fichiers(pack)})


def annexes(session: Session, regard: Regard, campagne: Campagne, maintenant: datetime) -> dict[str, bytes]:
    """What people open, laid beside what machines read: the shortlist's workbook and its CSV.

    Minutes as documents are laid here too, under « proces-verbaux/ ».
    """
    selection = selection_de(session, regard, campagne, maintenant)
    return {
        "selection.xlsx": ecrire_classeur(selection),
        "selection.csv": en_csv(selection).encode("utf-8-sig"),
    }


def _decisions(session: Session, campagne: Campagne) -> list[Decision]:
    """The last decision of the comité on each dossier, by number."""
    requete = (
        select(Deliberation, Dossier)
        .join(Dossier, col(Dossier.id) == col(Deliberation.dossier_id))
        .where(Dossier.campagne_id == campagne.id, Deliberation.acte == DELIBERER)
        .order_by(col(Deliberation.decide_le), col(Deliberation.id))
    )
    comites = {c.id: c.code for c in session.exec(select(Comite).where(Comite.campagne_id == campagne.id))}
    dernieres = {dossier.numero: deliberation for deliberation, dossier in session.exec(requete)}
    return [
        Decision(
            dossier=numero,
            decision=d.decision,
            rang=d.rang,
            montant=f"{d.montant_accorde:.2f}",
            motif=d.motif,
            ecart=d.ecart,
            comite=comites.get(d.comite_id, ""),
        )
        for numero, d in sorted(dernieres.items())
    ]


def _seances(session: Session, campagne: Campagne) -> list[Seance]:
    """The sessions of the comité, by code: who sat, who left for which dossier, who said what."""
    comites = session.exec(select(Comite).where(Comite.campagne_id == campagne.id).order_by(col(Comite.code))).all()
    numeros = dict(session.exec(select(Dossier.id, Dossier.numero).where(Dossier.campagne_id == campagne.id)).all())
    return [
        Seance(
            code=comite.code,
            tenue_le=comite.tenue_le.astimezone(UTC).isoformat(timespec="seconds"),
            lieu=comite.lieu,
            membres=tuple(comite.membres),
            presents=tuple(comite.presents),
            deports=tuple(_deports(session, comite, numeros)),
            votes=tuple(_votes(session, comite, numeros)),
        )
        for comite in comites
    ]


def _deports(session: Session, comite: Comite, numeros: Mapping[int | None, str]) -> list[DeportSeance]:
    lus = session.exec(select(DeportComite).where(DeportComite.comite_id == comite.id))
    deports = [DeportSeance(dossier=numeros[d.dossier_id], membre=d.membre, motif=d.motif) for d in lus]
    return sorted(deports, key=lambda d: (d.dossier, d.membre))


def _votes(session: Session, comite: Comite, numeros: Mapping[int | None, str]) -> list[VoteSeance]:
    lus = session.exec(select(Vote).where(Vote.comite_id == comite.id, col(Vote.remplace_le).is_(None)))
    votes = [VoteSeance(dossier=numeros[v.dossier_id], membre=v.membre, sens=v.sens, decision=v.decision) for v in lus]
    return sorted(votes, key=lambda v: (v.dossier, v.membre))
