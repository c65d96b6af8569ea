"""The module that the next boot of this kernel loads."""

import re

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

ASK = 'echo "kernel $(uname -r)"; dkms status 2>&1; echo "module $(modinfo -F filename nvidia 2>&1)"'
# Both ways dkms writes it: `nvidia/580.95.05, 6.1.0-50-amd64, x86_64: installed`, `nvidia, 535.261.03, 6.1.0-...`.
STATUS = re.compile(r"^(nvidia[\w-]*)(?:/|, )([^,:\s]+)(?:, ([^,\s]+), [^:\s]+)?: (.*)$", re.MULTILINE)


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    source="dkms status: installed for the running kernel; else a prebuilt module of the distribution",
)
def gpu_dkms(target: Target) -> Finding:
    """The driver's module is built and installed for the running kernel, by DKMS or by the distribution."""
    text = target.host.run(ASK, root=True).stdout
    kernel, module = found(r"^kernel (\S+)$", text), found(r"^module (/\S+)$", text)
    if not kernel or not re.search("^module ", text, re.MULTILINE):
        raise CouldNotTell("the running kernel and its module", text[:200] or "nothing", "uname -r; dkms status")
    rows = [match.groups() for match in STATUS.finditer(text)]
    here = [(name, version, state) for name, version, built_for, state in rows if built_for == kernel]
    bad = [f"{name} {version}: {state}" for name, version, state in here if state.strip() != "installed"]
    bad += [f"{name} {version}: {state}, for no kernel" for name, version, built_for, state in rows if not built_for]
    todo = "dkms autoinstall; the compiler's words: /var/lib/dkms/nvidia*/*/build/make.log; headers for this kernel?"
    if here and not bad and module:
        return passed(", ".join(f"{name} {version} installed" for name, version, _ in here), kernel)
    if not rows and module and kernel in module:
        return passed(f"prebuilt, {module.rpartition('/')[2]}", kernel)
    elsewhere = [f"{name} {version} for {other} only" for name, version, other, _ in rows if other not in {"", kernel}]
    words = bad or elsewhere or [f"no module: {text.strip().splitlines()[-1][:150]}"]
    return failed(f"installed for {kernel}", "; ".join(words), todo)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1) if match else ""
