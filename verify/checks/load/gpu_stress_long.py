"""Five minutes of work."""

from verify.check import Finding, check
from verify.quiet import without_engine
from verify.target import Target
from verify.torch_stress import held, stressed

DURATION_S = 300
TIMEOUT_S = DURATION_S + 60.0


@check(
    stage="disruptive",
    part=("driver", "torch"),
    severity="critical",
    subject="engine",
    disturbs="stack",
    gpu=True,
    silicon=True,
    timeout_s=TIMEOUT_S + 3600,
    source="imbue cluster-health: 300 s; NVIDIA DCGM targeted stress: 0.95 of its pace",
)
def gpu_stress_long(target: Target) -> Finding:
    """With the engine stopped, all cards compute for five minutes: every result is the same, and the pace holds."""
    with without_engine(target, TIMEOUT_S + 120):
        measured = stressed(target, TIMEOUT_S, DURATION_S)
    return held(measured)
