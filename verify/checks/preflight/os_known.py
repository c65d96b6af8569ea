"""Which system is it?"""

from verify.check import Finding, check, failed, passed
from verify.target import Target

KNOWN = {("debian", "12"), ("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04"), ("ubuntu", "26.04")}
ASK = ". /etc/os-release && echo $ID ${VERSION_ID:-rolling}"


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("plain_shell",),
    source="the systems that deploy/ is written for",
)
def os_known(target: Target) -> Finding:
    """The operating system is one we install on, the planned one if one is planned."""
    words = target.host.run(ASK).stdout.split()
    name, version = words if len(words) == 2 else ("", "")
    planned = target.planned.os
    found = f"{name} {version}".strip() or "no name in /etc/os-release"
    wanted = "Debian 12 or 13, or Ubuntu 22.04 to 26.04" if planned == "any" else planned
    fits = (name, version) in KNOWN if planned == "any" else f"{name}-{version}" == planned
    if not fits:
        return failed(wanted, found, "install one of these systems, or name the machine's own under `os`")
    return passed(found, wanted)
