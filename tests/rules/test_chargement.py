# ruff: noqa: E501 — one case a line: the tables are read across
"""Loading a règlement: what is refused, with which line, and what identifies it."""

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from rules.chargement import charger, charger_texte, depuis_texte_epingle
from rules.defauts import ReglementRefuse
from rules.yaml_borne import TAILLE_MAX, YamlRefuse, lire
from tests.rules.support import HABITAT, ligne_de, planter


def test_a_reglement_is_identified_by_its_bytes() -> None:
    charge = charger(HABITAT)
    assert charge.empreinte == hashlib.sha256(HABITAT.read_bytes()).hexdigest()
    assert charge.texte.encode() == HABITAT.read_bytes()


def test_the_text_pinned_is_read_once_and_gives_the_same_identity() -> None:
    texte = HABITAT.read_text(encoding="utf-8")
    assert depuis_texte_epingle(texte) is depuis_texte_epingle(str(texte))
    assert depuis_texte_epingle(texte).empreinte == charger(HABITAT).empreinte


def test_each_path_has_its_line() -> None:
    charge = charger(HABITAT)
    lignes = charge.texte.splitlines()
    for chemin in ("grille.criteres.2.poids", "sujets.dossier.etats.0.code", "parametres.plafond_etude", "recours"):
        attendu = chemin.rpartition(".")[2]
        assert attendu in lignes[charge.ligne(chemin) - 1], chemin
    assert charge.ligne("comite.inexistant.encore") == charge.ligne("comite")


def test_amounts_are_the_figures_written() -> None:
    parametres = charger(HABITAT).reglement.parametres
    assert parametres["taux_max_etude"].valeur == Decimal("0.80")
    assert parametres["taux_max_etude"].entier == 800
    assert parametres["plafond_etude"].entier == 5_000_00
    assert parametres["seuil_laureat"].entier == 60_000


def test_words_are_words_and_numbers_are_exact() -> None:
    valeur = lire("a: oui\nb: on\nc: 12:30:00\nd: 2026-01-02\ne: 0.10\nf: 'true'\ng: true\nh: ~\ni: 3\nj: '3'\n").valeur
    assert valeur == {
        "a": "oui",
        "b": "on",
        "c": "12:30:00",
        "d": "2026-01-02",
        "e": Decimal("0.10"),
        "f": "true",
        "g": True,
        "h": None,
        "i": 3,
        "j": "3",
    }


@pytest.mark.parametrize(
    ("texte", "ligne", "raison"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "écrite deux fois"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "étiquette"),
        ("a: 1\nb: !secret x\n", 2, "étiquette"),
        ("a: 1\nb: @c\n", 2, "caractère"),
        ("a:\n\tb: 2\n", 2, "caractère"),
        ("a: [1, 2\nb: 3\n", 2, "syntaxe"),
        ('a: 1\nb: "ouvert\n', 2, "jamais refermé"),
        ("a: *inconnu\n", 1, "ancre"),
        ("a: &a\n  b: *a\n", 2, "se contient lui-même"),
        ("a: 1\n---\nb: 2\n", 2, "plusieurs documents"),
        ("a: .nan\n", 1, "nombre lisible"),
        ("a: 1\nb: 1e400\n", 2, "nombre lisible"),
        ("? [a]\n: b\n", 1, "simple mot"),
        ("x: &x {a: 1}\ny:\n  <<: *x\n", 3, "simple mot"),
        ("", 1, "vide"),
        ("# rien\n", 1, "vide"),
        ("[" * 60 + "]" * 60, 1, "imbriqué"),
        ("a: 1\x00", 1, "caractère refusé"),
        ("a: " + "x" * TAILLE_MAX, 1, "dépasse"),
    ],
)
def test_a_document_that_is_not_plain_bounded_yaml_is_refused_with_its_line(
    texte: str, ligne: int, raison: str
) -> None:
    with pytest.raises(YamlRefuse) as refus:
        lire(texte)
    assert (refus.value.ligne, raison in refus.value.raison, bool(refus.value.remede)) == (ligne, True, True)


def test_an_alias_bomb_is_refused() -> None:
    etages = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    etages += [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    with pytest.raises(YamlRefuse, match="trop grand une fois déplié"):
        lire("\n".join(etages))


def test_an_honest_alias_is_a_copy() -> None:
    assert lire("a: &m [1, 2]\nb: *m\n").valeur == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize(
    ("avant", "apres", "raison", "remede"),
    [
        ("  quorum: 3\n", "  quorums: 3\n", "« quorums » n’existe pas ici", "« quorum »"),
        ("  quorum: 3\n", "  quorum: 3\n  vers: laureat\n", "« vers » n’existe pas ici", "mais pas à cet endroit"),
        ("  quorum: 3\n", "  quorum: 3\n  zzz: 1\n", "« zzz » n’existe pas ici", "Rubriques possibles ici : deport_obligatoire, hypothese, membres, quorum, source."),
        ("delai: {jours: 36}", "delai: {jour: 36}", "« jour » n’existe pas ici", "« jours »"),
        ("{effet: constater_reversement, nature: aide_etude}", "{effet: constater_reversement, natur: aide_etude}", "« natur » n’existe pas ici", "« nature »"),
        ("  quorum: 3\n", "  quorum: trois\n", "nombre entier", "sans virgule"),
        ("  quorum: 3\n", "  quorum: 0\n", "au moins 1", "Corrigez"),
        ("acte: accepter_place\n        roles", "acte: acepter_place\n        roles", "« acepter_place » n’est pas admis", "accepter_place"),
        ("{effet: clore_evaluations}", "{effet: clore_evaluation}", "l’effet « clore_evaluation » n’existe pas", "clore_evaluations"),
        ("{effet: clore_evaluations}", "{clore: evaluations}", "ne dit pas ce qu’il fait", "effet:"),
        ("  code: habitat_participatif\n", "  code: Habitat Participatif\n", "n’est pas un code", "etude_validee"),
        ("territoires: [QPV, NPNRU]", "territoires: []", "trop courte", "Complétez"),
        ('  version: "2026.1"\n', "  version: 2026\n", "doit être un texte", "guillemets"),
        ("recours: >-\n", "recouds: >-\n", "« recours » manque", "recours"),
    ],
)  # fmt: skip
def test_a_shape_error_is_told_in_french_where_it_stands(avant: str, apres: str, raison: str, remede: str) -> None:
    texte = planter(avant, apres)
    with pytest.raises(ReglementRefuse) as refus:
        charger_texte(texte, "essai.yaml")
    trouves = [d for d in refus.value.defauts if raison in d.raison]
    assert trouves, refus.value.defauts
    assert remede in trouves[0].remede
    if "manque" not in raison:
        lignes = range(ligne_de(texte, apres), ligne_de(texte, apres) + apres.count("\n") + 1)
        assert trouves[0].ligne in lignes


def test_a_file_that_cannot_be_read_or_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReglementRefuse, match="ne peut pas être lu"):
        charger(tmp_path / "absent.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nb: été\n".encode("latin-1"))
    with pytest.raises(ReglementRefuse, match="UTF-8") as refus:
        charger(latin)
    assert refus.value.defauts[0].ligne == 2


def test_a_byte_order_mark_is_forgiven(tmp_path: Path) -> None:
    fichier = tmp_path / "bom.yaml"
    fichier.write_bytes(b"\xef\xbb\xbf" + HABITAT.read_bytes())
    assert charger(fichier).reglement.programme.code == "habitat_participatif"


def test_windows_line_ends_keep_their_lines(tmp_path: Path) -> None:
    fichier = tmp_path / "crlf.yaml"
    fichier.write_bytes(HABITAT.read_bytes().replace(b"\n", b"\r\n"))
    assert charger(fichier).ligne("recours") == charger(HABITAT).ligne("recours")
