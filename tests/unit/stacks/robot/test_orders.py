"""An order: never dearer than its ceiling, never two, whatever dies in between."""

import json
from pathlib import Path
from typing import Any

import pytest

from plan.errors import PlanError, ProviderError
from stacks import folder
from stacks.robot import orders, prices
from stacks.robot.client import Robot
from stacks.robot.errors import RobotError
from tests.fakes.robot.fixtures import KEY
from tests.fakes.robot.server import Fake


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folder, "HOME", tmp_path / ".eigenherd")
    return tmp_path / ".eigenherd" / "robot"


@pytest.fixture
def asked(robot: Robot) -> orders.Asked:
    key = robot.post("/key", {"name": "eigenherd-rented", "data": KEY})["key"]["fingerprint"]
    return orders.Asked("rented", "main", "GEX131-1", "FSN1", 1500, 1500, key)


def placed(fake: Fake) -> dict[str, Any]:
    transactions: dict[str, Any] = fake.books["transactions"]
    return transactions


def posts(fake: Fake) -> list[str]:
    lines = [json.loads(line) for line in fake.traffic.read_text().splitlines()]
    return [line["body"] for line in lines if line["method"] == "POST" and line["target"] == orders.PATH]


def test_an_order_is_tried_first_and_then_placed_with_an_address(fake: Fake, robot: Robot, asked: orders.Asked) -> None:
    done = orders.ensure(robot, asked)
    tried, real = posts(fake)
    assert "test=true" in tried and "test" not in real
    for body in (tried, real):
        assert "primary_ipv4" in body and "comment" not in body
    assert done["server_number"] and done["server_ip"] and len(placed(fake)) == 1


def test_a_second_run_finds_the_first_ones_order(fake: Fake, robot: Robot, asked: orders.Asked) -> None:
    assert orders.ensure(robot, asked)["id"] == orders.ensure(robot, asked)["id"]
    assert len(posts(fake)) == 2


@pytest.mark.parametrize("ceiling", [{"max_eur_month": 1498}, {"max_eur_setup": 1498}])
def test_what_costs_more_than_the_ceiling_is_not_ordered(
    fake: Fake, robot: Robot, asked: orders.Asked, ceiling: dict[str, float]
) -> None:
    with pytest.raises(PlanError, match="nothing was ordered"):
        orders.ensure(robot, orders.Asked(**{**asked.__dict__, **ceiling}))
    assert posts(fake) == [] and not asked.record.exists()


def test_an_order_whose_answer_was_lost_is_found_again(fake: Fake, robot: Robot, asked: orders.Asked) -> None:
    """It was carried out, and we saw an error in its place: the next run must not order a second one."""
    fault = {"method": "POST", "path": orders.PATH, "code": "INTERNAL_ERROR", "status": 500, "after": True}
    fake.books["faults"] = [{**fault, "skip": 1, "times": 1}]
    with pytest.raises(RobotError, match="INTERNAL_ERROR"):
        orders.ensure(robot, asked)
    assert len(placed(fake)) == 1
    assert orders.ensure(robot, asked)["server_number"]
    assert len(placed(fake)) == 1 and len(posts(fake)) == 2


def test_a_run_that_died_before_its_order_reached_robot_orders_once(
    fake: Fake, robot: Robot, asked: orders.Asked, waits: list[float]
) -> None:
    orders.write(
        asked,
        {"product": "GEX131-1", "fingerprint": asked.fingerprint, "asked_at": 2e9, "known": [], "transaction": None},
    )
    assert orders.ensure(robot, asked)
    assert orders.SETTLED_S in waits and len(placed(fake)) == 1


def test_a_run_that_died_after_its_order_orders_nothing(fake: Fake, robot: Robot, asked: orders.Asked) -> None:
    orders.ensure(robot, asked)
    record = json.loads(asked.record.read_text())
    orders.write(asked, {**record, "transaction": None})
    again = orders.ensure(robot, asked)
    assert list(placed(fake)) == [again["id"]]


def test_two_machines_of_a_stack_have_an_order_each(fake: Fake, robot: Robot, asked: orders.Asked) -> None:
    """Both for the same key: one's lost answer must not become the other's server."""
    other = orders.Asked(**{**asked.__dict__, "machine": "second"})
    first, second = orders.ensure(robot, asked), orders.ensure(robot, other)
    assert first["id"] != second["id"] and len(placed(fake)) == 2
    orders.write(other, {**json.loads(other.record.read_text()), "transaction": None})
    assert orders.ensure(robot, other)["id"] == second["id"]


def test_a_refused_order_leaves_no_record(fake: Fake, robot: Robot, asked: orders.Asked) -> None:
    fake.books["settings"]["ordering"] = False
    with pytest.raises(RobotError, match="switch them on in Robot"):
        orders.ensure(robot, asked)
    assert not asked.record.exists()


def test_an_order_that_takes_long_is_taken_up_again(fake: Fake, robot: Robot, asked: orders.Asked) -> None:
    fake.books["settings"]["polls"] = 1000
    with pytest.raises(ProviderError, match="to be ready"):
        orders.ensure(robot, asked)
    for one in placed(fake).values():
        one["_polls"]["status"] = [0, "ready"]
    assert orders.ensure(robot, asked)["server_number"]
    assert len(placed(fake)) == 1


def test_a_cancelled_server_may_be_ordered_anew(fake: Fake, robot: Robot, asked: orders.Asked) -> None:
    orders.ensure(robot, asked)
    orders.forget("rented", "main")
    orders.ensure(robot, asked)
    assert len(placed(fake)) == 2


def test_an_unknown_product_is_answered_with_those_there_are(robot: Robot) -> None:
    with pytest.raises(PlanError, match="GEX131-1"):
        prices.of(robot, "GEX999", "FSN1")
    with pytest.raises(PlanError, match="GEX131-1 in HEL1: found FSN1"):
        prices.of(robot, "GEX131-1", "HEL1")


def test_a_price_is_robots_with_the_address_or_the_catalogues_with_its_date(fake: Fake, robot: Robot) -> None:
    told = prices.told(robot, "GEX131-1", "FSN1")
    assert told and told.line() == (
        "costs: GEX131-1 in FSN1: 1499.00 euro a month, 1499.00 once, without VAT (Robot's list, now)"
    )
    path = "/order/server/product/GEX131-1"
    fake.books["faults"] = [{"method": "GET", "path": path, "code": "INTERNAL_ERROR", "status": 500, "times": 1}]
    told = prices.told(robot, "GEX131-1", "FSN1")
    assert told and "catalogue of 2026-10-08" in told.line()
