"""A fake of Robot with one server, and clients that ask it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.robot.account import Account
from stacks.robot.client import Patience, Robot
from tests.fakes.robot.calls import orders, servers
from tests.fakes.robot.server import Fake

PASSWORD = "planted-5f1c9d"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINTJ5g1Si7F+1x0rpjvIDcvUPHyhRhRwkVXvBhKkXlqo eigenherd"


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    made = Fake(tmp_path / "books")
    made.books["account"] = {"user": "#ws+test", "password": PASSWORD}
    servers.new(made.books, 321, "198.51.100.7", "GEX131", "FSN1-DC14")
    fsn = orders.price("FSN1", "1497.3000", "1499.0000")
    made.books["products"]["GEX131-1"] = orders.product("GEX131-1", [fsn])
    made.books["market"]["77"] = {
        **{"id": 77, "name": "SB", "description": [], "datacenter": "NBG1-DC3", "price": "771.00"},
        "orderable_addons": [],
    }
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def robot(fake: Fake, waits: list[float]) -> Iterator[Robot]:
    """Its waits are written down instead of waited."""
    account = Account("#ws+test", PASSWORD, fake.url)
    with Robot(account, Patience(whole_s=30, step_s=5, sleep=waits.append), say=lambda line: None) as client:
        yield client
