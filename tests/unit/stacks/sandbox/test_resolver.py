"""Name servers for machines."""

from pathlib import Path

import pytest

from plan.errors import ProviderError
from stacks.sandbox import resolver


def test_servers_and_search_are_kept_and_comments_dropped() -> None:
    text = "# by somebody\nsearch firma.lan\nnameserver 192.168.10.1\nnameserver fe80::1%eth0\noptions edns0\n"
    assert resolver.reachable(text) == text.partition("\n")[2]


def test_loopback_servers_are_not_for_machines() -> None:
    assert resolver.reachable("nameserver 127.0.0.53\nnameserver ::1\n") == ""
    assert resolver.reachable("nameserver 127.0.0.1\nnameserver 9.9.9.9\n") == "nameserver 9.9.9.9\n"


def test_behind_a_local_cache_the_servers_are_found(tmp_path: Path) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    stub.write_text("nameserver 127.0.0.53\n")
    real.write_text("nameserver 10.0.0.1\n")
    assert resolver.resolv_conf((stub, tmp_path / "missing", real)) == "nameserver 10.0.0.1\n"


def test_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="name server"):
        resolver.resolv_conf((tmp_path / "missing",))
