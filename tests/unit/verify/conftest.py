"""What the tests of this room share: a fake gateway, and targets made of fakes."""

import time
from collections.abc import Callable, Iterator

import pytest

from plan.machine import Handover
from tests.unit.verify.fake_gateway import FakeGateway, running
from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import handover, plan
from verify.gateway import Gateway
from verify.target import Target

MakeTarget = Callable[..., Target]


@pytest.fixture(scope="session")
def shared_gateway() -> Iterator[FakeGateway]:
    with running() as server:
        yield server


@pytest.fixture
def gateway(shared_gateway: FakeGateway) -> Iterator[FakeGateway]:
    yield shared_gateway
    shared_gateway.faults.clear()
    shared_gateway.last_nonce = ""


@pytest.fixture
def target(shared_gateway: FakeGateway) -> MakeTarget:
    """A target of the fake gateway's stack; shell and plan can be given."""

    def make(host: FakeShell | None = None, given: Handover | None = None, **changes: object) -> Target:
        given = given or handover(plan(changes, shared_gateway.port))
        return Target(given, given.machines[0], host or FakeShell(), Gateway(given), time.time(), given.plan.models[0])

    return make
