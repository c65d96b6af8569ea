"""The inference server: its user, its program, its models, and the one hardened unit that runs it."""

from hashlib import sha256
from typing import Any

from pyinfra.api.deploy import deploy

from deploy.engines import load_engine, names
from deploy.gpu_gate import open_gate, place_gate, retire_gate, settings_text
from deploy.models import place_models
from deploy.operations.files import place
from deploy.operations.units import runs
from deploy.operations.users import system_user
from deploy.python import install_python
from deploy.template import TEMPLATES, render
from deploy.upstream import READY_S, bracketed, listen_address, peers
from plan.machine import Handover, Machine

UNIT = "eigenherd-engine.service"
FILE = f"/etc/systemd/system/{UNIT}"
HOME = "/var/lib/eigenherd/engine"


@deploy("Engine user")
def add_engine_user(user: str) -> None:
    system_user(name="A user that can do nothing else", user=user, home=HOME, comment="Eigenherd engine")


@deploy("Engine")
def serve_models(handover: Handover, machine: Machine) -> None:
    plan = handover.plan
    engine = load_engine(plan.engine.name)
    if plan.engine.python:
        install_python(wanted=plan.engine.python, sources=plan.sources)
    engine.install(plan, machine)
    place_models(handover=handover, machine=machine)
    if hasattr(engine, "prepare"):
        engine.prepare(handover, machine)
    values = unit_values(handover, machine)
    gated = plan.engine.device == "cuda"
    if gated:
        place_gate(handover=handover, machine=machine)
    place(name="Unit", destination=FILE, values=values)
    if gated:
        open_gate(handover=handover, machine=machine, engine=UNIT)
    else:
        retire_gate()
    runs(name="Runs", unit=UNIT, run=values["run"])
    for other in map(load_engine, sorted({*names()} - {plan.engine.name})):
        if hasattr(other, "retire"):
            other.retire()


def unit_values(handover: Handover, machine: Machine) -> dict[str, Any]:
    """The template's values; `run` is the identity of all that the process is started with."""
    plan = handover.plan
    engine = load_engine(plan.engine.name)
    address = listen_address(handover, machine)
    values = {
        "name": f"{plan.engine.name} {plan.engine.version}",
        "user": plan.engine.user,
        "device": plan.engine.device,
        "command": engine.command(handover, machine),
        "environment": engine.environment(handover, machine),
        "families": list(getattr(engine, "FAMILIES", ())),
        "peers": peers(handover, machine),
        "ready_url": f"http://{bracketed(address)}:{plan.engine.port}/v1/models",
        "ready_s": READY_S,
        "run": "",
    }
    content = [render(FILE, values), plan.engine.digest(), *(model.digest() for model in plan.models), *programs()]
    if plan.engine.device == "cuda":
        content.append(settings_text(handover, machine))
    return {**values, "run": sha256("".join(content).encode()).hexdigest()[:32]}


def programs() -> list[str]:
    """The text of what runs beside the engine; Python may have left compiled files among them."""
    files = [path for path in sorted((TEMPLATES / "opt/eigenherd/bin").rglob("*.*")) if path.suffix != ".pyc"]
    return [path.read_text(encoding="utf-8") for path in files]
