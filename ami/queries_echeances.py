"""What is awaited, read for screens: the échéances still open, of dossiers and of réclamations."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from ami.conflits import JUGES
from ami.models import Campagne, Dossier, Echeance, Personne, Reclamation
from ami.regards import Regard, lisibles
from ami.reglements import reglement_de
from ami.sujets import Sujet, identifiant
from rules.mots_listes import SUJETS


@dataclass(frozen=True)
class EcheanceOuverte:
    """An act awaited: of which dossier (or réclamation, named with it), from whom, until when."""

    numero: str
    code: str
    libelle: str
    acte: str
    role: str
    personne: str | None
    ouverte_le: datetime
    due_a: datetime
    depassee: bool


def echeances_ouvertes(
    session: Session,
    regard: Regard,
    campagne: Campagne,
    maintenant: datetime,
    *,
    dossier: Dossier | None = None,
    sujet: Sujet | None = None,
) -> list[EcheanceOuverte]:
    """What is awaited in a campagne (or on one dossier, or one sujet), the most pressing first.

    Who evaluates is named to those who see the judges only.
    """
    vise = Sujet("dossier", identifiant(dossier)) if dossier is not None else sujet
    noms = noms_des_sujets(session, regard, campagne)
    libelles = {e.code: e.libelle for e in reglement_de(session, identifiant(campagne)).reglement.echeances}
    requete = (
        select(Echeance, Personne)
        .outerjoin(Personne, col(Personne.id) == col(Echeance.personne_id))
        .where(Echeance.campagne_id == campagne.id, col(Echeance.fermee_le).is_(None))
        .order_by(col(Echeance.due_a), col(Echeance.id))
    )
    if vise is not None:
        requete = requete.where(Echeance.sujet_kind == vise.kind, Echeance.sujet_id == vise.id)
    return [
        EcheanceOuverte(
            numero=noms[Sujet(echeance.sujet_kind, echeance.sujet_id)],
            code=echeance.code,
            libelle=libelles.get(echeance.code, echeance.code),
            acte=echeance.acte,
            role=echeance.role,
            personne=personne.nom_complet
            if personne is not None and nommable(regard, echeance.role, personne)
            else None,
            ouverte_le=echeance.ouverte_le,
            due_a=echeance.due_a,
            depassee=echeance.due_a < maintenant,
        )
        for echeance, personne in session.exec(requete).all()
        if Sujet(echeance.sujet_kind, echeance.sujet_id) in noms
    ]


def _nom(regard: Regard, role: str, personne: Personne | None) -> str | None:
    return personne.nom_complet if personne is not None and nommable(regard, role, personne) else None


def nommable(regard: Regard, role: str, personne: Personne) -> bool:
    """True when a person awaited may be named: who judges is known to few, and to themselves."""
    return role not in JUGES or regard.voit("juges") or regard.est(personne.id)


def noms_des_sujets(session: Session, regard: Regard, campagne: Campagne) -> dict[Sujet, str]:
    """How people call each sujet of a campagne that may be read."""
    tous = session.exec(select(Dossier).where(Dossier.campagne_id == campagne.id))
    numeros = {identifiant(d): d.numero for d in lisibles(session, regard, tous)}
    noms = {Sujet("dossier", ligne_id): numero for ligne_id, numero in numeros.items()}
    if regard.voit("reclamations"):
        for reclamation in session.exec(select(Reclamation).where(Reclamation.campagne_id == campagne.id)):
            sujet, numero = Sujet("reclamation", identifiant(reclamation)), numeros.get(reclamation.dossier_id)
            noms |= {sujet: nommer(numero, sujet)} if numero is not None else {}
    return noms


def nommer(numero: str, sujet: Sujet) -> str:
    """A sujet by the number of its dossier, and what else it is when it is not the dossier itself."""
    if sujet.kind == "dossier":
        return numero
    return f"{numero}, {SUJETS[sujet.kind].nom.removeprefix('la ').removeprefix('le ')} n° {sujet.id}"
