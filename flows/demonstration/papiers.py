"""Papers of the demonstration: conventions and avenants issued then signed with their file, letters of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.avenants import Changement, avenant
from ami.conventions import convention
from ami.courriers import DECISIONS, choisir_courriel, lettre
from ami.database import session_ecriture, session_lecture
from ami.emission import AVENANT, CONVENTION, Emission, dernier, emettre
from ami.erreurs import Introuvable
from ami.fichiers import remplacer
from ami.magasin import Magasin
from ami.models import Courriel, Dossier
from ami.signatures import Signature, document_a_signer, enregistrer_signature
from ami.sujets import Acteur
from flows.demonstration.documents import pdf
from rules.vocabulaire import Acte

SIGNATURES: Final[tuple[Acte, ...]] = ("signer_convention", "signer_avenant")


@dataclass(frozen=True)
class Papier:
    """What is to be signed: a convention by the nature of its aid, an avenant by its reference; its data, its day."""

    donnees: Mapping[str, Any]
    le: datetime
    acteur: Acteur

    @property
    def reference(self) -> str | None:
        """Of an avenant; a convention is referred to by its dossier and its aid."""
        return str(self.donnees["reference"]) if "signe_le" in self.donnees else None

    @property
    def signe_le(self) -> date:
        """The day on the paper."""
        jour: date = self.donnees["signe_le" if self.reference else "signee_le"]
        return jour

    def emission(self, session: Session, dossier: Dossier) -> Emission:
        """The document as the product composes it."""
        d = self.donnees
        if self.reference is None:
            return convention(session, dossier, d["nature"], self.le)
        return avenant(
            session, dossier, self.reference, Changement(d["nature"], Decimal(d["montant"]), d["fin"], d["motif"])
        )

    def est_signe(self, session: Session, dossier: Dossier) -> bool:
        """True when its file is kept."""
        if self.reference is None:
            document = dernier(session, dossier, CONVENTION, nature=self.donnees["nature"])
        else:
            document = dernier(session, dossier, AVENANT, avenant=self.reference)
        return document is not None and document.signe_empreinte is not None


def signer(engine: Engine, magasin: Magasin, dossier_id: int, papier: Papier, vers: Path) -> bool:
    """Issue a paper, then record the copy signed with its act; False when it is done already. Both files go to `vers`.

    Raises:
        the errors of `ami.emission.emettre` and of `ami.signatures.enregistrer_signature`.
    """
    with session_ecriture(engine) as session:
        dossier = session.get_one(Dossier, dossier_id)
        if papier.est_signe(session, dossier):
            return False
        emis = emettre(session, magasin, dossier, papier.emission(session, dossier), papier.le)
        session.commit()
    signe = vers / "exemplaires signés" / f"{emis.document.reference}.pdf"
    remplacer(vers / signe.name, emis.octets)
    remplacer(signe, pdf(f"{emis.document.genre.capitalize()} {emis.document.reference}", "Exemplaire signé, numérisé"))
    with session_lecture(engine) as session:
        dossier = session.get_one(Dossier, dossier_id)
        nature = None if papier.reference else papier.donnees["nature"]
        document = document_a_signer(session, dossier, nature=nature, avenant=papier.reference)
        signature = Signature(document, signe, papier.signe_le, papier.acteur)
    enregistrer_signature(engine, magasin, dossier, signature, papier.le)
    return True


def ecrire_lettres(engine: Engine, magasin: Magasin, campagne_id: int, vers: Path, maintenant: datetime) -> int:
    """Set one decision of each kind as a letter, from what was sent; how many. Asked again: the same files."""
    nombre = 0
    with session_ecriture(engine) as session:
        dossiers = session.exec(select(Dossier).where(Dossier.campagne_id == campagne_id).order_by(col(Dossier.numero)))
        restants = set(session.exec(select(Courriel.message).where(col(Courriel.message).in_(DECISIONS))))
        for dossier in dossiers.all():
            for message in sorted(restants):
                emission = _lettre(session, dossier, message)
                if emission is not None:
                    emis = emettre(session, magasin, dossier, emission, maintenant)
                    remplacer(vers / f"{message}-{dossier.numero}.pdf", emis.octets)
                    restants.discard(message)
                    nombre += 1
        session.commit()
    return nombre


def _lettre(session: Session, dossier: Dossier, message: str) -> Emission | None:
    try:
        return lettre(session, dossier, choisir_courriel(session, dossier, message, None).courriel)
    except Introuvable:
        return None  # this dossier was never told that
