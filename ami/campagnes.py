"""Campagnes: opening one, giving it money, and giving its dossiers a number a human can say."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from ami.choix.donnees import Reserve
from ami.enveloppes import exiger_reserve_atteignable
from ami.erreurs import DonneesInvalides, Introuvable
from ami.models import Campagne, Enveloppe, Structure
from ami.reglements import epingler
from ami.sujets import identifiant
from notifications.columns import en_centimes
from rules.chargement import ReglementCharge
from rules.vocabulaire import NATURES


def ouvrir_campagne(
    session: Session,
    *,
    code: str,
    nom: str,
    prefixe: str,
    charge: ReglementCharge,
    ouverture: datetime,
    cloture: datetime,
    fin: datetime | None = None,
    places: int = 0,
    courriel_suivi: str | None = None,
    courriel_expediteur: str | None = None,
    convention_reattribution: str | None = None,
    maintenant: datetime,
) -> Campagne:
    """Open a campagne and pin the règlement its dossiers will run under.

    Raises `DonneesInvalides` when the dates are out of order, `places` is negative, or the code or the prefix is
    already taken.
    """
    _controler_dates(ouverture, cloture, fin)
    if places < 0:
        raise DonneesInvalides(f"Le nombre de places ne peut pas être négatif : {places}.")
    _controler_unicite(session, code, prefixe)
    version = epingler(session, charge, maintenant)
    campagne = Campagne(
        code=code,
        nom=nom,
        prefixe=prefixe,
        version_reglement_id=identifiant(version),
        ouverture=ouverture,
        cloture=cloture,
        fin=fin,
        places=places,
        courriel_suivi=courriel_suivi,
        courriel_expediteur=courriel_expediteur,
        convention_reattribution=convention_reattribution,
    )
    session.add(campagne)
    session.flush()
    return campagne


def ajouter_enveloppe(
    session: Session,
    campagne: Campagne,
    financeur: Structure,
    nature: str,
    montant: Decimal,
    *,
    reserve: Reserve | None = None,
) -> Enveloppe:
    """Give a campagne the money (euros) of one financeur for one nature of aid, for all or for some dossiers only.

    Raises `DonneesInvalides` on an unknown nature, a negative amount, an enveloppe that already exists, or an earmark
    that no dossier could ever meet.
    """
    if nature not in NATURES:
        raise DonneesInvalides(f"Nature d'aide inconnue : « {nature} ». Natures possibles : {', '.join(NATURES)}.")
    if en_centimes(montant) < 0:
        raise DonneesInvalides(f"Le montant d'une enveloppe ne peut pas être négatif : {montant} €.")
    if _enveloppe(session, campagne, financeur, nature) is not None:
        raise DonneesInvalides(f"La campagne {campagne.code} a déjà une enveloppe « {nature} » de {financeur.nom}.")
    if reserve is not None:
        exiger_reserve_atteignable(session, campagne, financeur.nom, reserve)
    enveloppe = Enveloppe(
        campagne_id=identifiant(campagne),
        financeur_id=identifiant(financeur),
        nature=nature,
        montant=montant,
        reserve_champ=reserve.champ if reserve is not None else "",
        reserve_valeur=reserve.valeur if reserve is not None else "",
    )
    session.add(enveloppe)
    session.flush()
    return enveloppe


def numero_suivant(session: Session, campagne: Campagne) -> str:
    """Give the next dossier number of a campagne, such as `HP26-0042`; no number is ever given twice.

    The database counts, in one UPDATE: two people applying at the same second get two numbers.
    """
    compter = (
        update(Campagne)
        .where(col(Campagne.id) == campagne.id)
        .values(compteur=col(Campagne.compteur) + 1)
        .returning(col(Campagne.compteur))
        .execution_options(synchronize_session=False)
    )
    rang = session.execute(compter).scalar_one()
    session.expire(campagne, ["compteur"])
    return f"{campagne.prefixe}-{rang:04d}"


def reserver_campagne(session: Session, campagne_id: int) -> None:
    """Hold the campagne until the transaction ends: what is counted across its dossiers cannot change meanwhile.

    Without it, on PostgreSQL, two dossiers could each see the last place free and both take it. New dossiers may still
    point to the campagne (`FOR NO KEY UPDATE`). SQLite writers already go one at a time.
    """
    session.exec(select(Campagne.id).where(Campagne.id == campagne_id).with_for_update(key_share=True)).one()


def trouver_campagne(session: Session, code: str) -> Campagne:
    """Find a campagne by its code.

    Raises `Introuvable`, naming the codes that exist.
    """
    campagne = session.exec(select(Campagne).where(Campagne.code == code)).first()
    if campagne is not None:
        return campagne
    codes = session.exec(select(Campagne.code).order_by(Campagne.code)).all()
    connues = f"Campagnes ouvertes : {', '.join(codes)}." if codes else "Aucune campagne n'a encore été ouverte."
    raise Introuvable(f"La campagne « {code} » n'existe pas. {connues}")


def _controler_dates(ouverture: datetime, cloture: datetime, fin: datetime | None) -> None:
    for nom, instant in (("ouverture", ouverture), ("clôture", cloture), ("fin", fin)):
        if instant is not None and instant.utcoffset() is None:
            raise DonneesInvalides(f"L'instant « {nom} » doit porter son fuseau horaire : {instant}.")
    if cloture <= ouverture:
        raise DonneesInvalides(f"La clôture ({cloture}) doit venir après l'ouverture ({ouverture}).")
    if fin is not None and fin < cloture:
        raise DonneesInvalides(f"La fin du programme ({fin}) doit venir après la clôture ({cloture}).")


def _controler_unicite(session: Session, code: str, prefixe: str) -> None:
    requete = select(Campagne).where(or_(col(Campagne.code) == code, col(Campagne.prefixe) == prefixe))
    autre = session.exec(requete).first()
    if autre is None:
        return
    quoi = f"Le code « {code} »" if autre.code == code else f"Le préfixe « {prefixe} »"
    raise DonneesInvalides(
        f"{quoi} est déjà pris par la campagne « {autre.nom} » ({autre.code}). Choisissez-en un autre."
    )


def _enveloppe(session: Session, campagne: Campagne, financeur: Structure, nature: str) -> Enveloppe | None:
    return session.exec(
        select(Enveloppe).where(
            Enveloppe.campagne_id == campagne.id,
            Enveloppe.financeur_id == financeur.id,
            Enveloppe.nature == nature,
        )
    ).first()
