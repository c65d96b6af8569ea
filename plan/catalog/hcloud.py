"""Hetzner Cloud's server types, locations and prices. Prices are in euro a month without VAT."""

from functools import cache
from typing import Literal

from plan.catalog.rows import Row
from plan.catalog.tables import rows_of


class ServerTypeRow(Row):
    """A server type. cpu: shared with others or not. monthly_eur: where somebody has told one."""

    name: str
    cores: int
    memory_gib: int
    disk_gb: int
    cpu: Literal["shared", "dedicated"]
    architecture: Literal["x86", "arm"] = "x86"
    monthly_eur: float | None = None


class LocationRow(Row):
    """Where servers stand. country: ISO 3166. zone: of private networks."""

    name: str
    city: str
    country: str
    zone: str


class ChargeRow(Row):
    """What costs beside a server: an address, a gigabyte of a volume."""

    name: str
    monthly_eur: float


@cache
def server_types() -> tuple[ServerTypeRow, ...]:
    return rows_of("hcloud_types", ServerTypeRow)


@cache
def locations() -> tuple[LocationRow, ...]:
    return rows_of("hcloud_locations", LocationRow)


@cache
def charges() -> tuple[ChargeRow, ...]:
    return rows_of("hcloud_charges", ChargeRow)


def server_type(name: str) -> ServerTypeRow | None:
    return next((row for row in server_types() if row.name == name), None)


def location(name: str) -> LocationRow | None:
    return next((row for row in locations() if row.name == name), None)


def charge(name: str) -> ChargeRow:
    return next(row for row in charges() if row.name == name)
