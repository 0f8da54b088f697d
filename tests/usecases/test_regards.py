"""Who reads what: a dossier one has an interest in is read, noted and exported by no command and no query."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
import typer
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.actes import ACTES
from ami.agir import agir
from ami.cli import construire
from ami.commandes.cloture import LIBRES, clore, demande_qui, feuilles
from ami.commandes.commun import reglages
from ami.commandes.erreurs import executer
from ami.erreurs import DonneesInvalides, Introuvable, Refus
from ami.habilitations import SE_DEPORTER
from ami.models import Dossier
from ami.models import Refus as LigneRefus
from ami.sujets import Acteur, Sujet, identifiant
from rules.vocabulaire import ACTES_CREATEURS
from tests.support.bases import base_sqlite
from tests.usecases.entrees import (
    AGIT,
    EXPLOITANT,
    LIT,
    NUMERO,
    OPAQUES,
    PUBLIC,
    SANS_BASE,
    SANS_NOM,
    SANS_REGARD,
    SANS_ROLE,
    SEANCE,
    VOISIN,
    lectures,
    prend_un_regard,
)
from tests.usecases.monde import JOUR, planter
from tests.usecases.scene import (
    COMMENTAIRE,
    SECRETS,
    TITRE,
    Scene,
    declarer_un_interet,
    monter,
    publier,
)

DOSSIERS: Final = "reference;titre;porteur;contact;quartiers\nA-1;Neuf;Commune de Valmont;alix@example.org;QN03101N\n"
# What is tried by somebody who has nothing to do with the dossier.
ETRANGERES: Final = (
    "dossiers lister",
    "dossiers montrer",
    "attentes",
    "pourquoi",
    "piece lister",
    "documents lister",
    "documents lettre",
)
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
        publier(scene)
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
    scene: Scene,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Dire:
    """Type a command; what it answered, and everything it said or wrote in files, unzipped."""
    monkeypatch.setenv("AMI_BASE", base.url.render_as_string(hide_password=False))
    monkeypatch.setenv("AMI_DOSSIER_PIECES", str(Path(str(base.url.database)).parent / "pieces"))
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
        dits = (a.format(vers=depot, juge=scene.interesse.courriel) for a in arguments)
        code = executer(application, [*commande.split(), *dits])
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
    avec_un_regard = {chemin for chemin, commande in trouvees.items() if demande_qui(commande)}
    assert avec_un_regard == set(LIT) | (set(AGIT) - SANS_ROLE)
    assert set(LIBRES) == {commande for commande, raison in EXPLOITANT.items() if raison in (PUBLIC, SANS_BASE)}


def test_une_installation_ouverte_au_nom_d_un_juge_ne_fait_rien_d_autre_pour_personne(
    application: typer.Typer, scene: Scene, dire: Dire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command, new ones included: what asks nobody who looks is closed, the others know one name."""
    monkeypatch.setenv("AMI_PAR", scene.interesse.courriel)
    monkeypatch.setenv("AMI_ROLE", "evaluateur")
    reglages.cache_clear()
    racine = typer.main.get_command(application)
    clore(racine)
    for chemin, commande in feuilles(racine):
        if chemin not in LIBRES:
            with pytest.raises(Introuvable, match=r"accessible|au nom de"):
                commande.callback(par=scene.monde.agent.courriel)
    for fermee in ("courriels lister", "journal verifier"):
        code, dit = dire(fermee)
        assert (code, "accessible" in dit) == (1, True)
    assert dire("version")[0] == 0
    assert "CONNU-1" in dire("dossiers lister")[1]
    assert "au nom de" in dire("dossiers lister", "--par", scene.monde.agent.courriel, "--role", "agent")[1]
    monkeypatch.setenv("AMI_ROLE", "agent")
    reglages.cache_clear()
    assert NUMERO in dire("courriels lister")[1]
    assert NUMERO not in dire("dossiers lister")[1]
    monkeypatch.delenv("AMI_PAR")
    monkeypatch.setenv("AMI_ROLE", "evaluateur")
    reglages.cache_clear()
    assert "AMI_PAR" in dire("courriels lister")[1]


def test_il_ne_vote_pas_sur_ce_dossier_et_peut_en_sortir(scene: Scene, dire: Dire) -> None:
    assert scene.monde.reglement.comite is not None
    siege = scene.monde.reglement.comite.membres[0]
    code, dit = dire("comite voter", SEANCE, VOISIN, f"{siege}=pour", "--decision", "laureat")
    assert (code, "ne prend pas part" in dit, TITRE in dit) == (1, True, False)
    assert dire("comite voter", SEANCE, "CONNU-1", f"{siege}=pour", "--decision", "laureat")[0] == 0
    assert dire("comite deporter", SEANCE, siege, VOISIN, "--motif", "Je connais le porteur")[0] == 0
    code, dit = dire("comite montrer", SEANCE, *_juge(scene, "membre_comite"))
    assert (code, "CONNU-1" in dit, "D'autres dossiers" in dit) == (0, True, True)


def test_le_porteur_relit_les_papiers_emis_pour_son_dossier_et_n_en_emet_pas(
    scene: Scene, dire: Dire, base: Engine
) -> None:
    with Session(base, expire_on_commit=False) as session:
        monde = replace(scene.monde, session=session)
        monde.habiliter(monde.contact, "porteur", dossier=scene.secret)
        session.commit()
    porteur = ("--par", scene.monde.contact.courriel, "--role", "porteur")
    agent = ("--par", scene.monde.agent.courriel, "--role", "agent")
    lettre, ailleurs = LIT["documents lettre"], ("--a", scene.collegue.courriel)
    for options in (("--message", "laureat"), ("--message", "selection_retenu", *ailleurs)):
        assert dire("documents lettre", *lettre, *options, *agent)[0] == 0
    code, dit = dire("documents lettre", *lettre, *porteur)
    assert (code, "%PDF" in dit) == (0, True)
    sans = ("documents convention", NUMERO, "--nature", "participation", "--vers", "{vers}/c.pdf")
    for commande in (("documents lettre", *lettre, *ailleurs), sans):
        code, dit = dire(*commande, *porteur)
        assert (code, "demandez-le" in dit, "%PDF" in dit) == (1, True, False)
    assert [dire("documents lister", NUMERO, *qui)[1].count(f"{NUMERO}-L") for qui in (agent, porteur)] == [2, 1]


def test_un_evaluateur_dit_ses_interets_et_ne_les_retire_pas(scene: Scene, dire: Dire) -> None:
    soi = ("--par", scene.collegue.courriel, "--role", "evaluateur")
    commune = ("--commune", "Brest", "--motif", "Y est élue")
    assert dire("evaluateurs interet", scene.collegue.courriel, *commune, *soi)[0] == 0
    for adresse, options in ((scene.collegue.courriel, ("--commune", "Brest", "--retirer")), ("{juge}", commune)):
        assert dire("evaluateurs interet", adresse, *options, *soi)[0] == 1
    assert "déportez-vous" in dire("evaluateurs interet", "{juge}", *_juge(scene, "evaluateur"))[1]
    assert dire("evaluateurs profil", "{juge}", *_juge(scene, "membre_comite"))[0] == 1


def _juge(scene: Scene, role: str) -> tuple[str, ...]:
    return ("--par", scene.interesse.courriel, "--role", role)


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
        assert (code, commande in SANS_NOM or any(secret in dit for secret in SECRETS)) == (0, True), (commande, dit)
        for role in JUGES:
            code, dit = dire(commande, *arguments, "--par", scene.interesse.courriel, "--role", role)
            assert [secret for secret in SECRETS if secret in dit] == [], (commande, role)
            refusee = NUMERO in arguments or commande in OPAQUES
            assert (code == 1 or not refusee, "%PDF" in dit) == (True, False), (commande, role)


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
    for commande in ETRANGERES:
        for role in roles:
            code, dit = dire(commande, *LIT[commande], "--par", etranger.courriel, "--role", role)
            assert [secret for secret in SECRETS if secret in dit] == [], (commande, role)
            assert NUMERO not in LIT[commande] or (code, "accessible" in dit) == (1, True), (commande, role)
