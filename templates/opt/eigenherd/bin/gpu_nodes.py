"""Makes the device files of the NVIDIA cards, which the driver itself does not: a user without rights could not.

`gpu_nodes.py [ROOT]`; ROOT stands for / in tests. The numbers are those the kernel gave out.
"""

import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

CONTROL_MINOR = 255
MODE = 0o666  # as NVIDIA's own tools make them


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "/")
    made = dict(nodes(root))
    for path, number in made.items():
        make(path, number)
    if not any(path.name == "nvidia0" for path in made):
        print("the NVIDIA driver has no card: see dmesg, and lspci -d 10de:", file=sys.stderr)
        return 1
    return 0


def nodes(root: Path) -> Iterator[tuple[Path, int]]:
    """Every file with its device number."""
    majors = dict(reversed(line.split()) for line in (root / "proc/devices").read_text().splitlines() if "nv" in line)
    cards = int(majors.get("nvidia-frontend") or majors["nvidia"])
    yield root / "dev/nvidiactl", os.makedev(cards, CONTROL_MINOR)
    for card in sorted((root / "proc/driver/nvidia/gpus").glob("*/information")):
        minor = re.search(r"Device Minor:\s*(\d+)", card.read_text())
        if minor:
            yield root / f"dev/nvidia{minor[1]}", os.makedev(cards, int(minor[1]))
    if uvm := majors.get("nvidia-uvm"):
        yield root / "dev/nvidia-uvm", os.makedev(int(uvm), 0)
        yield root / "dev/nvidia-uvm-tools", os.makedev(int(uvm), 1)


def make(path: Path, number: int) -> None:
    """One of another number is made anew: the kernel gives numbers out as modules come."""
    if path.exists() and path.stat().st_rdev != number:
        path.unlink()
    if not path.exists():
        os.mknod(path, stat.S_IFCHR | MODE, number)
        path.chmod(MODE)  # whatever the umask


if __name__ == "__main__":
    sys.exit(main())
