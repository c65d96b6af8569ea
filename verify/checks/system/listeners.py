"""The house's doors, seen from inside: independent of any firewall."""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.sockets import listening
from verify.target import Target


@check(
    stage="watch",
    part=("system", "engine", "gateway"),
    severity="critical",
    source="the plan: engines listen on loopback, or on the private address for the stack's gateway",
)
def listeners(target: Target) -> Finding:
    """The engine listens on loopback only, or on the private address where the gateway is another machine."""
    sockets = listening(target.host)
    if not sockets:
        raise CouldNotTell("at least sshd among the listening sockets", "none", "run on the machine: ss -ltnp")
    private = set() if target.has_gateway else {target.machine.private_address}
    port = target.plan.engine.port
    exposed = [s for s in sockets if s.port == port and not s.is_loopback and s.address not in private]
    reachable = sorted({f"{s.process or '?'}:{s.port}" for s in sockets if not s.is_loopback})
    if exposed:
        return failed(
            f"port {port} on {' or '.join(['loopback', *private])} only",
            ", ".join(f"{s.address} port {s.port} ({s.process})" for s in exposed),
            "set the engine's listening address as in the plan, then `eigenherd up`",
            listening=reachable,
        )
    return passed(f"{len(sockets)} sockets, open to the network: {', '.join(reachable) or 'none'}", "loopback")
