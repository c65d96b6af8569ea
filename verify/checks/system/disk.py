"""Room to live."""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

LARGEST_SHARE = 95
LEAST_FREE_MIB = 500
PLACES = "/ /var/lib/eigenherd /var/log"


@check(stage="watch", part="system", severity="critical", source="imbue cluster-health (95 %); gpud (500 MB)")
def disk(target: Target) -> Finding:
    """The file systems of system, models and logs have room left, in bytes and in inodes."""
    output = target.host.run(f"df -P -m {PLACES} 2>/dev/null; echo; df -P -i {PLACES} 2>/dev/null")
    blocks, _, inodes = output.stdout.partition("\n\n")
    rooms, counts = parse(blocks), parse(inodes)
    if not rooms:
        raise CouldNotTell("df's table", output.stdout[:200] or output.stderr[:200], f"run: df -P -m {PLACES}")
    full = [f"{place}: {used} % used, {free} MiB free" for place, (free, used) in rooms.items() if is_full(free, used)]
    full += [f"{place}: {used} % of inodes used" for place, (_, used) in counts.items() if used > LARGEST_SHARE]
    measured = ", ".join(f"{place} {used} % used, {free / 1024:.1f} GiB free" for place, (free, used) in rooms.items())
    bound = f"at most {LARGEST_SHARE} %, at least {LEAST_FREE_MIB} MiB free"
    if full:
        todo = "journalctl --vacuum-size=200M; apt-get clean; look into /var/lib/eigenherd/models for old models"
        return failed(bound, "; ".join(full), todo, measured=measured, bound=bound)
    return passed(measured, bound)


def is_full(free_mib: int, used_percent: int) -> bool:
    return used_percent > LARGEST_SHARE or free_mib < LEAST_FREE_MIB


def parse(table: str) -> dict[str, tuple[int, int]]:
    """`df -P`: mount point to (free, percent used), each once."""
    rows = {}
    for line in table.splitlines()[1:]:
        columns = line.split(None, 5)
        if len(columns) == 6 and columns[4].rstrip("%").isdecimal():
            rows[columns[5]] = (int(columns[3]), int(columns[4].rstrip("%")))
    return rows
