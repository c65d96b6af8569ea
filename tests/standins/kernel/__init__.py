"""A kernel of the machine's own, stood in for: a container runs that of its host, and can load nothing into it.

The newest kernel in /boot is the one that "runs" after each boot. A module "loads" if it lies there for that kernel, as
DKMS built it: then /sys, /proc and /dev are as the real one leaves them. nouveau is there at boot, unless it is off.
`tree/` is put over the machine's own files.
"""

from pathlib import Path

TREE = Path(__file__).parent / "tree"
UNIT = "standin-kernel.service"
