"""Acts of the instruction by staff, and those by which a dossier leaves before its end."""

from ami.actes import Cadre, Donnees, acte
from ami.models import Dossier
from ami.saisie import CodeSaisi, Paragraphe


class Instruire(Donnees):
    """Staff's word on a dossier: which decision (the règlement names them), and why."""

    decision: CodeSaisi
    motif: Paragraphe


class Retrait(Donnees):
    """Why a dossier stops."""

    motif: Paragraphe


@acte("instruire", Instruire)
def instruire(_cadre: Cadre, _dossier: Dossier, _donnees: Instruire) -> None:
    """The règlement chooses the transition on the decision; the motif lives in the journal with the act."""


@acte("abandonner", Retrait)
def abandonner(_cadre: Cadre, _dossier: Dossier, _donnees: Retrait) -> None:
    """The porteur gives up before any aid; the motif lives in the journal with the act."""


@acte("se_desister", Retrait)
def se_desister(_cadre: Cadre, _dossier: Dossier, _donnees: Retrait) -> None:
    """The porteur gives back a place won; the money is freed by the effects of the règlement."""


@acte("resilier", Retrait)
def resilier(_cadre: Cadre, _dossier: Dossier, _donnees: Retrait) -> None:
    """Staff end a convention; the money is freed, or asked back, by the effects of the règlement."""
