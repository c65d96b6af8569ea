"""What nvidia-smi says, read without trusting it: values can be "[N/A]", and the call itself can fail."""

from dataclasses import dataclass

from verify.check import CheckFailed, CouldNotTell
from verify.transport import Output, Shell

Card = dict[str, str]
REFUSALS = {
    6: "no device",
    8: "a card's power cables are not attached",
    9: "the driver is not loaded",
    11: "a card's interrupts do not arrive",
    12: "the driver's library NVML is not installed",
    15: "a card fell off the bus",
    16: "a card must be reset",
    127: "nvidia-smi is not installed",
}
CORRUPTED_INFOROM = 14  # nvidia-smi answers, and ends with this code
# The oldest branch that NVIDIA supports, and the first with CUDA 13.
LEAST_BRANCH = 580
RELOAD = "reboot the machine: a driver that was updated runs only after that"


@dataclass(frozen=True)
class Process:
    """Something that computes on a card; used_mib can be "[N/A]"."""

    card_uuid: str
    pid: str
    name: str
    used_mib: str


class UnknownField(CouldNotTell):
    """This driver's nvidia-smi does not know a field; one such field makes the whole call fail."""


def cards(host: Shell, *fields: str) -> list[Card]:
    """One row a card, with these fields of `nvidia-smi --query-gpu`."""
    output = host.run(f"nvidia-smi --query-gpu={','.join(fields)} --format=csv,noheader,nounits")
    refused(output)
    lines = [line for line in output.stdout.splitlines() if line.strip() and not line.startswith("WARNING")]
    rows = [[value.strip() for value in line.split(",")] for line in lines]
    if output.code not in {0, CORRUPTED_INFOROM} or not rows or any(len(row) != len(fields) for row in rows):
        raise CouldNotTell(f"{', '.join(fields)} of each card", said(output) or "nothing", "run nvidia-smi there")
    return [dict(zip(fields, row, strict=True)) for row in rows]


def processes(host: Shell) -> list[Process]:
    """Everything that computes on a card."""
    ask = "nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory --format=csv,nounits"
    output = host.run(ask, root=True)
    refused(output)
    heading, *lines = [line for line in output.stdout.splitlines() if not line.startswith("WARNING")] or [""]
    rows = [[value.strip() for value in line.split(",")] for line in lines if line.strip()]
    # With its heading an empty list is an answer; without, it is a broken one.
    broken = output.code not in {0, CORRUPTED_INFOROM} or not heading.startswith("gpu_uuid, pid, process_name")
    if broken or any(len(row) != 4 for row in rows):
        raise CouldNotTell("the list of processes on the cards", said(output) or "nothing", f"run: {ask}")
    return [Process(*row) for row in rows]


def refused(output: Output) -> None:
    """Raise what a refusal of nvidia-smi means, whichever question was asked."""
    if "version mismatch" in output.stdout:
        raise CheckFailed("a driver whose parts fit each other", output.stdout.splitlines()[0], RELOAD)
    if "is not a valid field to query" in output.stdout + output.stderr:
        raise UnknownField("a field that this driver knows", said(output), "a newer driver branch may know it")
    if output.code in REFUSALS:
        raise CheckFailed(
            "nvidia-smi answers", REFUSALS[output.code], "install the driver, then reboot; see lspci -d 10de:"
        )


def said(output: Output) -> str:
    return (output.stdout + output.stderr).strip()[:200]


def number(value: str) -> float | None:
    """None for "[N/A]", "[Not Supported]" and the like."""
    try:
        return float(value)
    except ValueError:
        return None


def branch(version: str) -> int:
    """580 of "580.95.05"."""
    major = version.partition(".")[0]
    if not major.isdecimal():
        raise CouldNotTell("a driver version such as 580.95.05", version or "nothing", "run nvidia-smi there")
    return int(major)
