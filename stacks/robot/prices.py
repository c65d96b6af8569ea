"""What a product costs by Robot's own list, held against the ceiling before anything is ordered."""

from dataclasses import dataclass
from typing import Any

from plan.errors import PlanError
from stacks import costs
from stacks.costs import Cost
from stacks.robot.client import Robot
from stacks.robot.errors import RobotError, Unanswered

IPV4 = "primary_ipv4"  # without it the server has IPv6 only


@dataclass(frozen=True)
class Product:
    """addons, dist: what an order names. cost: with the IPv4 address."""

    cost: Cost
    addons: tuple[str, ...]
    dist: str | None


def of(robot: Robot, product: str, location: str) -> Product:
    """Robot's price of it there. Raises PlanError with what can be ordered instead."""
    answer = robot.found(f"/order/server/product/{product}")
    if answer is None:
        names = ", ".join(row["product"]["id"] for row in robot.found("/order/server/product") or [])
        raise PlanError(f"a product of Robot's called {product}", names or "none to order", "choose one of these")
    row: dict[str, Any] = answer["product"]
    price = next((one for one in row["prices"] if one["location"] == location), None)
    if price is None or location not in row["location"]:
        raise PlanError(f"{product} in {location}", ", ".join(row["location"]) or "nowhere", "choose one of these")
    addon = next((one for one in row["orderable_addons"] if one["id"] == IPV4), None)
    addon_price = next(
        (one for one in (addon or {"prices": []})["prices"] if one["location"] in (location, None)), None
    )
    prices = [price, *([addon_price] if addon_price else [])]
    month = sum(float(one["price"]["net"]) for one in prices)
    setup = sum(float(one["price_setup"]["net"]) for one in prices)
    dist = next((name for name in row.get("dist") or [] if name.startswith("Rescue")), None)
    cost = Cost(f"{product} in {location}", month, setup, "Robot's list, now")
    return Product(cost, (IPV4,) if addon else (), dist)


def refuse_dearer(cost: Cost, max_eur_month: float, max_eur_setup: float) -> None:
    for what, price, most, key in (
        ("a month", cost.eur_month, max_eur_month, "max_eur_month"),
        ("set-up", cost.eur_setup, max_eur_setup, "max_eur_setup"),
    ):
        if price is None or price > most:
            found = "no price" if price is None else f"{price:.2f}"
            todo = f"raise `{key}` if that is worth it; nothing was ordered"
            raise PlanError(f"{cost.what} for at most {most:.2f} euro {what}", f"{found} ({cost.source})", todo)


def told(robot: Robot, product: str, location: str) -> Cost | None:
    """For a preview: by Robot's list, else by the catalogue; None where neither knows it."""
    try:
        return of(robot, product, location).cost
    except (RobotError, Unanswered):
        return costs.of_catalogue("Hetzner", product)
