"""Compare live dossiers with a newer list of quartiers, and report what changes. Nothing changes by itself.

For each quartier a live dossier names: still in the list, renamed, under a new code, replaced, gone. For its point:
still inside, or not. What to do about it is for people to decide; `enregistrer` keeps the new check as evidence, on
which guards are judged from then on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from ami.erreurs import DonneesInvalides, Introuvable
from ami.geometrie import Bornes, Lieu, part_commune
from ami.imports_territoires import meme_nom
from ami.lieu import Verification, codes_du_dossier, lieu_du_dossier
from ami.models import Campagne, Dossier, PreuveTerritoire, Territoire
from ami.preuves import derniere_preuve, distance_au_quartier, mesurees
from ami.recontrole_rapport import Devenir, LigneRecontrole, Place, PositionDossier, RapportRecontrole, Suite
from ami.regards import Regard, exiger_vue, lisibles
from ami.reglements import reglement_de
from ami.sujets import identifiant
from ami.territoires import (
    Situation,
    contour_de,
    lister_listes,
    quartiers_chevauchant,
    quartiers_contenant,
    quartiers_de_code,
    situer,
    situer_point,
    verifier_lieu,
)
from rules.modele import Reglement

PART_ENTIERE: Final = 99  # per cent: beyond, two contours are the same but for the drawing
PART_MAJORITAIRE: Final = 50
PART_VISIBLE: Final = 1


@dataclass(frozen=True)
class _Recouvrement:
    """A quartier of the newer list over a former one: share of each that is in the other, per cent."""

    quartier: Territoire
    part: int
    part_inverse: int


@dataclass(frozen=True)
class _Analyse:
    """What the lists say of one code, the same for every dossier that names it."""

    code: str
    ancien: Territoire | None
    nouveau: Territoire | None
    recouvrements: Sequence[_Recouvrement]
    part: int | None

    @property
    def reprises(self) -> list[Territoire]:
        """The quartiers of the newer list that stand for this code."""
        return [self.nouveau] if self.nouveau else [r.quartier for r in self.recouvrements]


class _Liste:
    """The newer list, with the analysis of each code made once."""

    def __init__(self, session: Session, millesime: int, kind: str) -> None:
        self.session, self.millesime, self.kind = session, millesime, kind
        listes = [li for li in lister_listes(session) if (li.millesime, li.kind) == (millesime, kind)]
        if not listes:
            raise Introuvable(
                f"Aucun quartier {kind} du millésime {millesime} n'est importé. "
                "Importez d'abord la liste avec « ami importer territoires »."
            )
        self.contours = listes[0].contours
        self._analyses: dict[str, _Analyse] = {}

    def analyser(self, code: str) -> _Analyse:
        """What becomes of a code."""
        if code not in self._analyses:
            self._analyses[code] = self._analyser(code)
        return self._analyses[code]

    def contenant(self, lieu: Lieu) -> list[Situation]:
        """The quartiers of the list that hold a point."""
        return quartiers_contenant(self.session, lieu, millesime=self.millesime, kind=self.kind)

    def _analyser(self, code: str) -> _Analyse:
        quartiers = quartiers_de_code(self.session, [code])
        nouveau = next((q for q in quartiers if (q.millesime, q.kind) == (self.millesime, self.kind)), None)
        ancien = max((q for q in quartiers if q is not nouveau), key=self._preference, default=None)
        recouvrements = list(self._recouvrements(ancien)) if ancien else []
        part = next((r.part for r in recouvrements if nouveau and r.quartier.id == nouveau.id), None)
        return _Analyse(code, ancien, nouveau, recouvrements, part)

    def _preference(self, quartier: Territoire) -> tuple[bool, bool, int, bool]:
        """Of several former quartiers of a code: an earlier one, with a contour, the latest, of the same kind."""
        return (
            quartier.millesime < self.millesime,
            quartier.ouest is not None,
            quartier.millesime,
            quartier.kind == self.kind,
        )

    def _recouvrements(self, ancien: Territoire) -> Iterator[_Recouvrement]:
        contour = contour_de(self.session, ancien)
        if contour is None:
            return
        bornes = Bornes(ancien.ouest or 0, ancien.sud or 0, ancien.est or 0, ancien.nord or 0)
        trouves = []
        for quartier in quartiers_chevauchant(self.session, bornes, millesime=self.millesime, kind=self.kind):
            autre = contour_de(self.session, quartier) or {}
            part = part_commune(contour, autre)
            if part >= PART_VISIBLE:
                trouves.append(_Recouvrement(quartier, part, part_commune(autre, contour)))
        yield from sorted(trouves, key=lambda r: (-r.part, r.quartier.code))


def recontroler(
    session: Session,
    regard: Regard,
    campagne: Campagne,
    millesime: int,
    *,
    kind: str,
    maintenant: datetime,
    enregistrer: bool = False,
) -> RapportRecontrole:
    """Compare every live dossier of a campagne with a list; `enregistrer` keeps the checks (the caller commits).

    A dossier is live until an état the règlement calls final.

    Raises:
        Introuvable: the list is not imported, or who looks does not follow this whole campagne.
    """
    exiger_vue(session, regard, campagne, "conduite")
    liste = _Liste(session, millesime, kind)
    reglement = reglement_de(session, identifiant(campagne)).reglement
    rapport = RapportRecontrole(campagne.code, millesime, kind, maintenant, enregistrer)
    if not liste.contours:
        rapport.avertissements.append(
            f"La liste {kind} de {millesime} est importée sans contours : ni les points ni les quartiers repris ne "
            "peuvent être vérifiés. Importez aussi son GeoJSON."
        )
    for dossier in lisibles(session, regard, _vivants(session, campagne, reglement)):
        rapport.dossiers += 1
        controle = _Controle(session, liste, reglement, dossier)
        rapport.lignes.extend(controle.lignes())
        if enregistrer:
            controle.enregistrer(maintenant)
    return rapport


def _vivants(session: Session, campagne: Campagne, reglement: Reglement) -> list[Dossier]:
    etats = [etat.code for etat in reglement.workflow("dossier").etats if not etat.final]
    requete = select(Dossier).where(Dossier.campagne_id == campagne.id, col(Dossier.etat).in_(etats))
    return list(session.exec(requete.order_by(col(Dossier.numero))).all())


class _Controle:
    """One dossier against the newer list."""

    def __init__(self, session: Session, liste: _Liste, reglement: Reglement, dossier: Dossier) -> None:
        self._session, self._liste, self._dossier = session, liste, dossier
        self._etat = reglement.workflow("dossier").etat_par_code[dossier.etat or ""].libelle
        self._lieu = _lieu_plausible(lieu_du_dossier(reglement, dossier))
        self._point_donne = lieu_du_dossier(reglement, dossier) is not None
        self._analyses = [liste.analyser(code) for code in codes_du_dossier(session, dossier)]
        self._contenant = liste.contenant(self._lieu) if self._lieu else []

    def lignes(self) -> list[LigneRecontrole]:
        """One line per quartier named."""
        avant, apres = self._avant(), self._apres()
        return [self._ligne(analyse, avant, apres) for analyse in self._analyses]

    def enregistrer(self, maintenant: datetime) -> None:
        """Keep this check as the dossier's latest evidence."""
        verification = Verification(identifiant(self._dossier), self._lieu, maintenant)
        designes = self._designes()
        preuves = [verification.preuve(q, self._situer(q)) for q in designes.values()]
        preuves += [
            verification.preuve(s.quartier, s, designe=False)
            for s in self._contenant
            if s.quartier.code not in designes
        ]
        perdus = [a.code for a in self._analyses if not a.reprises and a.code not in designes]
        proche = self._proche() if not designes else None
        preuves += [verification.absence(code, millesime=self._liste.millesime, proche=proche) for code in perdus]
        verification.conserver(self._session, preuves)

    def _ligne(self, analyse: _Analyse, avant: PositionDossier, apres: PositionDossier) -> LigneRecontrole:
        connu = analyse.ancien or analyse.nouveau
        suites = [] if analyse.nouveau else self._suites(analyse)
        return LigneRecontrole(
            numero=self._dossier.numero,
            titre=self._dossier.titre,
            situation=self._etat,
            code=analyse.code,
            nom=connu.nom if connu else "",
            commune=connu.commune if connu else "",
            millesime=connu.millesime if connu else None,
            devenir=_devenir(analyse, suites),
            nouveau_nom=analyse.nouveau.nom if analyse.nouveau else "",
            part=analyse.part,
            suites=suites,
            avant=avant,
            apres=apres,
        )

    def _suites(self, analyse: _Analyse) -> list[Suite]:
        """What stands where the former quartier was, then what else holds the point."""
        tenus = {situation.quartier.code: situation.quartier for situation in self._contenant}
        suites = [
            Suite(r.quartier.code, r.quartier.nom, r.part, r.quartier.code in tenus) for r in analyse.recouvrements
        ]
        vus = {suite.code for suite in suites}
        return suites + [Suite(code, quartier.nom, None, True) for code, quartier in tenus.items() if code not in vus]

    def _designes(self) -> dict[str, Territoire]:
        """What in the newer list stands for the quartiers the dossier names; a lost one may be told by the point."""
        designes = {q.code: q for analyse in self._analyses for q in analyse.reprises}
        if any(analyse.nouveau is None for analyse in self._analyses):
            designes |= {situation.quartier.code: situation.quartier for situation in self._contenant}
        return designes

    def _avant(self) -> PositionDossier:
        """From the evidence kept, else measured on the former contours (the same list, when no other knew the code)."""
        if not self._point_donne:
            return PositionDossier(Place.SANS_POINT)
        preuves: list[PreuveTerritoire] = mesurees(derniere_preuve(self._session, identifiant(self._dossier)))
        if preuves:
            return _position(any(p.dedans for p in preuves), distance_au_quartier(preuves))
        return self._mesurer([connu for a in self._analyses if (connu := a.ancien or a.nouveau)])

    def _apres(self) -> PositionDossier:
        if not self._point_donne:
            return PositionDossier(Place.SANS_POINT)
        designes = list(self._designes().values())
        proche = self._proche() if not designes else None
        return self._mesurer(designes or ([proche.quartier] if proche else []))

    def _proche(self) -> Situation | None:
        """The nearest quartier of the list: how far out is a point when nothing stands for the quartiers named."""
        if not self._lieu or not self._liste.contours:
            return None
        return situer_point(self._session, self._lieu, millesime=self._liste.millesime, kind=self._liste.kind).proche

    def _mesurer(self, quartiers: Sequence[Territoire]) -> PositionDossier:
        situations = [situation for situation in map(self._situer, quartiers) if situation is not None]
        if not situations:
            return PositionDossier(Place.NON_VERIFIABLE)
        dedans = any(situation.mesure.dedans for situation in situations)
        return _position(dedans, min(situation.mesure.distance_m for situation in situations))

    def _situer(self, quartier: Territoire) -> Situation | None:
        return situer(self._session, quartier, self._lieu) if self._lieu else None


def _position(dedans: bool, distance_m: int) -> PositionDossier:
    return PositionDossier(Place.DEDANS) if dedans else PositionDossier(Place.DEHORS, distance_m)


def _lieu_plausible(lieu: Lieu | None) -> Lieu | None:
    """A point kept before points were checked may be anywhere: it is not verifiable, and stops nobody's report."""
    try:
        if lieu is not None:
            verifier_lieu(lieu)
    except DonneesInvalides:
        return None
    return lieu


def _devenir(analyse: _Analyse, suites: Sequence[Suite]) -> Devenir:
    ancien, nouveau = analyse.ancien, analyse.nouveau
    if nouveau is not None:
        return Devenir.INCHANGE if ancien is None or meme_nom(ancien.nom, nouveau.nom) else Devenir.RENOMME
    if ancien is None:
        return Devenir.INCONNU
    premier = analyse.recouvrements[0] if analyse.recouvrements else None
    if premier and premier.part >= PART_ENTIERE and premier.part_inverse >= PART_ENTIERE:
        return Devenir.NOUVEAU_CODE
    repris = premier is not None and premier.part >= PART_MAJORITAIRE
    return Devenir.REMPLACE if repris or any(suite.tient_le_point for suite in suites) else Devenir.DISPARU
