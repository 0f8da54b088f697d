"""The pack: the same inputs give the same bytes, it recomputes from itself alone, and any changed digit is named."""

import json
import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from ami.choix.bareme import bareme_du_reglement, regles_du_reglement
from ami.choix.calcul import calculer, sensibilites
from ami.choix.donnees import Candidat, EnveloppeChoix, Notation, QuotaChoix
from ami.choix.optimum import optimiser, redire_optimum
from ami.choix.pack import (
    DECISIONS,
    DONNEES,
    MANIFESTE,
    REGLEMENT,
    RESULTATS,
    SENSIBILITES,
    Decision,
    DeportSeance,
    Donnees,
    Pack,
    PackIllisible,
    Parametres,
    Scenario,
    Seance,
    VoteSeance,
    archiver,
    canonique,
    en_fichiers,
    ouvrir,
)
from ami.choix.verification import verifier_pack
from rules.chargement import charger
from tests.support.sources import RACINE

JOUR = datetime(2026, 3, 1, tzinfo=UTC)
MEMBRES = ("Habitat Participatif France", "RAHP", "ANCT", "Union sociale pour l’habitat", "Fondation Abbé Pierre")


@cache
def un_pack() -> Pack:
    """Twelve dossiers, three evaluators each, under the real règlement."""
    charge = charger(RACINE / "rules" / "habitat_participatif_2026.yaml")
    bareme, hasard = bareme_du_reglement(charge.reglement), random.Random(5)
    candidats = tuple(
        Candidat(
            dossier=f"HP26-{rang:04}",
            depose_le=JOUR + timedelta(hours=rang),
            cout=Decimal(40_000),
            montant=Decimal(hasard.randint(8_000, 15_000)),
            region=hasard.choice(["Occitanie", "Bretagne"]),
            territoires=("QPV",),
        )
        for rang in range(1, 13)
    )
    notations = tuple(
        Notation(
            dossier=c.dossier,
            evaluateur=f"évaluateur {e}",
            notes={critere.code: Decimal(hasard.randint(4, 10)) / 2 for critere in bareme.criteres},
        )
        for c in candidats
        for e in hasard.sample(range(1, 7), 3)
    )
    enveloppe = EnveloppeChoix(code="projets", financeur="Agence", montant=Decimal(60_000))
    regles = regles_du_reglement(charge.reglement, [enveloppe], 6)
    donnees = Donnees(
        campagne="hp-2026",
        arretee_a="2026-12-08T17:00:00+00:00",
        bareme=bareme,
        regles=regles,
        candidats=candidats,
        notations=notations,
    )
    quota = QuotaChoix(code="bretagne", libelle="Bretagne", champ="region", valeur="Bretagne", minimum=2)
    autrement = regles.model_copy(update={"quotas": (quota,)})
    classement = calculer(donnees).classement
    scenario = Scenario(
        nom="deux en Bretagne", regles=autrement, proposition=optimiser(classement, candidats, autrement)
    )
    parametres = Parametres(ecart_poids="0.20", tirages=40, graine=2026)
    return Pack(
        reglement=charge.texte,
        donnees=donnees,
        resultats=calculer(donnees, [scenario]),
        seances=(
            Seance(
                code="c1",
                tenue_le="2026-12-08T09:00:00+00:00",
                lieu="Paris",
                membres=MEMBRES,
                presents=MEMBRES[:4],
                deports=(DeportSeance(dossier="HP26-0007", membre=MEMBRES[0], motif="Financeur"),),
                votes=tuple(
                    VoteSeance(dossier="HP26-0007", acte="deliberer", membre=membre, sens=sens, decision="laureat")
                    for membre, sens in zip(MEMBRES[1:4], ("pour", "pour", "contre"), strict=True)
                ),
            ),
        ),
        decisions=(
            Decision(
                dossier="HP26-0007", decision="laureat", rang=0, montant="9000.00", motif="Bon projet", comite="c1"
            ),
        ),
        parametres=parametres,
        sensibilites=sensibilites(donnees, parametres),
    )


def fichiers() -> dict[str, bytes]:
    return ouvrir(archiver(en_fichiers(un_pack())))


def verifier(contenus: Mapping[str, bytes]) -> list[str]:
    """With the few draws of these packs: many forgeries are tried."""
    return verifier_pack(contenus, tirages_min=1)


def test_un_pack_se_recalcule_de_lui_meme() -> None:
    assert verifier(fichiers()) == []


def test_les_memes_donnees_donnent_les_memes_octets() -> None:
    assert archiver(en_fichiers(un_pack())) == archiver(dict(reversed(en_fichiers(un_pack()).items())))


CHIFFRE = re.compile(rb"[0-9]")


@pytest.mark.parametrize("nom", [*en_fichiers(un_pack()), MANIFESTE])
def test_un_chiffre_change_n_importe_ou_nomme_son_fichier(nom: str) -> None:
    """Every tenth digit of the file, and always the last."""
    contenu = fichiers()[nom]
    places = [trouve.start() for trouve in CHIFFRE.finditer(contenu)]
    for place in {*places[:: max(1, len(places) // 10)], places[-1]}:
        autre = b"%d" % ((int(contenu[place : place + 1]) + 1) % 10)
        abime = {**fichiers(), nom: contenu[:place] + autre + contenu[place + 1 :]}
        ecarts = verifier(abime)
        assert ecarts, place
        if nom != MANIFESTE:
            assert any(nom in ecart for ecart in ecarts), (place, ecarts)


def falsifier(nom: str, chemin: list[str | int], valeur: object) -> dict[str, bytes]:
    """Change a value, then seal the archive again: only the recomputation can tell."""
    contenus = en_fichiers(un_pack())
    document = json.loads(contenus[nom])
    cible = document
    for pas in chemin[:-1]:
        cible = cible[pas]
    assert cible[chemin[-1]] != valeur
    cible[chemin[-1]] = valeur
    return ouvrir(archiver({**contenus, nom: canonique(document)}))


@pytest.mark.parametrize(
    ("nom", "chemin", "valeur", "dit"),
    [
        (RESULTATS, ["classement", 0, "total"], "99.999", r"classement, n° 1, total : écrit 99\.999, recalculé"),
        (RESULTATS, ["severites", 2, "ecart"], "12.000", r"severites, n° 3, ecart"),
        (RESULTATS, ["selection", "total_notes"], "1.000", r"selection, total_notes"),
        (RESULTATS, ["selection", "retenus", 0, "montant"], "1.00", r"selection, retenus, n° 1, montant"),
        (
            RESULTATS,
            ["scenarios", 0, "proposition", "total_notes"],
            "900.000",
            r"scénario « deux en Bretagne », total_notes",
        ),
        (
            RESULTATS,
            ["scenarios", 0, "regles", "places"],
            1,
            r"scénario « deux en Bretagne » : \d retenus pour 1 places",
        ),
        (RESULTATS, ["scenarios", 0, "regles", "enveloppes", 0, "montant"], "1.00", r"l'enveloppe « projets »"),
        (DONNEES, ["notations", 0, "notes", "mixite"], "0.0", RESULTATS),
        (DONNEES, ["bareme", "criteres", 0, "poids"], "11", r"donnees\.json, bareme, criteres, n° 1, poids"),
        (DONNEES, ["candidats", 0, "montant"], "1.00", RESULTATS),
        (SENSIBILITES, ["sensibilites", 0, "rangs", 0, "selection"], "0.010", r"poids, HP26-\d+ : probabilité"),
    ],
)
def test_un_resultat_falsifie_et_rescelle_est_nomme(
    nom: str, chemin: list[str | int], valeur: object, dit: str
) -> None:
    ecarts = verifier(falsifier(nom, chemin, valeur))
    assert any(re.search(dit, ecart) for ecart in ecarts), ecarts
    assert not any("manifeste" in ecart for ecart in ecarts)


def test_un_reglement_dont_un_poids_change_est_nomme() -> None:
    contenus = en_fichiers(un_pack())
    texte = (
        contenus[REGLEMENT].decode().replace("poids: 12, eliminatoire_sous: 2", "poids: 13, eliminatoire_sous: 2", 1)
    )
    ecarts = verifier(ouvrir(archiver({**contenus, REGLEMENT: texte.encode()})))
    assert any("bareme, criteres" in ecart for ecart in ecarts)


@pytest.mark.parametrize(
    ("abimer", "dit"),
    [
        (lambda tous: {n: c for n, c in tous.items() if n != DONNEES}, DONNEES),
        (lambda tous: {**tous, "autre.txt": b"?"}, "autre.txt"),
        (lambda tous: {n: c for n, c in tous.items() if n != MANIFESTE}, MANIFESTE),
    ],
)
def test_un_fichier_de_trop_ou_de_moins_est_nomme(abimer: object, dit: str) -> None:
    ecarts = verifier(abimer(fichiers()))  # type: ignore[operator]
    assert any(dit in ecart for ecart in ecarts)


def test_une_archive_abimee_le_dit_sans_trace_technique() -> None:
    archive = bytearray(archiver(en_fichiers(un_pack())))
    for contenu in (b"", b"PK", b"un texte", bytes(archive[: len(archive) // 2])):
        with pytest.raises(PackIllisible):
            ouvrir(contenu)
    archive[len(archive) // 3] ^= 1
    with pytest.raises(PackIllisible, match="abîmé"):
        ouvrir(bytes(archive))


def test_un_optimum_qui_tient_mais_n_est_pas_le_meilleur_est_nomme() -> None:
    """A forger who leaves one dossier out, and tells all that follows from it as the engine would."""
    pack = un_pack()
    scenario = pack.resultats.scenarios[0]
    ampute = scenario.proposition.model_copy(update={"retenus": scenario.proposition.retenus[:-1]})
    redite = redire_optimum(pack.resultats.classement, pack.donnees.candidats, scenario.regles, ampute)
    faux = pack.resultats.model_copy(update={"scenarios": (scenario.model_copy(update={"proposition": redite}),)})
    ecarts = verifier(ouvrir(archiver(en_fichiers(pack.model_copy(update={"resultats": faux})))))
    assert len(ecarts) == 1
    assert re.search(r"« deux en Bretagne », total_notes : écrit [\d.]+, le meilleur est [\d.]+", ecarts[0])


@pytest.mark.parametrize(
    ("chemin", "valeur", "dit"),
    [
        (["candidats", 1, "dossier"], "HP26-0001", "HP26-0001 y est 2 fois"),
        (["notations", 0, "dossier"], "HP26-9999", "est noté et n'est pas candidat"),
        (["notations", 0, "notes", "mixite"], "9.0", "hors de l'échelle"),
        (["regles", "seuil"], "40", r"donnees\.json, regles, seuil : écrit 40, recalculé 60"),
    ],
)
def test_des_donnees_qui_se_contredisent_sont_nommees_sans_trace(
    chemin: list[str | int], valeur: object, dit: str
) -> None:
    assert any(re.search(dit, ecart) for ecart in verifier(falsifier(DONNEES, chemin, valeur)))


def test_une_clef_ecrite_deux_fois_est_nommee() -> None:
    """A reader sees the first value, a parser keeps the last."""
    contenus = en_fichiers(un_pack())
    double = contenus[DECISIONS].replace(b'  "montant"', b'  "montant": "99.00",\n  "montant"', 1)
    ecarts = verifier(ouvrir(archiver({**contenus, DECISIONS: double})))
    assert [ecart.split(" :")[0] for ecart in ecarts] == ["decisions.json, ligne 7"]
