"""The cards' memory, nearly all of it."""

from verify.check import CouldNotTell, Finding, check
from verify.quiet import without_engine
from verify.target import Target
from verify.torch_pattern import judged, tested

SHARE = 0.90  # of what is free; gpu-burn takes as much
LEAST_SHARE = 0.75  # of all
DURATION_S = 600
TIMEOUT_S = DURATION_S + 240.0


@check(
    stage="disruptive",
    part=("driver", "torch"),
    severity="critical",
    subject="engine",
    disturbs="stack",
    gpu=True,
    silicon=True,
    timeout_s=TIMEOUT_S + 3600,
    source="NVIDIA DCGM memtest: 600 s, at least 75 % of the memory, 0 mismatches",
)
def gpu_pattern_long(target: Target) -> Finding:
    """With the engine stopped, ten minutes of patterns in three quarters of every card's memory change no word."""
    with without_engine(target, TIMEOUT_S + 120):
        measured = tested(target, TIMEOUT_S, share=SHARE, shifts=64, duration_s=DURATION_S)
    finding = judged(measured)
    small = [
        f"{card}: {card.tested_mib} of {card.total_mib} MiB" for card in measured if card.share_of_all < LEAST_SHARE
    ]
    if small and finding.outcome == "passed":
        todo = "see who else holds the card's memory: nvidia-smi"
        raise CouldNotTell(f"{LEAST_SHARE:.0%} of every card's memory tested", "; ".join(small), todo)
    return finding
