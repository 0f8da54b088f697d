"""The columns each kind of import knows, and what a cell must hold; accents and capitals of headings do not count."""

from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ami.imports_champs import (
    CodeQpv,
    CodesQpv,
    Courriel,
    Iban,
    Jour,
    Liste,
    Montant,
    Region,
    Rna,
    Siret,
    Texte,
    cle,
    lire_liste,
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


def _lire_kind(valeur: object) -> str:
    lu = cle(str(valeur))
    for kind, synonymes in STRUCTURES.items():
        if lu == kind or lu in synonymes:
            return kind
    raise refus("Ce type de structure est inconnu.", f"Types possibles : {', '.join(STRUCTURES)}.")


def _lire_roles(valeur: object) -> list[str]:
    roles = [cle(role) for role in lire_liste(valeur)]
    inconnus = [role for role in roles if role not in ROLES]
    if inconnus:
        raise refus(f"Rôle inconnu : « {inconnus[0]} ».", f"Rôles possibles : {', '.join(ROLES)}.")
    return list(dict.fromkeys(roles))


def _lire_interet(valeur: object) -> str:
    """« Intérêt national », « PRIN », « N »: a quartier of the NPNRU is of national or of regional interest."""
    mots = cle(str(valeur)).split("_")
    for interet, signes in INTERETS.items():
        if any(mot in signes for mot in mots):
            return interet
    raise refus("Cet intérêt est inconnu.", "Écrivez « national » ou « régional ».")


def _lire_territoire(valeur: object) -> str:
    lu = cle(str(valeur))
    for kind, synonymes in KINDS_TERRITOIRE.items():
        if lu in synonymes:
            return kind
    raise refus("Ce type de territoire est inconnu.", f"Types possibles : {', '.join(KINDS_TERRITOIRE)}.")


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
        "nom": ("raison_sociale", "denomination", "structure", "nom_de_la_structure"),
        "kind": ("type", "nature", "categorie", "type_de_structure"),
        "siret": ("n_siret", "numero_siret"),
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
        "courriel": ("email", "e_mail", "mail", "adresse_electronique", "adresse_mail"),
        "structure": ("siret", "organisme", "structure_siret"),
        "roles": ("role", "habilitations"),
        "dossier": ("numero_dossier",),
        "jusqu_au": ("fin", "date_de_fin"),
    }

    prenom: Texte = Field(max_length=80)
    nom: Texte = Field(max_length=80)
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
    departement: Annotated[Texte | None, Field(max_length=3)] = None
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
