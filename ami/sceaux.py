"""The daily seal: a Merkle root over the heads of all chains, kept in the database and outside it.

A chain alone cannot show that its tail was cut together with the sujet's row; the file kept outside can.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from sqlalchemy import func
from sqlmodel import Session, col, select

from ami.journal import Anomalie
from ami.models import Journal, Sceau
from rules.calendrier import jour_legal


class SceauExterne(TypedDict):
    """What the file outside holds: identifiers and hashes only."""

    jour: str
    instant: str
    racine: str
    nombre: int
    lignes: int
    tetes: list[tuple[str, int, int, str]]  # kind, id, seq, hash


def racine_merkle(feuilles: Sequence[str]) -> str:
    """Merkle root of hexadecimal leaves (an odd one is carried up); the root of nothing is the hash of nothing."""
    niveau = [hashlib.sha256(b"\x00" + feuille.encode()).digest() for feuille in feuilles]
    if not niveau:
        return hashlib.sha256(b"").hexdigest()
    while len(niveau) > 1:
        paires = [niveau[i : i + 2] for i in range(0, len(niveau), 2)]
        niveau = [hashlib.sha256(b"\x01" + b"".join(p)).digest() if len(p) == 2 else p[0] for p in paires]
    return niveau[0].hex()


def tetes(session: Session) -> list[tuple[str, int, int, str]]:
    """The head of every chain, in a fixed order."""
    derniers = (
        select(Journal.sujet_kind, Journal.sujet_id, func.max(Journal.seq).label("seq"))
        .group_by(col(Journal.sujet_kind), col(Journal.sujet_id))
        .subquery()
    )
    requete = (
        select(Journal.sujet_kind, Journal.sujet_id, Journal.seq, Journal.empreinte)
        .join(
            derniers,
            (col(Journal.sujet_kind) == derniers.c.sujet_kind)
            & (col(Journal.sujet_id) == derniers.c.sujet_id)
            & (col(Journal.seq) == derniers.c.seq),
        )
        .order_by(col(Journal.sujet_kind), col(Journal.sujet_id))
    )
    return [(kind, sujet_id, seq, empreinte) for kind, sujet_id, seq, empreinte in session.exec(requete)]


def feuille(tete: Sequence[object]) -> str:
    """How a head enters the tree."""
    return ":".join(str(partie) for partie in tete)


def sceller(session: Session, maintenant: datetime, deja: SceauExterne | None = None) -> SceauExterne | None:
    """Seal the day (legal time) once; None when it already is. Does not commit nor write the file.

    `deja` is the file of that day, left by a call that was cut before its commit: it is what was told to the outside,
    so it is what the database keeps.
    """
    jour = jour_scelle(maintenant)
    if session.exec(select(Sceau).where(Sceau.jour == jour)).first() is not None:
        return None
    externe = deja or _photographier(session, jour, maintenant)
    session.add(
        Sceau(
            jour=jour,
            instant=datetime.fromisoformat(externe["instant"]),
            racine=externe["racine"],
            nombre=externe["nombre"],
            lignes=externe["lignes"],
        )
    )
    session.flush()
    return externe


def jour_scelle(maintenant: datetime) -> str:
    """The day an instant belongs to, legal time, ISO."""
    return jour_legal(maintenant).isoformat()


def _photographier(session: Session, jour: str, maintenant: datetime) -> SceauExterne:
    """What the seal of that day says."""
    toutes = tetes(session)
    return SceauExterne(
        jour=jour,
        instant=maintenant.astimezone(UTC).isoformat(timespec="microseconds"),
        racine=racine_merkle([feuille(t) for t in toutes]),
        nombre=len(toutes),
        lignes=session.exec(select(func.count()).select_from(Journal)).one(),
        tetes=toutes,
    )


def ecrire_sceau(dossier: Path, externe: SceauExterne) -> Path:
    """Keep the seal outside the database. An existing file of that day is never overwritten."""
    dossier.mkdir(parents=True, exist_ok=True)
    chemin = dossier / f"sceau-{externe['jour']}.json"
    if not chemin.exists():
        provisoire = chemin.with_suffix(".tmp")
        provisoire.write_text(json.dumps(externe, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        provisoire.replace(chemin)
    return chemin


def lire_sceau(dossier: Path, jour: str) -> SceauExterne | None:
    """The seal of a day kept outside, if any."""
    return next((externe for externe in lire_sceaux(dossier) if externe["jour"] == jour), None)


def lire_sceaux(dossier: Path) -> list[SceauExterne]:
    """The seals kept outside, oldest first."""
    return [json.loads(chemin.read_text(encoding="utf-8")) for chemin in sorted(dossier.glob("sceau-*.json"))]


def verifier_sceaux(session: Session, sceaux: Sequence[SceauExterne]) -> list[Anomalie]:
    """Compare the journal with each seal kept outside: every head of that day must still be there, unchanged."""
    anomalies = list(_sceaux_discordants(session, {externe["jour"]: externe for externe in sceaux}))
    for externe in sceaux:
        nom = f"sceau du {externe['jour']}"
        if racine_merkle([feuille(t) for t in externe["tetes"]]) != externe["racine"]:
            anomalies.append(Anomalie(nom, 0, "le fichier du sceau a été modifié : sa racine ne correspond plus."))
            continue
        anomalies.extend(_tetes_perdues(session, externe))
    return anomalies


def _sceaux_discordants(session: Session, externes: Mapping[str, SceauExterne]) -> Iterator[Anomalie]:
    """Each seal of the database must have its file, saying the same."""
    for sceau in session.exec(select(Sceau).order_by(col(Sceau.jour))):
        externe = externes.get(sceau.jour)
        if externe is None:
            yield Anomalie(f"sceau du {sceau.jour}", 0, "son fichier, gardé hors de la base, a disparu.")
        elif (externe["racine"], externe["nombre"], externe["lignes"]) != (sceau.racine, sceau.nombre, sceau.lignes):
            yield Anomalie(f"sceau du {sceau.jour}", 0, "la base et le fichier gardé ne disent pas la même chose.")


def _tetes_perdues(session: Session, externe: SceauExterne) -> list[Anomalie]:
    """Heads sealed that day and no longer in the journal."""
    perdues = []
    for kind, sujet_id, seq, empreinte in externe["tetes"]:
        ligne = session.exec(
            select(Journal).where(Journal.sujet_kind == kind, Journal.sujet_id == sujet_id, Journal.seq == seq)
        ).first()
        if ligne is None or ligne.empreinte != empreinte:
            etat = "a disparu" if ligne is None else "a changé"
            raison = (
                f"cette ligne, scellée le {externe['jour']}, {etat} : la fin de la chaîne a été coupée ou réécrite."
            )
            perdues.append(Anomalie(f"{kind}:{sujet_id}", seq, raison))
    return perdues
