"""Figures to compare machines and days by."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_speed import CHECK_TIMEOUT_S, speeds

LEAST_SHARE = 0.70


@check(
    stage="full",
    part=("torch", "driver"),
    severity="warning",
    subject="engine",
    disturbs="machine",
    timeout_s=CHECK_TIMEOUT_S,
    source="the card's data sheet: 80 to 92 % of its bandwidth is typical, the floor of 70 % is ours",
)
def torch_speed(target: Target) -> Finding:
    """Memory bandwidth and matrix throughput; with a GPU, every card's bandwidth reaches 70 % of the data sheet."""
    measured, gpu = speeds(target), target.planned.gpu
    text = "; ".join(
        f"{card}: copy {card.copy_gbs:.1f} GB/s over {card.copy_mib} MiB, "
        f"{card.matmul_dtype} matmul {card.matmul_gflops:,.0f} GFLOP/s"
        for card in measured
    )
    figures = [card.model_dump(exclude={"error", "short"}) for card in measured]
    if target.plan.engine.device == "cpu" or gpu is None or gpu.simulated:
        return passed(text, "none: a figure, not a judgement", cards=figures)
    bound = f"{LEAST_SHARE:.0%} of {gpu.bandwidth_gbs} GB/s"
    slow = [
        f"{card}: {card.copy_gbs:.1f} GB/s" for card in measured if not card.copy_gbs >= LEAST_SHARE * gpu.bandwidth_gbs
    ]
    if slow:
        todo = "look for other processes, power limit and clocks: nvidia-smi -q -d PERFORMANCE,POWER,CLOCK"
        return failed(bound, "; ".join(slow), todo, measured=text, bound=bound, cards=figures)
    return passed(text, bound, cards=figures)
