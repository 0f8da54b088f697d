"""A règlement as one HTML page a jurist can proofread: no network, no script, prints well, reads on a telephone.

The sentences come from `rules.paroles`, the drawing from `rules.dessin`; this lays them out. The same file gives the
same page.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from notifications.textes import typographie
from rules.chargement import ReglementCharge
from rules.dessin import dessiner_svg
from rules.francais import capitaliser, decapiter, enumerer
from rules.modele import Reglement
from rules.mots_effets import FIN_DU_JOUR
from rules.paroles import A_CONFIRMER, Paroles

DOSSIER: Final = Path(__file__).parent / "gabarits"
CENT: Final = Decimal(100)  # the score is out of it
# The sections of the page that stand for a part of the règlement, with the field they need.
SECTIONS: Final[tuple[tuple[str, str, str], ...]] = (
    ("programme", "Le programme", "programme"),
    ("roles", "Qui est qui", "sujets"),
    ("chemin", "Les chemins", "sujets"),
    ("chiffres", "Les chiffres", "parametres"),
    ("phases", "Les phases, acte par acte", "phases"),
    ("controles", "Les contrôles", "controles"),
    ("pieces", "Les pièces", "pieces"),
    ("formulaires", "Les formulaires", "formulaires"),
    ("volets", "Les parties de l’étude", "volets"),
    ("echeances", "Les échéances et les rappels", "echeances"),
    ("grille", "La grille et les seuils", "grille"),
    ("selection", "La proposition de sélection", "selection"),
    ("comite", "Le comité", "comite"),
    ("aides", "Les aides", "aides"),
    ("avances", "Ce qui peut être versé avant le solde", "plafonds_versement"),
    ("minimis", "La règle de minimis", "minimis"),
    ("indicateurs", "Les indicateurs", "indicateurs"),
    ("copies", "La copie de l’équipe", "copie_suivi"),
    ("conservation", "La conservation des dossiers", "conservation"),
    ("recours", "Les voies de recours", "recours"),
    ("donnees", "Les données personnelles", "mention_donnees"),
)


def page_reglement(charge: ReglementCharge, messages: Mapping[str, str]) -> str:
    """The whole page. `messages` gives the title of each message of the catalogue by its code."""
    reglement = charge.reglement
    dire = Paroles(reglement, messages)
    grille = reglement.grille
    page = _environnement().get_template("reglement.html.j2")
    rendu = page.render(
        r=reglement,
        dire=dire,
        style=Markup((DOSSIER / "reglement.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        sommaire=[(ancre, titre) for ancre, titre, champ in SECTIONS if getattr(reglement, champ, None)],
        dessins={kind: _dessin(reglement, dire, kind) for kind in reglement.sujets},
        seuils=[chiffre for chiffre in reglement.parametres.values() if chiffre.unite == "points"],
        total_des_poids=sum((critere.poids for critere in grille.criteres), Decimal(0)) if grille else Decimal(0),
        cent=CENT,
        a_confirmer=A_CONFIRMER,
        fin_du_jour=FIN_DU_JOUR,
        origine=Path(charge.origine).name,
        empreinte=charge.empreinte,
        capitaliser=capitaliser,
        decapiter=decapiter,
        enumerer=enumerer,
        nombre=nombre,
        est_lien=est_lien,
    )
    tete, separateur, corps = rendu.partition("<body>")
    return tete + separateur + typographie(corps)


def nombre(valeur: Decimal) -> str:
    """A note or a weight, without useless zeros."""
    return str(format_decimal(valeur, "#,##0.###", locale="fr_FR"))


def est_lien(lien: str | None) -> bool:
    """True for a web link: any other address is shown, not followed."""
    return lien is not None and lien.startswith(("https://", "http://"))


def _dessin(reglement: Reglement, dire: Paroles, kind: str) -> Markup:
    """The drawing is already SVG whose texts are escaped."""
    return Markup(dessiner_svg(reglement, kind, f"Le chemin {dire.sujet(kind)}"))  # noqa: S704


@cache
def _environnement() -> Environment:
    return Environment(
        loader=FileSystemLoader(DOSSIER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_apostrophes,
        trim_blocks=False,
    )


def _apostrophes(valeur: object) -> object:
    """The typographic apostrophe everywhere, whoever wrote the label."""
    return valeur.replace("'", "’") if isinstance(valeur, str) and not isinstance(valeur, Markup) else valeur
