"""One fake a test, and the official client that judges it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hcloud import Client

from tests.fakes.hcloud.running import Running, threaded


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Running]:
    with threaded(tmp_path / "books") as one:
        yield one


@pytest.fixture
def client(fake: Running) -> Client:
    return Client(f"token-{uuid4().hex}", api_endpoint=fake.endpoint, poll_interval=0.001, timeout=10)
