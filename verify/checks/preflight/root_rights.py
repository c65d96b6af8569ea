"""May we change anything at all?"""

from verify.check import Finding, check, failed, passed
from verify.target import Target


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("plain_shell",),
    source="deploy/ installs packages and units",
)
def root_rights(target: Target) -> Finding:
    """The SSH user is root, or may become root by sudo without a password."""
    user = target.host.run("id -un").stdout.strip()
    output = target.host.run("id -u", root=True)
    if output.stdout.strip() != "0":
        said = output.stderr.strip().splitlines()[-1:] or ["no rights"]
        todo = f"on the machine: echo '{user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{user}"
        return failed("root, or sudo without a password", f"{user}: {said[0]}", todo)
    return passed(user if user == "root" else f"{user} with sudo", "root's rights")
