"""Chooses the door: gateway, who may come in, clients, package sources."""

from plan.environment import Environment
from plan.errors import SpecError
from plan.ledger import Ledger
from plan.networks import PRIVATE, is_public, shown
from plan.plan import Client, Gateway, MachinePlan, PackageSources

ROUTES = ("/v1/models", "/v1/chat/completions", "/v1/completions", "/v1/embeddings")
SANDBOX_MIRROR = "/srv/eigenherd/mirror"


def choose_gateway(environment: Environment, machines: tuple[MachinePlan, ...], ledger: Ledger) -> Gateway:
    asked = environment.gateway
    machine = next(machine for machine in machines if "gateway" in machine.roles)
    gateway = Gateway(
        host=asked.host or "",
        port=asked.port,
        http=asked.http,
        tls=asked.tls,
        files=(asked.certificate, asked.key) if asked.certificate and asked.key else None,
        allow=_allow(environment, machine, ledger),
        routes=ROUTES,
        max_body_mib=asked.max_body_mib,
        timeout_s=asked.timeout_s,
        log_names=asked.log_names,
    )
    ledger.decide("gateway.host", gateway.host or "the machine's address", "the name clients use")
    ledger.decide("gateway.port", gateway.port, "HTTPS")
    ledger.decide("gateway.tls", gateway.tls, _TLS_REASONS[gateway.tls])
    ledger.decide("gateway.http", gateway.http, "what port 80 does")
    ledger.decide("gateway.routes", " ".join(ROUTES), "the OpenAI-style routes; every other path is refused")
    ledger.decide(
        "gateway.log_names",
        "yes" if gateway.log_names else "no",
        f"access log without content, {gateway.log_days} days",
    )
    return gateway


_TLS_REASONS = {
    "internal": "a CA made for this stack, kept in its state, so that it survives a rebuild",
    "acme": "a public certificate; port 80 is open to everybody, for the proof and the redirect only",
    "files": "your own certificate, read from this computer",
}


def _allow(environment: Environment, machine: MachinePlan, ledger: Ledger) -> tuple[str, ...]:
    asked = environment.gateway.allow
    if asked:
        allow = () if asked == ("any",) else asked
        ledger.decide("gateway.allow", shown(allow), "as written")
        return allow
    hosts = [environment.gateway.host or "", str(machine.provider_settings.get("address", ""))]
    public = [host for host in hosts if is_public(host)]
    if machine.provider == "hcloud":
        public.append("a server of Hetzner Cloud")
    if machine.provider == "robot":
        public.append("that of a server rented at Hetzner")
    if public:
        ledger.refuse(
            SpecError(
                "eigenherd:environment: `gateway.allow`, because an address is public",
                f"nothing, and `{public[0]}`",
                "write the networks that may connect, such as allow: [203.0.113.0/29]; everybody is [any]",
            )
        )
    ledger.decide("gateway.allow", shown(PRIVATE), "not written: private networks only (RFC 1918, RFC 4193)")
    return PRIVATE


def choose_clients(environment: Environment, ledger: Ledger) -> tuple[Client, ...]:
    clients = tuple(Client(name=asked.name, generation=asked.generation) for asked in environment.clients)
    ledger.decide("clients", ", ".join(client.name for client in clients), "one API key each")
    return clients


def choose_sources(environment: Environment, ledger: Ledger) -> PackageSources:
    asked = environment.packages
    sandbox = all(machine.provider == "sandbox" for machine in environment.named_machines.values())
    sources = PackageSources(
        apt=asked.apt,
        pip_index=asked.pip_index,
        proxy=asked.proxy,
        mirror=asked.mirror or (SANDBOX_MIRROR if sandbox else None),
        driver_key=asked.driver_key,
        locked=asked.locked,
    )
    if sources.driver_key and not sources.mirror:
        ledger.refuse(
            SpecError(
                "eigenherd:environment, packages.driver_key: only with `packages.mirror`",
                "no mirror, so that NVIDIA's own key counts",
                "name the mirror whose key it is, or leave it out",
            )
        )
    if sources.mirror and not asked.mirror:
        ledger.decide("packages.mirror", sources.mirror, "this computer's cache, read-only inside the sandbox")
    for key, value in asked.model_dump(exclude_none=True, exclude_defaults=True).items():
        ledger.decide(f"packages.{key}", value, "as written")
    return sources
