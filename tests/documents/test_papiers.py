"""Conventions, avenants and letters: what they say is what the engine does, and what is signed is what was issued."""

import json
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from ami.argent import engagements
from ami.avenants import Changement, avenant
from ami.conventions import convention
from ami.courriers import choisir_courriel, lettre
from ami.documents import en_lettres
from ami.emission import AVENANT, Emission, deja_signe, dernier, emettre, relire, relire_signe
from ami.erreurs import DonneesInvalides, ErreurMetier, Refus
from ami.magasin import Magasin
from ami.models import (
    Avenant,
    Convention,
    DocumentEmis,
    Dossier,
    Engagement,
    Enveloppe,
    ExamenParticipation,
    Partenaire,
    Versement,
)
from ami.signatures import Signature, document_a_signer, enregistrer_signature
from ami.sujets import Acteur
from notifications.formats import montant
from notifications.lettres import en_lettre
from notifications.models import Courriel
from tests.documents.conftest import Bureau, bureau
from tests.usecases.monde import JOUR, Monde

PROGRAMMES = [
    ("habitat_participatif", "retenu_etude", "aide_etude"),
    ("habitat_participatif", "laureat", "aide_projet"),
    ("anru_plus", "retenu_maturation", "aide_etude"),
    ("anru_plus", "laureat", "aide_projet"),
]


def texte(contenu: Any) -> str:
    """All that a document says, with ordinary spaces."""
    return json.dumps(contenu, ensure_ascii=False).replace("\u202f", " ").replace("\u00a0", " ")


def lisible(euros: Decimal) -> str:
    return texte(montant(euros)).strip('"')


def agent(desk: Bureau) -> Acteur:
    return Acteur("agent", desk.scene.ids["agente"])


def signer(
    desk: Bureau, signe: Path, *, nature: str | None = None, ref: str | None = None, le: date | None = None
) -> None:
    with Session(desk.engine) as session:
        dossier = desk.dossier(session)
        document = document_a_signer(session, dossier, nature=nature, avenant=ref)
        signature = Signature(document, signe, le or desk.le.date(), agent(desk))
    enregistrer_signature(desk.engine, desk.magasin, dossier, signature, desk.le)


@pytest.mark.parametrize(("decor", "etat", "nature"), PROGRAMMES)
def test_a_convention_says_what_the_signature_then_pays(
    engine_sqlite: Engine, tmp_path: Path, signe: Path, decor: str, etat: str, nature: str
) -> None:
    desk = bureau(engine_sqlite, tmp_path, decor, etat)
    dit = texte(desk.contenu(nature))
    emis = desk.convention(nature)
    assert b"pdfuaid" in emis.octets
    assert b"/Lang" in emis.octets
    signer(desk, signe, nature=nature)
    with Session(engine_sqlite) as session:
        signee = session.exec(select(Convention).where(Convention.nature == nature)).one()
        acompte = session.exec(
            select(Versement).join(Engagement).where(Engagement.nature == nature, Versement.motif == "acompte")
        ).one()
    for somme in (signee.montant, acompte.montant):
        assert f"{lisible(somme)} ({en_lettres(somme)})" in dit
    assert signee.reference == emis.document.reference
    assert "100 000 0" in dit
    for mot in ("Solde", "mois à compter de la signature", "Reversement", "Résiliation", "CNIL"):
        assert mot in dit


def test_a_participation_says_capital_share_and_co_investor(engine_sqlite: Engine, tmp_path: Path) -> None:
    desk = bureau(engine_sqlite, tmp_path, "anru_plus", "laureat")
    faire_examiner(desk)
    articles = {a["titre"]: a for a in desk.contenu("participation")["articles"]}
    capital = texte(articles["Participation au capital"])
    assert "1 000 000,00 € (un million d'euros)" in capital
    assert "40 % du capital" in capital
    assert "600 000,00 €" in capital
    assert "fixé à 400 000,00 € (quatre cent mille euros)" in texte(articles["Montant"])
    assert "HT" not in texte(articles["Montant"])


def faire_examiner(desk: Bureau) -> None:
    """A co-investment of 400,000 € out of 1,000,000 €, kept, engaged, its co-investor signed."""
    with Session(desk.engine) as session:
        enveloppe = session.exec(select(Enveloppe).where(Enveloppe.nature == "participation")).one()
        ids, quand = desk.scene.ids, desk.le
        session.add(
            ExamenParticipation(
                dossier_id=desk.numero,
                decision="retenu",
                motif="Sain",
                montant=Decimal(400_000),
                capital=Decimal(1_000_000),
                examine_le=quand,
            )
        )
        for qualite, qui in (("societe_projet", "societe"), ("co_investisseur", "energeticien")):
            session.add(
                Partenaire(
                    dossier_id=desk.numero,
                    structure_id=ids[qui],
                    qualite=qualite,
                    apport=Decimal(600_000),
                    signe_le=quand.date(),
                    reference="ENG-5",
                )
            )
        enveloppe.engage_net += Decimal(400_000)
        session.add(
            Engagement(
                enveloppe_id=enveloppe.id or 0,
                dossier_id=desk.numero,
                nature="participation",
                engage=Decimal(400_000),
                engage_le=quand,
            )
        )
        session.commit()


def test_the_file_signed_and_the_act_stand_together_or_not_at_all(engine: Engine, tmp_path: Path, signe: Path) -> None:
    desk = bureau(engine, tmp_path, "habitat_participatif", "laureat")
    with pytest.raises(Refus, match="composez d'abord"):
        signer(desk, signe, nature="aide_projet")
    premier = desk.convention("aide_projet")
    faux = tmp_path / "faux.pdf"
    faux.write_text("signé, parole", encoding="utf-8")
    with pytest.raises(DonneesInvalides, match="n'est pas un PDF"):
        signer(desk, faux, nature="aide_projet")
    vierge = tmp_path / "vierge.pdf"
    vierge.write_bytes(premier.octets)
    with pytest.raises(DonneesInvalides, match="sans signature"):
        signer(desk, vierge, nature="aide_projet")
    # The act refuses (dated after today): the document is not signed either.
    with pytest.raises(ErreurMetier, match="signee_le"):
        signer(desk, signe, nature="aide_projet", le=date(2027, 6, 1))
    # The sum engaged moved since: both are named, and nothing is kept.
    baisser(desk, Decimal("1000.00"))
    with pytest.raises(Refus) as refus:
        signer(desk, signe, nature="aide_projet")
    assert "15 000,00 €" in texte(refus.value.message)
    assert "14 000,00 €" in texte(refus.value.message)
    assert signes(desk) == ([], ["Étude"])
    second = desk.convention("aide_projet")
    assert second.document.reference == f"{premier.document.reference}-v2"
    for exemplaire, raison in faux_exemplaires(desk, tmp_path, premier.octets, signe):
        with pytest.raises(DonneesInvalides, match=raison):
            signer(desk, exemplaire, nature="aide_projet")
    with pytest.raises(DonneesInvalides, match="n'a été émis que le 20/12/2026"):
        signer(desk, signe, nature="aide_projet", le=date(2026, 12, 19))
    signer(desk, signe, nature="aide_projet")
    assert signes(desk) == ([second.document.reference, "AUTRE"], ["Étude", second.document.reference])
    with pytest.raises(Refus, match="déjà enregistré"):
        signer(desk, signe, nature="aide_projet")
    with pytest.raises(Refus, match="est signée depuis"):
        desk.convention("aide_projet")
    with Session(engine) as session:
        document = dernier(session, desk.dossier(session), "convention", nature="aide_projet")
    assert document is not None
    with desk.magasin.ouvrir(document.signe_empreinte or "") as fichier:
        assert fichier.read() == signe.read_bytes()


def faux_exemplaires(desk: Bureau, tmp_path: Path, premiere_version: bytes, signe: Path) -> list[tuple[Path, str]]:
    """Files that sign nothing: a former version still blank, a PDF cut short or empty, the signed copy of another."""
    contenus = {
        "sans signature": premiere_version,
        "tronqué": signe.read_bytes().replace(b"%%EOF", b""),
        "sans page": b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages>>endobj\n%%EOF\n",
        "déjà gardé comme exemplaire signé du document AUTRE": signe.read_bytes() + b"%un autre\n",
    }
    fichiers = []
    for rang, (raison, octets) in enumerate(contenus.items()):
        fichier = tmp_path / f"faux-{rang}.pdf"
        fichier.write_bytes(octets)
        fichiers.append((fichier, raison))
    with Session(desk.engine) as session:
        empreinte = sha256(fichiers[-1][0].read_bytes()).hexdigest()
        autre = DocumentEmis(
            dossier_id=desk.numero, genre="lettre", donnees={}, emis_le=desk.le, reference="AUTRE", empreinte="0" * 64
        )
        autre.signe_empreinte = empreinte
        session.add(autre)
        session.commit()
    return fichiers


def baisser(desk: Bureau, de: Decimal) -> None:
    """Free a part of the grant, as a decision would."""
    with Session(desk.engine) as session:
        engagement = engagements(session, desk.dossier(session), "aide_projet")[0]
        engagement.libere += de
        session.add(engagement)
        session.commit()


def signes(desk: Bureau) -> tuple[list[str], list[str]]:
    """References of the documents signed with a file, and of the conventions the base keeps."""
    with Session(desk.engine) as session:
        emis = session.exec(
            select(DocumentEmis.reference)
            .where(col(DocumentEmis.signe_empreinte).is_not(None))
            .order_by(col(DocumentEmis.id))
        ).all()
        return list(emis), list(session.exec(select(Convention.reference).order_by(col(Convention.id))))


def test_the_same_paper_is_the_same_row_and_the_same_bytes(engine_sqlite: Engine, tmp_path: Path) -> None:
    desk = bureau(engine_sqlite, tmp_path, "habitat_participatif", "laureat")
    premier, encore = desk.convention("aide_projet"), desk.convention("aide_projet")
    assert encore.deja
    assert (encore.document.id, encore.octets) == (premier.document.id, premier.octets)
    with Session(engine_sqlite) as session:
        compose = convention(session, desk.dossier(session), "aide_projet", desk.le)
        assert compose.composer({**compose.contenu, "reference": compose.reference}) == premier.octets

    def nommer(titre: str) -> None:
        with Session(engine_sqlite) as session:
            desk.dossier(session).titre = titre
            session.commit()

    with Session(engine_sqlite) as session:
        titre = desk.dossier(session).titre
    nommer("Un autre titre")
    autre = desk.convention("aide_projet")
    nommer(titre)
    revenu = desk.convention("aide_projet")  # A, B, then A again: the first one, and the one that will be signed
    assert (autre.document.reference, revenu.document.id) == (f"{premier.document.reference}-v2", premier.document.id)
    with Session(engine_sqlite) as session:
        a_signer = document_a_signer(session, desk.dossier(session), nature="aide_projet", avenant=None)
        assert a_signer.id == premier.document.id
        desk.magasin.chemin(premier.document.empreinte).write_bytes(b"autre chose")
        with pytest.raises(Refus, match="modifié"):
            relire(desk.magasin, premier.document)


def test_an_avenant_says_before_and_after_and_is_signed_as_issued(
    engine_sqlite: Engine, tmp_path: Path, signe: Path
) -> None:
    desk = bureau(engine_sqlite, tmp_path, "anru_plus", "conventionne")
    change = Changement("aide_projet", Decimal(630_000), date(2031, 10, 31), "Un lot est abandonné.")

    def composer(voulu: Changement | None, reference: str = "AV-1") -> str:
        with Session(engine_sqlite) as session:
            return texte(avenant(session, desk.dossier(session), reference, voulu).contenu)

    dit = composer(change)
    for mot in (
        "700 000,00 €",
        "630 000,00 €",
        "six cent trente mille euros",
        "31 octobre 2031",
        "Un lot est abandonné.",
    ):
        assert mot in dit
    with pytest.raises(DonneesInvalides, match="doit rester entre"):
        composer(Changement("aide_projet", Decimal(700_001), change.fin, "Plus"))
    with pytest.raises(DonneesInvalides, match="pas encore signé"):
        composer(None)
    emis = desk.emettre(lambda session, dossier: avenant(session, dossier, "AV-1", change))
    assert emis.document.reference == "AP26-0001-AV-1"
    with Session(engine_sqlite) as session:
        dossier = desk.dossier(session)
        choisi = document_a_signer(session, dossier, nature=None, avenant="AV-1")
    signer(desk, signe, ref="AV-1")
    # Two people recording it at once: the second one chose the document before the first one had done.
    autre = tmp_path / "autre.pdf"
    autre.write_bytes(signe.read_bytes() + b"%numerise ailleurs\n%%EOF\n")
    seconde = Signature(choisi, autre, desk.le.date(), agent(desk))
    with pytest.raises(Refus, match="déjà enregistré"):
        enregistrer_signature(engine_sqlite, desk.magasin, dossier, seconde, desk.le)
    with Session(engine_sqlite) as session:
        desk.dossier(session).titre = "Un titre que personne n'a signé"
        rendu = deja_signe(session, desk.magasin, desk.dossier(session), AVENANT, avenant="AV-1")
        assert rendu is not None
        assert (rendu.document.id, rendu.octets, rendu.deja) == (emis.document.id, emis.octets, True)
        assert relire_signe(desk.magasin, rendu.document) == signe.read_bytes()
        garde = session.exec(select(Avenant)).one()
    assert garde.reference == "AV-1"
    assert (garde.montant, garde.fin, garde.motif) == (change.montant, change.fin, change.motif)
    with pytest.raises(DonneesInvalides, match="ne change ni le montant ni la fin"):
        composer(Changement("aide_projet", change.montant, change.fin, "Rien"), "AV-2")
    assert "700 000,00 €" in composer(None)  # once signed, it is told from the record, its « before » unchanged


def test_a_letter_is_the_courriel_of_the_record_word_for_word(engine_sqlite: Engine, tmp_path: Path) -> None:
    desk = bureau(engine_sqlite, tmp_path, "habitat_participatif", "laureat")
    with Session(engine_sqlite) as session:
        dossier = desk.dossier(session)
        choix = choisir_courriel(session, dossier, "laureat", None)
        contenu = lettre(session, dossier, choix.courriel).contenu
        porteur = contenu["destinataire"]
        envoye = message_from_bytes(choix.courriel.octets, policy=default).get_body(("plain",))
        assert choix.courriel.destinataire_ref == f"personne:{desk.scene.ids['bailleresse']}"
        assert {autre.message for autre in choix.autres} == {"laureat"}
        assert choisir_courriel(session, dossier, None, None).courriel.message == "laureat"
    blocs = texte(contenu["blocs"])
    assert f"Bonjour {porteur}" in blocs
    assert "15 000,00 €" in blocs
    assert envoye is not None
    brut = "".join(envoye.get_content().split())
    for bloc in contenu["blocs"]:
        assert "".join(bloc["texte"].split()) in brut
    un = desk.emettre(lambda s, d: lettre(s, d, choisir_courriel(s, d, "laureat", None).courriel))
    with Session(engine_sqlite) as session:
        desk.dossier(session).titre = "Autre titre"
        session.commit()
    deux = desk.emettre(lambda s, d: lettre(s, d, choisir_courriel(s, d, "laureat", None).courriel))
    assert deux.octets == un.octets
    with Session(engine_sqlite) as session:
        for courriel in session.exec(select(Courriel).where(Courriel.message == "selection_retenu")):
            courriel.octets = b""
            session.add(courriel)
        session.commit()
    with pytest.raises(DonneesInvalides, match="n'a plus de texte"):
        desk.emettre(lambda s, d: lettre(s, d, choisir_courriel(s, d, "selection_retenu", None).courriel))


def test_a_letter_leaves_to_the_screen_what_only_a_screen_can_do() -> None:
    message = EmailMessage()
    message.set_content("Bonjour,")
    paragraphes = (
        "<p>Bonjour,</p>",
        '<p><a class="bouton" href="https://x.example.org">Consulter en ligne</a></p>',
        '<p class="ecran">L\'échéance est jointe à ce message.</p>',
        "<p>Bien à vous</p>",
    )
    html = "".join(paragraphes)
    message.add_alternative(html, subtype="html")
    assert [bloc.texte for bloc in en_lettre(message.as_bytes())] == ["Bonjour,", "Bien à vous"]


def test_a_reference_never_says_two_things(monde: Monde, tmp_path: Path) -> None:
    session, magasin = monde.session, Magasin(tmp_path)
    un, autre = monde.dossier(), monde.dossier()

    def issue(dossier: Dossier, reference: str, dit: str = "") -> str:
        emission = Emission("avenant", reference, {"dit": dit}, lambda contenu: str(contenu).encode(), {})
        return emettre(session, magasin, dossier, emission, JOUR).document.reference

    assert [issue(un, "AV-1"), issue(un, "AV-1", "autrement"), issue(un, "AV-1")] == ["AV-1", "AV-1-v2", "AV-1"]
    with pytest.raises(DonneesInvalides, match="d'un autre dossier"):
        issue(autre, "AV-1")
    with pytest.raises(DonneesInvalides, match="désigne déjà une version de AV-1"):
        issue(un, "AV-1-v2", "un autre avenant")
    with pytest.raises(DonneesInvalides, match="trop longue"):
        issue(un, "A" * 57)
