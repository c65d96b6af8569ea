"""The house's other doors, tried from outside."""

import socket
from concurrent.futures import ThreadPoolExecutor

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.sockets import ANY, listening
from verify.target import Target

TIMEOUT_S = 2.0
# llama.cpp, its older default, vLLM, Ollama, Caddy's admin API, Prometheus exporters.
RAW_PORTS = {8100, 8080, 8000, 11434, 2019, 9931}


@check(
    stage="watch",
    part=("system", "engine", "gateway"),
    severity="critical",
    source="SentinelLABS and Censys 2026: 175,108 open Ollama hosts; the plan's engine port",
    elsewhere="it is a look from outside",
)
def ports_closed(target: Target) -> Finding:
    """No engine or management port answers from outside, over IPv4 and IPv6."""
    ports = sorted((RAW_PORTS | {target.plan.engine.port}) - {target.plan.gateway.port, target.machine.port})
    seen, doors = [], []
    for family, address in addresses(target).items():
        if connects(address, control_port(target)):
            seen.append(family)
            doors += [(family, address, port) for port in ports]
        else:
            prove_silent(target, family, address, ports)
            seen.append(f"{family} (not reachable from here; nothing listens there)")
    with ThreadPoolExecutor(len(doors) or 1) as pool:
        answers = list(pool.map(lambda door: connects(door[1], door[2]), doors))
    open_ports = [f"{family} port {port}" for (family, _, port), is_open in zip(doors, answers, strict=True) if is_open]
    numbers = ", ".join(map(str, ports))
    if open_ports:
        return failed(
            f"ports {numbers} closed from outside",
            f"open: {', '.join(open_ports)}",
            "engines must listen on 127.0.0.1 only: check their units, and `nft list table inet eigenherd`",
            measured=f"open: {', '.join(open_ports)}",
        )
    return passed(f"{len(ports)} ports closed over {' and '.join(seen)}", f"closed: {numbers}")


def addresses(target: Target) -> dict[str, str]:
    machine = target.machine
    families = {"IPv6" if ":" in machine.address else "IPv4": machine.address}
    return families | ({"IPv6": machine.ipv6} if machine.ipv6 else {})


def control_port(target: Target) -> int:
    """A closed port proves something only where an open one is seen to be open."""
    return target.plan.gateway.port if target.has_gateway else target.machine.port


def prove_silent(target: Target, family: str, address: str, ports: list[int]) -> None:
    """Where this computer cannot get to, a port is closed for certain if no process listens on it."""
    heard = [s for s in listening(target.host) if s.port in ports and s.address in ANY | {address}]
    if heard:
        raise CouldNotTell(
            f"port {control_port(target)} of {target.machine.name} open over {family}, as a control",
            f"no connection to {address}, where {heard[0].process} listens on port {heard[0].port}",
            f"verify from a computer that reaches the machine over {family}",
        )


def connects(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=TIMEOUT_S):
            return True
    except OSError:
        return False
