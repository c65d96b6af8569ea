"""What `up` is about to do, said before it changes anything."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from plan.plan import Plan
from stacks import costs
from tools import mirror

NVIDIA = "0x10de"
FREE = {"sandbox", "existing"}


def lines(plan: Plan) -> Iterator[str]:
    models = ", ".join(model.name for model in plan.models)
    pretended = any(machine.gpu and machine.gpu.simulated for machine in plan.machines)
    device = f"{plan.engine.device}{', SIMULATED: it computes on the CPU' if pretended else ''}"
    yield f"[bold]{plan.stack}[/bold]: {models} on {plan.engine.name} ({device}), behind TLS and API keys"
    for machine in plan.machines:
        sizes = {"memory": machine.memory_gib, "disk": machine.disk_gib}
        size = "".join(f", {gib:g} GiB {what}" for what, gib in sizes.items() if gib)
        yield f"  {machine.name}: {' and '.join(machine.roles)}, {machine.provider}, {machine.os}{size}"
    if plan.engine.archive and plan.engine.python:
        yield f"  {plan.engine.name} is compiled on each machine for its card, once: an hour or two on 2 cores"
    if any(machine.provider == "sandbox" for machine in plan.machines):
        yield from (f"  {line}" for line in downloads(mirror.Missing(plan)))
    yield from (f"  {line}" for line in costs.lines(costs.of(plan, rented(plan))))
    if plan.engine.device == "cpu" and (gpus := local_gpus()):
        yield f"  this computer has an NVIDIA GPU ({', '.join(gpus)}): `eigenherd init office --host this` uses it"
    yield ""


def rented(plan: Plan) -> list[ModuleType]:
    """The providers that want money; to import the others would only take time."""
    names = sorted({machine.provider for machine in plan.machines} - FREE)
    if not names:
        return []
    from stacks import providers

    return [providers.load(name) for name in names]


def downloads(missing: mirror.Missing) -> Iterator[str]:
    """What comes over the line and how long that takes, at the rate this computer has been seen to reach."""
    if not missing:
        return
    yield from (f"to fetch: {line}" for line in missing.lines())
    rate = mirror.rate_mib_s()
    seconds = missing.download_mib / (rate or 12)
    known = f"at the {rate:.0f} MiB/s measured here" if rate else "at 100 Mbit/s; this computer's rate is not known yet"
    yield f"together {missing.download_mib} MiB, about {max(1, round(seconds / 60))} min {known}"


def local_gpus(devices: Path = Path("/sys/bus/pci/devices")) -> list[str]:
    """PCI ids of NVIDIA display controllers (class 03) of this computer; needs no driver."""
    return [
        f"10de:{(device / 'device').read_text().strip().removeprefix('0x')}"
        for device in sorted(devices.glob("*"))
        if (device / "vendor").read_text().strip() == NVIDIA and (device / "class").read_text().startswith("0x03")
    ]
