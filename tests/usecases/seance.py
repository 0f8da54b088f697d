"""A session of the comité in the small world: evaluated dossiers, seats held by persons, decisions."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from ami.agir import agir
from ami.models import Comite, Dossier, Enveloppe, Note, Personne, ScoreFige
from ami.scrutins import examiner, voter
from ami.seances import convoquer, emarger
from ami.sujets import Acteur, Sujet, identifiant
from tests.usecases.monde import Monde, le

VEILLE = le("2026-03-20 09:00")
TENUE = le("2026-03-30 09:00")
SOIR = TENUE + timedelta(hours=8)


@dataclass
class Seance:
    """A session, the persons at its seats, and the world around."""

    monde: Monde
    comite: Comite
    occupants: dict[str, Personne]

    @property
    def sieges(self) -> list[str]:
        """The seats the règlement names."""
        return self.comite.membres

    def voter(self, dossier: Dossier, decision: str, votes: str) -> None:
        """Votes by the first seats, one letter each: p(our), c(ontre), a(bstention)."""
        mots = {"p": "pour", "c": "contre", "a": "abstention"}
        dits = {siege: mots[lettre] for siege, lettre in zip(self.sieges, votes, strict=False)}
        voter(examiner(self.monde.session, self.comite, dossier, TENUE), decision, dits)

    def deliberer(self, dossier: Dossier, decision: str, **options: object) -> None:
        """The whole act, guards included."""
        donnees = {"decision": decision, "motif": "Après débat.", "comite": self.comite.id, **options}
        sujet, agent = Sujet("dossier", identifiant(dossier)), Acteur("agent", self.monde.agent.id)
        agir(self.monde.session, "deliberer", sujet, donnees, acteur=agent, maintenant=TENUE)


def evalue(monde: Monde, valeur: int = 4, **champs: object) -> Dossier:
    """A dossier that two evaluators noted the same on every critère, with a porteur to write to."""
    dossier = monde.dossier("evalue", **champs)
    monde.habiliter(monde.contact, "porteur", dossier=dossier)
    grille = monde.reglement.grille
    assert grille is not None
    for _ in range(2):
        affectation = monde.affecter(dossier, monde.personne("evaluateur"), "rendue")
        for critere in grille.criteres:
            monde.session.add(
                Note(affectation_id=identifiant(affectation), critere=critere.code, valeur=Decimal(valeur))
            )
    total = valeur * 20 * 1000
    monde.session.add(
        ScoreFige(dossier_id=identifiant(dossier), total_millieme=total, eliminatoires=0, evaluations=2, fige_le=VEILLE)
    )
    monde.session.flush()
    return dossier


def doter(monde: Monde, euros: int = 100_000) -> None:
    """Money for the grants to build."""
    monde.session.add(
        Enveloppe(
            campagne_id=identifiant(monde.campagne),
            financeur_id=identifiant(monde.financeur),
            nature="aide_projet",
            montant=Decimal(euros),
        )
    )
    monde.session.flush()


def seance(monde: Monde, presents: int = 5, code: str = "c1") -> Seance:
    """A session convened the week before, whose first seats are held by persons with nothing to do with any dossier."""
    charge = monde.reglement
    comite, _ = convoquer(
        monde.session, monde.campagne, charge, code=code, tenue_le=TENUE, lieu="Lyon", maintenant=VEILLE
    )
    occupants = {siege: monde.personne("membre_comite") for siege in comite.membres[:presents]}
    emarger(monde.session, comite, occupants, TENUE)
    return Seance(monde, comite, occupants)
