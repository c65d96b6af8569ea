"""Does it all fit?"""

from plan.plan import MachinePlan, Plan
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

SYSTEM_MIB = 1024
RESERVE_MIB = 1024
# What a former run has already put there is room that this one does not need again.
ASK = "df -P -m /opt /var/lib | tail -n +2 | sort -u; du -sm /opt/eigenherd /var/lib/eigenherd 2>/dev/null; true"


@check(stage="preflight", part=("system", "torch", "engine", "models"), severity="critical", source="the plan's sizes")
def disk_room(target: Target) -> Finding:
    """The disk has room for everything the plan installs, and a reserve."""
    free_mib, ours_mib = parse(target.host.run(ASK, root=True, timeout_s=60).stdout)
    needed_mib = needs_mib(target.plan, target.planned)
    measured = f"{free_mib / 1024:.1f} GiB free" + (f", {ours_mib / 1024:.1f} GiB ours already" if ours_mib else "")
    bound = f"{needed_mib / 1024:.1f} GiB"
    if free_mib + ours_mib < needed_mib:
        todo = "free space, enlarge the disk (`disk_gib` of a sandbox), or plan a smaller model"
        return failed(bound, measured, todo, measured=measured, bound=bound)
    return passed(measured, bound)


def needs_mib(plan: Plan, planned: MachinePlan) -> int:
    """Downloads lie beside what is installed from them until it is; models are stored once, or twice for a moment."""
    needed = SYSTEM_MIB + RESERVE_MIB
    if "engine" in planned.roles:
        environments = [plan.torch, *([plan.engine.python] if plan.engine.python else [])]
        needed += sum(environment.installed_mib for environment in environments)
        if plan.sources.mirror is None:
            needed += max(environment.download_mib for environment in environments)
        needed += 3 * (plan.engine.archive.size // 2**20) if plan.engine.archive else 0
        sizes = [model.artifact.size // 2**20 for model in plan.models]
        needed += sum(sizes) * (2 if plan.engine.name == "ollama" else 1) + max(sizes, default=0)
    return needed


def parse(text: str) -> tuple[int, int]:
    """The smallest free space, and what is ours, in MiB."""
    rows = [line.split() for line in text.splitlines() if line.strip()]
    free = [int(row[3]) for row in rows if len(row) == 6]
    ours = [int(row[0]) for row in rows if len(row) == 2]
    if not free:
        raise CouldNotTell("df's table", text[:200] or "nothing", "run: df -P -m /opt /var/lib")
    return min(free), sum(ours)
