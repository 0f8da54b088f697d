"""The demonstration's data: complete, coherent, and covering every outcome each call can have."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from stdnum.fr import siret

from ami.deploiements import lire_deploiements
from ami.settings import Settings
from flows.demonstration.affichage import LARGEUR, MARGE
from flows.demonstration.histoire import Demonstration, Recit, fondre
from flows.demonstration.lecture import HistoireInvalide, lire, remplir
from rules.chargement import charger
from rules.vocabulaire import ACTES

ISSUES = {
    "habitat_participatif": {
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
    },
    "anru_plus": {
        "irrecevable par une règle bloquante",
        "irrecevable faute de pièces",
        "avis avec réserves, non retenu, réclamation répondue",
        "maturation arrêtée par la revue, trop-perçu reversé",
        "en attente puis retenu, abandon en maturation",
        "revue sous conditions, puis reversement au bilan",
        "ajourné puis non retenu par le jury",
        "liste complémentaire promue, participation refusée au-delà de 49 %",
        "désistement d'un lauréat",
        "lauréat Innover payé jusqu'au solde, avec avenant et indicateurs",
        "lauréat Innover et Investir avec un co-investisseur privé",
        "résiliation et trop-perçu reversé",
    },
}
DEMONSTRATION = lire()
par_recit = pytest.mark.parametrize("recit", DEMONSTRATION.recits, ids=lambda recit: recit.code)


def test_toutes_les_issues_de_chaque_appel_sont_racontees() -> None:
    racontees = {recit.chemin.name: {dossier.issue for dossier in recit.dossiers} for recit in DEMONSTRATION.recits}
    assert racontees.keys() == ISSUES.keys()
    assert {nom: ISSUES[nom] - racontees[nom] for nom in ISSUES} == {nom: set() for nom in ISSUES}


def test_au_moins_quarante_dossiers_dont_les_trois_projets_reels() -> None:
    titres = [dossier.titre for recit in DEMONSTRATION.recits for dossier in recit.dossiers]
    assert len(titres) >= 40
    assert {"E-Declic", "Cocoon'Âges", "Gestion urbaine de proximité de Tours"} <= set(titres)


@par_recit
def test_chaque_evenement_tient_sur_une_ligne_d_ecran(recit: Recit) -> None:
    assert all(MARGE + 2 + len(f"{recit.prefixe} {p.evenement}") <= LARGEUR for p in recit.passages)


def test_presque_tous_les_actes_sont_joues() -> None:
    actes = {ligne.acte for recit in DEMONSTRATION.recits for dossier in recit.dossiers for ligne in dossier.lignes}
    gestes = {geste.nom for recit in DEMONSTRATION.recits for geste in recit.gestes}
    assert set(ACTES) - actes - gestes == {"instruire"}  # what the engine examines by itself


@par_recit
def test_chaque_campagne_tient_son_comite_de_la_convocation_a_la_preuve(recit: Recit) -> None:
    gestes = {geste.nom for geste in recit.gestes}
    seances = recit.tenue.seances.values()
    assert gestes == {"repartir", "convoquer", "ouvrir", "proposer", "notifier", "consigner", "prouver"}
    assert any(seance.deports for seance in seances)
    assert any(seance.consensus for seance in seances)
    assert any("contre" in voix.values() for seance in seances for voix in seance.voix.values())
    assert any(ligne.donnees.get("ecart") for dossier in recit.dossiers for ligne in dossier.lignes)


@par_recit
def test_chaque_seance_nomme_des_sieges_du_reglement_des_gens_et_des_dossiers_qu_elle_decide(recit: Recit) -> None:
    comite = charger(recit.campagne.chemin_reglement).reglement.comite
    assert comite is not None
    for code, seance in recit.tenue.seances.items():
        cites = {*seance.consensus, *seance.voix, *(deport.dossier for deport in seance.deports)}
        assert set(seance.sieges) <= set(comite.membres), code
        assert {s for voix in seance.voix.values() for s in voix} <= set(seance.sieges), code
        assert {recit.gens.personnes[nom].role for nom in seance.sieges.values()} == {"membre_comite"}, code
        assert cites <= set(recit.inscrits(code)), code
        assert seance.convoquee < seance.le < seance.proces_verbal, code


@par_recit
def test_chaque_dossier_annonce_un_etat_du_reglement(recit: Recit) -> None:
    reglement = charger(recit.campagne.chemin_reglement).reglement
    etats = set(reglement.workflow("dossier").etat_par_code)
    assert {dossier.attendu for dossier in recit.dossiers} <= etats


@par_recit
def test_chaque_personne_et_structure_nommee_existe(recit: Recit) -> None:
    gens, codes = recit.gens, {t.code for t in recit.territoires.territoires}
    assert {personne.structure for personne in gens.personnes.values()} <= set(gens.structures)
    for dossier in recit.dossiers:
        assert {dossier.porteur, dossier.accompagnateur or dossier.porteur} <= set(gens.structures), dossier.code
        assert gens.personnes[dossier.contact].structure == dossier.porteur, dossier.code
        assert set(dossier.territoires) <= codes, dossier.code
    connus = {*gens.structures, *gens.personnes, *recit.tenue.seances, *(d.code for d in recit.dossiers)}
    assert set(_noms_cites(recit)) <= connus


def _noms_cites(recit: Recit) -> Iterator[str]:
    lignes = [ligne for dossier in recit.dossiers for ligne in dossier.lignes]
    yield from (nom for _, arobase, nom in (ligne.par.partition("@") for ligne in lignes) if arobase)
    pile: list[object] = [ligne.donnees for ligne in lignes]
    while pile:
        match pile.pop():
            case dict() as objet:
                pile += objet.values()
            case list() as liste:
                pile += liste
            case str() as texte if texte.startswith("@"):
                yield texte[1:]


@par_recit
def test_les_noms_designent_une_seule_chose(recit: Recit) -> None:
    gens = recit.gens
    noms = [*gens.structures, *gens.personnes, *recit.tenue.seances, *(d.code for d in recit.dossiers)]
    assert len(noms) == len(set(noms))


@par_recit
def test_les_gens_sont_fictifs_et_leurs_siret_bien_formes(recit: Recit) -> None:
    assert all(p.courriel.endswith(".example.org") for p in recit.gens.personnes.values())
    assert all(siret.is_valid(s.siret) for s in recit.gens.structures.values() if s.siret)


def test_chaque_campagne_a_son_code_et_ses_comites() -> None:
    """Unique in the database: two folders that share one would be played as one."""
    codes = [recit.code for recit in DEMONSTRATION.recits]
    comites = [comite for recit in DEMONSTRATION.recits for comite in recit.tenue.seances]
    assert (len(codes), len(comites)) == (len(set(codes)), len(set(comites)))


def test_ce_que_deux_campagnes_partagent_y_est_decrit_pareil() -> None:
    structures = [s for recit in DEMONSTRATION.recits for s in recit.gens.structures.values()]
    assert len({s.nom for s in structures}) == len({s.model_dump_json() for s in structures})
    sirets = {s.nom: s.siret for s in structures if s.siret}
    assert len(sirets) == len(set(sirets.values()))
    personnes = [p for recit in DEMONSTRATION.recits for p in recit.gens.personnes.values()]
    assert len({p.courriel for p in personnes}) == len({(p.courriel, p.prenom, p.nom) for p in personnes})


def test_huit_accompagnateurs_du_reseau_et_huit_evaluateurs() -> None:
    (gens,) = (recit.gens for recit in DEMONSTRATION.recits if recit.chemin.name == "habitat_participatif")
    roles = [personne.role for personne in gens.personnes.values()]
    assert sum("RAHP" in s.adhesions for s in gens.structures.values()) == 8
    assert roles.count("evaluateur") == 8


def test_le_calendrier_tient_en_une_centaine_de_passages_par_campagne_et_cent_cinquante_en_tout() -> None:
    assert all(_passages(Demonstration(recits=[recit])) <= 110 for recit in DEMONSTRATION.recits)
    assert _passages(DEMONSTRATION) <= 150


def _passages(demonstration: Demonstration) -> int:
    """Flow runs of a play that nothing disturbs."""
    return sum(len(etape.flux) for etape in demonstration.etapes) + len(demonstration.ronde)


@par_recit
def test_les_passages_nomment_des_flux_connus_et_finissent_par_les_courriels(recit: Recit) -> None:
    connus = {deploiement.name for deploiement in lire_deploiements(Settings(_env_file=None).deploiements)}
    assert {nom for passage in recit.passages for nom in passage.flux} <= connus
    assert all(passage.flux[-1] == "courriels" for passage in recit.passages)


@par_recit
def test_les_actes_sont_suivis_d_un_envoi_de_courriels(recit: Recit) -> None:
    dernier_acte = max(ligne.le for dossier in recit.dossiers for ligne in dossier.lignes)
    assert recit.passages[-1].le - dernier_acte < timedelta(days=1)
    assert [p.le for p in recit.passages] == sorted(p.le for p in recit.passages)


def test_les_passages_d_un_meme_instant_n_en_font_qu_un() -> None:
    (recit, *_) = DEMONSTRATION.recits
    premier = recit.passages[0]
    autre = recit.model_copy(
        update={"passages": [premier.model_copy(update={"flux": ["sceau", "courriels"], "evenement": "Autre chose"})]}
    )

    etapes = Demonstration(recits=[recit, autre]).etapes

    assert len(etapes) == len(recit.passages)
    assert etapes[0].flux == (*premier.flux[:-1], "sceau", "courriels")
    assert [evenement for _, evenement in etapes[0].evenements] == [premier.evenement, "Autre chose"]


def test_fondre_garde_l_ordre_et_finit_par_le_dernier() -> None:
    assert fondre([["scoring", "courriels"], ["relances", "scoring", "courriels"]]) == (
        "scoring",
        "relances",
        "courriels",
    )


def test_un_mot_que_personne_ne_definit_est_refuse() -> None:
    with pytest.raises(HistoireInvalide, match="montant_oublie"):
        remplir({"montant": "$montant_oublie"}, {"montant": 1})


def test_un_mot_seul_garde_son_type() -> None:
    assert remplir(["$n", "n° $n"], {"n": 18}) == [18, "n° 18"]
