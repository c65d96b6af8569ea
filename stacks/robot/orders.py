"""An order, placed once: what is about to be ordered is on disk before, and is looked for after a crash.

The record outlives its stack and its state, because the server does: it goes when the server is cancelled by us.
"""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plan.errors import ProviderError
from stacks.robot import alone, prices
from stacks.robot.client import Robot
from stacks.robot.errors import RobotError

PATH = "/order/server/transaction"
READY_S = 3600  # a server may take longer; the next `up` goes on waiting
# An order whose answer we never saw stands in Robot's list by then, or was not placed.
SETTLED_S = 60


@dataclass(frozen=True)
class Asked:
    """What to order, and its ceiling in euro without VAT. fingerprint: of the stack's own SSH key, nobody else's."""

    stack: str
    machine: str
    product: str
    location: str
    max_eur_month: float
    max_eur_setup: float
    fingerprint: str

    @property
    def record(self) -> Path:
        return alone.place(f"order-{self.stack}-{self.machine}.json")

    def form(self, product: prices.Product) -> dict[str, Any]:
        """Never with a comment: such an order waits for a person."""
        form: dict[str, Any] = {"product_id": self.product, "location": self.location}
        form |= {"authorized_key": [self.fingerprint], "addon": product.addons}
        return {**form, **({"dist": product.dist} if product.dist else {})}


def ensure(robot: Robot, asked: Asked) -> dict[str, Any]:
    """The transaction, ready, with its server; placed at most once."""
    with alone.held("orders", robot.say):
        id_ = placed(robot, asked) or place(robot, asked)

    def ready() -> dict[str, Any] | None:
        found: dict[str, Any] = robot.get(f"{PATH}/{id_}")["transaction"]
        if found["status"] == "cancelled":
            todo = f"ask Hetzner why; to order again, remove {asked.record}"
            raise ProviderError(f"order {id_} to be carried out", "cancelled by Hetzner", todo)
        return found if found["status"] == "ready" and found["server_number"] else None

    robot.say(f"order {id_} is placed")
    done: dict[str, Any] = robot.until(f"order {id_} to be ready", ready, READY_S)
    return done


def placed(robot: Robot, asked: Asked) -> str | None:
    """The transaction that an earlier run placed, whether or not it lived to see the answer."""
    record = read(asked)
    if record is None:
        return None
    if record["transaction"] is None:
        wait_s = record["asked_at"] + SETTLED_S - time.time()
        record["transaction"] = unseen(robot, asked, record)
        if record["transaction"] is None and wait_s > 0:
            robot.say(f"an order was begun and its answer never seen; looking again in {wait_s:.0f} s")
            robot.patience.sleep(min(wait_s, SETTLED_S))
            record["transaction"] = unseen(robot, asked, record)
        if record["transaction"]:
            robot.say(f"order {record['transaction']} was placed by an earlier run")
            write(asked, record)
    id_: str | None = record["transaction"]
    return id_


def unseen(robot: Robot, asked: Asked, record: dict[str, Any]) -> str | None:
    """An order of that product for our key, newer than our record, that no other record has."""
    others = {other.get("transaction") for other in records()}
    for row in robot.found(PATH) or []:
        one = row["transaction"]
        keys = [entry["key"]["fingerprint"] for entry in one["authorized_key"]]
        same = one["product"]["id"] == record["product"] and record["fingerprint"] in keys
        if same and one["id"] not in others and one["id"] not in record["known"]:
            return str(one["id"])
    return None


def place(robot: Robot, asked: Asked) -> str:
    """Held against the ceiling, tried with `test`, written down, and only then ordered."""
    product = prices.of(robot, asked.product, asked.location)
    prices.refuse_dearer(product.cost, asked.max_eur_month, asked.max_eur_setup)
    robot.post(PATH, {**asked.form(product), "test": True})
    known = [row["transaction"]["id"] for row in robot.found(PATH) or []]
    record = {
        "product": asked.product,
        "location": asked.location,
        "fingerprint": asked.fingerprint,
        "asked_at": time.time(),
        "known": known,
        "transaction": None,
    }
    write(asked, record)
    robot.say(product.cost.line())
    try:
        made = robot.post(PATH, asked.form(product))["transaction"]
    except RobotError as error:
        if error.status < 500:
            asked.record.unlink()  # refused: there is no order
        raise
    write(asked, {**record, "transaction": made["id"]})
    return str(made["id"])


def read(asked: Asked) -> dict[str, Any] | None:
    return json.loads(asked.record.read_text()) if asked.record.exists() else None


def records() -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in alone.place("").glob("order-*.json")]


def write(asked: Asked, record: dict[str, Any]) -> None:
    """On disk, and not only on its way there, before anything is asked of Robot."""
    partial = asked.record.with_suffix(".partial")
    with partial.open("w") as file:
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(asked.record)
    descriptor = os.open(asked.record.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def forget(stack: str, machine: str) -> None:
    """After the server was cancelled: the next order is a new one."""
    alone.place(f"order-{stack}-{machine}.json").unlink(missing_ok=True)
