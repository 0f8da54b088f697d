"""`ami documents`: letters, conventions and avenants on paper, and the signatures that come back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, select

from ami.avenants import Changement, avenant
from ami.commandes.cloture import AGENT
from ami.commandes.commun import JOURS, console, maintenant, ouvrir, reglages
from ami.commandes.qui import personne_de
from ami.commandes.regard import Par, Role, regarder
from ami.conventions import convention
from ami.courriers import PERSONNE, Choix, choisir_courriel, lettre, titre_du_message
from ami.emission import AVENANT, CONVENTION, LETTRE, Emis, Emission, deja_signe, emettre
from ami.erreurs import DonneesInvalides
from ami.fichiers import remplacer
from ami.magasin import Magasin
from ami.maturation import fin_a_venir
from ami.models import Avenant, Convention, DocumentEmis, Dossier
from ami.papiers import papier_signe, papiers_lisibles, relire_papier
from ami.queries import trouver_dossier
from ami.regards import Regard
from ami.signatures import Signature, document_a_signer, enregistrer_signature
from ami.sujets import Acteur
from notifications.formats import jour_court, montant

commandes = typer.Typer(
    name="documents",
    help="Lettres, conventions et avenants en PDF, et les exemplaires signés qui reviennent.",
    no_args_is_help=True,
)
Numero = Annotated[str, typer.Argument(help="Numéro du dossier.")]
Vers = Annotated[Path, typer.Option(help="Fichier PDF à écrire.", dir_okay=False)]
Signe = Annotated[bool, typer.Option("--signe", help="Rend l'exemplaire signé, tel qu'il a été reçu.")]


@dataclass(frozen=True)
class Contrat:
    """A convention or an avenant asked for: what tells it from the others, how it reads today, the copy wanted."""

    genre: str
    clef: dict[str, str]
    composer: Callable[[Session, Dossier], Emission]
    signe: bool


@commandes.command("lettre")
def composer_lettre(
    numero: Numero,
    vers: Vers,
    message: Annotated[str | None, typer.Option(help="Le message à mettre en lettre, par exemple laureat.")] = None,
    a: Annotated[str | None, typer.Option("--a", help="Adresse de la personne à qui il a été écrit.")] = None,
    par: Par = None,
    role: Role = None,
) -> None:
    """Met en lettre une décision telle qu'elle a été envoyée : le texte du dossier, mot pour mot.

    Sans --message, la dernière décision ; s'il y en a d'autres, elles sont dites. Un agent l'émet ; le porteur et
    l'accompagnateur relisent celles qui ont été émises pour leur dossier.
    """

    def choisie(session: Session, dossier: Dossier) -> Emis:
        choix = choisir_courriel(session, dossier, message, a)
        _dire_le_choix(choix)
        return emettre(session, _magasin(), dossier, lettre(session, dossier, choix.courriel), maintenant())

    def relue(session: Session, regard: Regard, dossier: Dossier) -> Emis:
        voulu = {"message": message} if message else {}
        voulu |= {"destinataire": f"{PERSONNE}{personne_de(session, a)}"} if a else {}
        return relire_papier(session, regard, _magasin(), dossier, LETTRE, **voulu)

    _produire(numero, vers, choisie, relue, par, role)


@commandes.command("convention")
def composer_convention(
    numero: Numero,
    nature: Annotated[str, typer.Option(help="Nature de l'aide : aide_etude, aide_projet ou participation.")],
    vers: Vers,
    signe: Signe = False,
    par: Par = None,
    role: Role = None,
) -> None:
    """Compose la convention d'une aide, pour la somme engagée aujourd'hui ; signée, la rend telle qu'émise.

    Un agent la compose ; le porteur et l'accompagnateur relisent la dernière émise.
    """

    def composer(session: Session, dossier: Dossier) -> Emission:
        return convention(session, dossier, nature, maintenant())

    _produire_contrat(numero, vers, Contrat(CONVENTION, {"nature": nature}, composer, signe), par, role)


@commandes.command("avenant")
def composer_avenant(
    numero: Numero,
    reference: Annotated[str, typer.Option(help="Référence de l'avenant.")],
    vers: Vers,
    nature: Annotated[str | None, typer.Option(help="Nature de l'aide de la convention.")] = None,
    nouveau_montant: Annotated[str | None, typer.Option("--montant", help="Nouveau total de l'aide, en euros.")] = None,
    fin: Annotated[datetime | None, typer.Option(formats=JOURS, help="Nouvelle fin.")] = None,
    motif: Annotated[str | None, typer.Option(help="Pourquoi la convention change.")] = None,
    signe: Signe = False,
    par: Par = None,
    role: Role = None,
) -> None:
    """Compose un avenant : à signer (dites ce qu'il change), ou déjà signé (sa référence suffit)."""
    change = None
    if nature and nouveau_montant and fin and motif:
        fin_a_venir(fin.date(), maintenant())
        change = Changement(nature, _euros(nouveau_montant), fin.date(), motif)
    elif nature or nouveau_montant or fin or motif:
        raise DonneesInvalides("Un avenant dit à la fois --nature, --montant, --fin et --motif.")

    def composer(session: Session, dossier: Dossier) -> Emission:
        return avenant(session, dossier, reference, change)

    _produire_contrat(numero, vers, Contrat(AVENANT, {"avenant": reference}, composer, signe), par, role)


@commandes.command("signer")
def signer(
    numero: Numero,
    fichier: Annotated[Path, typer.Option(help="L'exemplaire signé, en PDF.", exists=True, dir_okay=False)],
    le: Annotated[datetime, typer.Option(formats=JOURS, help="Jour de la dernière signature.")],
    par: Annotated[str, typer.Option(help="Adresse électronique de l'agent qui l'enregistre.")],
    nature: Annotated[str | None, typer.Option(help="La convention signée, par la nature de son aide.")] = None,
    avenant_signe: Annotated[str | None, typer.Option("--avenant", help="L'avenant signé, par sa référence.")] = None,
) -> None:
    """Enregistre un document signé : son fichier est gardé, et l'acte de signature fait, ensemble ou pas du tout."""
    engine, recu = ouvrir(), maintenant()
    with regarder(par, AGENT, "lire un document à signer") as (session, regard):
        dossier = trouver_dossier(session, regard, numero)
        document = document_a_signer(session, dossier, nature=nature, avenant=avenant_signe)
        signature = Signature(document, fichier, le.date(), Acteur(AGENT, personne_de(session, par)))
    mouvement = enregistrer_signature(engine, _magasin(), dossier, signature, recu)
    console.print(
        f"{numero} : {document.genre} {document.reference} de {montant(Decimal(document.donnees['montant']))}, signé "
        f"le {jour_court(le.date())} ; fichier gardé. Version {mouvement.seq} du dossier.",
        markup=False,
    )


@commandes.command("lister")
def lister(numero: Numero, par: Par = None, role: Role = None) -> None:
    """Montre les documents émis pour un dossier, leur empreinte, et ce qui est signé."""
    with regarder(par, role, "lister les documents d'un dossier") as (session, regard):
        dossier = trouver_dossier(session, regard, numero)
        emis = papiers_lisibles(session, regard, dossier)
        lignes = [_ligne(document) for document in emis] + _signatures_sans_fichier(session, dossier, emis)
    for ligne in lignes or [f"{numero} : aucun document émis ni signé."]:
        console.print(ligne, markup=False, soft_wrap=True)


def _produire_contrat(numero: str, vers: Path, contrat: Contrat, par: str | None, role: str | None) -> None:
    """One that is signed is given back before anything is composed."""

    def emis(session: Session, dossier: Dossier) -> Emis:
        signe = deja_signe(session, _magasin(), dossier, contrat.genre, **contrat.clef)
        return signe or emettre(session, _magasin(), dossier, contrat.composer(session, dossier), maintenant())

    def relu(session: Session, regard: Regard, dossier: Dossier) -> Emis:
        return relire_papier(session, regard, _magasin(), dossier, contrat.genre, **contrat.clef)

    if contrat.signe:
        _rendre_signe(numero, vers, contrat, par, role)
    else:
        _produire(numero, vers, emis, relu, par, role)


def _rendre_signe(numero: str, vers: Path, contrat: Contrat, par: str | None, role: str | None) -> None:
    with regarder(par, role, "lire un document") as (session, regard):
        dossier = trouver_dossier(session, regard, numero)
        signe = papier_signe(session, regard, _magasin(), dossier, contrat.genre, **contrat.clef)
    remplacer(vers, signe.octets)
    document = signe.document
    console.print(f"{numero} : {document.genre} {document.reference}, exemplaire signé → {vers}.", markup=False)
    console.print(f"SHA-256 : {document.signe_empreinte}", markup=False)


def _produire(
    numero: str,
    vers: Path,
    emettre_le_document: Callable[[Session, Dossier], Emis],
    relue: Callable[[Session, Regard, Dossier], Emis],
    par: str | None,
    role: str | None,
) -> None:
    """Staff issue a document, in one transaction; others read what was issued. Then its file is written."""
    with regarder(par, role, "lire un document", ecrire=True) as (session, regard):
        dossier = trouver_dossier(session, regard, numero)
        if regard.voit("conduite"):
            emis = emettre_le_document(session, dossier)
            session.commit()
        else:
            emis = relue(session, regard, dossier)
    remplacer(vers, emis.octets)
    _annoncer(numero, vers, emis)


def _annoncer(numero: str, vers: Path, emis: Emis) -> None:
    document = emis.document
    signe = " et signé" if document.signe_empreinte is not None else ""
    deja = f" (déjà émis{signe} : le même, octet pour octet)" if emis.deja else ""
    console.print(f"{numero} : {document.genre} {document.reference} → {vers}{deja}.", markup=False)
    console.print(f"SHA-256 : {document.empreinte}", markup=False)


def _dire_le_choix(choix: Choix) -> None:
    if not choix.autres:
        return
    pris = choix.courriel
    console.print(f"Plusieurs courriels conviennent ; voici « {pris.objet} », à {pris.destinataire}.", markup=False)
    for autre in choix.autres:
        console.print(
            f"  Aussi : --message {autre.message} --a {autre.destinataire} ({titre_du_message(autre.message)}, "
            f"{jour_court(autre.cree_a)})",
            markup=False,
        )


def _ligne(document: DocumentEmis) -> str:
    dit = document.donnees
    quoi = titre_du_message(dit["message"]) if dit.get("message") else document.genre.capitalize()
    somme = f", {montant(Decimal(dit['montant']))}" if dit.get("montant") else ""
    signe = f" ; signé, fichier {document.signe_empreinte}" if document.signe_empreinte else ""
    return (
        f"{quoi}, {document.reference}{somme}, émis le {jour_court(document.emis_le)}, SHA-256 "
        f"{document.empreinte}{signe}"
    )


def _signatures_sans_fichier(session: Session, dossier: Dossier, emis: list[DocumentEmis]) -> list[str]:
    """Conventions and avenants recorded by the act alone."""
    avec = {(d.genre, d.donnees["avenant" if d.genre == AVENANT else "nature"]) for d in emis if d.signe_empreinte}
    conventions = session.exec(select(Convention).where(Convention.dossier_id == dossier.id)).all()
    avenants = session.exec(select(Avenant).where(Avenant.dossier_id == dossier.id)).all()
    signes = [
        *((CONVENTION, c.nature, c.reference, c.montant, c.signee_le) for c in conventions),
        *((AVENANT, a.reference, a.reference, a.montant, a.signe_le) for a in avenants),
    ]
    return [
        f"{genre.capitalize()}, {reference}, {montant(somme)}, signé sans fichier le {jour_court(jour)}"
        for genre, clef, reference, somme, jour in signes
        if (genre, clef) not in avec
    ]


def _euros(texte: str) -> Decimal:
    try:
        return Decimal(texte.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", "."))
    except InvalidOperation as erreur:
        raise DonneesInvalides(f"« montant » : « {texte} » n'est pas un montant en euros.") from erreur


def _magasin() -> Magasin:
    return Magasin(reglages().dossier_pieces)
