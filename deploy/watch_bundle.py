"""The checks as files for the machine itself, and what they compare with: a handover without a secret.

Files of the rooms `plan` and `verify` are carried as text; nothing of them is imported here.
"""

from functools import cache
from pathlib import Path

from plan.machine import Handover, Secrets

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("plan", "verify")
KINDS = {".py", ".toml", ".j2"}


@cache
def bundle() -> dict[str, str]:
    """Path within the folder to text."""
    found = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*")) if path.suffix in KINDS)
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in found}


def without_secrets(handover: Handover, folder: str) -> Handover:
    """Field by field what may lie on a machine: a new secret is left out until somebody adds it here."""
    kept = handover.secrets
    secrets = Secrets(
        ca_certificate=kept.ca_certificate,
        ca_key="",
        certificate=kept.certificate,
        certificate_key="",
        clients={},
        ssh_key="",
    )
    plan = handover.plan.model_copy(update={"decisions": ()})
    return Handover(plan=plan, machines=handover.machines, secrets=secrets, folder=folder)
