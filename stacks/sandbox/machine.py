"""A machine's life: created, started, stopped, deleted; each may be repeated."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Literal

from plan.errors import ProviderError
from stacks.sandbox import door, identity, layer, lock, network, places, power, record, resolver, simulation, tree
from stacks.sandbox.command import run
from stacks.sandbox.network import Network
from stacks.sandbox.record import Record

State = Literal["running", "stopped", "gone"]

FIRST_NUMBER = 10  # the first machine's host number in the stack's networks


@contextmanager
def alone(stack: str, name: str, say: tree.Say = print) -> Iterator[None]:
    """Nobody else makes or removes this machine, or sweeps its stack, meanwhile.

    A plugin that outlived its `pulumi` may still be at it.
    """
    tag, unit = places.tag(stack), places.unit(stack, name)
    with (
        lock.held(f"stack-{tag}", shared=True, wait=lambda: say("waiting: the stack is being swept")),
        lock.held(unit, wait=lambda: say("waiting: another process is making or removing this machine")),
    ):
        yield


def create(
    stack: str,
    name: str,
    os: str,
    memory_gib: float,
    disk_gib: float,
    host_private: str,
    host_public: str,
    authorized: str,
    from_layer: str | None = None,
    cards: str = "",
    say: tree.Say = print,
) -> Record:
    """Make a machine and boot it until its sshd answers; remove what was made if that fails.

    What an earlier, killed run left under the same name is removed first.
    """
    if from_layer:
        lower = layer.lower_of(layer.deployed(from_layer))
    else:
        lower = (str(tree.ensure(os, say, kernel=bool(cards))),)
    with alone(stack, name, say):
        net = network.ensure(stack)
        if places.machine_folder(stack, name).exists():
            say("removing what an earlier run left of it")
        take_away(stack, name)
        try:
            made = reserve(net, name, os, lower, memory_gib, disk_gib, host_public, authorized, cards)
            layer.make_image(made.image, disk_gib, say)
            leave(made, identity.files(made, net, host_private) | (simulation.files(cards) if cards else {}))
            start(made)
        except BaseException:
            take_away(stack, name)
            raise
    return made


def reserve(
    net: Network,
    name: str,
    os: str,
    lower: tuple[str, ...],
    memory_gib: float,
    disk_gib: float,
    host_key: str,
    authorized: str,
    cards: str = "",
) -> Record:
    """Make the machine's folder with its record, and with that take its addresses."""
    with lock.held("network"):
        taken = {made.number for made in record.of_stack(net.stack)}
        number = next(n for n in range(FIRST_NUMBER, 255) if n not in taken)
        made = Record(
            stack=net.stack,
            name=name,
            instance=str(uuid.uuid4()),
            os=os,
            lower=lower,
            memory_gib=memory_gib,
            disk_gib=disk_gib,
            number=number,
            ipv4=net.host_ipv4(number),
            ipv6=net.host_ipv6(number),
            bridge=net.bridge,
            host_key=host_key.strip(),
            authorized=authorized.strip(),
            cards=cards,
        )
        made.folder.mkdir(mode=0o700)
        made.save()
    return made


def leave(made: Record, files: dict[str, identity.File]) -> None:
    """Have files written into the machine before it boots the next time."""
    waiting = json.loads(made.pending.read_text()) if made.pending.exists() else {}
    made.pending.touch(mode=0o600)
    made.pending.write_text(json.dumps({**waiting, **files}))


def start(made: Record, timeout_s: float = 90) -> None:
    """Boot the machine and wait for its sshd. It gets this computer's name servers of today."""
    network.ensure(made.stack)
    if power.is_off(made):
        leave(made, {"/etc/resolv.conf": {"text": resolver.resolv_conf(), "mode": 0o644}})
        for kind in places.MIRROR:
            (places.CACHE / kind).mkdir(parents=True, exist_ok=True)
        power.on(made)
        power.until(lambda: not power.is_off(made), 10)
    if not door.answers(made.ipv4, made.host_key, lambda: not power.is_off(made), timeout_s):
        seen = made.console.read_text(errors="replace")[-1500:] if made.console.exists() else ""
        raise ProviderError(
            f"machine {made.name} answers on {IPv4Address(made.ipv4)} port 22 with its host key",
            f"{'it ended' if power.is_off(made) else f'no answer in {timeout_s:g} s'}: {seen}",
            f"see {made.console}",
        )


def stop(made: Record) -> None:
    power.off(made)


def found(stack: str, name: str, instance: str | None = None) -> Record:
    """The machine of that name, which must exist; with `instance`, be that very one."""
    made = record.load(places.machine_folder(stack, name))
    if made is None or instance not in (None, made.instance):
        names = ", ".join(other.name for other in record.of_stack(stack)) or "no machines"
        raise ProviderError(f"machine {name!r} in stack {stack!r}", names, "see `python -m stacks.sandbox list`")
    return made


def state(stack: str, name: str, instance: str | None = None) -> State:
    try:
        return "stopped" if power.is_off(found(stack, name, instance)) else "running"
    except ProviderError:
        return "gone"


def settle(made: Record, memory_gib: float, authorized: str) -> Record:
    """Have the machine run with this memory and this key for root; it restarts only for a change of them."""
    authorized = authorized.strip()
    with alone(made.stack, made.name):
        if made.memory_gib != memory_gib or made.authorized != authorized:
            power.off(made)
            made = replace(made, memory_gib=memory_gib, authorized=authorized)
            made.save()
            leave(made, identity.authorized_keys(made))
        start(made)
    return made


def delete(stack: str, name: str, instance: str | None = None) -> None:
    """Remove the machine; with `instance`, only if it still is that one."""
    with alone(stack, name):
        made = record.load(places.machine_folder(stack, name))
        if made is None or instance in (None, made.instance):
            take_away(stack, name)


def take_away(stack: str, name: str) -> None:
    """Whatever there is of it: a machine may run although its folder is gone, or lie there half made."""
    power.cut(stack, name)
    run(["rm", "-rf", "--one-file-system", str(places.machine_folder(stack, name))])
