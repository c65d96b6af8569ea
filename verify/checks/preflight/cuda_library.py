"""Which CUDA is here already, and would it come between driver and engine?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

# What the loader takes comes first; toolkits beside it do not matter: torch and engines bring their own.
ASK = (
    "echo looked; l=$(/sbin/ldconfig -p 2>/dev/null | sed -n 's/.*libcuda\\.so\\.1 .*x86-64.* => //p' | head -n 1); "
    '[ -z "$l" ] || echo "library $(readlink -f $l) $l"; echo "driver $(cat /sys/module/nvidia/version 2>/dev/null)"; '
    'for t in /usr/local/cuda-*/bin/nvcc /usr/bin/nvcc; do [ ! -e "$t" ] || '
    'echo "toolkit $t from $(dpkg -S $(readlink -f $t) 2>/dev/null | cut -d: -f1 | grep . || echo no package)"; done; '
    "sed -n 's/^[^#]*libcuda/preload &/p' /etc/ld.so.preload 2>/dev/null; true"
)
STRANGE = ("/compat/", "/stubs/")


@check(
    stage="preflight",
    part=("driver", "engine"),
    severity="critical",
    needs=("plain_shell",),
    subject="engine",
    gpu=True,
    source="CUDA compatibility: libcuda belongs to the driver, and is of its version",
)
def cuda_library(target: Target) -> Finding:
    """The libcuda that programs get is the driver's own; toolkits that are there stay, and are not used."""
    output = target.host.run(ASK)
    lines = [line.split() for line in output.stdout.splitlines()]
    if ["looked"] not in lines or not any(line[:1] == ["driver"] for line in lines):
        said = (output.stdout + output.stderr).strip()[:200] or "nothing"
        raise CouldNotTell("the loader's libcuda", said, "run: ldconfig -p")
    wanted = "the driver's own libcuda.so.1, or none"
    library = next((line[1] for line in lines if line[0] == "library"), "")
    driver = next((line[1] for line in lines if line[0] == "driver" and len(line) > 1), "")
    if any(line[0] == "preload" for line in lines):
        return failed(wanted, "one that /etc/ld.so.preload forces on everybody", "take it out of /etc/ld.so.preload")
    if any(word in library for word in STRANGE):
        todo = "take its folder out of /etc/ld.so.conf.d, then: ldconfig"
        return failed(wanted, f"{library}, which the loader takes first", todo)
    version = library.rpartition(".so.")[2]
    if driver and "." in version and version != driver:
        todo = "reboot, or reinstall the driver: library and module are of two versions"
        return failed(f"libcuda {driver}, as the loaded module", f"{library}", todo)
    kits = ", ".join(f"{line[1]} ({' '.join(line[3:])})" for line in lines if line[0] == "toolkit")
    return passed((library or "none") + (f"; toolkit {kits} stays, unused" if kits else ""), wanted)
