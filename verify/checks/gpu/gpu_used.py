"""A GPU that nobody uses is an expensive CPU server."""

from verify.chat import ask
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.nonces import nonce, repeat
from verify.nvidia import number, processes
from verify.processes import unit_processes
from verify.target import Target

LEAST_SHARE = 0.9


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="engine",
    disturbs="stack",
    gpu=True,
    needs=("answers",),
    source="Ollama issue 16310 and others: silent fallback to the CPU; a loaded model's bytes lie on the card",
)
def gpu_used(target: Target) -> Finding:
    """After a question, the engine's processes hold at least 90 % of the model's bytes on the card."""
    model = target.plan.models[0]
    ask(target.gateway, model, repeat(nonce()), max_tokens=16)
    engine = {process.pid for process in unit_processes(target).processes}
    held = [(process.pid, number(process.used_mib)) for process in processes(target.host) if process.pid in engine]
    untold = [pid for pid, used_mib in held if used_mib is None]
    if untold:
        found = f"process {', '.join(untold)} without its memory"
        raise CouldNotTell("how much memory the engine holds on the card", found, "run nvidia-smi on the machine")
    used_mib = sum(used_mib or 0 for _, used_mib in held)
    wanted_mib = LEAST_SHARE * model.size / 2**20
    measured = f"{used_mib:.0f} MiB on the card"
    if used_mib < wanted_mib:
        todo = "look for 'offload' and 'CUDA' in: journalctl -u eigenherd-engine"
        return failed(f"at least {wanted_mib:.0f} MiB", measured, todo)
    return passed(measured, f"{wanted_mib:.0f} MiB")
