"""The shortlist pack of a campagne: what its selection was made from, computed and decided, in one verifiable file."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from ami.candidats import lire_donnees
from ami.choix.calcul import calculer, sensibilites
from ami.choix.pack import Decision, Pack, Parametres, archiver, en_fichiers
from ami.erreurs import DonneesInvalides
from ami.models import Campagne, Comite, Deliberation, Dossier
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
    return Pack(
        reglement=reglement_de(session, identifiant(campagne)).texte,
        donnees=donnees,
        resultats=calculer(donnees, [relire(ligne) for ligne in lister(session, regard, campagne)]),
        decisions=tuple(_decisions(session, campagne)),
        parametres=parametres,
        sensibilites=sensibilites(donnees, parametres),
    )


def ecrire_pack(pack: Pack, autres: Mapping[str, bytes]) -> bytes:
    """The archive: the machine-readable files, and those people read (minutes, workbook) beside them."""
    return archiver({**autres, **en_fichiers(pack)})


def _decisions(session: Session, campagne: Campagne) -> list[Decision]:
    """The last decision of the comité on each dossier, by number."""
    requete = (
        select(Deliberation, Dossier)
        .join(Dossier, col(Dossier.id) == col(Deliberation.dossier_id))
        .where(Dossier.campagne_id == campagne.id, Deliberation.acte == DELIBERER)
        .order_by(col(Deliberation.id))
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
