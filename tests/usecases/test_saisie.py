"""What acts refuse of what people type, wherever they type it: days no campagne sees, texts that deceive the eye."""

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ami.actes import ACTES
from ami.agir import valider
from ami.erreurs import DonneesInvalides
from ami.imports_champs import lire_texte
from ami.saisie import Ligne, Paragraphe, ParagrapheLibre

JOURS = [
    (nom, champ)
    for nom, enregistre in sorted(ACTES.items())
    for champ, infos in enregistre.schema.model_fields.items()
    if "date" in str(infos.annotation)
]


def test_aucun_acte_n_accepte_un_jour_qu_aucune_campagne_ne_verra() -> None:
    assert len(JOURS) >= 12
    for acte, champ in JOURS:
        for jour in (date(1, 1, 1), date(1999, 12, 31), date(2101, 1, 1), date(9999, 12, 31)):
            saisi = f"{jour.isoformat()}T10:00:00" if champ == "date" else jour.isoformat()
            with pytest.raises(DonneesInvalides, match=f"{champ} : l'année {jour.year} est invraisemblable"):
                valider(ACTES[acte], {champ: saisi})


@pytest.mark.parametrize("piege", ["a\ufeffb", "\u202egnp.fdp", "x\u2066y", "\u200b", "\u2800\u3164", "\u00ad\u200d"])
@pytest.mark.parametrize("genre", [Ligne, Paragraphe, ParagrapheLibre])
def test_un_texte_qui_trompe_l_oeil_est_refuse(genre: Any, piege: str) -> None:
    with pytest.raises(ValidationError, match=r"invisible|rien de visible"):
        TypeAdapter(genre).validate_python(piege)


def test_ce_qui_s_ecrit_vraiment_est_garde() -> None:
    for texte in ("Les Terrasses 🌱", "住房", "مشروع\u200f", "👩\u200d👧", "L’été"):
        assert TypeAdapter(Ligne).validate_python(texte) == texte
    assert TypeAdapter(ParagrapheLibre).validate_python("") == ""
    with pytest.raises(ValueError, match="sens de lecture"):
        lire_texte("Trav\u202eaux")
