"""Is there a kernel here that a driver can be loaded into?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target


@check(
    stage="preflight",
    part="driver",
    severity="critical",
    needs=("plain_shell",),
    subject="engine",
    gpu=True,
    silicon=True,
    source="systemd-detect-virt(1)",
)
def own_kernel(target: Target) -> Finding:
    """The machine runs a kernel of its own: a container has its host's, and cannot load a driver."""
    output = target.host.run("systemd-detect-virt --container")
    kind = output.stdout.strip()
    if kind == "none":
        return passed("its own", "no container")
    if not kind or " " in kind:
        said = (output.stdout + output.stderr).strip()[:200] or "nothing"
        raise CouldNotTell("whether it is a container", said, "run: systemd-detect-virt")
    todo = "name the machine that runs it, or a virtual machine with the card passed through"
    return failed("a kernel of its own", f"a container ({kind}), which has its host's kernel and driver", todo)
