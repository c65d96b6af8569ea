"""Does it all fit?"""

from plan.disk import needs_mib
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

# What a former run has already put there is room that this one does not need again.
ASK = "df -P -m /opt /var/lib | tail -n +2 | sort -u; du -sm /opt/eigenherd /var/lib/eigenherd 2>/dev/null; true"


@check(
    stage="preflight",
    part=("system", "torch", "engine", "models"),
    severity="critical",
    needs=("root_rights",),
    source="the plan's sizes",
)
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


def parse(text: str) -> tuple[int, int]:
    """The smallest free space, and what is ours, in MiB."""
    rows = [line.split() for line in text.splitlines() if line.strip()]
    free = [int(row[3]) for row in rows if len(row) == 6]
    ours = [int(row[0]) for row in rows if len(row) == 2]
    if not free:
        raise CouldNotTell("df's table", text[:200] or "nothing", "run: df -P -m /opt /var/lib")
    return min(free), sum(ours)
