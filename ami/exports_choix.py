"""The sheets that tell a choice: both rankings, severity, notes, what was proposed and what kept each dossier out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from ami.choix.classement import remarque
from ami.choix.donnees import Classe, Proposition
from ami.choix.pack import Donnees, Resultats
from ami.exports_feuilles import Champ, Feuille
from notifications.formats import montant

SANS_OBJET: Final = "sans objet"
METHODES: Final = {"rang": "dans l'ordre du classement", "optimum": "le plus de points"}


def feuille_classement(donnees: Donnees, resultats: Resultats, titres: Mapping[str, str], arrete: str) -> Feuille:
    """Both rankings side by side."""
    corrige = donnees.bareme.correction_severite
    ici, la = ("sévérité corrigée", "sans correction") if corrige else ("sans correction", "sévérité corrigée")
    champs = (
        Champ("Rang", "entier", 7),
        Champ("Dossier", "texte", 13),
        Champ("Projet", "texte", 40),
        Champ("Note /100", "note", 10),
        Champ(f"Rang, {la}", "entier", 13),
        Champ(f"Note /100, {la}", "note", 13),
        Champ("À savoir", "texte", 60),
    )
    autres = {c.dossier: c for c in resultats.autre_classement}
    lignes = [_ligne(c, autres[c.dossier], titres, remarque(donnees.regles, c)) for c in resultats.classement]
    sous_titres = (arrete, f"Classement du règlement : {ici}. À côté : {la}.")
    return Feuille("Classement", "Classement des dossiers notés", sous_titres, champs, lignes, fige=3)


def _ligne(classe: Classe, autre: Classe, titres: Mapping[str, str], dit: str) -> tuple[object, ...]:
    return (classe.rang, classe.dossier, titres.get(classe.dossier, ""), classe.total, autre.rang, autre.total, dit)


def feuille_severite(resultats: Resultats, arrete: str) -> Feuille:
    """How far each evaluator is from the others, the most severe first."""
    champs = (
        Champ("Évaluateur", "texte", 18),
        Champ("Écart (points)", "note", 14),
        Champ("Évaluations", "entier", 13),
        Champ("Groupe comparable", "entier", 13),
    )
    rangees = sorted(resultats.severites, key=lambda s: (s.ecart, s.evaluateur))
    lignes = [(s.evaluateur, s.ecart, s.notations, s.groupe) for s in rangees]
    sous_titres = (arrete, "Moins de zéro : plus sévère que les autres sur les mêmes dossiers.")
    return Feuille("Sévérité", "Sévérité des évaluateurs", sous_titres, champs, lignes)


def feuille_notes(donnees: Donnees, arrete: str) -> Feuille:
    """Every note, by dossier and evaluator; evaluators are pseudonyms."""
    criteres = [c.code for c in donnees.bareme.criteres]
    champs = (
        Champ("Dossier", "texte", 13),
        Champ("Évaluateur", "texte", 16),
        *(Champ(donnees.regles.dire(code), "note", 15) for code in criteres),
    )
    lignes = [
        (n.dossier, n.evaluateur, *(_note(n.notes, code) for code in criteres))
        for n in sorted(donnees.notations, key=lambda n: (n.dossier, n.evaluateur))
    ]
    sous_titres = (arrete, "Les évaluateurs sont désignés par un pseudonyme, propre à ce classeur.")
    return Feuille("Notes par critère", "Notes par critère", sous_titres, champs, lignes, fige=2)


def _note(notes: Mapping[str, Decimal | None], code: str) -> object:
    if code not in notes:
        return None
    valeur = notes[code]
    return SANS_OBJET if valeur is None else valeur


def feuille_proposition(nom: str, proposition: Proposition, classement: Sequence[Classe], arrete: str) -> Feuille:
    """What a selection keeps, with which money, and what kept each other dossier out."""
    champs = (
        Champ("Rang", "entier", 7),
        Champ("Dossier", "texte", 13),
        Champ("Retenu", "texte", 9),
        Champ("Aide proposée", "euros", 15, somme=True),
        Champ("Enveloppes", "texte", 42),
        Champ("Ce qui l'a laissé dehors", "texte", 55),
        Champ("Aurait suffi", "texte", 40),
    )
    retenus = {r.dossier: r for r in proposition.retenus}
    ecartes = {e.dossier: e for e in proposition.ecartes}
    lignes: list[tuple[object, ...]] = []
    for classe in classement:
        if (garde := retenus.get(classe.dossier)) is not None:
            parts = ", ".join(f"{code} : {montant(part)}" for code, part in sorted(garde.parts.items()))
            lignes.append((classe.rang, classe.dossier, "oui", garde.montant, parts, "", ""))
        elif (dehors := ecartes.get(classe.dossier)) is not None:
            lignes.append((classe.rang, classe.dossier, "non", None, "", dehors.raison, dehors.aurait_suffi or ""))
    alertes = [f"À noter. {alerte}" for alerte in proposition.alertes]
    sous_titres = (arrete, f"{nom} ({METHODES[proposition.methode]}).", *alertes)
    return Feuille("Proposition", "Sélection proposée", sous_titres, champs, lignes, fige=3)
