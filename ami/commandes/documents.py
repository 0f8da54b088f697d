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
from ami.commandes.commun import JOURS, console, maintenant, ouvrir, reglages
from ami.commandes.qui import personne_de, sujet_de_numero
from ami.conventions import convention
from ami.courriers import Choix, choisir_courriel, lettre, titre_du_message
from ami.database import session_ecriture, session_lecture
from ami.emission import (
    AVENANT,
    CONVENTION,
    Emis,
    Emission,
    deja_signe,
    documents_de,
    emettre,
    exemplaire_signe,
    relire_signe,
)
from ami.erreurs import DonneesInvalides, Introuvable
from ami.fichiers import remplacer
from ami.magasin import Magasin
from ami.models import Avenant, Convention, DocumentEmis, Dossier
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
class Papier:
    """What a command names: the kind of paper, what tells it from the others of its dossier, its name in a sentence."""

    genre: str
    clef: dict[str, str]
    nom: str


@commandes.command("lettre")
def composer_lettre(
    numero: Numero,
    vers: Vers,
    message: Annotated[str | None, typer.Option(help="Le message à mettre en lettre, par exemple laureat.")] = None,
    a: Annotated[str | None, typer.Option("--a", help="Adresse de la personne à qui il a été écrit.")] = None,
) -> None:
    """Met en lettre une décision telle qu'elle a été envoyée : le texte du dossier, mot pour mot.

    Sans --message, la dernière décision ; s'il y en a d'autres, elles sont dites.
    """

    def choisir(session: Session, dossier: Dossier) -> Emission:
        choix = choisir_courriel(session, dossier, message, a)
        _dire_le_choix(choix)
        return lettre(session, dossier, choix.courriel)

    _emettre(numero, vers, choisir)


@commandes.command("convention")
def composer_convention(
    numero: Numero,
    nature: Annotated[str, typer.Option(help="Nature de l'aide : aide_etude, aide_projet ou participation.")],
    vers: Vers,
    signe: Signe = False,
) -> None:
    """Compose la convention d'une aide, pour la somme engagée aujourd'hui ; signée, la rend telle qu'émise."""
    papier = Papier(CONVENTION, {"nature": nature}, f"La convention de l'aide « {nature} »")
    if signe:
        _ecrire_signe(numero, vers, papier)
    else:
        _emettre(numero, vers, lambda session, dossier: convention(session, dossier, nature, maintenant()), papier)


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
) -> None:
    """Compose un avenant : à signer (dites ce qu'il change), ou déjà signé (sa référence suffit)."""
    papier = Papier(AVENANT, {"avenant": reference}, f"L'avenant {reference}")
    if signe:
        _ecrire_signe(numero, vers, papier)
        return
    change = None
    if nature and nouveau_montant and fin and motif:
        change = Changement(nature, _euros(nouveau_montant), fin.date(), motif)
    elif nature or nouveau_montant or fin or motif:
        raise DonneesInvalides("Un avenant dit à la fois --nature, --montant, --fin et --motif.")
    _emettre(numero, vers, lambda session, dossier: avenant(session, dossier, reference, change), papier)


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
    with session_lecture(engine) as session:
        dossier = _dossier(session, numero)
        document = document_a_signer(session, dossier, nature=nature, avenant=avenant_signe)
        signature = Signature(document, fichier, le.date(), Acteur("agent", personne_de(session, par)))
    mouvement = enregistrer_signature(engine, _magasin(), dossier, signature, recu)
    console.print(
        f"{numero} : {document.genre} {document.reference} de {montant(Decimal(document.donnees['montant']))}, signé "
        f"le {jour_court(le.date())} ; fichier gardé. Version {mouvement.seq} du dossier.",
        markup=False,
    )


@commandes.command("lister")
def lister(numero: Numero) -> None:
    """Montre les documents émis pour un dossier, leur empreinte, et ce qui est signé."""
    with session_lecture(ouvrir()) as session:
        dossier = _dossier(session, numero)
        emis = documents_de(session, dossier)
        lignes = [_ligne(document) for document in emis] + _signatures_sans_fichier(session, dossier, emis)
    for ligne in lignes or [f"{numero} : aucun document émis ni signé."]:
        console.print(ligne, markup=False, soft_wrap=True)


def _emettre(
    numero: str, vers: Path, composer: Callable[[Session, Dossier], Emission], papier: Papier | None = None
) -> None:
    """Issue a document in one transaction, then write its file; one that was signed is given back, never composed."""
    with session_ecriture(ouvrir()) as session:
        dossier, magasin = _dossier(session, numero), _magasin()
        emis = deja_signe(session, magasin, dossier, papier.genre, **papier.clef) if papier is not None else None
        if emis is None:
            emis = emettre(session, magasin, dossier, composer(session, dossier), maintenant())
        session.commit()
    remplacer(vers, emis.octets)
    _annoncer(numero, vers, emis)


def _ecrire_signe(numero: str, vers: Path, papier: Papier) -> None:
    """Write the file that came back signed."""
    with session_lecture(ouvrir()) as session:
        document = exemplaire_signe(session, _dossier(session, numero), papier.genre, **papier.clef)
        if document is None:
            raise Introuvable(
                f"{papier.nom} du dossier {numero} n'a pas d'exemplaire signé : enregistrez-le avec « ami documents "
                "signer »."
            )
        octets = relire_signe(_magasin(), document)
    remplacer(vers, octets)
    console.print(f"{numero} : {document.genre} {document.reference}, exemplaire signé → {vers}.", markup=False)
    console.print(f"SHA-256 : {document.signe_empreinte}", markup=False)


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


def _dossier(session: Session, numero: str) -> Dossier:
    return session.get_one(Dossier, sujet_de_numero(session, numero).id)
