"""Asks whether this machine has the cards of the plan, in working order: exit 0 or 1, with one line of reason.

`gpu_gate.py [SETTINGS [ROOT]]`; ROOT stands for / in tests. From cheap to dear: the PCI bus, the kernel's module,
nvidia-smi, the cards it lists, their device files, and CUDA itself as the engine's user. The answer is kept in
/run/eigenherd-gpu/gate.json. A simulated card has no silicon behind its device files: these are not opened then.
"""

import hashlib
import json
import os
import pwd
import re
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SETTINGS, STATE = "/etc/eigenherd/gpu.json", "run/eigenherd-gpu/gate.json"
VENDOR, DISPLAYS = "0x10de", ("0x0300", "0x0302")
UNIT = "eigenherd-gpu-gate.service"
FIELDS = "index,name,memory.total,driver_version"

# nvidia-smi takes a second a card where nothing keeps the driver awake; beyond SMI_S it hangs in the kernel. A driver
# that is just being replaced answers wrongly for a moment: a running engine is not stopped for that.
SMI_S, CUDA_S, AGAIN_S = 20, 40, 5
REFUSALS = {
    6: "the driver finds no card",
    8: "a card's power cables are not attached",
    9: "the driver is not loaded",
    11: "a card's interrupts do not arrive",
    12: "the driver's library NVML is not installed",
    15: "a card fell off the bus: reboot",
    16: "a card must be reset: reboot",
    18: "module and library of the driver are of two versions: reboot",
    127: "nvidia-smi is not installed",
}
CORRUPTED_INFOROM = 14  # nvidia-smi answers, and ends with this code

Wanted = dict[str, Any]


class Refused(Exception):
    """Why the engine does not start."""


@dataclass
class Seen:
    """What was found on the way, for the state and for the line."""

    root: Path
    driver: str = ""
    cuda: str = "not asked"
    cards: list[dict[str, str]] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)


def main() -> int:
    file, root = Path((sys.argv[1:] or [SETTINGS])[0]), Path((sys.argv[2:] or ["/"])[0])
    text = file.read_text()
    wanted: Wanted = json.loads(text)
    reason, seen = judge(wanted, root)
    if reason and engine_runs(wanted, root):
        time.sleep(AGAIN_S)
        reason, seen = judge(wanted, root)
    line = reason or f"{len(seen.cards)} x {seen.cards[0]['name']}, driver {seen.driver}, CUDA {seen.cuda}"
    state = {"ok": not reason, "reason": line} | {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "settings": hashlib.sha256(text.encode()).hexdigest(),
        "kernel": os.uname().release,
        "driver": seen.driver,
        "cards": [card["name"] for card in seen.cards],
        "cuda": seen.cuda,
        "simulated": wanted["simulated"],
    }
    keep(root / STATE, state)
    print(line)
    return 1 if reason else 0


def judge(wanted: Wanted, root: Path) -> tuple[str, Seen]:
    """The first reason against it, else an empty one."""
    seen = Seen(root)
    try:
        for step in STEPS:
            step(wanted, seen)
    except Refused as error:
        return str(error), seen
    return "", seen


def on_the_bus(wanted: Wanted, seen: Seen) -> None:
    """The kernel's own list, which needs no driver. What fell off the bus reads as all ones."""
    found, gone = 0, []
    for device in sorted((seen.root / "sys/bus/pci/devices").glob("*")):
        if read(device / "vendor") != VENDOR or not read(device / "class").startswith(DISPLAYS):
            continue
        found += 1
        with suppress(OSError):  # without its configuration there is nothing to doubt
            if (device / "config").read_bytes()[:4] == b"\xff" * 4:
                gone.append(device.name)
    if found < wanted["count"]:
        raise Refused(f"{number(found)} on the PCI bus, {wanted['count']} x {wanted['name']} planned")
    if gone:
        raise Refused(f"the card at {', '.join(gone)} fell off the bus: reboot")


def module_loaded(wanted: Wanted, seen: Seen) -> None:
    folder = seen.root / "sys/module"
    if (folder / "nvidia").exists():
        seen.driver = read(folder / "nvidia/version")
        return
    if (folder / "nouveau").exists():
        raise Refused("nouveau has the card, NVIDIA's module is not loaded: reboot")
    kernel, there = os.uname().release, answer(["modinfo", "-F", "version", "nvidia"], SMI_S)
    if there is None or there[0] != 0:
        raise Refused(f"NVIDIA's module is not loaded, and there is none for kernel {kernel}: see dkms status")
    raise Refused(f"NVIDIA's module {there[1].strip()} is there for kernel {kernel}, but not loaded: see dmesg")


def nothing_hangs(wanted: Wanted, seen: Seen) -> None:
    """What a dead card holds can't be killed: a further program would stay beside it, one a minute."""
    group = read(seen.root / "proc/self/cgroup").rpartition("::")[2]
    if group.endswith(f"/{UNIT}"):  # asked by hand, it is among others
        left = set(read(seen.root / f"sys/fs/cgroup{group}/cgroup.procs").split()) - {str(os.getpid())}
        if left:
            raise Refused("what an earlier look asked still hangs in the kernel, with a card or the driver: reboot")


def smi_answers(wanted: Wanted, seen: Seen) -> None:
    said = answer(["nvidia-smi", f"--query-gpu={FIELDS}", "--format=csv,noheader,nounits"], SMI_S)
    if said is None:
        raise Refused(f"nvidia-smi did not answer within {SMI_S} s: a card or the driver hangs")
    code, text = said
    if "version mismatch" in text:
        raise Refused(f"the loaded module {seen.driver} and the driver's library are of two versions: reboot")
    if code not in (0, CORRUPTED_INFOROM):
        first = (text.strip().splitlines() or ["nothing"])[0]
        raise Refused(REFUSALS.get(code, f"nvidia-smi ended with {code}: {first[:200]}"))
    names = FIELDS.split(",")
    rows = [[value.strip() for value in line.split(",")] for line in text.splitlines() if line.strip()]
    cards = [dict(zip(names, row, strict=True)) for row in rows if len(row) == len(names) and row[0].isdecimal()]
    if not cards:
        raise Refused("nvidia-smi lists no card")
    seen.cards = cards


def cards_as_planned(wanted: Wanted, seen: Seen) -> None:
    mine = [card for card in seen.cards if plain(card["name"]) in wanted["names"]]
    if len(mine) < wanted["count"]:
        names = ", ".join(card["name"] for card in seen.cards)
        raise Refused(f"{wanted['count']} x {wanted['name']} planned, nvidia-smi lists {names}")
    for card in mine:
        if not card["memory.total"].isdecimal() or int(card["memory.total"]) < wanted["least_memory_mib"]:
            raise Refused(f"{card['name']} has {card['memory.total']} MiB of memory, too few: is MIG on?")
        version = card["driver_version"]
        if seen.driver and version != seen.driver:
            raise Refused(f"module {seen.driver} is loaded, the driver's library is {version}: reboot")
        branch = version.partition(".")[0]
        if not branch.isdecimal() or int(branch) < wanted["least_branch"]:
            raise Refused(f"driver {version}, planned is branch {wanted['least_branch']} or newer")
        seen.driver = version


def nodes_there(wanted: Wanted, seen: Seen) -> None:
    shared = [seen.root / "dev" / name for name in ("nvidiactl", "nvidia-uvm")]
    own = [path for path in (seen.root / "dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name)]
    missing = [str(path) for path in shared if not path.exists()]
    if len(own) < len(seen.cards):
        missing.append(f"of {len(seen.cards) - len(own)} of {number(len(seen.cards))}")
    if missing:
        raise Refused(f"no device file {', '.join(missing)}: systemctl restart eigenherd-gpu-nodes")
    seen.nodes = [str(path) for path in (*shared, *sorted(own))]


def cuda_opens(wanted: Wanted, seen: Seen) -> None:
    """As the engine's user, in a child: a driver that hangs takes only the child with it."""
    if wanted["simulated"]:
        seen.cuda = "not opened: the card is simulated"
        return
    # A card that is full has no room for a second context. That the engine is on it, gpu_watch.py looks at.
    busy = engine_runs(wanted, seen.root)
    child = [sys.executable, "-I", str(Path(__file__).with_name("gpu_cuda.py")), "0" if busy else str(wanted["count"])]
    said = answer([*child, *seen.nodes], CUDA_S, becoming(wanted["user"]))
    if said is None:
        raise Refused(f"CUDA did not open within {CUDA_S} s: a card or the driver hangs")
    if said[0] != 0:
        raise Refused((said[1].strip().splitlines() or [f"CUDA ended with {said[0]}"])[-1])
    seen.cuda = "not opened: the engine is at work" if busy else "opens"


STEPS = (on_the_bus, module_loaded, nothing_hangs, smi_answers, cards_as_planned, nodes_there, cuda_opens)


def engine_runs(wanted: Wanted, root: Path) -> bool:
    return bool(read(root / "sys/fs/cgroup/system.slice" / wanted["unit"] / "cgroup.procs"))


def becoming(user: str) -> dict[str, Any]:
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise Refused(f"there is no user {user}") from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": os.getgrouplist(user, entry.pw_gid)}


def answer(command: list[str], timeout_s: float, who: dict[str, Any] | None = None) -> tuple[int, str] | None:
    """Exit code and text; None for one that does not end, and may not even die: it is not waited for."""
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    try:
        process = subprocess.Popen(command, text=True, errors="replace", **pipes, **(who or {}))
    except OSError as error:
        return 127, f"{command[0]}: {error.strerror}"
    try:
        text, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return None
    return process.returncode, text


def number(cards: int) -> str:
    return f"{cards or 'no'} NVIDIA card{'' if cards == 1 else 's'}"


def plain(name: str) -> str:
    """As the plan's names are written: nvidia-smi adds makes that nobody needs."""
    words = re.sub(r"\b(nvidia|geforce|tesla|generation|edition)\b", " ", name.casefold())
    return " ".join(words.split())


def read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text().strip()
    return ""


def keep(path: Path, value: dict[str, Any]) -> None:
    """Whole or not at all: others read it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(value, indent=1) + "\n")
    fresh.chmod(0o644)
    fresh.rename(path)


if __name__ == "__main__":
    sys.exit(main())
