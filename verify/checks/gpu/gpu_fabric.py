"""Boards whose cards are joined by switches."""

from verify import pci
from verify.boards import NAMED, called
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.nvidia import UnknownField, cards
from verify.target import Target

NONE = {"N/A", "[N/A]", "Not Supported", "[Not Supported]"}
STATES = {"Completed", "In Progress", "Not Started"}


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="imbue cluster-health and NVIDIA DCGM: such a board needs a fabric manager of the driver's version",
)
def gpu_fabric(target: Target) -> Finding:
    """The board has no NVSwitch: its fabric manager is not installed by us yet."""
    switches = [function for function in pci.functions(target.host) if function.is_switch]
    if switches:
        return not_yet(f"{len(switches)} NVSwitch on the bus")
    try:
        rows = cards(target.host, *NAMED, "fabric.state")
    except UnknownField:
        return passed("no NVSwitch on the bus", "none")  # drivers without the field are older than hidden switches
    joined = [card for card in rows if card["fabric.state"] in STATES]
    if joined:
        return not_yet(", ".join(f"{called(card)}: fabric {card['fabric.state']}" for card in joined))
    strange = [card for card in rows if card["fabric.state"] not in NONE]
    if strange:
        found = ", ".join(f"{called(card)}: {card['fabric.state'] or 'nothing'}" for card in strange)
        raise CouldNotTell("a state of the fabric", found, "nvidia-smi -q | grep -A3 Fabric")
    return passed("no NVSwitch on the bus, no fabric", "none")


def not_yet(found: str) -> Finding:
    return failed("a board without NVSwitch", found, "not yet: boards with NVSwitch (HGX, DGX) are not supported")
