"""Writes an environment file for a machine that was looked at: what was seen as comments, few settings."""

import base64
import ipaddress
from hashlib import sha256

from plan import catalog, stackfile
from plan.catalog.rows import GpuRow
from plan.derive import derive
from plan.derive.owner import may_run
from plan.environment import load
from plan.errors import EigenherdError, SpecError
from plan.machine import Machine
from plan.networks import is_public

Settings = dict[str, str | int | float]


def render(name: str, host: str, machine: Machine, lines: list[str], identity: str = "") -> str:
    """A commented `Pulumi.<name>.yaml` that `up` takes.

    identity: the private key's path, where it is not one of SSH's own.
    lines: `key=value` as the machine printed them: os, memory_mib, disk_free_mib, seen_from, and for each
    card gpu (its PCI device) and, with a driver, gpu_name (its name, then the driver's version).
    """
    seen = [(key, value) for key, _, value in (line.partition("=") for line in lines)]
    names = [value for key, value in seen if key == "gpu_name"]
    card, remark = _card(names, [value for key, value in seen if key == "gpu"])
    count = names.count(names[0]) if names else 1
    settings = _machine(host, machine, dict(seen), identity)
    gateway = _gateway(host, machine, dict(seen).get("seen_from", ""))
    gpu, model, why_not = _served(name, settings, gateway, card, count)
    return "\n".join(
        [
            f"# {name}: written by `eigenherd init` after a look at {_place(host)}; nothing was changed there.",
            *_seen(dict(seen), remark),
            f"# Next: eigenherd explain {name}   shows each choice and its reason",
            f"#       eigenherd up {name}        makes it so, and verifies it",
            "config:",
            f"  {stackfile.KEY}:",
            "    machine:",
            *(f"      {key}: {value}" for key, value in settings.items()),
            *([f"    # The {card.name} is not used yet: {why_not}"] if card and why_not else []),
            f"    gpu: {gpu}",
            *([f"    gpus: {count}"] if gpu != "none" and count > 1 else []),
            *_could_serve(card if gpu != "none" else None, settings),
            f"    models: [{model}]",
            "    # Who may connect; every client gets an API key of its own.",
            f"    gateway: {_flow(gateway)}",
            "    clients: [demo]",
            "",
        ]
    )


def fingerprint(public_key: str) -> str:
    """SHA256:... of an OpenSSH public key, as `ssh-keygen -l` prints it."""
    blob = base64.b64decode(public_key.split()[1])
    return "SHA256:" + base64.b64encode(sha256(blob).digest()).decode().rstrip("=")


def _place(host: str) -> str:
    return "this computer" if host == "this" else host


def _machine(host: str, machine: Machine, seen: dict[str, str], identity: str) -> Settings:
    settings: Settings = {"provider": "existing", "address": host}
    if host != "this":
        settings["user"] = machine.user
        if machine.port != 22:
            settings["port"] = machine.port
        settings["host_key"] = fingerprint(machine.host_keys[0])
        if identity:
            settings["identity"] = identity
    if memory_mib := _number(seen, "memory_mib"):
        settings["memory_gib"] = round(memory_mib / 1024, 1)
    return settings


def _gateway(host: str, machine: Machine, seen_from: str) -> dict[str, list[str] | str]:
    """Its own network where the address is private, else only the address we come from."""
    allow = []
    if not is_public(host) and _version(machine.address) == 4:
        allow.append(str(ipaddress.ip_network(f"{machine.address}/24", strict=False)))
    if _version(seen_from) and not any(
        ipaddress.ip_address(seen_from) in ipaddress.ip_network(network) for network in allow
    ):
        allow.append(seen_from)
    return {"tls": "internal", **({"allow": allow} if allow else {})}


def _version(address: str) -> int | None:
    """4, 6, or None for what is no address: `SSH_CLIENT` says UNKNOWN where no network lies between."""
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return None


def _card(names: list[str], devices: list[str]) -> tuple[GpuRow | None, str]:
    """The first card the catalogue knows, and a remark about what is there."""
    for line in names:
        name, _, driver = line.partition(", ")
        try:
            return catalog.gpu(name), f"{name}, driver {driver}"
        except SpecError:
            return None, f"{name}, which the catalogue does not know yet"
    if devices:
        return None, f"{_at(devices[0])} (PCI device {devices[0]}) without a working driver"
    return None, "no NVIDIA card"


def _at(device: str) -> str:
    try:
        return catalog.gpu_at(device).name
    except SpecError:
        return "an NVIDIA card"


def _served(
    name: str, settings: Settings, gateway: dict[str, list[str] | str], card: GpuRow | None, count: int
) -> tuple[str, str, str]:
    """gpu and model that can be planned today, and why the card cannot be used if so."""
    why_not = ""
    ready = {row.model for row in catalog.artifacts()}
    for gpu in (card.name if card else "none", "none"):
        for row in sorted(catalog.models(), key=lambda row: -row.size):
            if row.name not in ready or not may_run(row, "company"):
                continue
            asked = {"machine": settings, "gpu": gpu, "models": [row.name], "gateway": gateway, "clients": ["demo"]}
            cards = {"gpus": count} if gpu != "none" else {}
            try:
                plan = derive(load({**asked, **cards}), name)
            except EigenherdError as error:
                why_not = f"{error.wanted}: {error.found}"
                continue
            if gpu != "none" and plan.models[0].slots < plan.users:
                continue  # it would leave so little room that people wait for each other
            return gpu, row.name, "" if gpu != "none" else why_not
    raise SpecError("a machine that can serve the smallest model", why_not, "use a machine with more memory")


def _could_serve(card: GpuRow | None, settings: Settings) -> list[str]:
    """Larger models by size alone, for the reader to know what the machine is worth."""
    room = (card.vram_gib if card else float(settings.get("memory_gib", 0))) * 2**30 * 0.7
    fitting = sorted((row for row in catalog.models() if row.size < room), key=lambda row: -row.size)
    names = [row.name for row in fitting if may_run(row, "company")][:4]
    return [f"    # By size it could serve {', '.join(names)} too; see docs/catalog.md."] if names else []


def _seen(seen: dict[str, str], remark: str) -> list[str]:
    memory_gib, disk_gib = (_number(seen, key) / 1024 for key in ("memory_mib", "disk_free_mib"))
    system = seen.get("os", "unknown system")
    return [f"# Seen: {system}, {memory_gib:.1f} GiB of memory, {disk_gib:.0f} GiB free, {remark}."]


def _number(seen: dict[str, str], key: str) -> int:
    return int(seen[key]) if seen.get(key, "").isdecimal() else 0


def _flow(mapping: dict[str, list[str] | str]) -> str:
    values = {key: value if isinstance(value, str) else f"[{', '.join(value)}]" for key, value in mapping.items()}
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"
