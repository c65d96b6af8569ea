"""Has the running kernel still got what it would have to load?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

# Loaded, built in, or a file of the running kernel; a container, or a kernel without files, is tried.
ASK = (
    "r=$(uname -r); at=/lib/modules/$r; echo kernel $r; [ -d $at ] && echo folder; "
    "[ -d /sys/module/nf_tables ] && echo nf_tables loaded; "
    "grep -qs /nf_tables.ko $at/modules.builtin && echo nf_tables built in; "
    "find $at -name 'nf_tables.ko*' 2>/dev/null | sed 's/.*/nf_tables/;q'; "
    "command -v nft >/dev/null && nft list tables >/dev/null 2>&1 && echo nf_tables works; true"
)


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("root_rights",),
    source="deploy/ guards its ports with nftables",
)
def kernel_modules(target: Target) -> Finding:
    """The running kernel has the firewall's module, nf_tables, or can load it."""
    lines = target.host.run(ASK, root=True).stdout.splitlines()
    release = next((line.removeprefix("kernel ") for line in lines if line.startswith("kernel ")), "")
    if not release:
        raise CouldNotTell("the running kernel", " ".join(lines)[:200] or "nothing", "run: uname -r")
    if any(line.startswith("nf_tables") for line in lines):
        return passed(f"{release} with nf_tables", "nf_tables")
    wanted = f"kernel {release} with its module nf_tables"
    if "folder" not in lines:
        found = f"/lib/modules/{release} is gone: the kernel that runs was removed or replaced"
        return failed(wanted, found, "reboot into the kernel that is installed")
    return failed(wanted, "no such module", "boot the distribution's own kernel: apt-get install linux-image-amd64")
