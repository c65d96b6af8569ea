"""The watcher before a gateway over real TLS: what counts as a correct answer, and what does not."""

import socket
import time
from collections.abc import Iterator

import pytest

from drill.watcher import Watcher
from plan.machine import Handover
from stacks.keys import make
from tests.unit.verify.fake_gateway import FakeGateway, running
from tests.unit.verify.fake_stack import handover, plan


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with running() as server:
        yield server


@pytest.fixture
def given(gateway: FakeGateway) -> Handover:
    return handover(plan({}, gateway.port))


def test_a_fresh_nonce_that_comes_back_is_the_first_token(given: Handover) -> None:
    watcher = Watcher(given, time.monotonic() - 5)
    assert watcher.ask() == "correct answer"
    assert watcher.first_token_s is not None and watcher.first_token_s >= 5


@pytest.mark.parametrize("fault", ["canned", "cross-talk", "drops a piece"])
def test_what_is_not_this_nonce_is_no_correct_answer(gateway: FakeGateway, given: Handover, fault: str) -> None:
    gateway.faults.add(fault)
    gateway.last_nonce = "0999"  # what somebody else had asked
    watcher = Watcher(given, time.monotonic())
    assert watcher.ask() == "wrong answer" and watcher.first_token_s is None


def test_another_key_is_refused(given: Handover) -> None:
    stranger = given.secrets.model_copy(update={"clients": {"anna": "eh-of-another-environment"}})
    watcher = Watcher(given.model_copy(update={"secrets": stranger}), time.monotonic())
    assert watcher.ask() == "status 401" and watcher.first_token_s is None


def test_another_ca_is_no_recovery(given: Handover) -> None:
    other = given.secrets.model_copy(update={"ca_certificate": make("ca", "localhost")[1]})
    watcher = Watcher(given.model_copy(update={"secrets": other}), time.monotonic())
    assert watcher.ask() == "wrong certificate" and watcher.first_token_s is None


def test_it_asks_until_somebody_answers(given: Handover) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    watcher = Watcher(handover(plan({}, port)), time.monotonic())
    watcher.start()
    while watcher.replies["no connection"] < 2:
        time.sleep(0.05)
    watcher.end()
    assert watcher.first_token_s is None and not watcher.is_alive()


def test_it_stops_by_itself_at_the_first_correct_answer(given: Handover) -> None:
    watcher = Watcher(given, time.monotonic())
    watcher.start()
    watcher.join(timeout=30)
    assert not watcher.is_alive() and watcher.replies["correct answer"] == 1
