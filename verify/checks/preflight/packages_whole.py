"""Can packages be installed at all?"""

from verify.apt import WITHOUT_SOURCES
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

HALF = ("half-installed", "half-configured", "unpacked")
# A simulation locks nothing, and without these files apt writes no cache.
ASK = (
    "export LC_ALL=C; said=$(dpkg-query -W -f 'is ${db:Status-Status} ${db:Status-Eflag} ${Package}\\n' 2>&1) || "
    'echo "broken $(echo "$said" | grep -v "^is " | head -n 3 | xargs -d "\\n")"; '
    'echo "$said" | grep -vE "^is (installed|config-files) ok "; '
    "ls /var/lib/dpkg/updates 2>/dev/null | grep -q '^[0-9]' && echo journal; "
    f"said=$(apt-get --simulate {WITHOUT_SOURCES} check 2>&1) || "
    'echo "unmet $(echo "$said" | grep -E \'Depends:|^E:\' | tail -n 2 | head -n 1 | xargs)"; '
    "[ -e /etc/eigenherd/manifest.json ] && echo ours; echo looked"
)
MEND = "as root: dpkg --configure -a; apt-get --fix-broken install"


@check(
    stage="preflight", part="system", severity="critical", needs=("root_rights",), source="apt refuses to build on half"
)
def packages_whole(target: Target) -> Finding:
    """dpkg can read its lists, no package is half installed, and no dependency is unmet."""
    output = target.host.run(ASK, root=True)
    lines = output.stdout.splitlines()
    if "looked" not in lines:
        raise CouldNotTell("dpkg's lists", output.stderr.strip()[-200:] or "nothing", "run: dpkg --audit")
    wanted = "packages that are all installed whole"
    if broken := [line.removeprefix("broken ") for line in lines if line.startswith("broken ")]:
        todo = "put /var/lib/dpkg/status-old, or the newest in /var/backups, in the place of /var/lib/dpkg/status"
        return failed("lists that dpkg can read", broken[0][:200], todo)
    half = sorted(words[3] for line in lines if len(words := line.split()) == 4 and is_half(words[1], words[2]))
    if "journal" in lines:
        half.append("those of a dpkg that was cut off")
    if half and ("ours" in lines or target.planned.provider != "existing"):
        return passed(f"half installed: {', '.join(half)}; the deployment ends that first", wanted)
    if half:
        return failed(wanted, f"half installed: {', '.join(half)}", MEND)
    if unmet := [line.removeprefix("unmet ") for line in lines if line.startswith("unmet ")]:
        return failed("dependencies that are met", unmet[0][:200], MEND)
    return passed("all whole", wanted)


def is_half(status: str, flag: str) -> bool:
    """Triggers that wait are dpkg's own business: whoever runs it next runs them."""
    return status in HALF or flag == "reinstreq"
