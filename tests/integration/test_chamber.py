"""The chamber of `make fresh`: what runs and is mounted in it ends with it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tools.checkout import ROOT, SetupError
from tools.fresh import remains, takeover
from tools.fresh.chamber import Chamber

pytestmark = pytest.mark.machine
KILLED = """
import sys, time
from pathlib import Path
from tools.fresh.chamber import Chamber
with Chamber(Path(sys.argv[1]), [Path("/usr")]) as chamber:
    chamber.start(sys.argv[2], "/", {"PATH": "/usr/bin"})
    time.sleep(60)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Enough of a system to run commands in, once this computer's /usr is shown in it."""
    tree = tmp_path / "tree"
    for folder in ("proc", "sys", "dev", "run", "tmp", "root"):
        (tree / folder).mkdir(parents=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (tree / link).symlink_to(f"usr/{link}")
    return tree


@pytest.fixture
def chamber(tree: Path) -> Chamber:
    return Chamber(tree, [Path("/usr")])


def running(seconds: str) -> bool:
    """Whether there is a process with this `sleep` as its command line."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it may end while we look
            found.append(file.read_text())
    return f"sleep\0{seconds}\0" in found


def within(timeout_s: float, seconds: str, there: bool) -> bool:
    end = time.monotonic() + timeout_s
    while running(seconds) != there and time.monotonic() < end:
        time.sleep(0.05)
    return running(seconds) == there


def test_it_has_its_own_processes_and_variables(chamber: Chamber) -> None:
    command = "ls -d /proc/[0-9]* | wc -l && echo $HOME && pwd && test -e /home; echo $?"
    with chamber:
        said, _ = chamber.start(command, "/run", takeover.variables(), subprocess.PIPE).communicate(timeout=20)
    processes, home, folder, foreign = said.split()
    assert int(processes) < 10
    assert (home, folder, foreign) == ("/root", "/run", "1")


def test_its_root_is_a_mount_as_machines_need_it(chamber: Chamber) -> None:
    with chamber:
        command = "unshare --mount --propagation private true"
        assert chamber.start(command, "/", takeover.variables()).wait() == 0


def test_detached_processes_are_collected_and_end_with_it(chamber: Chamber, tree: Path) -> None:
    seconds = f"{os.getpid()}.25"
    command = (
        f"(setsid sleep {seconds} &) ; (setsid sleep 0.01 &) ; sleep 0.2; ! grep -l '^State:.Z' /proc/[0-9]*/status"
    )
    with chamber:
        assert chamber.start(command, "/", takeover.variables()).wait() == 0
        assert within(5, seconds, there=True)
        assert remains.processes(tree)
    assert not running(seconds)
    assert not remains.processes(tree)


def test_it_ends_when_its_maker_is_killed(tree: Path) -> None:
    seconds = f"{os.getpid()}.75"
    maker = subprocess.Popen([sys.executable, "-c", KILLED, tree, f"exec sleep {seconds}"], cwd=ROOT)
    assert within(10, seconds, there=True)
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    assert within(5, seconds, there=False)


def test_mounts_stay_inside(chamber: Chamber, tree: Path) -> None:
    with chamber:
        assert chamber.start("test -x /usr/bin/env && test -e /proc/1", "/", takeover.variables()).wait() == 0
        assert str(tree) not in Path("/proc/self/mounts").read_text()
    assert not any((tree / "usr").iterdir())
    assert not any((tree / "proc").iterdir())


def test_a_place_that_is_no_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="mount"), Chamber(tmp_path):
        pass
