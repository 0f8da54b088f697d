"""Bring in what people keep elsewhere: structures, personnes, territoires, dossiers and evaluations, from CSV, XLSX or
JSON.

A file is read as a stream and written by lots: its size does not matter. Each bad line is named with its column, its
value, the reason and the remedy; the good ones are kept, or none, as asked. Running the same file again changes
nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session

from ami.erreurs import DonneesInvalides, ErreurMetier
from ami.imports_champs import cle
from ami.imports_colonnes import Colonnes, Vocabulaire, laissees_de_cote, rapprocher
from ami.imports_correspondances import entetes_memorisees, memorisee, memoriser, oublier
from ami.imports_ecriture import Chantier
from ami.imports_examen import Examen, LigneBonne, LigneDeTotal, LigneFautive
from ami.imports_lecture import lire
from ami.imports_lignes import LigneLue, Tableau
from ami.imports_memoire import ClefsVues
from ami.imports_rapport import Issue, LigneRefusee, Motif, RapportImport
from ami.imports_recettes import Recette, recette_de
from ami.models import Campagne
from ami.sujets import Acteur
from notifications.formats import jour

LIGNES_MAX: Final = 500_000  # of one file; memory does not grow with them, but somebody waits
VERROU_IMPORT: Final = 0x414D4A  # any constant all our processes share; the next one after the migrations'
TOTAUX_NOMMES: Final = 10
Mode = Literal["tout_ou_rien", "bonnes_lignes"]
Progres = Callable[[int, int], None]  # lines read, lines expected


def importer(
    session: Session,
    kind: str,
    chemin: Path,
    *,
    maintenant: datetime,
    mode: Mode = "tout_ou_rien",
    millesime: int | None = None,
    kind_territoire: str | None = None,
    campagne: Campagne | None = None,
    acteur: Acteur | None = None,
    finales: bool = False,
    colonnes: Mapping[str, str] | None = None,
    oublier_colonnes: bool = False,
    feuille: str | None = None,
    progres: Progres | None = None,
    jalon: Callable[[], None] | None = None,
) -> RapportImport:
    """Import a file; the caller commits.

    `tout_ou_rien` gives everything up when a line is refused; `bonnes_lignes` keeps the others. `millesime` and
    `kind_territoire` are those of a list of quartiers that does not say, `campagne` the one roles, dossiers and
    evaluations belong to, `acteur` who deposits dossiers, `finales` whether evaluations that do not say it are
    rendered. `colonnes` says which heading is which field, is remembered for the next file with the same headings,
    and replaces what was; `oublier_colonnes` forgets it first. `feuille` names the sheet of a workbook. `progres`
    is told how many lines were read out of how many. `jalon` is called after each lot of good lines, in the mode
    that keeps them: an edge that commits there holds no long lock, and a process killed leaves whole lines only
    (the same file again completes them).

    Raises `DonneesInvalides` when the file cannot be read at all, or a mandatory column is absent.
    """
    recette = recette_de(kind)
    _verrouiller(session)
    chantier = Chantier(
        session, maintenant, millesime, campagne, acteur, finales=finales, kind_territoire=kind_territoire
    )
    vocabulaire = recette.vocabulaire(chantier)
    dites = dict(colonnes or {})
    connues = vocabulaire.connues() | set(map(cle, dites)) | entetes_memorisees(session, kind)
    rapport, tableau = _ouvrir(kind, chemin, lire(chemin, connues, feuille), mode)
    if oublier_colonnes and oublier(session, kind, tableau.entetes):
        rapport.avertissements.append("La correspondance mémorisée pour ces en-têtes est oubliée.")
    trouvees = _trouver_colonnes(chantier, vocabulaire, tableau, rapport, dites)
    recette.controle(trouvees, tableau)
    with ClefsVues() as vues:
        course = _Course(chantier, recette, tableau, trouvees, rapport, vues, progres)
        if mode == "tout_ou_rien":
            _tout_ou_rien(course, rapport)
        else:
            course.courir(jalon)
    rapport.erreurs.sort(key=lambda erreur: erreur.ligne)
    return rapport


def _ouvrir(kind: str, chemin: Path, tableau: Tableau, mode: Mode) -> tuple[RapportImport, Tableau]:
    """The report of a file, once it is known not to be too long."""
    if tableau.estimees > LIGNES_MAX:
        raise DonneesInvalides(f"« {chemin.name} » dépasse {LIGNES_MAX} lignes. Découpez-le en plusieurs fichiers.")
    rapport = RapportImport(kind=kind, fichier=chemin.name, format=tableau.format, mode=mode, tableau=tableau)
    rapport.avertissements.extend(tableau.remarques)
    return rapport, tableau


def _tout_ou_rien(course: "_Course", rapport: RapportImport) -> None:
    """Every line in one savepoint, undone when one is refused."""
    with course.chantier.session.begin_nested() as tout:
        course.courir(None)
        if rapport.refusees:
            tout.rollback()
            rapport.renoncer()


def _trouver_colonnes(
    chantier: Chantier,
    vocabulaire: Vocabulaire,
    tableau: Tableau,
    rapport: RapportImport,
    dites: Mapping[str, str],
) -> Colonnes:
    """The columns of the file, by what is said now, else by what was remembered, else by their headings."""
    session, kind = chantier.session, rapport.kind
    ancienne = memorisee(session, kind, tableau.entetes)
    if not dites and ancienne is not None:
        dites = ancienne.colonnes
        fleches = ", ".join(f"« {entete} » → {cible}" for entete, cible in dites.items())
        rapport.avertissements.append(
            f"Correspondance mémorisée le {jour(ancienne.memorisee_le)}, reprise pour ces en-têtes : {fleches}. "
            "Pour la changer : --colonne ; pour l'oublier : --oublier-colonnes."
        )
    trouvees = rapprocher(tableau, vocabulaire, dites)
    if dites and (ancienne is None or dites is not ancienne.colonnes):
        memoriser(session, kind, tableau.entetes, dites, chantier.maintenant)
        rapport.avertissements.append("La correspondance des colonnes est mémorisée pour les mêmes en-têtes.")
    if aside := laissees_de_cote(trouvees):
        rapport.avertissements.append(aside)
    return trouvees


class _Course:
    """One file on its way from its lines to the database."""

    def __init__(
        self,
        chantier: Chantier,
        recette: Recette,
        tableau: Tableau,
        colonnes: Colonnes,
        rapport: RapportImport,
        vues: ClefsVues,
        progres: Progres | None,
    ) -> None:
        self.chantier = chantier
        self._recette = recette
        self._tableau = tableau
        self._examen = Examen(colonnes, tableau.source.largeur_fixe)
        self._rapport = rapport
        self._vues = vues
        self._progres = progres or (lambda _lues, _attendues: None)
        self._totaux: list[int] = []

    def courir(self, jalon: Callable[[], None] | None) -> None:
        """Read, judge and write every line, by lots."""
        lot: list[LigneBonne] = []
        for lue in self._tableau.lignes():
            bonne = self._examiner(lue)
            if bonne is not None:
                lot.append(bonne)
            if len(lot) >= self._recette.lot:
                self._passer(lot, jalon)
                lot = []
        self._passer(lot, jalon)
        self._dire_les_totaux()

    def _examiner(self, lue: LigneLue) -> LigneBonne | None:
        """A line that may be written; None when it may not, which the report then says."""
        try:
            bonne = self._examen.examiner(lue)
        except LigneDeTotal:
            self._totaux.append(lue.numero)
            return None
        except LigneFautive as fautive:
            self._rapport.lues += 1
            self._rapport.refuser(fautive.erreurs)
            return None
        self._rapport.lues += 1
        premiere = self._vues.premiere(bonne.valeurs.clef(), lue.numero)
        if premiere != lue.numero:
            par_lignes = self._rapport.unite == "ligne"
            mots = f"Cette ligne répète la ligne {premiere}." if par_lignes else f"Il répète l'objet n° {premiere}."
            self._refuser(bonne, Motif("", mots, "Supprimez l'un des deux."))
            return None
        return bonne

    def _passer(self, lot: list[LigneBonne], jalon: Callable[[], None] | None) -> None:
        """Write a lot, and let the edge keep it."""
        if lot:
            _verrouiller(self.chantier.session)
            issues = self._ecrire_un_par_un(lot) if self._recette.par_actes else self._ecrire_ensemble(lot)
            for bonne, issue in zip(lot, issues, strict=True):
                if isinstance(issue, Issue):
                    self._rapport.compter(issue)
                else:
                    self._refuser(bonne, issue)
            self.chantier.oublier()
        self._progres(self._rapport.lues, self._tableau.estimees)
        if lot and jalon is not None:
            jalon()

    def _ecrire_ensemble(self, lot: list[LigneBonne]) -> list[Issue | Motif]:
        """Write a lot in one savepoint; line by line when the database refuses one of its lines, to find which."""
        try:
            with self.chantier.session.begin_nested():
                self._precharger(lot)
                issues = [self._tenter(bonne) for bonne in lot]
                self.chantier.terminer()
        except (IntegrityError, DataError):
            self.chantier.oublier()
            return self._ecrire_un_par_un(lot)
        return issues

    def _ecrire_un_par_un(self, lot: list[LigneBonne]) -> list[Issue | Motif]:
        """Write each line in a savepoint of its own."""
        self._precharger(lot)
        return [self._ecrire_seule(bonne) for bonne in lot]

    def _precharger(self, lot: list[LigneBonne]) -> None:
        self._recette.precharger(self.chantier, [bonne.valeurs for bonne in lot])

    def _tenter(self, bonne: LigneBonne) -> Issue | Motif:
        """Write a line whose writer refuses before it touches anything."""
        self.chantier.originaux = bonne.autres
        try:
            return self._recette.ecriture(self.chantier, bonne.valeurs)
        except LigneRefusee as refusee:
            return refusee.motif

    def _ecrire_seule(self, bonne: LigneBonne) -> Issue | Motif:
        """Write one line in a savepoint of its own: a bad one leaves nothing behind."""
        try:
            with self.chantier.session.begin_nested():
                self.chantier.originaux = bonne.autres
                issue = self._recette.ecriture(self.chantier, bonne.valeurs)
                self.chantier.terminer()
        except LigneRefusee as refusee:
            self.chantier.oublier()
            return refusee.motif
        except ErreurMetier as erreur:
            self.chantier.oublier()
            return Motif("", erreur.message, "Corrigez la ligne puis relancez l'import.")
        except (IntegrityError, DataError):
            self.chantier.oublier()
            return Motif(
                "",
                "Cette ligne contredit des données déjà enregistrées.",
                "Vérifiez ses identifiants (SIRET, code, courriel).",
            )
        return issue

    def _refuser(self, bonne: LigneBonne, motif: Motif) -> None:
        self._rapport.refuser([self._examen.refuser(bonne.lue, motif)])

    def _dire_les_totaux(self) -> None:
        """What the person should know once every line was seen."""
        if self._totaux:
            numeros = ", ".join(map(str, self._totaux[:TOTAUX_NOMMES]))
            suite = " …" if len(self._totaux) > TOTAUX_NOMMES else ""
            self._rapport.avertissements.append(f"Lignes de total laissées de côté : {numeros}{suite}.")


def _verrouiller(session: Session) -> None:
    """One import at a time writes: two could each create the same structure, which only its name identifies.

    SQLite has one writer at a time already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:clef)"), {"clef": VERROU_IMPORT})
