"""sshd's settings, changed only to a configuration that sshd itself finds valid."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.sshd import SshdFiles, SshdSettings
from deploy.operations.files import stands, write
from deploy.record import Commands
from deploy.template import render

FILE = "/etc/ssh/sshd_config.d/00-eigenherd.conf"
SSHD = "/usr/sbin/sshd"
SHIPPED = "/usr/share/openssh/sshd_config"
CONFIG = "/etc/ssh/sshd_config"

# sshd shows this one under its older name.
SHOWN = {"prohibit-password": "without-password"}


@operation()
def nothing_else() -> Commands:
    """sshd reads the package's own file and ours: no other can come first, or be behind a Match."""
    found = host.get_fact(SshdFiles, shipped=SHIPPED, config=CONFIG)
    others = [path for path in found.added if path != FILE]
    if found.as_shipped and not others:
        return
    if not found.as_shipped:
        yield StringCommand(f"install -m 644 {SHIPPED} {CONFIG}")
    for path in others:
        yield StringCommand(f"rm -rf {shlex.quote(path)}")
    yield StringCommand(f"{SSHD} -t && systemctl reload ssh.service")


@operation()
def sshd_settings(settings: dict[str, str]) -> Commands:
    """sshd's effective settings contain these. If sshd refuses the file, the file goes and sshd stays as it is."""
    text = render(FILE, {"settings": settings})
    written = stands(text, FILE, mode="600")
    shown = {key.lower(): SHOWN.get(value, value) for key, value in settings.items()}
    if written and shown.items() <= host.get_fact(SshdSettings).items():
        return
    yield from write._inner(text, FILE, mode="600")
    yield StringCommand(f"{SSHD} -t || {{ rm -f {FILE}; exit 1; }}")
    for key, value in shown.items():
        complaint = f"another file in /etc/ssh sets {key} before {FILE} does"
        yield StringCommand(f"{SSHD} -T | grep -qx '{key} {value}' || {{ echo '{complaint}' >&2; exit 1; }}")
    yield StringCommand("systemctl reload ssh.service")
