"""The card one asked for is the card one got."""

from verify.check import Finding, check, failed, passed
from verify.nvidia import cards
from verify.target import Target


@check(
    stage="watch",
    part=("system", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="the plan's gpu; Azure and gpud compare counts likewise",
)
def gpu_present(target: Target) -> Finding:
    """The planned NVIDIA card is there, and every card on the PCI bus is seen by the driver."""
    seen = [card["name"] for card in cards(target.host, "name")]
    bus = target.host.run("ls /proc/driver/nvidia/gpus 2>/dev/null | wc -l")
    planned = target.planned.gpu.name if target.planned.gpu else ""
    registered = int((bus.stdout.split() or ["0"])[-1])
    names = ", ".join(seen)
    if not any(same(planned, name) for name in seen):
        return failed(planned, names, "write the card that is there under `gpu:`, or mend the hardware")
    if registered != len(seen):
        return failed(f"{registered} cards", f"{len(seen)} answer", "a card fell off the bus: journalctl -k | grep Xid")
    return passed(f"{len(seen)} x {names}" if len(set(seen)) == 1 else names, planned)


def same(planned: str, name: str) -> bool:
    """Whether the driver's name for a card contains every word of the plan's."""
    words = name.lower().replace("-", " ").split()
    return all(word in words for word in planned.lower().replace("-", " ").split() if word not in {"nvidia", "geforce"})
