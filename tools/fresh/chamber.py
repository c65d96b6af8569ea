"""A tree as a computer of its own: process numbers and mounts that end with it, and this computer's network."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.checkout import SetupError

NAMESPACES = ["unshare", "--mount", "--pid", "--fork"]
# Process 1 of the chamber makes the tree its root, by pivot_root and not chroot: machines are mounted and
# booted in it, which needs a root that is a mount. Then it waits for the end of its input, which comes when
# we close it and when we are killed; bash meanwhile collects what detached processes leave behind.
HOLD = """
set -e
mount --bind "$0" "$0"
cd "$0"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
for shown; do
    if [ -d "$shown" ]; then mkdir -p ".$shown"; else mkdir -p ".${shown%/*}"; touch ".$shown"; fi
    mount --bind -o ro "$shown" ".$shown"
done
pivot_root . .
umount --lazy .
cd /
echo ready
cat
exit 0
"""


class Chamber:
    """`with Chamber(tree, shown) as chamber`. shown: paths of this computer to be read in it as well."""

    def __init__(self, tree: Path, shown: Sequence[Path] = ()) -> None:
        self.holding = [*NAMESPACES, "bash", "-c", HOLD, str(tree), *map(str, shown)]

    def __enter__(self) -> Self:
        # In a session of its own, so that Ctrl-C leaves it there to clean up in.
        self.holder = subprocess.Popen(
            self.holding,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.holder.stdout is not None  # noqa: S101 - PIPE was asked for
        if (said := self.holder.stdout.readline()) != b"ready\n":
            self.holder.communicate()
            raise SetupError(f"no namespaces and mounts of its own for a new computer: {said.decode().strip()}")
        return self

    @property
    def enter(self) -> list[str]:
        namespaces = f"/proc/{self.holder.pid}/ns"
        return ["nsenter", f"--mount={namespaces}/mnt", f"--pid={namespaces}/pid_for_children"]

    def start(
        self, command: str, folder: str, variables: Mapping[str, str], output: int | None = None
    ) -> subprocess.Popen[str]:
        """A shell command line in the tree, as root after a login with only these variables."""
        script = f"cd {shlex.quote(folder)} && {command}"
        pairs = [f"{name}={value}" for name, value in variables.items()]
        argv = [*self.enter, "env", "-i", *pairs, "sh", "-c", script]
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.holder.communicate()  # closes its input; it ends when the last process in it has ended
