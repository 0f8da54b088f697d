"""TLS, STARTTLS and authentication against a real server with a certificate of its own making."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine

from notifications.settings import Tls
from tests.notifications.exemples import MAINTENANT
from tests.notifications.outils import deposer, dispatcher, etats
from tests.support.smtp import ServeurSmtp


@pytest.fixture(scope="session")
def certificat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate nobody has signed, with its key."""
    clef = ec.generate_private_key(ec.SECP256R1())
    nom = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smtp.example.org")])
    maintenant = datetime.now(UTC)
    signe = (
        x509.CertificateBuilder()
        .subject_name(nom)
        .issuer_name(nom)
        .public_key(clef.public_key())
        .serial_number(1)
        .not_valid_before(maintenant - timedelta(days=1))
        .not_valid_after(maintenant + timedelta(days=1))
        .sign(clef, hashes.SHA256())
    )
    fichier = tmp_path_factory.mktemp("tls") / "certificat.pem"
    prive = clef.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    fichier.write_bytes(prive + signe.public_bytes(serialization.Encoding.PEM))
    return fichier


@pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
def test_un_courriel_part_par_une_connexion_chiffree_et_signee(
    engine_sqlite: Engine, tmp_path: Path, certificat: Path, tls: Tls
) -> None:
    identifiants = deposer(engine_sqlite, 3)
    with ServeurSmtp(tmp_path / "smtp", certificat=certificat, tls=tls is Tls.TLS) as serveur:
        serveur.fautes(mot_de_passe="bon")
        acces: dict[str, Any] = {"tls": tls, "verifier_certificat": False, "user": "ami", "password": "bon"}
        assert dispatcher(engine_sqlite, serveur, **acces).passer(MAINTENANT).envoyes == 3
        assert serveur.comptes() == dict.fromkeys(identifiants, 1)
        assert serveur.evenements("auth_acceptee") >= 1


@pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
def test_un_certificat_que_personne_ne_garantit_est_refuse(
    engine_sqlite: Engine, tmp_path: Path, certificat: Path, tls: Tls
) -> None:
    deposer(engine_sqlite)
    with ServeurSmtp(tmp_path / "smtp", certificat=certificat, tls=tls is Tls.TLS) as serveur:
        bilan = dispatcher(engine_sqlite, serveur, tls=tls).passer(MAINTENANT)
        assert "certificate" in (bilan.injoignable or "").lower()
        assert serveur.recus() == []
    assert set(etats(engine_sqlite).values()) == {"a_envoyer"}
