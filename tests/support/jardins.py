"""The world of the tiny programme: a campagne, its people and some dossiers, each at its own point of the road."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.campagnes import ajouter_enveloppe, ouvrir_campagne
from ami.guichet import faire
from ami.models import Campagne, Courriel, Dossier, Habilitation, Journal, Personne, Structure
from ami.sujets import Acteur, Mouvement, Sujet
from rules.chargement import charger

PROGRAMME = Path(__file__).parents[1] / "flows" / "programme_minuscule.yaml"
OUVERTURE = datetime(2026, 3, 2, 8, tzinfo=UTC)
MAINTENANT = datetime(2026, 3, 9, 9, tzinfo=UTC)
CODE = "JP26"


@dataclass
class Jardins:
    """Who is who, and the dossiers in the order they were opened."""

    engine: Engine
    campagne: Campagne
    agent: Acteur
    evaluateurs: list[Acteur]
    porteurs: list[Acteur] = field(default_factory=list)
    dossiers: list[Sujet] = field(default_factory=list)

    def faire(self, acte: str, rang: int, donnees: dict[str, object] | None = None, **options: object) -> Mouvement:
        """An act on the dossier of that rank, by whoever may do it."""
        par = {"deposer_candidature": self.porteurs[rang], "noter": self.evaluateurs[0]}.get(acte, self.agent)
        acteur = options.pop("par", par)
        return faire(
            self.engine,
            acte,
            self.dossiers[rang],
            donnees or {},
            acteur=acteur,  # type: ignore[arg-type]
            maintenant=MAINTENANT,
            **options,  # type: ignore[arg-type]
        )

    def demander(self, rang: int, montant: str = "1500.00", **options: object) -> Mouvement:
        """The porteur asks for money."""
        donnees: dict[str, object] = {"cout_prevu": "3000.00", "montant_demande": montant}
        return self.faire("deposer_candidature", rang, donnees, **options)

    def noter(self, rang: int, qui: int, note: str = "7", **options: object) -> Mouvement:
        """An evaluator gives the same note everywhere, for good."""
        notes = {critere: {"valeur": note} for critere in ("soleil", "voisins")}
        return self.faire("noter", rang, {"notes": notes, "final": True}, par=self.evaluateurs[qui], **options)

    def confier(self, rang: int, acteur: Acteur) -> None:
        """Give somebody a say on one dossier, as its porteur."""
        with Session(self.engine) as session:
            dossier_id = self.dossiers[rang].id
            session.add(
                Habilitation(
                    personne_id=acteur.personne_id or 0, role="porteur", dossier_id=dossier_id, depuis=OUVERTURE
                )
            )
            session.commit()

    def etats(self) -> dict[str, str | None]:
        """Where each dossier stands, by number."""
        with Session(self.engine) as session:
            return {d.numero: d.etat for d in session.exec(select(Dossier).order_by(col(Dossier.numero)))}

    def photo(self) -> tuple[object, ...]:
        """What two runs must have in common: états, journal, keys of the courriels (not the hours, nor the salts)."""
        with Session(self.engine) as session:
            lignes = session.exec(select(Journal).order_by(col(Journal.sujet_id), col(Journal.seq))).all()
            clefs = session.exec(select(Courriel.clef)).all()
        journal = [(ligne.sujet_kind, ligne.sujet_id, ligne.seq, ligne.transition) for ligne in lignes]
        return self.etats(), journal, sorted(clefs)


def planter(engine: Engine, nombre: int, *, programme: Path = PROGRAMME) -> Jardins:
    """Open the campagne and its dossiers, which nobody has submitted yet."""
    with Session(engine, expire_on_commit=False) as session:
        regie = _garder(session, Structure(nom="Régie des Jardins", kind="association"))
        ville = _garder(session, Structure(nom="Ville d’Essai", kind="collectivite"))
        campagne = ouvrir_campagne(
            session,
            code=CODE,
            nom="Jardins 2026",
            prefixe="JP26",
            charge=charger(programme),
            ouverture=OUVERTURE,
            cloture=datetime(2026, 12, 31, tzinfo=UTC),
            places=nombre,
            maintenant=OUVERTURE,
        )
        ajouter_enveloppe(session, campagne, regie, "aide_projet", Decimal(2000 * nombre))
        agent = _personne(session, "agent", campagne, None)
        evaluateurs = [_personne(session, "evaluateur", campagne, None, rang) for rang in (1, 2)]
        contacts = [_personne(session, "porteur", None, ville.id, rang) for rang in range(1, nombre + 1)]
        session.commit()
    jardins = Jardins(engine, campagne, agent, evaluateurs, contacts)
    for rang, contact in enumerate(contacts):
        jardins.dossiers.append(_ouvrir(jardins, rang, ville.id, contact))
    return jardins


def _garder(session: Session, structure: Structure) -> Structure:
    session.add(structure)
    session.flush()
    return structure


def _personne(
    session: Session, role: str, campagne: Campagne | None, structure_id: int | None, rang: int = 0
) -> Acteur:
    personne = Personne(prenom="Camille", nom=f"{role} {rang}", courriel=f"{role}{rang}@example.org")
    personne.structure_id = structure_id
    session.add(personne)
    session.flush()
    if campagne is not None:
        session.add(Habilitation(personne_id=personne.id or 0, role=role, campagne_id=campagne.id, depuis=OUVERTURE))
    return Acteur(role, personne.id)


def _ouvrir(jardins: Jardins, rang: int, structure_id: int | None, contact: Acteur) -> Sujet:
    return faire(
        jardins.engine,
        "ouvrir_dossier",
        None,
        {
            "titre": f"Jardin {rang + 1}",
            "territoires": ["QP031001"],
            "porteur": structure_id,
            "contact": contact.personne_id,
        },
        acteur=jardins.agent,
        maintenant=OUVERTURE,
        campagne_id=jardins.campagne.id,
    ).sujet
