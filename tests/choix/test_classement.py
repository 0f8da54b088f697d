"""Scores, ranks and severity against a computation of their own, in plain Python, on random notes."""

import random
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami.choix.classement import classer, regrouper
from ami.choix.donnees import Bareme, Candidat, Classe, CritereChoix, Notation, RegleDepartage
from ami.choix.severite import severites, totaux_corriges

DEBUT = datetime(2026, 3, 1, tzinfo=UTC)
DEPARTAGES = [
    RegleDepartage(selon="note_critere", critere="c0"),
    RegleDepartage(selon="depot"),
    RegleDepartage(selon="montant"),
    RegleDepartage(selon="cout"),
]
Jeu = tuple[Bareme, list[Candidat], list[Notation]]


@st.composite
def jeux(tirer: st.DrawFn) -> Jeu:
    """A few dossiers with coarse notes: equal totals are frequent, and so are critères without object."""
    codes = [f"c{rang}" for rang in range(tirer(st.integers(1, 4)))]
    plus_bas, plus_haut = tirer(st.sampled_from([(0, 5), (1, 5), (0, 20)]))
    bareme = Bareme(
        note_min=Decimal(plus_bas),
        note_max=Decimal(plus_haut),
        criteres=tuple(
            CritereChoix(
                code=code,
                poids=Decimal(tirer(st.integers(1, 40))),
                eliminatoire_sous=tirer(st.sampled_from([None, Decimal(2)])),
            )
            for code in codes
        ),
        non_applicable=tirer(st.sampled_from(["redistribuer", "zero", "interdit"])),
        departage=tuple(tirer(st.permutations(DEPARTAGES))[: tirer(st.integers(0, 4))]),
    )
    dossiers = [f"D{rang}" for rang in range(tirer(st.integers(1, 7)))]
    candidats = [
        Candidat(
            dossier=d,
            depose_le=DEBUT + timedelta(hours=tirer(st.integers(0, 3))),
            cout=Decimal(tirer(st.integers(1, 3))),
            montant=Decimal(tirer(st.integers(1, 3))),
        )
        for d in dossiers
    ]
    notes = [bareme.note_min, Decimal("1.99"), Decimal("2.5"), Decimal(3), bareme.note_max]
    # Where « not applicable » is forbidden, nobody could have written it.
    note = st.sampled_from(notes if bareme.non_applicable == "interdit" else [None, *notes])
    notations = [
        Notation(dossier=d, evaluateur=e, notes={code: tirer(note) for code in codes})
        for d in dossiers
        for e in ("A", "B", "C")[: tirer(st.integers(0, 3))]
    ]
    return bareme, candidats, notations


def moyenne_a_la_main(bareme: Bareme, lot: list[Notation], code: str) -> Fraction | None:
    notes = [n.notes[code] for n in lot]
    if bareme.non_applicable == "zero":
        notes = [bareme.note_min if note is None else note for note in notes]
    donnees = [Fraction(str(note)) for note in notes if note is not None]
    return sum(donnees, Fraction(0)) / len(donnees) if donnees else None


def total_a_la_main(bareme: Bareme, lot: list[Notation]) -> Decimal:
    """Out of 100, with sixty digits, then rounded half up to the thousandth."""
    with localcontext() as contexte:
        contexte.prec = 60
        haut = bas = Decimal(0)
        for critere in bareme.criteres:
            moyenne = moyenne_a_la_main(bareme, lot, critere.code)
            if moyenne is not None:
                note = Decimal(moyenne.numerator) / moyenne.denominator
                haut += critere.poids * (note - bareme.note_min) / (bareme.note_max - bareme.note_min)
                bas += critere.poids
        total = haut / bas * 100 if bas else Decimal(0)
        return round(total, 40).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)


def rang_a_la_main(jeu: Jeu) -> list[tuple[str, int | None]]:
    """Each dossier's rank: one more than those that beat it, compared two by two."""
    bareme, candidats, notations = jeu
    lots = {c.dossier: [n for n in notations if n.dossier == c.dossier] for c in candidats}
    en_lice = []
    for candidat in candidats:
        lot = lots[candidat.dossier]
        moyennes = {c.code: moyenne_a_la_main(bareme, lot, c.code) for c in bareme.criteres}
        barre = any(
            c.eliminatoire_sous is not None
            and (m := moyennes[c.code]) is not None
            and m < Fraction(c.eliminatoire_sous)
            for c in bareme.criteres
        )
        if lot and not barre:
            en_lice.append((candidat, total_a_la_main(bareme, lot), moyennes))

    def bat(
        un: tuple[Candidat, Decimal, dict[str, Fraction | None]],
        autre: tuple[Candidat, Decimal, dict[str, Fraction | None]],
    ) -> bool:
        if un[1] != autre[1]:
            return un[1] > autre[1]
        for regle in bareme.departage:
            if regle.selon == "note_critere":
                a, b = (x[2][regle.critere or ""] for x in (un, autre))
                a, b = (Fraction(-1) if x is None else x for x in (a, b))
                if a != b:
                    return a > b
                continue
            champ = {"depot": "depose_le", "montant": "montant", "cout": "cout"}[regle.selon]
            if getattr(un[0], champ) != getattr(autre[0], champ):
                return bool(getattr(un[0], champ) < getattr(autre[0], champ))
        return un[0].dossier < autre[0].dossier

    rangs = {un[0].dossier: 1 + sum(bat(autre, un) for autre in en_lice if autre is not un) for un in en_lice}
    return [(c.dossier, rangs.get(c.dossier)) for c in candidats]


def rangs(classes: list[Classe]) -> dict[str, int | None]:
    return {classe.dossier: classe.rang for classe in classes}


@given(jeux())
def test_scores_et_rangs_sont_ceux_d_un_calcul_independant(jeu: Jeu) -> None:
    bareme, candidats, notations = jeu
    classes = classer(bareme, candidats, notations)
    assert rangs(classes) == dict(rang_a_la_main(jeu))
    for classe in classes:
        lot = [n for n in notations if n.dossier == classe.dossier]
        assert classe.total == (total_a_la_main(bareme, lot) if lot else None)
    ranges = [classe for classe in classes if classe.rang is not None]
    fiches = {c.dossier: c for c in candidats}
    for avant, apres in pairwise(ranges):
        parte = premiere_difference(jeu, fiches[avant.dossier], fiches[apres.dossier])
        assert apres.departage == (parte if avant.total == apres.total else None)


def premiere_difference(jeu: Jeu, un: Candidat, autre: Candidat) -> str:
    """The name of the first tie-break that two dossiers do not share; their numbers always differ."""
    bareme, _, notations = jeu
    champs = {"depot": "depose_le", "montant": "montant", "cout": "cout"}
    for regle in bareme.departage:
        if regle.selon == "note_critere":
            lots = ([n for n in notations if n.dossier == c.dossier] for c in (un, autre))
            a, b = (moyenne_a_la_main(bareme, lot, regle.critere or "") for lot in lots)
            if a != b:
                return f"note_critere:{regle.critere}"
        elif getattr(un, champs[regle.selon]) != getattr(autre, champs[regle.selon]):
            return regle.selon
    return "numero"


@given(jeux(), st.randoms(use_true_random=False))
def test_l_ordre_des_lignes_des_evaluateurs_et_des_criteres_ne_change_rien(jeu: Jeu, hasard: random.Random) -> None:
    bareme, candidats, notations = jeu
    avant = classer(bareme, candidats, notations)
    criteres = list(bareme.criteres)
    for liste in (candidats, notations, criteres):
        hasard.shuffle(liste)
    noms = dict(zip("ABC", hasard.sample("ABC", 3), strict=True))
    renommees = [n.model_copy(update={"evaluateur": noms[n.evaluateur]}) for n in notations]
    apres = classer(bareme.model_copy(update={"criteres": tuple(criteres)}), candidats, renommees)
    assert rangs(apres) == rangs(avant)
    assert {c.dossier: c.total for c in apres} == {c.dossier: c.total for c in avant}


def une_note(dossier: str, evaluateur: str, *notes: str | None) -> Notation:
    lues = {f"c{rang}": None if note is None else Decimal(note) for rang, note in enumerate(notes)}
    return Notation(dossier=dossier, evaluateur=evaluateur, notes=lues)


def bareme_simple(**options: object) -> Bareme:
    base = {
        "note_min": Decimal(0),
        "note_max": Decimal(5),
        "criteres": tuple(CritereChoix(code=f"c{rang}", poids=Decimal(50)) for rang in range(2)),
        "non_applicable": "redistribuer",
    }
    return Bareme.model_validate(base | options)


def candidat(dossier: str, heure: int = 0) -> Candidat:
    return Candidat(dossier=dossier, depose_le=DEBUT + timedelta(hours=heure), cout=Decimal(10), montant=Decimal(5))


def test_a_egalite_la_regle_qui_a_tranche_est_nommee() -> None:
    bareme = bareme_simple(departage=({"selon": "note_critere", "critere": "c1"}, {"selon": "depot"}))
    notations = [une_note("D1", "A", "4", "2"), une_note("D2", "A", "2", "4"), une_note("D3", "A", "2", "4")]
    classes = classer(bareme, [candidat("D1"), candidat("D2", 5), candidat("D3", 2)], notations)
    assert [(c.dossier, c.departage) for c in classes] == [("D3", None), ("D2", "depot"), ("D1", "note_critere:c1")]


def test_une_note_eliminatoire_ote_le_rang_et_garde_la_note() -> None:
    criteres = ({"code": "c0", "poids": 50, "eliminatoire_sous": 2}, {"code": "c1", "poids": 50})
    classes = classer(
        bareme_simple(criteres=criteres),
        [candidat("D1"), candidat("D2")],
        [une_note("D1", "A", "1", "5"), une_note("D2", "A", "2", "2")],
    )
    assert [(c.dossier, c.rang, c.total, c.eliminatoires) for c in classes] == [
        ("D2", 1, Decimal("40.000"), ()),
        ("D1", None, Decimal("60.000"), ("c0",)),
    ]


# --- sévérité ---------------------------------------------------------------------------------------------------------


def test_un_evaluateur_severe_de_dix_points_est_vu_et_corrige() -> None:
    """B reads everything half a note (ten points) lower; who is read by B must not lose by it."""
    vrais = {"D1": Decimal(4), "D2": Decimal(3), "D3": Decimal(2), "D4": Decimal("3.1")}
    lecteurs = {"D1": "AB", "D2": "AC", "D3": "BC", "D4": "AB"}
    notations = [
        une_note(d, e, *[str(vrais[d] - (Decimal("0.5") if e == "B" else 0))] * 2)
        for d, lot in lecteurs.items()
        for e in lot
    ]
    bareme = bareme_simple()
    lues = {s.evaluateur: s.ecart for s in severites(bareme, regrouper(notations))}
    assert lues["A"] - lues["B"] == Decimal(10)
    assert lues["C"] - lues["B"] == Decimal(10)
    corriges = totaux_corriges(bareme, regrouper(notations))
    assert corriges["D4"] - corriges["D2"] == 2_000  # in truth 0.1 note, that is two points, above
    sans = rangs(classer(bareme, [candidat(d) for d in vrais], notations))
    avec = rangs(classer(bareme_simple(correction_severite=True), [candidat(d) for d in vrais], notations))
    assert (sans["D4"], sans["D2"]) == (3, 2)
    assert (avec["D4"], avec["D2"]) == (2, 3)


def test_deux_evaluateurs_que_rien_ne_relie_ne_se_comparent_pas() -> None:
    notations = [une_note("D1", "A", "1", "1"), une_note("D2", "B", "5", "5")]
    lues = severites(bareme_simple(), regrouper(notations))
    assert [(s.evaluateur, s.ecart, s.groupe, s.notations) for s in lues] == [
        ("A", Decimal(0), 1, 1),
        ("B", Decimal(0), 2, 1),
    ]


@given(jeux(), st.randoms(use_true_random=False))
def test_la_severite_ne_depend_pas_de_l_ordre_des_lignes(jeu: Jeu, hasard: random.Random) -> None:
    bareme, _, notations = jeu
    avant = severites(bareme, regrouper(notations))
    hasard.shuffle(notations)
    assert severites(bareme, regrouper(notations)) == avant


@pytest.mark.parametrize("donnees", [[], [une_note("D1", "A", None, None)]])
def test_rien_a_noter_ne_fait_rien_echouer(donnees: list[Notation]) -> None:
    assert [c.rang for c in classer(bareme_simple(correction_severite=True), [candidat("D1")], donnees)] == [
        1 if donnees else None
    ]
