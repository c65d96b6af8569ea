"""Where engines listen, and where the gateway finds them."""

from plan.machine import Handover, Machine

LOOPBACK = "127.0.0.1"

# The slowest start that is still a start: a large model read from a slow disk.
READY_S = 900


def listen_address(handover: Handover, machine: Machine) -> str:
    """Loopback where the gateway is, else the address that is open to the gateway alone."""
    return LOOPBACK if machine.name == handover.gateway.name else machine.private_address


def peers(handover: Handover, machine: Machine) -> list[str]:
    """Who may speak with the engine beside its own machine's loopback."""
    address = listen_address(handover, machine)
    return [] if address == LOOPBACK else [address, handover.gateway.private_address]


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def upstreams(handover: Handover) -> list[str]:
    """host:port of every engine, as the gateway sees it."""
    addresses = [listen_address(handover, machine) for machine in handover.with_role("engine")]
    port = handover.plan.engine.port
    return [f"{bracketed(address)}:{port}" for address in addresses]
