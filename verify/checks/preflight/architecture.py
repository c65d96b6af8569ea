"""Which machine code does it run?"""

from verify.check import Finding, check, failed, passed
from verify.target import Target

WANTED = "x86_64"


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("plain_shell",),
    source="the locked wheels and archives are for x86_64",
)
def architecture(target: Target) -> Finding:
    """The processor is an x86_64 with AVX2, which prebuilt engines need."""
    words = target.host.run("uname -m; grep -m 1 -wo avx2 /proc/cpuinfo").stdout.split()
    found = " with ".join(words) or "unknown"
    if words[:1] != [WANTED]:
        todo = "use an x86_64 machine: what is installed is compiled for it"
        return failed(f"{WANTED} with avx2", found, todo)
    if words != [WANTED, "avx2"]:
        todo = "use a processor of 2013 or newer; in a virtual machine give it the host's model (`host-passthrough`)"
        return failed(f"{WANTED} with avx2", f"{found} without avx2", todo)
    return passed(found, f"{WANTED} with avx2")
