"""The cards' memory, as much of it as is free."""

from verify.check import Finding, check
from verify.target import Target
from verify.torch_pattern import judged, tested

SHARE = 0.75  # of what is free: the rest is the engine's to grow into
TIMEOUT_S = 150.0


@check(
    stage="full",
    part=("driver", "torch"),
    severity="critical",
    subject="engine",
    disturbs="machine",
    gpu=True,
    silicon=True,
    timeout_s=TIMEOUT_S + 30,
    source="NVIDIA DCGM memory and memtest, gcm: 0 mismatched words in 75 % of what is free",
)
def gpu_pattern(target: Target) -> Finding:
    """Walking bits, addresses, random words and their inverses come back unchanged from the free memory."""
    return judged(tested(target, TIMEOUT_S, share=SHARE, shifts=4, duration_s=0))
