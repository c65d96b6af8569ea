"""`python -m tests.faults.watched`: `python -m deploy`, but it says as each operation begins: `@ <number> <name>`.

The test that reads this acts on the machine or the network, and then writes a byte into the pipe of that
number (FAULTS_PIPE): until then the operation waits.
"""

if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()  # as deploy does

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from deploy import command
from deploy.display import Display, show

MARK = "@ "
PIPE = "FAULTS_PIPE"


class Watched(Display):
    """Announces operations, in the order of their beginning."""

    begun = 0

    @contextmanager
    def watch(self, machine: str, operation: str) -> Iterator[None]:
        self.begun += 1
        show(f"{MARK}{self.begun} {operation}")
        os.read(int(os.environ[PIPE]), 1)
        with super().watch(machine, operation):
            yield


if __name__ == "__main__":
    command.Display = Watched  # type: ignore[misc]
    sys.exit(command.main(sys.argv[1:]))
