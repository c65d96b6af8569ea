"""How to ask a machine: run a command, or ship a probe, over the stack's own SSH configuration.

Everything has a deadline, on both ends of the connection. Nothing here knows what is being asked.
"""

import json
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from verify.check import CouldNotTell, DeadlineExceeded

PROBES = Path(__file__).parent / "probes"
SSH_FAILED = 255
TIMED_OUT = 124
CONNECT_S = 15
KILLED = 137  # what had to be killed takes `timeout` with it

# The script comes first on standard input, exactly as many bytes as announced; what follows is the
# probe's own input. So parameters, secrets among them, are in no argument and no file. The second trap
# makes a shell that is ended at its deadline run the first.
_SHIP = (
    'd=$(mktemp -d "${{TMPDIR:-/tmp}}/eigenherd-probe.XXXXXX") && '
    'trap \'rm -rf "$d"\' EXIT && trap "exit 143" TERM && '
    'head -c {size} > "$d/{name}.py" && {python} "$d/{name}.py"'
)


@dataclass(frozen=True)
class Output:
    code: int
    stdout: str
    stderr: str


class Shell(Protocol):
    """What checks need of a machine; `root` asks for root's rights."""

    def run(self, command: str, *, root: bool = False, timeout_s: float = 30, stdin: bytes = b"") -> Output:
        """Run a shell command there and return its output, whatever its exit code."""

    def probe(
        self,
        name: str,
        params: Mapping[str, object],
        *,
        python: str = "python3",
        root: bool = False,
        timeout_s: float = 60,
    ) -> dict[str, object]:
        """Run `verify/probes/<name>.py` there; the same question is measured once per verification.

        So is one that hangs: whoever asks again is told at once, and need not wait for its deadline too.
        """

    def drop(self) -> None:
        """Forget the open connection, because the machine at its other end restarts."""


@dataclass
class Ssh:
    """A machine behind `ssh -F config`; one connection serves all commands."""

    config: Path
    machine: str
    sudo: bool
    program: str = "ssh"
    _sockets: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="eh-")))
    _hung: dict[str, float] = field(default_factory=dict)
    _opened: bool = False
    _opening: threading.Lock = field(default_factory=threading.Lock)
    _measured: dict[str, dict[str, object]] = field(default_factory=dict)
    # One a question: who asks the same waits for the answer, another probe runs beside it.
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def run(self, command: str, *, root: bool = False, timeout_s: float = 30, stdin: bytes = b"") -> Output:
        # The outer shell outlives `timeout`, which dies with what it has to kill, and reports how it ended.
        limited = f"LC_ALL=C timeout -k 2 {timeout_s:g} sh -c {shlex.quote(command)}; exit $?"
        shell = f"{'sudo -n -- ' if root and self.sudo else ''}sh -c {shlex.quote(limited)}"
        self._open()
        started = time.monotonic()
        try:
            done = subprocess.run(
                self._argv(shell),
                input=stdin,
                capture_output=True,
                timeout=timeout_s + 15,
            )
        except subprocess.TimeoutExpired:
            raise DeadlineExceeded(command[:80], timeout_s) from None
        stderr = without_noise(done.stderr.decode(errors="replace"))
        if done.returncode == SSH_FAILED:
            raise CouldNotTell(
                f"{self.machine} answers by SSH",
                stderr.strip()[-300:] or "no connection",
                f"try it by hand: ssh -F {self.config} {self.machine}",
            )
        late = time.monotonic() - started >= timeout_s
        if done.returncode == TIMED_OUT or (done.returncode == KILLED and late):
            raise DeadlineExceeded(command[:80], timeout_s)
        return Output(done.returncode, done.stdout.decode(errors="replace"), stderr)

    def probe(
        self,
        name: str,
        params: Mapping[str, object],
        *,
        python: str = "python3",
        root: bool = False,
        timeout_s: float = 60,
    ) -> dict[str, object]:
        script = (PROBES / f"{name}.py").read_bytes()
        question = json.dumps([name, python, params], sort_keys=True)
        with self._locks.setdefault(question, threading.Lock()):
            if question not in self._measured:
                if question in self._hung:
                    raise DeadlineExceeded(f"probe {name}", self._hung[question])
                ship = _SHIP.format(size=len(script), name=name, python=shlex.quote(python))
                try:
                    output = self.run(ship, root=root, timeout_s=timeout_s, stdin=script + json.dumps(params).encode())
                except DeadlineExceeded:
                    self._hung[question] = timeout_s
                    raise DeadlineExceeded(f"probe {name}", timeout_s) from None
                self._measured[question] = parse_probe(name, output)
            return self._measured[question]

    def _open(self) -> None:
        """Whoever comes first makes the connection; those beside him wait for it, instead of making their own."""
        with self._opening:
            if not self._opened:
                self._opened = True
                self._connect()

    def _connect(self) -> None:
        """One that cannot be made is told by the command that needed it."""
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(self._argv("true"), stdin=subprocess.DEVNULL, capture_output=True, timeout=CONNECT_S)

    def drop(self) -> None:
        self._opened = False
        subprocess.run([*self._ssh(), "-O", "exit", self.machine], capture_output=True, timeout=10)
        self._measured.clear()
        self._hung.clear()

    def close(self) -> None:
        self.drop()
        shutil.rmtree(self._sockets, ignore_errors=True)

    def _argv(self, shell: str) -> list[str]:
        return [*self._ssh(), self.machine, "--", shell]

    def _ssh(self) -> list[str]:
        # Sockets lie in a short temporary path (0700): a stack's folder can exceed a socket's 108 bytes.
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": "10",
            "ControlMaster": "auto",
            "ControlPath": f"{self._sockets}/%C",
            "ControlPersist": "60",
            "LogLevel": "ERROR",
        }
        return [self.program, "-F", str(self.config), *(f"-o{key}={value}" for key, value in options.items())]


def without_noise(stderr: str) -> str:
    """Commands that start at the same moment race for the one connection; ssh says so, and takes another."""
    return "".join(line for line in stderr.splitlines(keepends=True) if not line.startswith("ControlSocket "))


def parse_probe(name: str, output: Output) -> dict[str, object]:
    """The last line of a probe's standard output is its one JSON object."""
    lines = output.stdout.strip().splitlines()
    try:
        measured = json.loads(lines[-1]) if lines else None
    except json.JSONDecodeError:
        measured = None
    if output.code != 0 or not isinstance(measured, dict):
        said = (output.stderr.strip().splitlines() or ["nothing"])[-1][-300:]
        raise CouldNotTell(
            f"probe {name} prints one JSON object and exits 0",
            f"exit {output.code}, last words: {said}",
            f"copy verify/probes/{name}.py to the machine and run it there",
        )
    return measured
