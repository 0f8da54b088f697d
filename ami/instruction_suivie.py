"""Where the instruction of a dossier stands: what was asked, the avis, each part of the study and all that was said."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, and_, col, select

from ami.demandes import DemandeSuivie, suivre_demandes
from ami.models import Avis, Dossier, Echeance, Etude, Journal, JournalDetail, Personne, Structure, VoletEtude
from ami.regards import Regard, exiger_lecture
from ami.reglements import reglement_de
from rules.modele import Reglement
from rules.vocabulaire import Acte

ACTES_DES_VOLETS: tuple[Acte, ...] = ("deposer_volet", "renvoyer_volet", "valider_volet")
RENDRE: Acte = "rendre_avis"


@dataclass(frozen=True)
class AvisSuivi:
    """A view asked: of whom, until when, what it says. `sens` is empty while it is awaited."""

    personne: str
    structure: str
    question: str
    demande_le: datetime
    attendu_le: datetime | None
    rendu_le: datetime | None
    sens: str
    texte: str
    reserves: tuple[str, ...]
    confidentiel: bool
    en_retard: bool


@dataclass(frozen=True)
class PassageVolet:
    """Once a part was laid, sent back or accepted: when, by whom, with which words."""

    acte: str
    le: datetime
    par: str
    commentaire: str


@dataclass(frozen=True)
class VoletSuivi:
    """A part of the study: where it stands (empty when it was never laid), and its whole history."""

    code: str
    libelle: str
    statut: str
    passages: tuple[PassageVolet, ...]


@dataclass(frozen=True)
class InstructionSuivie:
    """The whole of it."""

    demandes: tuple[DemandeSuivie, ...]
    avis: tuple[AvisSuivi, ...]
    volets: tuple[VoletSuivi, ...]


def suivre_instruction(session: Session, regard: Regard, dossier: Dossier, maintenant: datetime) -> InstructionSuivie:
    """Read where the instruction of a dossier stands.

    Raises:
        Introuvable: this dossier may not be read.
    """
    exiger_lecture(session, regard, dossier)
    reglement = reglement_de(session, dossier.campagne_id).reglement
    return InstructionSuivie(
        demandes=tuple(suivre_demandes(session, dossier, maintenant)),
        avis=tuple(suivre_avis(session, regard, dossier, maintenant)),
        volets=tuple(suivre_volets(session, dossier, reglement)),
    )


def suivre_avis(session: Session, regard: Regard, dossier: Dossier, maintenant: datetime) -> list[AvisSuivi]:
    """Views asked on a dossier, oldest first; one kept confidential, or awaited, only for who asks and its author."""
    requete = (
        select(Avis, Personne, Structure)
        .join(Personne, col(Personne.id) == col(Avis.personne_id))
        .outerjoin(Structure, col(Structure.id) == col(Personne.structure_id))
        .where(Avis.dossier_id == dossier.id)
        .order_by(col(Avis.id))
    )
    termes = _termes(session, dossier)
    return [
        _avis(avis, personne, structure, termes.get(avis.personne_id), maintenant)
        for avis, personne, structure in session.exec(requete).all()
        if montrable(regard, avis)
    ]


def montrable(regard: Regard, avis: Avis) -> bool:
    """True when who looks may see a view: confidential or awaited, it is for who asks and for its author."""
    reserve = avis.confidentiel or avis.rendu_le is None
    return not reserve or regard.voit("avis_confidentiels") or regard.est(avis.personne_id)


def _termes(session: Session, dossier: Dossier) -> dict[int | None, datetime]:
    """Until when each person owes a view: the last date set for them."""
    requete = select(Echeance.personne_id, Echeance.due_a).where(
        Echeance.sujet_kind == "dossier", Echeance.sujet_id == dossier.id, Echeance.acte == RENDRE
    )
    return dict(session.exec(requete.order_by(col(Echeance.id))).all())


def _avis(
    avis: Avis, personne: Personne, structure: Structure | None, terme: datetime | None, maintenant: datetime
) -> AvisSuivi:
    return AvisSuivi(
        personne=personne.nom_complet,
        structure=structure.nom if structure is not None else "",
        question=avis.question,
        demande_le=avis.demande_le,
        attendu_le=terme,
        rendu_le=avis.rendu_le,
        sens=avis.sens,
        texte=avis.texte,
        reserves=tuple(ligne.strip() for ligne in avis.reserves.splitlines() if ligne.strip()),
        confidentiel=avis.confidentiel,
        en_retard=terme is not None and (avis.rendu_le or maintenant) > terme,
    )


def suivre_volets(session: Session, dossier: Dossier, reglement: Reglement) -> list[VoletSuivi]:
    """The parts of the study in the règlement's order: a part sent back keeps what it was sent back for."""
    requete = select(VoletEtude).join(Etude, col(Etude.id) == col(VoletEtude.etude_id))
    statuts = {v.volet: v.statut for v in session.exec(requete.where(Etude.dossier_id == dossier.id)).all()}
    passages = _passages(session, dossier, reglement)
    return [
        VoletSuivi(v.code, v.libelle, statuts.get(v.code, ""), tuple(passages.get(v.code, [])))
        for v in reglement.volets
    ]


def _passages(session: Session, dossier: Dossier, reglement: Reglement) -> dict[str, list[PassageVolet]]:
    """What was done to each part, read in the journal and the data kept beside it."""
    transitions = reglement.workflow("dossier").transition_par_code
    meme = and_(
        col(JournalDetail.sujet_kind) == col(Journal.sujet_kind),
        col(JournalDetail.sujet_id) == col(Journal.sujet_id),
        col(JournalDetail.seq) == col(Journal.seq),
    )
    requete = (
        select(Journal, JournalDetail, Personne)
        .join(JournalDetail, meme)
        .outerjoin(Personne, col(Personne.id) == col(Journal.acteur_id))
        .where(Journal.sujet_kind == "dossier", Journal.sujet_id == dossier.id)
        .order_by(col(Journal.seq))
    )
    par_volet: dict[str, list[PassageVolet]] = {}
    for trace, detail, personne in session.exec(requete).all():
        regle = transitions.get(trace.transition)
        if regle is not None and regle.acte in ACTES_DES_VOLETS:
            mots = detail.donnees.get("commentaire") or detail.donnees.get("resume") or ""
            passage = PassageVolet(regle.acte, trace.instant, personne.nom_complet if personne else "", str(mots))
            par_volet.setdefault(str(detail.donnees.get("volet")), []).append(passage)
    return par_volet
