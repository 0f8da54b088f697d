"""What a sweep did, in values a report, a command or a test can read; and the same in Markdown for staff."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ami.relances import BilanRelances
from ami.sujets import Sujet

PARIS: Final = ZoneInfo("Europe/Paris")
LIGNES_MAX: Final = 200  # beyond, a report is no longer read: the count says the rest


@dataclass(frozen=True)
class Avance:
    """A sujet that moved: how people call it, and the états (in words) it left and reached."""

    nom: str
    de: str
    vers: str


@dataclass(frozen=True)
class Ecarte:
    """A sujet set aside, and why (French)."""

    sujet: Sujet
    nom: str
    raison: str


@dataclass(frozen=True)
class Attente:
    """Dossiers waiting in an état, and the role they wait for (None: nobody in particular)."""

    etat: str
    attend: str | None
    nombre: int


@dataclass(frozen=True)
class BilanLot:
    """What became of a chunk. `devances`: somebody else moved it at the same time."""

    avances: tuple[Avance, ...] = ()
    inchanges: int = 0
    devances: int = 0
    ecartes: tuple[Ecarte, ...] = ()

    def __add__(self, autre: "BilanLot") -> "BilanLot":
        return BilanLot(
            self.avances + autre.avances,
            self.inchanges + autre.inchanges,
            self.devances + autre.devances,
            self.ecartes + autre.ecartes,
        )


@dataclass(frozen=True)
class Bilan:
    """What one sweep of a phase of a campagne did."""

    campagne: str
    phase: str
    maintenant: datetime
    lot: BilanLot = field(default_factory=BilanLot)
    attentes: tuple[Attente, ...] = ()

    def resume(self) -> str:
        """One French sentence."""
        lot = self.lot
        return (
            f"Campagne {self.campagne}, phase « {self.phase} » : {len(lot.avances)} passage(s), "
            f"{sum(a.nombre for a in self.attentes)} dossier(s) en attente, {len(lot.ecartes)} mis de côté."
        )

    def markdown(self) -> str:
        """The report staff read: what moved, what waits and on whom, what failed and why."""
        parties = [
            f"## {self.campagne} · {self.phase}\n\nSituation au {_en_clair(self.maintenant)}. {self.resume()}",
            _tableau("Ce qui a avancé", ("Dossier", "De", "Vers"), [(a.nom, a.de, a.vers) for a in self.lot.avances]),
            _tableau(
                "Ce qui attend",
                ("État", "Attend", "Dossiers"),
                [(a.etat, a.attend or "une date ou une place", str(a.nombre)) for a in self.attentes],
            ),
            _tableau("Mis de côté", ("Dossier", "Pourquoi"), [(e.nom, e.raison) for e in self.lot.ecartes]),
        ]
        if self.lot.devances:
            parties.append(f"{self.lot.devances} dossier(s) déjà avancé(s) par quelqu'un d'autre au même moment.")
        return "\n\n".join(parties) + "\n"


def rapport_relances(campagne: str, bilan: BilanRelances, maintenant: datetime) -> str:
    """The report of a run of reminders, in Markdown: what left, what was passed over, what failed and why."""
    echecs = [(str(echec.sujet), echec.raison) for echec in bilan.echecs]
    return (
        "\n\n".join(
            [
                f"## {campagne} · rappels\n\nSituation au {_en_clair(maintenant)}.",
                f"{bilan.envoyees} rappel(s) envoyé(s) en {bilan.courriels} courriel(s), copies comprises ; "
                f"{bilan.passees} rappel(s) dépassé(s) par un plus récent.",
                _tableau("Non envoyés", ("Sujet", "Pourquoi"), echecs),
            ]
        )
        + "\n"
    )


def rapport_echec(campagne: str, raison: str, maintenant: datetime) -> str:
    """The report of a campagne that could not be treated, in Markdown. `raison` is French."""
    return (
        f"## {campagne} · échec\n\nSituation au {_en_clair(maintenant)}.\n\n"
        f"Cette campagne n'a pas pu être traitée : {_cellule(raison)}\n\n"
        "Les autres campagnes ne sont pas concernées. Le prochain passage réessaiera.\n"
    )


def _en_clair(instant: datetime) -> str:
    return f"{instant.astimezone(PARIS):%d/%m/%Y à %H:%M} (heure de Paris)"


def _tableau(titre: str, colonnes: tuple[str, ...], lignes: Sequence[tuple[str, ...]]) -> str:
    if not lignes:
        return f"### {titre}\n\nRien."
    corps = ["| " + " | ".join(map(_cellule, ligne)) + " |" for ligne in lignes[:LIGNES_MAX]]
    reste = len(lignes) - LIGNES_MAX
    suite = [f"\n… et {reste} autre(s)."] if reste > 0 else []
    return "\n".join(
        [f"### {titre}\n", "| " + " | ".join(colonnes) + " |", "|---" * len(colonnes) + "|", *corps, *suite]
    )


def _cellule(texte: str) -> str:
    """Text that cannot break out of its cell."""
    return texte.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
