"""Kernel and driver as one set, moved by the machine itself: `python3 -I /opt/eigenherd/kernel_set COMMAND`.

look    what the archive has that this machine holds back, and since when
move    the whole set to what the archive has, built before it is booted, and booted once
judge   after that boot: does it work? If not, the last good set comes back
late    the judgement is overdue: the last good set comes back

Exit code 0: done, or nothing to do; 1: it failed, and the report says how.
"""

import argparse
import sys
from pathlib import Path

import look
import move
import steps
from commands import Broken, run
from files import Busy, alone
from settings import Settings

COMMANDS = {"move": move.move, "judge": steps.judge, "late": steps.late}


def main() -> int:
    parser = argparse.ArgumentParser(prog="kernel_set", description=__doc__)
    parser.add_argument("command", choices=["look", *COMMANDS])
    parser.add_argument("--root", type=Path, default=Path("/"), help="stands for / in tests")
    asked = parser.parse_args()
    try:
        settings = Settings.read(asked.root)
        if asked.command == "late" and steps.is_overdue(settings):
            run(["systemctl", "kill", "--signal=KILL", "eigenherd-kernel-judge.service"])  # it hangs, and has the lock
        if asked.command == "look":
            return look.look(settings)  # it changes nothing, and a deployment may wait for it
        with alone(settings):
            return COMMANDS[asked.command](settings)
    except (Broken, Busy) as error:
        print(f"<3>{error}", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
