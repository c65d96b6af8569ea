"""Who starts the services?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

ASK = (
    "echo init $(cat /proc/1/comm); echo state $(systemctl is-system-running 2>&1 | head -n 1); "
    "[ -e /run/systemd/shutdown/scheduled ] && echo shutdown; true"
)
WORKS = ("running", "degraded", "starting", "initializing")
WHY = {
    "maintenance": "it is in rescue mode: systemctl default",
    "stopping": "it shuts down: run this again when it is back",
    "offline": "systemd was not booted: run this on the booted machine, not in a chroot",
}


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("plain_shell",),
    source="deploy/ installs systemd units",
)
def systemd_works(target: Target) -> Finding:
    """systemd is the init system, is up, and is not about to shut the machine down."""
    output = target.host.run(ASK)
    said = dict(line.partition(" ")[::2] for line in output.stdout.splitlines())
    init, state = said.get("init", "").strip(), said.get("state", "").strip()
    if "init" not in said:
        raise CouldNotTell("process 1", (output.stdout + output.stderr).strip()[:200] or "nothing", "run: ps -p 1")
    if init != "systemd":
        todo = "boot it with systemd: apt-get install systemd-sysv, and reboot"
        return failed("systemd as process 1", f"{init or 'no'} init", todo)
    if state not in WORKS:
        todo = WHY.get(state, "see: systemctl status")
        return failed("a system that is running", f"systemd says {state[:100] or 'nothing'}", todo)
    if "shutdown" in said:
        return failed("a machine that stays up", "a shutdown or reboot is scheduled", "wait for it, or: shutdown -c")
    return passed(f"systemd, {state}", "systemd, running")
