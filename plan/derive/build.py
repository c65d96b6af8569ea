"""Tells what is compiled on a machine for its card, and how the program that comes of it uses the cards."""

from plan import catalog
from plan.ledger import Ledger
from plan.plan import Engine, MachinePlan
from plan.sizing.memory import KV_TYPE

SOURCE = "llama.cpp's own documentation of its build and its server, in the sources that are built"


def tell_build(machines: tuple[MachinePlan, ...], engine: Engine, ledger: Ledger) -> None:
    """Only where an engine is built from its sources."""
    if not engine.python or not engine.archive:
        return
    cuda = catalog.python(engine.python.name)
    for machine in machines:
        gpu = machine.gpu
        if gpu is None or "engine" not in machine.roles:
            continue
        capability = gpu.compute_capability
        where = f"machine.{machine.name}.engine"
        ledger.decide(
            f"{where}.build",
            f"CUDA {cuda.cuda} for compute capability {capability}",
            f"compiled on the machine for the {gpu.name} alone, which may take an hour or two on 2 cores, less on more:"
            " no build for cards has a sha256 that we know; the program of before serves meanwhile",
            f"{SOURCE}; the compiler is in {engine.python.lock}",
        )
        split = f"layers split evenly over {gpu.count} cards, " if gpu.count > 1 else ""
        ledger.decide(
            f"{where}.cards",
            f"every layer on the GPU, {split}flash attention, cache {KV_TYPE}",
            "as memory was reckoned; without one of its cards the program does not start",
            SOURCE,
        )
