"""What cannot be made, as the official client reads it."""

import httpx
import pytest
from hcloud import Client

from tests.fakes.hcloud.running import Running


def test_locations(client: Client) -> None:
    places = {place.name: (place.country, place.network_zone) for place in client.locations.get_all()}
    assert places["fsn1"] == places["nbg1"] == ("DE", "eu-central")
    assert places["hel1"] == ("FI", "eu-central")
    assert client.locations.get_by_id(1).name == "fsn1"


def test_server_types_say_where_they_are_to_be_had(client: Client) -> None:
    kind = client.server_types.get_by_name("cx43")
    assert (kind.cores, kind.memory, kind.disk, kind.architecture) == (8, 16.0, 160, "x86")
    available = {place.location.name: place.available for place in kind.locations}
    assert available["fsn1"] and not available["nbg1"]
    assert {price["location"] for price in kind.prices} == set(available)
    assert client.server_types.get_by_name("gpu1") is None


def test_images_are_told_apart_by_architecture(client: Client) -> None:
    found = client.images.get_by_name_and_architecture("debian-12", "arm")
    assert found.architecture == "arm"
    assert len(client.images.get_all(type="system", architecture="x86")) == 3
    assert client.images.get_by_id(found.id).os_flavor == "debian"


def test_load_balancer_types(client: Client) -> None:
    assert client.load_balancer_types.get_by_name("lb11").max_targets == 25


def test_prices(fake: Running) -> None:
    answer = httpx.get(f"{fake.endpoint}/pricing", headers={"Authorization": "Bearer x"}).json()["pricing"]
    assert answer["currency"] == "EUR"
    [row] = [row for row in answer["server_types"] if row["name"] == "cx33"]
    [price] = [price for price in row["prices"] if price["location"] == "fsn1"]
    assert price["price_monthly"]["net"] == "7.0000"
    assert float(price["price_monthly"]["gross"]) == pytest.approx(7 * 1.19)
