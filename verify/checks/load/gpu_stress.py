"""A minute of work."""

from verify.check import Finding, check
from verify.target import Target
from verify.torch_stress import held, stressed

DURATION_S = 60
TIMEOUT_S = DURATION_S + 60.0


@check(
    stage="full",
    part=("driver", "torch"),
    severity="critical",
    subject="engine",
    disturbs="machine",
    gpu=True,
    silicon=True,
    timeout_s=TIMEOUT_S + 30,
    source="NVIDIA DCGM targeted stress: 0.95 of its pace; wilicc/gpu-burn: 0 wrong results",
)
def gpu_stress(target: Target) -> Finding:
    """For a minute of products on all cards at once, every result is the same, and the pace holds."""
    return held(stressed(target, TIMEOUT_S, DURATION_S))
