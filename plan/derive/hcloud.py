"""Chooses a server of Hetzner Cloud: its type, its place in Germany, its address in the private network."""

import ipaddress
from dataclasses import dataclass

from plan.catalog import hcloud as catalog
from plan.environment import AskedMachine, Environment
from plan.errors import PlanError, SpecError
from plan.ledger import Ledger
from plan.nearest import listed, nearest
from plan.shown import shown

NETWORK = "10.77.0.0/16"
CLOUD_SUBNET = "10.77.1.0/24"
VSWITCH_SUBNET = "10.77.2.0/24"
FIRST_HOST = 10
COUPLED_ZONE = "eu-central"
UNTRIED = "never run against the real API: tested on a fake of it, and on Pulumi's mocks"
GIB_OF_GB = 1e9 / 2**30

Settings = dict[str, str | int | bool]


@dataclass(frozen=True)
class Server:
    """What follows for the machine."""

    memory_gib: float
    disk_gib: float
    settings: Settings


def choose_server(name: str, asked: AskedMachine, environment: Environment, ledger: Ledger) -> Server:
    where = f"machine.{name}"
    ledger.decide(f"{where}.provider", "hcloud", UNTRIED)
    row = _type(name, asked, ledger)
    place = _location(name, asked, ledger)
    size = f"{row.cores} {row.cpu} cores, {row.memory_gib} GB of memory, {row.disk_gb} GB of disk"
    ledger.decide(f"{where}.type", row.name, size, row.source + ("" if row.confirmed else " (not confirmed)"))
    settings: Settings = {
        "type": row.name,
        "location": place.name,
        "zone": place.zone,
        "private_ip": _private_ip(name, environment),
    }
    if asked.volume_gb:
        settings |= {"volume_gb": asked.volume_gb, "volume_protected": asked.volume_protected}
        reason = "it outlives the server, and cannot be deleted before `volume_protected: false`"
        ledger.decide(
            f"{where}.volume_gb", asked.volume_gb, reason if asked.volume_protected else "as written; not protected"
        )
    if asked.vswitch:
        if place.zone != COUPLED_ZONE:
            found = f"`{place.name}`, which is in {place.zone}"
            ledger.refuse(PlanError(f"a location in {COUPLED_ZONE} for a vSwitch", found, "nearest is `fsn1`"))
        settings["vswitch"] = asked.vswitch
        ledger.decide(f"{where}.vswitch", asked.vswitch, f"its machines get addresses in {VSWITCH_SUBNET}")
    if asked.routes:
        _refuse_overlap(name, asked.routes, ledger)
        settings["routes"] = " ".join(asked.routes)
    return Server(float(row.memory_gib), round(row.disk_gb * GIB_OF_GB, 1), settings)


def refuse_gpu(name: str, card: str) -> PlanError:
    return PlanError(
        f"machine {name} with an {card}",
        "`provider: hcloud`, and Hetzner Cloud has no GPUs",
        "write `gpu: none`, or put a small server in front of GPU machines: `edge: {type: cx23}`",
    )


def _type(name: str, asked: AskedMachine, ledger: Ledger) -> catalog.ServerTypeRow:
    """After a refusal, another one, so that everything else is judged too."""
    known = [row.name for row in catalog.server_types() if row.architecture == "x86"]
    row = catalog.server_type(str(asked.type))
    if row and row.architecture == "x86":
        return row
    if row:
        like = [one for one in catalog.server_types() if one.architecture == "x86" and one.memory_gib >= row.memory_gib]
        wanted, near = f"an x86 server type for machine {name}: all that is installed is built for it", like[0].name
        ledger.refuse(PlanError(wanted, f"`{row.name}`, which is {row.architecture}", f"nearest is `{near}`"))
    else:
        near = nearest(str(asked.type), known) or known[0]
        wanted = f"eigenherd:environment, type of machine {name}: a server type the catalogue knows"
        ledger.refuse(SpecError(wanted, shown(asked.type), f"nearest is `{near}`; known: {listed(known)}"))
    return catalog.server_type(near) or catalog.server_types()[0]


def _location(name: str, asked: AskedMachine, ledger: Ledger) -> catalog.LocationRow:
    row = catalog.location(asked.location)
    german = [one.name for one in catalog.locations() if one.country == "DE"]
    if not row:
        wanted = f"eigenherd:environment, location of machine {name}: one of {listed(german)}"
        near = nearest(asked.location, german) or german[0]
        ledger.refuse(SpecError(wanted, shown(asked.location), f"nearest is `{near}`"))
        return catalog.locations()[0]
    where = f"machine.{name}.location"
    if row.country == "DE":
        ledger.decide(where, row.name, f"{row.city}, Germany", row.source)
    elif asked.leaves_germany:
        reason = f"{row.city}: data, prompts and answers LEAVE GERMANY, as `leaves_germany: true` says"
        ledger.decide(where, f"{row.name}, {row.country}", reason, row.source)
    else:
        todo = f"write {' or '.join(f'`{one}`' for one in german)}; or `leaves_germany: true`, if all of it may leave"
        ledger.refuse(PlanError(f"machine {name} in Germany", f"`{row.name}`: {row.city}, {row.country}", todo))
    return row


def _private_ip(name: str, environment: Environment) -> str:
    """By its place among the servers of the file."""
    machines = environment.named_machines
    servers = [one for one, machine in machines.items() if machine.provider == "hcloud"]
    return str(ipaddress.ip_network(CLOUD_SUBNET)[FIRST_HOST + servers.index(name)])


def _refuse_overlap(name: str, routes: tuple[str, ...], ledger: Ledger) -> None:
    for route in routes:
        network = ipaddress.ip_network(route) if route != "any" else None
        if not isinstance(network, ipaddress.IPv4Network) or network.overlaps(ipaddress.IPv4Network(NETWORK)):
            wanted = f"eigenherd:environment, routes of machine {name}: IPv4 networks outside {NETWORK}"
            ledger.refuse(SpecError(wanted, shown(route), "leave it out, or name the network behind the machine"))
