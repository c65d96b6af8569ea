"""The stack's secrets: a CA that can sign for its own host only, keys that SSH takes, tokens that differ."""

import datetime
import ipaddress
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stacks import keys


def leaf(ca_key: str, ca_certificate: str, host: str) -> str:
    """A certificate for `host`, signed by the CA, whether the CA may or not."""
    signer = serialization.load_pem_private_key(ca_key.encode(), None)
    issuer = x509.load_pem_x509_certificate(ca_certificate.encode())
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    try:
        name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        name = x509.DNSName(host)
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer.subject)
        .public_key(ec.generate_private_key(ec.SECP256R1()).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("host", "signed", "accepted"),
    [
        ("ki.firma.lan", "ki.firma.lan", True),
        ("ki.firma.lan", "bank.example", False),
        ("ki.firma.lan", "10.0.0.1", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.4", False),
        ("10.1.2.3", "bank.example", False),
        ("fd00::3", "fd00::3", True),
        ("fd00::3", "fd00::4", False),
    ],
)
def test_the_ca_signs_for_its_own_host_only(tmp_path: Path, host: str, signed: str, accepted: bool) -> None:
    ca_key, ca_certificate = keys.make("ca", host)
    (tmp_path / "ca.pem").write_text(ca_certificate)
    (tmp_path / "leaf.pem").write_text(leaf(ca_key, ca_certificate, signed))
    command = ["openssl", "verify", "-x509_strict", "-CAfile", "ca.pem", "leaf.pem"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (result.returncode == 0) is accepted, result.stderr
    if not accepted:
        assert "subtree violation" in result.stderr


def test_ssh_takes_the_key_pair(tmp_path: Path) -> None:
    private, public = keys.make("ssh", "")
    (tmp_path / "key").write_text(private)
    (tmp_path / "key").chmod(0o600)
    derived = subprocess.run(["ssh-keygen", "-y", "-f", tmp_path / "key"], capture_output=True, text=True, check=True)
    assert derived.stdout.split()[:2] == public.split()[:2]


def test_tokens_are_long_and_differ() -> None:
    tokens = {keys.make("token", "")[0] for _ in range(100)}
    assert len(tokens) == 100
    assert all(token.startswith("eh-") and len(token) == 51 for token in tokens)
