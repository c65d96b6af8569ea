"""A tree as a computer of its own: process numbers and mounts that end with it, and this computer's network."""

import shlex
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tools.checkout import SetupError

NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL"]
# Process 1 of the chamber: bash collects the processes that detached ones leave behind.
HOLD = ["bash", "-c", "sleep infinity & wait"]


class Chamber:
    """`with Chamber(tree, shown) as chamber`. shown: paths of this computer to be read in it as well."""

    def __init__(self, tree: Path, shown: Sequence[Path] = ()) -> None:
        self.tree = tree
        self.shown = shown

    def __enter__(self) -> Self:
        # It must not outlive us, however we end; nor end when somebody presses Ctrl-C, for then we still clean up.
        self.holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *NAMESPACES, *HOLD], stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.await_namespaces()
        self.mount("-t", "proc", "proc", to="/proc")
        self.mount("--rbind", "/sys", to="/sys")
        self.mount("--rbind", "/dev", to="/dev")
        self.mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", to="/run")
        for path in self.shown:
            target = self.tree / str(path).lstrip("/")
            if path.is_dir():
                target.mkdir(parents=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch()
            self.mount("--bind", "-o", "ro", str(path), to=str(path))
        return self

    def await_namespaces(self) -> None:
        """Until the holder has left our namespaces and process 1 of its own is there."""
        ours = Path("/proc/self/ns/mnt").readlink()
        for _ in range(100):
            with suppress(OSError):  # the kernel names the namespace for children once it has a process 1
                namespaces = Path(f"/proc/{self.holder.pid}/ns")
                if namespaces.joinpath("mnt").readlink() != ours and namespaces.joinpath("pid_for_children").readlink():
                    return
            time.sleep(0.05)
        raise SetupError("unshare made no namespaces within 5 s: this needs root, and a kernel that has them")

    @property
    def enter(self) -> list[str]:
        return [
            "nsenter",
            f"--mount=/proc/{self.holder.pid}/ns/mnt",
            f"--pid=/proc/{self.holder.pid}/ns/pid_for_children",
        ]

    def mount(self, *arguments: str, to: str) -> None:
        subprocess.run([*self.enter, "mount", *arguments, f"{self.tree}{to}"], check=True)

    def start(
        self, command: str, folder: str, variables: Mapping[str, str], output: IO[bytes] | int | None = None
    ) -> subprocess.Popen[str]:
        """A shell command line in the tree, as root after a login with only these variables."""
        script = f"cd {shlex.quote(folder)} && {command}"
        pairs = [f"{name}={value}" for name, value in variables.items()]
        argv = [*self.enter, "chroot", str(self.tree), "env", "-i", *pairs, "sh", "-c", script]
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.holder.send_signal(signal.SIGKILL)
        self.holder.wait()
