"""Opening a campagne: what is pinned, what is refused, and the numbers it gives."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, select

from ami.campagnes import ajouter_enveloppe, numero_suivant, ouvrir_campagne, trouver_campagne
from ami.choix.donnees import Champ, Reserve
from ami.declaration_campagne import lire_declaration, ouvrir_declaree
from ami.erreurs import DonneesInvalides, ErreurMetier, Introuvable
from ami.models import Campagne, Enveloppe, Structure, VersionReglement
from ami.reglements import epingler, reglement_de
from rules.chargement import charger, charger_texte

from .conftest import MAINTENANT, REGLEMENT


def test_un_reglement_epingle_deux_fois_n_est_garde_qu_une_fois(session: Session) -> None:
    charge = charger_texte(REGLEMENT, "essai.yaml")
    premiere = epingler(session, charge, MAINTENANT)
    seconde = epingler(session, charge, MAINTENANT + timedelta(days=1))
    assert premiere.id == seconde.id
    assert premiere.texte == REGLEMENT
    assert seconde.charge_le == MAINTENANT


def test_une_campagne_suit_le_texte_epingle_et_non_le_fichier(
    session: Session, campagne: Campagne, tmp_path: Path
) -> None:
    fichier = tmp_path / "reglement.yaml"
    fichier.write_text(REGLEMENT.replace('version: "1"', 'version: "2"'), encoding="utf-8")
    autre = ouvrir_campagne(
        session,
        code="AUTRE",
        nom="Autre",
        prefixe="AU",
        charge=charger(fichier),
        ouverture=MAINTENANT,
        cloture=MAINTENANT + timedelta(days=1),
        maintenant=MAINTENANT,
    )
    fichier.unlink()
    assert reglement_de(session, autre.id or 0).reglement.programme.version == "2"
    assert reglement_de(session, campagne.id or 0).reglement.programme.version == "1"


def test_un_texte_de_reglement_modifie_en_base_n_est_plus_suivi(session: Session) -> None:
    charge = charger_texte(REGLEMENT.replace("code: essai", "code: altere"), "altere.yaml")
    campagne = ouvrir_campagne(
        session,
        code="ALTEREE",
        nom="Altérée",
        prefixe="AL",
        charge=charge,
        ouverture=MAINTENANT,
        cloture=MAINTENANT + timedelta(days=1),
        maintenant=MAINTENANT,
    )
    session.execute(
        update(VersionReglement)
        .where(VersionReglement.id == campagne.version_reglement_id)  # type: ignore[arg-type]
        .values(texte=charge.texte.replace("5000", "9000"))
    )
    with pytest.raises(ErreurMetier, match="ne correspond pas à son empreinte"):
        reglement_de(session, campagne.id or 0)


def test_le_reglement_d_une_campagne_inconnue_est_introuvable(session: Session) -> None:
    with pytest.raises(Introuvable):
        reglement_de(session, 12345)


@pytest.mark.parametrize(
    ("ecart", "attendu"),
    [
        ({"cloture": MAINTENANT - timedelta(days=400)}, "doit venir après l'ouverture"),
        ({"fin": MAINTENANT}, "doit venir après la clôture"),
        ({"places": -1}, "ne peut pas être négatif"),
        ({"ouverture": datetime(2026, 1, 1)}, "doit porter son fuseau"),
        ({"code": "ESSAI-2026"}, "Le code « ESSAI-2026 » est déjà pris"),
        ({"prefixe": "ES26"}, "Le préfixe « ES26 » est déjà pris"),
    ],
)
def test_une_campagne_mal_declaree_est_refusee(
    session: Session, campagne: Campagne, ecart: dict[str, object], attendu: str
) -> None:
    valeurs: dict[str, object] = {
        "code": "DEUX",
        "nom": "Deux",
        "prefixe": "DE",
        "charge": charger_texte(REGLEMENT, "essai.yaml"),
        "ouverture": datetime(2026, 1, 1, tzinfo=UTC),
        "cloture": datetime(2026, 6, 1, tzinfo=UTC),
        "maintenant": MAINTENANT,
        **ecart,
    }
    with pytest.raises(DonneesInvalides, match=attendu):
        ouvrir_campagne(session, **valeurs)  # type: ignore[arg-type]


def test_une_campagne_introuvable_nomme_celles_qui_existent(session: Session, campagne: Campagne) -> None:
    assert trouver_campagne(session, "ESSAI-2026").id == campagne.id
    with pytest.raises(Introuvable, match="Campagnes ouvertes : ESSAI-2026"):
        trouver_campagne(session, "INCONNUE")


def test_les_enveloppes_se_donnent_une_fois_par_financeur_et_par_nature(session: Session, campagne: Campagne) -> None:
    financeur = Structure(nom="Fondation d'essai", kind="financeur")
    session.add(financeur)
    session.flush()
    enveloppe = ajouter_enveloppe(session, campagne, financeur, "aide_etude", Decimal("50000.50"))
    assert enveloppe.montant == Decimal("50000.50")
    with pytest.raises(DonneesInvalides, match="a déjà une enveloppe"):
        ajouter_enveloppe(session, campagne, financeur, "aide_etude", Decimal(1))
    with pytest.raises(DonneesInvalides, match="Nature d'aide inconnue"):
        ajouter_enveloppe(session, campagne, financeur, "autre", Decimal(1))
    with pytest.raises(DonneesInvalides, match="négatif"):
        ajouter_enveloppe(session, campagne, financeur, "aide_projet", Decimal(-1))


@pytest.mark.parametrize(
    ("champ", "valeur", "attendu"),
    [
        (
            "region",
            "Bretange",
            "région « Bretange ».*aucun dossier ne peut y répondre.*Bourgogne-Franche-Comté, Bretagne",
        ),
        ("territoire", "ZRR", "territoires « ZRR ».*Valeurs possibles : QPV"),
        ("axe", "Climat", "le règlement ne dit pas où l'axe se lit"),
    ],
)
def test_une_reserve_que_nul_dossier_ne_peut_remplir_est_refusee(
    session: Session, campagne: Campagne, champ: Champ, valeur: str, attendu: str
) -> None:
    financeur = Structure(nom="Région d'essai", kind="financeur")
    session.add(financeur)
    session.flush()
    reserve = Reserve(champ=champ, valeur=valeur)
    with pytest.raises(DonneesInvalides, match=attendu):
        ajouter_enveloppe(session, campagne, financeur, "aide_projet", Decimal(1), reserve=reserve)


def test_les_numeros_se_suivent(session: Session, campagne: Campagne) -> None:
    assert [numero_suivant(session, campagne) for _ in range(3)] == ["ES26-0001", "ES26-0002", "ES26-0003"]
    assert campagne.compteur == 3


def test_deux_demandes_simultanees_recoivent_deux_numeros(engine: Engine, session: Session, campagne: Campagne) -> None:
    session.commit()

    def demander(_: int) -> str:
        with Session(engine) as propre:
            numero = numero_suivant(propre, trouver_campagne(propre, "ESSAI-2026"))
            propre.commit()
            return numero

    with ThreadPoolExecutor(4) as fils:
        numeros = list(fils.map(demander, range(12)))
    assert sorted(numeros) == [f"ES26-{rang:04d}" for rang in range(1, 13)]


DECLARATION = """\
code: HPF-2026
nom: Habitat participatif 2026
prefixe: HP26
reglement: reglement.yaml
ouverture: 2026-01-05
cloture: 2026-03-29
fin: 2028-12-31 18:00
places: 10
courriel_suivi: suivi@example.org
enveloppes:
  - financeur: {nom: Financeur d'essai, siret: "732 829 320 00074"}
    nature: aide_etude
    montant: 50 000,50 €
    reserve: {champ: region, valeur: Bretagne}
  - financeur: {nom: Financeur d'essai, siret: "73282932000074"}
    nature: aide_projet
    montant: 150000
"""


@pytest.fixture
def declaration(tmp_path: Path) -> Path:
    (tmp_path / "reglement.yaml").write_text(REGLEMENT, encoding="utf-8")
    fichier = tmp_path / "campagne.yaml"
    fichier.write_text(DECLARATION, encoding="utf-8")
    return fichier


def test_une_campagne_declaree_en_yaml_ouvre_avec_ses_enveloppes(session: Session, declaration: Path) -> None:
    lue = lire_declaration(declaration)
    campagne = ouvrir_declaree(session, lue.declaration, charger(lue.chemin_reglement), MAINTENANT)
    enveloppes = session.exec(select(Enveloppe).where(Enveloppe.campagne_id == campagne.id)).all()
    assert {(e.nature, e.montant) for e in enveloppes} == {
        ("aide_etude", Decimal("50000.50")),
        ("aide_projet", Decimal(150000)),
    }
    assert len({e.financeur_id for e in enveloppes}) == 1
    assert {(e.nature, e.reserve_champ, e.reserve_valeur) for e in enveloppes} == {
        ("aide_etude", "region", "Bretagne"),
        ("aide_projet", "", ""),
    }
    # Midnight in winter time; the last second of the day summer time begins; an hour given as such.
    assert campagne.ouverture == datetime(2026, 1, 4, 23, 0, tzinfo=UTC)
    assert campagne.cloture == datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)
    assert campagne.fin == datetime(2028, 12, 31, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("avant", "apres", "attendu"),
    [
        ("prefixe: HP26", "prefixe: hp 26", r"campagne\.yaml:3 : « prefixe »"),
        ("cloture: 2026-03-29", "cloture: 2026-02-30", r"campagne\.yaml:6 : « cloture »"),
        (
            "cloture: 2026-03-29",
            "cloture: 2026-01-04",
            r"campagne\.yaml:6 : « cloture » : la clôture \(dimanche 4 janvier 2026 à 23.h.59\) doit venir après",
        ),
        (
            "fin: 2028-12-31 18:00",
            "fin: 2026-03-01",
            r"campagne\.yaml:7 : « fin » : la fin du programme \(dimanche 1er mars 2026 .* doit venir après la clôture",
        ),
        ("fin: 2028-12-31 18:00", "fin: 9999-12-31", r"campagne\.yaml:7 : « fin » : cette valeur est refusée"),
        ("places: 10", "palces: 10", r"campagne\.yaml:8 : « palces » : cette clef est inconnue"),
        ("suivi@example.org", "suivi", r"campagne\.yaml:9 : « courriel_suivi »"),
        ("732 829 320 00074", "732 829 320 00075", r"campagne\.yaml:11 : .*clé de contrôle"),
        ("nature: aide_etude", "nature: cadeau", r"campagne\.yaml:12 : .*natures possibles"),
        ("50 000,50 €", "50.000.50", r"campagne\.yaml:13 : .*montant"),
        ("{champ: region, valeur: Bretagne}", "Bretagne", r":14 : .*par exemple {champ: region, valeur: Bretagne}"),
        ("{champ: region,", "{champ: ville,", r"yaml:14 : .*une réserve regarde : region, territoire, axe"),
        ('{nom: Financeur d\'essai, siret: "732 829 320 00074"}', "Agence", r":11 : .*s'écrit {nom: Agence d'essai}"),
        ("reglement: reglement.yaml", "reglement: absent.yaml", r"campagne\.yaml:4 : le règlement « absent\.yaml »"),
        ("nom: Habitat participatif 2026", "nom: [", r"campagne\.yaml:\d+ :"),
        ("code: HPF-2026\n", "", r"« code » : cette clef est obligatoire"),
    ],
)
def test_une_declaration_fautive_est_refusee_avec_sa_ligne(
    declaration: Path, avant: str, apres: str, attendu: str
) -> None:
    assert avant in DECLARATION
    declaration.write_text(DECLARATION.replace(avant, apres, 1), encoding="utf-8")
    with pytest.raises(DonneesInvalides, match=attendu):
        lire_declaration(declaration)
