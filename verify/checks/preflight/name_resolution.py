"""Are names found?"""

import shlex

from verify.apt import UNCACHED
from verify.check import Finding, check, failed, passed, skipped
from verify.target import Target

# Whom apt has to find: its proxy if it has one, else its first source.
ASK = (
    "url={url}; [ \"$url\" ] || url=$(apt-config dump --format '%v%n' Acquire::http::Proxy 2>/dev/null | head -n 1); "
    '[ "$url" ] || url=$(apt-get --print-uris {uncached} update 2>/dev/null '
    '| cut -d "\'" -f 2 | grep -m 1 ^http); '
    "host=$(echo \"$url\" | sed -E 's,^[a-z]+://([^@/]*@)?,,; s,[:/].*,,'); echo asked $host; "
    '[ -z "$host" ] || timeout 3 getent ahosts "$host" | sed "s/ .*//;q"'
)


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("plain_shell",),
    source="the plan's package sources; getent(1)",
)
def name_resolution(target: Target) -> Finding:
    """The machine finds the address of its package source, or of the proxy before it."""
    sources = target.plan.sources
    if sources.locked:
        return skipped("the packages are locked, and come from the mirror")
    output = target.host.run(ASK.format(uncached=UNCACHED, url=shlex.quote(sources.proxy or sources.apt or "")))
    lines = output.stdout.splitlines()
    host = next((line.removeprefix("asked").strip() for line in lines if line.startswith("asked")), "")
    found = [line for line in lines if not line.startswith("asked")]
    if not host:
        return skipped("apt has no source with a name")
    if not found:
        todo = "see /etc/resolv.conf and `resolvectl status`: is a name server named, and does it answer?"
        return failed(f"an address for {host}", "none within 3 s", todo)
    return passed(f"{host} is {found[0]}", "an address")
