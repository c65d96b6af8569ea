"""A GPU that nobody uses is an expensive CPU server."""

from verify.chat import ask
from verify.check import Finding, check, failed, passed
from verify.nonces import nonce, repeat
from verify.nvidia import number
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
    output = target.host.run("nvidia-smi --query-compute-apps=pid,used_memory --format=csv,noheader,nounits", root=True)
    engine = {process.pid for process in unit_processes(target).processes}
    rows = [line.split(",") for line in output.stdout.splitlines() if line.count(",") == 1]
    used_mib = sum(number(memory.strip()) or 0 for pid, memory in rows if pid.strip() in engine)
    wanted_mib = LEAST_SHARE * model.artifact.size / 2**20
    measured = f"{used_mib:.0f} MiB on the card"
    if used_mib < wanted_mib:
        todo = "look for 'offload' and 'CUDA' in: journalctl -u eigenherd-engine"
        return failed(f"at least {wanted_mib:.0f} MiB", measured, todo)
    return passed(measured, f"{wanted_mib:.0f} MiB")
