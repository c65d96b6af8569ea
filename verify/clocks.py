"""How far a machine's clock is from this computer's."""

import time
from typing import NamedTuple

from verify.check import CouldNotTell
from verify.transport import Shell


class Offset(NamedTuple):
    """certain_s: at least this much; possible_s: at most, given how long the question took."""

    certain_s: float
    possible_s: float


def offset(host: Shell) -> Offset:
    before = time.time()
    output = host.run("date +%s.%N")
    after = time.time()
    try:
        there = float(output.stdout.strip())
    except ValueError:
        raise CouldNotTell("the machine's time", output.stderr[-200:] or "nothing", "run: date +%s.%N") from None
    certain = max(0.0, before - there, there - after)
    return Offset(certain, max(after - there, there - before))
