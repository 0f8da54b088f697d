"""The pack of a whole campagne: the same bytes from two databases, recomputed from them alone, any forgery named."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlmodel import Session, SQLModel, select

from ami import documents, proces_verbal
from ami.choix.pack import (
    MANIFESTE,
    RESULTATS,
    SENSIBILITES,
    Pack,
    Parametres,
    archiver,
    ecarts_du_manifeste,
    en_fichiers,
    ouvrir,
)
from ami.choix.sensibilite import tolerance
from ami.choix.verification import verifier_pack
from ami.erreurs import Introuvable
from ami.exports_pack import annexes, composer_pack, ecrire_pack
from ami.models import Comite, Dossier, Habilitation, Personne
from ami.regards import OPERATEUR, Regard
from ami.sujets import Acteur, identifiant

from .campagne_choisie import INSTANT, planter_choix

PARAMETRES = Parametres(ecart_poids="0.20", tirages=3, graine=2026)  # few: a forgery is looked for many times over
verifier = partial(verifier_pack, tirages_min=PARAMETRES.tirages)
CHIFFRE = re.compile(rb"[0-9]")


def composer(engine: Engine, graine: int) -> Pack:
    with Session(engine, expire_on_commit=False) as session:
        return composer_pack(session, OPERATEUR, planter_choix(session, graine), PARAMETRES, INSTANT)


@cache
def un_pack() -> Pack:
    """From a base in memory."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    return composer(engine, 0)


@cache
def fichiers() -> dict[str, bytes]:
    return ouvrir(archiver(en_fichiers(un_pack())))


def test_la_campagne_a_de_tout() -> None:
    """What the other tests are worth depends on it."""
    pack = un_pack()
    classement = pack.resultats.classement
    assert pack.donnees.bareme.correction_severite
    assert any(c.departage for c in classement)
    assert [c.dossier for c in classement if c.eliminatoires] == ["CH26-0006"]
    assert any(None in n.notes.values() for n in pack.donnees.notations)
    fiches = {c.dossier: c for c in pack.donnees.candidats}
    aides = {r.dossier: r.montant for r in pack.resultats.selection.retenus}
    assert any(aide < pack.donnees.regles.aide_due(fiches[d]) for d, aide in aides.items())
    assert any(len(r.parts) > 1 for r in pack.resultats.selection.retenus)
    assert {e.cause for e in pack.resultats.selection.ecartes} >= {"seuil", "eliminatoire"}
    assert [s.choisi for s in pack.resultats.scenarios] == [False, True]


def test_la_campagne_se_recalcule_de_son_seul_pack() -> None:
    assert verifier(fichiers()) == []


def test_deux_bases_donnent_les_memes_octets(engine_sqlite: Engine, engine_postgresql: Engine) -> None:
    """Rows inserted in another order, under other numbers, on the other database."""
    un, autre = (en_fichiers(composer(e, graine)) for e, graine in ((engine_sqlite, 3), (engine_postgresql, 8)))
    for nom in un:
        assert un[nom] == autre[nom], nom
        assert un[nom] == en_fichiers(un_pack())[nom], nom


def test_les_seances_y_sont_entieres_et_leurs_membres_sont_des_organismes() -> None:
    tenue, annulee = un_pack().seances
    assert (annulee.code, annulee.annulee, tenue.annulee) == ("jury/0", True, False)
    assert tenue.ordre_du_jour == ("CH26-0001", "CH26-0002", "CH26-0003", "CH26-0006")
    assert [(d.dossier, d.membre) for d in tenue.deports] == [("CH26-0001", "Agence"), ("CH26-0006", "Réseau")]
    assert [(a.dossier, a.acte, a.decision) for a in tenue.accords] == [("CH26-0003", "deliberer", "recu")]


def test_le_pack_garde_le_proces_verbal_et_ne_nomme_personne(engine_sqlite: Engine) -> None:
    with Session(engine_sqlite, expire_on_commit=False) as session:
        campagne = planter_choix(session)
        pack = composer_pack(session, OPERATEUR, campagne, PARAMETRES, INSTANT)
        joints = annexes(session, OPERATEUR, campagne, INSTANT)
        tenue = session.exec(select(Comite).where(Comite.code == "jury-1")).one()
        publie = proces_verbal.composer(session, tenue, nommer=False)
        signe = proces_verbal.composer(session, tenue)
        noms = [personne.nom for personne in session.exec(select(Personne))]
    assert sorted(joints) == ["proces-verbaux/jury-1.pdf", "selection.csv", "selection.xlsx"]
    assert joints["proces-verbaux/jury-1.pdf"] == documents.composer(proces_verbal.GENRE, publie)
    assert publie["membres"][0] == ["Réseau", "nom non publié", "présent"]
    assert signe == {**publie, "membres": [["Réseau", "Maxence Duval", "présent"], *publie["membres"][1:]]}

    octets = ecrire_pack(pack, joints)
    assert verifier(ouvrir(octets)) == []
    lu = json.dumps(publie, ensure_ascii=False) + tout_le_texte(octets)
    assert {"Duval", "Juré 1"} <= set(noms)
    assert [nom for nom in noms if nom in lu] == []


def test_une_seance_qui_nomme_un_dossier_ferme_a_qui_regarde_ferme_le_pack(engine_sqlite: Engine) -> None:
    with Session(engine_sqlite, expire_on_commit=False) as session:
        campagne = planter_choix(session)
        juge = Personne(prenom="Sacha", nom="Lemoine", courriel="sacha@example.org")
        secret = Dossier(
            campagne_id=identifiant(campagne), numero="CH26-0009", titre="Sien", etat="recu", version=1, cree_le=INSTANT
        )
        session.add_all([juge, secret])
        session.flush()
        ici: dict[str, Any] = {"personne_id": identifiant(juge), "depuis": INSTANT}
        session.add(Habilitation(**ici, role="membre_comite", campagne_id=campagne.id))
        session.add(Habilitation(**ici, role="accompagnateur", dossier_id=secret.id))
        regard = Regard(Acteur("membre_comite", juge.id), INSTANT)
        assert composer_pack(session, regard, campagne, PARAMETRES, INSTANT).seances
        tenue = session.exec(select(Comite).where(Comite.code == "jury-1")).one()
        tenue.ordre_du_jour = [*tenue.ordre_du_jour, identifiant(secret)]
        session.flush()
        with pytest.raises(Introuvable):
            composer_pack(session, regard, campagne, PARAMETRES, INSTANT)
        with pytest.raises(Introuvable):
            annexes(session, regard, campagne, INSTANT)


def tout_le_texte(octets: bytes) -> str:
    """Everything an archive says, the workbooks in it opened too."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        contenus = [archive.read(nom) for nom in archive.namelist()]
    lus = [tout_le_texte(c) if zipfile.is_zipfile(io.BytesIO(c)) else c.decode(errors="replace") for c in contenus]
    return "".join(lus)


def places(contenu: bytes, nombre: int) -> list[int]:
    """Digits of a file: all of them, or as many spread over it."""
    toutes = [trouve.start() for trouve in CHIFFRE.finditer(contenu)]
    return toutes[:: max(1, len(toutes) // nombre)]


def changer(contenu: bytes, place: int) -> bytes:
    autre = b"%d" % ((int(contenu[place : place + 1]) + 1) % 10)
    return contenu[:place] + autre + contenu[place + 1 :]


@pytest.mark.parametrize("nom", sorted(fichiers()))
def test_un_chiffre_change_sans_resceller_nomme_son_fichier(nom: str) -> None:
    for place in places(fichiers()[nom], 400):
        ecarts = ecarts_du_manifeste({**fichiers(), nom: changer(fichiers()[nom], place)})
        assert ecarts, place
        assert nom == MANIFESTE or any(nom in ecart for ecart in ecarts), (place, ecarts)


def rescelles(nom: str, nombre: int) -> Iterator[tuple[int, list[str]]]:
    """What is said of each digit changed when the archive is sealed again by who changed it."""
    machine = en_fichiers(un_pack())
    for place in places(machine[nom], nombre):
        yield place, verifier(ouvrir(archiver({**machine, nom: changer(machine[nom], place)})))


def lieu(contenu: bytes, place: int) -> str:
    debut = contenu.rfind(b"\n", 0, place) + 1
    return contenu[debut : contenu.find(b"\n", place)].decode()


def imaginee(contenu: bytes, place: int) -> bool:
    """The rules of a what-if are what somebody tried: nothing computes them."""
    return contenu[:place].rfind(b'"regles": {') > contenu[:place].rfind(b'"proposition": {')


def toleree(contenu: bytes, place: int) -> bool:
    """A probability that moved less than its draws allow; what nobody drew is exact."""
    avant, apres = (json.loads(c)["sensibilites"] for c in (contenu, changer(contenu, place)))
    touchee = next(s for s, autre in zip(avant, apres, strict=True) if s != autre)
    un, autre = (float(lieu(c, place).split('"')[3]) for c in (contenu, changer(contenu, place)))
    return touchee["graine"] is not None and abs(un - autre) <= tolerance(PARAMETRES.tirages)


def test_un_chiffre_des_resultats_change_et_rescelle_est_nomme() -> None:
    contenu = en_fichiers(un_pack())[RESULTATS]
    vus = 0
    for place, ecarts in rescelles(RESULTATS, 45):
        if not imaginee(contenu, place):
            vus += 1
            assert any(RESULTATS in ecart for ecart in ecarts), lieu(contenu, place)
        assert not any("manifeste" in ecart for ecart in ecarts)
    assert vus > 20


def test_un_rang_tire_change_et_rescelle_est_nomme_une_chance_au_dela_de_la_tolerance() -> None:
    contenu = en_fichiers(un_pack())[SENSIBILITES]
    vus = 0
    for place, ecarts in rescelles(SENSIBILITES, 20):
        ligne = lieu(contenu, place)
        if "ecart_poids" in ligne or (("selection" in ligne or "frequence" in ligne) and toleree(contenu, place)):
            continue
        vus += 1
        assert any(SENSIBILITES in ecart for ecart in ecarts), ligne
    assert vus > 8
