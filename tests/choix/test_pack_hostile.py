"""Packs made to have « identique » said of them: impossible decisions, votes, optimums, draws and names."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ami.choix.calcul import calculer, sensibilites
from ami.choix.decisions import decisions_intenables
from ami.choix.donnees import Proposition
from ami.choix.optimum import redire_optimum
from ami.choix.pack import (
    DONNEES,
    MANIFESTE,
    RESULTATS,
    TIRAGES_MIN,
    AccordSeance,
    Decision,
    DeportSeance,
    Pack,
    PackIllisible,
    Seance,
    VoteSeance,
    archiver,
    ecarts_du_manifeste,
    en_fichiers,
    ouvrir,
)
from ami.choix.verification import non_prouves, verifier_pack
from rules.chargement import charger_texte
from tests.support.sources import RACINE

from .test_pack import MEMBRES, fichiers, un_pack, verifier


def seance(code: str, presents: int, votes: Sequence[VoteSeance] = (), **autres: Any) -> Seance:
    """Of the règlement's five seats, the first ones are held."""
    return Seance(
        code=code,
        tenue_le="2026-12-08T09:00:00+00:00",
        lieu="Paris",
        membres=MEMBRES,
        presents=MEMBRES[:presents],
        votes=tuple(votes),
        **autres,
    )


def decidee(numero: int, decision: str = "laureat", montant: str = "9000.00", **autres: Any) -> Decision:
    return Decision(
        dossier=f"HP26-{numero:04}",
        decision=decision,
        montant=montant,
        **{"rang": 0, "motif": "Bon projet", "comite": "c1", **autres},
    )


def voix(numero: int, decision: str, sens: str, acte: str = "deliberer") -> list[VoteSeance]:
    """p(our), c(ontre), a(bstention), by the first seats in turn."""
    dit = {"p": "pour", "c": "contre", "a": "abstention"}
    return [
        VoteSeance(dossier=f"HP26-{numero:04}", acte=acte, membre=membre, sens=dit[s], decision=decision)
        for membre, s in zip(MEMBRES, sens, strict=False)
    ]


def dit_de(decisions: Sequence[Decision], seances: Sequence[Seance], pack: Pack | None = None) -> list[str]:
    """What is said of decisions put in an honest pack."""
    forge = (pack or un_pack()).model_copy(update={"decisions": tuple(decisions), "seances": tuple(seances)})
    reglement = charger_texte(forge.reglement, "reglement.yaml").reglement
    return list(decisions_intenables(forge, calculer(forge.donnees), reglement))


def une_seance() -> Seance:
    """Five votes on five dossiers: adopted, rejected, tied, on another decision, adopted by one who left."""
    dites = ((1, "laureat", "ppc"), (2, "laureat", "pcc"), (3, "laureat", "pca"), (4, "non_retenu", "ppp"))
    votes = [vote for numero, decision, sens in dites for vote in voix(numero, decision, sens)]
    votes += [
        *voix(9, "laureat", "pp"),
        *voix(5, "laureat", "pcac"),
        *voix(6, "favorable", "ccc", "examiner_participation"),
    ]
    sorti = DeportSeance(dossier="HP26-0005", membre=MEMBRES[0], motif="Financeur")
    accord = AccordSeance(dossier="HP26-0010", acte="deliberer", decision="ajourne")
    return seance("c1", 4, votes, deports=(sorti,), accords=(accord,))


def test_des_decisions_impossibles_sont_nommees_chacune_pour_sa_raison() -> None:
    attendus = {
        decidee(1): None,
        decidee(2): "n'a pas été adopté, 1 pour et 2 contre",
        decidee(3): "n'a pas été adopté, 1 pour et 1 contre",
        decidee(4): "« c1 » s'est dit sur « non_retenu », pas sur « laureat »",
        decidee(5): "n'a pas été adopté, 0 pour et 2 contre",
        decidee(6): None,  # what was voted is a participation
        decidee(8, montant="9999999.00"): "9999999.00 € accordés, ",
        decidee(9): "2 voix sur « laureat », il en faut 3",
        decidee(11, "ami"): "« ami » n'est pas une décision que le règlement ouvre",
        decidee(10): "« c1 » s'est dit sur « ajourne », pas sur « laureat »",
        decidee(12, comite="c2"): "2 membre(s) de « c2 » en ont jugé, le quorum est de 3",
        decidee(7, "liste_complementaire"): "Indiquez le rang du dossier dans la liste complémentaire. (art. 8.2)",
        decidee(9999): "décidé sans être candidat",
    }
    pack = un_pack()
    candidats = tuple(c.model_copy(update={"montant": max(c.montant, 15_000)}) for c in pack.donnees.candidats)
    pack = pack.model_copy(update={"donnees": pack.donnees.model_copy(update={"candidats": candidats})})
    dits = dit_de(list(attendus), [une_seance(), seance("c2", 2)], pack)
    for decision, attendu in attendus.items():
        siens = [dit for dit in dits if decision.dossier in dit]
        assert len(siens) == (attendu is not None), (decision.dossier, siens)
        assert attendu is None or attendu in siens[0]
    (plafond,) = dit_de([decidee(7, montant="15000.01")], [une_seance()], pack)
    assert "dépasse le plafond de" in plafond
    (orpheline,) = dit_de([decidee(1, comite="")], [une_seance()])
    assert "aucune séance de seances.json ne l'a prise" in orpheline


def test_s_ecarter_du_scenario_choisi_sans_dire_pourquoi_est_nomme() -> None:
    pack = un_pack()
    choisi = pack.resultats.scenarios[0].model_copy(update={"choisi": True})
    pack = pack.model_copy(update={"resultats": pack.resultats.model_copy(update={"scenarios": (choisi,)})})
    retenus = {r.dossier for r in choisi.proposition.retenus}
    dedans = int(min(retenus)[-4:])
    dehors = int(min({c.dossier for c in pack.donnees.candidats} - retenus)[-4:])
    muettes = [decidee(dehors), decidee(dedans, "non_retenu", "0.00")]
    dits = dit_de(muettes, [seance("c1", 3)], pack)
    assert [dit.split(",")[1].strip()[-4:] for dit in dits] == [f"{dehors:04}", f"{dedans:04}"]
    assert all("écrivez la raison de cet écart" in dit for dit in dits)
    depuis = seance("c2", 3).model_copy(update={"tenue_le": "2026-12-15T09:00:00+00:00"})
    suite = decidee(dedans, comite="c2")
    assert not dit_de([muettes[0], suite], [seance("c1", 3), depuis], pack)  # c1 may have started from another scenario
    assert not dit_de([d.model_copy(update={"ecart": "Un quartier oublié."}) for d in muettes], [seance("c1", 3)], pack)


def test_une_seance_qui_n_a_pas_pu_voter_ainsi_est_nommee_dans_l_archive_rescellee() -> None:
    etranger = voix(7, "laureat", "p", "abandonner")[0].model_copy(update={"membre": "Voisine", "sens": "peut-être"})
    votes = [*voix(7, "laureat", "ppppp"), *voix(7, "laureat", "c"), etranger]
    vote = seance("c1", 4, votes)
    forge = un_pack().model_copy(update={"seances": (vote.model_copy(update={"membres": (*MEMBRES, "Mairie")}),)})
    ecarts = verifier(ouvrir(archiver(en_fichiers(forge))))
    for dit in (
        "« Voisine » n'en est pas membre",
        "« Fondation Abbé Pierre » a voté sans être présent",
        "Habitat Participatif France pour HP26-0007 (deliberer) y est 2 fois",
        "« peut-être » n'est pas un vote",
        "« abandonner » n'est pas un acte de comité",
        "le règlement ne donne pas de siège à « Mairie »",
    ):
        assert any(dit in ecart for ecart in ecarts), (dit, ecarts)
    decide = un_pack().model_copy(update={"decisions": (decidee(9999),)})
    assert any("HP26-9999" in ecart for ecart in verifier(ouvrir(archiver(en_fichiers(decide)))))


def avec_proposition(proposition: Proposition) -> Pack:
    pack = un_pack()
    scenario = pack.resultats.scenarios[0].model_copy(update={"proposition": proposition})
    return pack.model_copy(update={"resultats": pack.resultats.model_copy(update={"scenarios": (scenario,)})})


def test_un_optimum_qui_n_est_pas_dit_prouve_est_tout_de_meme_cherche() -> None:
    pack = un_pack()
    scenario, classement = pack.resultats.scenarios[0], pack.resultats.classement
    vrai = scenario.proposition.model_copy(update={"prouve": False})
    assert verifier(ouvrir(archiver(en_fichiers(avec_proposition(vrai))))) == []
    assert non_prouves(avec_proposition(vrai)) == ["deux en Bretagne"]
    moins = vrai.model_copy(update={"retenus": vrai.retenus[:-1]})
    moins = redire_optimum(classement, pack.donnees.candidats, scenario.regles, moins)
    (ecart,) = verifier(ouvrir(archiver(en_fichiers(avec_proposition(moins)))))
    assert ecart.startswith(f"{RESULTATS}, scénario « deux en Bretagne », non prouvé : {moins.total_notes} points")
    assert f"une sélection de {vrai.total_notes} existe" in ecart


def test_ailleurs_sans_base_ni_reglages_le_pack_est_identique_et_dit_ce_qu_il_ne_prouve_pas(tmp_path: Path) -> None:
    """With draws enough to be believed, and an optimum that the solver would not have had the time to prove."""
    scenario = un_pack().resultats.scenarios[0]
    pack = avec_proposition(scenario.proposition.model_copy(update={"prouve": False}))
    parametres = pack.parametres.model_copy(update={"tirages": TIRAGES_MIN})
    tires = {"parametres": parametres, "sensibilites": sensibilites(pack.donnees, parametres)}
    honnete = pack.model_copy(update=tires)
    (tmp_path / "preuve.zip").write_bytes(archiver({**en_fichiers(honnete), "joints/avis.pdf": b"%PDF"}))
    propre = {nom: v for nom, v in os.environ.items() if not nom.startswith("AMI_")} | {"PYTHONPATH": str(RACINE)}
    commande = [sys.executable, "-m", "ami.cli", "pack", "verifier", "preuve.zip"]
    fini = subprocess.run(commande, cwd=tmp_path, env=propre, capture_output=True, text=True, check=False)
    assert (fini.returncode, fini.stderr) == (0, "")
    dit = fini.stdout.replace("\n", " ").replace("  ", " ")
    assert dit.startswith("Identique")
    assert "Les décisions tiennent" in dit
    assert "Non prouvé : l'optimum du scénario « deux en Bretagne »." in dit
    assert "Non recalculé, le manifeste dit seulement que rien n'y a changé depuis : joints/avis.pdf." in dit
    assert [p.name for p in tmp_path.iterdir()] == ["preuve.zip"]


def test_trop_peu_de_tirages_pour_croire_une_probabilite() -> None:
    (ecart,) = verifier_pack(fichiers())
    assert ecart.startswith("sensibilites.json, tirages : 40, une probabilité en demande 400")


def zip_de(noms: Sequence[str], methode: int = zipfile.ZIP_STORED) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", methode) as archive:
        for nom in noms:
            archive.writestr(zipfile.ZipInfo(nom), b"contenu" * 20, methode)
    return sortie.getvalue()


@pytest.mark.parametrize(
    "noms",
    [
        *(["../../../etc/x"], ["/abs"], ["./donnees.json"], ["joints//x"], ["joints/../donnees.json"]),
        *(["C:\\x"], ["C:x"], ["donnees.json "], ["donnees.json."], ["donnees\u200b.json"], ["donnees\u202e.json"]),
        *([DONNEES, "DONNEES.JSON"], ["joints/é.pdf", "joints/e\u0301.pdf"], ["joints", "joints/"]),
    ],
)
def test_un_nom_qui_mene_ailleurs_ou_en_cache_un_autre_n_est_pas_ouvert(noms: list[str]) -> None:
    with pytest.raises(PackIllisible, match="nom"):
        ouvrir(zip_de(noms))
    with pytest.raises(PackIllisible):
        archiver(dict.fromkeys(noms, b""))


def test_une_compression_inconnue_du_produit_est_dite_en_francais() -> None:
    for methode in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with pytest.raises(PackIllisible, match=r"donnees\.json : compressé"):
            ouvrir(zip_de([DONNEES], methode))


@pytest.mark.parametrize(
    "contenu",
    [
        b"[" * 200_000,
        b'{"format":1,"fichiers":[[1,"x"]],"empreinte":"z"}',
        b'{"format":1,"fichiers":{"\\ud800":"x"},"empreinte":"z"}',
        b"null",
        b"\xff",
    ],
)
def test_un_manifeste_illisible_le_dit_sans_trace(contenu: bytes) -> None:
    assert ecarts_du_manifeste({MANIFESTE: contenu}) == ["manifeste.json : absent ou illisible."]
