"""Is there room for so many files?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

NEEDED = 100_000  # torch's environment alone has 30000 files


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("plain_shell",),
    source="torch's environment has 30000 files",
)
def inodes_left(target: Target) -> Finding:
    """The filesystems have inodes left for the files of the environments."""
    text = target.host.run("df -P -i /opt /var/lib /usr | tail -n +2 | sort -u").stdout
    rows = [line.split() for line in text.splitlines() if len(line.split()) == 6]
    if not rows:
        raise CouldNotTell("df's table", text[:200] or "nothing", "run: df -i")
    # A filesystem that makes inodes as it needs them (btrfs) has none to count: 0 of 0, or a dash.
    counted = [(int(row[3]), row[5]) for row in rows if row[1].isdecimal() and int(row[1]) and row[3].isdecimal()]
    if not counted:
        return passed("as many as are needed", f"{NEEDED}")
    free, at = min(counted)
    if free < NEEDED:
        todo = f"find what fills it, and remove that: du --inodes -x -d 2 {at} | sort -n | tail"
        return failed(f"{NEEDED} inodes free", f"{free} free on {at}", todo)
    return passed(f"{free} free on {at}", f"{NEEDED}")
