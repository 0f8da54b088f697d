"""The tables, by subject. Importing this package registers them all (and the outbox's) in one metadata."""

from ami.models.accompagnement import (
    Audition,
    Avenant,
    Avis,
    DepenseDeclaree,
    ExamenParticipation,
    Partenaire,
    ReleveIndicateur,
    Revue,
)
from ami.models.argent import Convention, Engagement, Versement
from ami.models.base import SujetBase
from ami.models.campagne import Campagne, Enveloppe, VersionReglement
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
    "Audition",
    "Avenant",
    "Avis",
    "Campagne",
    "Comite",
    "ConstatLigne",
    "Convention",
    "Courriel",
    "CourrielEvenement",
    "CourrielPause",
    "Deliberation",
    "DepenseDeclaree",
    "Deport",
    "Dossier",
    "DossierTerritoire",
    "Echeance",
    "Engagement",
    "Enveloppe",
    "Etude",
    "ExamenParticipation",
    "Habilitation",
    "Incident",
    "Invite",
    "Journal",
    "JournalDetail",
    "LignePlan",
    "Note",
    "Partenaire",
    "Personne",
    "Piece",
    "PreuveTerritoire",
    "Reclamation",
    "Refus",
    "RelanceEmise",
    "ReleveIndicateur",
    "Revue",
    "Sceau",
    "ScoreFige",
    "Structure",
    "SujetBase",
    "Territoire",
    "Versement",
    "VersionReglement",
    "VoletEtude",
]
