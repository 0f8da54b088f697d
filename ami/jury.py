"""Acts of the jury: convened, hearing the porteur, examining a co-investment apart from the grant."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import StringConstraints

from ami.actes import Cadre, Donnees, Montant, acte
from ami.comite import comite_qui_decide, tour_adopte
from ami.erreurs import DonneesInvalides
from ami.models import Audition, Comite, Dossier, ExamenParticipation
from ami.saisie import CodeSaisi, Identifiant, Jour, Paragraphe, ParagrapheLibre, pas_dans_le_futur
from ami.sujets import identifiant
from rules.calendrier import jour_legal
from rules.vocabulaire import Acte

EXAMEN: Final[Acte] = "examiner_participation"


class Convoquer(Donnees):
    """The session the porteur and the members are called to, with a word."""

    comite: Identifiant
    message: ParagrapheLibre = ""


class Auditionner(Donnees):
    """The day the porteur was heard, and what was said."""

    tenue_le: Jour
    compte_rendu: Paragraphe


class ExaminerParticipation(Donnees):
    """What is decided of a co-investment: `montant` (euros) out of own funds of `capital` (euros)."""

    decision: Annotated[CodeSaisi, StringConstraints(max_length=40)]
    motif: Paragraphe
    montant: Montant = Decimal(0)
    capital: Montant = Decimal(0)
    comite: Identifiant | None = None


@acte("convoquer", Convoquer)
def convoquer(cadre: Cadre, dossier: Dossier, donnees: Convoquer) -> None:
    """Call people to a session to come, and put the dossier on its agenda; the courriels are the règlement's.

    Raises:
        DonneesInvalides: no such session in this campagne, it was cancelled, or it has sat already.
    """
    comite = cadre.session.get(Comite, donnees.comite)
    if comite is None or comite.campagne_id != dossier.campagne_id:
        raise DonneesInvalides(f"« comite » : aucun comité de cette campagne ne porte l'identifiant {donnees.comite}.")
    if comite.annulee_le is not None:
        raise DonneesInvalides(f"« comite » : la séance {comite.code} a été annulée. Nommez celle qui l'a remplacée.")
    if jour_legal(comite.tenue_le) < jour_legal(cadre.maintenant):
        raise DonneesInvalides(f"« comite » : le comité {comite.code} s'est déjà réuni.")
    if dossier.id not in comite.ordre_du_jour:
        comite.ordre_du_jour = [*comite.ordre_du_jour, identifiant(dossier)]


@acte("auditionner", Auditionner)
def auditionner(cadre: Cadre, dossier: Dossier, donnees: Auditionner) -> None:
    """Keep what was said at the hearing.

    Raises:
        DonneesInvalides: the day is not come yet.
    """
    pas_dans_le_futur(donnees.tenue_le, cadre.maintenant, "tenue_le")
    cadre.session.add(Audition(dossier_id=identifiant(dossier), notee_le=cadre.maintenant, **dict(donnees)))
    cadre.session.flush()


@acte(EXAMEN, ExaminerParticipation)
def examiner_participation(cadre: Cadre, dossier: Dossier, donnees: ExaminerParticipation) -> None:
    """Keep what was decided of a co-investment; share, co-investor and enveloppe are for the règlement to ask.

    Raises:
        DonneesInvalides: the comité named is not one of this campagne, has not sat yet, or was cancelled.
        Refus: it has no quorum for this dossier, or its votes did not adopt this.
    """
    comite = comite_qui_decide(cadre, dossier, EXAMEN, donnees.decision, donnees.comite)
    cadre.session.add(
        ExamenParticipation(
            dossier_id=identifiant(dossier),
            comite_id=comite.id if comite is not None else None,
            decision=donnees.decision,
            motif=donnees.motif,
            montant=donnees.montant,
            capital=donnees.capital,
            examine_le=cadre.maintenant,
            tour=tour_adopte(cadre, comite, dossier, EXAMEN),
        )
    )
    cadre.session.flush()
