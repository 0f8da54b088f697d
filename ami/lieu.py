"""Check where a dossier's project stands, and keep the evidence: codes, point, distance, vintage, contour.

Written when a candidature comes in or is completed, so that what was decided can be shown years later; written again
only when somebody asks for it (`ami territoire recontroler --enregistrer`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from ami.actes import Cadre
from ami.erreurs import DonneesInvalides
from ami.geometrie import Lieu
from ami.models import Dossier, DossierTerritoire, PreuveTerritoire, Territoire
from ami.preuves import point_donne, question_du_point
from ami.sujets import identifiant
from ami.territoires import Situation, quartiers_contenant, quartiers_de_code, situer, verifier_lieu
from rules.modele import Reglement


@dataclass(frozen=True)
class Verification:
    """One check of the place of one dossier, at one instant; `lieu` is None when the dossier gives no point."""

    dossier_id: int
    lieu: Lieu | None
    instant: datetime

    def preuve(self, quartier: Territoire, situation: Situation | None, *, designe: bool = True) -> PreuveTerritoire:
        """What was found of a quartier of a list; `situation` is None when nothing could be measured."""
        return PreuveTerritoire(
            code=quartier.code,
            kind=quartier.kind,
            millesime=quartier.millesime,
            designe=designe,
            **self._mesure(situation),
            **self._commun(),
        )

    def absence(self, code: str, *, millesime: int | None = None, proche: Situation | None = None) -> PreuveTerritoire:
        """A code that no list knows, or not that of a vintage; `proche` is then the nearest quartier of that list."""
        return PreuveTerritoire(code=code, millesime=millesime, designe=True, **self._mesure(proche), **self._commun())

    def conserver(self, session: Session, preuves: Sequence[PreuveTerritoire]) -> None:
        """Keep what was found; a check made at the very same instant is replaced, so that an instant is one check."""
        session.execute(
            delete(PreuveTerritoire).where(
                col(PreuveTerritoire.dossier_id) == self.dossier_id, col(PreuveTerritoire.verifie_le) == self.instant
            )
        )
        session.add_all(preuves)
        session.flush()

    def _mesure(self, situation: Situation | None) -> dict[str, Any]:
        return {
            "dedans": situation.mesure.dedans if situation else None,
            "distance_m": situation.mesure.distance_m if situation else None,
            "empreinte": situation.empreinte if situation else None,
        }

    def _commun(self) -> dict[str, Any]:
        return {
            "dossier_id": self.dossier_id,
            "longitude": self.lieu.longitude if self.lieu else None,
            "latitude": self.lieu.latitude if self.lieu else None,
            "verifie_le": self.instant,
        }


def constater_lieu(cadre: Cadre, dossier: Dossier) -> None:
    """Keep the evidence of where a dossier stands now; one that names no quartier gets those its point falls in.

    Raises:
        DonneesInvalides: the point cannot be in France; the message names the question.
    """
    session, lieu = cadre.session, lieu_du_dossier(cadre.reglement, dossier)
    if lieu is not None:
        _verifier(cadre.reglement, dossier, lieu)
    verification = Verification(identifiant(dossier), lieu, cadre.maintenant)
    contenant = quartiers_contenant(session, lieu) if lieu else []
    codes = codes_du_dossier(session, dossier) or _designer_par_le_point(cadre, dossier, contenant)
    preuves = [preuve for code in codes for preuve in _preuves_du_code(session, verification, code)]
    autres = [situation for situation in contenant if situation.quartier.code not in codes]
    preuves += [verification.preuve(situation.quartier, situation, designe=False) for situation in autres]
    verification.conserver(session, preuves)


def lieu_du_dossier(reglement: Reglement, dossier: Dossier) -> Lieu | None:
    """The place a dossier gives on the map, or None."""
    point = point_donne(reglement, dossier.reponses)
    return None if point is None else Lieu.en_degres(*point)


def codes_du_dossier(session: Session, dossier: Dossier) -> list[str]:
    """The codes of the quartiers a dossier names."""
    requete = select(DossierTerritoire.code).where(DossierTerritoire.dossier_id == dossier.id)
    return sorted(session.exec(requete).all())


def _verifier(reglement: Reglement, dossier: Dossier, lieu: Lieu) -> None:
    question = question_du_point(reglement, dossier.reponses)
    try:
        verifier_lieu(lieu)
    except DonneesInvalides as erreur:
        libelle = question.libelle if question else "point"
        raise DonneesInvalides(f"« {libelle} » : {erreur.message}") from erreur


def _designer_par_le_point(cadre: Cadre, dossier: Dossier, contenant: Sequence[Situation]) -> list[str]:
    """A dossier that names no quartier is in those its point falls in, by the latest list that has any.

    Only the kinds of quartiers the règlement is open to.
    """
    admis = [s.quartier for s in contenant if s.quartier.kind in cadre.reglement.territoires]
    dernier = max((quartier.millesime for quartier in admis), default=None)
    codes = sorted({quartier.code for quartier in admis if quartier.millesime == dernier})
    cadre.session.add_all(DossierTerritoire(dossier_id=identifiant(dossier), code=code) for code in codes)
    cadre.session.flush()
    return codes


def _preuves_du_code(session: Session, verification: Verification, code: str) -> list[PreuveTerritoire]:
    """What every list says of a code; for each kind, the latest list that has its contour is the one that counts."""
    quartiers, lieu = quartiers_de_code(session, [code]), verification.lieu
    if not quartiers:
        return [verification.absence(code)]
    fait_foi = {q.kind: q for q in sorted(quartiers, key=lambda q: (q.ouest is not None, q.millesime))}
    return [
        verification.preuve(q, situer(session, q, lieu) if lieu else None, designe=fait_foi[q.kind] is q)
        for q in quartiers
    ]
