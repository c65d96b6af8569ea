"""The card one asked for is the card one got."""

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
    """The planned NVIDIA card is there, and no other that the engine would spread over."""
    seen = cards(target.host, *NAMED)
    planned = target.planned.gpu.name if target.planned.gpu else ""
    others = [card for card in seen if known_as(card) != planned]
    if others:
        found = ", ".join(map(called, others))
        return failed(planned, found, "write the card that is there under `gpu:`, or take the other one out")
    return passed("; ".join(together([card["name"] for card in seen])), planned)
