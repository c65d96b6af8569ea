"""Many requests by many clients at once: none fails, nobody gets another's answer, and memory stays where it was."""

import os
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import httpx
import pytest

from plan.machine import Handover
from stacks.sandbox import scratch
from tests.checkouts import Checkout
from tests.faults import cases
from tests.faults.conftest import Note
from tests.faults.memory import MB, Peak, of_unit
from tests.integration.deployed import Deployed, add_machine, with_client
from verify.nonces import distinct, repeat

pytestmark = pytest.mark.machine

STACK = f"test-load-{os.getpid()}"
CLIENTS = 16
UNITS = ("eigenherd-engine", "caddy")
MOST_GROWTH, MOST_GROWTH_BYTES = 0.02, 10 * MB
MOST_CONTROLLER_BYTES = 500 * MB
LEAST_RIGHT = 0.98  # a small model under load; what another client asked is a fault at once
ASKED = {"machine": {"provider": "sandbox"}, "gpu": "none", "models": ["smollm2:135m"], "clients": ["demo"]}


class Reply(NamedTuple):
    """What a client asked between two moments, and what came; status 0: nothing came."""

    client: str
    digits: str
    started: float
    ended: float
    status: int
    text: str


def requests(count: int, request: pytest.FixtureRequest) -> str:
    """`count` to warm up, `count` more, and what they did to memory."""
    deployed: Deployed = request.getfixturevalue("crowded")
    verdicts: Counter[str] = Counter()
    memory = []
    for _ in range(2):
        started = time.monotonic()
        replies = storm(deployed.handover, count)
        rate = count / (time.monotonic() - started)
        verdicts += judged(replies)
        memory.append({unit: of_unit(deployed, unit) for unit in UNITS})
    assert set(verdicts) <= {"right", "the model's own mistake"}, verdicts
    assert verdicts["right"] >= LEAST_RIGHT * 2 * count, verdicts
    before, after = memory
    for unit in UNITS:
        bound = max(MOST_GROWTH * before[unit], MOST_GROWTH_BYTES)
        assert after[unit] - before[unit] < bound, f"{unit}: {before[unit]} to {after[unit]} bytes"
    grown = ", ".join(f"{unit} {before[unit] / MB:.1f} to {after[unit] / MB:.1f} MB" for unit in UNITS)
    counts = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
    return f"{counts}, {rate:.1f} a second; {grown}"


def storm(handover: Handover, count: int) -> list[Reply]:
    """All clients at once, each with its own key and one question after the other."""
    keys = list(handover.secrets.clients.items())
    digits = distinct(count)
    start = threading.Barrier(len(keys))

    def talk(number: int) -> list[Reply]:
        name, key = keys[number]
        tls = ssl.create_default_context(cadata=handover.secrets.ca_certificate)
        with httpx.Client(verify=tls, timeout=300, headers={"Authorization": f"Bearer {key}"}, trust_env=False) as http:
            start.wait()
            return [asked(http, handover, name, own) for own in digits[number :: len(keys)]]

    with ThreadPoolExecutor(len(keys)) as pool:
        return [reply for talk_ in pool.map(talk, range(len(keys))) for reply in talk_]


def asked(http: httpx.Client, handover: Handover, name: str, digits: str) -> Reply:
    body = {"model": handover.plan.models[0].name, "messages": repeat(digits), "max_tokens": 6, "temperature": 0}
    started = time.monotonic()
    try:
        response = http.post(f"{handover.url}/chat/completions", json=body)
        text = response.json()["choices"][0]["message"]["content"] if response.is_success else response.text
        return Reply(name, digits, started, time.monotonic(), response.status_code, text)
    except httpx.TransportError as error:
        return Reply(name, digits, started, time.monotonic(), 0, repr(error))


def judged(replies: list[Reply]) -> Counter[str]:
    return Counter(verdict(reply, replies) for reply in replies)


def verdict(reply: Reply, all_replies: list[Reply]) -> str:
    """A wrong number is cross-talk if somebody else had asked for it while this request was on its way."""
    if reply.status != httpx.codes.OK:
        return f"{reply.client} got {reply.status} {reply.text[:80]}"
    if reply.digits in reply.text:
        return "right"
    for other in all_replies:
        together = other.started < reply.ended and reply.started < other.ended
        if other.client != reply.client and together and other.digits in reply.text:
            return f"{reply.client} got {other.client}'s answer"
    return "the model's own mistake"


def controller(request: pytest.FixtureRequest) -> str:
    """A whole `up`, from nothing to verified, with everything that it starts on this computer."""
    checkout: Checkout = request.getfixturevalue("layered")
    name = f"load-{os.getpid()}"
    checkout.environment(name, ASKED)
    with Peak(f"-m eigenherd up {name}") as peak:
        checkout.eigenherd("up", name)
    checkout.eigenherd("down", name)
    assert peak.samples > 10 and 50 * MB < peak.bytes < MOST_CONTROLLER_BYTES, peak.bytes
    return f"`up` with all its processes: {peak.bytes / MB:.0f} MB at most, in {peak.samples} samples"


CASES: dict[str, Callable[[pytest.FixtureRequest], str]] = {
    "200 requests by 16 clients, and 200 more": partial(requests, 200),
    "1,000 requests by 16 clients, and 1,000 more": partial(requests, 1000),
    "the controller's memory in `up`": controller,
}
SAMPLE = {"200 requests by 16 clients, and 200 more", "the controller's memory in `up`"}


@pytest.fixture(scope="module")
def crowded(layer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A machine from the deployed layer with a key for each of the clients."""
    made = add_machine(STACK, tmp_path_factory.mktemp(STACK), layer=layer)
    try:
        handover = made.handover
        for number in range(1, CLIENTS):
            handover = with_client(handover, f"client-{number}")
        made = Deployed(handover, made.record)
        first = made.deploy()
        assert first.code == 0, first.text
        yield made
    finally:
        scratch.remove(STACK)


@cases.parametrize(CASES, SAMPLE)
def test_it_bears_the_load(
    fault: str, injected: Callable[[pytest.FixtureRequest], str], request: pytest.FixtureRequest, note: Note
) -> None:
    note(seen=injected(request), after="within the bounds")


def test_cross_talk_is_told_from_a_mistake() -> None:
    """The judge itself: it would see what it says is not there."""
    mine = Reply("anna", "1234", 0, 2, 200, "1234")
    early, late = Reply("bernd", "5678", 1, 3, 200, "5678"), Reply("carl", "9999", 5, 6, 200, "9999")
    replies = [mine, early, late]
    assert judged(replies) == {"right": 3}
    assert verdict(mine._replace(text="5678"), replies) == "anna got bernd's answer"
    assert verdict(mine._replace(text="9999"), replies) == "the model's own mistake"
    assert verdict(mine._replace(status=502, text="down"), replies) == "anna got 502 down"
