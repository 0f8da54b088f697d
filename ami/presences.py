"""Who sits for one dossier: the members present, less those who leave the room for it.

The quorum, the votes and the minutes all ask here, so that they cannot disagree. Before a decision, conflicts are
looked for; the decision notes those it found, and what is told of it afterwards reads the notes: what people become
later does not rewrite who judged.
"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, select

from ami.conflits import conflits
from ami.erreurs import Refus
from ami.models import Comite, DeportComite, Dossier, Personne
from ami.sujets import identifiant
from rules.calendrier import jour_legal
from rules.modele import Reglement


def a_siege(comite: Comite, maintenant: datetime) -> bool:
    """Nothing is said in a session before its day; the hour announced may slip."""
    return jour_legal(comite.tenue_le) <= jour_legal(maintenant)


def deports_pour(session: Session, comite: Comite, dossier: Dossier, reglement: Reglement) -> dict[str, str]:
    """The seats that do not judge this dossier, and why (French, in the order of the seats).

    A déport noted in the session; and, where the règlement makes it compulsory, a conflict found of who holds the seat.
    """
    motifs = deports_notes(session, comite, dossier)
    if reglement.comite is not None and reglement.comite.deport_obligatoire:
        motifs = {**_conflits_trouves(session, comite, dossier), **motifs}
    return {siege: motifs[siege] for siege in comite.membres if siege in motifs}


def deports_notes(session: Session, comite: Comite, dossier: Dossier, au: datetime | None = None) -> dict[str, str]:
    """The déports written in the session for this dossier, up to an instant when one is given."""
    lignes = select(DeportComite).where(DeportComite.comite_id == comite.id, DeportComite.dossier_id == dossier.id)
    motifs = {ligne.membre: ligne.motif for ligne in session.exec(lignes) if au is None or ligne.note_le <= au}
    return {siege: motifs[siege] for siege in comite.membres if siege in motifs}


def consigner_deports(
    session: Session, comite: Comite, dossier: Dossier, reglement: Reglement, maintenant: datetime
) -> None:
    """Write, when a session decides, the conflicts found: the record of who judged, that nothing changes later."""
    ecrits = deports_notes(session, comite, dossier)
    for siege, motif in deports_pour(session, comite, dossier, reglement).items():
        if siege not in ecrits:
            ici = {"comite_id": identifiant(comite), "dossier_id": identifiant(dossier)}
            session.add(DeportComite(**ici, membre=siege, motif=motif, note_le=maintenant))
    session.flush()


def juges_au(session: Session, comite: Comite, dossier: Dossier, au: datetime | None = None) -> list[str]:
    """The seats that judged this dossier when the session decided of it: the sheet is closed by the first decision.

    Without an instant, by the déports as they are noted today.
    """
    return restants(comite, deports_notes(session, comite, dossier, au))


def presents_pour(session: Session, comite: Comite, dossier: Dossier, reglement: Reglement) -> list[str]:
    """The seats held when this dossier is judged."""
    return restants(comite, deports_pour(session, comite, dossier, reglement))


def restants(comite: Comite, partis: Collection[str]) -> list[str]:
    """The seats held, less those that left."""
    return [siege for siege in comite.presents if siege not in partis]


def a_le_quorum(session: Session, comite: Comite, dossier: Dossier, reglement: Reglement) -> bool:
    """True when enough members judge this dossier; a règlement without comité asks for none."""
    return reglement.comite is None or (
        len(presents_pour(session, comite, dossier, reglement)) >= reglement.comite.quorum
    )


def exiger_quorum(session: Session, comite: Comite, dossier: Dossier, reglement: Reglement) -> None:
    """Whatever the guards of the file say, too few members decide nothing.

    Raises:
        Refus: says how many judge this dossier, how many it takes, and who left for it.
    """
    if reglement.comite is None:
        return
    partis = deports_pour(session, comite, dossier, reglement)
    presents = restants(comite, partis)
    if len(presents) >= reglement.comite.quorum:
        return
    deportes = [siege for siege in partis if siege in comite.presents]
    sortis = f" Ne comptent pas pour ce dossier : {', '.join(deportes)}." if deportes else ""
    raise Refus(
        f"{len(presents)} membre(s) du comité présent(s), il en faut {reglement.comite.quorum}. Le comité "
        f"{comite.code} n'a pas le quorum pour le dossier {dossier.numero} : il ne peut pas en décider.{sortis}"
    )


def _conflits_trouves(session: Session, comite: Comite, dossier: Dossier) -> dict[str, str]:
    if not comite.sieges:
        return {}
    occupants = {siege: session.get_one(Personne, identite) for siege, identite in comite.sieges.items()}
    trouves = conflits(session, dossier, list(occupants.values()), siege=True)
    return {siege: trouves[p.id or 0] for siege, p in occupants.items() if (p.id or 0) in trouves}
