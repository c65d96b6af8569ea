"""llama.cpp's own server: one model, the smallest engine; prebuilt for CPU, built on the machine for NVIDIA cards."""

from pyinfra.api.deploy import deploy

from deploy import llama_build
from deploy.models import model_path
from deploy.operations import files
from deploy.operations.packages import packages
from deploy.template import static
from deploy.upstream import listen_address
from plan.machine import Handover, Machine
from plan.plan import Plan

LAUNCHER = "/opt/eigenherd/bin/llama_server.py"
PROGRAMS = (LAUNCHER, llama_build.RELAY)


@deploy("llama.cpp")
def install(plan: Plan, machine: Machine) -> None:
    """The launcher; llama.cpp itself is the plan's virtual environment, or is built with it."""
    if plan.engine.build == "cuda":
        llama_build.install_built(plan, machine)
        return
    packages(name="OpenMP for llama.cpp", names=["libgomp1"])
    for program in PROGRAMS:
        files.write(name=f"Program {program.rpartition('/')[2]}", text=static(program), destination=program)
    llama_build.retire_built()


@deploy("llama.cpp")
def retire() -> None:
    llama_build.retire_built()
    for program in PROGRAMS:
        files.absent(name=f"No {program.rpartition('/')[2]}", path=program)


def command(handover: Handover, machine: Machine) -> list[str]:
    engine, [model] = handover.plan.engine, handover.plan.models
    if engine.build == "cuda":
        return llama_build.command_of_built(handover, machine)
    assert engine.python  # noqa: S101 (the catalogue's row names it)
    options = {
        "model": model_path(model.artifact.file),
        "name": model.name,
        "host": listen_address(handover, machine),
        "port": engine.port,
        "context": model.context,
        "slots": model.slots,
        "device": engine.build,
    }
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    return [f"/opt/eigenherd/{engine.python.name}/bin/python", LAUNCHER, *words]


def environment(handover: Handover, machine: Machine) -> dict[str, str]:
    """OpenMP's threads sleep while they wait: spinning, they cost 5 to 8 times the speed on a busy machine."""
    quiet = {"OMP_WAIT_POLICY": "passive", "PYTHONDONTWRITEBYTECODE": "1"}
    if handover.plan.engine.build == "cuda":
        return {**quiet, **llama_build.environment_of_built(handover, machine)}
    return quiet
