"""How firm a ranking is: draws that anybody can draw again, and ranks that say what was seen."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from ami.choix.donnees import Bareme, Candidat, Classe, CritereChoix, Notation
from ami.choix.sensibilite import Sensibilite, par_tirage, sans_un_evaluateur, selon_les_poids

BAREME = Bareme(
    note_min=Decimal(0),
    note_max=Decimal(5),
    criteres=(CritereChoix(code="c0", poids=Decimal(50)), CritereChoix(code="c1", poids=Decimal(50))),
    non_applicable="redistribuer",
)


def candidats(*noms: str) -> list[Candidat]:
    jour = datetime(2026, 3, 1, tzinfo=UTC)
    return [Candidat(dossier=nom, depose_le=jour, cout=Decimal(1), montant=Decimal(1)) for nom in noms]


def note(dossier: str, evaluateur: str, c0: str, c1: str) -> Notation:
    return Notation(dossier=dossier, evaluateur=evaluateur, notes={"c0": Decimal(c0), "c1": Decimal(c1)})


def le_premier(classes: Sequence[Classe]) -> set[str]:
    return {classe.dossier for classe in classes if classe.rang == 1}


def resume(sensibilite: Sensibilite) -> dict[str, tuple[int, int, int, Decimal]]:
    return {f.dossier: (f.rang, f.meilleur, f.pire, f.selection) for f in sensibilite.rangs}


NOTES = [note("D1", "A", "5", "1"), note("D2", "A", "1", "4.9"), note("D3", "A", "0", "0")]


def poids(ecart: str, graine: int = 7, notes: Sequence[Notation] = NOTES) -> Sensibilite:
    return selon_les_poids(
        BAREME, candidats("D1", "D2", "D3"), notes, le_premier, ecart=Decimal(ecart), tirages=200, graine=graine
    )


def test_des_poids_inchanges_ne_changent_aucun_rang() -> None:
    assert resume(poids("0")) == {
        "D1": (1, 1, 1, Decimal(1)),
        "D2": (2, 2, 2, Decimal(0)),
        "D3": (3, 3, 3, Decimal(0)),
    }
    assert poids("0").bascules == ()


def test_d_autres_poids_font_basculer_deux_dossiers_proches_et_eux_seuls() -> None:
    lue = poids("0.2")
    assert {f.dossier: (f.meilleur, f.pire) for f in lue.rangs} == {"D1": (1, 2), "D2": (1, 2), "D3": (3, 3)}
    assert [(b.avant, b.apres) for b in lue.bascules] == [("D1", "D2")]
    assert sum(f.selection for f in lue.rangs) == 1


def test_la_meme_graine_tire_les_memes_rangs_dans_n_importe_quel_ordre_de_lignes() -> None:
    assert poids("0.2") == poids("0.2", notes=list(reversed(NOTES)))
    assert poids("0.2") != poids("0.2", graine=8)


def test_sans_l_evaluateur_qui_le_portait_un_dossier_perd_son_rang() -> None:
    notes = [note("D1", "A", "5", "5"), note("D1", "B", "2", "2"), note("D2", "B", "3", "3"), note("D2", "C", "3", "3")]
    lue = sans_un_evaluateur(BAREME, candidats("D1", "D2"), notes, le_premier)
    assert lue.tirages == 3
    assert resume(lue)["D1"] == (1, 1, 2, Decimal("0.667"))


def test_un_dossier_lu_d_un_seul_evaluateur_garde_sa_place_quand_on_l_ote() -> None:
    notes = [note("D1", "A", "5", "5"), note("D2", "B", "3", "3")]
    assert resume(sans_un_evaluateur(BAREME, candidats("D1", "D2"), notes, le_premier))["D1"] == (1, 1, 1, Decimal(1))


def test_le_tirage_de_notes_identiques_ne_montre_aucun_doute() -> None:
    notes = [note(d, e, n, n) for d, n in (("D1", "4"), ("D2", "3")) for e in "ABC"]
    lue = par_tirage(BAREME, candidats("D1", "D2"), notes, le_premier, tirages=50, graine=1)
    assert resume(lue) == {"D1": (1, 1, 1, Decimal(1)), "D2": (2, 2, 2, Decimal(0))}


def test_le_tirage_de_notes_partagees_en_montre_un() -> None:
    notes = [note("D1", e, n, n) for e, n in zip("ABC", ("5", "3", "1.1"), strict=True)]
    notes += [note("D2", e, "3", "3") for e in "ABC"]
    lue = par_tirage(BAREME, candidats("D1", "D2"), notes, le_premier, tirages=400, graine=1)
    chances = {f.dossier: f.selection for f in lue.rangs}
    assert Decimal("0.3") < chances["D1"] < Decimal("0.7")
    assert chances["D1"] + chances["D2"] == 1
    assert lue.tolerance == Decimal("0.100")
