"""What only a server rented at Hetzner and made ready over Robot can be asked for."""

from collections.abc import Set
from typing import Annotated, Literal

from pydantic import Field

from plan.environment.asked import Asked, Worded

KEYS = {"server", "order", "reinstall", "wipe", "adopt", "generation", "vlan", "ptr", "cancel"}
# A system that we install has an address, a key and an account of its own; one that is adopted brings its own.
REACHED = {"port", "user", "host_key", "identity", "reboot"}
NEVER = {"address", "jump", "simulated"}
INSTALLED = {"os", "generation", "harden"}

Number = Annotated[int, Field(ge=1, le=99_999_999)]
Vlan = Annotated[int, Field(ge=4000, le=4091)]
Ptr = Annotated[
    str,
    Worded(
        r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+",
        "a full DNS name in lower case, such as ki.example.org",
    ),
]
Eur = Annotated[float, Field(gt=0, le=100_000)]


class AskedOrder(Asked):
    """A server to order, and what it may cost: it is ordered once, and stays rented until it is cancelled."""

    product: Annotated[str, Worded(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "a product of Robot's list, such as GEX131-1")]
    """Product of Robot's own list, such as GEX131-1."""
    location: Literal["FSN1", "NBG1", "HEL1"]
    """Where it is to stand: FSN1 (Falkenstein) or NBG1 (Nuremberg); HEL1 is in Finland."""
    max_eur_month: Eur
    """Highest price in euro a month, without VAT, with its IPv4 address; Robot's price is held against it."""
    max_eur_setup: Annotated[float, Field(ge=0, le=100_000)]
    """Highest set-up price in euro, without VAT."""


def refuse_unfit(written: Set[str], values: dict[str, object], leaves_germany: bool) -> None:
    """A ValueError about what does not fit together. written: the keys that were; values: with defaults."""
    if found := NEVER & written:
        raise ValueError(f"no `{min(found)}`: Robot knows where the server is")
    order, server = values["order"], values["server"]
    if (order is None) == (server is None):
        raise ValueError("a `server` by its number, or an `order` for one")
    if isinstance(order, AskedOrder):
        _refuse_unfit_order(order, written, leaves_germany)
    elif values["reinstall"]:
        _refuse_unfit_number("wipe", "everything on that server is lost, so its number is written twice", values)
        if "adopt" in written:
            raise ValueError("no `adopt` with `reinstall: true`: nothing on it stays")
    else:
        _refuse_unfit_number(
            "adopt", "what runs there stays and is taken over; or `reinstall: true` with `wipe`", values
        )
        if found := (INSTALLED - {"harden"} | {"wipe"}) & written:
            raise ValueError(f"no `{min(found)}` without `reinstall: true`: the system that is there stays")
        if values["harden"]:
            raise ValueError("no `harden: true` with `adopt`: accounts and firewall there are not ours alone")
        return
    if found := REACHED & written:
        raise ValueError(f"no `{min(found)}`: the system is installed anew, with a key and an account of its own")


def _refuse_unfit_number(key: str, why: str, values: dict[str, object]) -> None:
    if values[key] != values["server"]:
        raise ValueError(f"`{key}: {values['server']}`, the server's own number: {why}")
    if values["cancel"] not in (None, values["server"]):
        raise ValueError(f"`cancel: {values['server']}`, the server's own number, or none")


def _refuse_unfit_order(order: AskedOrder, written: Set[str], leaves_germany: bool) -> None:
    if found := {"reinstall", "wipe", "adopt"} & written:
        raise ValueError(f"no `{min(found)}` with `order`: a new server has nothing on it")
    if order.location == "HEL1" and not leaves_germany:
        raise ValueError(
            "an `order` in FSN1 or NBG1: HEL1 is in Finland; `leaves_germany: true` says that data may leave Germany"
        )
