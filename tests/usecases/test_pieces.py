"""Pièces: judged by their bytes, bounded, stored by their hash, named harmlessly."""

import io
import stat
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import openpyxl
import pytest
from sqlmodel import select

from ami.erreurs import DonneesInvalides, Introuvable, Refus
from ami.magasin import Magasin
from ami.models import Dossier, Piece
from ami.pieces import joindre_piece, nom_neutre
from ami.sujets import Acteur
from rules.modele import PieceDemandee
from tests.usecases.monde import JOUR, Monde

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(200)
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def xlsx() -> bytes:
    classeur, tampon = openpyxl.Workbook(), io.BytesIO()
    classeur.save(tampon)
    return tampon.getvalue()


def archive(**entrees: bytes) -> bytes:
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as sortie:
        for nom, contenu in entrees.items():
            sortie.writestr(nom.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), contenu)
    return tampon.getvalue()


DOCX = archive(word__document_xml=b"<w:document/>")
ODT = archive(mimetype=b"application/vnd.oasis.opendocument.text", content_xml=b"<a/>")


@pytest.fixture
def magasin(tmp_path: Path) -> Magasin:
    return Magasin(tmp_path / "pieces")


def joindre(
    monde: Monde,
    magasin: Magasin,
    contenu: bytes | BinaryIO,
    *,
    dossier: Dossier | None = None,
    nom: str = "lettre.pdf",
    types: tuple[str, ...] = ("pdf",),
    taille_max_mo: int = 1,
    code: str = "essai",
) -> Piece:
    """Lay one file for a pièce of the types given."""
    demandee = PieceDemandee(
        code="essai", libelle="Lettre", acte="completer", types=list(types), taille_max_mo=taille_max_mo
    )
    return joindre_piece(
        monde.session,
        dossier or monde.dossier(),
        code,
        nom,
        io.BytesIO(contenu) if isinstance(contenu, bytes) else contenu,
        reglement=monde.reglement.model_copy(update={"pieces": [demandee]}),
        magasin=magasin,
        acteur=Acteur("porteur", monde.contact.id),
        maintenant=JOUR,
    )


def fichiers(magasin: Magasin) -> list[Path]:
    return [chemin for chemin in magasin.dossier_racine.rglob("*") if chemin.is_file()]


def test_une_piece_est_rangee_sous_son_empreinte_et_se_relit(monde: Monde, magasin: Magasin) -> None:
    piece = joindre(monde, magasin, PDF)
    empreinte = sha256(PDF).hexdigest()
    assert (piece.empreinte, piece.taille, piece.type_reel) == (empreinte, len(PDF), "application/pdf")
    assert (piece.nom_origine, piece.deposee_le, piece.deposee_par) == ("lettre.pdf", JOUR, monde.contact.id)
    assert fichiers(magasin) == [magasin.dossier_racine / empreinte[:2] / empreinte[2:4] / empreinte]
    with magasin.ouvrir(empreinte) as fichier:
        assert fichier.read() == PDF
    assert not stat.S_IMODE(magasin.chemin(empreinte).stat().st_mode) & 0o111


def test_la_meme_piece_deux_fois_n_en_fait_qu_une(monde: Monde, magasin: Magasin) -> None:
    dossier = monde.dossier()
    une = joindre(monde, magasin, PDF, dossier=dossier)
    assert joindre(monde, magasin, PDF, dossier=dossier, nom="autre.pdf") is une
    joindre(monde, magasin, PDF, dossier=monde.dossier())
    assert len(monde.session.exec(select(Piece)).all()) == 2
    assert len(fichiers(magasin)) == 1


@pytest.mark.parametrize(
    ("contenu", "nom", "types", "mime"),
    [
        (PNG, "photo.png", ("pdf", "png"), "image/png"),
        (xlsx(), "budget.xlsx", ("xlsx",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (DOCX, "lettre.docx", ("docx",), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (ODT, "lettre.odt", (".ODT",), "application/vnd.oasis.opendocument.text"),
        ("Poste;Montant\nÉtude;6 400,00 €\n".encode(), "budget.csv", ("csv",), "text/csv"),
        ("\ufeffPoste;Montant\n".encode(), "budget.csv", ("csv",), "text/csv"),
        ("Poste;Montant\nÉtude;6 400,00 €\n".encode("cp1252"), "budget.csv", ("csv",), "text/csv"),
        (b"BM;Montant\nabri;1\n", "budget.csv", ("csv",), "text/csv"),
        (b"Bonjour.\n", "mot.txt", ("txt",), "text/plain"),
        (b"a;b\n", "sans_extension", ("csv",), "text/csv"),
    ],
)
def test_les_documents_ordinaires_sont_reconnus(
    monde_leger: Monde, magasin: Magasin, contenu: bytes, nom: str, types: tuple[str, ...], mime: str
) -> None:
    assert joindre(monde_leger, magasin, contenu, nom=nom, types=types).type_reel == mime


@pytest.mark.parametrize(
    ("contenu", "types"),
    [
        (HTML, ("pdf",)),
        (b"\n\n  " + HTML, ("txt", "csv")),
        (b"\xef\xbb\xbf" + HTML, ("txt",)),
        (b'<?xml version="1.0"?><svg onload="x()"/>', ("txt", "png")),
        (b"#!/bin/sh\nrm -rf .\n", ("txt",)),
        (b"{\\rtf1 bonjour}", ("txt",)),
        (EXE, ("pdf", "txt")),
        (ELF, ("pdf", "txt")),
        (PNG, ("pdf",)),
        (b"du texte\x00avec un nul", ("txt",)),
        (archive(charge_bin=b"x"), ("docx", "xlsx", "pdf")),
        (xlsx(), ("docx",)),
        (b"PK\x03\x04abime", ("docx", "pdf")),
    ],
)
def test_un_contenu_qui_n_est_pas_ce_qu_il_pretend_est_refuse(
    monde_leger: Monde, magasin: Magasin, contenu: bytes, types: tuple[str, ...]
) -> None:
    with pytest.raises(DonneesInvalides, match=r"n'est pas un document|abîmée"):
        joindre(monde_leger, magasin, contenu, nom="lettre.pdf", types=types)
    assert fichiers(magasin) == []
    assert monde_leger.session.exec(select(Piece)).all() == []


def test_une_bombe_compressee_est_refusee_sans_etre_depliee(monde_leger: Monde, magasin: Magasin) -> None:
    bombe = archive(word__document_xml=bytes(60_000_000))
    assert len(bombe) < 1_000_000
    with pytest.raises(DonneesInvalides, match="volume anormal"):
        joindre(monde_leger, magasin, bombe, nom="lettre.docx", types=("docx",))


def test_un_document_a_macros_est_refuse(monde_leger: Monde, magasin: Magasin) -> None:
    with pytest.raises(DonneesInvalides, match="macros"):
        joindre(
            monde_leger,
            magasin,
            archive(word__document_xml=b"<a/>", word__vbaProject_bin=b"x"),
            nom="lettre.docx",
            types=("docx",),
        )


class FluxSansFin(io.RawIOBase):
    """Two gigabytes that are never in memory: it counts what was asked of it."""

    lus = 0

    def readable(self) -> bool:
        return True

    def read(self, taille: int = -1) -> bytes:
        assert taille > 0, "the whole stream was asked for at once"
        self.lus += taille
        return b"%PDF-1.7" + bytes(taille - 8) if self.lus < 2_000_000_000 else b""


def test_un_fichier_trop_gros_cesse_d_etre_lu_des_la_limite(monde_leger: Monde, magasin: Magasin) -> None:
    flux = FluxSansFin()
    with pytest.raises(DonneesInvalides, match="dépasse 1 Mo"):
        joindre(monde_leger, magasin, flux)  # type: ignore[arg-type]
    assert flux.lus < 1_200_000
    assert fichiers(magasin) == []


def test_un_fichier_a_la_limite_exacte_est_admis(monde_leger: Monde, magasin: Magasin) -> None:
    assert joindre(monde_leger, magasin, PDF + b" " * (1_000_000 - len(PDF))).taille == 1_000_000
    with pytest.raises(DonneesInvalides, match="dépasse"):
        joindre(monde_leger, magasin, PDF + b" " * (1_000_001 - len(PDF)))


def test_un_fichier_vide_est_refuse(monde_leger: Monde, magasin: Magasin) -> None:
    with pytest.raises(DonneesInvalides, match="vide"):
        joindre(monde_leger, magasin, b"")


class FluxCoupe(io.RawIOBase):
    """A connection that breaks in the middle."""

    def __init__(self) -> None:
        self._blocs: Iterator[bytes] = iter([PDF])

    def readable(self) -> bool:
        return True

    def read(self, taille: int = -1) -> bytes:
        for bloc in self._blocs:
            return bloc
        raise ConnectionResetError("coupé")


def test_un_envoi_coupe_ne_laisse_rien(monde_leger: Monde, magasin: Magasin) -> None:
    with pytest.raises(ConnectionResetError):
        joindre(monde_leger, magasin, FluxCoupe())  # type: ignore[arg-type]
    assert fichiers(magasin) == []


def test_une_piece_que_le_reglement_ignore_est_refusee(monde_leger: Monde, magasin: Magasin) -> None:
    with pytest.raises(DonneesInvalides, match="Pièces prévues : essai"):
        joindre(monde_leger, magasin, PDF, code="selfie")


def test_un_dossier_termine_ne_recoit_plus_de_piece(monde: Monde, magasin: Magasin) -> None:
    with pytest.raises(Refus, match="terminé"):
        joindre(monde, magasin, PDF, dossier=monde.dossier(etat="clos"))


@pytest.mark.parametrize(
    ("nom", "genre", "neutre"),
    [
        ("Délibération n° 12.pdf", "pdf", "Délibération n° 12.pdf"),
        ("PHOTO.JPEG", "jpg", "PHOTO.jpeg"),
        ("../../etc/passwd", "pdf", "passwd.pdf"),
        ("C:\\Users\\x\\lettre.pdf", "pdf", "lettre.pdf"),
        ("a\r\nContent-Type: text/html\r\n.pdf", "pdf", "html.pdf"),
        ("a\0b\u2028c.pdf", "pdf", "abc.pdf"),
        ("lettre\u202efdp.exe", "pdf", "lettrefdp.exe.pdf"),
        ('"><script>.pdf', "pdf", "___script_.pdf"),
        ("..", "pdf", "document.pdf"),
        ("", "pdf", "document.pdf"),
        (".pdf", "pdf", "pdf.pdf"),
        ("a" * 400 + ".pdf", "pdf", "a" * 150 + ".pdf"),
    ],
)
def test_le_nom_d_origine_est_rendu_inoffensif(nom: str, genre: str, neutre: str) -> None:
    assert nom_neutre(nom, genre) == neutre


def test_le_magasin_n_ouvre_que_des_empreintes(magasin: Magasin) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        magasin.ouvrir("../../etc/passwd")
    with pytest.raises(Introuvable):
        magasin.ouvrir("0" * 64)
