"""torch's build against the card."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_smoke import CHECK_TIMEOUT_S, smoke


@check(
    stage="full",
    part="torch",
    severity="critical",
    subject="engine",
    disturbs="machine",
    timeout_s=CHECK_TIMEOUT_S,
    gpu=True,
    silicon=True,
    source="PyTorch's release matrix: a build carries code for listed architectures only",
)
def torch_cuda(target: Target) -> Finding:
    """torch sees the card, and its build carries code that runs on it."""
    card, planned = smoke(target).card, target.planned.gpu
    if card is None or planned is None:
        return failed("a CUDA device", "torch computed on the CPU", "run nvidia-smi on the machine")
    measured = f"{card.name}, compute capability {card.capability}, {card.memory_mib} MiB"
    if card.capability != planned.compute_capability:
        return failed(f"compute capability {planned.compute_capability}", measured, "compare `gpu:` with the card")
    if not runs_on(card.capability, card.architectures):
        return failed(f"code for {card.capability}", ", ".join(card.architectures), "pin a torch build for this card")
    return passed(measured, planned.compute_capability)


def runs_on(capability: str, architectures: list[str]) -> bool:
    """sm_86 code runs on 8.6 and 8.9 too; compute_90 (PTX) is compiled for anything newer."""
    major, minor = map(int, capability.split("."))
    for name in architectures:
        kind, _, digits = name.partition("_")
        number = int(digits.rstrip("af") or 0)
        if kind == "sm" and number // 10 == major and number % 10 <= minor:
            return True
        if kind == "compute" and number <= major * 10 + minor:
            return True
    return False
