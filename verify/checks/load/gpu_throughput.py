"""What the cards' matrix units give."""

from plan.catalog import gpu as catalogued
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target
from verify.torch_speed import CHECK_TIMEOUT_S, speeds

LEAST_SHARE = 0.60  # a board of 70 W may stay below it in health: so this is a warning


@check(
    stage="full",
    part=("driver", "torch"),
    severity="warning",
    subject="engine",
    disturbs="machine",
    gpu=True,
    silicon=True,
    timeout_s=CHECK_TIMEOUT_S,
    source="the catalogue's dense fp16 TFLOPS: stas00's MAMF finds 77 to 87 % of it, the floor of 60 % is ours",
)
def gpu_throughput(target: Target) -> Finding:
    """Large products in two-byte numbers reach 60 % of every card's data sheet, in the best of a few shapes."""
    measured = speeds(target)
    gpu = target.planned.gpu
    if gpu is None:
        raise CouldNotTell("a card in the plan", "none", "write it under `gpu:`")
    sheet_tflops = catalogued(gpu.name).fp16_tflops
    texts = [f"{c}: {c.matmul_gflops / 1e3:.1f} TFLOPS, {c.matmul_gflops / 10 / sheet_tflops:.0f} %" for c in measured]
    bound = f"{LEAST_SHARE:.0%} of {sheet_tflops:g} TFLOPS"
    slow = [
        text
        for card, text in zip(measured, texts, strict=True)
        if not card.matmul_gflops / 1e3 >= LEAST_SHARE * sheet_tflops
    ]
    figures = [card.model_dump(exclude={"error", "short"}) for card in measured]
    if slow:
        todo = "look for other processes, power limit and temperature: nvidia-smi -q -d PERFORMANCE,POWER,CLOCK"
        return failed(bound, "; ".join(slow), todo, measured="; ".join(texts), bound=bound, cards=figures)
    return passed("; ".join(texts), bound, cards=figures)
