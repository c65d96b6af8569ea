"""Which system is it?"""

from verify.check import Finding, check, failed, passed
from verify.target import Target

KNOWN = {("debian", "12"), ("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04"), ("ubuntu", "26.04")}
ASK = ". /etc/os-release && echo $ID $VERSION_ID; cat /proc/1/comm"


@check(stage="preflight", part="system", severity="critical", source="the systems that deploy/ is written for")
def os_known(target: Target) -> Finding:
    """The operating system is one we install on, the planned one if one is planned, and runs systemd."""
    words = target.host.run(ASK).stdout.split()
    name, version, init = (*words, "", "", "")[:3] if len(words) == 3 else ("", "", "".join(words[-1:]))
    planned = target.planned.os
    found = f"{name} {version}, {init or 'no'} init".strip()
    wanted = (
        "Debian 12 or 13, or Ubuntu 22.04 to 26.04, with systemd" if planned == "any" else f"{planned} with systemd"
    )
    fits = (name, version) in KNOWN if planned == "any" else f"{name}-{version}" == planned
    if not fits or init != "systemd":
        return failed(wanted, found, "install one of these systems, or name the machine's own under `os`")
    return passed(found, wanted)
