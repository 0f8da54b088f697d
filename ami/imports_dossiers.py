"""Dossiers kept elsewhere until now, brought in by the acts a person would have done: no état is ever written here."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from pydantic_core import PydanticCustomError
from sqlmodel import Session, col, select

from ami.agir import agir
from ami.erreurs import DonneesInvalides
from ami.formulaires import champs_de_l_acte
from ami.imports_champs import cle, lire_booleen, lire_date, lire_montant, lire_texte, refus
from ami.imports_ecriture import Chantier, personne_par_courriel, trouver_structure
from ami.imports_rapport import Issue, LigneRefusee
from ami.imports_schemas import LigneDossier
from ami.models import Campagne, Dossier, Territoire
from ami.reglements import reglement_de
from ami.sujets import Acteur, Mouvement, identifiant
from rules.modele import Champ, Reglement
from rules.vocabulaire import Acte, TypeChamp

OUVRIR: Final[Acte] = "ouvrir_dossier"
DEPOSER: Final[Acte] = "deposer_candidature"


def ecrire_dossier(chantier: Chantier, ligne: LigneDossier) -> Issue:
    """Open a dossier and, when the line gives its two amounts, deposit it.

    The reference of the line is the key of both acts: the same file again makes no second dossier.
    Raises `LigneRefusee` on an unknown structure, contact or quartier, and `ErreurMetier` when the règlement refuses.
    """
    campagne, acteur = campagne_et_acteur(chantier)
    ouverture = _ouvrir(chantier, ligne, campagne, acteur)
    dossier = chantier.session.get_one(Dossier, ouverture.sujet.id)
    if ouverture.rejoue:
        _controler_meme_dossier(dossier, ligne)
    if ligne.cout_prevu is None or ligne.montant_demande is None:
        return Issue.INCHANGE if ouverture.rejoue else Issue.CREE
    depot = _deposer(chantier, ligne, campagne, acteur, ouverture)
    if not ouverture.rejoue:
        return Issue.CREE
    return Issue.INCHANGE if depot.rejoue else Issue.MIS_A_JOUR


def campagne_et_acteur(chantier: Chantier) -> tuple[Campagne, Acteur]:
    """What an import of dossiers cannot do without.

    Raises `DonneesInvalides` when the campagne or the person who acts is not given.
    """
    if chantier.campagne is None:
        raise DonneesInvalides("Des dossiers s'importent dans une campagne : précisez-la avec --campagne.")
    if chantier.acteur is None:
        raise DonneesInvalides("Des dossiers sont déposés par un agent de la campagne : nommez-le avec --par.")
    return chantier.campagne, chantier.acteur


def questions(session: Session, campagne: Campagne) -> dict[str, Champ]:
    """The questions of the campagne's forms a column may answer, by reduced heading (code or label)."""
    champs = champs_de_l_acte(_reglement(session, campagne), DEPOSER)
    return {cle(champ.libelle): champ for champ in champs} | {champ.code: champ for champ in champs}


def _ouvrir(chantier: Chantier, ligne: LigneDossier, campagne: Campagne, acteur: Acteur) -> Mouvement:
    session = chantier.session
    donnees: dict[str, object] = {
        "titre": ligne.titre,
        "territoires": _quartiers(session, ligne.territoires),
        "porteur": identifiant(trouver_structure(session, ligne.porteur, "porteur")),
        "contact": _contact(session, ligne.contact),
    }
    if ligne.accompagnateur is not None:
        donnees["accompagnateur"] = identifiant(trouver_structure(session, ligne.accompagnateur, "accompagnateur"))
    return agir(
        session,
        OUVRIR,
        None,
        donnees,
        acteur=acteur,
        maintenant=chantier.maintenant,
        campagne_id=identifiant(campagne),
        clef=_clef(campagne, ligne, OUVRIR),
    )


def _deposer(
    chantier: Chantier, ligne: LigneDossier, campagne: Campagne, acteur: Acteur, ouverture: Mouvement
) -> Mouvement:
    donnees = {
        "reponses": _reponses(chantier, campagne),
        "cout_prevu": str(ligne.cout_prevu),
        "montant_demande": str(ligne.montant_demande),
    }
    return agir(
        chantier.session,
        DEPOSER,
        ouverture.sujet,
        donnees,
        acteur=acteur,
        maintenant=chantier.maintenant,
        clef=_clef(campagne, ligne, DEPOSER),
    )


def _clef(campagne: Campagne, ligne: LigneDossier, acte: str) -> str:
    return f"import:{campagne.id}:{ligne.reference}:{acte}"


def _reglement(session: Session, campagne: Campagne) -> Reglement:
    return reglement_de(session, identifiant(campagne)).reglement


def _controler_meme_dossier(dossier: Dossier, ligne: LigneDossier) -> None:
    if dossier.titre != ligne.titre:
        raise LigneRefusee(
            "titre",
            f"Cette référence a déjà été importée sous le numéro {dossier.numero}, avec un autre titre.",
            "Donnez une nouvelle référence à un nouveau dossier ; un dossier importé se modifie par ses actes.",
        )


def _quartiers(session: Session, codes: list[str]) -> list[str]:
    connus = set(session.exec(select(Territoire.code).where(col(Territoire.code).in_(codes))))
    inconnus = [code for code in codes if code not in connus]
    if inconnus:
        raise LigneRefusee(
            "territoires",
            f"Quartier absent des listes importées : {', '.join(inconnus)}.",
            "Corrigez le code, ou importez d'abord la liste des quartiers.",
        )
    return codes


def _contact(session: Session, courriel: str) -> int:
    personne = personne_par_courriel(session, courriel)
    if personne is None:
        raise LigneRefusee("contact", "Cette personne est inconnue.", "Importez d'abord les personnes.")
    return identifiant(personne)


def _reponses(chantier: Chantier, campagne: Campagne) -> dict[str, object]:
    connues = questions(chantier.session, campagne)
    reponses: dict[str, object] = {}
    for colonne, texte in chantier.originaux.items():
        if colonne in connues and texte.strip():
            reponses[connues[colonne].code] = _reponse(connues[colonne], colonne, texte)
    return reponses


def _reponse(champ: Champ, colonne: str, texte: str) -> object:
    try:
        return _LECTEURS.get(champ.type, _tel_quel)(texte, champ)
    except PydanticCustomError as erreur:
        contexte: Mapping[str, Any] = erreur.context or {}
        raise LigneRefusee(colonne, str(contexte["raison"]), str(contexte["remede"])) from erreur


def _tel_quel(texte: str, _champ: Champ) -> object:
    return texte.strip()


def _choix(texte: str, champ: Champ) -> object:
    for choix in champ.choix:
        if cle(choix) == cle(texte):
            return choix
    raise refus("Cette réponse n'est pas proposée.", f"Réponses possibles : {', '.join(champ.choix)}.")


def _taux(texte: str, _champ: Champ) -> object:
    """A share: « 80 % » or « 0,8 »."""
    nombre = texte.replace("%", "").replace(",", ".").strip()
    if not nombre.replace(".", "", 1).isdigit():
        raise refus("Ce taux est illisible.", "Écrivez-le ainsi : 80 %.")
    return str(Decimal(nombre) / 100) if "%" in texte else nombre


def _point(texte: str, _champ: Champ) -> object:
    """A place: « 43.5789; 1.4012 » (latitude, longitude)."""
    parties = texte.replace(";", " ").split()
    if len(parties) != 2:
        raise refus("Un lieu s'écrit par sa latitude et sa longitude.", "Par exemple : 43.5789; 1.4012.")
    return {"latitude": parties[0].replace(",", "."), "longitude": parties[1].replace(",", ".")}


_LECTEURS: Final[dict[TypeChamp, Callable[[str, Champ], object]]] = {
    "texte": lambda texte, _: lire_texte(texte),
    "euros": lambda texte, _: str(lire_montant(texte)),
    "date": lambda texte, _: lire_date(texte).isoformat(),
    "booleen": lambda texte, _: lire_booleen(texte),
    "choix": _choix,
    "taux": _taux,
    "point": _point,
}
