"""Who reads what: a dossier one has an interest in is read, noted and exported by no command and no query."""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
import typer
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.actes import ACTES
from ami.agir import agir, avancer
from ami.cli import construire
from ami.commandes.commun import reglages
from ami.commandes.erreurs import executer
from ami.erreurs import DonneesInvalides, Introuvable, Refus
from ami.fiche import fiche
from ami.habilitations import SE_DEPORTER
from ami.models import DeportComite, Dossier, Personne
from ami.models import Refus as LigneRefus
from ami.passe import passe
from ami.pourquoi import pourquoi
from ami.regards import OPERATEUR, Regard, lisibles
from ami.sujets import Acteur, Sujet, identifiant
from rules.vocabulaire import ACTES_CREATEURS
from tests.support.bases import base_sqlite
from tests.usecases.entrees import (
    AGIT,
    EXPLOITANT,
    LIT,
    NUMERO,
    SANS_NOM,
    SANS_REGARD,
    SANS_ROLE,
    feuilles,
    lectures,
    prend_un_regard,
)
from tests.usecases.monde import JOUR, Monde, le, planter
from tests.usecases.scene import (
    COMMENTAIRE,
    CONFIDENTIEL,
    MOTIF,
    PARTAGE,
    SECRETS,
    TITRE,
    Scene,
    declarer_un_interet,
    monter,
    reunir,
)

DOSSIERS: Final = "reference;titre;porteur;contact;quartiers\nA-1;Neuf;Commune de Valmont;alix@example.org;QN03101N\n"
JUGES: Final = ("evaluateur", "membre_comite")


@pytest.fixture(scope="module")
def base(modele: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One database for every entry point."""
    with base_sqlite(modele, tmp_path_factory.mktemp("regards")) as engine:
        yield engine


@pytest.fixture(scope="module")
def scene(base: Engine) -> Iterator[Scene]:
    """The two dossiers, kept in that database."""
    with Session(base, expire_on_commit=False) as session:
        scene = monter(planter(session))
        declarer_un_interet(scene)
        session.commit()
        yield scene


@pytest.fixture(scope="module")
def application() -> typer.Typer:
    """The whole command line, built once."""
    return construire()


Dire = Callable[..., tuple[int, str]]


@pytest.fixture
def dire(
    application: typer.Typer,
    base: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Dire:
    """Type a command; what it answered, and everything it said or wrote in files, unzipped."""
    monkeypatch.setenv("AMI_BASE", base.url.render_as_string(hide_password=False))
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(tmp_path)
    reglages.cache_clear()
    depot = tmp_path / "depot"
    depot.mkdir()
    (depot / "notes.yaml").write_text("notes: {}\n", encoding="utf-8")
    (depot / "dossiers.csv").write_text(DOSSIERS, encoding="utf-8")

    def taper(commande: str, *arguments: str) -> tuple[int, str]:
        fournis = {chemin: chemin.read_bytes() for chemin in depot.rglob("*") if chemin.is_file()}
        capsys.readouterr()
        code = executer(application, [*commande.split(), *(a.format(vers=depot) for a in arguments)])
        lu = capsys.readouterr()
        ecrits = [c for c in depot.rglob("*") if c.is_file() and fournis.get(c) != c.read_bytes()]
        return code, "\n".join([lu.out, lu.err, *(chemin.name + _texte(chemin.read_bytes()) for chemin in ecrits)])

    return taper


def _texte(octets: bytes) -> str:
    """What a file says; a workbook and a pack are archives."""
    if not zipfile.is_zipfile(BytesIO(octets)):
        return octets.decode(errors="replace")
    with zipfile.ZipFile(BytesIO(octets)) as archive:
        return "\n".join(_texte(archive.read(nom)) for nom in archive.namelist())


def test_chaque_commande_est_classee_et_seules_celles_qui_lisent_savent_qui_regarde(application: typer.Typer) -> None:
    trouvees = dict(feuilles(typer.main.get_command(application)))
    assert set(trouvees) == set(LIT) | set(AGIT) | set(EXPLOITANT)
    avec_un_regard = {
        chemin
        for chemin, commande in trouvees.items()
        if {"--par", "--role"} <= {option for parametre in commande.params for option in parametre.opts}
    }
    assert avec_un_regard == set(LIT) | (set(AGIT) - SANS_ROLE)


def test_chaque_fonction_qui_lit_exige_de_savoir_qui_regarde() -> None:
    trouvees = dict(lectures())
    assert len(trouvees) > 20
    assert {nom for nom, fonction in trouvees.items() if not prend_un_regard(fonction)} == set(SANS_REGARD)


def test_aucune_commande_ne_montre_a_un_juge_le_dossier_ou_il_a_un_interet(scene: Scene, dire: Dire) -> None:
    agent = scene.monde.agent.courriel
    for nom, places in (("rien", "0"), ("tout", "5")):
        code, dit = dire(
            "selection proposer", "essai", "--places", places, "--enregistrer", nom, "--par", agent, "--role", "agent"
        )
        assert code == 0, dit
    for commande, arguments in LIT.items():
        code, dit = dire(commande, *arguments, "--par", agent, "--role", "agent")
        # The same words reach the dossier when an agent types them: what follows is not silent for another reason.
        assert (code, commande in SANS_NOM or NUMERO in dit) == (0, True), (commande, dit)
        for role in JUGES:
            code, dit = dire(commande, *arguments, "--par", scene.interesse.courriel, "--role", role)
            assert [secret for secret in SECRETS if secret in dit] == [], (commande, role)
            assert NUMERO not in arguments or code == 1, (commande, role)


def test_il_lit_pourtant_les_autres_dossiers_et_le_refus_est_garde(scene: Scene, dire: Dire, base: Engine) -> None:
    juge = ("--par", scene.interesse.courriel, "--role")
    for role in JUGES:
        assert "CONNU-1" in dire("dossiers lister", *juge, role)[1]
        assert dire("pourquoi", "CONNU-1", *juge, role)[0] == 0
    assert "CONNU-1" in dire("exporter selection", "essai", "--vers", "{vers}", *juge, "membre_comite")[1]
    assert dire("exporter selection", "essai", "--vers", "{vers}", *juge, "evaluateur")[0] == 1
    absent, interdit = (dire("dossiers montrer", numero, *juge, "evaluateur") for numero in ("SECRET-9", NUMERO))
    assert absent == interdit
    with Session(base) as session:
        gardes = session.exec(select(LigneRefus).where(LigneRefus.acteur_id == scene.interesse.id)).all()
    assert {("evaluateur", "lire un dossier"), ("membre_comite", "lire un dossier")} <= {
        (garde.acteur_role, garde.acte) for garde in gardes
    }


def test_aucun_acte_en_ligne_n_atteint_ce_dossier(scene: Scene, dire: Dire, base: Engine) -> None:
    for commande, arguments in AGIT.items():
        for role in JUGES:
            identite = ("--par", scene.interesse.courriel, *(() if commande in SANS_ROLE else ("--role", role)))
            code, dit = dire(commande, *arguments, *identite)
            assert (code, TITRE in dit, COMMENTAIRE in dit) == (1, False, False), (commande, role, dit)
            # Refused for what binds them to the dossier, and not for what they sent.
            assert NUMERO not in arguments or "accessible" in dit or "intérêt" in dit, (commande, role, dit)
    with Session(base) as session:
        assert session.get_one(Dossier, scene.secret.id).version == scene.secret.version


@pytest.mark.parametrize("role", JUGES)
def test_aucun_acte_du_registre_n_est_ouvert_a_un_juge_qui_a_un_interet(scene: Scene, base: Engine, role: str) -> None:
    acteur, sujet = Acteur(role, scene.interesse.id), Sujet("dossier", identifiant(scene.secret))
    reclamer = {"objet": "Objet", "texte": "Texte", "dossier": sujet.id}
    for nom in sorted(ACTES):
        if nom in ACTES_CREATEURS - {"reclamer"}:
            continue  # they open another dossier
        permis = nom == SE_DEPORTER
        donnees = reclamer if nom == "reclamer" else {}
        # Withdrawing is heard, and asks why; everything else is refused before its data are looked at.
        attendu = (DonneesInvalides,) if permis else (Introuvable, Refus)
        with Session(base) as session, pytest.raises(attendu) as refus:
            agir(session, nom, sujet, donnees, acteur=acteur, maintenant=JOUR)
        entendu = "motif" if permis else "intérêt" if nom != "reclamer" and role == "evaluateur" else ""
        assert entendu in refus.value.message, nom
        assert TITRE not in refus.value.message


def test_un_interet_declare_ou_une_fonction_quittee_ferme_le_dossier_a_l_instant(monde: Monde) -> None:
    scene = monter(monde)
    session, dossiers = monde.session, [scene.secret, scene.autre]
    juges = [Regard(Acteur(role, scene.interesse.id), JOUR) for role in JUGES]
    assert [lisibles(session, juge, dossiers) for juge in juges] == [dossiers, dossiers]
    declarer_un_interet(scene)
    assert [lisibles(session, juge, dossiers) for juge in juges] == [[scene.autre], [scene.autre]]
    session.add(
        DeportComite(
            comite_id=identifiant(reunir(monde)),
            dossier_id=identifiant(scene.autre),
            membre=scene.interesse.nom_complet.upper(),
            motif="Je connais le porteur",
            note_le=JOUR,
        )
    )
    session.flush()
    assert [lisibles(session, juge, dossiers) for juge in juges] == [[scene.autre], []]
    # Who pays sits in the comité; they do not note.
    payeur = monde.personne("membre_comite", monde.financeur)
    monde.habiliter(payeur, "evaluateur")
    monde.affecter(scene.secret, payeur)
    payeurs = [Regard(Acteur(role, payeur.id), JOUR) for role in JUGES]
    assert [lisibles(session, regard, dossiers) for regard in payeurs] == [[], dossiers]
    collegue = Acteur("evaluateur", scene.collegue.id)
    partie = monde.habiliter(scene.collegue, "membre_comite")
    partie.jusqu_a = le("2026-03-31 00:00")
    session.flush()
    membre = Acteur("membre_comite", scene.collegue.id)
    assert lisibles(session, Regard(membre, JOUR), dossiers) == dossiers
    assert lisibles(session, Regard(membre, le("2026-03-31 00:00")), dossiers) == []
    assert lisibles(session, Regard(collegue, le("2026-03-31 00:00")), dossiers) == dossiers


def test_chacun_voit_du_dossier_ce_que_son_role_permet(monde: Monde) -> None:
    scene = monter(monde)
    collegue, marques = scene.collegue.nom_complet, (COMMENTAIRE, CONFIDENTIEL, PARTAGE, MOTIF, "71,25", "9 000")

    def vus(personne: Personne, role: str) -> list[str]:
        trouvee = fiche(monde.session, Regard(Acteur(role, personne.id), JOUR), NUMERO)
        assert trouvee.version == scene.secret.version
        dites = [dite for rubrique in trouvee.rubriques for ligne in rubrique.lignes for dite in ligne]
        texte = " ".join(" ".join(dites).split())
        return [marque for marque in (*marques, collegue) if marque in texte]

    monde.habiliter(monde.contact, "porteur", dossier=scene.secret)
    financeur = monde.personne("financeur")
    assert vus(monde.agent, "agent") == [*marques, collegue]
    assert vus(scene.interesse, "membre_comite") == [*marques, collegue]
    assert vus(scene.collegue, "evaluateur") == [COMMENTAIRE, PARTAGE, "71,25", "9 000", collegue]
    assert vus(scene.interesse, "evaluateur") == [PARTAGE, "71,25", "9 000"]
    assert vus(financeur, "financeur") == [PARTAGE, MOTIF, "71,25", "9 000"]
    assert vus(monde.contact, "porteur") == [PARTAGE, "9 000"]
    assert vus(monde.conseil, "accompagnateur") == [PARTAGE, "9 000"]
    d_ailleurs = monde.personne("accompagnateur")
    for personne, role in ((d_ailleurs, "accompagnateur"), (monde.conseil, "consulte"), (monde.conseil, "porteur")):
        with pytest.raises(Introuvable, match="accessible"):
            vus(personne, role)
    assert OPERATEUR.voit("notes")


def test_le_passe_tait_les_juges_et_la_decision_jusqu_a_son_annonce(monde: Monde) -> None:
    dossier, juges = monde.dossier("en_evaluation"), [monde.personne("evaluateur") for _ in range(3)]
    monde.habiliter(monde.contact, "porteur", dossier=dossier)
    sujet, agent = Sujet("dossier", identifiant(dossier)), Acteur("agent", monde.agent.id)
    assert monde.reglement.grille is not None
    notes = {critere.code: {"valeur": "3"} for critere in monde.reglement.grille.criteres}
    for juge in juges:
        monde.affecter(dossier, juge)
        _agir(monde, "noter", sujet, {"notes": notes, "final": True}, Acteur("evaluateur", juge.id))
    assert monde.reglement.comite is not None
    membres = list(monde.reglement.comite.membres)
    reunir(monde, membres=membres, presents=membres)
    avancer(monde.session, sujet, JOUR)

    def lu(acteur: Acteur) -> tuple[list[str], str]:
        regard = Regard(acteur, JOUR)
        etapes = passe(monde.session, regard, dossier)
        return [etape.code for etape in etapes], f"{etapes} {pourquoi(monde.session, regard, dossier, JOUR)}"

    porteur, premier = Acteur("porteur", monde.contact.id), Acteur("evaluateur", juges[0].id)
    codes = ["rendre_evaluation", "rendre_evaluation", "rendre_evaluation", "clore_evaluation"]
    assert lu(agent)[0] == codes
    assert lu(premier)[0] == ["rendre_evaluation", "clore_evaluation"]
    assert lu(porteur)[0] == ["clore_evaluation"]
    # What the ranking was judged on is said to staff, who prepares the decision, and to them alone.
    assert ["60" in dit for dit in (lu(agent)[1], lu(premier)[1], lu(porteur)[1])] == [True, False, False]
    decision = {"decision": "non_retenu", "motif": MOTIF}
    _agir(monde, "deliberer", sujet, decision, agent)
    assert [MOTIF in lu(qui)[1] for qui in (agent, premier, porteur)] == [True, False, False]
    assert "Notifier" not in lu(porteur)[1]
    _agir(monde, "notifier", sujet, {}, agent)
    assert [MOTIF in lu(qui)[1] for qui in (agent, premier, porteur)] == [True, True, True]
    noms = [juge.nom_complet for juge in juges]
    assert [[nom in lu(qui)[1] for nom in noms] for qui in (agent, premier, porteur)] == [
        [True, True, True],
        [True, False, False],
        [False, False, False],
    ]


def _agir(monde: Monde, acte: str, sujet: Sujet, donnees: Mapping[str, object], acteur: Acteur) -> None:
    agir(monde.session, acte, sujet, donnees, acteur=acteur, maintenant=JOUR)


def test_qui_n_a_rien_a_faire_dans_un_dossier_ne_le_trouve_par_aucun_chemin(
    scene: Scene, dire: Dire, base: Engine
) -> None:
    """Fault 29: every route, every role held on the neighbour's dossier only."""
    with Session(base, expire_on_commit=False) as session:
        etranger = replace(scene.monde, session=session).personne()
        roles = ("porteur", "accompagnateur", "consulte", "agent", "membre_comite", "financeur", "evaluateur")
        for role in roles:
            replace(scene.monde, session=session).habiliter(etranger, role, dossier=scene.autre)
        session.commit()
    for commande in ("dossiers lister", "dossiers montrer", "attentes", "pourquoi", "piece lister", "maquette ecrire"):
        for role in roles:
            code, dit = dire(commande, *LIT[commande], "--par", etranger.courriel, "--role", role)
            assert [secret for secret in SECRETS if secret in dit] == [], (commande, role)
            assert NUMERO not in LIT[commande] or (code, "accessible" in dit) == (1, True), (commande, role)
