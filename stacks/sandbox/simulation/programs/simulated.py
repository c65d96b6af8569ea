"""What is simulated, and what is wrong with it: /etc/eigenherd-simulation.json, {"cards": [...], "faults": [...]}.

Faults, one of:
  {"card": 0, "field": "ecc.mode.current", "value": "..."}   a card's answer
  {"missing": 0}, {"lost": 0}                                a card that is not there, or reads as all ones
  {"card": 0, "link": 1}                                     an NVLink that is down
  {"app": "program", "pid": 1, "mib": 500}                   a stranger who computes
  {"smi": {"code": 9, "text": "..."}}, {"smi": "hang"}       what nvidia-smi does
  {"log": "NVRM: Xid ..."}                                   a line of the kernel's
  {"load": "No such device"}                                 the module is refused
  {"secure_boot": true, "enrolled": false}                   the firmware wants signed modules
  {"panic": "6.1.0-50-amd64"}                                a kernel that does not come up
  {"aer": 0, "file": "aer_dev_fatal", "count": 1}            a PCIe error, as the kernel counts it
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

Cards = list[tuple[int, dict[str, Any]]]

STATE = Path("/etc/eigenherd-simulation.json")
RUN = Path("/run/eigenherd-simulation")
KERNEL, LOG, GRUB = RUN / "kernel", RUN / "kernel.log", Path("/boot/grub/grubenv")
LOADED = Path("/sys/module")
BUS = Path("/sys/bus/pci/devices")


def state() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(STATE.read_text())
    return value


def faults(kind: str) -> list[dict[str, Any]]:
    return [fault for fault in state()["faults"] if kind in fault]


def cards() -> Cards:
    """Those that have not fallen off the bus, by index."""
    missing = [fault["missing"] for fault in faults("missing")]
    return [(index, card) for index, card in enumerate(state()["cards"]) if index not in missing]


def place(index: int) -> str:
    return f"0000:{index + 1:02x}:00.0"


def run(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True).stdout.strip()


def real(name: str, arguments: list[str]) -> int:
    """The program that this one stands before."""
    ours = Path("/usr/local")
    for folder in ("/usr/sbin", "/usr/bin", "/sbin", "/bin"):
        path = Path(folder) / name
        if path.exists() and ours not in path.resolve().parents:
            os.environ.pop("PYTHONPATH", None)  # ours
            os.execv(path, [name, *arguments])  # noqa: S606 (no shell is wanted)
    print(f"sh: 1: {name}: not found", file=sys.stderr)
    return 127
