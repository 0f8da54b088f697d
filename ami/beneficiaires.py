"""Who an aid is paid to."""

from sqlmodel import Session

from ami.erreurs import DonneesInvalides
from ami.models import Dossier
from ami.partenariat import societe_projet
from rules.modele import Aide, Reglement


def beneficiaire_de(session: Session, dossier: Dossier, aide: Aide) -> int | None:
    """The structure an aid is paid to."""
    match aide.beneficiaire:
        case "accompagnateur":
            return dossier.accompagnateur_id
        case "societe_projet":
            return societe_projet(session, dossier) or dossier.porteur_id
        case _:
            return dossier.porteur_id


def aide_de(reglement: Reglement, nature: str) -> Aide | None:
    """The aid of a nature, when the règlement has one."""
    return next((aide for aide in reglement.aides if aide.nature == nature), None)


def exiger_aide(reglement: Reglement, nature: str) -> Aide:
    """The aid of a nature.

    Raises:
        DonneesInvalides: the règlement has none of that name.
    """
    aide = aide_de(reglement, nature)
    if aide is None:
        prevues = ", ".join(a.nature for a in reglement.aides) or "aucune"
        raise DonneesInvalides(f"« nature » : le règlement n'a pas d'aide « {nature} ». Aides prévues : {prevues}.")
    return aide
