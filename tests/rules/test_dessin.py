"""The drawing of a workflow: every état in its phase, every passage an arrow, nothing over anything."""

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from rules.chargement import charger, charger_texte
from rules.dessin import SIGNES_PAR_LIGNE, dessiner_svg
from rules.dessin_rangs import etats_de_sortie, fleches, ranger
from rules.modele import Reglement
from tests.rules.support import RACINE, habitat, planter

SVG = "{http://www.w3.org/2000/svg}"
REGLEMENTS = [charger(fichier).reglement for fichier in sorted((RACINE / "rules").glob("*.yaml"))]
DESSINS = pytest.mark.parametrize(
    ("reglement", "kind"),
    [pytest.param(r, kind, id=f"{r.programme.code}-{kind}") for r in REGLEMENTS for kind in r.sujets],
)


def lire(reglement: Reglement, kind: str) -> ElementTree.Element:
    return ElementTree.fromstring(dessiner_svg(reglement, kind, "Le chemin"))


def textes(dessin: ElementTree.Element, classe: str) -> str:
    return " ".join(t.text or "" for t in dessin.iter(f"{SVG}text") if t.get("class") == classe)


@DESSINS
def test_every_etat_and_phase_is_named(reglement: Reglement, kind: str) -> None:
    dessin, workflow = lire(reglement, kind), reglement.workflow(kind)
    for etat in workflow.etats:
        assert etat.libelle in textes(dessin, "nom")
    utilisees = {etat.phase for etat in workflow.etats}
    assert all(p.libelle in textes(dessin, "phase") for p in reglement.phases if p.code in utilisees)


@DESSINS
def test_every_passage_is_an_arrow_or_is_written_in_the_box_it_leaves(reglement: Reglement, kind: str) -> None:
    dessin, workflow = lire(reglement, kind), reglement.workflow(kind)
    traits = [p for p in dessin.iter(f"{SVG}path") if p.get("marker-end")]
    assert len(traits) == len(fleches(workflow))
    titres = " | ".join((p.find(f"{SVG}title").text or "") for p in traits)  # type: ignore[union-attr]
    sorties = etats_de_sortie(workflow)
    for transition in workflow.transitions:
        if (
            transition.de
            and transition.vers
            and transition.vers not in sorties
            and set(transition.de) != {transition.vers}
        ):
            assert transition.libelle in titres
    ecrites = sum(len({t.vers for t in workflow.depuis(e.code)} & sorties) for e in workflow.etats)
    assert textes(dessin, "sortie").count("→") == ecrites


@DESSINS
def test_the_automatic_arrows_are_dashed_and_only_they(reglement: Reglement, kind: str) -> None:
    traits = [p for p in lire(reglement, kind).iter(f"{SVG}path") if p.get("marker-end")]
    assert [("automatique" in str(p.get("class"))) for p in traits] == [
        f.automatique for f in fleches(reglement.workflow(kind))
    ]


@DESSINS
def test_no_box_covers_another_or_leaves_the_picture(reglement: Reglement, kind: str) -> None:
    dessin = lire(reglement, kind)
    _, _, largeur, hauteur = (int(x) for x in str(dessin.get("viewBox")).split())
    boites = [
        tuple(int(str(rect.get(cote))) for cote in ("x", "y", "width", "height"))
        for rect in dessin.iter(f"{SVG}rect")
        if str(rect.get("class")).startswith("boite")
    ]
    assert len(boites) == len(reglement.workflow(kind).etats)
    assert all(x >= 0 and y >= 0 and x + w <= largeur and y + h <= hauteur for x, y, w, h in boites)
    for (x, y, w, h), (u, v, m, k) in combinations(boites, 2):
        assert x + w <= u or u + m <= x or y + h <= v or v + k <= y


@DESSINS
def test_an_arrow_passes_beside_the_boxes_of_the_rows_it_crosses(reglement: Reglement, kind: str) -> None:
    workflow = reglement.workflow(kind)
    rangs = ranger(workflow, reglement.phases, fleches(workflow))
    rang = rangs.rang()
    for trajet in rangs.trajets.values():
        assert all(abs(rang[un] - rang[deux]) == 1 for un, deux in pairwise(trajet))
        assert not {etat.code for etat in workflow.etats} & set(trajet[1:-1])


@DESSINS
def test_the_same_file_gives_the_same_drawing_without_a_fraction(reglement: Reglement, kind: str) -> None:
    dessin = dessiner_svg(reglement, kind, "Le chemin")
    assert dessin == dessiner_svg(reglement, kind, "Le chemin")
    assert not [p for p in ElementTree.fromstring(dessin).iter(f"{SVG}path") if "." in str(p.get("d"))]


def test_an_arrow_between_two_entrances_makes_one_of_them_go_under_the_other() -> None:
    retour = planter(
        "      # === 3. Candidature",
        "      - {code: retour, libelle: Revenir, article: art. 2, acte: completer, roles: [agent], "
        "de: [interet_exprime], vers: brouillon}\n      # === 3. Candidature",
    )
    reglement = charger_texte(retour, "essai.yaml").reglement
    workflow = reglement.workflow("dossier")
    rang = ranger(workflow, reglement.phases, fleches(workflow)).rang()
    assert rang["brouillon"] < rang["interet_exprime"]


def test_long_labels_stay_inside_their_box() -> None:
    texte = planter("libelle: Abandonné, final: true", "libelle: Abandonné par son porteur après une aide, final: true")
    dessin = lire(charger_texte(texte, "essai.yaml").reglement, "dossier")
    lignes = [t.text or "" for t in dessin.iter(f"{SVG}text") if t.get("class") in {"nom", "attend", "sortie"}]
    assert max(len(ligne) for ligne in lignes) <= SIGNES_PAR_LIGNE + 4
    assert "→ Abandonné par son porteur" in lignes


def test_labels_are_escaped() -> None:
    texte = planter("libelle: Fermer la liste complémentaire\n", "libelle: '<a> & \"b\"'\n")
    dessin = lire(charger_texte(texte, "essai.yaml").reglement, "dossier")
    titres = [titre.text for titre in dessin.iter(f"{SVG}title")]
    assert any('<a> & "b"' in (titre or "") for titre in titres)


def test_the_shipped_workflow_has_few_crossings() -> None:
    """Eight arrows at most cross on thirty états: beyond, the picture is not read any more."""
    workflow = habitat().reglement.workflow("dossier")
    rangs = ranger(workflow, habitat().reglement.phases, fleches(workflow))
    assert croisements(rangs.rangees, list(rangs.trajets.values())) <= 8


def croisements(rangees: list[list[str]], trajets: list[list[str]]) -> int:
    place = {noeud: (niveau, rang) for niveau, rangee in enumerate(rangees) for rang, noeud in enumerate(rangee)}
    traits = [sorted((place[un], place[deux])) for t in trajets for un, deux in pairwise(t)]
    return sum(1 for ((a, b), (_, d)), ((e, f), (_, h)) in combinations(traits, 2) if a == e and (b - f) * (d - h) < 0)
