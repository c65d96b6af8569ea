"""What a server rented at Hetzner is planned to be; where it stands, only Robot knows, and is asked first."""

from collections import Counter

from plan.environment import AskedMachine, Environment
from plan.errors import SpecError
from plan.ledger import Ledger

WHOLE = ("generation", "server", "leaves_germany", "vlan", "ptr", "cancel", "adopt", "user", "port", "identity")


def settings(asked: AskedMachine) -> dict[str, str | int | bool]:
    """What the provider needs. order_*: as written, prices in euro as text. No `server`: it comes with the order."""
    found: dict[str, str | int | bool] = {
        key: getattr(asked, key) for key in WHOLE if key in asked.model_fields_set and getattr(asked, key)
    }
    for key in ("host_key", "reboot"):
        if value := getattr(asked, key):
            found[key] = value
    if asked.order:
        found |= {f"order_{key}": str(value) for key, value in asked.order.model_dump().items()}
    return found


def explain(name: str, asked: AskedMachine, ledger: Ledger) -> None:
    where = f"machine.{name}"
    if order := asked.order:
        ledger.decide(
            f"{where}.order",
            f"{order.product} in {order.location}",
            f"ordered once, if at most {order.max_eur_month:g} euro a month and {order.max_eur_setup:g} set-up;"
            " it stays rented when the stack is destroyed",
        )
    elif asked.reinstall:
        ledger.decide(f"{where}.server", str(asked.server), "installed anew: everything on it is lost, as written")
    else:
        ledger.decide(f"{where}.server", str(asked.server), "taken over with what runs there, as written")
    place = "anywhere, as written: data, prompts and answers may leave Germany" if asked.leaves_germany else ""
    ledger.decide(
        f"{where}.location",
        "any" if place else "FSN or NBG",
        place or "Germany: Robot is asked before anything changes",
    )
    if asked.cancel:
        ledger.decide(f"{where}.cancel", str(asked.cancel), "as written: destroying the stack cancels the server")
    ledger.decide(f"{where}.robot", "never run against the real API", "tried with a fake of it and sandbox machines")


def refuse_shared(environment: Environment, ledger: Ledger) -> None:
    """One server is one machine, and a stack has one vSwitch."""
    rented = {name: asked for name, asked in environment.named_machines.items() if asked.provider == "robot"}
    for number, times in Counter(asked.server for asked in rented.values() if asked.server).items():
        if times > 1:
            ledger.refuse(SpecError("a server for each machine", f"`server: {number}` {times} times", "write its own"))
    if len(vlans := {asked.vlan for asked in rented.values() if asked.vlan}) > 1:
        found = ", ".join(map(str, sorted(vlans)))
        ledger.refuse(SpecError("one `vlan` for all machines of a stack", found, "write the same everywhere"))
