"""Memory that somebody else holds is missing to the model."""

from verify.check import Finding, check, failed, passed
from verify.nvidia import processes
from verify.processes import unit_processes
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="NVIDIA DCGM, software level, and facebookresearch/gcm: no other process computes on the card",
)
def gpu_alone(target: Target) -> Finding:
    """Nobody but the engine computes on the cards."""
    running = processes(target.host)
    engine = {process.pid for process in unit_processes(target).processes}
    foreign = [f"{it.name} (pid {it.pid}, {it.used_mib} MiB)" for it in running if it.pid not in engine]
    if foreign:
        return failed("the engine alone", "; ".join(foreign), "end it, or plan less memory for the models")
    return passed(f"{len(running)} processes, all of them the engine's" if running else "nobody", "the engine alone")
