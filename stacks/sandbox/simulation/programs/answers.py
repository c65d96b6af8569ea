"""What a card answers: what its board says when it is healthy, and figures that follow what really runs here."""

import pwd
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from stacks.sandbox.simulation.programs.simulated import place, run, state

Board = dict[str, Any]

ENGINE = "eigenherd-engine"
CLOCK_MHZ, IDLE_MHZ = 2500, 210
LOOK_S = 0.1
PROC = Path("/proc")


def answers(index: int, card: Board, version: str, asked: list[str]) -> dict[str, str]:
    """Everything that stands still, and of the figures that move those that were asked for."""
    return settled(index, card, version) | {field: LIVE[field](card) for field in asked if field in LIVE}


def settled(index: int, card: Board, version: str) -> dict[str, str]:
    ecc, power_w = card["ecc"], f"{card['power_w']}.00"
    counts = "0" if ecc == "Enabled" else "[N/A]"
    remapped = "[N/A]" if "row_remapping" in card["lacks"] else "No"
    retired, waiting = ("[N/A]", "[N/A]") if "page_retirement" in card["lacks"] else ("0", "No")
    generation, width = str(card["pcie_generation"]), str(card["pcie_width"])
    return {
        "index": str(index),
        "name": card["name"],
        "uuid": uuid(index),
        "pci.bus_id": f"0000{place(index).upper()}",
        "driver_version": version,
        "compute_cap": card["compute_cap"],
        "memory.total": str(card["memory_mib"]),
        "mig.mode.current": "[N/A]",
        "power.limit": power_w,
        "power.default_limit": power_w,
        "clocks.max.sm": str(CLOCK_MHZ),
        "temperature.gpu.tlimit": "30",
        "temperature.memory": "N/A",
        "ecc.mode.current": ecc,
        "ecc.mode.pending": ecc,
        "ecc.errors.uncorrected.volatile.total": counts,
        "ecc.errors.uncorrected.aggregate.sram": counts,
        "remapped_rows.pending": remapped,
        "remapped_rows.failure": remapped,
        "retired_pages.single_bit_ecc.count": retired,
        "retired_pages.double_bit.count": retired,
        "retired_pages.pending": waiting,
        "gpu_recovery_action": "None",
        "fabric.state": "N/A",
        "inforom.checksum_validation": "valid",
        "pcie.link.gen.current": generation,
        "pcie.link.gen.max": generation,
        "pcie.link.gen.gpumax": generation,
        "pcie.link.gen.hostmax": generation,
        "pcie.link.width.current": width,
        "pcie.link.width.max": width,
    }


def uuid(index: int) -> str:
    return f"GPU-00000000-0000-0000-0000-{index:012d}"


@cache
def engine() -> list[tuple[str, str, int]]:
    """The engine's processes: number, program, and the MiB they hold, of this computer's own memory."""
    try:
        number = pwd.getpwnam(ENGINE).pw_uid
    except KeyError:
        return []
    found = []
    for folder in PROC.glob("[0-9]*"):
        try:
            if folder.stat().st_uid == number:
                mib = int((folder / "statm").read_text().split()[1]) * 4 // 1024
                found.append((folder.name, str((folder / "exe").readlink()), mib))
        except OSError:
            continue
    return found


def share_mib(mib: int) -> int:
    """Each card holds as much as the others."""
    return mib // len(state()["cards"])


def held_mib() -> int:
    return sum(share_mib(mib) for _, _, mib in engine())


@cache
def persistent() -> bool:
    return run("systemctl", "is-active", "nvidia-persistenced.service") == "active"


@cache
def busy_percent() -> int:
    """How much of one processor the engine and torch use just now, at most 100."""
    before = ticks()
    time.sleep(LOOK_S)
    return min(100, int((ticks() - before) / LOOK_S))  # a tick is a hundredth of a second


def ticks() -> int:
    used = 0
    for folder in PROC.glob("[0-9]*"):
        try:
            if b"/opt/eigenherd/" in (folder / "cmdline").read_bytes():
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                used += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return used


LIVE: dict[str, Callable[[Board], str]] = {
    "memory.used": lambda _: str(held_mib() + 1),
    "memory.free": lambda card: str(card["memory_mib"] - held_mib() - 1),
    "persistence_mode": lambda _: "Enabled" if persistent() else "Disabled",
    "utilization.gpu": lambda _: str(busy_percent()),
    "pstate": lambda _: "P0" if busy_percent() else "P8",
    "power.draw": lambda card: f"{card['power_w'] * (0.9 if busy_percent() else 0.05):.2f}",
    "clocks.sm": lambda _: str(CLOCK_MHZ if busy_percent() else IDLE_MHZ),
    "clocks_event_reasons.active": lambda _: f"0x{0 if busy_percent() else 1:016x}",
    "temperature.gpu": lambda _: "60" if busy_percent() else "35",
}
