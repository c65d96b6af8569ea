"""Stands in for a kernel of one's own: `kernel.py NAME ARGUMENTS...`, NAME as a program's, or `boot`."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from stacks.sandbox.simulation.programs.simulated import (
    BUS,
    GRUB,
    KERNEL,
    LOADED,
    LOG,
    RUN,
    cards,
    faults,
    place,
    real,
    run,
    state,
)

FIRMWARE = Path("/sys/firmware")
CARD_NODES = {"nvidia": ("195 nvidia", "195 nvidiactl"), "nvidia_uvm": ("511 nvidia-uvm",)}


def boot(_: list[str]) -> int:
    """What happens before a system's first unit: a kernel is chosen, the bus is looked at, modules are loaded."""
    RUN.mkdir(exist_ok=True)
    installed = run("sh", "-c", "ls /boot/vmlinuz-* 2>/dev/null | sed s,/boot/vmlinuz-,, | sort -V").split()
    KERNEL.write_text((told(installed) or (installed or [os.uname().release])[-1]) + "\n")
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    LOG.write_text(f"{stamp} {os.uname().nodename} kernel: Linux version {KERNEL.read_text()}")
    (RUN / "devices.real").write_text(Path("/proc/devices").read_text())
    (RUN / "driver").mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "remount,rw", "/sys"])
    for at in (BUS, LOADED, FIRMWARE):
        at.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(at)])
    # systemd-networkd takes a machine whose /sys is writable for none of nspawn's, and waits for udev.
    subprocess.run(["mount", "-o", "remount,ro", "/sys"])
    show_bus()
    show_firmware()
    settings = run("sh", "-c", "cat /etc/modprobe.d/*.conf /lib/modprobe.d/*.conf 2>/dev/null").splitlines()
    if cards() and "blacklist nouveau" not in settings and KERNEL.read_text().strip() in installed:
        (LOADED / "nouveau").mkdir()
    wanted = run("sh", "-c", "cat /etc/modules-load.d/*.conf 2>/dev/null | grep -v '^#'").split()
    for module in wanted:
        load(module)
    return 0


def told(installed: list[str]) -> str:
    """What GRUB would start: the entry chosen for once, else the saved one; empty where it was told nothing.

    A kernel that panics is followed by the next.
    """
    settings = run("sh", "-c", "cat /etc/default/grub.d/*.cfg 2>/dev/null").splitlines()
    if not GRUB.exists() or "GRUB_DEFAULT=saved" not in settings:
        return ""
    block = dict(line.split("=", 1) for line in GRUB.read_text().splitlines() if "=" in line)
    if block.get("next_entry"):
        run("grub-editenv", str(GRUB), "unset", "next_entry")
    panics = {fault["panic"] for fault in faults("panic")}
    for entry in (block.get("next_entry", ""), block.get("saved_entry", "")):
        found = re.search(r"gnulinux-([^>]*)-advanced-", entry)
        if found and found[1] in installed and found[1] not in panics:
            return found[1]
    return ""


def show_bus() -> int:
    """The bus in sysfs, as faults have it now."""
    there = {place(index): card for index, card in cards()}
    for index in range(len(state()["cards"])):
        folder = BUS / place(index)
        if place(index) not in there:
            subprocess.run(["rm", "-rf", str(folder)])
            continue
        folder.mkdir(exist_ok=True)
        counts = {fault["file"]: fault["count"] for fault in faults("aer") if fault["aer"] == index}
        card = there[place(index)]
        texts = {"vendor": "0x10de", "class": f"0x{card['class']}00", "device": f"0x{card['pci_id']}"}
        kinds = {"aer_dev_correctable": "COR", "aer_dev_fatal": "FATAL", "aer_dev_nonfatal": "NONFATAL"}
        texts |= {name: f"TOTAL_ERR_{kind} {counts.get(name, 0)}" for name, kind in kinds.items()}
        for name, text in texts.items():
            (folder / name).write_text(text + "\n")
    return 0


def show_firmware() -> None:
    """EFI with Secure Boot, where a fault says so; else the BIOS that a container has."""
    subprocess.run(["rm", "-rf", str(FIRMWARE / "efi")])
    if faults("secure_boot"):
        variable = FIRMWARE / "efi" / "efivars" / "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
        variable.parent.mkdir(parents=True)
        variable.write_bytes(bytes([6, 0, 0, 0, 1]))


def load(module: str) -> int:
    """As the kernel would: what DKMS built for it, or nothing."""
    name = module.replace("-", "_")
    if not name.startswith("nvidia") or (LOADED / name).exists():
        return 0
    kernel = KERNEL.read_text().strip()
    file, version = next(((file, found) for file in files(module) if (found := about(file, "version"))), ("", ""))
    if not version:
        print(f"modprobe: FATAL: Module {module} not found in directory /lib/modules/{kernel}", file=sys.stderr)
        return 1
    if words := refusal(name):
        print(f"modprobe: ERROR: could not insert '{name}': {words}", file=sys.stderr)
        return 1
    (LOADED / name).mkdir(parents=True, exist_ok=True)
    (LOADED / name / "version").write_text(version + "\n")
    if name == "nvidia":
        licence = about(file, "license")
        kind = "UNIX Open Kernel Module for x86_64" if "GPL" in licence else "UNIX x86_64 Kernel Module"
        show_driver(f"NVRM version: NVIDIA {kind}  {version}  Release Build  (simulated)\n")
    show_kernel_lists()
    return 0


def files(module: str) -> list[str]:
    """What a module may be called on disk: Debian's own packages name them otherwise, and modprobe is told so."""
    return [module.replace("nvidia", name, 1) for name in ("nvidia", "nvidia-current", "nvidia-current-open")]


def about(file: str, field: str) -> str:
    return run("/sbin/modinfo", "-k", KERNEL.read_text().strip(), "-F", field, file)


def refusal(name: str) -> str:
    """Why a kernel would not take a module that is there; empty if it does."""
    if any(fault["secure_boot"] and not fault.get("enrolled") for fault in faults("secure_boot")):
        return "Key was rejected by service"
    if name == "nvidia" and (not cards() or (LOADED / "nouveau").exists()):
        return "No such device"
    return next((str(fault["load"]) for fault in faults("load")), "")


def show_driver(version: str) -> None:
    at = RUN / "driver" / "nvidia"
    for index, card in enumerate(state()["cards"]):
        information = at / "gpus" / place(index) / "information"
        information.parent.mkdir(parents=True, exist_ok=True)
        information.write_text(f"Model: \t\t {card['name']}\nDevice Minor: \t {index}\n")
    (at / "version").write_text(version)
    bind(RUN / "driver", "/proc/driver")


def show_kernel_lists() -> None:
    loaded = [name for name in ("nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm") if (LOADED / name).exists()]
    nodes = [line for name in loaded for line in CARD_NODES.get(name, ())]
    devices = (RUN / "devices.real").read_text().rstrip("\n").split("\nBlock devices:")
    (RUN / "devices").write_text("\n".join([devices[0].rstrip(), *nodes, "\nBlock devices:" + devices[-1], ""]))
    bind(RUN / "devices", "/proc/devices")


def bind(what: Path, at: str) -> None:
    if subprocess.run(["mountpoint", "-q", at]).returncode:
        subprocess.run(["mount", "--bind", str(what), at])


def uname(arguments: list[str]) -> int:
    if arguments == ["-r"] and KERNEL.exists():
        print(KERNEL.read_text().strip())
        return 0
    return real("uname", arguments)


def modinfo(arguments: list[str]) -> int:
    running = [] if "-k" in arguments or not KERNEL.exists() else ["-k", KERNEL.read_text().strip()]
    return real("modinfo", [*running, *arguments])


def modprobe(arguments: list[str]) -> int:
    names = [word for word in arguments if not word.startswith("-")]
    if not any(name.startswith("nvidia") for name in names):
        return real("modprobe", arguments)
    removing = {"-r", "--remove"} & set(arguments)
    return max([unload(name) if removing else load(name) for name in names], default=0)


def unload(module: str) -> int:
    name = module.replace("-", "_")
    gone = [LOADED / name, *([RUN / "driver" / "nvidia"] if name == "nvidia" else [])]
    subprocess.run(["rm", "-rf", *map(str, gone)])
    show_kernel_lists()
    return 0


def journalctl(arguments: list[str]) -> int:
    """The kernel's log, of which a container has none, as `journalctl -k` prints it; everything else is real."""
    if not {"-k", "--dmesg"} & set(arguments):
        return real("journalctl", arguments)
    since = next((float(word.lstrip("@")) for word in arguments if re.fullmatch(r"@\d+", word)), 0)
    lines = log(since)
    if lines:
        print("\n".join(lines))
    return 0


def log(since: float = 0) -> list[str]:
    """What this kernel has said; a fault says it when it is injected."""
    lines = LOG.read_text().splitlines() if LOG.exists() and not since else []
    said = [(fault.get("at", 0), fault["log"]) for fault in faults("log")]
    stamps = "%Y-%m-%dT%H:%M:%S%z"
    at = [(time.strftime(stamps, time.localtime(when)), text) for when, text in said if when >= since]
    return lines + [f"{stamp} {os.uname().nodename} kernel: {text}" for stamp, text in at]


def dmesg(_: list[str]) -> int:
    print("\n".join(f"[    0.000000] {line.partition(' kernel: ')[2]}" for line in log()))
    return 0


def rmmod(arguments: list[str]) -> int:
    names = [word for word in arguments if not word.startswith("-")]
    if not any(name.startswith("nvidia") for name in names):
        return real("rmmod", arguments)
    return max([unload(name) for name in names], default=0)


PROGRAMS = {
    "boot": boot,
    "bus": lambda _: show_bus(),
    "uname": uname,
    "modinfo": modinfo,
    "modprobe": modprobe,
    "journalctl": journalctl,
    "dmesg": dmesg,
    "rmmod": rmmod,
}

if __name__ == "__main__":
    sys.exit(PROGRAMS[sys.argv[1]](sys.argv[2:]))
