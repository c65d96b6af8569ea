"""Is the place taken?"""

from verify.check import Finding, check, failed, passed
from verify.sockets import listening
from verify.target import Target

MANIFEST = "/etc/eigenherd/manifest.json"


@check(
    stage="preflight",
    part=("gateway", "engine"),
    severity="critical",
    needs=("root_rights",),
    source="the plan's ports",
)
def ports_free(target: Target) -> Finding:
    """The ports of gateway and engine are free, or already ours."""
    ports = planned_ports(target)
    taken = [s for s in listening(target.host) if s.port in ports]
    ours = target.host.run(f"test -e {MANIFEST}", root=True).code == 0
    numbers = ", ".join(map(str, sorted(ports)))
    if taken and not ours:
        found = ", ".join(sorted({f"port {s.port} by {s.process or 'a process'}" for s in taken}))
        todo = "stop that service, or choose other ports under `gateway` and `engine`"
        return failed(f"{numbers} free", f"taken: {found}", todo)
    return passed(f"{numbers} {'ours' if taken else 'free'}", "free or ours")


def planned_ports(target: Target) -> set[int]:
    gateway = target.plan.gateway
    ports = {target.plan.engine.port} if target.has_engine else set()
    if target.has_gateway:
        ports |= {gateway.port} | ({80} if gateway.http == "redirect" or gateway.tls == "acme" else set())
    return ports
