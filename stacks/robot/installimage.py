"""The configuration that Hetzner's installimage gets: made by us, and judged by us before anything is touched.

An invalid one would open an editor on a console nobody looks at, and one with the word PASSWD would ask for a
password: both hang. Source: hetzneronline/installimage (functions.sh, get_options.sh).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from plan.errors import ProviderError
from stacks.robot import images

SWAP_GIB = 8
FILESYSTEMS = {"ext2", "ext3", "ext4", "xfs", "btrfs", "swap", "esp"}
HOSTNAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
SIZE = re.compile(r"\d+[MGT]|all")
ONCE = ("SWRAID", "BOOTLOADER", "HOSTNAME", "IMAGE", "USE_KERNEL_MODE_SETTING")
KNOWN = {*ONCE, "SWRAIDLEVEL", "TAKE_OVER_RESCUE_SYSTEM_SSH_PUBLIC_KEYS", "PART"}


@dataclass(frozen=True)
class Drive:
    """A disk of the server, as lsblk names it."""

    name: str
    size_bytes: int


@dataclass(frozen=True)
class Ground:
    """What the rescue system found: the disks, how it booted, the file names of the images."""

    drives: tuple[Drive, ...]
    uefi: bool
    images: tuple[str, ...]


def pair(ground: Ground) -> tuple[Drive, ...]:
    """The drives to install on: the two largest equal ones, mirrored; else the largest alone."""
    sizes = sorted({drive.size_bytes for drive in ground.drives}, reverse=True)
    for size in sizes:
        same = sorted((drive for drive in ground.drives if drive.size_bytes == size), key=lambda drive: drive.name)
        if len(same) > 1:
            return tuple(same[:2])
    if not sizes:
        raise ProviderError("a disk to install on", "none in the rescue system", "ask Hetzner's support for the server")
    return (next(drive for drive in ground.drives if drive.size_bytes == sizes[0]),)


def configuration(os: str, hostname: str, ground: Ground) -> str:
    """The text of the configuration; it has passed `refuse`."""
    drives = pair(ground)
    lines = [f"DRIVE{number} /dev/{drive.name}" for number, drive in enumerate(drives, 1)]
    lines += ["SWRAID 1", "SWRAIDLEVEL 1"] if len(drives) > 1 else ["SWRAID 0"]
    lines += ["BOOTLOADER grub", f"HOSTNAME {hostname}"]
    # `no` would blacklist graphics modules and add nomodeset to the kernel's line.
    lines += ["USE_KERNEL_MODE_SETTING yes", "TAKE_OVER_RESCUE_SYSTEM_SSH_PUBLIC_KEYS yes"]
    lines += ["PART /boot/efi esp 256M"] if ground.uefi else []
    lines += ["PART /boot ext4 1024M", f"PART swap swap {SWAP_GIB}G", "PART / ext4 all"]
    lines += [f"IMAGE {images.choose(os, ground.images)}"]
    text = "\n".join(lines) + "\n"
    refuse(text, ground)
    return text


def refuse(text: str, ground: Ground) -> None:
    """Raise ProviderError with everything that installimage would not take, or would ask about."""
    if wrong := list(_wrong(text, ground)):
        todo = "nothing was changed on the server; report this configuration"
        raise ProviderError("a configuration that installimage takes unasked", "; ".join(wrong), todo)


def _wrong(text: str, ground: Ground) -> Iterator[str]:
    if "PASSWD" in text.upper():
        yield "the word PASSWD, at which it asks for a password"
    if any(not line.isprintable() for line in text.splitlines()):
        yield "a character that is no text"
    rows = [line.split() for line in text.splitlines() if line.strip()]
    values = {row[0]: row[1] if len(row) > 1 else "" for row in rows}
    yield from (f"`{row[0]}`, which we do not use" for row in rows if _unknown(row[0]))
    for key in ONCE:
        if (times := sum(row[0] == key for row in rows)) != 1:
            yield f"{key} {times} times"
    yield from _wrong_drives([row[1] for row in rows if re.fullmatch(r"DRIVE\d", row[0])], values, ground)
    yield from _wrong_parts([row[1:] for row in rows if row[0] == "PART"], ground.uefi)
    if not HOSTNAME.fullmatch(values.get("HOSTNAME", "")):
        yield f"HOSTNAME {values.get('HOSTNAME')}"
    folder, _, image = values.get("IMAGE", "").rpartition("/")
    if folder != images.FOLDER or image not in ground.images:
        yield f"IMAGE {values.get('IMAGE')}, which is not there"


def _unknown(key: str) -> bool:
    return key not in KNOWN and not re.fullmatch(r"DRIVE\d", key)


def _wrong_drives(drives: list[str], values: dict[str, str], ground: Ground) -> Iterator[str]:
    there = {f"/dev/{drive.name}" for drive in ground.drives}
    yield from (f"drive {drive}, which is not there" for drive in drives if drive not in there)
    if len(set(drives)) != len(drives) or not drives:
        yield "no drive, or one named twice"
    level = values.get("SWRAIDLEVEL")
    if values.get("SWRAID") == "1" and (level not in ("0", "1") or len(drives) < 2):
        yield f"RAID {level} over {len(drives)} drives"
    if values.get("SWRAID") not in ("0", "1"):
        yield f"SWRAID {values.get('SWRAID')}"


def _wrong_parts(parts: list[list[str]], uefi: bool) -> Iterator[str]:
    whole = [part for part in parts if len(part) == 3 and part[1] in FILESYSTEMS and SIZE.fullmatch(part[2])]
    yield from (f"PART {' '.join(part)}" for part in parts if part not in whole)
    places = [part[0] for part in whole]
    for place, times in (("/", 1), ("/boot", 1), ("/boot/efi", int(uefi))):
        if places.count(place) != times:
            yield f"{places.count(place)} partitions for {place}, not {times}"
    if [part[2] for part in whole].count("all") != 1 or (whole and whole[-1][2] != "all"):
        yield "not exactly the last partition with `all`"
    for place, filesystem, size in whole:
        if (place == "/boot/efi") != (filesystem == "esp") or (filesystem == "esp" and size != "256M"):
            yield f"PART {place} {filesystem} {size}: /boot/efi is esp 256M"
        if place == "/boot" and filesystem in ("xfs", "btrfs"):
            yield f"/boot on {filesystem}"
