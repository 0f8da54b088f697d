"""The selection: in rank order, told stop by stop; and the optimum, against every possible selection."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ami.choix.donnees import Candidat, Classe, EnveloppeChoix, Proposition, QuotaChoix, ReglesSelection, Reserve
from ami.choix.optimum import SelectionImpossible, cout_de_retenir, optimiser
from ami.choix.remedes import reclasser, remedes
from ami.choix.selection import selectionner_par_rang

JOUR = datetime(2026, 3, 1, tzinfo=UTC)
Cas = tuple[list[Classe], list[Candidat], ReglesSelection]


def candidat(dossier: str, montant: str = "10", **champs: object) -> Candidat:
    base = {"dossier": dossier, "depose_le": JOUR, "cout": Decimal(100), "montant": Decimal(montant)}
    return Candidat.model_validate(base | champs)


def classes(*totaux: tuple[str, str]) -> list[Classe]:
    return [Classe(dossier=d, rang=rang, total=Decimal(total)) for rang, (d, total) in enumerate(totaux, 1)]


def enveloppe(montant: str, code: str = "general", reserve: tuple[str, str] | None = None) -> EnveloppeChoix:
    earmark = Reserve.model_validate({"champ": reserve[0], "valeur": reserve[1]}) if reserve else None
    return EnveloppeChoix(code=code, financeur="Agence", montant=Decimal(montant), reserve=earmark)


def regles(*enveloppes: EnveloppeChoix, **options: object) -> ReglesSelection:
    return ReglesSelection.model_validate({"seuil": Decimal(50), "enveloppes": enveloppes, **options})


def gardes(proposition: Proposition) -> list[str]:
    return [retenu.dossier for retenu in proposition.retenus]


def causes(proposition: Proposition) -> dict[str, str]:
    return {ecarte.dossier: ecarte.cause for ecarte in proposition.ecartes}


# --- dans l'ordre des rangs -------------------------------------------------------------------------------------------

QUATRE = classes(("D1", "90"), ("D2", "80"), ("D3", "70"), ("D4", "40"))
FICHES = [candidat(d) for d in ("D1", "D2", "D3", "D4")]


def test_on_descend_le_classement_jusqu_aux_places() -> None:
    proposition = selectionner_par_rang(QUATRE, FICHES, regles(enveloppe("100"), places=2))
    assert gardes(proposition) == ["D1", "D2"]
    assert causes(proposition) == {"D3": "places", "D4": "seuil"}
    assert proposition.ecartes[1].aurait_suffi == "10 points de plus, pour atteindre le seuil."
    assert (proposition.total_notes, proposition.total_montants) == (Decimal(170), Decimal(20))


def test_nul_ne_double_celui_pour_qui_l_argent_manque() -> None:
    fiches = [candidat("D1", "60"), candidat("D2", "50"), candidat("D3", "10"), candidat("D4")]
    proposition = selectionner_par_rang(QUATRE, fiches, regles(enveloppe("100")))
    assert gardes(proposition) == ["D1"]
    assert causes(proposition) == {"D2": "enveloppe", "D3": "enveloppe", "D4": "seuil"}
    assert "40,00" in proposition.ecartes[0].raison


def test_une_enveloppe_reservee_sert_encore_ceux_a_qui_elle_est_reservee() -> None:
    fiches = [candidat("D1", "60"), candidat("D2", "50"), candidat("D3", "10", region="Sud"), candidat("D4")]
    enveloppes = (enveloppe("100"), enveloppe("10", "sud", ("region", "Sud")))
    proposition = selectionner_par_rang(QUATRE, fiches, regles(*enveloppes))
    assert gardes(proposition) == ["D1", "D3"]
    assert proposition.retenus[1].parts == {"sud": Decimal(10)}


def test_le_maximum_d_un_quota_passe_son_tour_et_pas_celui_des_autres() -> None:
    fiches = [candidat("D1", region="Sud"), candidat("D2", region="Sud"), candidat("D3", region="Nord"), candidat("D4")]
    quota = QuotaChoix(code="par_region", libelle="Région", champ="region", maximum=1)
    proposition = selectionner_par_rang(QUATRE, fiches, regles(enveloppe("100"), quotas=(quota,)))
    assert gardes(proposition) == ["D1", "D3"]
    assert causes(proposition)["D2"] == "par_region"


def test_un_minimum_que_le_rang_ne_donne_pas_est_dit() -> None:
    quota = QuotaChoix(code="qpv", libelle="Quartiers prioritaires", champ="territoire", valeur="QPV", minimum=2)
    proposition = selectionner_par_rang(QUATRE, FICHES, regles(enveloppe("100"), quotas=(quota,)))
    assert proposition.alertes == ("Quartiers prioritaires (QPV) : 0 retenu(s), au moins 2 attendu(s).",)


def test_une_aide_peut_baisser_jusqu_a_son_plancher_et_pas_dessous() -> None:
    fiches = [candidat("D1", "60"), candidat("D2", "50", plancher=Decimal(40)), candidat("D3"), candidat("D4")]
    pleine = selectionner_par_rang(QUATRE, fiches, regles(enveloppe("100"), partiel=True))
    assert [(r.dossier, r.montant) for r in pleine.retenus] == [("D1", Decimal(60)), ("D2", Decimal(40))]
    courte = selectionner_par_rang(QUATRE, fiches, regles(enveloppe("99.99"), partiel=True))
    assert gardes(courte) == ["D1"]


def test_le_plafond_et_le_taux_bornent_l_aide() -> None:
    fiches = [candidat("D1", "99"), candidat("D2", "99", cout=Decimal("33.33")), candidat("D3"), candidat("D4")]
    proposition = selectionner_par_rang(
        QUATRE, fiches, regles(enveloppe("500"), plafond=Decimal(50), taux_max=Decimal("0.8"))
    )
    assert [r.montant for r in proposition.retenus] == [Decimal(50), Decimal("26.66"), Decimal(10)]


def test_sans_rang_la_raison_est_dite() -> None:
    ici = [
        Classe(dossier="D1", rang=None, total=Decimal(90), eliminatoires=("a", "b")),
        Classe(dossier="D2", rang=None, total=None),
    ]
    proposition = selectionner_par_rang(ici, FICHES, regles(enveloppe("100")))
    assert causes(proposition) == {"D1": "eliminatoire", "D2": "sans_note"}
    assert "« a », « b »" in proposition.ecartes[0].raison


# --- l'optimum --------------------------------------------------------------------------------------------------------


@st.composite
def cas(tirer: st.DrawFn) -> Cas:
    nombre = tirer(st.integers(1, 6))
    totaux = sorted(tirer(st.lists(st.integers(45, 60), min_size=nombre, max_size=nombre)), reverse=True)
    noms = tirer(st.permutations([f"D{i}" for i in range(nombre)]))
    partiel = tirer(st.booleans())
    candidats = [
        candidat(
            nom,
            str(tirer(st.integers(1, 6))),
            cout=Decimal(tirer(st.integers(3, 12))),
            region=tirer(st.sampled_from(["Nord", "Sud", "Est"])),
            territoires=tuple(tirer(st.sets(st.sampled_from(["NPNRU", "QPV"])))),
            axe=tirer(st.sampled_from(["social", "energie"])),
            plancher=tirer(st.sampled_from([None, Decimal(1), Decimal(2)])),
        )
        for nom in noms
    ]
    enveloppes = [enveloppe(str(tirer(st.integers(1, 14))))]
    if tirer(st.booleans()):
        enveloppes.append(enveloppe(str(tirer(st.integers(1, 6))), "sud", ("region", "Sud")))
    if tirer(st.booleans()):
        enveloppes.append(enveloppe(str(tirer(st.integers(1, 6))), "fondation"))
    quotas = []
    if tirer(st.booleans()):
        quotas.append(QuotaChoix(code="axe", libelle="Axe", champ="axe", valeur="energie", minimum=1))
    if tirer(st.booleans()):
        quotas.append(
            QuotaChoix(
                code="region",
                libelle="Région",
                champ="region",
                minimum=tirer(st.sampled_from([None, 1])),
                maximum=tirer(st.sampled_from([None, 1, 2])),
            )
        )
    if tirer(st.booleans()):
        part = tirer(st.sampled_from([Decimal("0.3"), Decimal("0.5")]))
        borne = tirer(st.sampled_from(["part_min", "part_max"]))
        qpv = {"code": "qpv", "libelle": "QPV", "champ": "territoire", "valeur": "QPV", borne: part}
        quotas.append(QuotaChoix.model_validate(qpv))
    bornes = {
        "places": tirer(st.sampled_from([None, 2, 3])),
        "plafond": tirer(st.sampled_from([None, Decimal("4.50")])),
        "taux_max": tirer(st.sampled_from([None, Decimal("0.55")])),
    }
    classement = classes(*zip(noms, map(str, totaux), strict=True))
    return classement, candidats, regles(*enveloppes, quotas=tuple(quotas), partiel=partiel, **bornes)


def sous_ensembles(elements: Iterable[str]) -> Iterator[frozenset[str]]:
    liste = list(elements)
    for taille in range(len(liste) + 1):
        yield from map(frozenset, combinations(liste, taille))


def montants(un: Cas, dossiers: frozenset[str], *, minimum: bool) -> dict[str, Decimal]:
    _, candidats, r = un
    aide = r.aide_minimale if minimum else r.aide_due
    return {c.dossier: aide(c) for c in candidats if c.dossier in dossiers}


def ouvertes(un: Cas, dossier: str) -> frozenset[str]:
    _, candidats, r = un
    fiche = next(c for c in candidats if c.dossier == dossier)
    return frozenset(e.code for e in r.enveloppes if e.ouverte_a(fiche))


def financable(un: Cas, dossiers: frozenset[str]) -> bool:
    """Hall: for any set of enveloppes, those who can only draw there do not need more than it holds."""
    besoins = montants(un, dossiers, minimum=True)
    contenu = {e.code: e.montant for e in un[2].enveloppes}
    for lot in sous_ensembles(contenu):
        captifs = sum((b for d, b in besoins.items() if ouvertes(un, d) <= lot), Decimal(0))
        if captifs > sum((contenu[e] for e in lot), Decimal(0)):
            return False
    return True


def plus_grande_aide(un: Cas, dossiers: frozenset[str]) -> Decimal:
    """The smallest cut: enveloppes emptied on one side, dossiers fully served on the other."""
    dus = montants(un, dossiers, minimum=False)
    contenu = {e.code: e.montant for e in un[2].enveloppes}
    return min(
        sum((contenu[e] for e in lot), Decimal(0))
        + sum((m for d, m in dus.items() if ouvertes(un, d) - lot), Decimal(0))
        for lot in sous_ensembles(contenu)
    )


def quotas_tenus(un: Cas, dossiers: frozenset[str]) -> bool:
    _, candidats, r = un
    for quota in r.quotas:
        presentes = {v for c in candidats for v in c.valeurs(quota.champ)}
        for valeur in presentes if quota.valeur is None else {quota.valeur}:
            compte = sum(c.dossier in dossiers and valeur in c.valeurs(quota.champ) for c in candidats)
            if quota.minimum is not None and compte < quota.minimum:
                return False
            if quota.maximum is not None and compte > quota.maximum:
                return False
            part = Fraction(compte, len(dossiers)) if dossiers else None
            if part is not None and quota.part_min is not None and part < Fraction(quota.part_min):
                return False
            if part is not None and quota.part_max is not None and part > Fraction(quota.part_max):
                return False
    return True


def possibles(un: Cas) -> list[frozenset[str]]:
    classement, _, r = un
    en_jeu = [c.dossier for c in classement if c.total is not None and c.total >= r.seuil]
    return [
        lot
        for lot in sous_ensembles(en_jeu)
        if (r.places is None or len(lot) <= r.places) and quotas_tenus(un, lot) and financable(un, lot)
    ]


def merite(un: Cas, lot: frozenset[str]) -> tuple[Decimal, int, tuple[bool, ...]]:
    """Total score; then fewest left out above a kept one; then the lowest numbers."""
    classement, _, r = un
    en_jeu = [c for c in classement if c.total is not None and c.total >= r.seuil]
    departs = sum(
        c.dossier not in lot and any(apres.dossier in lot for apres in en_jeu[rang + 1 :])
        for rang, c in enumerate(en_jeu)
    )
    total = sum((c.total or Decimal(0) for c in en_jeu if c.dossier in lot), Decimal(0))
    return total, -departs, tuple(d in lot for d in sorted(c.dossier for c in en_jeu))


@settings(max_examples=500)
@given(cas())
def test_l_optimum_est_le_meilleur_de_tous_les_choix_possibles(un: Cas) -> None:
    tous = possibles(un)
    if not tous:
        with pytest.raises(SelectionImpossible):
            optimiser(*un)
        return
    proposition = optimiser(*un)
    attendu = max(tous, key=lambda lot: merite(un, lot))
    assert set(gardes(proposition)) == attendu
    assert proposition.prouve
    assert proposition.total_montants == plus_grande_aide(un, attendu)
    assert proposition.alertes == ()
    _argent_bien_tire(un, proposition)


def _argent_bien_tire(un: Cas, proposition: Proposition) -> None:
    fiches = {c.dossier: c for c in un[1]}
    for e in un[2].enveloppes:
        assert sum((r.parts.get(e.code, Decimal(0)) for r in proposition.retenus), Decimal(0)) <= e.montant
        assert all(e.ouverte_a(fiches[r.dossier]) for r in proposition.retenus if e.code in r.parts)
    for retenu in proposition.retenus:
        fiche = fiches[retenu.dossier]
        assert un[2].aide_minimale(fiche) <= retenu.montant == sum(retenu.parts.values()) <= un[2].aide_due(fiche)


@settings(max_examples=150)
@given(cas())
def test_les_points_qui_auraient_suffi_suffisent_et_un_de_moins_ne_suffit_pas(un: Cas) -> None:
    classement, candidats, r = un
    try:
        proposition = optimiser(*un)
    except SelectionImpossible:
        assume(False)
    for ecarte in proposition.ecartes:
        perte = cout_de_retenir(classement, candidats, r, ecarte.dossier)
        if ecarte.cause != "optimum" or perte is None:
            continue
        assert ecarte.dossier in gardes(
            optimiser(_rehausser(classement, ecarte.dossier, perte + Decimal("0.001")), candidats, r)
        )
        if perte > 0:
            moins = _rehausser(classement, ecarte.dossier, perte - Decimal("0.001"))
            assert ecarte.dossier not in gardes(optimiser(moins, candidats, r))


def _rehausser(classement: list[Classe], dossier: str, points: Decimal) -> list[Classe]:
    """The same ranks: only the score changes, which is what the optimum adds up."""
    return [
        c.model_copy(update={"total": (c.total or Decimal(0)) + points}) if c.dossier == dossier else c
        for c in classement
    ]


def test_un_minimum_sans_candidat_est_nomme() -> None:
    quota = QuotaChoix(code="qpv", libelle="Quartiers prioritaires", champ="territoire", valeur="QPV", minimum=2)
    with pytest.raises(SelectionImpossible, match="Quartiers prioritaires"):
        optimiser(QUATRE, FICHES, regles(enveloppe("100"), quotas=(quota,)))


# --- ce qui aurait suffi ----------------------------------------------------------------------------------------------


def textes(classement: list[Classe], fiches: list[Candidat], r: ReglesSelection, dossier: str) -> list[str]:
    return [
        remede.texte.replace("\u202f", " ").replace("\xa0", " ") for remede in remedes(classement, fiches, r, dossier)
    ]


def test_ce_qui_aurait_suffi_est_dit_par_le_plus_petit_changement() -> None:
    r = regles(enveloppe("25"), places=2)
    assert textes(QUATRE, FICHES, r, "D3") == ["10,001 points de plus, soit 80,001/100"]
    assert textes(QUATRE, FICHES, regles(enveloppe("25")), "D3") == [
        "10,001 points de plus, soit 80,001/100",
        "5,00 € de plus dans l'enveloppe « general »",
    ]
    assert textes(QUATRE, FICHES, regles(enveloppe("100"), places=2), "D3")[1:] == ["1 place de plus"]
    assert textes(QUATRE, FICHES, regles(enveloppe("100")), "D4") == ["10 points de plus, soit 50/100"]


def test_une_note_eliminatoire_ne_se_rattrape_pas() -> None:
    ici = [Classe(dossier="D1", rang=None, total=Decimal(90), eliminatoires=("a",))]
    assert remedes(ici, FICHES, regles(enveloppe("100")), "D1") == []


@settings(max_examples=200)
@given(cas())
def test_chaque_remede_suffit_quand_on_choisit_de_nouveau(un: Cas) -> None:
    classement, fiches, r = un
    for ecarte in selectionner_par_rang(classement, fiches, r).ecartes:
        for remede in remedes(classement, fiches, r, ecarte.dossier):
            autres, autrement = classement, r
            total = next(c.total for c in classement if c.dossier == ecarte.dossier) or Decimal(0)
            match remede.genre:
                case "note":
                    autres = reclasser(classement, ecarte.dossier, total + remede.valeur)
                case "places":
                    autrement = r.model_copy(update={"places": (r.places or 0) + int(remede.valeur)})
                case "enveloppe":
                    enveloppes = tuple(
                        e.model_copy(update={"montant": e.montant + remede.valeur}) if e.code == remede.sur else e
                        for e in r.enveloppes
                    )
                    autrement = r.model_copy(update={"enveloppes": enveloppes})
                case "quota":
                    quotas = tuple(
                        q.model_copy(update={"maximum": (q.maximum or 0) + int(remede.valeur)})
                        if q.code == remede.sur
                        else q
                        for q in r.quotas
                    )
                    autrement = r.model_copy(update={"quotas": quotas})
            assert ecarte.dossier in gardes(selectionner_par_rang(autres, fiches, autrement)), remede
