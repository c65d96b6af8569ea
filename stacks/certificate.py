"""The certificate of `tls: files`, read on this computer before anything is made with it."""

from pathlib import Path

from plan.errors import SpecError
from plan.plan import Gateway

WHERE = "eigenherd:environment, gateway"


def files(gateway: Gateway) -> tuple[str, str]:
    """The certificate chain and its key as PEM; empty where the stack makes its own."""
    if not gateway.files:
        return "", ""
    from cryptography import x509  # costs every other program's start a moment
    from cryptography.hazmat.primitives import serialization

    chain, key = (_text(name, path) for name, path in zip(("certificate", "key"), gateway.files, strict=True))
    try:
        public = x509.load_pem_x509_certificates(chain.encode())[0].public_key()
    except ValueError:
        found = f"something else in {gateway.files[0]}"
        raise SpecError(f"{WHERE}.certificate: a certificate chain (PEM)", found, "name its file") from None
    try:
        private = serialization.load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError):  # a key with a password is a TypeError
        wanted = f"{WHERE}.key: a private key (PEM) without a password"
        raise SpecError(wanted, f"something else in {gateway.files[1]}", "name its file") from None
    if private.public_key() != public:
        raise SpecError(f"{WHERE}.key: the key of the certificate", "the key of another one", "name the two that fit")
    return chain, key


def _text(name: str, path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or "no text"
        raise SpecError(f"{WHERE}.{name}: a file that can be read", f"{path}: {found}", "correct the path") from None
