"""The same checks on the machine itself: from files alone, with the locked packages, and without a secret."""

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from deploy.operations.bundles import packed
from deploy.watch_bundle import bundle, without_secrets
from plan import lock
from plan.errors import SpecError
from tests.unit.verify.fake_stack import handover, machine_plan, plan
from verify.__main__ import verify
from verify.check import DeadlineExceeded
from verify.local import Local
from verify.registry import all_checks

LOCKED = {wheel.package.replace("-", "_") for wheel in lock.wheels("watch.txt", "3.11")}

# The machine's own environment has the locked packages and no others.
ONLY_LOCKED = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        if not first.startswith("_") and first not in {LOCKED | {"plan", "verify"}!r} | set(sys.stdlib_module_names):
            raise ModuleNotFoundError(f"{{name}} is not locked for the machine")
sys.meta_path.insert(0, Refuse())
import verify.__main__
sys.exit(verify.__main__.main(sys.argv[1:]))
"""


def test_a_command_and_its_exit_code() -> None:
    host = Local.named("one")
    assert host.run("echo $LC_ALL; echo no >&2; exit 3").code == 3
    assert host.run("exit 255").code == 1, "not what SSH says when it cannot connect"
    assert host.run("cat", stdin=b"words").stdout == "words"
    with pytest.raises(DeadlineExceeded, match="sleep 30"):
        host.run("sleep 30", timeout_s=0.3)
    host.close()


def test_a_probe_runs_here(tmp_path: Path) -> None:
    host = Local.named("one")
    assert host.probe("ready", {"address": "127.0.0.1", "port": 1, "path": "/", "timeout_s": 0.1})["ready"] is False
    host.close()


def test_only_the_machine_itself_is_asked() -> None:
    given = handover(plan({"machines": (machine_plan(), machine_plan({"name": "two", "roles": ("engine",)}))}))
    with pytest.raises(SpecError, match="--local with one of one, two"):
        verify(given, "watch", (), local="three")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """A run as on a machine: the bundle, unpacked; the handover, without secrets; this computer, whatever it is."""
    room, state = tmp_path_factory.mktemp("room"), tmp_path_factory.mktemp("state")
    with tarfile.open(fileobj=io.BytesIO(packed(bundle()))) as archive:
        archive.extractall(room)  # noqa: S202 (our own; the Python of Debian 12 has no filter)
    done = subprocess.run(
        [sys.executable, "-B", "-c", ONLY_LOCKED, "--stage", "watch", "--local", "one"],
        cwd=room,
        input=without_secrets(handover(), str(state)).model_dump_json(),
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"PYTHONPATH": str(room)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    last = json.loads(done.stdout.splitlines()[-1])
    assert "services (one)" in last["not_passed"] and last["report"].startswith(str(state)), done.stderr
    found: list[dict[str, str]] = json.loads((state / "report" / "report.json").read_text())["results"]
    return found


def test_what_needs_a_key_or_a_look_from_outside_is_left_out_by_name(results: list[dict[str, str]]) -> None:
    left_out = {
        row["check"]: row["measured"] for row in results if "not asked on the machine itself" in row["measured"]
    }
    assert set(left_out) == {check.name for check in all_checks() if check.stage == "watch" and check.elsewhere}
    assert set(left_out) >= {"tls", "auth_refused", "ports_closed", "authorized_keys"}


def test_every_other_check_is_asked_and_ends(results: list[dict[str, str]]) -> None:
    assert {row["check"] for row in results} == {check.name for check in all_checks() if check.stage == "watch"}
    assert [row for row in results if row["wanted"] == "a check that ends"] == []
    assert {row["machine"] for row in results} == {"one"}


def test_no_check_of_a_card_is_left_out() -> None:
    assert [check.name for check in all_checks() if check.gpu and check.stage == "watch" and check.elsewhere] == []
