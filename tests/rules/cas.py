"""A defect planted in the règlement shipped, and what the checker must say of it."""

from dataclasses import dataclass

from rules.rapport import presenter
from tests.rules.support import defauts_de, ligne_de, planter


@dataclass(frozen=True)
class Cas:
    """`avant` is replaced by `apres`; the defect must stand on the line of `repere` and its reason hold `raison`."""

    nom: str
    avant: str
    apres: str
    repere: str
    raison: str
    gravite: str = "erreur"

    def __str__(self) -> str:
        return self.nom.replace(" ", "-")


def controler(cas: Cas) -> None:
    """The defect is named on its line, with its gravity, its reason and a remedy."""
    texte = planter(cas.avant, cas.apres)
    attendue = ligne_de(texte, cas.repere)
    defauts = defauts_de(texte)
    trouves = [d for d in defauts if cas.raison in d.raison and d.ligne == attendue]
    assert trouves, f"line {attendue} expected among:\n{presenter(defauts)}"
    assert {d.gravite for d in trouves} == {cas.gravite}
    assert all(d.fichier == "essai.yaml" and d.chemin and d.remede for d in trouves)
