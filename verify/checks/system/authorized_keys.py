"""Whose key gets a shell."""

from verify.accounts import ours, public_half
from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.target import Target

# Every home's key files, whatever the names end in; then where else sshd takes keys from.
ASK = """
getent passwd | cut -d: -f6 | sort -u | while read -r home; do
  find "$home/.ssh/" -maxdepth 1 -name 'authorized_keys*' 2>/dev/null
done | sort -u | while read -r file; do grep -HvE '^[[:space:]]*(#|$)' "$file"; done
$(command -v sshd || echo /usr/sbin/sshd) -T | grep -E '^(authorizedkeysfile|authorizedkeyscommand|trustedusercakeys) '
"""
SOURCES = {
    "authorizedkeysfile": {".ssh/authorized_keys", ".ssh/authorized_keys .ssh/authorized_keys2"},
    "authorizedkeyscommand": {"none"},
    "trustedusercakeys": {"none"},
}


@check(
    stage="watch",
    part="system",
    severity="critical",
    source="the plan: the stack's own key opens its machines",
    elsewhere="the stack's own key is needed, and does not lie on a machine",
)
def authorized_keys(target: Target) -> Finding:
    """The stack's own key opens the machine and no other does, in whatever account."""
    if reason := ours(target.planned):
        return skipped(f"keys are {reason}")
    wanted = public_half(target.handover.secrets.ssh_key)
    lines = target.host.run(ASK, root=True).stdout.splitlines()
    sources = dict(line.split(" ", 1) for line in lines if not line.startswith("/"))
    if not sources:
        raise CouldNotTell("where sshd takes keys from", "no answer", "run as root: sshd -T")
    keys = [line.partition(":")[::2] for line in lines if line.startswith("/")]
    strangers = sorted({path for path, key in keys if " ".join(key.split()[:2]) != wanted})
    wrong = [f"{key} {value}" for key, value in sources.items() if value not in SOURCES.get(key, {value})]
    if strangers or wrong:
        found = [*(f"another key in {path}" for path in strangers), *wrong]
        return failed(
            "the stack's own key alone", ", ".join(found), "run `eigenherd up`, and find out who put it there"
        )
    return passed(f"one key, in {', '.join(sorted({path for path, _ in keys})) or 'no file'}", "the stack's own")
