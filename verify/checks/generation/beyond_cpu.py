"""Proof by pace, which no tool's word is needed for."""

from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.decode import active_bytes, floor, tokens_per_s
from verify.target import Target
from verify.torch_speed import TIMEOUT_S, speeds

# A copy counts bytes read and written; the processor also reads what it overwrites, so it moves half as much again.
UNCOUNTED = 1.5
REQUESTS_S = 300.0


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="engine",
    disturbs="stack",
    gpu=True,
    silicon=True,
    timeout_s=TIMEOUT_S + REQUESTS_S,
    needs=("answers", "streaming"),
    source="ours: no CPU reads the weights faster than its memory delivers them, measured on the same machine",
)
def beyond_cpu(target: Target) -> Finding:
    """A model says its tokens faster than this machine's CPU could read its weights from memory."""
    gpu = target.planned.gpu
    if gpu is None:
        raise CouldNotTell("a card in the plan", "none", "write it under `gpu:`")
    memory_gbs = UNCOUNTED * speeds(target, device="cpu")[0].copy_gbs
    ceilings = {model: memory_gbs * 1e9 / active_bytes(model) for model in target.plan.models}
    # Where the card's own floor is lower, a slow answer would prove nothing.
    telling = {model: ceiling for model, ceiling in ceilings.items() if ceiling < floor(gpu, model)}
    if not telling:
        return skipped(f"too small to tell by pace: the CPU's memory gives {memory_gbs:.0f} GB/s")
    texts, slow = [], []
    for model, ceiling in telling.items():
        rate = tokens_per_s(target, model)
        texts.append(f"{model.name}: {rate:.0f} tokens/s, the CPU {ceiling:.0f} at most")
        slow += texts[-1:] if rate <= ceiling else []
    bound = f"more than {memory_gbs:.0f} GB/s of weights"
    if slow:
        todo = "the model computes on the CPU: look for 'offload' and 'CUDA' in journalctl -u eigenherd-engine"
        return failed(bound, "; ".join(slow), todo, measured="; ".join(texts), bound=bound)
    return passed("; ".join(texts), bound)
