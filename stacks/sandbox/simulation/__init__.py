"""NVIDIA cards that are not there, and the kernel of its own that a container has not: to test what needs them.

Userland stays real: apt, dpkg, DKMS, the compiler, modinfo. Stood in for are the PCI bus, the running kernel and its
modules, and what a card answers (programs/, which lie in the machine before it boots the first time). Which cards, and
what is wrong with them, is in /etc/eigenherd-simulation.json; `simulate fault JSON` and `simulate heal` change it.
"""

import json
from pathlib import Path

from plan import catalog
from plan.catalog.rows import GpuRow
from plan.plan import Gpu
from stacks.sandbox.identity import File, plain

HOME = "/usr/local/lib/eigenherd-simulation"
STATE = "/etc/eigenherd-simulation.json"
UNIT = "/etc/systemd/system/eigenherd-simulation.service"
PROGRAMS = Path(__file__).parent / "programs"

# First in everybody's PATH, and the program behind each; the driver's package calls its nvidia-smi.
NAMES = {
    "/usr/local/bin/uname": "kernel",
    "/usr/local/bin/journalctl": "kernel",
    "/usr/local/bin/modinfo": "kernel",
    "/usr/local/sbin/modprobe": "kernel",
    "/usr/local/sbin/rmmod": "kernel",
    "/usr/local/bin/dmesg": "kernel",
    "/usr/local/bin/lspci": "card",
    "/usr/local/bin/nvidia-ctk": "card",
    "/usr/local/bin/mokutil": "card",
    f"{HOME}/nvidia-smi": "card",
}
MODULE = "stacks.sandbox.simulation.programs"
CALL = f'#!/bin/sh\nPYTHONPATH={HOME} exec /usr/bin/python3 -B -m {MODULE}.{{program}} {{name}}"$@"\n'


def files(cards: str) -> dict[str, File]:
    """What a machine has before it boots. cards: as `cards_of` gives them."""
    unit = Path(__file__).with_name("eigenherd-simulation.service").read_text(encoding="utf-8")
    found: dict[str, File] = {
        STATE: plain(json.dumps({"cards": json.loads(cards), "faults": []}, indent=1) + "\n"),
        UNIT: plain(unit),
        # A folder of drop-ins enables it: what is written beforehand are files, no links.
        "/etc/systemd/system/sysinit.target.d/eigenherd-simulation.conf": plain(
            "[Unit]\nWants=eigenherd-simulation.service\n"
        ),
        "/usr/local/sbin/simulate": program(CALL.format(program="simulate", name="")),
    }
    for file in sorted(PROGRAMS.glob("*.py")):
        found[f"{HOME}/{MODULE.replace('.', '/')}/{file.name}"] = plain(file.read_text(encoding="utf-8"))
    for path, behind in NAMES.items():
        name = path.rpartition("/")[2]
        found[path] = program(CALL.format(program=behind, name=f"{name} "))
    return found


def program(text: str) -> File:
    return {"text": text, "mode": 0o755}


def cards_of(gpu: Gpu | None) -> str:
    """The planned cards as a healthy board of that name answers, as JSON; empty without a simulated one."""
    if gpu is None or not gpu.simulated:
        return ""
    row, board = catalog.gpu(gpu.name), catalog.board(gpu.name)
    lacks = board.lacks if board else ()
    ecc = "[N/A]" if "ecc" in lacks else board.ecc[0] if board and board.ecc else "Disabled"
    memory_mib = row.vram_gib * 1024
    if board:
        memory_mib = (board.memory_ecc_mib if ecc == "Enabled" else None) or board.memory_mib or memory_mib
    # A board with a screen's connectors is of another class on the bus.
    card = {
        "name": called(row),
        "class": "0300" if row.geforce or "RTX" in row.name else "0302",
        "pci_id": row.pci_ids[0],
        "compute_cap": row.compute_capability,
        "memory_mib": memory_mib,
        "power_w": (board.power_w if board else None) or row.tdp_w,
        "pcie_generation": (board.pcie_generation if board else None) or 4,
        "pcie_width": (board.pcie_width if board else None) or 16,
        "ecc": ecc,
        "lacks": sorted(lacks),
        "nvlink": (board.nvlink if board else None) or "none",
    }
    return json.dumps([card] * gpu.count)


def called(row: GpuRow) -> str:
    """As the driver calls it: that name, where it differs from ours, is the last of the row's others."""
    name = row.also[-1] if row.also else row.name
    return name if name.startswith("Tesla") else f"NVIDIA {'GeForce ' if row.geforce else ''}{name}"
