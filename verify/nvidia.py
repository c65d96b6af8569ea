"""What nvidia-smi says, read without trusting it: values can be "[N/A]", and the call itself can fail."""

from verify.check import CheckFailed, CouldNotTell
from verify.transport import Shell

Card = dict[str, str]
REFUSALS = {9: "the driver is not loaded", 6: "no device", 127: "nvidia-smi is not installed"}
# The oldest branch that NVIDIA supports, and the first with CUDA 13.
LEAST_BRANCH = 580
RELOAD = "reboot the machine: a driver that was updated runs only after that"


def cards(host: Shell, *fields: str) -> list[Card]:
    """One row a card, with these fields of `nvidia-smi --query-gpu`."""
    output = host.run(f"nvidia-smi --query-gpu={','.join(fields)} --format=csv,noheader,nounits")
    if "version mismatch" in output.stdout:
        raise CheckFailed("a driver whose parts fit each other", output.stdout.splitlines()[0], RELOAD)
    if output.code in REFUSALS:
        raise CheckFailed(
            "nvidia-smi answers", REFUSALS[output.code], "install the driver, then reboot; see lspci -d 10de:"
        )
    rows = [[value.strip() for value in line.split(",")] for line in output.stdout.splitlines() if line.strip()]
    if output.code != 0 or not rows or any(len(row) != len(fields) for row in rows):
        said = (output.stdout + output.stderr).strip()[:200]
        raise CouldNotTell(f"{', '.join(fields)} of each card", said or "nothing", "run nvidia-smi on the machine")
    return [dict(zip(fields, row, strict=True)) for row in rows]


def number(value: str) -> float | None:
    """None for "[N/A]", "[Not Supported]" and the like."""
    try:
        return float(value)
    except ValueError:
        return None
