"""Acts of a complaint: somebody of the dossier contests, staff answer. The complaint has a workflow of its own."""

from typing import Annotated

from pydantic import StringConstraints

from ami.actes import Cadre, Donnees, acte
from ami.erreurs import INACCESSIBLE, DonneesInvalides, Introuvable
from ami.models import Dossier, Reclamation
from ami.saisie import CodeSaisi, Identifiant, Ligne, Paragraphe
from ami.sujets import identifiant


class Reclamer(Donnees):
    """What is contested, on which dossier."""

    objet: Ligne
    texte: Paragraphe
    dossier: Identifiant


class RepondreReclamation(Donnees):
    """Staff's answer, and whether the complaint is upheld (`suite`: the règlement names the outcomes)."""

    reponse: Paragraphe
    suite: Annotated[CodeSaisi, StringConstraints(max_length=20)]


@acte("reclamer", Reclamer)
def reclamer(cadre: Cadre, _reclamation: None, donnees: Reclamer) -> Reclamation:
    """Open a complaint on a dossier of this campagne.

    Raises:
        DonneesInvalides: nobody to answer to.
        Introuvable: no such dossier in this campagne.
    """
    if cadre.acteur.personne_id is None:
        raise DonneesInvalides("Une réclamation a un auteur : indiquez la personne qui réclame.")
    dossier = cadre.session.get(Dossier, donnees.dossier)
    if dossier is None or dossier.campagne_id != cadre.campagne.id:
        raise Introuvable(INACCESSIBLE)
    reclamation = Reclamation(
        campagne_id=dossier.campagne_id,
        dossier_id=identifiant(dossier),
        auteur_id=cadre.acteur.personne_id,
        objet=donnees.objet,
        texte=donnees.texte,
        recue_le=cadre.maintenant,
    )
    cadre.session.add(reclamation)
    cadre.session.flush()
    return reclamation


@acte("repondre_reclamation", RepondreReclamation)
def repondre_reclamation(cadre: Cadre, reclamation: Reclamation, donnees: RepondreReclamation) -> None:
    """Keep staff's answer; the règlement's transition sends it."""
    reclamation.reponse = donnees.reponse
    reclamation.suite = donnees.suite
    cadre.session.flush()
