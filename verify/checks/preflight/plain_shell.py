"""Does the login say more than it was asked?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target


@check(stage="preflight", part="system", severity="critical", source="every answer is read as a command's own output")
def plain_shell(target: Target) -> Finding:
    """A command over SSH prints its own output and nothing else."""
    output = target.host.run("echo plain")
    lines = output.stdout.splitlines()
    if "plain" not in lines:
        said = (output.stdout + output.stderr).strip()[:200] or "nothing"
        raise CouldNotTell("a shell that runs a command", said, f"give {target.machine.user} an ordinary shell")
    if lines != ["plain"]:
        more = next(line for line in lines if line != "plain")
        todo = f"let ~{target.machine.user}/.bashrc (or its like) print only where a terminal is: [ -t 1 ] && ..."
        return failed("a command's own output", f"the login prints too: {more[:100]}", todo)
    return passed("nothing but the answer", "nothing else")
