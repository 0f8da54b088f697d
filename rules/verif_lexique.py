"""The lexique: each of its words is one that something in the règlement says."""

from collections.abc import Iterator
from typing import Final

from rules.arbre_cel import decouper
from rules.defauts import Defaut
from rules.examen import Examen, Verification
from rules.verif_sources import sources_expressions


def lexique_utile(examen: Examen) -> Iterator[Defaut]:
    """A word of the lexique names a contrôle, or a text some expression compares with: a misspelt one says nothing."""
    textes = {jeton.texte.strip("\"'") for source in sources_expressions(examen) for jeton in decouper(source.texte)}
    for mot in examen.reglement.lexique:
        if mot not in textes and mot not in examen.reglement.controles:
            remede = "Écrivez-le comme dans le contrôle ou la condition qu’il explique, ou retirez-le."
            yield examen.avertissement(f"lexique.{mot}", f"rien dans le règlement ne dit « {mot} »", remede)


VERIFICATIONS: Final[tuple[Verification, ...]] = (lexique_utile,)
