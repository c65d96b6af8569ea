"""Stands in for cards: `card.py NAME ARGUMENTS...`, NAME as the program's that asks them."""

import sys
import time

from stacks.sandbox.simulation.programs.answers import answers, engine, share_mib, uuid
from stacks.sandbox.simulation.programs.simulated import LOADED, Cards, cards, faults, place, real, run

UNLOADED = """\
NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver \
is installed and running.
"""
CLASSES = {"0300": "VGA compatible controller", "0302": "3D controller"}
LINKS, RATE = 4, "25 GB/s"
NO_BRIDGE = "NVML: Unable to retrieve NVLink information as all links are inActive"
APPS = {"used_gpu_memory": "used_gpu_memory [MiB]", "used_memory": "used_gpu_memory [MiB]"}


def lspci(arguments: list[str]) -> int:
    if "10de:" not in arguments:
        return real("lspci", arguments)
    for index, card in cards():
        kind = card["class"]
        print(
            f"{place(index)} {CLASSES[kind]} [{kind}]: NVIDIA Corporation {card['name']} [10de:{card['pci_id']}]",
            end="",
        )
        print(" (rev ff)" if any(fault["lost"] == index for fault in faults("lost")) else " (rev a1)")
    return 0


def mokutil(arguments: list[str]) -> int:
    """Of firmware that is the simulation's own: a BIOS, or EFI with Secure Boot, with DKMS's key or without."""
    states = faults("secure_boot")
    if not states:
        print("EFI variables are not supported on this system")
        return 1
    if "--test-key" in arguments:
        key = arguments[arguments.index("--test-key") + 1]
        enrolled = any(fault.get("enrolled") for fault in states)
        print(f"{key} is {'already' if enrolled else 'not'} enrolled")
    else:
        print("SecureBoot enabled")
    return 0


def nvidia_smi(arguments: list[str]) -> int:
    for fault in faults("smi"):
        if fault["smi"] == "hang":
            time.sleep(600)
        print(fault["smi"]["text"])
        return int(fault["smi"]["code"])
    loaded = LOADED / "nvidia" / "version"
    if not loaded.exists():
        print(UNLOADED)
        return 9
    version, library = loaded.read_text().strip(), library_version()
    if library != version:
        print(f"Failed to initialize NVML: Driver/library version mismatch\nNVML library version: {library}")
        return 18
    chosen = one_card(arguments)
    if not chosen:
        print("No devices were found")
        return 6
    asked = dict(word.split("=", 1) for word in arguments if word.startswith("--query-"))
    headed = not any("noheader" in word for word in arguments)
    if "--query-gpu" in asked:
        return query_gpu(asked["--query-gpu"].split(","), chosen, version, headed)
    if "--query-compute-apps" in asked:
        return query_apps(asked["--query-compute-apps"].split(","), chosen, headed)
    if "nvlink" in arguments:
        return nvlink(chosen, counted="-e" in arguments)
    if "-x" in arguments:
        print("<nvidia_smi_log><gpu><pci><replay_counter>0</replay_counter></pci></gpu></nvidia_smi_log>")
    elif "-L" in arguments:
        print("\n".join(f"GPU {index}: {card['name']} (UUID: {uuid(index)})" for index, card in chosen))
    else:
        print(table(chosen, version))
    return 0


def library_version() -> str:
    """Of the library that is installed, whichever module is loaded: an upgrade without a reboot makes two."""
    return run("dpkg-query", "-W", "-f", "${source:Upstream-Version}", "libnvidia-ml1").split("-")[0]


def one_card(arguments: list[str]) -> Cards:
    """All cards, or the one after -i, by index or place on the bus."""
    if "-i" not in arguments:
        return cards()
    wanted = arguments[arguments.index("-i") + 1].lower()
    return [(index, card) for index, card in cards() if wanted == str(index) or wanted.endswith(place(index)[4:])]


def query_gpu(fields: list[str], chosen: Cards, version: str, headed: bool) -> int:
    rows = []
    for index, card in chosen:
        values = answers(index, card, version, fields)
        values |= {fault["field"]: fault["value"] for fault in faults("field") if fault["card"] == index}
        unknown = [field for field in fields if field not in values]
        if unknown:
            print(f'Field "{unknown[0]}" is not a valid field to query.')
            return 2
        rows.append(", ".join(values[field] for field in fields))
    print("\n".join([", ".join(fields), *rows] if headed else rows))
    return 0


def query_apps(fields: list[str], chosen: Cards, headed: bool) -> int:
    """The engine's real processes, each with its part on every card; and those that a fault names."""
    rows = [(index, pid, program, share_mib(mib)) for index, _ in chosen for pid, program, mib in engine()]
    rows += [(fault.get("card", 0), fault["pid"], fault["app"], fault.get("mib", 500)) for fault in faults("app")]
    lines = []
    for index, pid, program, mib in rows:
        values = {"gpu_uuid": uuid(index), "pid": str(pid), "process_name": program}
        values |= dict.fromkeys(APPS, str(mib))
        lines.append(", ".join(values[field] for field in fields))
    print("\n".join([", ".join(APPS.get(field, field) for field in fields), *lines] if headed else lines))
    return 0


def nvlink(chosen: Cards, counted: bool) -> int:
    """Bridges are not there; links of a board are up. A fault names one that is down."""
    for index, card in chosen:
        if card["nvlink"] == "none":
            continue
        print(f"GPU {index}: {card['name']} (UUID: {uuid(index)})")
        down = {fault["link"] for fault in faults("link") if fault["card"] == index}
        if card["nvlink"] == "bridge":
            print(NO_BRIDGE)
            continue
        for link in range(LINKS):
            if counted and link not in down:
                print("\n".join(f"\t Link {link}: {kind} Errors: 0" for kind in ("Replay", "Recovery", "CRC")))
            elif not counted:
                print(f"\t Link {link}: {'<inactive>' if link in down else RATE}")
    return 0


def table(chosen: Cards, version: str) -> str:
    edge = "+" + "-" * 89 + "+"
    rows = [f"|   {index}  {card['name']}   SIMULATED   {place(index)} |" for index, card in chosen]
    return "\n".join([edge, f"| NVIDIA-SMI {version}  Driver Version: {version}  CUDA Version: 13.0 |", *rows, edge])


def nvidia_ctk(arguments: list[str]) -> int:
    """`nvidia-ctk cdi list`."""
    if arguments[:2] != ["cdi", "list"]:
        print(f"nvidia-ctk: only `cdi list` is simulated, not {' '.join(arguments)}", file=sys.stderr)
        return 1
    print("\n".join(f"nvidia.com/gpu={name}" for index, _ in cards() for name in (str(index), uuid(index))))
    return 0


PROGRAMS = {"lspci": lspci, "mokutil": mokutil, "nvidia-smi": nvidia_smi, "nvidia-ctk": nvidia_ctk}

if __name__ == "__main__":
    sys.exit(PROGRAMS[sys.argv[1]](sys.argv[2:]))
