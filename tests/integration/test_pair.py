"""A stack of two machines, beside another stack: the gateway spreads requests, an engine is open to it alone."""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from plan.machine import Handover
from tests.checkouts import Checkout

pytestmark = pytest.mark.machine

STACK, BESIDE = "pair-test", "beside-test"
ASKED = {
    "machines": {
        "front": {"provider": "sandbox", "roles": ["gateway", "engine"]},
        "back": {"provider": "sandbox", "roles": ["engine"]},
    },
    "gpu": "none",
    "models": ["smollm2:135m"],
    "clients": ["demo"],
}
ALONE = {"machine": {"provider": "sandbox"}, "gpu": "none", "models": ["smollm2:135m"], "clients": ["demo"]}


@pytest.fixture(scope="module")
def pair(layered: Checkout) -> Iterator[Handover]:
    """Both stacks are brought up, and down, at the same time."""
    layered.environment(STACK, ASKED)
    layered.environment(BESIDE, ALONE)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: layered.eigenherd("up", name), (STACK, BESIDE)))
        yield layered.handover(STACK)
        list(pool.map(lambda name: layered.eigenherd("down", name), (STACK, BESIDE)))


def test_two_stacks_do_not_meet(checkout: Checkout, pair: Handover) -> None:
    """Other addresses, other keys, no way from one's machines to the other's."""
    beside = checkout.handover(BESIDE)
    assert beside.url != pair.url and beside.secrets.ca_key != pair.secrets.ca_key
    for url, answer in ((pair.url, "401"), (beside.url, "000")):
        knock = f"curl -sk -m 4 -o /dev/null -w '%{{http_code}}' {url}/models || true"
        assert checkout.ssh(STACK, "back", knock) == answer
    key = pair.secrets.clients["demo"]
    context = ssl.create_default_context(cafile=f"{beside.folder}/ca.pem")
    with httpx.Client(verify=context, headers={"Authorization": f"Bearer {key}"}) as http:
        assert http.get(f"{beside.url}/models").status_code == 401


def test_only_the_gateway_reaches_the_engine_behind_it(checkout: Checkout, pair: Handover) -> None:
    back = next(machine for machine in pair.machines if machine.name == "back")
    port = pair.plan.engine.port
    assert checkout.ssh(STACK, "front", f"curl -s http://{back.private_address}:{port}/v1/models").startswith("{")
    with pytest.raises(OSError):
        socket.create_connection((back.address, port), timeout=3)


def test_requests_go_on_when_an_engine_is_gone(checkout: Checkout, pair: Handover) -> None:
    checkout.ssh(STACK, "front", "systemctl stop eigenherd-engine")
    key = pair.secrets.clients["demo"]
    context = ssl.create_default_context(cafile=f"{pair.folder}/ca.pem")
    with httpx.Client(verify=context, headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
        body = {"model": "smollm2:135m", "max_tokens": 4, "messages": [{"role": "user", "content": "Hello"}]}
        statuses = [http.post(f"{pair.url}/chat/completions", json=body).status_code for _ in range(6)]
    checkout.ssh(STACK, "front", "systemctl start eigenherd-engine")
    # Debian's Caddy 2.6 does not send a request again that met the dead engine: one may be lost, no second.
    assert sorted(statuses)[:5] == [200] * 5, statuses
