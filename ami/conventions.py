"""The convention of an aid, as data for its template: nobody types it, the règlement and the dossier write it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session, col, select

from ami.argent import engagements
from ami.beneficiaires import beneficiaire_de, exiger_aide
from ami.clauses import Clauses
from ami.contexte import construire
from ami.documents import composer, en_lettres
from ami.emission import CONVENTION, Emission
from ami.erreurs import DonneesInvalides, Refus
from ami.financement import engage_net
from ami.maturation import convention_signee
from ami.models import Campagne, Dossier, DossierTerritoire, Enveloppe, ExamenParticipation, Structure
from ami.partenariat import CO_INVESTISSEUR, partenaires_de
from ami.reglements import reglement_de
from ami.sujets import SYSTEME
from notifications.columns import en_euros
from notifications.formats import jour_court
from notifications.formats import montant as en_chiffres
from rules.affichage import afficher
from rules.francais import a
from rules.modele import Aide, Reglement
from rules.mots_listes import BASES
from rules.vocabulaire import Nature

PARTICIPATION: Final[Nature] = "participation"
DEPENSES: Final = "budget.depenses_reelles"
POINTILLES: Final = "……………………………"
Article = dict[str, Any]


@dataclass(frozen=True)
class Accord:
    """What a convention is made from: the aid, its dossier, the sum engaged, where the règlement stands."""

    session: Session
    dossier: Dossier
    campagne: Campagne
    reglement: Reglement
    aide: Aide
    montant: Decimal
    clauses: Clauses


def convention(session: Session, dossier: Dossier, nature: str, maintenant: datetime) -> Emission:
    """The convention of one nature of aid, for the sum engaged now, ready to be issued.

    Raises:
        DonneesInvalides: the règlement has no such aid or no text for its convention, nothing is engaged, nobody
            receives it.
        Refus: it is signed already.
    """
    accord = _accord(session, dossier, nature, maintenant)
    rang = [a.nature for a in accord.reglement.aides].index(accord.aide.nature) + 1
    contenu = {
        "titre": f"Convention – {accord.aide.libelle}",
        "programme": accord.reglement.programme.nom,
        "campagne": accord.campagne.nom,
        "dossier": f"{dossier.numero} – {dossier.titre}",
        "parties": parties(session, dossier, accord.reglement, accord.aide),
        "articles": [a for a in _articles(accord) if a["textes"] or a["puces"] or a["tableau"]],
    }
    return Emission(
        CONVENTION,
        f"{dossier.numero}-C{rang}",
        contenu,
        lambda donnees: composer("convention", donnees),
        {"nature": nature, "montant": str(accord.montant)},
    )


def article(titre: str, *textes: str, puces: Sequence[str] = (), tableau: Sequence[Sequence[str]] = ()) -> Article:
    """One article, as the template reads it."""
    return {"titre": titre, "textes": list(textes), "puces": list(puces), "tableau": [list(li) for li in tableau]}


def parties(session: Session, dossier: Dossier, reglement: Reglement, aide: Aide) -> list[dict[str, str]]:
    """Who signs: the organisme, who receives the aid, and the porteur when it is somebody else.

    Raises:
        DonneesInvalides: nobody receives the aid yet.
    """
    qui = session.get(Structure, beneficiaire_de(session, dossier, aide) or 0)
    if qui is None:
        raise DonneesInvalides(f"Le dossier {dossier.numero} ne dit pas encore quelle structure reçoit cette aide.")
    organisme = reglement.programme.organisme.nom
    lignes = [
        _partie(organisme, session.exec(select(Structure).where(Structure.nom == organisme)).first(), "l'organisme"),
        _partie(qui.nom, qui, _appel(aide)),
    ]
    porteur = session.get(Structure, dossier.porteur_id or 0)
    if porteur is not None and porteur.id != qui.id:
        lignes.append(_partie(porteur.nom, porteur, "le porteur"))
    return lignes


def _appel(aide: Aide) -> str:
    """What the one who receives the money is called all along the convention."""
    return "la société" if aide.beneficiaire == "societe_projet" else "le bénéficiaire"


def _partie(nom: str, structure: Structure | None, appel: str) -> dict[str, str]:
    siret = structure.siret if structure is not None else None
    return {"nom": nom, "siret": _groupe(siret) if siret else POINTILLES, "appel": appel, "par": POINTILLES}


def _groupe(siret: str) -> str:
    """A SIRET as people read it: « 123 456 789 00012 »."""
    return "\u00a0".join((siret[:3], siret[3:6], siret[6:9], siret[9:]))


def _accord(session: Session, dossier: Dossier, nature: str, maintenant: datetime) -> Accord:
    reglement = reglement_de(session, dossier.campagne_id).reglement
    aide = exiger_aide(reglement, nature)
    if aide.convention is None:
        raise DonneesInvalides(
            f"Le règlement ne donne pas de texte à la convention de l'aide « {nature} » : écrivez « convention » sous "
            "cette aide."
        )
    signee = convention_signee(session, dossier, nature)
    if signee is not None:
        raise Refus(
            f"La convention {signee.reference} est signée depuis le {jour_court(signee.signee_le)} : son texte ne se "
            "compose plus. Ce qui change passe par un avenant."
        )
    montant = engage_net(session, dossier, nature)
    if montant <= 0:
        raise DonneesInvalides(f"« nature » : aucune aide « {nature} » n'est engagée pour le dossier {dossier.numero}.")
    contexte = construire(session, dossier, reglement, acteur=SYSTEME, donnees={}, maintenant=maintenant)
    campagne = session.get_one(Campagne, dossier.campagne_id)
    return Accord(session, dossier, campagne, reglement, aide, montant, Clauses(reglement, nature, contexte))


def _articles(accord: Accord) -> list[Article]:
    regle = accord.aide.convention
    propres = [article(a.titre, *a.texte.split("\n")) for a in regle.articles] if regle else []
    return [
        article("Objet", regle.objet if regle else "", _projet(accord)),
        article("Montant", _montant(accord), tableau=_chiffres(accord)),
        article("Participation au capital", tableau=_capital(accord)),
        article("Versements", _compte(accord), tableau=_versements(accord)),
        article("Engagements du bénéficiaire", puces=accord.clauses.obligations()),
        *propres,
        _reversement(accord),
        _resiliation(accord),
        article("Origine des fonds", *_origine(accord)),
        article("Données personnelles", accord.reglement.mention_donnees),
    ]


def _projet(accord: Accord) -> str:
    requete = select(DossierTerritoire.code).where(DossierTerritoire.dossier_id == accord.dossier.id)
    codes = sorted(accord.session.exec(requete))
    ou = f" (quartier{'s' if len(codes) > 1 else ''} {', '.join(codes)})" if codes else ""
    return (
        f"Projet : « {accord.dossier.titre} »{ou}, dossier {accord.dossier.numero}. Le règlement de l'appel, version "
        f"{accord.reglement.programme.version}, s'applique à la convention."
    )


def _montant(accord: Accord) -> str:
    combien = f"{en_chiffres(accord.montant)} ({en_lettres(accord.montant)})"
    if accord.aide.nature == PARTICIPATION:
        return f"Le montant de la participation est fixé à {combien}."
    return f"Le montant de l'aide est fixé à {combien} au plus."


def _chiffres(accord: Accord) -> list[list[str]]:
    """Rate, ceiling, base of spending, and who pays."""
    parametres = accord.reglement.parametres
    codes = [code for code in (accord.aide.taux_max, accord.aide.plafond) if code in parametres]
    chiffres = [parametres[code] for code in codes if code is not None]
    return [
        *([p.libelle, afficher(p.entier, p.unite)] for p in chiffres),
        *_depenses(accord),
        *([f"Financeur : {nom}", en_chiffres(somme)] for nom, somme in _financeurs(accord)),
    ]


def _depenses(accord: Accord) -> list[list[str]]:
    """The spending the aid is a part of, and whether it is counted before tax; a participation has none."""
    if accord.aide.nature == PARTICIPATION:
        return []
    base = (accord.aide.convention.base if accord.aide.convention else None) or accord.dossier.base_plan
    cout, emplois = accord.dossier.cout_prevu, en_euros(accord.clauses.contexte["budget"]["emplois"])
    return [
        *([["Coût prévu", en_chiffres(cout)]] if accord.clauses.lit("dossier.cout_prevu") else []),
        *(
            [["Emplois du plan de financement", en_chiffres(emplois)]]
            if accord.clauses.lit(DEPENSES) and emplois
            else []
        ),
        *([["Base des dépenses", BASES[base]]] if base in BASES else []),
    ]


def _financeurs(accord: Accord) -> list[tuple[str, Decimal]]:
    """Who pays, enveloppe by enveloppe."""
    lignes: dict[str, Decimal] = {}
    for engagement in engagements(accord.session, accord.dossier, accord.aide.nature):
        enveloppe = accord.session.get_one(Enveloppe, engagement.enveloppe_id)
        nom = accord.session.get_one(Structure, enveloppe.financeur_id).nom
        lignes[nom] = lignes.get(nom, Decimal(0)) + engagement.engage - engagement.libere
    return [(nom, somme) for nom, somme in lignes.items() if somme]


def _capital(accord: Accord) -> list[list[str]]:
    """The own funds a participation is a part of, its share, and who co-invests."""
    requete = select(ExamenParticipation).where(ExamenParticipation.dossier_id == accord.dossier.id)
    examen = accord.session.exec(requete.order_by(col(ExamenParticipation.id).desc())).first()
    if accord.aide.nature != PARTICIPATION or examen is None or not examen.capital:
        return []
    part = (accord.montant * 1000 / examen.capital).quantize(Decimal(1))
    return [
        ["Capital de la société", f"{en_chiffres(examen.capital)} ({en_lettres(examen.capital)})"],
        ["Part souscrite", f"{afficher(int(part), 'taux')} du capital, minoritaire"],
        *(
            ["Co-investisseur", _co_investisseur(accord, p)]
            for p in partenaires_de(accord.session, accord.dossier)
            if p.qualite == CO_INVESTISSEUR and p.signe_le is not None
        ),
    ]


def _co_investisseur(accord: Accord, partenaire: Any) -> str:
    nom = accord.session.get_one(Structure, partenaire.structure_id).nom
    return (
        f"{nom} : {en_chiffres(partenaire.apport)} (engagement {partenaire.reference} du "
        f"{jour_court(partenaire.signe_le)})"
    )


def _compte(accord: Accord) -> str:
    qui = accord.session.get_one(Structure, beneficiaire_de(accord.session, accord.dossier, accord.aide) or 0)
    compte = (
        f" sur le compte {qui.iban}"
        if qui.iban
        else ", sur le compte du relevé d'identité bancaire remis à l'organisme"
    )
    return f"Les versements sont faits {a(_appel(accord.aide))}{compte}."


def _versements(accord: Accord) -> list[list[str]]:
    return [
        [nom, f"{quand} : {combien[:1].lower()}{combien[1:]}{_soit(somme)}."]
        for nom, quand, combien, somme in accord.clauses.versements()
    ]


def _soit(somme: Decimal | None) -> str:
    return "" if somme is None else f", soit {en_chiffres(somme)} ({en_lettres(somme)})"


def _reversement(accord: Accord) -> Article:
    cas = accord.clauses.reversements()
    delai = accord.clauses.delai_de_reversement()
    dans = f" La somme est due au plus tard {delai}." if delai else ""
    return article(
        "Reversement",
        *([f"Ce qui a été versé en trop est rendu à l'organisme.{dans}"] if cas else []),
        puces=cas,
    )


def _resiliation(accord: Accord) -> Article:
    return article(
        "Résiliation",
        f"Si {_appel(accord.aide)} manque à ses engagements, l'organisme peut mettre fin à la convention par une "
        "décision motivée, après lui avoir demandé ses explications.",
        puces=accord.clauses.resiliations(),
    )


def _origine(accord: Accord) -> list[str]:
    reference = accord.campagne.convention_reattribution
    if not reference:
        return []
    return [
        "Les fonds sont attribués à l'organisme par une autre convention, qui l'autorise à les réattribuer : "
        f"{reference}."
    ]
