"""Facts of a fictional dossier, as the domain hands them over: one flat dictionary for every message."""

from datetime import UTC, date, datetime
from decimal import Decimal

from notifications.render import CourrielPret, Destinataire, Expediteur, clef_de, render

MAINTENANT = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
EXPEDITEUR = Expediteur("appels@reseau.example.org", "Réseau Habitat", reponse_a="contact@reseau.example.org")
DESTINATAIRE = Destinataire("jeanne.martin@mairie.example.org", "Jeanne Martin", "personne:12")

FAITS: dict[str, object] = {
    "destinataire_nom": "Jeanne Martin",
    "dossier_numero": "HP-2026-0042",
    "dossier_titre": "Les Terrasses du Mirail",
    "campagne_nom": "Campagne 2026",
    "programme_nom": "Habitat participatif en quartiers prioritaires",
    "organisme_nom": "Réseau Habitat",
    "organisme_contact": "contact@reseau.example.org",
    "date_acte": date(2026, 3, 30),
    "instant_acte": datetime(2026, 3, 30, 21, 59, 58, tzinfo=UTC),
    "etat_libelle": "Candidature déposée",
    "mention_donnees": (
        "Réseau Habitat traite vos données pour instruire votre candidature. Vous pouvez demander à les consulter, "
        "les corriger ou les effacer à donnees@reseau.example.org, et saisir la CNIL."
    ),
    "lien": "https://ami.example.org/dossier/HP-2026-0042",
    "echeance": datetime(2026, 4, 20, 21, 59, tzinfo=UTC),
    "echeance_libelle": "Lettre d'engagement du bailleur",
    "raisons": ["Le plan de financement n'est pas équilibré.", "Le foncier n'est pas maîtrisé."],
    "pieces": ["Lettre d'engagement du bailleur", "Plan de financement signé"],
    "montant": Decimal("5000"),
    "montant_engage": Decimal("4687.5"),
    "montant_verse": Decimal("2500"),
    "nature_libelle": "Aide à l'étude de préfaisabilité",
    "voies_recours": "Vous pouvez adresser une réclamation à Réseau Habitat, dans les deux mois, à l'adresse "
    "reclamation@reseau.example.org.",
    "commentaire": "La maquette financière ne dit rien des charges.\nMerci d'ajouter le coût de l'entretien.",
    "volet_libelle": "Montage envisagé et maquette financière",
    "action_libelle": "Séminaire des habitants",
    "action_date": datetime(2026, 3, 3, 17, 30, tzinfo=UTC),
    "action_lieu": "Maison de quartier, 1 place Abbal, Toulouse",
    "note": Decimal("71.3"),
    "rang": 11,
    "decision_libelle": "Un accompagnateur a accepté votre demande",
    "comite_date": datetime(2026, 12, 8, 8, 30, tzinfo=UTC),
    "comite_lieu": "Salle du conseil, Toulouse",
    "evaluateur_nom": "Paul Durand",
    "structure_nom": "Atelier des Voisins",
    "porteur_nom": "Ville de Toulouse",
    "accompagnateur_nom": "Atelier des Voisins",
    "avis_sens": "favorable avec réserves",
    "reserves": ["Préciser l'entretien du réseau."],
    "conditions": ["Signer l'accord avec le bailleur.", "Préciser le coût de l'entretien."],
    "revue_prochaine": datetime(2026, 9, 29, 22, 0, tzinfo=UTC),
    "etat_explication": "Les acomptes se versent de nouveau dès que les conditions sont levées",
    "partenaire_nom": "Jeune Pousse du Mirail",
    "partenaires": ["Ville de Toulouse", "Jeune Pousse du Mirail"],
    "depenses": Decimal("100000"),
    "capital": Decimal("1000000"),
    "avenant_reference": "AV-2026-01",
    "avenant_fin": date(2028, 12, 31),
    "montant_precedent": Decimal("7000"),
    "indicateurs": ["Usagers des services créés : 140 personnes", "Dégradations constatées : 3 constats"],
    "items": [
        {
            "libelle": "Compte rendu d'action",
            "dossier_numero": "HP-2026-0042",
            "echeance": datetime(2026, 4, 26, 21, 59, tzinfo=UTC),
        },
        {
            "libelle": "Volet 5 de l'étude",
            "dossier_numero": "HP-2026-0007",
            "echeance": datetime(2026, 4, 20, 21, 59, tzinfo=UTC),
        },
    ],
}


def pret(numero: int = 1, **remplace: object) -> CourrielPret:
    """A rendered receipt for recipient `numero`; keyword arguments go to `render`."""
    message = str(remplace.pop("message", "accuse_candidature"))
    adresse = str(remplace.pop("adresse", f"personne{numero}@example.org"))
    ref = f"personne:{numero}"
    arguments: dict[str, object] = {
        "expediteur": EXPEDITEUR,
        "cause": f"dossier:{numero}:1",
        "clef": clef_de(f"dossier:{numero}:1", message, ref),
        "maintenant": MAINTENANT,
    }
    return render(
        message,
        FAITS,
        Destinataire(adresse, f"Personne {numero}", ref),
        **{**arguments, **remplace},  # type: ignore[arg-type]
    )
