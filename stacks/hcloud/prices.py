"""What the servers cost: the API's price list where it answers, else the catalogue with its date."""

import datetime
import os
from typing import Any

import httpx
import pulumi

from plan.catalog import hcloud as catalog
from plan.plan import MachinePlan, Plan
from stacks.costs import Cost
from stacks.hcloud import needs

ENDPOINT = "https://api.hetzner.cloud/v1"
TIMEOUT_S = 10


def of(plan: Plan) -> list[Cost]:
    prices, source = _asked()
    servers = [machine for machine in plan.machines if machine.provider == "hcloud"]
    return [cost for planned in servers for cost in _server(planned, prices, source)]


def _asked() -> tuple[dict[str, Any], str]:
    """The price list, and in words where it is from; empty where there is none, with the reason."""
    token = needs.token()
    if not token:
        return {}, f"without {needs.TOKEN} the API was not asked"
    endpoint = pulumi.Config("hcloud").get("endpoint") or os.environ.get("HCLOUD_ENDPOINT") or ENDPOINT
    try:
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.get(f"{endpoint}/pricing", headers=headers, timeout=TIMEOUT_S).raise_for_status().json()
        return answer["pricing"], f"price list of the API, {datetime.datetime.now(datetime.UTC).date()}"
    except httpx.HTTPStatusError as error:  # its own text would be fine too, but holds the address
        return {}, f"the API answered {error.response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        return {}, f"the API gave no price list: {type(error).__name__}"


def _server(planned: MachinePlan, prices: dict[str, Any], source: str) -> list[Cost]:
    settings = planned.provider_settings
    place, type_ = str(settings["location"]), str(settings["type"])
    row = catalog.server_type(type_)
    found = _monthly(prices.get("server_types", []), "name", type_, place)
    costs = [_cost(f"{planned.name}: server {type_}", found, row.monthly_eur if row else None, row, source)]
    address = catalog.charge("primary_ipv4")
    found = _monthly(prices.get("primary_ips", []), "type", "ipv4", place)
    costs.append(_cost(f"{planned.name}: IPv4 address", found, address.monthly_eur, address, source))
    if size := int(settings.get("volume_gb") or 0):
        gigabyte = catalog.charge("volume_gb")
        each = _net(prices.get("volume", {}).get("price_per_gb_month"))
        found = None if each is None else each * size
        costs.append(_cost(f"{planned.name}: volume, {size} GB", found, gigabyte.monthly_eur * size, gigabyte, source))
    return costs


def _cost(what: str, asked: float | None, known: float | None, row: Any, source: str) -> Cost:
    if asked is not None:
        return Cost(what, asked, 0, source)
    if known is None:
        return Cost(what, None, 0, f"not in the catalogue; {source}")
    doubt = "" if row.confirmed else ", not confirmed"
    return Cost(what, known, 0, f"catalogue of {row.date}{doubt}: {row.source}; {source}")


def _monthly(rows: list[dict[str, Any]], key: str, name: str, place: str) -> float | None:
    for row in rows:
        for price in row["prices"] if row.get(key) == name else ():
            if price["location"] == place:
                return _net(price["price_monthly"])
    return None


def _net(price: dict[str, str] | None) -> float | None:
    return float(price["net"]) if price else None
