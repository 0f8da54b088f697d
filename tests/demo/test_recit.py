"""The demonstration's data: complete, coherent, and covering every outcome the call can have."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from stdnum.fr import siret

from ami.deploiements import lire_deploiements
from ami.settings import Settings
from flows.demonstration.decor import CAMPAGNE
from flows.demonstration.deroule import ronde
from flows.demonstration.lecture import Demonstration, HistoireInvalide, lire, remplir
from rules.chargement import charger

ISSUES = {
    "irrecevable par une règle bloquante",
    "irrecevable faute de pièces",
    "incomplet puis complété",
    "étude en retard et relancée",
    "non retenu à la première sélection",
    "en attente puis retenu pour l'étude",
    "ajourné puis représenté",
    "non retenu à la seconde sélection",
    "liste complémentaire promue après un désistement",
    "place refusée",
    "place sans réponse",
    "lauréat payé jusqu'au solde",
    "bilan relancé",
    "reversement",
    "abandon",
    "résiliation",
    "réclamation répondue",
    "déposé trop tard, refusé",
}


@pytest.fixture(scope="module")
def demonstration() -> Demonstration:
    return lire()


def test_au_moins_trente_dossiers_et_toutes_les_issues(demonstration: Demonstration) -> None:
    assert len(demonstration.dossiers) >= 30
    assert {dossier.issue for dossier in demonstration.dossiers} >= ISSUES


def test_un_deport_remplace_et_un_volet_renvoye_sont_racontes(demonstration: Demonstration) -> None:
    actes = {ligne.acte for dossier in demonstration.dossiers for ligne in dossier.lignes}
    assert {"se_deporter", "renvoyer_volet", "resilier", "constater_reversement", "reclamer"} <= actes


def test_chaque_dossier_annonce_un_etat_du_reglement(demonstration: Demonstration) -> None:
    reglement = charger(CAMPAGNE.parent / "../../../rules/habitat_participatif_2026.yaml").reglement
    etats = set(reglement.workflow("dossier").etat_par_code)
    assert {dossier.attendu for dossier in demonstration.dossiers} <= etats


def test_chaque_personne_et_structure_nommee_existe(demonstration: Demonstration) -> None:
    gens, codes = demonstration.gens, {t.code for t in demonstration.territoires.territoires}
    assert {personne.structure for personne in gens.personnes.values()} <= set(gens.structures)
    for dossier in demonstration.dossiers:
        assert {dossier.porteur, dossier.accompagnateur} <= set(gens.structures), dossier.code
        assert gens.personnes[dossier.contact].structure == dossier.porteur, dossier.code
        assert set(dossier.territoires) <= codes, dossier.code
    connus = {*gens.structures, *gens.personnes, *gens.comites, *(d.code for d in demonstration.dossiers)}
    assert set(_noms_cites(demonstration)) <= connus


def _noms_cites(demonstration: Demonstration) -> Iterator[str]:
    pile: list[object] = [ligne.donnees for dossier in demonstration.dossiers for ligne in dossier.lignes]
    while pile:
        match pile.pop():
            case dict() as objet:
                pile += objet.values()
            case list() as liste:
                pile += liste
            case str() as texte if texte.startswith("@"):
                yield texte[1:]


def test_les_noms_designent_une_seule_chose(demonstration: Demonstration) -> None:
    gens = demonstration.gens
    noms = [*gens.structures, *gens.personnes, *gens.comites, *(d.code for d in demonstration.dossiers)]
    assert len(noms) == len(set(noms))


def test_les_gens_sont_fictifs_et_leurs_siret_bien_formes(demonstration: Demonstration) -> None:
    assert all(p.courriel.endswith(".example.org") for p in demonstration.gens.personnes.values())
    assert all(siret.is_valid(s.siret) for s in demonstration.gens.structures.values() if s.siret)


def test_huit_accompagnateurs_du_reseau_et_huit_evaluateurs(demonstration: Demonstration) -> None:
    roles = [personne.role for personne in demonstration.gens.personnes.values()]
    assert sum("RAHP" in s.adhesions for s in demonstration.gens.structures.values()) == 8
    assert roles.count("evaluateur") == 8


def test_le_calendrier_tient_en_cent_passages_de_flux_connus(demonstration: Demonstration) -> None:
    flux = [nom for passage in demonstration.passages for nom in passage.flux]
    assert len(flux) + len(ronde(demonstration)) <= 100
    assert set(flux) <= {deploiement.name for deploiement in lire_deploiements(Settings(_env_file=None).deploiements)}
    assert all(passage.flux[-1] == "courriels" for passage in demonstration.passages)


def test_les_actes_sont_suivis_d_un_envoi_de_courriels(demonstration: Demonstration) -> None:
    dernier_acte = max(ligne.le for dossier in demonstration.dossiers for ligne in dossier.lignes)
    assert demonstration.passages[-1].le - dernier_acte < timedelta(days=1)
    assert [p.le for p in demonstration.passages] == sorted(p.le for p in demonstration.passages)


def test_un_mot_que_personne_ne_definit_est_refuse() -> None:
    with pytest.raises(HistoireInvalide, match="montant_oublie"):
        remplir({"montant": "$montant_oublie"}, {"montant": 1})


def test_un_mot_seul_garde_son_type() -> None:
    assert remplir(["$n", "n° $n"], {"n": 18}) == [18, "n° 18"]
