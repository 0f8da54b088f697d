"""The columns each kind of import knows, and what a cell must hold; accents and capitals of headings do not count."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ami.imports_champs import (
    CodeQpv,
    CodesQpv,
    Courriel,
    Departement,
    Iban,
    Jour,
    Liste,
    Montant,
    NomDePersonne,
    Region,
    Rna,
    Siret,
    Texte,
    cle,
    lire_booleen,
    lire_liste,
    proche,
    refus,
)

# Who an organisation is: its usual words, and the one the engine keeps.
STRUCTURES: Final[dict[str, tuple[str, ...]]] = {
    "collectivite": ("commune", "epci", "mairie", "metropole", "departement", "region"),
    "organisme_hlm": ("bailleur", "bailleur_social", "hlm"),
    "association": ("asso",),
    "accompagnateur": ("amo", "assistant_a_maitrise_d_ouvrage"),
    "entreprise": ("pme", "start_up", "societe", "cooperative"),
    "etat": ("prefecture", "ddt", "dreal"),
    "financeur": ("fondation", "banque"),
    "amenageur": (),
    "recherche": ("universite", "laboratoire"),
    "formation": (),
    "autre": (),
}
# Roles a person may be given by a file; `porteur` is given on one dossier only, for it opens the dossier.
ROLES: Final = ("porteur", "accompagnateur", "agent", "evaluateur", "membre_comite", "financeur")
KINDS_TERRITOIRE: Final[dict[str, tuple[str, ...]]] = {
    "QPV": ("qpv", "quartier_prioritaire"),
    "NPNRU": ("npnru", "anru", "pru"),
    "autre": ("autre",),
}
# Interest of a NPNRU quartier, with the signs of the ANRU's lists (PRIN, PRIR: projets d'intérêt national, régional).
INTERETS: Final[dict[str, tuple[str, ...]]] = {
    "national": ("national", "nationale", "n", "prin"),
    "regional": ("regional", "regionale", "r", "prir"),
}


# How an evaluation says whether it is rendered, besides oui and non.
_PROVISOIRE: Final = re.compile(r"^(brouillon|provisoire|en_cours)$")
_DEFINITIVE: Final = re.compile(r"^(finale?|definiti(f|ve)|rendue?)$")


def _parmi(valeur: object, connus: Mapping[str, Iterable[str]], quoi: str) -> str:
    """The word of the engine a cell means, by its own name or by a usual one; a near miss is suggested."""
    lu = cle(str(valeur))
    for mot, synonymes in connus.items():
        if lu == cle(mot) or lu in synonymes:
            return mot
    suggestion = proche(lu, [mot for connu in connus.items() for mot in (connu[0], *connu[1])])
    raise refus(f"Ce type de {quoi} est inconnu.{suggestion}", f"Types possibles : {', '.join(connus)}.")


def _lire_kind(valeur: object) -> str:
    return _parmi(valeur, STRUCTURES, "structure")


def _lire_territoire(valeur: object) -> str:
    return _parmi(valeur, KINDS_TERRITOIRE, "territoire")


def _lire_roles(valeur: object) -> list[str]:
    roles = [cle(role) for role in lire_liste(valeur)]
    inconnus = [role for role in roles if role not in ROLES]
    if inconnus:
        raise refus(
            f"Rôle inconnu : « {inconnus[0]} ».{proche(inconnus[0], ROLES)}", f"Rôles possibles : {', '.join(ROLES)}."
        )
    return list(dict.fromkeys(roles))


def _lire_interet(valeur: object) -> str:
    """« Intérêt national », « PRIN », « N »: a quartier of the NPNRU is of national or of regional interest."""
    mots = cle(str(valeur)).split("_")
    for interet, signes in INTERETS.items():
        if any(mot in signes for mot in mots):
            return interet
    raise refus("Cet intérêt est inconnu.", "Écrivez « national » ou « régional ».")


def _lire_finale(valeur: object) -> bool:
    lu = cle(str(valeur))
    if _DEFINITIVE.match(lu) or _PROVISOIRE.match(lu):
        return _DEFINITIVE.match(lu) is not None
    return lire_booleen(valeur)


class Ligne(BaseModel):
    """A line of a file. `SYNONYMES` gives the other headings a field answers to."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    SYNONYMES: ClassVar[dict[str, tuple[str, ...]]] = {}

    def clef(self) -> str:
        """What two lines of one file may not share."""
        raise NotImplementedError


class LigneStructure(Ligne):
    """A body: found again by its SIRET, then its RNA number, then its name and commune."""

    SYNONYMES = {
        "nom": ("raison_sociale", "denomination", "structure", "nom_de_la_structure", "nom_structure", "organisme"),
        "kind": ("type", "nature", "categorie", "type_de_structure", "type_structure"),
        "siret": ("n_siret", "no_siret", "numero_siret", "numero_de_siret", "siret_14_chiffres"),
        "rna": ("n_rna", "numero_rna"),
        "adhesions": ("adhesion", "reseaux"),
        "commune": ("ville",),
    }

    nom: Texte = Field(max_length=200)
    kind: Annotated[str, BeforeValidator(_lire_kind)]
    siret: Siret = None
    rna: Rna = None
    adhesions: Liste = []
    region: Region = None
    commune: Annotated[Texte | None, Field(max_length=120)] = None
    iban: Iban = None

    def clef(self) -> str:
        """The surest identifier the line gives."""
        return self.siret or self.rna or f"{cle(self.nom)}@{cle(self.commune or '')}"


class LignePersonne(Ligne):
    """A person, found again by their address, with the roles they hold on a campagne or on one dossier."""

    SYNONYMES = {
        "prenom": ("first_name",),
        "nom": ("nom_de_famille",),
        "courriel": (
            "email",
            "e_mail",
            "mail",
            "adresse_electronique",
            "adresse_mail",
            "adresse_e_mail",
            "adresse_email",
        ),
        "structure": ("siret", "organisme", "structure_siret"),
        "roles": ("role", "habilitations"),
        "dossier": ("numero_dossier",),
        "jusqu_au": ("fin", "date_de_fin"),
    }

    prenom: NomDePersonne = Field(max_length=80)
    nom: NomDePersonne = Field(max_length=80)
    courriel: Courriel = Field(max_length=254)
    structure: Annotated[Texte | None, Field(max_length=200)] = None
    roles: Annotated[list[str], BeforeValidator(_lire_roles)] = []
    campagne: Annotated[Texte | None, Field(max_length=40)] = None
    dossier: Annotated[Texte | None, Field(max_length=24)] = None
    jusqu_au: Jour = None

    def clef(self) -> str:
        """A person may come twice, for two scopes."""
        return f"{self.courriel}@{cle(self.campagne or '')}@{cle(self.dossier or '')}"


class LigneTerritoire(Ligne):
    """A quartier, as the official lists of 2015 and 2024 name their columns."""

    SYNONYMES = {
        "code": ("code_qp", "qp", "code_quartier", "code_qpv"),
        "nom": ("nom_qp", "lib_qp", "libelle", "nom_quartier"),
        "commune": ("nom_commune", "commune_qp", "lib_com", "list_lib_com"),
        "kind": ("type", "dispositif"),
        "departement": ("insee_dep", "dep", "code_departement"),
        "region": ("lib_reg", "nom_region"),
        "millesime": ("annee",),
        "interet": ("type_interet", "type_d_interet", "niveau_interet", "interet_npnru", "niveau_d_interet"),
    }

    code: CodeQpv
    nom: Texte = Field(max_length=200)
    commune: Texte = Field(max_length=200)
    kind: Annotated[str | None, BeforeValidator(_lire_territoire)] = None
    departement: Departement = None
    region: Region = None
    millesime: int | None = Field(default=None, ge=1990, le=2100)
    interet: Annotated[str | None, BeforeValidator(_lire_interet)] = None

    def clef(self) -> str:
        """One quartier, one kind, one vintage."""
        return f"{self.code}@{self.kind or ''}@{self.millesime or ''}"


class LigneDossier(Ligne):
    """An application kept elsewhere until now. With its two amounts it is deposited, otherwise only opened.

    `reference` is the number it had there: the same reference never makes two dossiers.
    """

    SYNONYMES = {
        "reference": ("ref", "numero", "numero_d_origine"),
        "titre": ("intitule", "nom_du_projet", "projet"),
        "porteur": ("siret_porteur", "porteur_siret", "structure_porteuse"),
        "contact": ("courriel", "courriel_contact", "email"),
        "accompagnateur": ("siret_accompagnateur", "accompagnateur_siret"),
        "territoires": ("territoire", "quartiers", "quartier", "code_qp", "qpv"),
        "cout_prevu": ("cout", "cout_previsionnel", "cout_de_l_etude"),
        "montant_demande": ("aide_demandee", "montant", "subvention_demandee"),
    }

    reference: Texte = Field(max_length=60)
    titre: Texte = Field(max_length=200)
    porteur: Texte = Field(max_length=200)
    contact: Courriel = Field(max_length=254)
    accompagnateur: Annotated[Texte | None, Field(max_length=200)] = None
    territoires: CodesQpv
    cout_prevu: Montant = None
    montant_demande: Montant = None

    def clef(self) -> str:
        """The number it had before."""
        return self.reference


class LigneEvaluation(Ligne):
    """What one evaluator thinks of one dossier; the notes are in columns of the campagne's own grille.

    `commentaire` stands for every note that has no comment of its own; `finale` says that the evaluation is rendered.
    """

    SYNONYMES = {
        "dossier": ("numero", "numero_dossier", "numero_de_dossier", "n_dossier", "n_du_dossier", "no_dossier"),
        "evaluateur": ("courriel", "email", "e_mail", "mail", "evaluatrice", "courriel_evaluateur", "expert", "jure"),
        "commentaire": ("commentaires", "commentaire_general", "observations", "avis", "appreciation"),
        "finale": ("final", "definitive", "rendue", "statut"),
    }

    dossier: Texte = Field(max_length=24)
    evaluateur: Courriel = Field(max_length=254)
    commentaire: Annotated[str, Field(max_length=20_000)] = ""
    finale: Annotated[bool | None, BeforeValidator(_lire_finale)] = None

    def clef(self) -> str:
        """One evaluation for a dossier and an evaluator."""
        return f"{self.dossier}@{self.evaluateur}"
