"""Fingerprints of SSH keys, in the two forms that Robot and OpenSSH write."""

import base64
import hashlib


def blob_of(public_key: str) -> bytes:
    return base64.b64decode(public_key.split()[1])


def md5(public_key: str) -> str:
    """The colon form that Robot names keys by; it identifies a key, and protects nothing."""
    digest = hashlib.md5(blob_of(public_key), usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def sha256(public_key: str) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob_of(public_key)).digest()).decode().rstrip("=")


def is_of(fingerprint: str, public_key: str) -> bool:
    """Whether it is this key's, in either form."""
    plain = fingerprint.strip().removeprefix("MD5:")
    return plain.lower() == md5(public_key) or plain.rstrip("=") == sha256(public_key)
