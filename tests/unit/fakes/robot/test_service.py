"""The fake's limits, its password, its books after a kill, and errors that a test asks for."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from stacks.robot.client import Robot
from stacks.robot.errors import RobotError
from tests.fakes.robot.fixtures import PASSWORD
from tests.fakes.robot.server import Fake

ROOT = Path(__file__).resolve().parents[4]


def test_each_call_has_a_limit_of_its_own(fake: Fake, robot: Robot) -> None:
    robot.post("/reset/321", {"type": "hw"})
    fake.books["settings"]["limits"] = {"POST /reset/{n}": [1, 3600]}
    with pytest.raises(RobotError) as caught:
        robot.post("/reset/321", {"type": "hw"})
    assert caught.value.code == "RATE_LIMIT_EXCEEDED" and caught.value.status == 403
    assert caught.value.interval_s and caught.value.interval_s > 3500
    assert robot.get("/reset/321")


def test_three_wrong_passwords_block(fake: Fake) -> None:
    for _ in range(3):
        assert httpx.get(f"{fake.url}/server", auth=("#ws+test", "wrong")).status_code == 401
    assert httpx.get(f"{fake.url}/server", auth=("#ws+test", PASSWORD)).status_code == 401


def test_the_books_survive_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fakes.robot", "--books", str(tmp_path / "books")]
    bought = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINTJ5g1Si7F+1x0rpjvIDcvUPHyhRhRwkVXvBhKkXlqo x"
    auth = ("#ws+fake", "a password of the tests")
    for expected in (404, 200):
        fake = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ})
        assert fake.stdout
        try:
            url = fake.stdout.readline().split()[-1]
            assert httpx.get(f"{url}/key", auth=auth).status_code == expected
            httpx.post(f"{url}/key", auth=auth, data={"name": "kept", "data": bought})
        finally:
            fake.send_signal(signal.SIGKILL)
            fake.wait()
            fake.stdout.close()
    assert json.loads((tmp_path / "books" / "books.json").read_text())["keys"]


def test_an_error_that_a_test_asks_for_comes_so_often_before_or_after_the_deed(fake: Fake, robot: Robot) -> None:
    wanted = {"method": "POST", "path": "/reset/321", "code": "RESET_FAILED", "times": 1}
    httpx.post(f"{fake.url}/-/faults", json=wanted)
    with pytest.raises(RobotError, match="RESET_FAILED"):
        robot.post("/reset/321", {"type": "hw"})
    assert fake.books["resets"] == []
    httpx.post(f"{fake.url}/-/faults", json={**wanted, "after": True})
    with pytest.raises(RobotError, match="RESET_FAILED"):
        robot.post("/reset/321", {"type": "hw"})
    assert len(fake.books["resets"]) == 1
    robot.post("/reset/321", {"type": "hw"})


def test_what_is_in_process_is_ready_after_so_many_looks(fake: Fake, robot: Robot) -> None:
    fake.books["settings"]["polls"] = 2
    robot.post("/firewall/321", {"status": "active"})
    seen = [robot.get("/firewall/321")["firewall"]["status"] for _ in range(3)]
    assert seen == ["in process", "in process", "active"]
