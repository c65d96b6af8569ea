"""Chooses the NVIDIA driver of each machine, for every system the machine may turn out to have."""

from plan import catalog
from plan.catalog.rows import GpuRow
from plan.derive.driver.builds import torch_row
from plan.derive.driver.choices import SYSTEMS, choices
from plan.derive.driver.question import Question
from plan.derive.driver.told import tell, tell_least_branch
from plan.environment import Environment
from plan.errors import SpecError
from plan.ledger import Ledger
from plan.plan import Engine, MachinePlan


def choose_drivers(
    environment: Environment, machines: tuple[MachinePlan, ...], engine: Engine, ledger: Ledger
) -> tuple[MachinePlan, ...]:
    """The machines, each with what is installed where its card has no driver yet."""
    cuda = torch_row(cards_of(machines), environment.pin.torch, environment.pin.cuda).cuda
    questions = {machine.name: _question(environment, machine, engine, cuda) for machine in machines if machine.gpu}
    if not questions:
        _refuse_pins(environment, ledger)
        return machines
    tell_least_branch(next(iter(questions.values())), ledger)
    made = []
    for machine in machines:
        if question := questions.get(machine.name):
            drivers = choices(question, SYSTEMS if machine.os == "any" else (machine.os,))
            tell(machine.name, question, drivers, ledger)
            machine = machine.model_copy(update={"drivers": drivers})
        made.append(machine)
    return tuple(made)


def cards_of(machines: tuple[MachinePlan, ...]) -> tuple[GpuRow, ...]:
    return tuple(catalog.gpu(machine.gpu.name) for machine in machines if machine.gpu)


def _question(environment: Environment, machine: MachinePlan, engine: Engine, cuda: str) -> Question:
    pin, gpu = environment.pin, machine.gpu
    assert gpu  # noqa: S101 (asked only for machines with a card)
    return Question(
        cards=(catalog.gpu(gpu.name),),
        system=SYSTEMS[0] if machine.os == "any" else machine.os,
        cuda=cuda,
        engine=engine.name if engine.build == "cuda" else "",  # on a simulated card nothing of it computes there
        branch=int(pin.driver) if pin.driver else None,
        source=pin.driver_source,
    )


def _refuse_pins(environment: Environment, ledger: Ledger) -> None:
    pins = {"driver": environment.pin.driver, "driver_source": environment.pin.driver_source}
    for key, value in pins.items():
        if value:
            ledger.refuse(
                SpecError(
                    f"eigenherd:environment, pin.{key}: only where there is a GPU",
                    f"`{value}` with `gpu: none`",
                    "leave the pin out, or name the card under `gpu`",
                )
            )
