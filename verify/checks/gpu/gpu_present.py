"""The cards one asked for are the cards one got."""

from verify.boards import NAMED, called, known_as, together
from verify.check import Finding, check, failed, passed
from verify.nvidia import cards
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="the plan's gpu; Azure and gpud compare models likewise",
)
def gpu_present(target: Target) -> Finding:
    """The planned NVIDIA cards are there, all of them, and no other that the engine would spread over."""
    seen = cards(target.host, *NAMED)
    gpu = target.planned.gpu
    planned, count = (gpu.name, gpu.count) if gpu else ("", 0)
    others = [card for card in seen if known_as(card) != planned]
    if others:
        found = ", ".join(map(called, others))
        return failed(str(gpu), found, "write the card that is there under `gpu:`, or take the other one out")
    found = "; ".join(together([card["name"] for card in seen]))
    if len(seen) < count:
        todo = f"see which one is missing: lspci -d 10de:, then journalctl -k | grep NVRM; or write `gpus: {len(seen)}`"
        return failed(str(gpu), found, todo)
    if len(seen) > count:
        return failed(str(gpu), found, f"write `gpus: {len(seen)}`: the engine spreads over all of them")
    return passed(found, str(gpu))
