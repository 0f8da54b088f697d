"""The journal: append-only, one hash chain per sujet, checked line by line, sealed every day.

Only identifiers and salted digests enter the chain. The data of an act and its salt live in `journal_detail`, which
may be erased with the person: the digest then says nothing any more, and the chain still verifies.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import groupby
from typing import Any, Final

from sqlmodel import Session, col, select

from ami.models import ConstatLigne, Journal, JournalDetail
from ami.sujets import TABLES, Acteur, Mouvement, Sujet
from rules.evaluation import Constat

ORIGINE: Final = "0" * 64  # what the first line of a chain follows


@dataclass(frozen=True)
class Anomalie:
    """Something the journal should not show: which line, and what is wrong with it (French)."""

    sujet: str
    seq: int
    raison: str


def canonique(valeur: object) -> bytes:
    """One way only to write a JSON value, so that a digest means something."""
    return json.dumps(valeur, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def condenser(valeur: object, sel: str = "") -> str:
    """SHA-256 of the canonical form, salted."""
    return hashlib.sha256(sel.encode() + canonique(valeur)).hexdigest()


def tirer_sel(session: Session) -> str:
    """A fresh salt; a caller that wants to replay puts its own source in `session.info["sel"]`."""
    source = session.info.get("sel")
    return str(source()) if source is not None else secrets.token_hex(16)


def constats_en_json(constats: Iterable[Constat | ConstatLigne]) -> list[list[object]]:
    """The part of constats that is digested."""
    return [[*sans_defaut(c), c.defaut] for c in constats]


def sans_defaut(c: Constat | ConstatLigne) -> list[object]:
    """What was digested before warnings were told from what stops: older lines are still verified by it."""
    return [c.regle, c.article, c.libelle, c.valeur, c.seuil, c.satisfait, c.raison]


def _charge(ligne: Journal) -> dict[str, object]:
    """What the hash of a line covers: every column but the technical key and the hash itself."""
    return {
        "sujet": f"{ligne.sujet_kind}:{ligne.sujet_id}",
        "seq": ligne.seq,
        "instant": ligne.instant.astimezone(UTC).isoformat(timespec="microseconds"),
        "acteur": ligne.acteur_id,
        "role": ligne.acteur_role,
        "transition": ligne.transition,
        "de": ligne.de,
        "vers": ligne.vers,
        "constats": ligne.constats_empreinte,
        "donnees": ligne.donnees_empreinte,
        "clef": ligne.clef,
        "precedent": ligne.precedent,
    }


def tete(session: Session, sujet: Sujet) -> Journal | None:
    """The last line of a sujet's chain."""
    requete = (
        select(Journal)
        .where(Journal.sujet_kind == sujet.kind, Journal.sujet_id == sujet.id)
        .order_by(col(Journal.seq).desc())
        .limit(1)
    )
    return session.exec(requete).first()


def ajouter(
    session: Session,
    mouvement: Mouvement,
    *,
    acteur: Acteur,
    donnees: Mapping[str, Any],
    clef: str | None,
) -> None:
    """Add one line, and its erasable detail. The unique key on (sujet, seq) is the last guard against two writers."""
    sel = tirer_sel(session)
    precedente = tete(session, mouvement.sujet)
    brut = json.loads(canonique(dict(donnees)))
    ligne = Journal(
        sujet_kind=mouvement.sujet.kind,
        sujet_id=mouvement.sujet.id,
        seq=mouvement.seq,
        instant=mouvement.instant,
        acteur_id=acteur.personne_id,
        acteur_role=acteur.role,
        transition=mouvement.transition,
        de=mouvement.de,
        vers=mouvement.vers,
        constats_empreinte=condenser(constats_en_json(mouvement.constats), sel),
        donnees_empreinte=condenser(brut, sel),
        clef=clef,
        precedent=precedente.empreinte if precedente else ORIGINE,
        empreinte="",
    )
    ligne.empreinte = condenser(_charge(ligne))
    session.add(ligne)
    session.add(
        JournalDetail(
            sujet_kind=mouvement.sujet.kind,
            sujet_id=mouvement.sujet.id,
            seq=mouvement.seq,
            sel=sel,
            donnees=brut,
        )
    )
    session.flush()


def ligne_de_clef(session: Session, clef: str) -> Journal | None:
    """The line a `clef` already caused, if any."""
    return session.exec(select(Journal).where(Journal.clef == clef)).first()


def mouvement_de_ligne(ligne: Journal) -> Mouvement:
    """A line of the journal as the move it was."""
    sujet = Sujet(ligne.sujet_kind, ligne.sujet_id)
    return Mouvement(sujet, ligne.seq, ligne.transition, ligne.de, ligne.vers, ligne.instant, rejoue=True)


def _anomalies_de_chaine(lignes: Sequence[Journal]) -> Iterator[Anomalie]:
    """Walk one chain; after the first bad line the rest of that chain means nothing, so it stops there."""
    precedent, etat = ORIGINE, None
    for rang, ligne in enumerate(lignes, start=1):
        nom = f"{ligne.sujet_kind}:{ligne.sujet_id}"
        raison = None
        if ligne.seq != rang:
            raison = f"la ligne {rang} manque : une ligne a été retirée."
        elif ligne.precedent != precedent:
            raison = "elle ne suit pas la ligne précédente : une ligne a été remplacée."
        elif condenser(_charge(ligne)) != ligne.empreinte:
            raison = "son empreinte ne correspond pas à son contenu : elle a été modifiée."
        elif ligne.de != etat:
            raison = f"elle part de « {ligne.de} » alors que la précédente arrivait à « {etat} »."
        if raison:
            yield Anomalie(nom, ligne.seq, raison)
            return
        precedent, etat = ligne.empreinte, ligne.vers


def _anomalies_de_detail(session: Session) -> Iterator[Anomalie]:
    """The details and constats still kept must match the digests of their lines."""
    constats = _constats_par_ligne(session)
    requete = select(Journal, JournalDetail).where(
        Journal.sujet_kind == JournalDetail.sujet_kind,
        Journal.sujet_id == JournalDetail.sujet_id,
        Journal.seq == JournalDetail.seq,
    )
    for ligne, detail in session.exec(requete.execution_options(yield_per=500)):
        nom = f"{ligne.sujet_kind}:{ligne.sujet_id}"
        if condenser(detail.donnees, detail.sel) != ligne.donnees_empreinte:
            yield Anomalie(nom, ligne.seq, "les données gardées ne correspondent pas à leur empreinte.")
        gardes = constats.get((ligne.sujet_kind, ligne.sujet_id, ligne.seq), [])
        formes = (constats_en_json(gardes), [sans_defaut(garde) for garde in gardes])
        if all(condenser(forme, detail.sel) != ligne.constats_empreinte for forme in formes):
            yield Anomalie(nom, ligne.seq, "les constats gardés ne correspondent pas à leur empreinte.")


def _constats_par_ligne(session: Session) -> dict[tuple[str, int, int], list[ConstatLigne]]:
    par_ligne: dict[tuple[str, int, int], list[ConstatLigne]] = {}
    for constat in session.exec(select(ConstatLigne).order_by(col(ConstatLigne.id))):
        par_ligne.setdefault((constat.sujet_kind, constat.sujet_id, constat.seq), []).append(constat)
    return par_ligne


def _anomalies_de_tete(session: Session, tetes: Mapping[tuple[str, int], Journal]) -> Iterator[Anomalie]:
    """Each sujet must stand where its last line says, or a tail was cut."""
    for kind, table in TABLES.items():
        for ligne in session.exec(select(table).order_by(col(table.id))):
            derniere = tetes.get((kind, ligne.id or 0))
            seq, etat = (derniere.seq, derniere.vers) if derniere else (0, None)
            if (ligne.version, ligne.etat) != (seq, etat):
                raison = (
                    f"le {kind} en est à la version {ligne.version} (« {ligne.etat} ») mais le journal s'arrête ici."
                )
                yield Anomalie(f"{kind}:{ligne.id}", seq, raison)


def verifier(session: Session) -> list[Anomalie]:
    """Check every chain, every detail and every head. The first bad line of each chain is named."""
    requete = select(Journal).order_by(col(Journal.sujet_kind), col(Journal.sujet_id), col(Journal.seq))
    anomalies: list[Anomalie] = []
    tetes: dict[tuple[str, int], Journal] = {}
    for clef, groupe in groupby(session.exec(requete), key=lambda ligne: (ligne.sujet_kind, ligne.sujet_id)):
        chaine = list(groupe)
        anomalies.extend(_anomalies_de_chaine(chaine))
        tetes[clef] = chaine[-1]
    anomalies.extend(_anomalies_de_detail(session))
    anomalies.extend(_anomalies_de_tete(session, tetes))
    return anomalies
