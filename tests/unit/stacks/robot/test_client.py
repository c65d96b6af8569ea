"""The client: every code in words, bounded waits, nothing repeated that must not be, and the password nowhere."""

import logging
from pathlib import Path

import httpx
import pytest

from plan.errors import ProviderError, SpecError
from stacks.robot import account
from stacks.robot.client import Form, Patience, Robot, encoded
from stacks.robot.errors import RobotError, Unanswered, catalogue
from tests.fakes.robot.fixtures import PASSWORD
from tests.fakes.robot.server import Fake


def ask_for(fake: Fake, code: str, status: int, times: int = 1, **more: object) -> None:
    fault = {"method": "GET", "path": "/server/321", "code": code, "status": status, "times": times, "more": more}
    fake.books["faults"].append(fault)


def test_every_code_is_said_with_its_meaning_and_what_to_do(fake: Fake, robot: Robot) -> None:
    for code, row in catalogue().items():
        fake.books["faults"].clear()
        ask_for(fake, code, 409, times=100)
        with pytest.raises(RobotError) as caught:
            robot.get("/server/321")
        assert caught.value.code == code
        assert code in str(caught.value) and row["means"] in str(caught.value)
        assert caught.value.todo == row["todo"]


def test_what_passes_is_waited_for_and_then_done(fake: Fake, robot: Robot, waits: list[float]) -> None:
    ask_for(fake, "MAINTENANCE", 503, times=2)
    assert robot.get("/server/321")
    assert waits == [5, 5]


@pytest.mark.parametrize("field", ["max_request", "max_requests"])
def test_a_rate_limit_is_waited_out_when_it_is_short(fake: Fake, robot: Robot, waits: list[float], field: str) -> None:
    ask_for(fake, "RATE_LIMIT_EXCEEDED", 403, interval=12, **{field: 200})
    assert robot.get("/server/321")
    assert waits == [12]


def test_a_long_rate_limit_is_said_and_not_waited_out(fake: Fake, robot: Robot, waits: list[float]) -> None:
    ask_for(fake, "RATE_LIMIT_EXCEEDED", 403, interval=86400, max_requests=20)
    with pytest.raises(RobotError, match="at most 20 in 86400 s"):
        robot.get("/server/321")
    assert waits == []


def test_a_wrong_password_is_never_tried_twice(fake: Fake) -> None:
    with Robot(account.Account("#ws+test", "wrong-one", fake.url)) as wrong, pytest.raises(RobotError) as caught:
        wrong.get("/server")
    assert caught.value.code == "UNAUTHORIZED" and "10 minutes" in str(caught.value)
    assert fake.books["failed_logins"] == 1


def test_a_change_is_not_repeated_when_nothing_answers(tmp_path: Path) -> None:
    waits: list[float] = []
    nobody = account.Account("u", PASSWORD, "http://127.0.0.1:9")
    with Robot(nobody, Patience(sleep=waits.append)) as robot:
        with pytest.raises(Unanswered):
            robot.post("/order/server/transaction", {"product_id": "x"})
        assert waits == []
        with pytest.raises(Unanswered):
            robot.get("/server")
        assert waits == [5, 5]


def test_an_answer_without_a_body_is_named_by_its_status(robot: Robot) -> None:
    answers = httpx.MockTransport(lambda request: httpx.Response(503, text="<html>down</html>"))
    robot._http = httpx.Client(transport=answers, base_url="http://127.0.0.1")
    with pytest.raises(RobotError, match="MAINTENANCE"):
        robot.get("/server")


def test_the_password_is_in_the_header_alone(
    fake: Fake, robot: Robot, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    ask_for(fake, "INVALID_INPUT", 400, missing=[f"password {PASSWORD}"])
    with pytest.raises(RobotError) as caught:
        robot.get("/server/321")
    robot.post("/server/321", {"server_name": "ki"})
    assert PASSWORD not in f"{caught.value}{robot.account!r}{caplog.text}{capsys.readouterr()}"
    for line in fake.traffic.read_text().splitlines():
        assert PASSWORD not in line


def test_a_wait_that_never_ends_is_bounded(robot: Robot, waits: list[float]) -> None:
    with pytest.raises(ProviderError, match="not yet after 30 s"):
        robot.until("the firewall to be active", lambda: None)
    assert 30 <= sum(waits) < 40 and waits == sorted(waits)


def test_a_form_is_written_as_robot_reads_it() -> None:
    form: Form = {"authorized_key": ["a", "b"], "test": True, "vlan": 4000}
    assert encoded(form) == [("authorized_key[]", ["a", "b"]), ("test", "true"), ("vlan", "4000")]


@pytest.mark.parametrize("url", ["http://robot-ws.your-server.de", "http://10.0.0.1", "ftp://127.0.0.1"])
def test_a_password_never_goes_out_unencrypted(url: str) -> None:
    given = {account.USER: "u", account.PASSWORD: PASSWORD, account.URL: url}
    with pytest.raises(SpecError, match="https://") as caught:
        account.of(given.get)
    assert PASSWORD not in str(caught.value)


def test_a_missing_password_says_how_to_set_it() -> None:
    with pytest.raises(SpecError, match="pulumi config set --secret eigenherd:robotPassword"):
        account.of({account.USER: "u"}.get)
    assert account.of({account.USER: "u", account.PASSWORD: "p"}.get).url == account.ENDPOINT
