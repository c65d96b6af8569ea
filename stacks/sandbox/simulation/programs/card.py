"""Stands in for cards: `card.py NAME ARGUMENTS...`, NAME as the program's that asks them."""

import pwd
import sys
import time
from pathlib import Path
from typing import Any

from stacks.sandbox.simulation.programs.simulated import LOADED, Cards, cards, faults, place, real, run, state

ENGINE = "eigenherd-engine"


def lspci(arguments: list[str]) -> int:
    if "10de:" not in arguments:
        return real("lspci", arguments)
    for index, card in cards():
        print(f"{place(index)} VGA compatible controller [0300]: {card['name']} [10de:{card['pci_id']}] (rev a1)")
    return 0


def mokutil(arguments: list[str]) -> int:
    on = any(fault["secure_boot"] for fault in faults("secure_boot"))
    print("SecureBoot enabled" if on else "SecureBoot disabled")
    return 0


def nvidia_smi(arguments: list[str]) -> int:
    for fault in faults("smi"):
        if fault["smi"] == "hang":
            time.sleep(600)
        print(fault["smi"]["text"])
        return int(fault["smi"]["code"])
    version = LOADED / "nvidia" / "version"
    if not version.exists():
        print("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest")
        print("NVIDIA driver is installed and running.")
        return 9
    loaded = version.read_text().strip()
    library = run("dpkg-query", "-W", "-f", "${source:Upstream-Version}", "libnvidia-ml1").split("-")[0]
    if library != loaded:
        print(f"Failed to initialize NVML: Driver/library version mismatch\nNVML library version: {library}")
        return 18
    chosen = one_card(arguments)
    if not chosen:
        print("No devices were found")
        return 6
    query = next((word.split("=", 1)[1] for word in arguments if word.startswith("--query-gpu=")), None)
    apps = next((word.split("=", 1)[1] for word in arguments if word.startswith("--query-compute-apps=")), None)
    plain = any("noheader" in word for word in arguments)
    if query:
        return query_gpu(query.split(","), chosen, loaded, plain)
    if apps:
        return query_apps(apps.split(","), chosen, plain)
    if "nvlink" in arguments:
        return 0
    if "-x" in arguments:
        print("<nvidia_smi_log><gpu><pci><replay_counter>0</replay_counter></pci></gpu></nvidia_smi_log>")
        return 0
    print(table(chosen, loaded))
    return 0


def one_card(arguments: list[str]) -> Cards:
    """All cards, or the one after -i, by index or place on the bus."""
    if "-i" not in arguments:
        return cards()
    wanted = arguments[arguments.index("-i") + 1].lower()
    return [(index, card) for index, card in cards() if wanted == str(index) or wanted.endswith(place(index)[4:])]


def query_gpu(fields: list[str], chosen: Cards, version: str, plain: bool) -> int:
    rows = []
    for index, card in chosen:
        values = answers(index, card, version)
        values |= {fault["field"]: fault["value"] for fault in faults("field") if fault["card"] == index}
        unknown = [field for field in fields if field not in values]
        if unknown:
            print(f'Field "{unknown[0]}" is not a valid field to query.')
            return 2
        rows.append(", ".join(values[field] for field in fields))
    print("\n".join(rows if plain else [", ".join(fields), *rows]))
    return 0


def answers(index: int, card: dict[str, Any], version: str) -> dict[str, str]:
    """What a healthy card of this board says; figures that mean work follow the engine's real processes."""
    ecc = card["ecc"]
    counts = "0" if ecc == "Enabled" else "[N/A]"
    remapped = "[N/A]" if "row_remapping" in card["lacks"] else "0"
    retired = "[N/A]" if "page_retirement" in card["lacks"] else "0"
    used = sum(mib for _, _, mib in engine()) // len(state()["cards"])
    busy = working()
    power, clock = card["power_w"], 2500
    generation, width = str(card["pcie_generation"]), str(card["pcie_width"])
    persistent = run("systemctl", "is-active", "nvidia-persistenced.service") == "active"
    return {
        "index": str(index),
        "name": card["name"],
        "uuid": uuid(index),
        "pci.bus_id": f"0000{place(index).upper()}",
        "driver_version": version,
        "compute_cap": card["compute_cap"],
        "memory.total": str(card["memory_mib"]),
        "memory.used": str(used + 1),
        "memory.free": str(card["memory_mib"] - used - 1),
        "utilization.gpu": str(busy),
        "persistence_mode": "Enabled" if persistent else "Disabled",
        "mig.mode.current": "[N/A]",
        "pstate": "P0" if busy else "P8",
        "power.limit": f"{power}.00",
        "power.default_limit": f"{power}.00",
        "power.draw": f"{power * 0.9 if busy else power * 0.05:.2f}",
        "clocks.sm": str(clock if busy else 210),
        "clocks.max.sm": str(clock),
        "clocks_event_reasons.active": "0x0000000000000000" if busy else "0x0000000000000001",
        "temperature.gpu": "60" if busy else "35",
        "temperature.gpu.tlimit": "30",
        "temperature.memory": "N/A",
        "ecc.mode.current": ecc,
        "ecc.mode.pending": ecc,
        "ecc.errors.uncorrected.volatile.total": counts,
        "ecc.errors.uncorrected.aggregate.sram": counts,
        "remapped_rows.pending": "No" if remapped == "0" else remapped,
        "remapped_rows.failure": "No" if remapped == "0" else remapped,
        "retired_pages.single_bit_ecc.count": retired,
        "retired_pages.double_bit.count": retired,
        "retired_pages.pending": "No" if retired == "0" else retired,
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


def engine() -> list[tuple[str, str, int]]:
    """The engine's processes: number, program, and the MiB they hold, on this computer's own memory."""
    try:
        number = pwd.getpwnam(ENGINE).pw_uid
    except KeyError:
        return []
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == number:
                mib = int(folder.joinpath("statm").read_text().split()[1]) * 4 // 1024
                found.append((folder.name, str((folder / "exe").readlink()), mib))
        except OSError:
            continue
    return found


def working() -> int:
    """Percent of one processor that the engine and torch use just now, at most 100."""

    def ticks() -> int:
        used = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "cwd").readlink() != Path("/") and b"/opt/eigenherd/" in (folder / "cmdline").read_bytes():
                    fields = (folder / "stat").read_text().rpartition(")")[2].split()
                    used += int(fields[11]) + int(fields[12])
            except OSError:
                continue
        return used

    before = ticks()
    time.sleep(0.1)
    return min(100, (ticks() - before) * 10)


def query_apps(fields: list[str], chosen: Cards, plain: bool) -> int:
    """The engine holds its part on every card."""
    rows = []
    names = {"used_gpu_memory": "used_gpu_memory [MiB]", "used_memory": "used_gpu_memory [MiB]"}
    for index, _ in chosen:
        for pid, program, mib in engine():
            share = str(mib // len(state()["cards"]))
            values = {"gpu_uuid": uuid(index), "pid": pid, "process_name": program}
            values |= {"used_gpu_memory": share, "used_memory": share}
            rows.append(", ".join(values[field] for field in fields))
    print("\n".join(rows if plain else [", ".join(names.get(field, field) for field in fields), *rows]))
    return 0


def table(chosen: Cards, version: str) -> str:
    edge = "+" + "-" * 89 + "+"
    rows = [f"|   {index}  {card['name']}   SIMULATED   {place(index)} |" for index, card in chosen]
    return "\n".join([edge, f"| NVIDIA-SMI {version}  Driver Version: {version}  CUDA Version: 13.0 |", *rows, edge])


PROGRAMS = {"lspci": lspci, "mokutil": mokutil, "nvidia-smi": nvidia_smi}

if __name__ == "__main__":
    sys.exit(PROGRAMS[sys.argv[1]](sys.argv[2:]))
