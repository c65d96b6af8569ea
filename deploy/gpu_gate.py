"""GPU or nothing: what stands between the engine and a card that is missing, and answers in its place."""

import json

from pyinfra.api.deploy import deploy

from deploy.operations import files
from deploy.operations.gpu_gate import RESPONDER, gate_is_open, no_gate
from deploy.operations.units import known, runs
from deploy.record import manifest
from deploy.template import static
from deploy.upstream import READY_S, listen_address, peers
from plan import catalog
from plan.derive.driver.branches import supported
from plan.driver import least_branch
from plan.machine import Handover, Machine

# The first file that is placed, and the last that goes.
SETTINGS = "/etc/eigenherd/gpu.json"
FOLDER = "/opt/eigenherd/bin"
PROGRAMS = tuple(f"{FOLDER}/gpu_{name}.py" for name in ("gate", "cuda", "watch", "responder"))
STARTED = ("eigenherd-gpu-gate.service", "eigenherd-gpu-watch.service", RESPONDER)
STARTING = ("eigenherd-gpu-watch.timer", "eigenherd-gpu-watch.path")
UNITS = "/etc/systemd/system"

# Of the size on the box: ECC on GDDR boards takes about 6 %, the driver a little more. `verify` looks closer.
LEAST_MEMORY_SHARE = 0.92


@deploy("GPU gate")
def place_gate(handover: Handover, machine: Machine) -> None:
    """Before the engine's unit, which asks for it."""
    text = settings_text(handover, machine)
    files.write(name="What it asks for", text=text, destination=SETTINGS)
    for program in PROGRAMS:
        files.write(name=f"Program {program.rpartition('/')[2]}", text=static(program), destination=program)
    values = unit_values(handover, machine)
    for unit in (*STARTED, *STARTING):
        files.place(name=f"Unit {unit}", destination=f"{UNITS}/{unit}", values=values)
    for unit in STARTED:
        known(name=f"systemd knows {unit}", unit=unit)


@deploy("GPU gate")
def open_gate(handover: Handover, machine: Machine, engine: str) -> None:
    """The watch goes first: it starts the engine when the card comes, also where there is none today."""
    for unit in STARTING:
        runs(name=f"{unit} runs", unit=unit)
    gate_is_open(name="The GPU is as planned", text=settings_text(handover, machine), engine=engine)


@deploy("GPU gate")
def retire_gate() -> None:
    if SETTINGS in manifest().paths:
        paths = [*PROGRAMS, *(f"{UNITS}/{unit}" for unit in (*STARTING, *STARTED)), SETTINGS]
        no_gate(name="No gate where no GPU is planned", units=(*STARTING, *STARTED), paths=paths)


def settings_text(handover: Handover, machine: Machine) -> str:
    """For gate, watch and responder; no secrets."""
    plan, planned = handover.plan, handover.planned(machine)
    gpu = planned.gpu
    assert gpu  # noqa: S101 (the plan has a card on every engine machine, or the device cpu)
    row = catalog.gpu(gpu.name)
    has_driver = any(choice.driver for choice in planned.drivers)
    settings = {
        "name": gpu.name,
        "names": sorted(map(catalog.plain, (row.name, *row.also))),
        "count": gpu.count,
        "least_memory_mib": int(LEAST_MEMORY_SHARE * gpu.vram_gib * 1024),
        "least_branch": least_branch(planned.drivers) if has_driver else min(row.branch for row in supported()),
        "simulated": gpu.simulated,
        "unit": "eigenherd-engine.service",
        "engine": plan.engine.name,
        "user": plan.engine.user,
        "address": listen_address(handover, machine),
        "port": plan.engine.port,
        "model": plan.models[0].name if plan.models else "",
        "load_s": READY_S,
    }
    return json.dumps(settings, indent=1) + "\n"


def unit_values(handover: Handover, machine: Machine) -> dict[str, object]:
    return {"folder": FOLDER, "load_s": READY_S, "peers": peers(handover, machine)}
