"""`ami piece`: lay a document in a dossier, and see which are there and which are missing."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import Session, col, select

from ami.commandes.commun import console, maintenant, ouvrir, reglages
from ami.commandes.qui import personne_de, sujet_de_numero
from ami.commandes.regard import Par, Role, regarder
from ami.contexte import construire
from ami.database import session_ecriture
from ami.habilitations import verifier_habilitation
from ami.models import Dossier, Piece
from ami.pieces import Magasin, joindre_piece
from ami.queries import trouver_dossier
from ami.reglements import reglement_de
from ami.sujets import SYSTEME, Acteur

commandes = typer.Typer(
    name="piece", help="Les pièces d'un dossier : en joindre, voir ce qui manque.", no_args_is_help=True
)


@commandes.command("joindre")
def joindre(
    numero: Annotated[str, typer.Argument(help="Numéro du dossier.")],
    code: Annotated[str, typer.Argument(help="Code de la pièce dans le règlement ; voir « ami piece lister ».")],
    fichier: Annotated[Path, typer.Argument(help="Le fichier à joindre.", exists=True, dir_okay=False)],
    par: Annotated[str, typer.Option(help="Adresse électronique de la personne qui dépose.")],
    role: Annotated[str, typer.Option(help="Le rôle dans lequel elle agit.")],
) -> None:
    """Joint un fichier à un dossier : son type réel et sa taille sont vérifiés, le même deux fois n'en fait qu'un."""
    instant, engine = maintenant(), ouvrir()
    with regarder(par, role, "joindre une pièce") as (session, _):
        acteur = Acteur(role, personne_de(session, par))
        verifier_habilitation(session, _dossier(session, numero), acteur, instant)
    with session_ecriture(engine) as session, fichier.open("rb") as contenu:
        dossier = _dossier(session, numero)
        piece = joindre_piece(
            session,
            dossier,
            code,
            fichier.name,
            contenu,
            reglement=reglement_de(session, dossier.campagne_id).reglement,
            magasin=Magasin(reglages().dossier_pieces),
            acteur=acteur,
            maintenant=instant,
        )
        session.commit()
    console.print(f"{numero} : pièce « {code} » jointe ({piece.nom_origine}, {piece.taille} octets).", markup=False)


@commandes.command("lister")
def lister(
    numero: Annotated[str, typer.Argument(help="Numéro du dossier.")], par: Par = None, role: Role = None
) -> None:
    """Montre les pièces demandées par le règlement, celles qui sont jointes et celles qui manquent aujourd'hui."""
    with regarder(par, role, "lire les pièces d'un dossier") as (session, regard):
        dossier = trouver_dossier(session, regard, numero)
        reglement = reglement_de(session, dossier.campagne_id).reglement
        contexte = construire(session, dossier, reglement, acteur=SYSTEME, donnees={}, maintenant=maintenant())
        jointes = session.exec(select(Piece).where(Piece.dossier_id == dossier.id).order_by(col(Piece.id))).all()
        tableau = Table("Code", "Pièce", "Où elle en est")
        for demandee in reglement.pieces:
            noms = [piece.nom_origine for piece in jointes if piece.code == demandee.code]
            manque = demandee.code in contexte["pieces"]["manquantes"]
            tableau.add_row(
                demandee.code, demandee.libelle, ", ".join(noms) or ("manque" if manque else "pas encore due")
            )
    console.print(tableau)


def _dossier(session: Session, numero: str) -> Dossier:
    return session.get_one(Dossier, sujet_de_numero(session, numero).id)
