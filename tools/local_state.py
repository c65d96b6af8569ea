"""`.eigenherd`: Pulumi's state, its passphrase, and `env`, which points a shell at both."""

import os
import secrets
import shlex

from tools import pulumi_cli
from tools.checkout import LOCAL, VENV, SetupError

STATE = LOCAL / "state"
PASSPHRASE = LOCAL / "passphrase"
ENV = LOCAL / "env"

ENV_TEXT = """\
# Written by `make setup`. Use: . .eigenherd/env
export PATH={path}:"$PATH"
export PULUMI_BACKEND_URL="${{PULUMI_BACKEND_URL:-{state_url}}}"
[ -n "${{PULUMI_CONFIG_PASSPHRASE+set}}" ] ||
    export PULUMI_CONFIG_PASSPHRASE_FILE="${{PULUMI_CONFIG_PASSPHRASE_FILE:-"{passphrase}"}}"
export PULUMI_SKIP_UPDATE_CHECK=true
unset PYTHONDONTWRITEBYTECODE # each command is a Python program of its own, which would be compiled anew every time
"""
# The CLI built from modules comes without plugins, and would look for them on the network at every command.
NO_PLUGINS = "export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true\n"


def missing() -> str | None:
    if not STATE.is_dir() or not PASSPHRASE.exists():
        return "local state: .eigenherd/state and .eigenherd/passphrase (keep these two)"
    if not ENV.exists() or ENV.read_text() != env_text():
        return "shell settings: .eigenherd/env"
    return None


def make() -> None:
    LOCAL.mkdir(mode=0o700, exist_ok=True)
    LOCAL.chmod(0o700)
    if not PASSPHRASE.exists():
        if STATE.is_dir() and any(STATE.rglob("*.json")):
            raise SetupError(
                f"{STATE} holds stacks, but the passphrase that opens their secrets is gone\n"
                f"  -> put it back as {PASSPHRASE}; a new one could not read them"
            )
        descriptor = os.open(PASSPHRASE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    STATE.mkdir(mode=0o700, exist_ok=True)
    ENV.write_text(env_text())


def env_text() -> str:
    text = ENV_TEXT.format(
        path=shlex.quote(f"{VENV / 'bin'}:{pulumi_cli.BIN}"),
        state_url=f"file://{STATE}",
        passphrase=PASSPHRASE,
    )
    return text + (NO_PLUGINS if pulumi_cli.came_from() == "modules" else "")
