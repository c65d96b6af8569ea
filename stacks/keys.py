"""Makes the secrets of a stack: (private, public) as text, by kind."""

import datetime
import ipaddress
import secrets

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

CA_YEARS = 10


def make(kind: str, host: str) -> tuple[str, str]:
    """kind: "token" (API key), "ssh" (OpenSSH pair) or "ca" (PEM pair that can only sign for `host`)."""
    if kind == "ca":
        return _ca(host)
    return _ssh() if kind == "ssh" else _token()


def _token() -> tuple[str, str]:
    return f"eh-{secrets.token_hex(24)}", ""


def _ssh() -> tuple[str, str]:
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode()


def _ca(host: str) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Eigenherd CA for {host}")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=365 * CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_certificate_signing(), critical=True)
        .add_extension(_only(host), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def _only(host: str) -> x509.NameConstraints:
    """Permit `host` and exclude every name of the other type: a type without a word is unconstrained."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        everything = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
        return x509.NameConstraints([x509.DNSName(host)], [x509.IPAddress(net) for net in everything])
    return x509.NameConstraints([x509.IPAddress(ipaddress.ip_network(address))], [x509.DNSName("")])


def _certificate_signing() -> x509.KeyUsage:
    return x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
