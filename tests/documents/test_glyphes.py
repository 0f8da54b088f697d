"""What a paper shows of any text: every sign drawn or marked, nothing cut off at the foot of a page."""

import json
from typing import Any

import pytest
import typst

from ami.documents import GABARITS, composer
from ami.erreurs import Refus
from ami.glyphes import dessinable

LETTRE = {
    "pied": "p",
    "organisme": "O",
    "contact": "c",
    "destinataire": "D",
    "structure": "",
    "date": "1er mai 2026",
    "reference": "R",
    "dossier": "T",
    "blocs": [],
}
SIGNES = "Les Terrasses 🌱, 👩\u200d👩\u200d👧 住房 \ufeff\ue143 café e\u0301 مشروع שלום Ωж ☐ a\u0bcd\U000e0041"


def test_what_no_font_draws_is_marked_and_the_rest_kept() -> None:
    assert dessinable("L’été à 12 000,50 € – « voilà »\n") == "L’été à 12 000,50 € – « voilà »\n"
    assert dessinable("Les Terrasses 🌱👩\u200d👩\u200d👧 住房 \ufeffΩж שלום") == "Les Terrasses □ □ Ωж שלום"


def test_a_letter_is_composed_whatever_signs_were_typed() -> None:
    textes = {nom: SIGNES if isinstance(valeur, str) else valeur for nom, valeur in LETTRE.items()}
    blocs = [{"genre": "titre", "texte": SIGNES}, {"genre": "puces", "lignes": [[SIGNES]]}]
    assert composer("lettre", {**textes, "objet": SIGNES, "blocs": blocs}).startswith(b"%PDF")
    with pytest.raises(Refus, match="un titre ou un intitulé est vide"):
        composer("lettre", {**LETTRE, "objet": ""})


def minutes(motif: str, deport: str = "Parente") -> dict[str, Any]:
    decision = {"dossier": "HP26-0001", "titre": "P", "faits": [["Décision", "Non retenu"]], "votes": [], "ecart": ""}
    return {
        "titre": "Procès-verbal",
        "organisme": "O",
        "pied": "p",
        "seance": [["Lieu", "Paris"]],
        "membres": [["A", "B", "Présent"]],
        "quorum": "ok",
        "deports": [["HP26-0001", "C", deport]],
        "proposition": "aucune",
        "resume": [["HP26-0001", "P", "Non retenu", ""]],
        "sans_decision": [],
        "decisions": [{**decision, "motif": motif}, {**decision, "motif": motif}],
    }


def pages(donnees: dict[str, Any]) -> int:
    rendu: Any = typst.compile(
        str(GABARITS / "proces_verbal.typ"),
        root=str(GABARITS),
        format="png",
        ppi=5,
        sys_inputs={"donnees": json.dumps(donnees)},
        ignore_system_fonts=True,
    )
    return len(rendu) if isinstance(rendu, list) else 1


def test_minutes_go_on_over_as_many_pages_as_their_words_need() -> None:
    phrase = "Le comité relève une faiblesse du projet, expliquée longuement ici.\n"
    court, long, double = (pages(minutes(phrase * n)) for n in (1, 140, 280))
    assert court <= 2
    assert long >= court + 4  # two motifs of 9,500 signs, each over two pages and more
    assert double >= 2 * long - 2  # what was cut off added no page
    assert pages(minutes("x", phrase * 140)) >= court + 4
