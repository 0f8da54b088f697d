"""Who reads what: against every possible assignment, tried one by one, on small instances."""

from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami.choix.affectation import Demande, Lecteur, Paire, Repartition, RepartitionImpossible, repartir

Cas = tuple[list[Demande], list[Lecteur], dict[Paire, int], set[Paire], set[Paire]]


@st.composite
def cas(tirer: st.DrawFn) -> Cas:
    demandes = [Demande(dossier=f"D{i}", nombre=tirer(st.integers(1, 2))) for i in range(tirer(st.integers(1, 3)))]
    lecteurs = [
        Lecteur(
            evaluateur=f"E{i}",
            charge=tirer(st.integers(0, 2)),
            charge_max=tirer(st.sampled_from([None, None, 2, 3])),
        )
        for i in range(tirer(st.integers(1, 4)))
    ]
    paires = [(d.dossier, e.evaluateur) for d in demandes for e in lecteurs]
    aptitudes = {paire: tirer(st.integers(0, 5)) for paire in paires}
    exclus = set(tirer(st.lists(st.sampled_from(paires), max_size=4)))
    actuelles = set(tirer(st.lists(st.sampled_from(paires), max_size=3)))
    return demandes, lecteurs, aptitudes, exclus, actuelles


def toutes(un: Cas) -> list[set[Paire]]:
    """Every assignment that gives each dossier its number, without conflict, within what evaluators accept."""
    demandes, lecteurs, _, exclus, _ = un
    lots = []
    for demande in demandes:
        libres = [e.evaluateur for e in lecteurs if (demande.dossier, e.evaluateur) not in exclus]
        lots.append([[(demande.dossier, e) for e in lot] for lot in combinations(libres, demande.nombre)])
    possibles = [{paire for lot in choix for paire in lot} for choix in product(*lots)]
    return [
        p for p in possibles if all(e.charge_max is None or c <= max(e.charge_max, e.charge) for e, c in charges(un, p))
    ]


def charges(un: Cas, paires: set[Paire]) -> list[tuple[Lecteur, int]]:
    comptes = Counter(e for _, e in paires)
    return [(lecteur, lecteur.charge + comptes[lecteur.evaluateur]) for lecteur in un[1]]


def merite(un: Cas, paires: set[Paire]) -> tuple[int, int, int]:
    _, _, aptitudes, _, actuelles = un
    lus = [charge for _, charge in charges(un, paires)]
    return len(paires & actuelles), -(max(lus) - min(lus)), sum(aptitudes[paire] for paire in paires)


@settings(max_examples=150)
@given(cas())
def test_aucune_autre_repartition_ne_fait_mieux(un: Cas) -> None:
    possibles = toutes(un)
    if not possibles:
        with pytest.raises(RepartitionImpossible):
            repartir(*un)
        return
    trouvee = repartir(*un)
    assert set(trouvee.paires) in possibles
    assert merite(un, set(trouvee.paires)) == max(merite(un, p) for p in possibles)
    assert trouvee.prouvee
    assert (trouvee.gardees, -trouvee.ecart, trouvee.aptitude) == merite(un, set(trouvee.paires))
    assert trouvee.charges == {lecteur.evaluateur: charge for lecteur, charge in charges(un, set(trouvee.paires))}


def grand(dossiers: int, lecteurs: int) -> tuple[list[Demande], list[Lecteur], dict[Paire, int]]:
    demandes = [Demande(dossier=f"D{i:03}", nombre=3) for i in range(dossiers)]
    noms = [Lecteur(evaluateur=f"E{i:02}") for i in range(lecteurs)]
    aptitudes = {
        (d.dossier, e.evaluateur): (i * 7 + j * 13) % 11 for i, d in enumerate(demandes) for j, e in enumerate(noms)
    }
    return demandes, noms, aptitudes


def test_la_charge_est_egale_a_une_evaluation_pres() -> None:
    repartition = repartir(*grand(40, 9))
    assert repartition.ecart <= 1
    assert len(repartition.paires) == 120


def test_apres_un_deport_seul_ce_qui_doit_bouger_bouge() -> None:
    demandes, lecteurs, aptitudes = grand(20, 8)
    avant = repartir(demandes, lecteurs, aptitudes)
    perdue = avant.paires[0]
    apres = repartir(demandes, lecteurs, aptitudes, {perdue}, set(avant.paires) - {perdue})
    assert perdue not in apres.paires
    assert apres.gardees == len(avant.paires) - 1


def test_la_meme_demande_donne_la_meme_repartition_dans_n_importe_quel_ordre() -> None:
    demandes, lecteurs, aptitudes = grand(12, 6)

    def lue(un: list[Demande], autre: list[Lecteur]) -> Repartition:
        return repartir(un, autre, aptitudes)

    assert lue(demandes[::-1], lecteurs[::-1]) == lue(demandes, lecteurs)


@pytest.mark.parametrize(
    ("lecteurs", "exclus", "raison"),
    [
        ([Lecteur(evaluateur="A"), Lecteur(evaluateur="B")], {("D1", "B")}, r"D1 \(1 sur 2\)"),
        ([], set(), r"D1 \(0 sur 2\)"),
        (
            [Lecteur(evaluateur="A", charge=3, charge_max=3), Lecteur(evaluateur="B", charge_max=1)],
            set(),
            "4 évaluations sont demandées et les évaluateurs n'en acceptent plus que 1",
        ),
        (
            [Lecteur(evaluateur=e, charge_max=2 if e != "C" else 0) for e in "ABC"]
            + [Lecteur(evaluateur="Z", charge_max=9)],
            {("D1", "A"), ("D2", "A"), ("D1", "Z"), ("D2", "B")},
            "ne laissent aucune répartition possible",
        ),
    ],
)
def test_une_repartition_impossible_dit_pourquoi(lecteurs: list[Lecteur], exclus: set[Paire], raison: str) -> None:
    demandes = [Demande(dossier="D1", nombre=2), Demande(dossier="D2", nombre=2)]
    with pytest.raises(RepartitionImpossible, match=raison):
        repartir(demandes, lecteurs, {}, exclus)
