"""The chamber of `make fresh`: what runs and is mounted in it ends with it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tools.checkout import ROOT
from tools.fresh import takeover
from tools.fresh.chamber import Chamber

pytestmark = pytest.mark.machine
KILLED = """
import sys, time
from pathlib import Path
from tools.fresh.chamber import Chamber
with Chamber(Path("/")) as chamber:
    chamber.start(sys.argv[1], "/", {"PATH": "/usr/bin:/bin"})
    time.sleep(60)
"""


def running(seconds: str) -> list[str]:
    """The processes with this `sleep` in their command lines."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it may end while we look
            found.append(file.read_text())
    return [line for line in found if line == f"sleep\0{seconds}\0"]


def within(timeout_s: float, seconds: str, there: bool) -> bool:
    end = time.monotonic() + timeout_s
    while bool(running(seconds)) != there and time.monotonic() < end:
        time.sleep(0.05)
    return bool(running(seconds)) == there


def test_it_has_its_own_processes_and_variables() -> None:
    with Chamber(Path("/")) as chamber:
        command = "test -e /proc/1 && ls -d /proc/[0-9]* | wc -l && echo $HOME && pwd"
        process = chamber.start(command, "/etc", takeover.variables(), subprocess.PIPE)
        said, _ = process.communicate(timeout=20)
    processes, home, folder = said.split()
    assert int(processes) < 10
    assert (home, folder) == ("/root", "/etc")


def test_detached_processes_end_with_it() -> None:
    seconds = f"{os.getpid()}.25"
    with Chamber(Path("/")) as chamber:
        chamber.start(f"setsid sleep {seconds} & exit", "/", takeover.variables()).wait()
        assert within(5, seconds, there=True)
    assert within(5, seconds, there=False)


def test_it_ends_when_its_maker_is_killed() -> None:
    seconds = f"{os.getpid()}.75"
    maker = subprocess.Popen([sys.executable, "-c", KILLED, f"exec sleep {seconds}"], cwd=ROOT)
    assert within(10, seconds, there=True)
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    assert within(5, seconds, there=False)


def test_mounts_stay_inside(tmp_path: Path) -> None:
    shown = tmp_path / "authorities"
    shown.mkdir()
    (shown / "ca.pem").write_text("certificate")
    tree = tmp_path / "tree"
    for folder in ("proc", "sys", "dev", "run"):
        (tree / folder).mkdir(parents=True)
    with Chamber(tree, [shown]) as chamber:
        seen = subprocess.run([*chamber.enter, "cat", f"{tree}{shown}/ca.pem"], capture_output=True, text=True)
    assert seen.stdout == "certificate"
    assert str(tree) not in Path("/proc/self/mounts").read_text()
    assert list((tree / "proc").iterdir()) == []
