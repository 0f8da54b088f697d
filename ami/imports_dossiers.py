"""Dossiers kept elsewhere until now, brought in by the acts a person would have done: no état is ever written here."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from pydantic_core import PydanticCustomError
from sqlmodel import Session

from ami.agir import agir
from ami.erreurs import DonneesInvalides
from ami.formulaires import champs_de_l_acte
from ami.imports_champs import cle, lire_booleen, lire_date, lire_montant, lire_texte, proche, refus
from ami.imports_colonnes import Vocabulaire
from ami.imports_ecriture import Chantier, trouver_structure
from ami.imports_rapport import Issue, LigneRefusee
from ami.imports_schemas import LigneDossier
from ami.models import Campagne, Dossier
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


def vocabulaire_dossiers(chantier: Chantier) -> Vocabulaire:
    """The columns of a file of dossiers: the questions of the campagne's forms may be answered, by code or label."""
    campagne, _acteur = campagne_et_acteur(chantier)
    champs = champs_de_l_acte(_reglement(chantier.session, campagne), DEPOSER)
    autres = {cle(champ.libelle): champ.code for champ in champs} | {champ.code: champ.code for champ in champs}
    return Vocabulaire(LigneDossier, autres, {champ.code: champ.libelle for champ in champs})


def precharger_dossiers(chantier: Chantier, lignes: list[LigneDossier]) -> None:
    """Look up together what a lot of lines needs."""
    connus = chantier.connus
    connus.personnes.precharger(ligne.contact for ligne in lignes)
    connus.precharger_structures_dites(nom for ligne in lignes for nom in (ligne.porteur, ligne.accompagnateur))
    connus.territoires.precharger(code for ligne in lignes for code in ligne.territoires)


def _ouvrir(chantier: Chantier, ligne: LigneDossier, campagne: Campagne, acteur: Acteur) -> Mouvement:
    donnees: dict[str, object] = {
        "titre": ligne.titre,
        "territoires": _quartiers(chantier, ligne.territoires),
        "porteur": identifiant(trouver_structure(chantier.connus, ligne.porteur, "porteur")),
        "contact": _contact(chantier, ligne.contact),
    }
    if ligne.accompagnateur is not None:
        donnees["accompagnateur"] = identifiant(
            trouver_structure(chantier.connus, ligne.accompagnateur, "accompagnateur")
        )
    return agir(
        chantier.session,
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


def _quartiers(chantier: Chantier, codes: list[str]) -> list[str]:
    inconnus = [code for code in codes if not chantier.connus.territoires.tous(code)]
    if inconnus:
        raise LigneRefusee(
            "territoires",
            f"Quartier absent des listes importées : {', '.join(inconnus)}.",
            "Corrigez le code, ou importez d'abord la liste des quartiers.",
        )
    return codes


def _contact(chantier: Chantier, courriel: str) -> int:
    personne = chantier.connus.personnes.premier(courriel)
    if personne is None:
        raise LigneRefusee("contact", "Cette personne est inconnue.", "Importez d'abord les personnes.")
    return identifiant(personne)


def _reponses(chantier: Chantier, campagne: Campagne) -> dict[str, object]:
    champs = {champ.code: champ for champ in champs_de_l_acte(_reglement(chantier.session, campagne), DEPOSER)}
    return {code: _reponse(champs[code], texte) for code, texte in chantier.originaux.items()}


def _reponse(champ: Champ, texte: str) -> object:
    try:
        return _LECTEURS.get(champ.type, _tel_quel)(texte, champ)
    except PydanticCustomError as erreur:
        contexte: Mapping[str, Any] = erreur.context or {}
        raise LigneRefusee(champ.code, str(contexte["raison"]), str(contexte["remede"])) from erreur


def _tel_quel(texte: str, _champ: Champ) -> object:
    return texte.strip()


def _choix(texte: str, champ: Champ) -> object:
    for choix in champ.choix:
        if cle(choix) == cle(texte):
            return choix
    raise refus(
        f"Cette réponse n'est pas proposée.{proche(texte, champ.choix)}",
        f"Réponses possibles : {', '.join(champ.choix)}.",
    )


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
