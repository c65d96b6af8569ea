"""What is no refusal of ours by birth still reaches the user in the same shape, and never as a traceback."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from eigenherd.foreign import as_refusal

ROOT = Path(__file__).resolve().parents[3]
GOOD = "config:\n  eigenherd:environment: {machine: {provider: sandbox}, models: ['smollm2:135m'], clients: [demo]}\n"


@pytest.mark.parametrize(
    ("error", "wanted", "todo"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "pulumi"), "the program `pulumi`", "make setup"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/a/b"), "to use /a/b", "check the path"),
        (PermissionError(errno.EACCES, "Permission denied", "/a/b"), "the right to use /a/b", "sudo -E"),
        (OSError(errno.EROFS, "Read-only file system", "/a/b"), "the right to use /a/b", "sudo -E"),
        (OSError(errno.ENOSPC, "No space left on device", "/a/b"), "room on the disk for /a/b", "free some space"),
        (OSError(errno.ENOSPC, "No space left on device"), "room on the disk", "free some space"),
        (OSError("said by a library"), "to use this computer's answer", "check"),
        (subprocess.CalledProcessError(3, ["ssh-keygen"]), "`ssh-keygen` succeeds", "see what it printed"),
    ],
)
def test_each_has_the_three_parts(error: OSError | subprocess.CalledProcessError, wanted: str, todo: str) -> None:
    refusal = as_refusal(error)
    assert wanted in refusal.wanted and refusal.found and todo in refusal.todo


def eigenherd(*arguments: str, folder: Path, **variables: str) -> str:
    """What a refused command says."""
    environment = {"ENVIRONMENTS": str(folder), "PATH": "/usr/bin:/bin", **variables}
    command = [sys.executable, "-m", "eigenherd", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr and ": found " in done.stderr and "\n  -> " in done.stderr, done.stderr
    return done.stderr


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.odd.yaml").mkdir()
    assert "Is a directory" in eigenherd("up", "odd", folder=tmp_path)


def test_a_name_that_leads_elsewhere_or_is_too_long(tmp_path: Path) -> None:
    for name in ("../odd", "x" * 5000, "A", "\x1b[2J"):
        said = eigenherd("explain", name, folder=tmp_path)
        assert "a stack name" in said and "\x1b" not in said and len(said) < 500


def test_a_state_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.odd.yaml").write_text(GOOD)
    state = f"file://{tmp_path}/nowhere"
    said = eigenherd("client", "odd", folder=tmp_path, PULUMI_BACKEND_URL=state, HOME=str(tmp_path))
    assert "nowhere" in said
    assert not (tmp_path / "nowhere").exists()


def test_init_refuses_what_it_could_not_write_down(tmp_path: Path) -> None:
    for options, said in (
        (("--port", "70000"), "port"),
        (("--user", "a b"), "Linux account"),
        (("--host-key", "SHA256:x"), "host_key"),
    ):
        assert said in eigenherd("init", "odd", "--host", "127.0.0.1", *options, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_host_that_nobody_could_look_up(tmp_path: Path) -> None:
    assert "an IP address or a host name" in eigenherd("init", "odd", "--host", "a" * 70, folder=tmp_path)
