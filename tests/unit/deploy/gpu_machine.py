"""A tree that stands for a machine with NVIDIA cards, and programs in PATH that say what its driver would."""

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from deploy.template import TEMPLATES

CARD = "NVIDIA GeForce RTX 4090, 24564, 580.95.05"
WANTED: dict[str, Any] = {
    "name": "RTX 4090",
    "names": ["rtx 4090"],
    "count": 1,
    "least_memory_mib": 22609,
    "least_branch": 580,
    "simulated": False,
    "unit": "eigenherd-engine.service",
    "engine": "llama_cpp",
    "user": "nobody",
    "address": "127.0.0.1",
    "port": 0,
    "model": "tiny",
    "load_s": 5,
}

# The calls that the gate makes; CUDA_FAILS names one that fails, CUDA_HANGS one that never ends.
LIBRARY = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int said(const char *name) {
    const char *fails = getenv("CUDA_FAILS"), *hangs = getenv("CUDA_HANGS");
    while (hangs && !strcmp(hangs, name)) sleep(1);
    return fails && !strcmp(fails, name) ? 999 : 0;
}
int cuInit(unsigned flags) { return said("cuInit"); }
int cuDeviceGetCount(int *count) { *count = getenv("CUDA_CARDS") ? atoi(getenv("CUDA_CARDS")) : 1; return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = &said; return said("cuDevicePrimaryCtxRetain"); }
int cuCtxSetCurrent(void *context) { return context == (void *)&said ? 0 : 201; }
int cuMemAlloc_v2(unsigned long long *there, size_t size) { *there = (unsigned long long)malloc(size); return 0; }
int cuMemcpyHtoD_v2(unsigned long long there, const void *from, size_t size) {
    memcpy((void *)there, from, size);
    if (said("bytes")) ((char *)there)[7] ^= 1;
    return 0;
}
int cuMemcpyDtoH_v2(void *to, unsigned long long there, size_t size) { memcpy(to, (void *)there, size); return 0; }
int cuMemFree_v2(unsigned long long there) { free((void *)there); return 0; }
int cuDevicePrimaryCtxRelease_v2(int device) { return 0; }
int cuGetErrorName(int code, const char **name) { *name = "CUDA_ERROR_UNKNOWN"; return 0; }
"""


PROGRAMS = TEMPLATES / "opt/eigenherd/bin"


def program(name: str, folder: Path = PROGRAMS) -> ModuleType:
    spec = spec_from_file_location(name, folder / f"{name}.py")
    assert spec and spec.loader
    made = module_from_spec(spec)
    sys.modules[name] = made  # dataclasses look there
    spec.loader.exec_module(made)
    return made


@dataclass
class GpuMachine:
    """smi: exit code and text of nvidia-smi, modinfo likewise."""

    root: Path
    wanted: dict[str, Any] = field(default_factory=lambda: dict(WANTED))

    def __post_init__(self) -> None:
        for folder in ("bin", "dev", "sys/bus/pci/devices", "sys/module"):
            (self.root / folder).mkdir(parents=True)
        self.card(0)
        self.module("580.95.05")
        for name in ("nvidiactl", "nvidia-uvm", "nvidia0"):
            (self.root / "dev" / name).touch()
            (self.root / "dev" / name).chmod(0o666)
        self.says("nvidia-smi", 0, f"0, {CARD}")
        self.says("modinfo", 0, "580.95.05")

    def card(self, place: int, kind: str = "0x030000", vendor: str = "0x10de", config: bytes = b"\xde\x10") -> None:
        folder = self.root / f"sys/bus/pci/devices/0000:{place + 1:02x}:00.0"
        folder.mkdir(exist_ok=True)
        (folder / "vendor").write_text(f"{vendor}\n")
        (folder / "class").write_text(f"{kind}\n")
        (folder / "config").write_bytes(config)

    def module(self, version: str, name: str = "nvidia") -> None:
        folder = self.root / "sys/module" / name
        folder.mkdir(exist_ok=True)
        (folder / "version").write_text(f"{version}\n")

    def says(self, name: str, code: int, text: str) -> None:
        self.runs(name, f"import sys; print({text!r}); sys.exit({code})")

    def runs(self, name: str, python: str) -> None:
        path = self.root / "bin" / name
        path.write_text(f"#!{sys.executable}\n{textwrap.dedent(python)}\n")
        path.chmod(0o755)

    def engine(self, *pids: str) -> None:
        """The engine's cgroup."""
        folder = self.root / "sys/fs/cgroup/system.slice/eigenherd-engine.service"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.procs").write_text("\n".join(pids))

    def in_gate(self, *pids: str, group: str = "/system.slice/eigenherd-gpu-gate.service") -> None:
        """The cgroup that this process is in, and others with it."""
        members = f"sys/fs/cgroup{group}/cgroup.procs"
        for file, text in (("proc/self/cgroup", f"0::{group}"), (members, "\n".join(pids))):
            (self.root / file).parent.mkdir(parents=True, exist_ok=True)
            (self.root / file).write_text(f"{text}\n")

    def settings(self) -> Path:
        path = self.root / "gpu.json"
        path.write_text(json.dumps(self.wanted))
        return path

    def state(self, name: str = "gate") -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.root / f"run/eigenherd-gpu/{name}.json").read_text())
        return value

    def keeps(self, name: str, **values: Any) -> None:
        path = self.root / f"run/eigenherd-gpu/{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def library(folder: Path) -> Path:
    """libcuda.so.1 as far as the gate calls it."""
    source = folder / "cuda.c"
    source.write_text(LIBRARY)
    subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-o", str(folder / "libcuda.so.1"), str(source)], check=True)
    return folder


def in_path(machine: GpuMachine, monkeypatch: pytest.MonkeyPatch) -> GpuMachine:
    monkeypatch.setenv("PATH", f"{machine.root}/bin:{os.environ['PATH']}")
    return machine
