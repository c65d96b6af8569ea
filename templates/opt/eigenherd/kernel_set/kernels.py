"""Kernels on this machine, the module that lies ready for each, and which one GRUB starts."""

import re
from pathlib import Path

from commands import Broken, must, run
from settings import Settings

MODULES = ("nvidia", "nvidia-current", "nvidia-current-open")  # Debian has names of its own
UVM = ("nvidia-uvm", "nvidia-current-uvm", "nvidia-current-open-uvm")
ENTRY = re.compile(r"menuentry_id_option '(gnulinux-(?!advanced)(\S+?)-advanced-\S+)'")
SUBMENU = re.compile(r"^submenu .*menuentry_id_option '(gnulinux-advanced-\S+)'", re.MULTILINE)
LEAST_BOOT_MIB, LEAST_ROOT_MIB = 300, 2048


def running() -> str:
    return must(["uname", "-r"], "the running kernel").strip()


def boot_id(root: Path) -> str:
    return (root / "proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()


def newest(root: Path) -> str:
    """Of the installed ones, by version: the one that a boot menu has first."""
    names = [path.name.removeprefix("vmlinuz-") for path in (root / "boot").glob("vmlinuz-*")]
    if not names:
        raise Broken("no kernel in /boot")
    return sorted(names, key=order)[-1]


def order(name: str) -> list[tuple[int, str]]:
    """Numbers as numbers: 6.1.0-9 comes before 6.1.0-10."""
    parts = re.findall(r"\d+|[^\d]+", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def module(kernel: str, root: Path) -> str:
    """The version of NVIDIA's module for this kernel; empty unless its file and the one for computing are there."""
    for name, uvm in zip(MODULES, UVM, strict=True):
        files = [run(["modinfo", "-k", kernel, "-F", "filename", each]).text.strip() for each in (name, uvm)]
        if all(file.startswith("/") and (root / file.lstrip("/")).exists() for file in files):
            return run(["modinfo", "-k", kernel, "-F", "version", name]).text.strip()
    return ""


def build(kernel: str) -> None:
    """DKMS makes the module for this kernel, and says why where it cannot."""
    must(["dkms", "autoinstall", "-k", kernel], f"a module for {kernel}", 3600)


def loaded(root: Path) -> str:
    """The version of the driver in the running kernel."""
    path = root / "sys/module/nvidia/version"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def unready(kernel: str, root: Path) -> str:
    """What a boot of this kernel would lack; empty if nothing."""
    lacking = [name for name in (f"vmlinuz-{kernel}", f"initrd.img-{kernel}") if not (root / "boot" / name).exists()]
    return f"no {' and no '.join(lacking)} in /boot" if lacking else ""


def entry(kernel: str, root: Path) -> str:
    """GRUB's name for this kernel."""
    path = root / "boot/grub/grub.cfg"
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    above = SUBMENU.search(text)
    for name, version in ENTRY.findall(text):
        if version == kernel:
            return f"{above[1]}>{name}" if above else name
    raise Broken(f"GRUB's menu has no entry for {kernel}: run update-grub and see /boot/grub/grub.cfg")


def menu() -> None:
    """Of the kernels that are there now; the packages' own hook does so as a rule, but not everywhere."""
    must(["update-grub"], "GRUB's menu", 300)


def boot_once(kernel: str, root: Path) -> None:
    must(["grub-reboot", entry(kernel, root)], f"{kernel} is booted once")


def boot_always(kernel: str, root: Path) -> None:
    must(["grub-set-default", entry(kernel, root)], f"{kernel} is what GRUB starts")


def room(settings: Settings) -> str:
    """Why there is too little; empty if there is enough."""
    for folder, least_mib in (("boot", LEAST_BOOT_MIB), ("var", LEAST_ROOT_MIB)):
        text = must(["df", "--output=avail", "-m", str(settings.root / folder)], "free disk")
        free_mib = int(text.split()[-1])
        if free_mib < least_mib:
            return f"{least_mib} MiB free in /{folder} wanted, {free_mib} found: make room"
    return ""


def reboot() -> None:
    must(["systemctl", "reboot"], "a reboot")
