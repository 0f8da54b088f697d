"""`ami comite apercu`, `notifier`, `proces-verbal`: what a session decided, seen, told in one act, and minuted."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import Session

from ami.annonces import Annonce, CourrielPrevu, agent_par_defaut, apercevoir, notifier_seance
from ami.commandes.commun import console, maintenant, ouvrir, reglages
from ami.commandes.qui import personne_de
from ami.commandes.regard import Par, Role, regarder
from ami.database import session_ecriture
from ami.erreurs import Introuvable
from ami.fichiers import remplacer
from ami.guichet import noter_refus
from ami.habilitations import AGENT
from ami.magasin import Magasin
from ami.models import Campagne, Dossier
from ami.proces_verbal import emettre, exiger_lecture_du_proces_verbal
from ami.regards import exiger_vue
from ami.seances import NOTIFICATION, trouver_seance
from ami.sujets import Acteur
from notifications.apercu import texte_de

CodeComite = Annotated[str, typer.Argument(help="Code de la séance, par exemple selection-2.")]
TITRES = ("dossier", "décision", "message", "destinataire", "objet", "fichier", "empêchement")


def ajouter_a(commandes: typer.Typer) -> None:
    """Add these commands to the group `ami comite`."""
    commandes.command("apercu")(apercu_comite)
    commandes.command("notifier")(notifier_comite)
    commandes.command("proces-verbal")(proces_verbal_comite)


def apercu_comite(
    code: CodeComite,
    vers: Annotated[Path | None, typer.Option(file_okay=False, help="Dossier où écrire chaque courriel.")] = None,
    par: Annotated[str | None, typer.Option(help="L'agent qui notifierait ; par défaut le premier.")] = None,
) -> None:
    """Montre tout ce que la notification d'une séance enverrait, à qui, sans rien envoyer ni rien changer.

    Avec --vers, chaque courriel est écrit tel qu'il partirait (.eml) et tel qu'on le lit (.txt), chaque décision telle
    que « ami documents lettre » la mettra sur papier (.pdf), avec leur liste.
    """
    instant = maintenant()
    with regarder(par, AGENT if par else None, "voir ce qu'une séance annoncerait", ecrire=True) as (session, regard):
        comite = trouver_seance(session, code)
        exiger_vue(session, regard, session.get_one(Campagne, comite.campagne_id), "conduite")
        acteur = regard.acteur or agent_par_defaut(session, comite, instant)
        annonces = apercevoir(session, comite, acteur, instant, lettres=vers is not None)
    lignes = [ligne for annonce in annonces for ligne in _lignes(annonce)]
    tableau = Table("Dossier", "Décision", "Message", "Destinataire", "Objet")
    for numero, decision, message, destinataire, objet, _, empechement in lignes:
        tableau.add_row(
            numero, decision, message or "[red]ne peut être notifié[/red]", destinataire, objet or empechement
        )
    console.print(tableau)
    if vers is not None:
        _ecrire(vers, annonces, lignes)
    empeches = sum(1 for annonce in annonces if annonce.empechement)
    courriels = sum(len(annonce.courriels) for annonce in annonces)
    console.print(f"{len(annonces)} décision(s) à notifier, {courriels} courriel(s), {empeches} empêchement(s).")


def notifier_comite(
    code: CodeComite,
    par: Annotated[str, typer.Option(help="Adresse électronique de l'agent qui notifie.")],
) -> None:
    """Annonce en une fois toutes les décisions d'une séance : toutes partent, ou aucune."""
    engine, recu = ouvrir(), maintenant()
    with session_ecriture(engine) as session:
        acteur = _agent(session, par)
        try:
            mouvements = notifier_seance(session, trouver_seance(session, code), acteur, recu)
        except Introuvable as erreur:
            session.rollback()
            noter_refus(engine, erreur, acte=NOTIFICATION, sujet=None, acteur=acteur, maintenant=recu)
            raise
        session.commit()
        numeros = [session.get_one(Dossier, mouvement.sujet.id).numero for mouvement in mouvements]
    if not numeros:
        console.print(f"Comité « {code} » : rien à notifier, tout l'a été ou rien n'est décidé.", markup=False)
        return
    console.print(f"Comité « {code} » : {len(numeros)} décision(s) notifiée(s) : {', '.join(numeros)}.", markup=False)


def proces_verbal_comite(
    code: CodeComite,
    vers: Annotated[Path, typer.Option(dir_okay=False, help="Fichier PDF à écrire.")],
    par: Par = None,
    role: Role = None,
) -> None:
    """Écrit le procès-verbal d'une séance : présents, quorum, déports, votes, décisions, motifs et écarts."""
    with regarder(par, role, "lire un procès-verbal", ecrire=True) as (session, regard):
        comite = trouver_seance(session, code)
        exiger_lecture_du_proces_verbal(session, regard, comite)
        emis = emettre(session, Magasin(reglages().dossier_pieces), comite, maintenant())
        session.commit()
    remplacer(vers, emis.octets)
    deja = " (déjà émis : le même, octet pour octet)" if emis.deja else ""
    console.print(f"Procès-verbal {emis.document.reference} du comité « {code} » : {vers}{deja}.", markup=False)


def _agent(session: Session, adresse: str) -> Acteur:
    return Acteur(AGENT, personne_de(session, adresse))


def _lignes(annonce: Annonce) -> list[Sequence[str]]:
    if annonce.empechement is not None:
        return [(annonce.numero, annonce.decision, "", "", "", "", annonce.empechement)]
    return [
        (annonce.numero, annonce.decision, c.message, c.destinataire, c.objet, _nom(annonce, rang, c), "")
        for rang, c in enumerate(annonce.courriels, 1)
    ]


def _nom(annonce: Annonce, rang: int, courriel: CourrielPrevu) -> str:
    return f"{annonce.numero}_{rang:02d}_{courriel.message}.eml"


def _ecrire(vers: Path, annonces: Sequence[Annonce], lignes: Sequence[Sequence[str]]) -> None:
    vers.mkdir(parents=True, exist_ok=True)
    for annonce in annonces:
        for rang, courriel in enumerate(annonce.courriels, 1):
            fichier = vers / _nom(annonce, rang, courriel)
            fichier.write_bytes(courriel.octets)
            fichier.with_suffix(".txt").write_text(texte_de(courriel.octets), encoding="utf-8")
            if courriel.lettre is not None:
                fichier.with_suffix(".pdf").write_bytes(courriel.lettre)
    with (vers / "sommaire.csv").open("w", encoding="utf-8-sig", newline="") as sommaire:
        csv.writer(sommaire, delimiter=";").writerows([TITRES, *lignes])
