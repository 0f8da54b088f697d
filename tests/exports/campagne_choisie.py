"""A campagne whose choice has everything at once: quotas, an earmarked enveloppe, partial aid, severity, ties, N/A.

Written in the order `graine` shuffles, among rows that are not its own: what it means must not depend on them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from sqlmodel import Session, select

from ami.campagnes import ouvrir_campagne
from ami.candidats import lire_donnees
from ami.choix.pack import Scenario
from ami.models import (
    Affectation,
    Campagne,
    Comite,
    Consensus,
    Deliberation,
    DeportComite,
    Dossier,
    DossierTerritoire,
    Enveloppe,
    Habilitation,
    LignePlan,
    Note,
    Personne,
    ScoreFige,
    Structure,
    Territoire,
    Vote,
)
from ami.presences import consigner_deports
from ami.regards import OPERATEUR
from ami.reglements import reglement_de
from ami.scenarios import choisir, enregistrer, proposer
from ami.sujets import identifiant
from rules.chargement import charger_texte

INSTANT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DEPOT = datetime(2026, 2, 1, 10, tzinfo=UTC)
REGLEMENT = (Path(__file__).parent / "reglement.yaml").read_text(encoding="utf-8")
# SIRETs of nobody, whose keys are right.
SIRETS = ("10000000900017", "10000001700010", "10000002500013")
QUARTIERS = {"QP031001": ("QPV", "Toulouse", "Occitanie"), "QN03501N": ("NPNRU", "Rennes", "Bretagne")}
# number, quartier, aid asked, notes by evaluator (usages, montage; None: not applicable)
Lues = dict[int, tuple[str | None, str | None]]
DOSSIERS: tuple[tuple[str, str, str, Lues], ...] = (
    ("CH26-0001", "QP031001", "30000.00", {1: ("4.5", "4"), 2: ("4", "3.5"), 3: ("5", None)}),
    ("CH26-0002", "QP031001", "25000.50", {1: ("4", "4"), 2: ("3.5", "3.5"), 4: ("4", "4")}),
    ("CH26-0003", "QN03501N", "20000.00", {1: ("4", "4"), 2: ("3.5", "3.5"), 4: ("4", "4")}),  # equal to the one before
    ("CH26-0004", "QN03501N", "38000.00", {2: ("3", "4"), 3: ("4", "4"), 5: ("3", "3")}),
    ("CH26-0005", "QP031001", "40000.00", {1: ("3.5", "3"), 4: ("3", "3"), 5: ("3.5", None)}),
    ("CH26-0006", "QN03501N", "12000.00", {2: ("1", "5"), 3: ("1.5", "5"), 5: ("1", "5")}),  # eliminated
    ("CH26-0007", "QP031001", "9000.00", {1: ("2", "2"), 3: ("2.5", "2"), 5: ("2", "1.5")}),  # under the bar
    ("CH26-0008", "QP031001", "15000.00", {3: ("3", "3.5"), 4: ("2.5", "3"), 5: ("3", "2.5")}),
)
DECISIONS = {
    "CH26-0001": ("recu", "25000.50"),
    "CH26-0002": ("recu", "25000.50"),
    "CH26-0003": ("recu", "20000.00"),
    "CH26-0006": ("fini", "0.00"),
}


def planter_choix(session: Session, graine: int = 0) -> Campagne:
    """The campagne, noted, its scenarios kept, the comité's decisions taken."""
    hasard = Random(graine)
    _intrus(session, hasard.randrange(5))
    campagne = ouvrir_campagne(
        session,
        code="choix-2026",
        nom="Choix 2026",
        prefixe="CH26",
        charge=charger_texte(REGLEMENT, "essai.yaml"),
        ouverture=datetime(2026, 1, 1, tzinfo=UTC),
        cloture=datetime(2026, 6, 1, tzinfo=UTC),
        places=5,
        maintenant=INSTANT,
    )
    _territoires(session, hasard)
    _enveloppes(session, campagne, hasard)
    porteur = Structure(nom="Coopérative des Halles", kind="association", siret=SIRETS[2])
    session.add(porteur)
    evaluateurs = _evaluateurs(session, hasard)
    for donnees in hasard.sample(DOSSIERS, len(DOSSIERS)):
        ajouter_dossier(session, campagne, identifiant_de(session, porteur), donnees, evaluateurs)
    _scenarios(session, campagne, hasard)
    return campagne


def identifiant_de(session: Session, ligne: Structure) -> int:
    """The id of a structure just added."""
    session.flush()
    return identifiant(ligne)


def _intrus(session: Session, nombre: int) -> None:
    for rang in range(nombre):
        session.add(Structure(nom=f"Intruse {rang}", kind="association"))
        session.add(Personne(prenom="Dominique", nom=f"Autre {rang}", courriel=f"autre{rang}@example.org"))
    session.flush()


def _territoires(session: Session, hasard: Random) -> None:
    for code in hasard.sample(sorted(QUARTIERS), len(QUARTIERS)):
        kind, commune, region = QUARTIERS[code]
        quartier = Territoire(
            code=code, millesime=2024, kind=kind, nom=f"Quartier {code}", commune=commune, region=region
        )
        session.add(quartier)
    session.flush()


def _enveloppes(session: Session, campagne: Campagne, hasard: Random) -> None:
    """Fewer euros than the dossiers ask: the last one kept is funded in part."""
    dotees = (
        ("Agence d'essai", SIRETS[0], "95000.00", "", ""),
        ("Région d'essai", SIRETS[1], "15000.00", "region", "Bretagne"),
    )
    for nom, siret, euros, champ, valeur in hasard.sample(dotees, len(dotees)):
        financeur = Structure(nom=nom, kind="financeur", siret=siret)
        session.add(financeur)
        enveloppe = Enveloppe(
            campagne_id=identifiant(campagne),
            financeur_id=identifiant_de(session, financeur),
            nature="aide_projet",
            montant=Decimal(euros),
            reserve_champ=champ,
            reserve_valeur=valeur,
        )
        session.add(enveloppe)
        session.flush()


def _evaluateurs(session: Session, hasard: Random) -> dict[int, int]:
    ids = {}
    for rang in hasard.sample(range(1, 6), 5):
        personne = Personne(prenom="Claude", nom=f"Juré {rang}", courriel=f"jure{rang}@example.org")
        session.add(personne)
        session.flush()
        ids[rang] = identifiant(personne)
    return ids


def ajouter_dossier(
    session: Session,
    campagne: Campagne,
    porteur_id: int,
    donnees: tuple[str, str, str, Lues],
    evaluateurs: dict[int, int],
) -> None:
    """One more dossier, submitted and noted."""
    numero, quartier, aide, lues = donnees
    dossier = Dossier(
        campagne_id=identifiant(campagne),
        numero=numero,
        titre=f"Projet {numero[-1]}",
        porteur_id=porteur_id,
        etat="recu",
        version=1,
        cout_prevu=Decimal(50_000),
        montant_demande=Decimal(aide),
        base_plan="HT",
        decision=DECISIONS.get(numero, ("", ""))[0],
        cree_le=DEPOT + timedelta(hours=int(numero[-1])),
    )
    session.add(dossier)
    session.flush()
    dossier_id = identifiant(dossier)
    session.add(DossierTerritoire(dossier_id=dossier_id, code=quartier))
    session.add(LignePlan(dossier_id=dossier_id, sens="emploi", libelle="Travaux", montant=Decimal(50_000)))
    if numero == "CH26-0008":
        hors = LignePlan(
            dossier_id=dossier_id, sens="emploi", libelle="Terrain", montant=Decimal(10_000), eligible=False
        )
        session.add(hors)
    fige = ScoreFige(dossier_id=dossier_id, total_millieme=0, eliminatoires=0, evaluations=len(lues), fige_le=INSTANT)
    session.add(fige)
    for evaluateur, notes in lues.items():
        _notation(session, dossier_id, evaluateurs[evaluateur], notes)


def _notation(session: Session, dossier_id: int, personne_id: int, notes: Sequence[str | None]) -> None:
    affectation = Affectation(dossier_id=dossier_id, personne_id=personne_id, statut="rendue", demandee_le=DEPOT)
    session.add(affectation)
    session.flush()
    for critere, valeur in zip(("usages", "montage"), notes, strict=True):
        lue = None if valeur is None else Decimal(valeur)
        session.add(Note(affectation_id=identifiant(affectation), critere=critere, valeur=lue))
    session.flush()


def _scenarios(session: Session, campagne: Campagne, hasard: Random) -> None:
    donnees = lire_donnees(session, OPERATEUR, campagne, INSTANT)
    for methode in hasard.sample(("rang", "optimum"), 2):
        scenario = Scenario(
            nom=f"selon {methode}", regles=donnees.regles, proposition=proposer(donnees, donnees.regles, methode)
        )
        enregistrer(session, campagne, scenario, donnees, INSTANT)
    inscrits = [identifiant(d) for d in _dossiers(session, campagne) if d.numero in DECISIONS]
    comite = Comite(
        campagne_id=identifiant(campagne),
        code="jury-1",
        tenue_le=INSTANT,
        lieu="Paris",
        membres=["Réseau", "Agence", "Union"],
        presents=["Réseau", "Agence", "Union"],
        sieges={"Réseau": _membre(session, campagne)},
        ordre_du_jour=hasard.sample(inscrits, len(inscrits)),
    )
    session.add(comite)
    annulee = Comite(
        campagne_id=identifiant(campagne),
        code="jury/0",
        tenue_le=INSTANT,
        lieu="Lyon",
        membres=["Réseau", "Agence", "Union"],
        annulee_le=INSTANT,
        annulation="Salle prise",
    )
    session.add(annulee)
    session.flush()
    choisir(session, campagne, "selon rang", comite, INSTANT)
    _deliberer(session, campagne, comite, hasard)


def _dossiers(session: Session, campagne: Campagne) -> list[Dossier]:
    return list(session.exec(select(Dossier).where(Dossier.campagne_id == campagne.id)))


def _membre(session: Session, campagne: Campagne) -> int:
    """Who sits for « Réseau », and helps one of the dossiers: the conflict is found, the decision notes it."""
    personne = Personne(prenom="Maxence", nom="Duval", courriel="maxence@example.org")
    session.add(personne)
    session.flush()
    aide = next(d for d in _dossiers(session, campagne) if d.numero == "CH26-0006")
    session.add(
        Habilitation(personne_id=identifiant(personne), role="accompagnateur", dossier_id=aide.id, depuis=INSTANT)
    )
    session.flush()
    return identifiant(personne)


def _deliberer(session: Session, campagne: Campagne, comite: Comite, hasard: Random) -> None:
    ids = {d.numero: identifiant(d) for d in session.exec(select(Dossier)) if d.campagne_id == campagne.id}
    for numero in hasard.sample(sorted(DECISIONS), len(DECISIONS)):
        decision, montant = DECISIONS[numero]
        deliberation = Deliberation(
            dossier_id=ids[numero],
            comite_id=comite.id,
            acte="deliberer",
            decision=decision,
            motif="=Après débat.",
            montant_accorde=Decimal(montant),
            decide_le=INSTANT,
            tour=1,
        )
        votes = [
            Vote(
                comite_id=identifiant(comite),
                dossier_id=ids[numero],
                acte="deliberer",
                membre=membre,
                sens="pour",
                decision=decision,
                note_le=INSTANT,
            )
            for membre in hasard.sample(comite.presents, len(comite.presents))
        ]
        session.add_all([deliberation, *votes])
    deport = DeportComite(
        comite_id=identifiant(comite), dossier_id=ids["CH26-0001"], membre="Agence", motif="Financeur.", note_le=INSTANT
    )
    session.add(deport)
    reglement = reglement_de(session, identifiant(campagne)).reglement
    for dossier in _dossiers(session, campagne):
        if dossier.numero in DECISIONS:
            consigner_deports(session, comite, dossier, reglement, INSTANT)
    accord = Consensus(
        comite_id=identifiant(comite), dossier_id=ids["CH26-0003"], acte="deliberer", decision="recu", note_le=INSTANT
    )
    session.add(accord)
    session.flush()
