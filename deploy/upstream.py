"""Where engines listen, and where the gateway finds them."""

from plan.machine import Handover, Machine

LOOPBACK = "127.0.0.1"


def listen_address(handover: Handover, machine: Machine) -> str:
    """Loopback where the gateway is, else the address that is open to the gateway alone."""
    return LOOPBACK if machine.name == handover.gateway.name else machine.private_address


def upstreams(handover: Handover) -> list[str]:
    """host:port of every engine, as the gateway sees it."""
    addresses = [listen_address(handover, machine) for machine in handover.with_role("engine")]
    port = handover.plan.engine.port
    return [f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address in addresses]
