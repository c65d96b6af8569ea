"""The transport against an `ssh` that runs the remote command here."""

import shlex
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from verify.check import CouldNotTell, DeadlineExceeded
from verify.transport import Output, Ssh, parse_probe

FAKE = """#!/bin/sh
case "$*" in *" -O exit "*) exit 0;; esac
echo "$*" >> {log}
[ -e {down} ] && {{ echo "ssh: connect to host one: Connection refused" >&2; exit 255; }}
while [ "$1" != "--" ]; do shift; done
shift
exec sh -c "$*"
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Ssh]:
    program = tmp_path / "ssh"
    program.write_text(FAKE.format(log=tmp_path / "log", down=tmp_path / "down"))
    program.chmod(0o700)
    ssh = Ssh(tmp_path / "config", "one", sudo=False, program=str(program))
    yield ssh
    ssh.close()


@pytest.fixture
def probes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("verify.transport.PROBES", tmp_path)
    return tmp_path


def test_output_code_and_errors(host: Ssh) -> None:
    assert host.run("echo \"it's\" 'a b'; echo no >&2; exit 3") == Output(3, "it's a b\n", "no\n")


def test_ssh_s_word_about_a_race_is_nobody_s_error(host: Ssh) -> None:
    race = "echo 'ControlSocket /x already exists, disabling multiplexing' >&2; echo no >&2"
    assert host.run(race).stderr == "no\n"


def test_commands_that_start_together_share_one_connection(host: Ssh, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(host.run, ["echo 1"] * 4))
    asked = (tmp_path / "log").read_text().splitlines()
    assert asked[0].endswith("-- true") and len(asked) == 5
    host.drop()
    host.run("echo 2")
    assert (tmp_path / "log").read_text().splitlines()[5].endswith("-- true")


def test_stdin_reaches_the_command(host: Ssh) -> None:
    assert host.run("cat", stdin=b"given").stdout == "given"


def test_a_machine_that_is_off_is_no_answer(host: Ssh, tmp_path: Path) -> None:
    (tmp_path / "down").touch()
    with pytest.raises(CouldNotTell, match="Connection refused"):
        host.run("true")


def test_a_command_is_ended_at_its_deadline(host: Ssh) -> None:
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded, match="sleep 30"):
        host.run("sleep 30", timeout_s=0.3)
    assert time.monotonic() - started < 5


def test_root_by_sudo_without_a_question(host: Ssh) -> None:
    host.sudo = True
    host.program = "echo"
    assert "sudo -n -- sh -c " in host.run("id -u", root=True).stdout
    assert "sudo -n" not in host.run("id -u").stdout


def test_a_probe_gets_its_input_and_leaves_nothing(host: Ssh, probes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = probes / "there"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    text = "import json, sys\nprint('noise')\nprint(json.dumps({'got': json.load(sys.stdin), 'file': __file__}))\n"
    (probes / "echo.py").write_text(text)
    measured = host.probe("echo", {"secret": "eh-geheim", "n": 2})
    assert measured["got"] == {"secret": "eh-geheim", "n": 2}
    assert str(measured["file"]).startswith(str(place)) and list(place.iterdir()) == []
    assert "eh-geheim" not in (probes / "log").read_text()


def test_a_probe_is_measured_once(host: Ssh, probes: Path) -> None:
    (probes / "count.py").write_text(
        f"import os\nwith open({str(probes / 'n')!r}, 'a') as f: f.write('x')\nprint('{{}}')"
    )
    assert host.probe("count", {}) is host.probe("count", {})
    host.probe("count", {"other": 1})
    assert (probes / "n").read_text() == "xx"


def test_a_probe_is_ended_at_its_deadline_by_name(host: Ssh, probes: Path) -> None:
    (probes / "hang.py").write_text("import time\ntime.sleep(30)\n")
    with pytest.raises(DeadlineExceeded, match="probe hang"):
        host.probe("hang", {}, timeout_s=0.5)


def is_gone(pid: str) -> bool:
    """Ended, or about to be: what is killed ends a moment later."""
    stat = Path(f"/proc/{pid}/stat")
    for _ in range(100):
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("ending", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"])
def test_a_probe_that_hangs_is_waited_for_once_and_leaves_nothing(
    host: Ssh, probes: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    place = probes / "there"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    begun = f"open({str(probes / 'n')!r}, 'a').write(f'{{os.getpid()}}\\n')"
    (probes / "hang.py").write_text(f"import os, signal, time\n{ending}\n{begun}\ntime.sleep(60)\n")
    for _ in range(2):
        with pytest.raises(DeadlineExceeded, match="probe hang"):
            host.probe("hang", {}, timeout_s=2)
    pids = (probes / "n").read_text().split()
    assert len(pids) == 1
    assert is_gone(pids[0])
    if not ending:  # a shell that is killed can't clean up; what it leaves is a script without secrets
        assert list(place.iterdir()) == []
    host.drop()  # after a reboot it is asked anew
    with pytest.raises(DeadlineExceeded, match="probe hang"):
        host.probe("hang", {}, timeout_s=2)
    assert len((probes / "n").read_text().split()) == 2


@pytest.mark.parametrize(
    "output",
    [
        Output(0, "", ""),
        Output(0, "done\n", ""),
        Output(0, '{"a": 1', ""),
        Output(0, "[1]\n", ""),
        Output(1, '{"a": 1}\n', "Traceback\nImportError: No module named 'torch'"),
    ],
)
def test_anything_but_one_object_is_no_measurement(output: Output) -> None:
    with pytest.raises(CouldNotTell, match="probe x prints one JSON object"):
        parse_probe("x", output)


def test_options_are_strict_and_share_one_connection(host: Ssh, tmp_path: Path) -> None:
    host.run("true")
    words = shlex.split((tmp_path / "log").read_text())
    assert words[:2] == ["-F", str(tmp_path / "config")]
    assert {"-oBatchMode=yes", "-oControlMaster=auto"} <= set(words)
    control = next(word for word in words if word.startswith("-oControlPath="))
    folder = Path(control.removeprefix("-oControlPath=")).parent
    assert folder.stat().st_mode & 0o077 == 0
    assert len(control) < 80  # a socket's path may have 108 bytes, %C becomes 40
    host.close()
    assert not folder.exists()


def test_two_probes_run_beside_each_other(host: Ssh, probes: Path, tmp_path: Path) -> None:
    """Each waits for the other's file; one after the other, the first would wait in vain."""
    text = (
        "import json, pathlib, time\n"
        "pathlib.Path({mine!r}).touch()\n"
        "end = time.monotonic() + 20\n"
        "while not pathlib.Path({other!r}).exists() and time.monotonic() < end:\n    time.sleep(0.01)\n"
        "print(json.dumps({{'met': pathlib.Path({other!r}).exists()}}))\n"
    )
    for mine, other in (("left", "right"), ("right", "left")):
        script = text.format(mine=str(tmp_path / f"{mine}.there"), other=str(tmp_path / f"{other}.there"))
        (probes / f"{mine}.py").write_text(script)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda name: host.probe(name, {}), ("left", "right"))) == [{"met": True}] * 2
