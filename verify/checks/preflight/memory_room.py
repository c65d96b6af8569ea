"""Does the model fit into memory?"""

from plan import catalog
from plan.plan import Plan
from plan.sizing.memory import memory
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

SYSTEM_MIB = 1024
LEAST_SHARE = 0.9


@check(
    stage="preflight",
    part=("system", "models"),
    severity="critical",
    needs=("plain_shell",),
    source="plan/sizing/; the declared size",
)
def memory_room(target: Target) -> Finding:
    """The machine has the memory that was declared, and enough for the system and the largest model."""
    words = target.host.run("grep MemTotal /proc/meminfo").stdout.split()
    if len(words) != 3 or not words[1].isdecimal():
        raise CouldNotTell("MemTotal", " ".join(words) or "nothing", "run: grep MemTotal /proc/meminfo")
    there_mib = int(words[1]) // 1024
    declared_mib = int((target.planned.memory_gib or 0) * 1024)
    needed_mib = SYSTEM_MIB + (largest_mib(target.plan) if target.has_engine else 0)
    # The kernel keeps a part for itself: a 16 GiB machine shows about 15.5.
    share = LEAST_SHARE if target.planned.provider != "sandbox" else 1.0
    measured = f"{there_mib / 1024:.1f} GiB" + (f", declared {declared_mib / 1024:g}" if declared_mib else "")
    bound = f"{needed_mib / 1024:.1f} GiB"
    if declared_mib and there_mib < share * declared_mib:
        return failed(f"{declared_mib / 1024:g} GiB as declared", measured, "correct `memory_gib` of this machine")
    if min(there_mib, declared_mib or there_mib) < needed_mib:
        return failed(bound, measured, "plan a smaller model or a shorter context, or use a larger machine")
    return passed(measured, bound)


def largest_mib(plan: Plan) -> int:
    """On a GPU, weights pass through the machine's memory only: the system's share is enough."""
    if plan.engine.device == "cuda":
        return SYSTEM_MIB
    rows, engine = {row.name: row for row in catalog.models()}, catalog.engine(plan.engine.name).name
    needs = [
        memory(rows[model.name], model.context, model.slots, "cpu", model.size, engine=engine).total_mib
        for model in plan.models
        if model.name in rows
    ]
    return max(needs, default=0)
