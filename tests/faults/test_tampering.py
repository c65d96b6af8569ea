"""Somebody changes a machine behind Pulumi's back: `refresh` names it, the next `up` mends and verifies it.

All on one stack, one after the other: what a case leaves behind would be the next one's drift.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.checkouts import Checkout
from tests.faults import cases

pytestmark = pytest.mark.machine

STACK = f"tamper-{os.getpid()}"
ASKED = {"machine": {"provider": "sandbox"}, "gpu": "none", "models": ["smollm2:135m"], "clients": ["demo"]}
MODEL = "/var/lib/eigenherd/models/*.gguf"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop eve"


@dataclass(frozen=True)
class Tampering:
    """command: what root does on the machine. operation: which of the deployment's sees it."""

    command: str
    operation: str


CASES = {
    "a file made from a template edited": Tampering("echo '# eve' >>/etc/caddy/Caddyfile", "Gateway | Configuration"),
    "a unit stopped and disabled": Tampering("systemctl disable --quiet --now eigenherd-engine", "Engine | Runs"),
    "a unit overridden (systemctl edit)": Tampering(
        "mkdir -p /etc/systemd/system/eigenherd-engine.service.d; cd /etc/systemd/system/eigenherd-engine.service.d;"
        " printf '[Service]\\nProtectSystem=no\\n' >override.conf; systemctl daemon-reload",
        "Engine | Runs",
    ),
    "a package removed": Tampering("apt-get remove --yes --quiet caddy", "Gateway | Caddy"),
    "a firewall rule deleted": Tampering(
        "nft delete rule inet eigenherd output handle"
        " $(nft --handle list chain inet eigenherd output | sed -n 's/.*# handle //p' | tail -1)",
        "Firewall | Live rules are these and no others",
    ),
    "a firewall rule added that lets everybody in": Tampering(
        "nft insert rule inet eigenherd input accept", "Firewall | Live rules are these and no others"
    ),
    "a model file truncated": Tampering(f"truncate --size 1M {MODEL}", "Engine | Models | Model smollm2:135m"),
    "a model file of the same size with other bytes": Tampering(
        f"dd if=/dev/zero of=$(echo {MODEL}) bs=1M seek=40 count=1 conv=notrunc status=none",
        "Engine | Models | Model smollm2:135m",
    ),
    "an extra SSH key for root": Tampering(
        f"echo '{KEY}' >>/root/.ssh/authorized_keys", "Accounts | The stack's key and no other"
    ),
    "an extra user with an SSH key": Tampering(
        f"useradd --create-home eve; mkdir ~eve/.ssh; echo '{KEY}' >~eve/.ssh/authorized_keys",
        "Accounts | The stack's key and no other",
    ),
    "root's password set": Tampering("echo root:open | chpasswd", "Accounts | No account has a password"),
    "sshd told to take passwords": Tampering(
        "sed -i '1i PasswordAuthentication yes' /etc/ssh/sshd_config; systemctl reload ssh",
        "SSH server | Debian's configuration and ours",
    ),
    "the engine's user given a shell": Tampering(
        "usermod --shell /bin/bash --append --groups sudo eigenherd-engine",
        "Engine user | A user that can do nothing else",
    ),
    "a private key made readable by all": Tampering("chmod 644 /etc/caddy/tls/*.key", "Gateway | Certificate"),
}
SAMPLE = ["an extra SSH key for root"]


@pytest.fixture(scope="module")
def stack(layered: Checkout) -> Iterator[Checkout]:
    """The environment of the README, up; destroyed when the module is done."""
    layered.environment(STACK, ASKED)
    try:
        layered.eigenherd("up", STACK)
        yield layered
    finally:
        layered.eigenherd("down", STACK)


def refresh(stack: Checkout) -> str:
    return stack.pulumi("refresh", "--yes", "--skip-preview", "--suppress-outputs", "--stack", STACK)


def assert_no_secret_in_clear(stack: Checkout) -> None:
    """Pulumi writes what a `read` returns, too, and encrypts only what is declared secret."""
    secrets = stack.handover(STACK).secrets
    planted = [*secrets.clients.values(), secrets.ca_key.splitlines()[1], secrets.ssh_key.splitlines()[1]]
    for path in (stack.path / ".eigenherd" / "state").rglob("*"):
        text = path.read_text(errors="replace") if path.is_file() else ""
        assert not [secret for secret in planted if secret in text], path


@cases.parametrize(CASES, SAMPLE)
def test_it_is_named_mended_and_verified(
    stack: Checkout, fault: str, injected: Tampering, note: Callable[..., None]
) -> None:
    stack.ssh(STACK, "main", injected.command)
    seen = refresh(stack)
    found = re.search(f"main: ({re.escape(injected.operation)}: differs)", seen)
    assert found, seen
    assert_no_secret_in_clear(stack)
    mended = stack.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", STACK)
    assert f"main: {injected.operation}: changed" in mended, mended
    works = re.search(r"works, .*?(\d+ of \d+ checks passed)", mended)
    assert works, mended
    after = refresh(stack)
    unchanged = re.search(r"^ +(\d+ unchanged)$", after, re.MULTILINE)
    assert unchanged and not re.search(r"differs|updated", after), after
    note(seen=f"refresh: {found[1]}", after=f"up: {works[1]}; refresh: {unchanged[1]}")
