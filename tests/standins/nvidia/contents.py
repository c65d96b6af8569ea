"""Which packages there are, with NVIDIA's names and relations: one driver of a branch is a dozen that go together."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from plan import catalog
from tests.standins.nvidia.deb import Deb

FILES = Path(__file__).parent / "files"
VERSIONS = {580: "580.95.05", 595: "595.71.05"}
SOURCE = "nvidia-graphics-drivers"
SCRIPTS = ("postinst", "prerm")
MODULE = sorted(path.name for path in (FILES / "dkms").iterdir() if path.name not in SCRIPTS)

# What NVIDIA's own pinning package asks of apt; {branch} is its branch.
PIN = """\
Package: src:*nvidia*:any src:cuda-drivers:any src:cuda-compat:any
Pin: version {branch}.*
Pin-Priority: 1000
"""
COMPLAINT = "#!/bin/sh\necho 'nvidia-driver-cuda: this script fails on purpose' >&2\nexit 1\n"


@dataclass(frozen=True)
class Fault:
    """What a branch suffers from. build: its module does not compile for the kernels that match this pattern of make's
    (`%` is every kernel); postinst: the script of nvidia-driver-cuda fails."""

    kind: Literal["build", "postinst"]
    kernels: str = "%"


def branches(system: str) -> list[int]:
    """Those that NVIDIA has for the system, as far as they are stood in for."""
    rows = [row for row in catalog.driver_packages() if row.name == "nvidia" and system in row.systems]
    return [branch for branch in VERSIONS if any(branch in row.branches for row in rows)]


def packages(branch: int, fault: Fault | None = None) -> Iterator[Deb]:
    """Everything of one branch."""
    version = VERSIONS[branch]
    same = f"(= {version}-1)"
    yield _pinning(branch)
    for name in ("libnvidia-ml1", "libnvidia-cfg1", "libnvidia-ptxjitcompiler1", "firmware-nvidia-gsp"):
        yield _driver(name, version, {})
    yield _driver("libcuda1", version, {"Depends": f"libnvidia-ptxjitcompiler1 {same}"})
    yield _modules("nvidia-kernel-open-dkms", "nvidia-kernel-dkms", version, "Dual MIT/GPL", fault)
    yield _modules("nvidia-kernel-dkms", "nvidia-kernel-open-dkms", version, "NVIDIA", fault)
    yield _driver(
        "nvidia-persistenced",
        version,
        {"Depends": f"libnvidia-cfg1 {same}, passwd, init-system-helpers"},
        {
            "/usr/bin/nvidia-persistenced": _text("persistenced/nvidia-persistenced"),
            "/lib/systemd/system/nvidia-persistenced.service": _text("persistenced/nvidia-persistenced.service"),
        },
        {name: _text(f"persistenced/{name}") for name in ("postinst", "prerm", "postrm")},
    )
    modules = f"nvidia-kernel-dkms {same} | nvidia-kernel-{version} | nvidia-kernel-open-dkms {same}"
    yield _driver(
        "nvidia-driver-cuda",
        version,
        {
            "Depends": f"libcuda1 {same}, libnvidia-ml1 {same}, nvidia-persistenced {same}, {modules}",
            "Conflicts": "nvidia-smi",
            "Replaces": "nvidia-smi",
        },
        {"/usr/bin/nvidia-smi": _text("driver_cuda/nvidia-smi")},
        {"postinst": COMPLAINT} if fault and fault.kind == "postinst" else {},
    )


def _pinning(branch: int) -> Deb:
    name = "nvidia-driver-pinning"
    return Deb(
        f"{name}-{branch}",
        f"{branch}-1",
        name,
        {"Provides": name, "Conflicts": name, "Replaces": name},
        {f"/etc/apt/preferences.d/{name}": PIN.format(branch=branch)},
        architecture="all",
    )


def _driver(
    name: str,
    version: str,
    relations: dict[str, str],
    files: dict[str, str] | None = None,
    scripts: dict[str, str] | None = None,
) -> Deb:
    files = files or {f"/usr/share/doc/{name}/README": "Nothing of NVIDIA's is in here.\n"}
    return Deb(name, f"{version}-1", SOURCE, relations, files, scripts or {})


def _modules(name: str, other: str, version: str, licence: str, fault: Fault | None) -> Deb:
    strange = fault.kernels if fault and fault.kind == "build" else ""
    given = {"version": version, "licence": licence, "strange": strange, "package": name}
    relations = {
        "Depends": f"dkms, firmware-nvidia-gsp (= {version}-1)",
        "Provides": f"nvidia-kernel-{version}",
        "Conflicts": other,
        "Replaces": other,
    }
    files = {f"/usr/src/nvidia-{version}/{file}": _text(f"dkms/{file}", given) for file in MODULE}
    scripts = {script: _text(f"dkms/{script}", given) for script in SCRIPTS}
    return _driver(name, version, relations, files, scripts)


def _text(file: str, given: dict[str, str] | None = None) -> str:
    text = (FILES / file).read_text()
    for name, value in (given or {}).items():
        text = text.replace(f"@{name}@", value)
    return text
