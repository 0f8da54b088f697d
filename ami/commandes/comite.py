"""`ami comite`: a session is set, convened, moved or cancelled; who sits, who leaves for a dossier, who votes what."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from sqlmodel import Session, col, select

from ami.campagnes import trouver_campagne
from ami.commandes import comite_decisions
from ami.commandes.commun import console, maintenant, ouvrir
from ami.commandes.qui import personne_de, sujet_de_numero
from ami.commandes.regard import Par, Role, regarder
from ami.convocations import inscrits
from ami.database import session_ecriture
from ami.erreurs import DonneesInvalides
from ami.models import Campagne, Comite, Dossier, Personne
from ami.presences import deports_pour, presents_pour, restants
from ami.regards import exiger_vue, lisibles
from ami.reglements import reglement_de
from ami.saisie import exiger_plausible
from ami.scrutins import accorder, deporter, examiner, voter
from ami.seances import annuler, convoquer, deplacer, emarger, trouver_seance
from ami.sujets import identifiant
from ami.votes import ACTES_DE_COMITE, Scrutin, scrutins

commandes = typer.Typer(
    name="comite",
    help="Le comité : ses séances, ses membres, ses votes, ses décisions et leur procès-verbal.",
    no_args_is_help=True,
)
PARIS = ZoneInfo("Europe/Paris")
CodeCampagne = Annotated[str, typer.Argument(help="Code de la campagne.")]
CodeComite = Annotated[str, typer.Argument(help="Code de la séance, par exemple selection-2.")]
Numero = Annotated[str, typer.Argument(metavar="NUMERO", help="Numéro du dossier.")]


def _plausible(le: datetime | None) -> datetime | None:
    if le is not None:
        exiger_plausible(le, "le")
    return le


Le = Annotated[
    datetime,
    typer.Option(formats=["%Y-%m-%dT%H:%M"], help="Jour et heure, 2026-12-08T14:00 (Paris).", callback=_plausible),
]
Lieu = Annotated[str, typer.Option(help="Où il se réunit.")]


@commandes.command("convoquer")
def convoquer_comite(
    campagne: CodeCampagne,
    code: CodeComite,
    le: Le,
    lieu: Lieu,
    dossier: Annotated[
        list[str] | None, typer.Option(help="Un dossier à l'ordre du jour ; par défaut tous ceux qui attendent.")
    ] = None,
) -> None:
    """Inscrit une séance et y convie les membres : date, lieu, ordre du jour et rendez-vous d'agenda."""
    with session_ecriture(ouvrir()) as session:
        trouvee = trouver_campagne(session, campagne)
        nommes = None if dossier is None else [_dossier(session, numero) for numero in dossier]
        comite, convies = convoquer(
            session,
            trouvee,
            reglement_de(session, identifiant(trouvee)).reglement,
            code=code,
            tenue_le=le.replace(tzinfo=PARIS),
            lieu=lieu,
            dossiers=nommes,
            maintenant=maintenant(),
        )
        session.commit()
        jour = [d.numero for d in inscrits(session, comite)]
        membres = ", ".join(comite.membres)
    console.print(
        f"Comité « {code} » (identifiant {comite.id}) le {le:%d/%m/%Y à %H:%M}. Membres : {membres}.\n"
        f"Ordre du jour : {', '.join(jour) or 'aucun dossier'}. {_prevenus(convies, 'convoquée(s)')}",
        markup=False,
    )


@commandes.command("deplacer")
def deplacer_comite(
    code: CodeComite, le: Le, lieu: Annotated[str | None, typer.Option(help="Nouveau lieu.")] = None
) -> None:
    """Change la date ou le lieu d'une séance qui n'a pas siégé, et convie de nouveau les membres."""
    with session_ecriture(ouvrir()) as session:
        comite = trouver_seance(session, code)
        prevenus = deplacer(
            session,
            comite,
            reglement_de(session, comite.campagne_id).reglement,
            tenue_le=le.replace(tzinfo=PARIS),
            lieu=lieu or comite.lieu,
            maintenant=maintenant(),
        )
        session.commit()
    console.print(f"Comité « {code} » le {le:%d/%m/%Y à %H:%M}. {_prevenus(prevenus, 'prévenue(s)')}", markup=False)


@commandes.command("annuler")
def annuler_comite(
    code: CodeComite, motif: Annotated[str, typer.Option(help="Pourquoi ; les membres le lisent.")]
) -> None:
    """Annule une séance qui n'a pas siégé, et le dit aux membres."""
    with session_ecriture(ouvrir()) as session:
        comite = trouver_seance(session, code)
        reglement = reglement_de(session, comite.campagne_id).reglement
        prevenus = annuler(session, comite, reglement, motif=motif, maintenant=maintenant())
        session.commit()
    console.print(f"Comité « {code} » annulé. {_prevenus(prevenus, 'prévenue(s)')}", markup=False)


@commandes.command("emarger")
def emarger_comite(
    code: CodeComite,
    sieges: Annotated[list[str], typer.Argument(metavar="SIEGE[=ADRESSE]...", help="Les sièges tenus, et par qui.")],
) -> None:
    """Note qui siège : « ANCT=ines@example.org ». Un siège tenu sans nommer personne compte, mais ne vote pas."""
    with session_ecriture(ouvrir()) as session:
        comite = trouver_seance(session, code)
        tenus = {
            siege: session.get_one(Personne, personne_de(session, qui)) if qui else None
            for siege, qui in couples(sieges).items()
        }
        emarger(session, comite, tenus, maintenant())
        session.commit()
        presents, membres = len(comite.presents), len(comite.membres)
    console.print(f"Comité « {code} » : {presents} présent(s) sur {membres} membres.", markup=False)


@commandes.command("deporter")
def deporter_membre(
    code: CodeComite,
    siege: Annotated[str, typer.Argument(help="Le membre qui sort.")],
    numero: Numero,
    motif: Annotated[str, typer.Option(help="Pourquoi : le procès-verbal le dit.")],
) -> None:
    """Note qu'un membre sort pour un dossier : il ne compte plus au quorum de ce dossier et ne vote pas."""
    with session_ecriture(ouvrir()) as session:
        comite, dossier = trouver_seance(session, code), _dossier(session, numero)
        deporter(session, comite, siege, dossier, motif, maintenant())
        session.commit()
        restent = len(presents_pour(session, comite, dossier, reglement_de(session, dossier.campagne_id).reglement))
    console.print(f"{siege} ne prend pas part au dossier {numero} : {restent} membre(s) en décident.", markup=False)


@commandes.command("voter")
def voter_comite(
    code: CodeComite,
    numero: Numero,
    decision: Annotated[str, typer.Option(help="La décision mise aux voix, telle que le règlement la nomme.")],
    votes: Annotated[
        list[str] | None, typer.Argument(metavar="SIEGE=VOTE...", help="pour, contre ou abstention.")
    ] = None,
    consensus: Annotated[bool, typer.Option("--consensus", help="Tous sont d'accord, sans vote.")] = False,
    acte: Annotated[str | None, typer.Option(help="L'acte visé, quand plusieurs sont possibles.")] = None,
) -> None:
    """Note les votes sur un dossier, ou le consensus ; chacun peut changer jusqu'à la décision."""
    if consensus == bool(votes):
        raise DonneesInvalides("Donnez soit les votes (« ANCT=pour »), soit --consensus.")
    with session_ecriture(ouvrir()) as session:
        examen = examiner(session, trouver_seance(session, code), _dossier(session, numero), maintenant(), acte)
        dit = accorder(examen, decision) if consensus else voter(examen, decision, couples(votes or []))
        session.commit()
    suite = "adopté" if dit.adopte else "non adopté"
    console.print(f"{numero}, « {dit.decision} » : {dit.dit}. {suite.capitalize()}.", markup=False)


@commandes.command("lister")
def lister_comites(campagne: CodeCampagne, par: Par = None, role: Role = None) -> None:
    """Montre les séances d'une campagne, avec l'identifiant que demandent les actes selectionner et deliberer."""
    with regarder(par, role, "lister les comités") as (session, regard):
        trouvee = trouver_campagne(session, campagne)
        exiger_vue(session, regard, trouvee, "juges")
        seances = session.exec(
            select(Comite).where(Comite.campagne_id == trouvee.id).order_by(col(Comite.tenue_le))
        ).all()
    tableau = Table("Identifiant", "Code", "Séance", "Lieu", "Présents")
    for seance in seances:
        quand = f"{seance.tenue_le.astimezone(PARIS):%d/%m/%Y %H:%M}"
        presents = "annulée" if seance.annulee_le else f"{len(seance.presents)}/{len(seance.membres)}"
        tableau.add_row(str(seance.id), seance.code, quand, seance.lieu, presents)
    console.print(tableau)


@commandes.command("montrer")
def montrer_comite(code: CodeComite, par: Par = None, role: Role = None) -> None:
    """Montre une séance : ses sièges, et pour chaque dossier inscrit qui en décide et ce qui a été dit."""
    with regarder(par, role, "voir une séance") as (session, regard):
        comite = trouver_seance(session, code)
        exiger_vue(session, regard, session.get_one(Campagne, comite.campagne_id), "juges")
        tous = inscrits(session, comite)
        vus = lisibles(session, regard, tous)
        annulee = f" Annulée : {comite.annulation}" if comite.annulee_le else ""
        quand = f"{comite.tenue_le.astimezone(PARIS):%d/%m/%Y à %H:%M}"
        console.print(f"Comité « {code} » le {quand}, {comite.lieu}.{annulee}", markup=False)
        console.print(_sieges(session, comite))
        console.print(_dossiers(session, comite, vus))
    if len(vus) != len(tous):
        console.print("D'autres dossiers sont à l'ordre du jour ; ils ne vous sont pas accessibles.")


def couples(mots: list[str]) -> dict[str, str]:
    """« SIEGE=valeur » of each word; a seat named alone has an empty value.

    Raises:
        DonneesInvalides: a seat is named twice.
    """
    lus: dict[str, str] = {}
    for mot in mots:
        siege, _, valeur = mot.partition("=")
        if siege.strip() in lus:
            raise DonneesInvalides(f"« {siege.strip()} » est nommé deux fois.")
        lus[siege.strip()] = valeur.strip()
    return lus


def _dossier(session: Session, numero: str) -> Dossier:
    return session.get_one(Dossier, sujet_de_numero(session, numero).id)


def _prevenus(personnes: list[Personne], participe: str) -> str:
    if not personnes:
        return "Personne n'a été prévenu : la séance est passée ou inchangée, ou nul n'a le rôle membre_comite."
    return f"{len(personnes)} personne(s) {participe}."


def _sieges(session: Session, comite: Comite) -> Table:
    tableau = Table("Siège", "Tenu par", "Présence")
    for siege in comite.membres:
        identite = comite.sieges.get(siege)
        nom = session.get_one(Personne, identite).nom_complet if identite is not None else ""
        tableau.add_row(siege, nom, "présent" if siege in comite.presents else "absent")
    return tableau


def _dossiers(session: Session, comite: Comite, dossiers: list[Dossier]) -> Table:
    reglement = reglement_de(session, comite.campagne_id).reglement
    tableau = Table("Dossier", "Projet", "En décident", "Déports", "Expression du comité")
    for dossier in dossiers:
        deports = deports_pour(session, comite, dossier, reglement)
        juges = restants(comite, deports)
        dits = [
            dit for acte in ACTES_DE_COMITE for dit in scrutins(session, comite, dossier, acte, reglement, juges)[-1:]
        ]
        tableau.add_row(
            dossier.numero,
            dossier.titre,
            str(len(juges)),
            "\n".join(f"{siege} : {motif}" for siege, motif in deports.items()),
            "\n".join(_dit(dit) for dit in dits),
        )
    return tableau


def _dit(dit: Scrutin) -> str:
    return f"{dit.decision} : {dit.dit}"


comite_decisions.ajouter_a(commandes)
