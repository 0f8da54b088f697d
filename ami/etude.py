"""Acts of the préfaisabilité study: its parts come in, are sent back or accepted, then the whole."""

from sqlmodel import select

from ami.actes import Cadre, Donnees, Montant, acte
from ami.erreurs import DonneesInvalides
from ami.models import Dossier, Etude, VoletEtude
from ami.saisie import CodeSaisi, Paragraphe, ParagrapheLibre
from ami.sujets import identifiant
from rules.modele import Reglement

DEPOSE = "depose"
RENVOYE = "renvoye"
VALIDE = "valide"


class DeposerVolet(Donnees):
    """One part of the study, by its code in the règlement."""

    volet: CodeSaisi
    resume: ParagrapheLibre = ""


class RenvoyerVolet(Donnees):
    """What must be taken up again in a part, and why."""

    volet: CodeSaisi
    commentaire: Paragraphe


class ValiderVolet(Donnees):
    """A part accepted."""

    volet: CodeSaisi
    commentaire: ParagrapheLibre = ""


class DeposerEtude(Donnees):
    """The study whole, with what it really cost."""

    cout_reel: Montant


@acte("deposer_volet", DeposerVolet)
def deposer_volet(cadre: Cadre, dossier: Dossier, donnees: DeposerVolet) -> None:
    """Lay a part in the study, or lay it again after it was sent back.

    Raises:
        DonneesInvalides: the règlement has no such part, or it is already accepted.
    """
    _volet_prevu(cadre.reglement, donnees.volet)
    etude = etude_de(cadre, dossier)
    volet = _volet(cadre, etude, donnees.volet)
    if volet is None:
        volet = VoletEtude(etude_id=identifiant(etude), volet=donnees.volet, statut=DEPOSE, depose_le=cadre.maintenant)
        cadre.session.add(volet)
    elif volet.statut == VALIDE:
        raise DonneesInvalides(f"« volet » : la partie « {donnees.volet} » est déjà validée ; demandez son renvoi.")
    volet.statut, volet.resume, volet.depose_le = DEPOSE, donnees.resume, cadre.maintenant
    cadre.session.flush()


@acte("renvoyer_volet", RenvoyerVolet)
def renvoyer_volet(cadre: Cadre, dossier: Dossier, donnees: RenvoyerVolet) -> None:
    """Send a part back to be taken up again, even one accepted before: staff may have been wrong.

    Raises:
        DonneesInvalides: that part was not laid, or was already sent back.
    """
    volet = _volet_depose(cadre, dossier, donnees.volet)
    volet.statut, volet.commentaire = RENVOYE, donnees.commentaire
    cadre.session.flush()


@acte("valider_volet", ValiderVolet)
def valider_volet(cadre: Cadre, dossier: Dossier, donnees: ValiderVolet) -> None:
    """Accept a part.

    Raises:
        DonneesInvalides: that part was not laid, was sent back, or is already accepted.
    """
    volet = _volet_depose(cadre, dossier, donnees.volet)
    if volet.statut == VALIDE:
        raise DonneesInvalides(f"« volet » : la partie « {donnees.volet} » est déjà validée.")
    volet.statut, volet.commentaire = VALIDE, donnees.commentaire
    cadre.session.flush()


@acte("deposer_etude", DeposerEtude)
def deposer_etude(cadre: Cadre, dossier: Dossier, donnees: DeposerEtude) -> None:
    """Declare the study whole, and what it cost; whether its parts are all there is for the règlement to ask."""
    etude = etude_de(cadre, dossier)
    etude.cout_reel = donnees.cout_reel
    etude.deposee_le = cadre.maintenant
    cadre.session.flush()


def etude_de(cadre: Cadre, dossier: Dossier) -> Etude:
    """The study of a dossier, created by the first act that needs it."""
    etude = cadre.session.exec(select(Etude).where(Etude.dossier_id == dossier.id)).first()
    if etude is None:
        etude = Etude(dossier_id=identifiant(dossier))
        cadre.session.add(etude)
        cadre.session.flush()
    return etude


def _volet_prevu(reglement: Reglement, code: str) -> None:
    connus = [volet.code for volet in reglement.volets]
    if code not in connus:
        raise DonneesInvalides(
            f"« volet » : « {code} » n'est pas une partie de l'étude. Parties : {', '.join(connus)}."
        )


def _volet(cadre: Cadre, etude: Etude, code: str) -> VoletEtude | None:
    return cadre.session.exec(
        select(VoletEtude).where(VoletEtude.etude_id == etude.id, VoletEtude.volet == code)
    ).first()


def _volet_depose(cadre: Cadre, dossier: Dossier, code: str) -> VoletEtude:
    """A part staff can judge: laid, and not waiting to be laid again."""
    _volet_prevu(cadre.reglement, code)
    volet = _volet(cadre, etude_de(cadre, dossier), code)
    if volet is None:
        raise DonneesInvalides(f"« volet » : la partie « {code} » n'a pas encore été déposée.")
    if volet.statut == RENVOYE:
        raise DonneesInvalides(f"« volet » : la partie « {code} » a été renvoyée et n'a pas encore été redéposée.")
    return volet
