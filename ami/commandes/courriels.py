"""`ami courriels`: see the outbox, empty it, settle what SMTP could not decide."""

import asyncio
import random
import signal
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.commandes.commun import ErreurTechnique, console, maintenant, ouvrir, reglages
from ami.database import session_ecriture, session_lecture
from ami.erreurs import ErreurMetier
from notifications.dispatcher import Bilan, Dispatcher
from notifications.formats import PARIS
from notifications.models import Courriel, CourrielPause, EtatCourriel
from notifications.outbox import ResolutionImpossible, etat_file, reprendre_file, resoudre_incertain
from notifications.settings import ReglagesCourriel

commandes = typer.Typer(
    name="courriels", help="Les courriels : les voir, les envoyer, trancher les incertains.", no_args_is_help=True
)
Numero = Annotated[int, typer.Argument(metavar="NUMERO", help="Le numéro montré par « ami courriels lister ».")]
Par = Annotated[str, typer.Option("--par", help="Qui le décide : gardé dans l'historique du courriel.")]


@commandes.command("lister")
def lister_courriels(
    etat: Annotated[EtatCourriel | None, typer.Option(help="Seulement ceux de cet état.")] = None,
    nombre: Annotated[int, typer.Option(min=1, max=1000, help="Combien, les plus récents d'abord.")] = 30,
) -> None:
    """Compte les courriels par état et montre les plus récents (jamais leur texte)."""
    with session_lecture(ouvrir()) as session:
        comptes = etat_file(session)
        pause = session.get(CourrielPause, 1)
        lignes = _derniers(session, etat, nombre)
    console.print(" · ".join(f"{nom} : {compte}" for nom, compte in comptes.items()))
    if pause:
        console.print(_pause(pause), markup=False)
    if lignes:
        console.print(_tableau(lignes))


def _pause(pause: CourrielPause) -> str:
    depuis = pause.depuis.astimezone(PARIS).strftime("%d/%m/%Y à %H:%M")
    remede = "Corrigez, relancez l'expéditeur si un réglage a changé, puis « ami courriels reprendre --par VOTRE_NOM »."
    return f"File en pause depuis le {depuis} : {pause.raison} {remede}"


def _derniers(session: Session, etat: EtatCourriel | None, nombre: int) -> list[Courriel]:
    requete = select(Courriel).order_by(col(Courriel.id).desc()).limit(nombre)
    if etat is not None:
        requete = requete.where(Courriel.etat == etat.value)
    return list(session.exec(requete))


def _tableau(lignes: list[Courriel]) -> Table:
    tableau = Table("N°", "État", "Message", "Destinataire", "Objet", "Dû le", "Réponse du serveur")
    for ligne in lignes:
        du = ligne.du_a.astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
        objet = "(masqué)" if ligne.masque else ligne.objet
        cellules = (str(ligne.id), ligne.etat, ligne.message, ligne.destinataire, objet, du, ligne.reponse or "")
        tableau.add_row(*(cellule.replace("[", r"\[") for cellule in cellules))
    return tableau


@commandes.command("dispatcher")
def dispatcher_courriels() -> None:
    """Envoie tout ce qui est dû maintenant, puis s'arrête. Peut tourner en même temps que « veiller »."""
    bilan = _dispatcher(ouvrir()).passer(maintenant())
    console.print(_phrase(bilan), markup=False)
    if empechement := bilan.en_pause or bilan.injoignable:
        raise ErreurTechnique(f"L'envoi n'a pas pu continuer : {empechement}")


def _phrase(bilan: Bilan) -> str:
    """What a pass did; what did not happen is left out, except the mails sent."""
    comptes = {
        "envoyé(s)": bilan.envoyes,
        "reporté(s)": bilan.reportes,
        "en échec": bilan.echecs,
        "incertain(s)": bilan.incertains,
        "abandonné(s), leur date d'usage étant passée": bilan.abandonnes,
    }
    dits = [f"{nombre} {libelle}" for libelle, nombre in comptes.items() if nombre or libelle == "envoyé(s)"]
    return f"Courriels : {', '.join(dits)}."


@commandes.command("veiller")
def veiller_courriels() -> None:
    """Envoie les courriels au fil de l'eau, jusqu'à Ctrl-C ou SIGTERM (« ami serve » le lance tout seul)."""
    asyncio.run(_veiller(_dispatcher(ouvrir())))


async def _veiller(dispatcher: Dispatcher) -> None:
    arret = asyncio.Event()
    boucle = asyncio.get_running_loop()
    for numero in (signal.SIGTERM, signal.SIGINT):
        boucle.add_signal_handler(numero, arret.set)
    await dispatcher.veiller(arret)


@commandes.command("resoudre")
def resoudre_courriel(
    numero: Numero,
    recu: Annotated[
        bool, typer.Option("--recu/--renvoyer", help="Le destinataire l'a reçu, ou il faut le lui renvoyer.")
    ],
    par: Par,
) -> None:
    """Tranche un courriel incertain : la connexion s'est perdue alors que le serveur l'avait peut-être accepté.

    Demandez d'abord au destinataire. Avec --renvoyer, le même courriel repart, sans rien y changer.
    """
    with session_ecriture(ouvrir()) as session:
        try:
            resoudre_incertain(session, numero, recu=recu, par=par, maintenant=maintenant())
        except ResolutionImpossible as erreur:
            raise ErreurMetier(str(erreur)) from erreur
        session.commit()
    console.print(f"Courriel {numero} : {'tenu pour reçu' if recu else 'à renvoyer'}.")


@commandes.command("reprendre")
def reprendre_courriels(par: Par) -> None:
    """Relance la file mise en pause (mot de passe refusé…), une fois la cause corrigée."""
    with session_ecriture(ouvrir()) as session:
        reprise = reprendre_file(session, par=par, maintenant=maintenant())
        session.commit()
    console.print("La file repart." if reprise else "La file n'était pas en pause.")


def _dispatcher(engine: Engine) -> Dispatcher:
    return Dispatcher(engine, reglages_courriel(), horloge=maintenant, hasard=random.SystemRandom())


def reglages_courriel() -> ReglagesCourriel:
    """The transport's settings.

    Raises:
        ErreurTechnique: they contradict one another.
    """
    try:
        return reglages().reglages_courriel()
    except ValidationError as erreur:
        raise ErreurTechnique(f"Réglages des courriels refusés. {erreur.errors()[0]['msg']}") from erreur
