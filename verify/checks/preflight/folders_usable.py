"""May anything be written there, and run?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

WRITTEN = (
    "/etc",
    "/etc/systemd/system",
    "/usr",
    "/usr/bin",
    "/opt",
    "/boot",
    "/var/lib",
    "/var/lib/dpkg",
    "/var/cache/apt",
)
RUN = ("/usr", "/opt", "/var/lib/dpkg")
# Asks for the permission and the mount's options; nothing is written.
ASK = (
    "echo looked; options() {{ findmnt -n -o OPTIONS -T $1 | tr , '\\n'; }}; "
    "for d in {written}; do [ ! -d $d ] || [ -w $d ] || "
    'if options $d | grep -qx ro; then echo "$d read-only"; else echo "$d immutable"; fi; done; '
    'for d in {run}; do [ ! -d $d ] || ! options $d | grep -qx noexec || echo "$d noexec"; done'
).format(written=" ".join(WRITTEN), run=" ".join(RUN))
TODO = {
    "read-only": "see `dmesg` for why (a broken disk is mounted so), then: mount -o remount,rw, or mend /etc/fstab",
    "immutable": "let root write there: chattr -i, or what else protects it",
    "noexec": "mount it without noexec (/etc/fstab): packages' scripts and our programs run from there",
}


@check(
    stage="preflight", part="system", severity="critical", needs=("root_rights",), source="what deploy/ and dpkg write"
)
def folders_usable(target: Target) -> Finding:
    """The folders that are written to can be written, and those that programs run from let them run."""
    output = target.host.run(ASK, root=True)
    lines = output.stdout.splitlines()
    if "looked" not in lines:
        raise CouldNotTell("the folders' permissions", output.stderr.strip()[-200:] or "nothing", "run: findmnt")
    wrong = [line.split() for line in lines if line.endswith(tuple(TODO))]
    if not wrong:
        return passed("writable, and programs run", "writable, and programs run")
    kind = wrong[0][1]
    words = {"read-only": "a read-only filesystem", "immutable": "not even root may write", "noexec": "mounted noexec"}
    places = ", ".join(folder for folder, said in wrong if said == kind)
    others = [f"{folder} {said}" for folder, said in wrong if said != kind]
    return failed(
        "folders that can be written, and run from", "; ".join([f"{words[kind]}: {places}", *others]), TODO[kind]
    )
