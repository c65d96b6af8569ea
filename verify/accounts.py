"""Whose accounts a machine's are, and the one key that is to open them."""

from plan.plan import MachinePlan
from verify.check import CouldNotTell


def ours(planned: MachinePlan) -> str:
    """Empty where the stack made the machine and may say who logs in; else why it may not."""
    if planned.provider == "existing":
        return "its owner's: the machine was there before us"
    return "" if planned.harden else "not ours here: harden is false"


def public_half(private: str) -> str:
    """An OpenSSH private key's type and public half, as sshd reads them."""
    from cryptography.hazmat.primitives import serialization  # not there where these checks ask their own machine

    try:
        key = serialization.load_ssh_private_key(private.encode(), password=None).public_key()
    except ValueError:
        raise CouldNotTell("the stack's own SSH key", "none that can be read", "run `pulumi up` again") from None
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
