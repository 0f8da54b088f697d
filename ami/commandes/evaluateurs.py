"""`ami evaluateurs`: the pool, what each knows, accepts and declares, and who is to read what."""

from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import Session

from ami.campagnes import trouver_campagne
from ami.commandes.commun import console, maintenant, ouvrir
from ami.commandes.qui import personne_de, structure_de
from ami.commandes.regard import Par, Role, regarder
from ami.database import session_ecriture
from ami.models import Personne, ProfilEvaluateur
from ami.profils import (
    Fiche,
    Objet,
    declarer_interet,
    definir_profil,
    fiches,
    interets_de,
    lectures_en_conflit,
    retirer_interet,
)
from ami.regards import Regard, exiger_profil, exiger_vue, lisibles
from ami.repartition import PlanDeLecture, enregistrer_plan, repartir_campagne
from ami.sujets import identifiant

commandes = typer.Typer(
    name="evaluateurs", help="Le vivier des évaluateurs, et qui lit quel dossier.", no_args_is_help=True
)
CodeCampagne = Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne.")]
Adresse = Annotated[str, typer.Argument(metavar="ADRESSE", help="L'adresse électronique de l'évaluateur.")]


@commandes.command("lister")
def lister_evaluateurs(campagne: CodeCampagne, par: Par = None, role: Role = None) -> None:
    """Montre les évaluateurs d'une campagne : ce qu'ils savent, ce qu'ils lisent, les intérêts qu'ils ont déclarés."""
    with regarder(par, role, "lire le vivier") as (session, regard):
        lues = fiches(session, regard, trouver_campagne(session, campagne), maintenant())
    tableau = Table("Évaluateur", "Adresse", "Compétences", "Régions", "Confiés", "Prévus", "Au plus", "Intérêts")
    for fiche in lues:
        tableau.add_row(*_ligne(fiche))
    console.print(tableau)
    if not lues:
        console.print("Personne n'est habilité comme évaluateur : voir « ami importer personnes ».")


@commandes.command("profil")
def decrire_evaluateur(
    adresse: Adresse,
    competence: Annotated[list[str] | None, typer.Option(help="Une compétence ; à répéter.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Une région connue ; à répéter.")] = None,
    charge: Annotated[int | None, typer.Option(help="Dossiers acceptés au plus par campagne.", min=0)] = None,
    sans_limite: Annotated[bool, typer.Option("--sans-limite", help="Aucun plafond de dossiers.")] = False,
    sans_competence: Annotated[bool, typer.Option("--sans-competence", help="Retire toutes les compétences.")] = False,
    sans_region: Annotated[bool, typer.Option("--sans-region", help="Retire toutes les régions déclarées.")] = False,
    par: Par = None,
    role: Role = None,
) -> None:
    """Décrit un évaluateur, ou montre ce que l'on sait de lui quand rien n'est donné.

    Ce qui est donné remplace ce qui l'était. Exemple :
    ami evaluateurs profil ines@example.org --competence "services et usages" --region Occitanie --charge 8
    """
    with regarder(par, role, "lire un profil", ecrire=True) as (session, regard):
        personne = _personne(session, adresse)
        exiger_profil(session, regard, personne)
        profil = definir_profil(
            session,
            personne,
            competences=[] if sans_competence else competence,
            regions=[] if sans_region else region,
            charge_max=charge,
            sans_limite=sans_limite,
        )
        session.commit()
        console.print(_portrait(personne, profil), markup=False)


@commandes.command("interet")
def declarer(
    adresse: Adresse,
    structure: Annotated[str | None, typer.Option(help="La structure : son SIRET, ou son nom enregistré.")] = None,
    commune: Annotated[str | None, typer.Option(help="La commune.")] = None,
    motif: Annotated[str, typer.Option(help="Quel est cet intérêt.")] = "",
    retirer: Annotated[bool, typer.Option("--retirer", help="Retire cet intérêt au lieu de le déclarer.")] = False,
    par: Par = None,
    role: Role = None,
) -> None:
    """Déclare un intérêt d'un évaluateur : les dossiers touchés ne sont plus les siens. Sans rien, montre les siens.

    Chacun déclare les siens ; l'équipe de l'appel seule les retire.
    """
    with regarder(par, role, "lire des intérêts", ecrire=True) as (session, regard):
        personne = _personne(session, adresse)
        # What closes a dossier is said by anybody of themselves; what opens it again is for staff to judge.
        exiger_profil(session, regard, personne, gerer=retirer)
        if structure is not None or commune is not None:
            objet = Objet(structure_de(session, structure) if structure is not None else None, commune)
            if retirer:
                retirer_interet(session, personne, objet)
            else:
                declarer_interet(session, personne, objet, motif, maintenant())
            session.commit()
        _montrer_interets(session, regard, personne)


@commandes.command("repartir")
def repartir_dossiers(
    campagne: CodeCampagne,
    enregistrer: Annotated[
        bool, typer.Option("--enregistrer", help="Garde ce plan : le lancement de chaque évaluation le suivra.")
    ] = False,
    par: Par = None,
    role: Role = None,
) -> None:
    """Répartit les dossiers à évaluer : sans conflit d'intérêts, à charges égales, au mieux des compétences."""
    instant = maintenant()
    # Nobody waits for a lock while the solver works.
    with regarder(par, role, "répartir les dossiers") as (session, regard):
        visee = trouver_campagne(session, campagne)
        exiger_vue(session, regard, visee, "conduite")
        plan = repartir_campagne(session, visee, instant)
    if enregistrer:
        with session_ecriture(ouvrir()) as session:
            enregistrer_plan(session, trouver_campagne(session, campagne), plan, instant)
            session.commit()
    _montrer_plan(plan, garde=enregistrer)


def _personne(session: Session, adresse: str) -> Personne:
    return session.get_one(Personne, personne_de(session, adresse))


def _ligne(fiche: Fiche) -> list[str]:
    profil = fiche.profil
    return [
        fiche.personne.nom_complet,
        fiche.personne.courriel,
        ", ".join(profil.competences) or "–",
        ", ".join(profil.regions) or "–",
        str(fiche.charge),
        str(fiche.prevue),
        "–" if profil.charge_max is None else str(profil.charge_max),
        " ; ".join(fiche.interets) or "–",
    ]


def _portrait(personne: Personne, profil: ProfilEvaluateur) -> str:
    charge = "autant de dossiers qu'il faut" if profil.charge_max is None else f"{profil.charge_max} dossier(s) au plus"
    return (
        f"{personne.nom_complet} : compétences {', '.join(profil.competences) or 'non dites'} ; "
        f"régions {', '.join(profil.regions) or 'non dites'} ; accepte {charge} par campagne."
    )


def _montrer_interets(session: Session, regard: Regard, personne: Personne) -> None:
    dits = interets_de(session, [identifiant(personne)])[identifiant(personne)]
    console.print(f"Intérêts déclarés par {personne.nom_complet} : {' ; '.join(dits) or 'aucun'}.", markup=False)
    touchees = lectures_en_conflit(session, personne)
    vues = lisibles(session, regard, [dossier for dossier, _ in touchees])
    for dossier, motif in touchees:
        if dossier in vues:
            console.print(
                f"À faire : le dossier {dossier.numero} lui est confié alors que {motif}. Demandez-lui de se déporter "
                f"(ami agir {dossier.numero} se_deporter).",
                markup=False,
            )
    if len(vues) != len(touchees):
        console.print(
            "Un dossier qui vous a été confié est touché : déportez-vous (ami agir NUMERO se_deporter). L'équipe de "
            "l'appel vous dira lequel, ou lesquels."
        )


def _montrer_plan(plan: PlanDeLecture, *, garde: bool) -> None:
    if not plan.lecteurs:
        console.print("Aucun dossier n'attend d'évaluateurs.")
        return
    lectures = Table("Dossier", "Évaluateurs", title=f"{len(plan.lecteurs)} dossier(s) à lire")
    for numero, personnes in plan.lecteurs.items():
        lectures.add_row(numero, ", ".join(personne.nom_complet for personne in personnes))
    console.print(lectures)
    tableau = Table("Évaluateur", "Déjà confiés", "Avec ce plan", title="Charges")
    for charge in plan.charges:
        tableau.add_row(charge.personne.nom_complet, str(charge.avant), str(charge.apres))
    console.print(tableau)
    preuve = "aucune autre répartition ne fait mieux" if plan.prouvee else "le temps a manqué pour prouver le mieux"
    console.print(f"Aptitude totale : {plan.aptitude} points. Écart des charges : {plan.ecart}. Preuve : {preuve}.")
    suite = "Plan gardé." if garde else "Plan non gardé : ajoutez --enregistrer pour que les lancements le suivent."
    console.print(suite)
