"""What an import already knows of the database: rows found by lots, one query for five hundred lines."""

from collections.abc import Callable, Collection, Iterable
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from ami.models import Campagne, Dossier, Habilitation, Personne, Structure, Territoire

K = TypeVar("K")
T = TypeVar("T")


class Index(Generic[K, T]):
    """Rows by a key. Keys asked together are looked up together; a key once asked is not asked again."""

    def __init__(self, chercher: Callable[[Collection[K]], Iterable[T]], clefs: Callable[[T], Iterable[K]]) -> None:
        self._chercher = chercher
        self._clefs = clefs
        self._connus: dict[K, list[T]] = {}

    def precharger(self, clefs: Iterable[K | None]) -> None:
        """Look up every key not known yet, in one query."""
        nouvelles = {clef for clef in clefs if clef is not None} - self._connus.keys()
        if not nouvelles:
            return
        self._connus.update({clef: [] for clef in nouvelles})
        for ligne in self._chercher(nouvelles):
            for clef in self._clefs(ligne):
                if clef in nouvelles:
                    self._connus[clef].append(ligne)

    def tous(self, clef: K) -> list[T]:
        """The rows with this key, oldest first, those just created included."""
        self.precharger([clef])
        return self._connus[clef]

    def premier(self, clef: K) -> T | None:
        """The oldest row with this key."""
        return next(iter(self.tous(clef)), None)

    def ajouter(self, ligne: T) -> None:
        """Make known a row just created or completed; a key never asked will be looked up when it is."""
        for clef in self._clefs(ligne):
            connues = self._connus.get(clef)
            if connues is not None and ligne not in connues:
                connues.append(ligne)

    def vider(self) -> None:
        """Forget everything: the rows may have been undone, or are no longer useful."""
        self._connus.clear()


class Annuaire:
    """The rows a lot of lines speaks of."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._en_capitales: dict[str, int] | None = None
        self.par_siret: Index[str, Structure] = Index(
            lambda sirets: self._structures(col(Structure.siret).in_(sirets)), lambda s: filter(None, [s.siret])
        )
        self.par_rna: Index[str, Structure] = Index(
            lambda numeros: self._structures(col(Structure.rna).in_(numeros)), lambda s: filter(None, [s.rna])
        )
        self.par_nom: Index[str, Structure] = Index(
            lambda noms: self._structures(col(Structure.nom).in_(noms)), lambda s: [s.nom]
        )
        self.par_nom_minuscule: Index[str, Structure] = Index(
            lambda noms: self._structures(func.lower(col(Structure.nom)).in_(noms)), lambda s: [s.nom.lower()]
        )
        self.personnes: Index[str, Personne] = Index(self._personnes, lambda p: [p.courriel.lower()])
        self.roles: Index[int, Habilitation] = Index(self._roles, lambda h: [h.personne_id])
        self.campagnes: Index[str, Campagne] = Index(
            lambda codes: session.exec(select(Campagne).where(col(Campagne.code).in_(codes))), lambda c: [c.code]
        )
        self.dossiers: Index[str, Dossier] = Index(
            lambda numeros: session.exec(select(Dossier).where(col(Dossier.numero).in_(numeros))), lambda d: [d.numero]
        )
        self.territoires: Index[str, Territoire] = Index(
            lambda codes: session.exec(select(Territoire).where(col(Territoire.code).in_(codes))), lambda t: [t.code]
        )

    def vider(self) -> None:
        """Forget every row: they may have been undone, or the lot is over."""
        for index in vars(self).values():
            if isinstance(index, Index):
                index.vider()

    def precharger_structures_dites(self, dites: Iterable[str | None]) -> None:
        """Look up together the structures that cells name, by SIRET or by name."""
        textes = {texte for texte in dites if texte is not None}
        sirets = {compact for texte in textes if (compact := texte.replace(" ", "")).isdigit()}
        noms = {texte for texte in textes if not texte.replace(" ", "").isdigit()}
        self.par_siret.precharger(sirets)
        self.par_nom.precharger(noms)
        self.par_nom_minuscule.precharger({nom.lower() for nom in noms if not self.par_nom.tous(nom)})

    def structures_dites(self, dite: str) -> list[Structure]:
        """The structures a cell may name: by SIRET, else by exact name, else whatever the capitals."""
        compact = dite.replace(" ", "")
        if compact.isdigit():
            return self.par_siret.tous(compact)
        return self.par_nom.tous(dite) or self.par_nom_minuscule.tous(dite.lower())

    def _structures(self, condition: ColumnElement[bool]) -> Iterable[Structure]:
        return self._session.exec(select(Structure).where(condition).order_by(col(Structure.id)))

    def _personnes(self, courriels: Collection[str]) -> Iterable[Personne]:
        """By the index on the address as it is kept, in lower case; the few kept with capitals were noted once."""
        if self._en_capitales is None:
            requete = select(Personne.courriel, Personne.id).where(
                col(Personne.courriel) != func.lower(col(Personne.courriel))
            )
            self._en_capitales = {courriel.lower(): id_ for courriel, id_ in self._session.exec(requete) if id_}
        autres = [self._en_capitales[courriel] for courriel in courriels if courriel in self._en_capitales]
        return self._session.exec(
            select(Personne).where(or_(col(Personne.courriel).in_(courriels), col(Personne.id).in_(autres)))
        )

    def _roles(self, personnes: Collection[int]) -> Iterable[Habilitation]:
        return self._session.exec(select(Habilitation).where(col(Habilitation.personne_id).in_(personnes)))
