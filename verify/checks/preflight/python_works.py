"""Which Python would our programs get?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

# Root's, as the units and the virtual environments will find it; nothing is written beside it.
ASK = (
    "echo looked; p=$(command -v python3) || exit 0; echo at $(readlink -f $p) as $p; "
    "$p -B -I -c 'import sys, ssl, ctypes; print(\"version\", *sys.version_info[:2])' 2>&1 | tail -n 1"
)


@check(
    stage="preflight",
    part=("system", "torch"),
    severity="critical",
    needs=("root_rights",),
    source="python3-venv makes environments for the distribution's own Python",
)
def python_works(target: Target) -> Finding:
    """Root's python3 is the distribution's own, and starts; where there is none it is installed."""
    output = target.host.run(ASK, root=True)
    lines = output.stdout.splitlines()
    if "looked" not in lines:
        raise CouldNotTell("root's python3", output.stderr.strip()[-200:] or "nothing", "run: command -v python3")
    at = next((line.split() for line in lines if line.startswith("at ")), [])
    if not at:
        return passed("none yet: it is installed", "the distribution's own, or none")
    real, path, said = at[1], at[3], lines[-1]
    if not real.startswith("/usr/bin/python3"):
        todo = f"take it off root's PATH (mv {path} {path}.own), or name it otherwise"
        return failed("the distribution's /usr/bin/python3", f"{path}, which comes before it", todo)
    if not said.startswith("version "):
        todo = "mend it: apt-get install --reinstall python3-minimal libpython3-stdlib python3"
        return failed("a python3 that starts", f"{path}: {said[:150]}", todo)
    return passed(".".join(said.split()[1:]), "the distribution's own, or none")
