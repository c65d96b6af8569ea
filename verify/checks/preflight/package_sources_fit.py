"""Are apt's sources those of this system?"""

from verify.apt import UNCACHED
from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.target import Target

RELEASES = {"buster", "bullseye", "bookworm", "trixie", "forky", "sid", "testing", "unstable"} | {
    "focal", "jammy", "noble", "resolute", "devel"
}  # fmt: skip
ASK = (
    '. /etc/os-release; echo "system $VERSION_CODENAME"; '
    f"said=$(apt-get {UNCACHED} indextargets "
    "--format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>&1) "
    '|| echo "unreadable $(echo "$said" | grep ^E: | head -n 1)"; '
    "echo \"$said\" | sort -u | sed 's/^/source /'"
)


@check(stage="preflight", part="system", severity="critical", source="packages of two releases do not fit together")
def package_sources_fit(target: Target) -> Finding:
    """apt's sources are of the installed release, over a network, and of no other release."""
    if target.plan.sources.apt:
        return skipped("the environment names its own")
    lines = target.host.run(ASK).stdout.splitlines()
    here = next((line.removeprefix("system ") for line in lines if line.startswith("system ")), "")
    if not here:
        raise CouldNotTell("the release's code name", " ".join(lines)[:200] or "nothing", "run: cat /etc/os-release")
    wanted, where = f"sources of {here}", "/etc/apt/sources.list and sources.list.d"
    if wrong := [line.removeprefix("unreadable ") for line in lines if line.startswith("unreadable ")]:
        return failed("sources that apt can read", wrong[0][:200], f"correct that line of {where}")
    rows = [line.split()[1:] for line in lines if line.startswith("source ") and len(line.split()) == 4]
    # Other vendors name their suites as they like; of the archives' own, the component is main.
    archives = [
        (uri, suite.partition("-")[0].partition("/")[0]) for uri, suite, component in rows if component == "main"
    ]
    if others := sorted({f"{suite} ({uri})" for uri, suite in archives if suite in RELEASES - {here}}):
        todo = f"take it out of {where}, or upgrade the whole system first"
        return failed(f"{wanted} and of no other release", f"also {', '.join(others)}"[:300], todo)
    ours = [uri for uri, suite in archives if suite in (here, "stable")]
    if ours and all(uri.startswith("cdrom:") for uri in ours):
        return failed(f"{wanted} over a network", "a CD-ROM alone", f"name a mirror in {where}")
    if not ours:
        return failed(wanted, "none", f"name a mirror in {where}")
    return passed(f"{len(set(ours))} of {here}", wanted)
