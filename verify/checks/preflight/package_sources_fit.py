"""Are apt's sources those of this system?"""

import re

from verify.apt import UNCACHED
from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.target import Target

RELEASES = {"buster", "bullseye", "bookworm", "trixie", "forky", "sid", "testing", "unstable"} | {
    "focal", "jammy", "noble", "resolute", "devel"
}  # fmt: skip
# The distribution's own archives, as its mirrors call them; other vendors name their suites as they like.
ARCHIVE = re.compile(r"https?://[^/]+/(debian|debian-security|ubuntu)/")
WHERE = "/etc/apt/sources.list and sources.list.d"
ASK = (
    '. /etc/os-release; echo "system $VERSION_CODENAME"; '
    f"said=$(apt-get --print-uris {UNCACHED} update 2>&1) "
    '|| echo "unreadable $(echo "$said" | grep ^E: | head -n 1)"; '
    'echo "$said" | sed -n "s/^\'\\([^\']*\\)\' .*/source \\1/p"; '
    "grep -hs '^deb cdrom:' /etc/apt/sources.list | head -n 1"
)


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("os_known",),
    source="packages of two releases do not fit together",
)
def package_sources_fit(target: Target) -> Finding:
    """apt's sources are of the installed release, over a network, and of no other release."""
    if target.plan.sources.apt or target.plan.sources.locked:
        return skipped("the environment names its own")
    lines = target.host.run(ASK).stdout.splitlines()
    here = next((line.removeprefix("system ") for line in lines if line.startswith("system ")), "")
    if not here:
        raise CouldNotTell("the release's code name", " ".join(lines)[:200] or "nothing", "run: cat /etc/os-release")
    wanted = f"sources of {here}"
    if wrong := [line.removeprefix("unreadable ") for line in lines if line.startswith("unreadable E:")]:
        return failed("sources that apt can read", wrong[0][:200], f"correct that line of {WHERE}")
    uris = [line.removeprefix("source ") for line in lines if line.startswith("source ") and "cdrom:" not in line]
    suites = [(uri, found[1]) for uri in uris if (found := re.search(r"/dists/([a-z]+)[-/]", uri))]
    if others := sorted({suite for uri, suite in suites if suite in RELEASES - {here} and ARCHIVE.match(uri)}):
        todo = f"take it out of {WHERE}, or upgrade the whole system first"
        return failed(f"{wanted} and of no other release", f"{', '.join(others)} beside it", todo)
    ours = [uri for uri, suite in suites if suite == here or (suite == "stable" and ARCHIVE.match(uri))]
    if not ours:
        alone = "a CD-ROM alone" if any(line.startswith("deb cdrom:") for line in lines) else "none"
        return failed(f"{wanted} over a network", alone, f"name a mirror in {WHERE}")
    return passed(f"{len(ours)} of {here}", wanted)
