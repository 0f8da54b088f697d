"""`ami journal`: check that nobody rewrote the past, and seal it."""

import typer
from rich.table import Table

from ami.commandes.commun import console, maintenant, ouvrir, reglages
from ami.database import session_ecriture, session_lecture
from ami.journal import Anomalie, verifier
from ami.sceaux import lire_sceaux, verifier_sceaux
from ami.scellement import sceller_jour

commandes = typer.Typer(
    name="journal", help="Le journal des mouvements : le vérifier, le sceller.", no_args_is_help=True
)


@commandes.command("verifier")
def verifier_journal() -> None:
    """Relit chaque chaîne et la compare aux sceaux gardés hors de la base. Code 1 à la moindre anomalie."""
    sceaux = lire_sceaux(reglages().dossier_sceaux)
    with session_lecture(ouvrir()) as session:
        anomalies = verifier(session) + verifier_sceaux(session, sceaux)
    if anomalies:
        console.print(_tableau(anomalies))
        raise typer.Exit(1)
    console.print(f"Journal intact ; {len(sceaux)} sceau(x) gardé(s) hors de la base, tous concordants.")


@commandes.command("sceller")
def sceller_journal() -> None:
    """Scelle la journée : empreinte de toutes les chaînes, écrite aussi hors de la base. Une seule fois par jour."""
    with session_ecriture(ouvrir()) as session:
        scelle = sceller_jour(session, reglages(), maintenant())
        session.commit()
    if scelle is None:
        console.print("Cette journée est déjà scellée.")
        return
    console.print(f"Sceau du {scelle.jour} : {scelle.nombre} chaîne(s), racine {scelle.racine}")
    console.print(f"Gardé dans {scelle.fichier} ; copiez-le sur une autre machine.", markup=False)


def _tableau(anomalies: list[Anomalie]) -> Table:
    tableau = Table("Sujet", "Ligne", "Ce qui ne va pas", title="Anomalies du journal")
    for anomalie in anomalies:
        tableau.add_row(anomalie.sujet, str(anomalie.seq), anomalie.raison)
    return tableau
