"""What staff ask for while a dossier is examined, and what came back: pièces by name, questions, a day to answer by.

They are answered in one place: pièces are laid with `ami piece joindre`, then « completer » says that it is done and
answers the questions. Whether everything asked is there is for the règlement to demand (`demandes.en_attente`).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from ami.actes import Cadre, Donnees, acte
from ami.erreurs import DonneesInvalides
from ami.models import DemandePiece, Dossier, Personne, Piece
from ami.saisie import CodeSaisi, Jour, Paragraphe, ParagrapheLibre, sans_doublon
from ami.sujets import identifiant
from rules.calendrier import jour_legal
from rules.modele import Reglement

Question = Annotated[Paragraphe, StringConstraints(max_length=2000)]


class DemanderPieces(Donnees):
    """What is asked: pièces of the règlement by their codes, questions in words, and the last day to answer."""

    pieces: Annotated[list[CodeSaisi], Field(max_length=50)] = Field(default_factory=list)
    questions: Annotated[list[Question], Field(max_length=20)] = Field(default_factory=list)
    message: ParagrapheLibre = ""
    avant_le: Jour


@dataclass(frozen=True)
class DemandeSuivie:
    """One thing asked, and where it stands at an instant. `fichier` is what was laid in answer."""

    texte: str
    piece: bool
    demandee_le: dt.datetime
    par: str
    avant_le: dt.date
    repondue_le: dt.datetime | None
    reponse: str
    fichier: str
    en_retard: bool


@acte("demander_pieces", DemanderPieces)
def demander_pieces(cadre: Cadre, dossier: Dossier, donnees: DemanderPieces) -> None:
    """Ask for pièces and answers, each kept on its own line.

    Raises:
        DonneesInvalides: nothing is asked, a pièce is unknown or named twice, one thing is already awaited, or the day
            is not to come.
    """
    if not donnees.pieces and not donnees.questions:
        raise DonneesInvalides("Dites ce que vous demandez : « pieces » (codes du règlement) ou « questions ».")
    if donnees.avant_le <= jour_legal(cadre.maintenant):
        raise DonneesInvalides("« avant_le » : la date limite doit être à venir.")
    sans_doublon(donnees.pieces, "pieces")
    sans_doublon(donnees.questions, "questions")
    demandees = [(code, _libelle(cadre.reglement, code)) for code in donnees.pieces]
    demandees += [("", question) for question in donnees.questions]
    attendues = {(d.code, d.texte) for d in en_attente(cadre.session, dossier)}
    for code, texte in demandees:
        if (code, texte) in attendues:
            raise DonneesInvalides(f"« {texte} » est déjà demandé et attendu : ne le redemandez pas.")
        cadre.session.add(_demande(cadre, dossier, code, texte, donnees.avant_le))
    cadre.session.flush()


def piece_jointe(session: Session, dossier: Dossier, code: str, maintenant: dt.datetime) -> None:
    """A pièce asked for has come: even the same bytes as before are an answer, for staff to read."""
    for demande in en_attente(session, dossier):
        if demande.code == code:
            demande.repondue_le = maintenant
            session.add(demande)


def repondre(cadre: Cadre, dossier: Dossier, message: str) -> None:
    """A word in answer answers every question still open."""
    for demande in en_attente(cadre.session, dossier) if message else []:
        if not demande.code:
            demande.repondue_le, demande.reponse = cadre.maintenant, message
            cadre.session.add(demande)
    cadre.session.flush()


def en_attente(session: Session, dossier: Dossier) -> list[DemandePiece]:
    """What is asked and not answered yet, oldest first."""
    requete = select(DemandePiece).where(DemandePiece.dossier_id == dossier.id, col(DemandePiece.repondue_le).is_(None))
    return list(session.exec(requete.order_by(col(DemandePiece.id))))


def demandes_pour_expressions(session: Session, dossier: Dossier) -> dict[str, Any]:
    """The part of the context that tells what is still awaited."""
    attendues = en_attente(session, dossier)
    return {"en_attente": len(attendues), "en_attente_libelles": [demande.texte for demande in attendues]}


def suivre_demandes(session: Session, dossier: Dossier, maintenant: dt.datetime) -> list[DemandeSuivie]:
    """Everything asked on a dossier, oldest first: by whom, until when, what was answered, whether it is late."""
    requete = (
        select(DemandePiece, Personne)
        .outerjoin(Personne, col(Personne.id) == col(DemandePiece.demandee_par))
        .where(DemandePiece.dossier_id == dossier.id)
        .order_by(col(DemandePiece.id))
    )
    return list(_suivies(session, session.exec(requete).all(), jour_legal(maintenant)))


def _suivies(
    session: Session, lignes: Sequence[tuple[DemandePiece, Personne | None]], jour: dt.date
) -> Iterator[DemandeSuivie]:
    for demande, personne in lignes:
        piece = _derniere(session, demande) if demande.code and demande.repondue_le else None
        repondue = jour_legal(demande.repondue_le) if demande.repondue_le is not None else jour
        yield DemandeSuivie(
            texte=demande.texte,
            piece=bool(demande.code),
            demandee_le=demande.demandee_le,
            par=personne.nom_complet if personne is not None else "",
            avant_le=demande.avant_le,
            repondue_le=demande.repondue_le,
            reponse=demande.reponse,
            fichier=piece.nom_origine if piece is not None else "",
            en_retard=repondue > demande.avant_le,
        )


def _libelle(reglement: Reglement, code: str) -> str:
    for piece in reglement.pieces:
        if piece.code == code:
            return piece.libelle
    connues = ", ".join(piece.code for piece in reglement.pieces) or "aucune"
    raise DonneesInvalides(
        f"« pieces » : « {code} » n'est pas une pièce de ce règlement. Pièces prévues : {connues}. "
        "Demandez autre chose par « questions »."
    )


def _demande(cadre: Cadre, dossier: Dossier, code: str, texte: str, avant_le: dt.date) -> DemandePiece:
    return DemandePiece(
        dossier_id=identifiant(dossier),
        code=code,
        texte=texte,
        demandee_le=cadre.maintenant,
        demandee_par=cadre.acteur.personne_id,
        avant_le=avant_le,
    )


def _derniere(session: Session, demande: DemandePiece) -> Piece | None:
    """The last document laid under the code asked for."""
    requete = select(Piece).where(Piece.dossier_id == demande.dossier_id, Piece.code == demande.code)
    return session.exec(requete.order_by(col(Piece.deposee_le).desc(), col(Piece.id).desc())).first()
