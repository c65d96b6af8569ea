"""`python -m tests.fakes.robot.first_boot FOLDER`: write a new system's files and run its post-install script in it.

In a mount namespace of its own: what is mounted here goes with this process.
"""

import os
import sys
from pathlib import Path

from stacks.sandbox import layer
from stacks.sandbox.command import run
from stacks.sandbox.record import load
from stacks.sandbox.supervisor import write_pending


def main(folder: Path) -> int:
    made = load(folder)
    assert made is not None
    layer.mount(made)
    write_pending(made)
    run(["chroot", str(made.root), "/post-install"])
    assert not (made.root / "post-install").exists(), "the script that holds the host key is still there"
    os.sync()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
