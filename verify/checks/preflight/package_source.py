"""Where will the software come from?"""

import shlex
from itertools import pairwise

from verify.apt import UNCACHED
from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.transport import Output

# Fetches one index file into memory, with apt's own settings and without its caches: nothing on the disk changes.
ASK = (
    'url={url}; [ -n "$url" ] || '
    'url=$(apt-get update --print-uris {uncached} 2>/dev/null | head -n 1 | cut -d "\'" -f 2); '
    '[ -n "$url" ] || {{ echo "apt has no source" >&2; exit 1; }}; '
    "d=$(mktemp -d -p /dev/shm) && trap 'rm -rf \"$d\"' EXIT && "
    "timeout 4 /usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root -o Acquire::Retries=0 -o Acquire::http::Timeout=3 "
    '-o Acquire::https::Timeout=3 {proxy} download-file "$url" "$d/index" && wc -c < "$d/index"'
)


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("name_resolution", "package_sources_fit"),
    source="the plan's package sources",
)
def package_source(target: Target) -> Finding:
    """apt reaches its package source, and the mirror folder is there if one is planned."""
    sources = target.plan.sources
    mirror, seen = sources.mirror, "not asked: the packages are locked"
    if not sources.locked:
        url = ""
        if sources.apt:
            codename = target.host.run(". /etc/os-release && echo $VERSION_CODENAME").stdout.strip()
            url = f"{sources.apt.rstrip('/')}/dists/{codename}/InRelease"
        through = (f"-o Acquire::{scheme}::Proxy={sources.proxy}" for scheme in ("http", "https"))
        proxy = " ".join(through) if sources.proxy else ""
        output = target.host.run(ASK.format(url=shlex.quote(url), proxy=proxy, uncached=UNCACHED), timeout_s=60)
        if output.code != 0 or not output.stdout.split():
            todo = "check name resolution and the way out: getent hosts; or set `packages: {apt: ..., proxy: ...}`"
            return failed("the first index of apt's sources", reason(output)[:200], todo)
        seen = f"index of {output.stdout.split()[-1]} bytes"
    if mirror and mirror.startswith("/") and target.host.run(f"test -d {shlex.quote(mirror)}").code != 0:
        return failed(f"the mirror folder {mirror}", "no such folder", "mount it, or remove `packages.mirror`")
    return passed(seen + (f", mirror {mirror}" if mirror else ""), "reachable")


def reason(output: Output) -> str:
    """What apt says below the address that failed; its last line only says that it failed."""
    lines = f"{output.stdout}\n{output.stderr}".splitlines()
    below = [after.strip() for line, after in pairwise(lines) if line.startswith("Err:")]
    said = [line for line in (*below, *lines) if line and line != "E: Download Failed"]
    return said[0] if said else "no answer within 4 s"
