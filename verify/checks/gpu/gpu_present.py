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
    """The planned NVIDIA cards are there, as many as planned, and no other that the engine would spread over."""
    seen = cards(target.host, *NAMED)
    gpu = target.planned.gpu
    planned, count = (gpu.name, gpu.count) if gpu else ("", 0)
    wanted = planned if count == 1 else f"{count} x {planned}"
    others = [card for card in seen if known_as(card) != planned]
    if others:
        found = ", ".join(map(called, others))
        return failed(wanted, found, "write the card that is there under `gpu:`, or take the other one out")
    names = "; ".join(together([card["name"] for card in seen]))
    if len(seen) < count:
        todo = "a card that is missing is not on the bus or not with this driver: lspci -d 10de:, dmesg; else `gpus:`"
        return failed(wanted, f"{len(seen)} of {count}: {names}", todo)
    if len(seen) > count:
        return failed(wanted, names, f"write `gpus: {len(seen)}`, or take out what is not planned")
    return passed(names, wanted)
