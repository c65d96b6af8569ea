"""A GPU at work, not only full."""

from plan.plan import Model
from verify.card_use import busiest_percent, loaded
from verify.check import Finding, check, failed, passed
from verify.target import Target


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="engine",
    disturbs="stack",
    gpu=True,
    timeout_s=900,
    needs=("answers", "streaming"),
    source="Ollama's API documentation, /api/ps: size_vram is what lies on the card; nvidia-smi: utilization.gpu",
)
def card_works(target: Target) -> Finding:
    """While a model answers, a card works; Ollama says itself that all of the model lies there."""
    texts, flaws, gpu = [], [], target.planned.gpu
    for model in target.plan.models:
        busy_percent = busiest_percent(target, model)
        texts.append(f"{model.name}: a card up to {busy_percent:.0f} % busy")
        if busy_percent <= 0:
            flaws.append(f"{model.name}: no card worked while it answered")
        # Beside a simulated card it computes on the CPU, and would say so rightly.
        if target.plan.engine.name == "ollama" and not (gpu and gpu.simulated):
            flaws += elsewhere(target, model)
    bound = "more than 0 % busy, and no part of a model elsewhere"
    if flaws:
        todo = "look for 'offload' and 'CUDA' in: journalctl -u eigenherd-engine"
        return failed(bound, "; ".join(flaws), todo, measured="; ".join(texts), bound=bound)
    return passed("; ".join(texts), bound)


def elsewhere(target: Target, model: Model) -> list[str]:
    """What Ollama itself says it did not put on a card."""
    entry = loaded(target).get(model.name)
    if entry is None:
        return [f"{model.name}: not loaded, by Ollama's /api/ps"]
    if entry.size_vram == entry.size:
        return []
    return [f"{model.name}: {entry.size_vram} of {entry.size} bytes on the card"]
