"""Nothing is declared for nothing: paramètres and contrôles are used, and every rule quotes its article."""

from collections.abc import Iterator
from typing import Final

from rules.defauts import Defaut
from rules.examen import Examen, Verification
from rules.verif_sources import chemins_lus


def parametres_utilises(examen: Examen) -> Iterator[Defaut]:
    """A figure is used by an expression, or named by another rule (the ceiling of an aid), or says why it is not."""
    cites = _cites(examen, "parametres")
    for _, bloc in examen.blocs:
        cites |= {mot for nom, mot in bloc if nom != "code" and isinstance(mot, str)}
    for code, parametre in examen.reglement.parametres.items():
        if code not in cites and parametre.sans_effet is None:
            raison = f"aucune règle n’utilise le paramètre « {code} » : le changer ne changerait rien"
            remede = f"Citez-le (parametres.{code}), retirez-le, ou dites « sans_effet: <pourquoi> »."
            yield examen.avertissement(f"parametres.{code}", raison, remede)
        if code in cites and parametre.sans_effet is not None:
            raison = f"le paramètre « {code} » est dit sans effet, mais une règle l’utilise"
            yield examen.avertissement(f"parametres.{code}.sans_effet", raison, "Retirez « sans_effet ».")


def controles_utilises(examen: Examen) -> Iterator[Defaut]:
    """A contrôle is named by a transition or counted by an expression."""
    cites = _cites(examen, "controles") | {place.transition.controle for place in examen.transitions()}
    for nom in examen.reglement.controles:
        if nom not in cites:
            raison = f"aucune transition n’utilise le contrôle « {nom} »"
            yield examen.avertissement(f"controles.{nom}", raison, "Nommez-le (controle: …), ou retirez-le.")


def articles_dits(examen: Examen) -> Iterator[Defaut]:
    """Every rule that may be quoted to a person names its article."""
    for chemin, bloc in examen.blocs:
        if "article" in type(bloc).model_fields and getattr(bloc, "article", None) is None:
            nom = getattr(bloc, "code", None) or chemin.rpartition(".")[2]
            raison = f"« {nom} » ne dit pas de quel article du règlement il vient"
            yield examen.avertissement(chemin, raison, 'Ajoutez « article: "art. …" ».')


def _cites(examen: Examen, racine: str) -> set[str | None]:
    """The names read just under a root of the context, in any expression."""
    return {chemin.split(".")[1] for chemin in chemins_lus(examen) if chemin.startswith(f"{racine}.")}


VERIFICATIONS: Final[tuple[Verification, ...]] = (
    parametres_utilises,
    controles_utilises,
    articles_dits,
)
