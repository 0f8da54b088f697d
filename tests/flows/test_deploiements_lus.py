"""The deployments file as the runner and the commands read it: who sweeps a phase, what is wrong with a bad file."""

from pathlib import Path

import pytest

from ami.deploiements import DeploiementsInvalides, deploiement_de_phase, lire_deploiements

FICHIER = """
deployments:
  - {name: pousses, entrypoint: flows/balayage.py:balayage, parameters: {phase: pepiniere}}
  - {name: balayage, entrypoint: flows/balayage.py:balayage}
"""


def _fichier(dossier: Path, texte: str) -> Path:
    fichier = dossier / "deploiements.yaml"
    fichier.write_text(texte, encoding="utf-8")
    return fichier


@pytest.mark.parametrize(("phase", "nom"), [("pepiniere", "balayage/pousses"), ("arrosage", "balayage/balayage")])
def test_une_phase_a_son_flux_ou_le_generique(tmp_path: Path, phase: str, nom: str) -> None:
    deploiements = lire_deploiements(_fichier(tmp_path, FICHIER))
    assert deploiement_de_phase(deploiements, phase).nom_complet == nom


def test_sans_flux_generique_une_phase_sans_le_sien_est_dite(tmp_path: Path) -> None:
    deploiements = lire_deploiements(_fichier(tmp_path, FICHIER))[:1]
    with pytest.raises(DeploiementsInvalides, match="Aucun flux ne balaie la phase « arrosage »"):
        deploiement_de_phase(deploiements, "arrosage")


@pytest.mark.parametrize(
    ("texte", "raison"),
    [
        ("deployments: []", "doit contenir une liste"),
        ("deployments: [{name: x}]", "entrée n° 1, « entrypoint »"),
        ("deployments: [{name: x, entrypoint: n'importe quoi}]", "entrée n° 1, « entrypoint »"),
        ("deployments: [", "n'est pas un YAML lisible"),
    ],
)
def test_un_fichier_faux_dit_ce_qui_ne_va_pas(tmp_path: Path, texte: str, raison: str) -> None:
    with pytest.raises(DeploiementsInvalides, match=raison):
        lire_deploiements(_fichier(tmp_path, texte))


def test_un_fichier_absent_est_dit(tmp_path: Path) -> None:
    with pytest.raises(DeploiementsInvalides, match="ne peut pas être lu"):
        lire_deploiements(tmp_path / "absent.yaml")
