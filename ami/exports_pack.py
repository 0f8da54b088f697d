"""The shortlist pack of a campagne: what its selection was made from, computed and decided, in one verifiable file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from ami.candidats import lire_donnees
from ami.choix.calcul import calculer, sensibilites
from ami.choix.pack import (
    AccordSeance,
    Decision,
    DeportSeance,
    Pack,
    Parametres,
    Seance,
    VoteSeance,
    archiver,
    en_fichiers,
)
from ami.comite import a_siege
from ami.erreurs import DonneesInvalides
from ami.exports import en_csv
from ami.exports_classeur import ecrire_classeur
from ami.exports_selection import selection_de
from ami.models import (
    Campagne,
    Comite,
    Consensus,
    Deliberation,
    Dossier,
    Vote,
)
from ami.presences import deports_pour
from ami.proces_verbal import dossiers_nommes
from ami.proces_verbal import mettre_au_net as proces_verbal
from ami.propositions import relire
from ami.regards import Regard, exiger_chacun, exiger_ensemble
from ami.reglements import reglement_de
from ami.scenarios import empreinte_de, lister
from ami.sujets import identifiant
from rules.modele import Reglement
from rules.vocabulaire import Acte

DELIBERER: Acte = "deliberer"


def composer_pack(
    session: Session, regard: Regard, campagne: Campagne, parametres: Parametres, maintenant: datetime
) -> Pack:
    """Everything a third party needs to compute the choice again.

    Raises:
        DonneesInvalides: the règlement says nothing of a selection, or no dossier is scored yet.
        Introuvable: one of its dossiers, or of those its sessions name, may not be read; or the role sees no ranking.
    """
    _exiger_les_seances(session, regard, campagne)
    decides = session.exec(select(Dossier).where(Dossier.campagne_id == campagne.id, Dossier.decision != ""))
    exiger_ensemble(session, regard, campagne, decides)
    donnees = lire_donnees(session, regard, campagne, maintenant)
    if not donnees.candidats:
        raise DonneesInvalides(f"La campagne {campagne.code} n'a encore aucun dossier dont l'évaluation soit close.")
    # A scenario made from other data (a dossier scored since) could not be found again from these. By name: the order
    # rows were written in is not the campagne's.
    tenus = (s for s in lister(session, regard, campagne) if s.donnees_empreinte == empreinte_de(donnees))
    scenarios = sorted((relire(ligne) for ligne in tenus), key=lambda s: s.nom)
    return Pack(
        reglement=reglement_de(session, identifiant(campagne)).texte,
        donnees=donnees,
        resultats=calculer(donnees, scenarios),
        decisions=tuple(_decisions(session, campagne)),
        seances=tuple(_seances(session, campagne)),
        parametres=parametres,
        sensibilites=sensibilites(donnees, parametres),
    )


def perimes(session: Session, regard: Regard, campagne: Campagne, pack: Pack) -> list[str]:
    """The scenarios a pack leaves out, by name: the data they were made from have changed since."""
    gardes = {scenario.nom for scenario in pack.resultats.scenarios}
    return sorted({ligne.nom for ligne in lister(session, regard, campagne)} - gardes)


def ecrire_pack(pack: Pack, autres: Mapping[str, bytes]) -> bytes:
    """The archive: the machine-readable files, and those people read (minutes, workbook) beside them."""
    return archiver({**autres, **en_fichiers(pack)})


def annexes(session: Session, regard: Regard, campagne: Campagne, maintenant: datetime) -> dict[str, bytes]:
    """What people open, laid beside what machines read: the shortlist's workbook, its CSV, the minutes of each session.

    Minutes name bodies: who held their seats is in the minutes issued to be signed (`ami comite proces-verbal`).
    """
    _exiger_les_seances(session, regard, campagne)
    selection = selection_de(session, regard, campagne, maintenant)
    tenues = [c for c in _comites(session, campagne) if c.annulee_le is None and a_siege(c, maintenant)]
    return {
        **{f"proces-verbaux/{_fichier(c.code)}.pdf": proces_verbal(session, c, nommer=False) for c in tenues},
        "selection.xlsx": ecrire_classeur(selection),
        "selection.csv": en_csv(selection).encode("utf-8-sig"),
    }


def _exiger_les_seances(session: Session, regard: Regard, campagne: Campagne) -> None:
    """A session names dossiers nobody noted yet: it is told whole, to who may read each of them."""
    for comite in _comites(session, campagne):
        exiger_chacun(session, regard, dossiers_nommes(session, comite))


def _fichier(code: str) -> str:
    """A session's code as the name of a file, whatever its characters: two codes never make one name."""
    return "".join(c if c.isalnum() or c in " -_." else f"%{ord(c):02X}" for c in code)


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
    """The sessions of the comité, by code: what they were to look at, who sat, who left for what, who said what."""
    reglement = reglement_de(session, identifiant(campagne)).reglement
    numeros = dict(session.exec(select(Dossier.id, Dossier.numero).where(Dossier.campagne_id == campagne.id)).all())
    return [_seance(session, comite, reglement, numeros) for comite in _comites(session, campagne)]


def _comites(session: Session, campagne: Campagne) -> Sequence[Comite]:
    requete = select(Comite).where(Comite.campagne_id == campagne.id)
    return sorted(session.exec(requete), key=lambda comite: comite.code)


def _seance(session: Session, comite: Comite, reglement: Reglement, numeros: Mapping[int | None, str]) -> Seance:
    return Seance(
        code=comite.code,
        tenue_le=comite.tenue_le.astimezone(UTC).isoformat(timespec="seconds"),
        lieu=comite.lieu,
        annulee=comite.annulee_le is not None,
        ordre_du_jour=tuple(sorted(numeros[clef] for clef in comite.ordre_du_jour if clef in numeros)),
        membres=tuple(comite.membres),
        presents=tuple(comite.presents),
        deports=tuple(_deports(session, comite, reglement)),
        votes=tuple(_votes(session, comite, numeros)),
        accords=tuple(_accords(session, comite, numeros)),
    )


def _deports(session: Session, comite: Comite, reglement: Reglement) -> list[DeportSeance]:
    """Noted in the session, or found of who holds a seat: those the minutes count, for each dossier it looked at."""
    return [
        DeportSeance(dossier=dossier.numero, membre=siege, motif=motif)
        for dossier in sorted(dossiers_nommes(session, comite), key=lambda d: d.numero)
        for siege, motif in sorted(deports_pour(session, comite, dossier, reglement).items())
    ]


def _votes(session: Session, comite: Comite, numeros: Mapping[int | None, str]) -> list[VoteSeance]:
    lus = session.exec(select(Vote).where(Vote.comite_id == comite.id))
    votes = [
        VoteSeance(dossier=numeros[v.dossier_id], acte=v.acte, membre=v.membre, sens=v.sens, decision=v.decision)
        for v in lus
    ]
    return sorted(votes, key=lambda v: (v.dossier, v.acte, v.membre))


def _accords(session: Session, comite: Comite, numeros: Mapping[int | None, str]) -> list[AccordSeance]:
    lus = session.exec(select(Consensus).where(Consensus.comite_id == comite.id))
    accords = [AccordSeance(dossier=numeros[c.dossier_id], acte=c.acte, decision=c.decision) for c in lus]
    return sorted(accords, key=lambda c: (c.dossier, c.acte))
