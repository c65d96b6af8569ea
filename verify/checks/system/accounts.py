"""Who could log in with a password."""

from verify.accounts import ours
from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.target import Target

# One word a line, so that no hash leaves the machine: `locked` or `open`, of whom.
ASK = (
    'awk -F: \'{print ($2 ~ /^[!*]/ ? "locked" : "open"), $1}\' /etc/shadow; '
    'awk -F: \'$2 != "x" && $2 !~ /^[!*]/ {print "open", $1}\' /etc/passwd; '
    'awk -F: \'$3 == 0 && $1 != "root" {print "root", $1}\' /etc/passwd'
)

FLAWS = {"open": "a password, or needs none", "root": "the rights of root"}


@check(stage="watch", part="system", severity="critical", source="BSI SYS.1.3.A8: keys, no passwords; one root")
def accounts(target: Target) -> Finding:
    """No account has a password, or gets in without one, and only root is root."""
    if reason := ours(target.planned):
        return skipped(f"passwords are {reason}")
    pairs = [line.split(" ", 1) for line in target.host.run(ASK, root=True).stdout.splitlines() if " " in line]
    if not any(word == "locked" for word, _ in pairs):
        raise CouldNotTell("the state of every account", "no answer", "run as root: passwd --status --all")
    wrong = sorted({f"{user} has {FLAWS[word]}" for word, user in pairs if word in FLAWS})
    if wrong:
        return failed("no password anywhere", ", ".join(wrong), "run `eigenherd up`, and find out who set it")
    return passed(f"{len(pairs)} accounts, none with a password", "no password anywhere")
