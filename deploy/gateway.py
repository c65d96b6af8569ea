"""The gateway: Debian's Caddy with our configuration, and nothing of its own page."""

from hashlib import sha256
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.deploy import deploy
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.caddy import LoadedConfiguration
from deploy.operations.files import folder, only, place, write
from deploy.operations.packages import packages
from deploy.operations.units import journal, runs
from deploy.record import Commands
from deploy.template import render
from deploy.upstream import upstreams
from plan.machine import Handover, Secrets

UNIT = "caddy.service"
DROP_IN = f"/etc/systemd/system/{UNIT}.d/10-eigenherd.conf"
FOLDER = "/etc/caddy"
TLS = f"{FOLDER}/tls"


@deploy("Gateway")
def open_gateway(handover: Handover) -> None:
    install(handover)
    configure(handover)
    serve()
    forget(handover)


def install(handover: Handover) -> None:
    place(name="Unit drop-in", destination=DROP_IN, values=drop_in())
    packages(name="Caddy", names=["caddy", "logrotate"])


def configure(handover: Handover) -> None:
    """Secrets go into folders that only root and Caddy can enter."""
    folder(name="Folder of the configuration", path=FOLDER, group="caddy", mode="750")
    folder(name="Folder of certificates", path=TLS, user="caddy", group="caddy", mode="700")
    for path, text in pair(handover):
        write(name="Certificate", text=text, destination=path, group="caddy", mode="640")
    place(name="Clients", destination=f"{FOLDER}/clients.caddy", values=clients(handover), group="caddy", mode="640")
    place(name="Configuration", destination=f"{FOLDER}/Caddyfile", values=values(handover), group="caddy", mode="640")
    days = {"days": handover.plan.gateway.log_days}
    place(name="Log is kept for days, not for ever", destination="/etc/logrotate.d/eigenherd-gateway", values=days)


def serve() -> None:
    runs(name="Caddy runs", unit=UNIT, run=drop_in()["run"], package="caddy")
    loaded(name="Caddy runs this configuration")


def forget(handover: Handover) -> None:
    """A key that signed for this gateway once must not lie about: only now Caddy reads it no more."""
    names = [path.removeprefix(f"{TLS}/") for path, _ in pair(handover)]
    only(name="No certificate or key of another time", path=TLS, names=names)


@operation()
def loaded() -> Commands:
    """Caddy runs the file's configuration. A reload leaves running answers alone."""
    if host.get_fact(LoadedConfiguration) != "current":
        yield StringCommand(f"systemctl reload {UNIT} || {{ {journal(UNIT)}; exit 1; }}")


def drop_in() -> dict[str, str]:
    return {"run": sha256(render(DROP_IN, {"run": ""}).encode()).hexdigest()[:32]}


def clients(handover: Handover) -> dict[str, Any]:
    """Those of the plan, each with his key."""
    keys = handover.secrets.clients
    return {"clients": [{"name": client.name, "key": keys[client.name]} for client in handover.plan.clients]}


def pair(handover: Handover) -> list[tuple[str, str]]:
    """Certificate and key with their paths, which name the content: Caddy would not look twice at the same path."""
    secrets = handover.secrets
    if handover.plan.gateway.tls == "acme":
        return []
    mine = handover.plan.gateway.tls == "files"
    certificate = secrets.certificate if mine else secrets.ca_certificate
    key = secrets.certificate_key if mine else secrets.ca_key
    stem = f"{TLS}/{identity(secrets)}"
    return [(f"{stem}.pem", certificate), (f"{stem}.key", key)]


def identity(secrets: Secrets) -> str:
    return sha256(f"{secrets.certificate}{secrets.ca_certificate}".encode()).hexdigest()[:12]


def values(handover: Handover) -> dict[str, Any]:
    """The template's values."""
    gateway = handover.plan.gateway
    certificate, key = (path for path, _ in pair(handover)) if gateway.tls != "acme" else ("", "")
    return {
        "host": handover.host,
        "site": f"[{handover.host}]" if ":" in handover.host else handover.host,
        "port": gateway.port,
        "http": gateway.http,
        "tls": gateway.tls,
        "authority": f"eigenherd_{identity(handover.secrets)}",
        "certificate": certificate,
        "key": key,
        "routes": methods(gateway.routes),
        "known_routes": ", ".join(gateway.routes),
        "upstreams": upstreams(handover),
        "max_body_mib": gateway.max_body_mib,
        "timeout_s": gateway.timeout_s,
        "log_names": gateway.log_names,
    }


def methods(routes: tuple[str, ...]) -> list[tuple[str, str]]:
    """One method for each route: lists are read, everything else is asked. Paths as a regular expression."""
    read = [route for route in routes if route.endswith("/models")]
    asked = [route for route in routes if route not in read]
    return [(method, "|".join(paths)) for method, paths in (("GET", read), ("POST", asked)) if paths]
