"""The memory one paid for."""

from verify.check import Finding, check, failed, passed
from verify.nvidia import cards, number
from verify.target import Target

LEAST_SHARE = 0.92


@check(
    stage="watch",
    part=("system", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="the catalogue's VRAM; ECC on GDDR boards takes about 6 %, so the floor is 92 %",
)
def gpu_memory(target: Target) -> Finding:
    """The card's memory is what the catalogue says, less what ECC takes."""
    planned_gib = target.planned.gpu.vram_gib if target.planned.gpu else 0
    sizes = [number(card["memory.total"]) or 0 for card in cards(target.host, "memory.total")]
    measured = f"{min(sizes) / 1024:.1f} GiB"
    bound = f"{LEAST_SHARE:.0%} of {planned_gib} GiB"
    if min(sizes) < LEAST_SHARE * planned_gib * 1024:
        return failed(bound, measured, "compare with `gpu:`; MIG may be on: nvidia-smi -q -d MEMORY")
    return passed(measured, bound)
