"""The tables, by subject. Importing this package registers them all (and the outbox's) in one metadata."""

from ami.models.accompagnement import (
    Audition,
    Avenant,
    Avis,
    DemandePiece,
    DepenseDeclaree,
    ExamenParticipation,
    Partenaire,
    ReleveIndicateur,
    Revue,
)
from ami.models.argent import Convention, Engagement, Versement
from ami.models.base import SujetBase
from ami.models.campagne import Campagne, Enveloppe, VersionReglement
from ami.models.choix import (
    AffectationPrevue,
    DeportComite,
    DocumentEmis,
    Interet,
    ProfilEvaluateur,
    ScenarioSelection,
    Vote,
)
from ami.models.dossier import (
    ActionSensibilisation,
    Dossier,
    DossierTerritoire,
    Etude,
    Invite,
    LignePlan,
    Piece,
    VoletEtude,
)
from ami.models.evaluation import Affectation, Comite, Deliberation, Deport, Note, ScoreFige
from ami.models.imports import CorrespondanceImport
from ami.models.suivi import (
    ConstatLigne,
    Echeance,
    Incident,
    Journal,
    JournalDetail,
    Reclamation,
    Refus,
    RelanceEmise,
    Sceau,
)
from ami.models.territoire import PreuveTerritoire, Territoire
from ami.models.tiers import Habilitation, Personne, Structure
from notifications.models import Courriel, CourrielEvenement, CourrielPause

__all__ = [
    "ActionSensibilisation",
    "Affectation",
    "AffectationPrevue",
    "Audition",
    "Avenant",
    "Avis",
    "Campagne",
    "Comite",
    "ConstatLigne",
    "Convention",
    "CorrespondanceImport",
    "Courriel",
    "CourrielEvenement",
    "CourrielPause",
    "Deliberation",
    "DemandePiece",
    "DepenseDeclaree",
    "Deport",
    "DeportComite",
    "DocumentEmis",
    "Dossier",
    "DossierTerritoire",
    "Echeance",
    "Engagement",
    "Enveloppe",
    "Etude",
    "ExamenParticipation",
    "Habilitation",
    "Incident",
    "Interet",
    "Invite",
    "Journal",
    "JournalDetail",
    "LignePlan",
    "Note",
    "Partenaire",
    "Personne",
    "Piece",
    "PreuveTerritoire",
    "ProfilEvaluateur",
    "Reclamation",
    "Refus",
    "RelanceEmise",
    "ReleveIndicateur",
    "Revue",
    "Sceau",
    "ScenarioSelection",
    "ScoreFige",
    "Structure",
    "SujetBase",
    "Territoire",
    "Versement",
    "VersionReglement",
    "VoletEtude",
    "Vote",
]
