"""`ami selection`: the ranking, how firm it is, selections proposed and compared, what kept a dossier out."""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Final

import typer
from rich.table import Table
from sqlmodel import Session

from ami.campagnes import trouver_campagne
from ami.candidats import lire_donnees
from ami.choix.calcul import calculer, sensibilites
from ami.choix.classement import classer, remarque
from ami.choix.donnees import Classe, Ecarte, Proposition, ReglesSelection
from ami.choix.optimum import cout_de_retenir
from ami.choix.pack import TIRAGES, TIRAGES_MAX, Donnees, Parametres, Resultats, Scenario
from ami.choix.remedes import remedes
from ami.choix.sensibilite import Sensibilite
from ami.commandes.commun import console, maintenant, ouvrir
from ami.commandes.qui import comite_de_code
from ami.commandes.regard import Par, Role, regarder
from ami.database import session_ecriture
from ami.desaccords import desaccords
from ami.erreurs import DonneesInvalides, Introuvable
from ami.imports_champs import lire_montant
from ami.models import Comite
from ami.propositions import relire
from ami.regards import Regard, exiger_vue
from ami.scenarios import choisir, comparer, empreinte_de, enregistrer, lister, proposer, trouver
from notifications.formats import montant, nombre, note

commandes = typer.Typer(
    name="selection", help="Classer, proposer une sélection, comparer des scénarios.", no_args_is_help=True
)
CodeCampagne = Annotated[str, typer.Argument(metavar="CAMPAGNE", help="Le code de la campagne.")]
NomScenario = Annotated[str, typer.Argument(metavar="SCENARIO", help="Le nom d'un scénario enregistré.")]
METHODES: Final = ("rang", "optimum")
ORIGINES: Final = {
    "poids": "Avec d'autres poids",
    "evaluateurs": "Sans un évaluateur",
    "tirage": "En tirant de nouveau les évaluations",
}


@commandes.command("classement")
def montrer_classement(
    campagne: CodeCampagne,
    severite: Annotated[
        bool, typer.Option("--severite", help="Montre aussi la sévérité de chaque évaluateur.")
    ] = False,
    fermete: Annotated[bool, typer.Option("--fermete", help="Montre de combien chaque rang peut bouger.")] = False,
    ecart: Annotated[int, typer.Option(help="Poids variés de tant de pour cent.", min=0, max=100)] = 20,
    tirages: Annotated[int, typer.Option(help="Nombre de tirages.", min=1, max=TIRAGES_MAX)] = TIRAGES,
    graine: Annotated[int, typer.Option(help="Graine des tirages : la même redonne les mêmes.")] = 2026,
    par: Par = None,
    role: Role = None,
) -> None:
    """Classe les dossiers notés ; à côté, le classement avec ou sans correction de la sévérité des évaluateurs."""
    with regarder(par, role, "lire le classement") as (session, regard):
        donnees = _lire(session, regard, campagne)
        ecarts = desaccords(session, trouver_campagne(session, campagne), donnees.notations)
    resultats = calculer(donnees)
    console.print(_classement(donnees, resultats))
    for dossier, points in ecarts.items():
        console.print(f"Désaccord : {nombre(points)} points séparent les évaluateurs de {dossier}.", markup=False)
    if severite:
        console.print(_severites(resultats))
    if fermete:
        parametres = Parametres(ecart_poids=str(Decimal(ecart) / 100), tirages=tirages, graine=graine)
        for sensibilite in sensibilites(donnees, parametres):
            _montrer_fermete(sensibilite)


@commandes.command("proposer")
def proposer_selection(
    campagne: CodeCampagne,
    methode: Annotated[str, typer.Option(help="« rang » (dans l'ordre) ou « optimum » (le plus de points).")] = "rang",
    places: Annotated[int | None, typer.Option(help="Autre nombre de places.", min=0)] = None,
    seuil: Annotated[str | None, typer.Option(help="Autre seuil, en points sur cent.")] = None,
    enveloppe: Annotated[list[str] | None, typer.Option(help="NOM=MONTANT : autre montant d'enveloppe.")] = None,
    maximum: Annotated[list[str] | None, typer.Option(help="QUOTA=NOMBRE : autre maximum d'un quota.")] = None,
    minimum: Annotated[list[str] | None, typer.Option(help="QUOTA=NOMBRE : autre minimum d'un quota.")] = None,
    enregistrer_sous: Annotated[
        str | None, typer.Option("--enregistrer", help="Garde ce scénario sous ce nom.")
    ] = None,
    par: Par = None,
    role: Role = None,
) -> None:
    """Propose une sélection sous les règles de la campagne, ou sous d'autres pour voir."""
    if methode not in METHODES:
        raise DonneesInvalides(f"« {methode} » n'est pas une méthode. Méthodes : {', '.join(METHODES)}.")
    donnees = _donnees(campagne, par, role)
    regles = _autrement(donnees.regles, places, seuil, enveloppe or [], minimum or [], maximum or [])
    proposition = proposer(donnees, regles, methode)
    _montrer_proposition(proposition)
    if enregistrer_sous:
        scenario = Scenario(nom=enregistrer_sous, regles=regles, proposition=proposition)
        with regarder(par, role, "garder un scénario", ecrire=True) as (session, regard):
            visee = trouver_campagne(session, campagne)
            exiger_vue(session, regard, visee, "conduite")
            enregistrer(session, visee, scenario, donnees, maintenant())
            session.commit()
        console.print(f"Scénario « {enregistrer_sous} » enregistré.", markup=False)


@commandes.command("scenarios")
def montrer_scenarios(campagne: CodeCampagne, par: Par = None, role: Role = None) -> None:
    """Montre les scénarios enregistrés, et celui que le comité a choisi."""
    donnees = _donnees(campagne, par, role)
    tableau = Table("Scénario", "Méthode", "Retenus", "Points", "Montant", "")
    with regarder(par, role, "lire les scénarios") as (session, regard):
        for ligne in lister(session, regard, trouver_campagne(session, campagne)):
            p = relire(ligne).proposition
            marques = ["choisi par le comité"] if ligne.choisi_le else []
            marques += ["périmé : les données ont changé"] if ligne.donnees_empreinte != empreinte_de(donnees) else []
            tableau.add_row(
                ligne.nom,
                p.methode,
                str(len(p.retenus)),
                nombre(p.total_notes),
                montant(p.total_montants),
                ", ".join(marques),
            )
    console.print(tableau)


@commandes.command("comparer")
def comparer_scenarios(
    campagne: CodeCampagne, avant: NomScenario, apres: NomScenario, par: Par = None, role: Role = None
) -> None:
    """Dit ce qu'un scénario change à un autre."""
    with regarder(par, role, "lire les scénarios") as (session, regard):
        visee = trouver_campagne(session, campagne)
        ecart = comparer(*(relire(trouver(session, regard, visee, nom)).proposition for nom in (avant, apres)))
    for titre, dossiers in (
        ("Entrent", ecart.entrent),
        ("Sortent", ecart.sortent),
        ("Aide changée", ecart.aide_changee),
    ):
        console.print(f"{titre} : {', '.join(dossiers) or 'aucun'}.", markup=False)
    console.print(f"Points : {nombre(ecart.points)}. Montant : {montant(ecart.euros)}.", markup=False)


@commandes.command("choisir")
def choisir_scenario(
    campagne: CodeCampagne,
    scenario: NomScenario,
    comite: Annotated[str, typer.Option(help="Code de la séance du comité qui le choisit.")],
) -> None:
    """Fait d'un scénario la proposition dont part le comité ; s'en écarter demandera une raison par dossier."""
    with session_ecriture(ouvrir()) as session:
        seance = session.get_one(Comite, comite_de_code(session, comite))
        choisir(session, trouver_campagne(session, campagne), scenario, seance, maintenant())
        session.commit()
    console.print(f"Le comité « {comite} » part du scénario « {scenario} ».", markup=False)


@commandes.command("pourquoi")
def expliquer(
    campagne: CodeCampagne,
    numero: Annotated[str, typer.Argument(metavar="NUMERO", help="Le numéro du dossier.")],
    par: Par = None,
    role: Role = None,
) -> None:
    """Dit ce qui a laissé un dossier hors de la sélection, et ce qui aurait suffi."""
    donnees, numero = _donnees(campagne, par, role), numero.strip().upper()
    classement = classer(donnees.bareme, donnees.candidats, donnees.notations)
    if numero not in {c.dossier for c in classement}:
        raise Introuvable(f"Le dossier « {numero} » n'est pas parmi ceux que la campagne classe.")
    proposition = proposer(donnees, donnees.regles, "rang")
    ecarte = next((e for e in proposition.ecartes if e.dossier == numero), None)
    if ecarte is None:
        console.print(f"{numero} est retenu.", markup=False)
        return
    console.print(f"{numero} n'est pas retenu. {ecarte.raison}", markup=False)
    _montrer_remedes(donnees, classement, ecarte)


def _montrer_remedes(donnees: Donnees, classement: Sequence[Classe], ecarte: Ecarte) -> None:
    trouves = remedes(classement, donnees.candidats, donnees.regles, ecarte.dossier)
    if trouves:
        console.print("Aurait suffi, tout le reste égal :")
    for remede in trouves:
        console.print(f"- {remede.texte}", markup=False)
    perte = cout_de_retenir(classement, donnees.candidats, donnees.regles, ecarte.dossier)
    if perte is not None:
        console.print(f"Dans la sélection qui totalise le plus de points, le retenir en coûterait {nombre(perte)}.")


def _donnees(code: str, par: str | None, role: str | None) -> Donnees:
    with regarder(par, role, "lire le classement") as (session, regard):
        return _lire(session, regard, code)


def _lire(session: Session, regard: Regard, code: str) -> Donnees:
    donnees = lire_donnees(session, regard, trouver_campagne(session, code), maintenant())
    if not donnees.candidats:
        raise DonneesInvalides(f"La campagne {code} n'a encore aucun dossier dont l'évaluation soit close.")
    return donnees


def _autrement(
    regles: ReglesSelection,
    places: int | None,
    seuil: str | None,
    enveloppes: Sequence[str],
    minimums: Sequence[str],
    maximums: Sequence[str],
) -> ReglesSelection:
    """The rules with what the person changes.

    Raises:
        DonneesInvalides: an enveloppe or a quota that does not exist, a value that cannot be read.
    """
    montants = {nom: lire_euros(valeur) for nom, valeur in map(_couple, enveloppes)}
    _connus("enveloppe", montants, [e.code for e in regles.enveloppes])
    quotas = {q.code: q for q in regles.quotas}
    for champ, couples in (("minimum", minimums), ("maximum", maximums)):
        for code, valeur in map(_couple, couples):
            _connus("quota", [code], quotas)
            quotas[code] = quotas[code].model_copy(update={champ: _entier(valeur)})
    autres = tuple(e.model_copy(update={"montant": montants.get(e.code, e.montant)}) for e in regles.enveloppes)
    changes: dict[str, object] = {"enveloppes": autres, "quotas": tuple(quotas.values())}
    if places is not None:
        changes["places"] = places
    if seuil is not None:
        changes["seuil"] = lire_euros(seuil)
    return regles.model_copy(update=changes)


def lire_euros(texte: str) -> Decimal:
    """A number as people type it in French.

    Raises:
        DonneesInvalides: it cannot be read.
    """
    try:
        return lire_montant(texte)
    except ValueError as erreur:
        raise DonneesInvalides(f"« {texte} » ne se lit pas comme un montant : écrivez 12 000,50.") from erreur


def _couple(texte: str) -> tuple[str, str]:
    nom, egal, valeur = texte.rpartition("=")
    if not egal:
        raise DonneesInvalides(f"« {texte} » : écrivez NOM=VALEUR.")
    return nom.strip(), valeur.strip()


def _entier(texte: str) -> int:
    if not texte.isdecimal():
        raise DonneesInvalides(f"« {texte} » : un nombre entier est attendu.")
    return int(texte)


def _connus(quoi: str, noms: Iterable[str], connus: Collection[str]) -> None:
    inconnu = next((nom for nom in noms if nom not in connus), None)
    if inconnu is not None:
        raise DonneesInvalides(
            f"{quoi.capitalize()} inconnu(e) : « {inconnu} ». Possibles : {', '.join(connus) or 'aucun'}."
        )


def _classement(donnees: Donnees, resultats: Resultats) -> Table:
    autre = {c.dossier: c for c in resultats.autre_classement}
    titre = "sans correction" if donnees.bareme.correction_severite else "sévérité corrigée"
    tableau = Table("Rang", "Dossier", "Note", f"Rang, {titre}", f"Note, {titre}", "")
    for c in resultats.classement:
        a = autre[c.dossier]
        tableau.add_row(_rang(c), c.dossier, _note(c), _rang(a), _note(a), remarque(donnees.regles, c))
    return tableau


def _rang(classe: Classe) -> str:
    return str(classe.rang) if classe.rang is not None else "–"


def _note(classe: Classe) -> str:
    return note(classe.total) if classe.total is not None else "–"


def _severites(resultats: Resultats) -> Table:
    tableau = Table(
        "Évaluateur", "Écart (points)", "Évaluations", "Groupe comparable", title="Sévérité des évaluateurs"
    )
    for s in sorted(resultats.severites, key=lambda s: s.ecart):
        tableau.add_row(s.evaluateur, nombre(s.ecart), str(s.notations), str(s.groupe))
    return tableau


def _montrer_fermete(sensibilite: Sensibilite) -> None:
    titre = f"{ORIGINES[sensibilite.origine]} ({sensibilite.tirages} classements)"
    tableau = Table("Rang", "Dossier", "Neuf fois sur dix", "Extrêmes", "Retenu", title=titre)
    for f in sensibilite.rangs:
        chances = f"{nombre(f.selection * 100)} %"
        tableau.add_row(str(f.rang), f.dossier, f"{f.de} à {f.a}", f"{f.meilleur} à {f.pire}", chances)
    console.print(tableau)
    for b in sensibilite.bascules:
        console.print(f"{b.apres} passe devant {b.avant} dans {nombre(b.frequence * 100)} % des cas.", markup=False)


def _montrer_proposition(proposition: Proposition) -> None:
    retenus = Table("Dossier", "Aide", "Enveloppes", title=f"{len(proposition.retenus)} retenu(s)")
    for r in proposition.retenus:
        retenus.add_row(r.dossier, montant(r.montant), ", ".join(f"{e} : {montant(p)}" for e, p in r.parts.items()))
    console.print(retenus)
    ecartes = Table("Dossier", "Pourquoi", title=f"{len(proposition.ecartes)} écarté(s)")
    for e in proposition.ecartes:
        ecartes.add_row(e.dossier, e.raison)
    console.print(ecartes)
    for alerte in proposition.alertes:
        console.print(f"À noter. {alerte}", markup=False)
    console.print(
        f"Total : {nombre(proposition.total_notes)} points, {montant(proposition.total_montants)}.", markup=False
    )
    if not proposition.prouve:
        console.print("Le temps accordé n'a pas suffi à prouver qu'aucune autre sélection ne fait mieux.")
