"""The functions an expression may call: what each takes and gives."""

from dataclasses import dataclass
from typing import Final

from rules.contexte import LIBRE


@dataclass(frozen=True)
class Signature:
    """Families of types of each argument (the target of `x.f()` first), type of the result, and how it is written."""

    arguments: tuple[tuple[str, ...], ...]
    resultat: str
    exemple: str
    facultatifs: int = 0  # how many of the last arguments may be left out

    @property
    def minimum(self) -> int:
        """The fewest arguments accepted."""
        return len(self.arguments) - self.facultatifs


_TOUTES: Final = ("nombre", "texte", "booleen", "instant", "duree", "liste", "dictionnaire", "rubrique", "nul", LIBRE)
_TEXTES: Final = (("texte",), ("texte",))
_DATE: Final = (("instant",), ("texte",))
_NOMBRES: Final = (("nombre",), ("nombre",), ("nombre",))
SIGNATURES: Final[dict[str, Signature]] = {
    "size": Signature((("liste", "texte", "dictionnaire"),), "entier", "size(liste)"),
    "has": Signature((_TOUTES,), "booleen", "has(rubrique.champ)"),
    "contains": Signature(_TEXTES, "booleen", 'texte.contains("morceau")'),
    "startsWith": Signature(_TEXTES, "booleen", 'texte.startsWith("debut")'),
    "endsWith": Signature(_TEXTES, "booleen", 'texte.endsWith("fin")'),
    "matches": Signature(_TEXTES, "booleen", 'texte.matches("motif")'),
    "int": Signature((("nombre", "texte", "instant"),), "nombre", "int(texte)"),
    "string": Signature((_TOUTES,), "texte", "string(valeur)"),
    "timestamp": Signature((("texte",),), "instant", 'timestamp("2026-01-31T00:00:00Z")'),
    "duration": Signature((("texte",),), "duree", 'duration("72h")'),
    "min": Signature(_NOMBRES[:2], "nombre", "min(a, b)"),
    "max": Signature(_NOMBRES[:2], "nombre", "max(a, b)"),
    "proportion": Signature(_NOMBRES, "nombre", "proportion(montant, numerateur, denominateur)"),
    **{
        nom: Signature(_DATE, "entier", f"date.{nom}()", facultatifs=1)
        for nom in (
            *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"),
            *("getHours", "getMinutes"),
        )
    },
}
