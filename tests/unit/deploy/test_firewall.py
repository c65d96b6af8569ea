"""Who may connect, before nftables sees it."""

import pytest
from pyinfra.api.exceptions import DeployError

from deploy.firewall import gateway_ports, networks, ssh_port
from tests.render.examples import handovers

SANDBOX = handovers()["sandbox"]
MACHINE = SANDBOX.machines[0]
PLANNED = SANDBOX.planned(MACHINE)


def test_networks_are_sorted_by_family_and_never_overlap() -> None:
    assert networks(["10.0.0.0/8", "fc00::/7", "10.1.0.0/16", "192.168.1.7"]) == [
        ("ip", ["10.0.0.0/8", "192.168.1.7/32"]),
        ("ip6", ["fc00::/7"]),
    ]


def test_nothing_named_is_everybody() -> None:
    assert networks([]) == []


def test_ssh_stays_open_where_we_come_in() -> None:
    assert ssh_port(MACHINE, PLANNED, ("10.86.0.1", 2222)) == 2222
    assert ssh_port(MACHINE, PLANNED, None) == MACHINE.port


def test_rules_that_would_shut_us_out_are_refused() -> None:
    with pytest.raises(DeployError, match=r"we come from 203\.0\.113\.1: add that address"):
        ssh_port(MACHINE, PLANNED, ("203.0.113.1", 22))


def test_ssh_is_not_ours_where_the_machine_is_not() -> None:
    theirs = PLANNED.model_copy(update={"harden": False})
    assert ssh_port(MACHINE, theirs, ("203.0.113.1", 22)) == 22


@pytest.mark.parametrize(
    ("gateway", "ports"),
    [
        ("gateway-files", [443]),
        ("gateway-everybody", [443, 80]),
        ("gateway-address", [8443, 80]),
    ],
)
def test_port_80_is_open_only_for_the_redirect(gateway: str, ports: list[int]) -> None:
    handover = handovers()[gateway]
    assert [port for port, _ in gateway_ports(handover, handover.machines[0])] == ports


def test_an_acme_proof_may_come_from_anywhere() -> None:
    handover = handovers()["gateway-acme"]
    assert gateway_ports(handover, handover.machines[0]) == [(443, [("ip", ["203.0.113.0/29"])]), (80, [])]
