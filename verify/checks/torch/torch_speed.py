"""Figures to compare machines and days by."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_smoke import smoke

LEAST_SHARE = 0.70


@check(
    stage="full",
    part="torch",
    severity="warning",
    subject="engine",
    disturbs="machine",
    source="the card's data sheet: 80 to 92 % of its bandwidth is typical, the floor of 70 % is ours",
)
def torch_speed(target: Target) -> Finding:
    """Memory bandwidth and matrix throughput; with a GPU, the bandwidth reaches 70 % of the data sheet."""
    measured = smoke(target)
    speed, gpu = measured.figures, target.planned.gpu
    text = f"copy {speed.copy_gbs:.1f} GB/s, {speed.matmul_dtype} matmul {speed.matmul_gflops:,.0f} GFLOP/s"
    figures = speed.model_dump()
    if target.plan.engine.device == "cpu" or gpu is None:
        return passed(f"{text} on {measured.threads} CPU threads", "none: a figure, not a judgement", **figures)
    bound = f"{LEAST_SHARE:.0%} of {gpu.bandwidth_gbs} GB/s"
    if speed.copy_gbs < LEAST_SHARE * gpu.bandwidth_gbs:
        todo = "look for other processes, power limit and clocks: nvidia-smi -q -d PERFORMANCE,POWER,CLOCK"
        return failed(bound, text, todo, measured=text, bound=bound, **figures)
    return passed(text, bound, **figures)
