"""Whose a stack's network is."""

from pathlib import Path

import pytest

from plan.errors import ProviderError
from stacks.sandbox import network, places
from stacks.sandbox.network import Network


def of(owner: str) -> Network:
    return Network("office", "eh-84d86e19", "10.86.25.0/24", "fd84:d86e:1900:1::/64", owner)


def test_the_host_is_number_one_of_both_networks() -> None:
    assert (of("").host_ipv4(1), of("").host_ipv6(1)) == ("10.86.25.1", "fd84:d86e:1900:1::1")


def test_a_living_owner_keeps_the_name(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=str(tmp_path)):
        network.refuse_anothers(of(str(tmp_path)), "/somewhere/else")


@pytest.mark.parametrize("owner", ["", "/a/checkout/that/is/gone"])
def test_a_name_without_a_living_owner_can_be_taken(owner: str) -> None:
    network.refuse_anothers(of(owner), "/somewhere/else")


def test_ownership_is_read_from_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "STACKS", tmp_path)
    assert network.owned("office", "/here")
    (tmp_path / "office").mkdir()
    (tmp_path / "office/network.json").write_text(
        '{"stack": "office", "bridge": "b", "ipv4": "10.86.25.0/24", "ipv6": "fd00::/64", "owner": "/here"}'
    )
    assert network.owned("office", "/here")
    assert not network.owned("office", "/there")


def test_without_root_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ProviderError, match="sudo"):
        network.ensure("office")
