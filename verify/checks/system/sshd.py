"""Who gets a shell."""

from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.target import Target

WANTED = {
    "pubkeyauthentication": {"yes"},
    "passwordauthentication": {"no"},
    "kbdinteractiveauthentication": {"no"},
    "permitemptypasswords": {"no"},
    "permitrootlogin": {"no", "prohibit-password", "without-password", "forced-commands-only"},
}


@check(stage="watch", part="system", severity="critical", source="BSI SYS.1.3.A8 (encrypted, key-based access)")
def sshd(target: Target) -> Finding:
    """sshd's effective configuration lets in keys only, and root with a key at most."""
    if not target.planned.harden:
        return skipped("sshd is not ours here: harden is false")
    output = target.host.run("$(command -v sshd || echo /usr/sbin/sshd) -T", root=True)
    settings = dict(line.lower().split(" ", 1) for line in output.stdout.splitlines() if " " in line)
    if output.code != 0 or not settings:
        raise CouldNotTell("sshd's effective configuration", output.stderr.strip()[-200:], "run as root: sshd -T")
    wrong = {key: settings.get(key, "not set") for key, wanted in WANTED.items() if settings.get(key) not in wanted}
    if wrong:
        return failed(
            "keys only",
            ", ".join(f"{key} {value}" for key, value in wrong.items()),
            "look for a file in /etc/ssh/sshd_config.d that sorts before ours",
            settings=wrong,
        )
    return passed(f"keys only, root login {settings['permitrootlogin']}", "keys only")
