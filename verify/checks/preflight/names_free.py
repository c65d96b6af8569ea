"""Is something of somebody else's where ours would go?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

PATHS = ("/opt/eigenherd", "/etc/eigenherd", "/var/lib/eigenherd/models")
ASK = (
    "echo looked; [ -e /etc/eigenherd/manifest.json ] && echo ours; "
    "for p in {paths}; do [ -e $p ] && echo found $p; done; "
    "getent passwd {user} | cut -d: -f1 | sed 's/^/found the account /'; true"
)


@check(stage="preflight", part="system", severity="critical", needs=("root_rights",), source="the manifest names ours")
def names_free(target: Target) -> Finding:
    """Our folders and our account are not there yet, or are ours by the machine's manifest."""
    ask = ASK.format(paths=" ".join(PATHS), user=target.plan.engine.user)
    output = target.host.run(ask, root=True)
    lines = output.stdout.splitlines()
    if "looked" not in lines:
        raise CouldNotTell("our folders", output.stderr.strip()[-200:] or "nothing", f"run: ls -d {' '.join(PATHS)}")
    found = [line.removeprefix("found ") for line in lines if line.startswith("found ")]
    if found and "ours" not in lines:
        todo = "move it away, or remove it: nobody knows whose it is, as no manifest names it"
        return failed("nobody's yet, or ours", ", ".join(found), todo)
    return passed("ours" if found else "free", "free, or ours")
