"""Who can log in, on machines that the stack made: its own key, and nobody's password.

On a machine that was there before us the owner's keys and passwords are his (docs/adr/0007).
"""

from cryptography.hazmat.primitives import serialization
from pyinfra.api.deploy import deploy

from deploy.operations.keys import only_key
from deploy.operations.users import no_passwords
from plan.machine import Handover, Machine


def are_ours(handover: Handover, machine: Machine) -> bool:
    """Whether all accounts of the machine are the stack's."""
    planned = handover.planned(machine)
    return planned.harden and planned.provider != "existing"


@deploy("Accounts")
def close_accounts(handover: Handover, machine: Machine) -> None:
    no_passwords(name="No account has a password")
    only_key(name="The stack's key and no other", user=machine.user, key=public_half(handover.secrets.ssh_key))


def public_half(private: str) -> str:
    """As it stands in authorized_keys, without a comment."""
    key = serialization.load_ssh_private_key(private.encode(), password=None).public_key()
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
