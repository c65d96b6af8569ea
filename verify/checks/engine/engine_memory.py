"""What the plan counted on, beside what the engine really takes."""

from plan import catalog
from plan.sizing.memory import memory
from verify.capabilities import maps_models
from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.processes import unit_processes
from verify.target import Target

MOST_OVER_MIB = 64  # what a page more or less, or another version's libraries, may cost
KIB = 1024


@check(
    stage="full",
    part="models",
    severity="warning",
    subject="engine",
    disturbs="stack",
    needs=("answers",),
    source="plan/sizing/; the kernel's VmRSS",
)
def engine_memory(target: Target) -> Finding:
    """On a CPU, the engine's resident memory is not above what the plan estimated for its model."""
    engine, [model, *others] = target.plan.engine, target.plan.models
    if others or not maps_models(engine.name, engine.device):
        return skipped(f"{engine.name} on {engine.device} loads and unloads models as they are asked for")
    row = next((row for row in catalog.models() if row.name == model.name), None)
    if row is None:
        return skipped(f"{model.name} is not in the catalogue")
    needed = memory(row, model.context, model.slots, "cpu", model.size, engine=catalog.engine(engine.name).name)
    files = [f"/proc/{process.pid}/status" for process in unit_processes(target).processes]
    words = target.host.run(f"grep -h VmRSS {' '.join(files)}").stdout.split() if files else []
    sizes = [int(word) for word in words if word.isdecimal()]
    if not sizes:
        raise CouldNotTell("VmRSS of the engine's processes", " ".join(words) or "nothing", "is the engine running?")
    resident_mib = sum(sizes) / KIB
    off_mib = needed.total_mib - resident_mib
    measured = f"{resident_mib:.0f} MiB resident, {needed.total_mib} estimated ({off_mib:+.0f})"
    bound = f"at most {needed.total_mib + MOST_OVER_MIB} MiB"
    numbers: dict[str, object] = {"resident_mib": round(resident_mib, 1), "estimated_mib": needed.total_mib}
    if resident_mib > needed.total_mib + MOST_OVER_MIB:
        todo = "plan with more memory than stands here, and tell us: the estimate is wrong"
        return failed(bound, measured, todo, measured, bound, **numbers)
    return passed(measured, bound, **numbers)
