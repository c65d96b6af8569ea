"""`python -m tests.standins.nvidia FOLDER [--system debian-12] [--fault 595=build]`: writes FOLDER/drivers/...

The last line is what an environment has to say for it. Faults: `build` (no kernel), `build:PATTERN` (make's, such as
`6.1.0-51-amd64`: not for these kernels), `postinst`.
"""

import argparse
from pathlib import Path
from typing import get_args

from plan.driver import System
from tests.standins.nvidia.contents import VERSIONS, Fault, branches
from tests.standins.nvidia.repository import make


def fault(text: str) -> tuple[int, Fault]:
    branch, _, what = text.partition("=")
    kind, _, kernels = what.partition(":")
    if not branch.isdecimal() or int(branch) not in VERSIONS or kind not in ("build", "postinst"):
        raise argparse.ArgumentTypeError(f"a branch of {', '.join(map(str, VERSIONS))} with =build or =postinst")
    return int(branch), Fault("build" if kind == "build" else "postinst", kernels or "%")


parser = argparse.ArgumentParser(prog="python -m tests.standins.nvidia", description=__doc__)
parser.add_argument("folder", type=Path)
systems = [system for system in get_args(System) if system.startswith("debian")]
parser.add_argument("--system", choices=systems, default="debian-12")
parser.add_argument("--fault", type=fault, action="append", default=[], metavar="BRANCH=KIND")
asked = parser.parse_args()
made = make(asked.folder, asked.system, dict(asked.fault))
print(f"{made.folder}: branches {', '.join(map(str, branches(asked.system)))}")
print(f"packages: {{mirror: {asked.folder.resolve()}, driver_key: {made.fingerprint}}}")
