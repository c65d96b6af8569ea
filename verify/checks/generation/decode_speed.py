"""What the card is worth."""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.decode import LEAST_SHARE, OVERHEAD_S, floor, roofline, tokens_per_s
from verify.target import Target

RUNS = 3  # others may be asking too: the best counts


@check(
    stage="full",
    part=("engine", "models"),
    severity="warning",
    subject="engine",
    disturbs="stack",
    gpu=True,
    silicon=True,
    timeout_s=900,
    needs=("answers", "streaming"),
    source="the catalogue's bandwidth over the active weights' bytes; the share of 40 % and 2 ms a token are ours",
)
def decode_speed(target: Target) -> Finding:
    """Every model says its tokens at 40 % of what the card's memory bandwidth allows, or more."""
    gpu = target.planned.gpu
    if gpu is None:
        raise CouldNotTell("a card in the plan", "none", "write it under `gpu:`")
    texts, slow = [], []
    for model in target.plan.models:
        best = max(tokens_per_s(target, model) for _ in range(RUNS))
        share = best / roofline(gpu, model)
        least = floor(gpu, model)
        texts.append(f"{model.name}: {best:.0f} tokens/s, {share:.0%} of the roofline (at least {least:.0f})")
        slow += texts[-1:] if best < least else []
    bound = f"{LEAST_SHARE:.0%} of {gpu.bandwidth_gbs} GB/s, {OVERHEAD_S * 1e3:g} ms a token allowed"
    if slow:
        todo = "look for layers on the CPU, other processes and clocks: journalctl -u eigenherd-engine; nvidia-smi"
        return failed(bound, "; ".join(slow), todo, measured="; ".join(texts), bound=bound)
    return passed("; ".join(texts), bound)
